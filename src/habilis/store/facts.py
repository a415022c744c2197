"""
Loads `core.Facts` for questions, in one query whatever is asked.

The blueprint's text is read only when this process has not parsed that revision of the portal yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from habilis.blueprints import loader
from habilis.blueprints.schema import Blueprint
from habilis.blueprints.worlds import ProfileRow, configuration_levels, derived, with_profiles
from habilis.core import LEVELS, Facts, Grant, Level, Model, NotFound, Ref, Resource, Scope
from habilis.store import past, prepared

QUERY = """
WITH p AS (SELECT id, {revision} FROM {portal} AS portal WHERE key = %(portal)s),
m AS (
    SELECT m.user_id, u.email, m.active AND u.is_active AS active
    FROM store_user u JOIN {member} AS m ON m.user_id = u.id AND m.portal_id = (SELECT id FROM p)
    WHERE u.email = ANY(%(people)s)
), g AS (
    SELECT g.id, m.email, g.scope_id, f.key AS profile, g.valid_from, g.valid_until, g.adjustments
    FROM m JOIN {grant} AS g ON g.user_id = m.user_id AND g.portal_id = (SELECT id FROM p)
    JOIN {profile} AS f ON f.id = g.profile_id
), r AS (
    SELECT r.id, r.type, r.key, r.scope_id, r.state, a.email AS author,
        (SELECT json_agg(json_build_array(v.email, w.approved)) FROM {approver} AS w
            JOIN store_user v ON v.id = w.user_id WHERE w.resource_id = r.id) AS approvals
    FROM unnest(%(types)s::text[], %(keys)s::text[]) AS q(type, key)
    JOIN {resource} AS r ON r.portal_id = (SELECT id FROM p) AND r.type = q.type AND r.key = q.key
    LEFT JOIN store_user a ON a.id = r.author_id
), near AS (
    SELECT id FROM {scope} AS s WHERE s.portal_id = (SELECT id FROM p) AND s.key = ANY(%(scopes)s)
    UNION SELECT scope_id FROM g UNION SELECT scope_id FROM r
), path AS (
    SELECT DISTINCT unnest(ARRAY[a0, a1, a2, a3, a4, a5, a6]) AS id
    FROM {scope} AS s WHERE s.id IN (SELECT id FROM near)
), s AS (
    SELECT s.id, s.key, s.kind, s.parent_id, s.status, a.email AS author, s.configuration, s.options
    FROM path JOIN {scope} AS s ON s.id = path.id LEFT JOIN store_user a ON a.id = s.author_id
)
SELECT (SELECT id FROM p), (SELECT {revision}::text FROM p), clock_timestamp(),
    (SELECT json_agg(json_build_array(email, user_id, active)) FROM m),
    (SELECT json_agg(json_build_array(id, email, scope_id, profile, valid_from, valid_until, adjustments) ORDER BY id)
        FROM g),
    (SELECT json_agg(json_build_array(id, type, key, scope_id, state, author, approvals)) FROM r),
    (SELECT json_agg(json_build_array(id, key, kind, parent_id, status, author, configuration, options)) FROM s),
    (SELECT json_agg(json_build_array(key, derives, name, levels, retired) ORDER BY id) FROM {profile} AS f
        WHERE f.portal_id = (SELECT id FROM p) AND (f.derives <> '' OR f.retired))
"""


@dataclass(frozen=True)
class Loaded:
    """Facts, and the identifiers under which the store knows what they name."""

    facts: Facts
    portal_id: int
    blueprint: Blueprint
    scope_ids: Mapping[str, int]
    user_ids: Mapping[str, int]
    resource_ids: Mapping[Ref, int] = field(default_factory=dict)
    profile_names: Mapping[str, str] = field(default_factory=dict)


def load(
    portal: str,
    people: Iterable[str] = (),
    refs: Iterable[Ref] = (),
    *,
    now: datetime | None = None,
    as_of: datetime | None = None,
    changed: Collection[str] = past.KEPT,
) -> Loaded:
    """
    Load what questions about *people* and *refs* need, at *now* (the database's clock when none is given).

    With *as_of*, from the rows true at that instant, which is then also *now* unless one is given; where only some
    tables *changed* since, naming them is faster. Raises `NotFound` for an unknown portal.
    """
    asked = [ref for ref in dict.fromkeys(refs) if storable(ref.id + ref.type)]
    parameters = {
        "portal": portal if storable(portal) else "",
        "people": [p for p in dict.fromkeys(people) if storable(p)],
        "types": [ref.type for ref in asked],
        "keys": [ref.id for ref in asked],
        "scopes": [ref.id for ref in asked],
        "as_of": as_of,
    }
    with prepared.cursor() as cursor:
        cursor.execute(past.over(QUERY, as_of, changed), parameters)
        portal_id, revision, clock, members, grants, resources, scopes, derivations = cursor.fetchone()
    if portal_id is None:
        raise NotFound(f"unknown portal `{portal[:60]}`")
    blueprint = blueprint_at(portal_id, revision, as_of)
    model = model_with(blueprint.model, tuple(_frozen(row) for row in derivations or ()))
    keys = {row[0]: row[1] for row in scopes or ()}
    facts = Facts(
        model,
        now or as_of or clock,
        {row[1]: _scope(model, row, keys) for row in scopes or ()},
        tuple(_grant(row, keys) for row in grants or ()),
        frozenset(email for email, _, active in members or () if active),
        {Ref(row[1], row[2]): _resource(row, keys) for row in resources or ()},
    )
    return Loaded(
        facts,
        portal_id,
        blueprint,
        {key: id_ for id_, key in keys.items()},
        {email: user_id for email, user_id, _ in members or ()},
        {Ref(row[1], row[2]): row[0] for row in resources or ()},
        {row[0]: row[2] for row in derivations or () if row[1]},
    )


def storable(text: str) -> bool:
    """Whether the database could hold *text*; what it could not names nothing there."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def candidates(loaded: Loaded, ref: Ref, as_of: datetime | None = None) -> list[str]:
    """
    The addresses of everyone who might do something to *ref*: those with a grant on its path, and its scope's
    author.
    """
    facts = loaded.facts
    scope = facts.resources[ref].scope if ref in facts.resources else ref.id
    if scope not in facts.paths:
        return []
    sql = """
        SELECT DISTINCT u.email FROM {grant} AS g JOIN store_user u ON u.id = g.user_id
        WHERE g.portal_id = %(portal)s AND g.scope_id = ANY(%(path)s)
    """
    path = [loaded.scope_ids[key] for key in facts.paths[scope]]
    with connection.cursor() as cursor:
        cursor.execute(past.over(sql, as_of), {"portal": loaded.portal_id, "path": path, "as_of": as_of})
        found = {email for (email,) in cursor.fetchall()}
    author = facts.scopes[scope].author
    return sorted(found | ({author} if author else set()))


@lru_cache(maxsize=256)
def blueprint_at(portal_id: int, revision: str, as_of: datetime | None = None) -> Blueprint:
    """The blueprint that the portal ran in *revision* (its row's beginning, which changes with every change)."""
    sql = "SELECT source FROM {portal} AS portal WHERE id = %(id)s AND {revision}::text = %(at)s"
    with connection.cursor() as cursor:
        cursor.execute(past.over(sql, as_of), {"id": portal_id, "at": revision, "as_of": as_of})
        row = cursor.fetchone()
    if row is None:  # changed between the two queries: the next one sees the new revision
        raise NotFound("the portal changed while it was read")
    return loader.of_text(row[0])


@lru_cache(maxsize=256)
def model_with(model: Model, derivations: tuple[tuple[Any, ...], ...]) -> Model:
    """*model* with the profiles derived, or retired, in one portal."""
    from dataclasses import replace

    profiles = dict(model.profiles)
    for key, derives, name, levels, retired in derivations:
        if derives:
            row = ProfileRow(key, derives, name, {feature: LEVELS[level] for feature, level in levels})
            profiles[key] = derived(profiles[derives], row)
        if retired:
            profiles[key] = replace(profiles[key], retired=True)
    return with_profiles(model, profiles)


def _frozen(row: list[Any]) -> tuple[Any, ...]:
    key, derives, name, levels, retired = row
    return key, derives, name, tuple(sorted(levels.items())), retired


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _levels(table: Mapping[str, str]) -> dict[str, Level]:
    return {feature: LEVELS[level] for feature, level in table.items()}


def _grant(row: list[Any], keys: Mapping[int, str]) -> Grant:
    id_, email, scope_id, profile, start, end, adjustments = row
    return Grant(email, keys[scope_id], profile, _instant(start), _instant(end), _levels(adjustments), id_)


def _resource(row: list[Any], keys: Mapping[int, str]) -> Resource:
    _, type_, key, scope_id, state, author, approvals = row
    awaited = frozenset(email for email, approved in approvals or () if not approved)
    given = frozenset(email for email, approved in approvals or () if approved)
    return Resource(type_, key, keys[scope_id], author, state, awaited, given)


def _scope(model: Model, row: list[Any], keys: Mapping[int, str]) -> Scope:
    _, key, kind, parent_id, status, author, configuration, options = row
    parent = None if parent_id is None else keys[parent_id]
    levels = configuration_levels(model, configuration)
    return Scope(key, kind, parent, status, author, levels, frozenset(options or ()))

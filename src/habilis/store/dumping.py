"""
The state of a portal as a data file, rows in a fixed order: loaded into an empty database and dumped again, it is
the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from habilis.blueprints import loader
from habilis.blueprints.schema import Blueprint
from habilis.store.models import (
    AccessRequest,
    Approver,
    Grant,
    Invitation,
    License,
    Member,
    Portal,
    Profile,
    Resource,
    Scope,
)
from habilis.store.planning import of_many_rows


def dump(portal_id: int) -> str:
    """The data file of the portal."""
    portal = Portal.objects.get(pk=portal_id)
    blueprint = loader.of_text(portal.source)
    head = [f"blueprint = {literal(portal.blueprint)}", "", "[portal]"]
    head += _lines({"key": portal.key, "name": portal.name, "default_profile": portal.default_profile})
    sections = (
        ("licenses", _licenses(portal_id)),
        ("scopes", _scopes(portal_id)),
        ("people", _people(portal_id)),
        ("profiles", _profiles(portal_id)),
        ("grants", _grants(portal_id)),
        ("resources", _resources(portal_id, blueprint)),
        ("requests", _requests(portal_id)),
        ("invitations", _invitations(portal_id)),
    )
    with of_many_rows():
        body = [line for name, rows in sections for row in rows for line in ("", f"[[{name}]]", *_lines(row))]
    return "\n".join([*head, *body]) + "\n"


def literal(value: Any) -> str:
    """*value* as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_bare(key)} = {literal(item)}" for key, item in value.items()) + " }"
    if isinstance(value, Iterable):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return str(value)


class Raw(str):
    """A text that is TOML already: a date, a number."""

    __slots__ = ()


def _bare(key: str) -> str:
    return (
        key
        if key.isascii() and key.replace("_", "").replace("-", "").isalnum()
        else json.dumps(key, ensure_ascii=False)
    )


def _lines(row: Mapping[str, Any]) -> list[str]:
    """The row's keys; what is empty is left out, but for a scope's root key."""
    return [
        f"{key} = {value if isinstance(value, Raw) else literal(value)}"
        for key, value in row.items()
        if value not in (None, "", [], {}, ()) or key == "scope"
    ]


def _licenses(portal_id: int) -> Iterator[dict[str, Any]]:
    for row in License.objects.filter(portal_id=portal_id).exclude(price=None).order_by("key"):
        yield {"key": row.key, "price": Raw(row.price)}


def _scopes(portal_id: int) -> Iterator[dict[str, Any]]:
    rows = Scope.objects.filter(portal_id=portal_id, depth__gt=0).order_by("depth", "key")
    for row in rows.select_related("parent", "author", "responsible_user", "responsible_scope"):
        configuration = row.configuration
        yield {
            "key": row.key,
            "kind": row.kind,
            "parent": row.parent.key,
            "name": row.name,
            "identifiers": dict(sorted(row.identifiers.items())),
            "status": "" if row.status == "active" else row.status,
            "options": sorted(row.options),
            "configuration": dict(sorted(configuration.items())) if isinstance(configuration, dict) else configuration,
            "responsible": _responsible(row),
            "author": row.author.email if row.author else "",
            "automatic": row.settings.get("automatic", []),
            "rules": [_rule(rule) for rule in row.settings.get("rules", [])],
        }


def _responsible(row: Scope) -> str:
    if row.responsible_user:
        return row.responsible_user.email
    return row.responsible_scope.key if row.responsible_scope else ""


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    said = {"type": rule["type"], "kind": rule["kind"], "threshold": Decimal(rule["threshold"])}
    return {key: value for key, value in said.items() if value != ""} | {"approvers": rule["approvers"]}


def _people(portal_id: int) -> Iterator[dict[str, Any]]:
    for row in Member.objects.filter(portal_id=portal_id).order_by("user__email").select_related("user"):
        person = {"email": row.user.email, "name": row.user.name, "language": row.user.language}
        yield person if row.active else person | {"active": False}


def _profiles(portal_id: int) -> Iterator[dict[str, Any]]:
    for row in Profile.objects.filter(portal_id=portal_id).exclude(derives="").order_by("id"):
        profile = {"key": row.key, "derives": row.derives, "name": row.name, "levels": dict(sorted(row.levels.items()))}
        yield profile | {"retired": True} if row.retired else profile


def _grants(portal_id: int) -> Iterator[dict[str, Any]]:
    rows = Grant.objects.filter(portal_id=portal_id).select_related("user", "scope", "profile")
    for row in rows.order_by("user__email", "scope__key", "profile__key", "valid_from"):
        yield {
            "person": row.user.email,
            "scope": row.scope.key,
            "profile": row.profile.key,
            "from": row.valid_from,
            "until": row.valid_until,
            "adjustments": dict(sorted(row.adjustments.items())),
        }


def _resources(portal_id: int, blueprint: Blueprint) -> Iterator[dict[str, Any]]:
    approvals: dict[int, dict[bool, list[str]]] = {}
    for id_, email, approved in (
        Approver.objects.filter(portal_id=portal_id)
        .order_by("user__email")
        .values_list("resource_id", "user__email", "approved")
    ):
        approvals.setdefault(id_, {True: [], False: []})[approved].append(email)
    rows = Resource.objects.filter(portal_id=portal_id).order_by("type", "key").select_related("scope", "author")
    for row in rows.iterator(chunk_size=2000):
        given = approvals.get(row.pk, {True: [], False: []})
        yield {
            "type": row.type,
            "key": row.key,
            "scope": row.scope.key,
            "author": row.author.email if row.author else "",
            "state": row.state,
            "approvers": given[False],
            "approved_by": given[True],
            "title": row.title,
            "created": row.created,
            "fields": Raw("{ " + ", ".join(_fields(row, blueprint)) + " }") if row.fields else "",
        }


def _fields(row: Resource, blueprint: Blueprint) -> Iterator[str]:
    kinds = {field.key: field.kind for field in blueprint.types[row.type].fields}
    for key, value in sorted(row.fields.items()):
        bare = kinds.get(key) in ("date", "amount", "decimal")
        yield f"{_bare(key)} = {_number(value) if bare and kinds[key] != 'date' else value if bare else literal(value)}"


def _number(text: str) -> str:
    return format(Decimal(text), "f")


def _requests(portal_id: int) -> Iterator[dict[str, Any]]:
    rows = AccessRequest.objects.filter(portal_id=portal_id, state="pending").order_by(
        "created", "requester__email", "id"
    )
    for row in rows.select_related("requester", "beneficiary", "profile").prefetch_related("targets__scope"):
        yield {
            "kind": row.kind,
            "person": row.requester.email,
            "beneficiary": "" if row.beneficiary_id == row.requester_id else row.beneficiary.email,
            "scopes": sorted(target.scope.key for target in row.targets.all()),
            "profile": row.profile.key if row.profile else "",
            "comment": row.comment,
            "created": row.created,
        }


def _invitations(portal_id: int) -> Iterator[dict[str, Any]]:
    rows = Invitation.objects.filter(portal_id=portal_id, state="pending").order_by("email", "scope__key")
    for row in rows.select_related("scope", "profile", "by"):
        yield {"email": row.email, "scope": row.scope.key, "profile": row.profile.key, "by": row.by.email}

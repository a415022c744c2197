"""
Turns a world into facts, and asks its expectations of the heart; used by the tests and by `habilis blueprint test`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from habilis.blueprints import worlds
from habilis.blueprints.worlds import Expectation, World, configuration_levels
from habilis.core import AccessQuery, Facts, Grant, Ref, Resource, Scope, decide, list_resources

ALWAYS = datetime(2026, 6, 1, tzinfo=UTC)
"""The instant of an expectation that names none."""


@dataclass(frozen=True)
class Disagreement:
    """An expectation that the rule does not meet."""

    expectation: Expectation
    key: str
    expected: bool

    def __str__(self) -> str:
        e = self.expectation
        verb = "should be able to" if self.expected else "should not be able to"
        return f"{e.says}: `{e.subject}` {verb} {e.action} `{e.type}:{self.key}`"


def read_world(path: Path) -> World:
    """The world in the file at *path*."""
    return worlds.read(worlds.open_file(path))


def facts_of(world: World, now: datetime = ALWAYS) -> Facts:
    """The whole *world* as facts, at the instant *now*."""
    model = world.model
    scopes = {"": Scope("", "portal", None)}
    for row in world.scopes:
        scopes[row.key] = Scope(
            row.key,
            row.kind,
            row.parent,
            row.status,
            row.author or None,
            configuration_levels(model, row.configuration),
            frozenset(row.options),
        )
    grants = tuple(
        Grant(g.person, g.scope, g.profile, g.valid_from, g.valid_until, g.adjustments, n)
        for n, g in enumerate(world.grants, start=1)
    )
    resources = {
        Ref(r.type, r.key): Resource(
            r.type, r.key, r.scope, r.author or None, r.state, frozenset(r.approvers), frozenset(r.approved_by)
        )
        for r in world.resources
    }
    return Facts(model, now, scopes, grants, frozenset(p.email for p in world.people if p.active), resources)


def disagreements(world: World) -> Iterator[Disagreement]:
    """Every expectation of *world* that `decide` or the reference list does not meet."""
    for expectation in world.expects:
        facts = facts_of(world, expectation.at or ALWAYS)
        listed = list_resources(expectation.subject, expectation.action, expectation.type, facts)
        for keys, expected in ((expectation.allowed, True), (expectation.denied, False)):
            for key in keys:
                query = AccessQuery(expectation.subject, expectation.action, Ref(expectation.type, key))
                known = query.resource in facts.resources or key in facts.scopes
                if decide(query, facts).allowed is not expected or (key in listed) is not expected or not known:
                    yield Disagreement(expectation, key, expected)

"""
`Facts`: the immutable snapshot that a decision reads.

Nothing here asks a clock or a database: whoever loads the facts gives the instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from habilis.core.actions import NOTHING, Access, Level
from habilis.core.model import ADMINISTRATIVE, Cell, Condition, Model, Profile, Reach
from habilis.core.names import Ref


@dataclass(frozen=True)
class Scope:
    """A node of the tree. `configuration` and `options` are what it imposes on the grants held on it or below."""

    key: str
    kind: str
    parent: str | None
    status: str = "active"
    author: str | None = None
    configuration: Mapping[str, Level] = field(default_factory=dict)
    options: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Resource:
    """A thing on a scope. `approvers` are those whose approval it awaits, `approved_by` those who gave it."""

    type: str
    key: str
    scope: str
    author: str | None = None
    state: str = ""
    approvers: frozenset[str] = frozenset()
    approved_by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Grant:
    """A person holds a profile over a scope, from an instant included to an instant excluded; none is open."""

    subject: str
    scope: str
    profile: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    adjustments: Mapping[str, Level] = field(default_factory=dict)
    id: int = 0

    def holds_at(self, instant: datetime) -> bool:
        """Whether *instant* lies in the period."""
        return (self.valid_from is None or self.valid_from <= instant) and (
            self.valid_until is None or instant < self.valid_until
        )


@dataclass(frozen=True)
class Facts:
    """
    All that a decision may look at, at the instant *now*.

    *scopes* holds every scope asked about or held upon, with its ancestors; *grants* every grant of the subjects
    asked about.
    """

    model: Model
    now: datetime
    scopes: Mapping[str, Scope]
    grants: tuple[Grant, ...]
    active: frozenset[str]
    resources: Mapping[Ref, Resource] = field(default_factory=dict)

    @cached_property
    def paths(self) -> Mapping[str, tuple[str, ...]]:
        """For each scope, itself and its ancestors up to the root, nearest first."""
        paths: dict[str, tuple[str, ...]] = {}
        for key in self.scopes:
            trail: list[str] = []
            at: str | None = key
            while at is not None:
                if at in paths:
                    trail.extend(paths[at])
                    break
                if at in trail:
                    raise ValueError(f"parents turn in a circle at `{at}`")
                trail.append(at)
                at = self.scopes[at].parent
            paths[key] = tuple(trail)
        return paths

    @cached_property
    def held(self) -> Mapping[str, tuple[Held, ...]]:
        """For each subject, their grants with everything about them that no question changes."""
        held: dict[str, list[Held]] = {}
        for grant in self.grants:
            held.setdefault(grant.subject, []).append(Held(grant, self))
        return {subject: tuple(grants) for subject, grants in held.items()}

    @cached_property
    def targets(self) -> dict[Ref, Any]:
        """What `decide` found of each thing asked about: the same facts find the same."""
        return {}

    @cached_property
    def inactive(self) -> frozenset[str]:
        """Scopes that are inactive, or below one that is."""
        return frozenset(k for k, path in self.paths.items() if any(self.scopes[s].status == "inactive" for s in path))

    @cached_property
    def pending(self) -> frozenset[str]:
        """Scopes that are pending, or below one that is."""
        return frozenset(k for k, path in self.paths.items() if any(self.scopes[s].status == "pending" for s in path))


class Held:
    """A grant in its facts: its profile, whether it is in force, and its one constant set per feature."""

    __slots__ = ("_cells", "_facts", "asleep", "grant", "in_force", "in_period", "path", "profile", "scope", "subtree")

    def __init__(self, grant: Grant, facts: Facts) -> None:
        self.grant = grant
        self.profile: Profile = facts.model.profiles[grant.profile]
        self.scope = grant.scope
        self.path = facts.paths[grant.scope]
        self.subtree = self.profile.reach is Reach.SUBTREE
        self.in_period = grant.holds_at(facts.now)
        self.asleep = grant.scope in facts.inactive
        self.in_force = self.in_period and not self.asleep and grant.subject in facts.active
        self._facts = facts
        self._cells: dict[str, Cell] = {}

    def reaches(self, scope: str) -> bool:
        """Whether *scope* is the grant's own or, where it goes that far, below it."""
        return scope == self.scope or (self.subtree and self.scope in self._facts.paths[scope])

    def cell(self, feature: str) -> Cell:
        """What the grant holds on *feature*: profile or adjustment ∩ license ∩ what the scopes impose."""
        cell = self._cells.get(feature)
        if cell is None:
            cell = self._cells[feature] = Cell(self.ceiling(feature, self.wanted(feature)), self.condition(feature))
        return cell

    def wanted(self, feature: str) -> Access:
        """The profile's level, or the adjustment that replaces it; no ceiling yet."""
        adjusted = self.grant.adjustments.get(feature)
        return self.profile.cell(feature).access if adjusted is None else adjusted.value

    def condition(self, feature: str) -> Condition | None:
        """The condition of the profile's cell, which an adjustment keeps."""
        return self.profile.cell(feature).condition

    def ceiling(self, feature: str, access: Access) -> Access:
        """*access* bounded by the license and by the configuration and options of the grant's scope and those above."""
        licensed = self.licensed(feature, access)
        if not licensed or feature in ADMINISTRATIVE:
            return licensed
        return licensed & self.imposed(feature)

    def licensed(self, feature: str, access: Access) -> Access:
        """*access* bounded by the profile's license alone."""
        license_ = self._facts.model.license_ceiling(self.profile, feature)
        return access if license_ is None else access & license_

    def imposed(self, feature: str) -> Access:
        """What the scope of the grant and those above leave of *feature*."""
        model, left = self._facts.model, Level.EDIT.value
        for key in self.path:
            scope = self._facts.scopes[key]
            bound = scope.configuration.get(feature)
            if bound is not None:
                left &= bound.value
            for option in model.kinds[scope.kind].options:
                if model.options[option] == feature and option not in scope.options:
                    left = NOTHING
        return left

    def holds_moderation(self) -> bool:
        """Whether the grant reaches into pending scopes."""
        return bool(self.cell("moderation").access)

"""
What a data file holds once it is read: plain rows, the world that they make, and what follows from them in its
model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from habilis.blueprints.reading import Source, Table
from habilis.blueprints.schema import Blueprint
from habilis.core import LEVELS, Level, Model, Profile
from habilis.core.model import Cell


@dataclass(frozen=True)
class PortalRow:
    """The head of the file."""

    key: str
    name: str
    default_profile: str


@dataclass(frozen=True)
class RuleRow:
    """An approval rule of a scope; an empty `kind` is any kind."""

    type: str
    kind: str
    threshold: Decimal
    approvers: tuple[str, ...]


@dataclass(frozen=True)
class ScopeRow:
    """A scope; `parent` is empty for a child of the root. `automatic` and `rules` are none where the file is silent."""

    key: str
    kind: str
    parent: str
    name: str
    identifiers: Mapping[str, str]
    status: str
    options: tuple[str, ...]
    configuration: str | Mapping[str, str] | None
    responsible: str
    author: str
    automatic: tuple[str, ...] | None = None
    rules: tuple[RuleRow, ...] | None = None


@dataclass(frozen=True)
class PersonRow:
    """A person, and whether they are active in the portal."""

    email: str
    name: str
    language: str
    active: bool
    password: str


@dataclass(frozen=True)
class ProfileRow:
    """A derived profile: the levels that differ from its base."""

    key: str
    derives: str
    name: str
    levels: Mapping[str, Level]
    retired: bool = False


@dataclass(frozen=True)
class GrantRow:
    """A grant; none is an open bound."""

    person: str
    scope: str
    profile: str
    valid_from: datetime | None
    valid_until: datetime | None
    adjustments: Mapping[str, Level]


@dataclass(frozen=True)
class ResourceRow:
    """A resource; `fields` are as they are stored."""

    type: str
    key: str
    scope: str
    author: str
    state: str
    approvers: tuple[str, ...]
    approved_by: tuple[str, ...]
    title: str
    created: datetime | None
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class RequestRow:
    """A pending access request."""

    kind: str
    person: str
    beneficiary: str
    scopes: tuple[str, ...]
    profile: str
    comment: str
    created: datetime | None


@dataclass(frozen=True)
class InvitationRow:
    """A pending invitation."""

    email: str
    scope: str
    profile: str
    by: str


@dataclass(frozen=True)
class Expectation:
    """What must be answered, worked out by hand."""

    says: str
    subject: str
    action: str
    type: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    at: datetime | None
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """
    What a portal holds already: scopes (key → kind, parent), people, derived profiles, grants; and, of addresses that
    people left and nobody holds, the one that each has now.
    """

    scopes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    grants: tuple[GrantRow, ...] = ()
    former: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """One portal's rows, in the order of the file; scopes parents first."""

    blueprint: Blueprint
    blueprint_name: str
    portal: PortalRow
    licenses: Mapping[str, Decimal] = field(default_factory=dict)
    scopes: tuple[ScopeRow, ...] = ()
    people: tuple[PersonRow, ...] = ()
    profiles: tuple[ProfileRow, ...] = ()
    grants: tuple[GrantRow, ...] = ()
    resources: tuple[ResourceRow, ...] = ()
    requests: tuple[RequestRow, ...] = ()
    invitations: tuple[InvitationRow, ...] = ()
    expects: tuple[Expectation, ...] = ()
    model: Model = field(default=None)  # type: ignore[assignment]  # always given: the blueprint's, with the derived profiles


@dataclass
class Opened:
    """A data file whose head is read: enough to know the portal and ask it what it holds."""

    source: Source
    root: Table
    blueprint: Blueprint
    blueprint_name: str
    portal: PortalRow


def derived(base: Profile, row: ProfileRow) -> Profile:
    """The profile that *row* derives from *base*."""
    cells = dict(base.cells)
    for feature, level in row.levels.items():
        cells[feature] = Cell(level.value, base.cell(feature).condition)
    return replace(base, key=row.key, cells=cells, derives=row.derives, retired=row.retired)


def with_profiles(model: Model, profiles: Mapping[str, Profile]) -> Model:
    """*model* with all of *profiles*, the derived ones included."""
    return model if model.profiles == profiles else replace(model, profiles=dict(profiles))


def anchor(model: Model, profile: Profile, path: list[tuple[str, str]]) -> str | None:
    """
    The scope within which *profile*, held at the start of *path*, admits no other profile of the person.

    *path* gives (key, kind) from the scope up to the root. None where the blueprint does not bind the profile.
    """
    if not profile.client or profile.key == "portal_admin":
        return None
    per = model.one_profile_per
    if per == "scope":
        return path[0][0]
    return next((key for key, kind in path if kind == per), None)


def configuration_levels(model: Model, configuration: str | Mapping[str, str] | None) -> Mapping[str, Level]:
    """The levels that a configuration imposes: a preset's, those of its table, or none."""
    if configuration is None:
        return {}
    if isinstance(configuration, str):
        return model.configurations[configuration]
    return {feature: LEVELS[level] for feature, level in configuration.items()}

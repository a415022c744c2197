"""
What a portal's decisions depend on besides its people: kinds, features, types, licenses, profiles. Language-free.

A `Model` is made from a blueprint and the profiles derived in one portal, and never changes afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from habilis.core.actions import NOTHING, Access, Level, Verb, verb_of
from habilis.core.names import PORTAL, PORTAL_ADMIN

ADMINISTRATIVE = ("members", "requests", "scopes", "profiles", "settings", "configuration", "journal", "moderation")

SCOPE_ACTIONS: Mapping[str, tuple[str, Verb]] = {
    "list": ("scopes", Verb.LIST),
    "read": ("scopes", Verb.READ),
    "print": ("scopes", Verb.PRINT),
    "edit": ("scopes", Verb.WRITE),
    "attach": ("members", Verb.WRITE),
    "detach": ("members", Verb.WRITE),
    "invite": ("members", Verb.WRITE),
    "adjust": ("members", Verb.WRITE),
    "export": ("members", Verb.LIST),
    "read_members": ("members", Verb.READ),
    "decide": ("requests", Verb.WRITE),
    "configure": ("configuration", Verb.WRITE),
    "set": ("settings", Verb.WRITE),
    "read_settings": ("settings", Verb.READ),
    "moderate": ("moderation", Verb.WRITE),
    "read_journal": ("journal", Verb.READ),
    "derive": ("profiles", Verb.WRITE),
}
"""Actions on a scope, beside `create_<kind>` and `create_<type>`: the feature that governs each, and its verb."""


class Reach(StrEnum):
    """How far a grant goes below the scope it is held on."""

    NODE = "node"
    SUBTREE = "subtree"


class Condition(StrEnum):
    """The closed vocabulary of conditions that a cell may carry."""

    OWN = "own"
    AWAITED = "awaited"
    UNATTACHED = "unattached"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Cell:
    """The verbs a profile holds on one feature, and the condition under which it holds them."""

    access: Access = NOTHING
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """
    How one action on one type is governed: by the *verb* of a *feature*, which may differ *by_state*.

    `from_above` asks for a grant held strictly above; `creates` names what the action makes in the scope;
    `admits` marks giving someone access, which an inactive scope never does.
    """

    feature: str
    verb: Verb
    by_state: Mapping[str, str] = field(default_factory=dict)
    from_above: bool = False
    creates: str | None = None
    admits: bool = False

    def feature_in(self, state: str) -> str:
        """The feature that governs the action on a resource in *state*."""
        return self.by_state.get(state, self.feature)


@dataclass(frozen=True, slots=True)
class ScopeKind:
    """A kind of scope (*maille*): where it may stand and what it may carry."""

    key: str
    under: frozenset[str]
    configurable: bool = False
    options: frozenset[str] = frozenset()
    identifiers: tuple[str, ...] = ()
    managed: bool = False
    moderated: bool = False
    author_becomes: str = ""  # the profile that its author gets on it, once it is accepted
    founder_becomes: str = ""  # the profile of whoever founds one under the root, by a number that is checked
    governs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resource: the kinds it stands on, what governs each action, its states (the first is initial)."""

    key: str
    on: frozenset[str]
    governs: Mapping[str, str]
    states: tuple[str, ...] = ()
    governs_in: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A row of cells. `cells` are as written: ceilings are applied to the grant, not here."""

    key: str
    cells: Mapping[str, Cell]
    on: frozenset[str]
    reach: Reach = Reach.SUBTREE
    license: str | None = None
    managing: bool = False
    client: bool = True
    retired: bool = False
    positioning: bool = False
    derives: str | None = None
    requires: Mapping[str, str] = field(default_factory=dict)

    def cell(self, feature: str) -> Cell:
        """The cell of *feature*; silence is none."""
        return self.cells.get(feature, _EMPTY)


_EMPTY = Cell()


@dataclass(frozen=True)
class Model:
    """Everything about a portal that is the same for everybody in it."""

    kinds: Mapping[str, ScopeKind]
    features: frozenset[str]
    types: Mapping[str, ResourceType]
    profiles: Mapping[str, Profile]
    licenses: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)
    configurations: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)  # option → the feature it opens
    one_profile_per: str = "scope"
    last_manager: str = "refuse"
    deriving: bool = False

    def __hash__(self) -> int:
        return hash((frozenset(self.kinds), self.features, frozenset(self.types), frozenset(self.profiles)))

    @cached_property
    def rules(self) -> Mapping[str, Mapping[str, Rule]]:
        """For each type and each kind, for each action, its rule. What is absent here is refused."""
        rules = {type_.key: _resource_rules(type_) for type_ in self.types.values()}
        for kind in self.kinds.values():
            rules[kind.key] = self._scope_rules(kind)
        return rules

    @cached_property
    def inside(self) -> Mapping[str, frozenset[str]]:
        """For each kind of scope, the kinds that such a scope can be or hold, at whatever depth."""
        found = {key: {key} for key in self.kinds}
        for _ in self.kinds:  # each round goes one level further down, and no tree of kinds is deeper than their number
            for kind in self.kinds.values():
                for above in found.values():
                    if not above.isdisjoint(kind.under):
                        above.add(kind.key)
        return {key: frozenset(kinds) for key, kinds in found.items()}

    def rule(self, type_: str, action: str) -> Rule | None:
        """The rule of *action* on *type_*, or none where the portal knows no such thing."""
        return self.rules.get(type_, {}).get(action)

    def license_ceiling(self, profile: Profile, feature: str) -> Access | None:
        """What the profile's license allows of a business *feature*; none where nothing bounds it."""
        if profile.license is None or feature in ADMINISTRATIVE:
            return None
        return self.licenses[profile.license].get(feature, Level.NONE).value

    def _scope_rules(self, kind: ScopeKind) -> dict[str, Rule]:
        rules = {
            action: Rule(
                kind.governs.get(action, feature),
                verb,
                from_above=action == "configure",
                admits=action in ("attach", "invite"),
            )
            for action, (feature, verb) in SCOPE_ACTIONS.items()
        }
        for other in self.kinds.values():
            if kind.key in other.under:
                rules[f"create_{other.key}"] = Rule("scopes", Verb.WRITE, creates=other.key)
        for type_ in self.types.values():
            if kind.key in type_.on and "create" in type_.governs:
                rules[f"create_{type_.key}"] = Rule(type_.governs["create"], Verb.WRITE, creates=type_.key)
        return rules


def _resource_rules(type_: ResourceType) -> dict[str, Rule]:
    return {
        action: Rule(
            feature,
            verb_of(action),
            {state: governs[action] for state, governs in type_.governs_in.items() if action in governs},
        )
        for action, feature in type_.governs.items()
        if action != "create"
    }


def portal_admin(features: frozenset[str]) -> Profile:
    """The profile that every portal has: at the root, everything, without conditions."""
    everything = Cell(Level.EDIT.value)
    return Profile(
        PORTAL_ADMIN,
        dict.fromkeys((*features, *ADMINISTRATIVE), everything),
        on=frozenset({PORTAL}),
        managing=True,
        client=False,
    )

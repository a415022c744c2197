"""
The reference lists again, as SQL: every resource or scope on which a person may do an action.

A person's grants are compiled into branches (a scope, a reach, the states and the rows they open), those covered by an
ancestor's dropped; a page asks each branch for its newest rows through the ancestor columns and merges them.
Shown equal to `core.listing` by the agreement suite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from habilis.core import Condition, Facts, Held, Rule
from habilis.core.decide import AUTHOR_MAY, LOOKING, unattached
from habilis.store.facts import Loaded

NOBODY = 0  # no account has this number


@dataclass(frozen=True)
class Opening:
    """What a branch opens on its scope and maybe below: which states, which rows, under what closings."""

    column: str  # the ancestor column that holds the branch's scope, or `scope_id`/`id` for the scope alone
    states: tuple[str, ...] | None = None  # none: every state but `besides`
    besides: tuple[str, ...] = ()
    condition: Condition | None = None
    moderation: bool = False
    strictly_below: bool = False


@dataclass(frozen=True)
class Branches:
    """Everything that one person may reach with one action on one type, by opening: the ids of the branches' scopes."""

    portal_id: int
    type: str
    user_id: int
    rule: Rule | None
    of_scopes: bool
    openings: Mapping[Opening, tuple[int, ...]] = field(default_factory=dict)
    own_pending: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing at all can be reached."""
        return not self.openings and not self.own_pending

    @property
    def looking(self) -> bool:
        """Whether the action only looks, as one still may in what is closed."""
        return self.rule is not None and self.rule.verb in LOOKING

    @property
    def width(self) -> int:
        """How many branches there are."""
        return sum(map(len, self.openings.values()))


def branches(loaded: Loaded, subject: str, action: str, type_: str) -> Branches:
    """Compile the grants of *subject* for *action* on *type_*."""
    facts = loaded.facts
    rule = facts.model.rule(type_, action)
    of_scopes = type_ in facts.model.kinds
    user_id = loaded.user_ids.get(subject, NOBODY)
    if rule is None:
        return Branches(loaded.portal_id, type_, user_id, None, of_scopes)
    found: dict[Opening, set[str]] = {}
    for scope, opening in _opened_by_grants(facts, subject, rule, type_):
        found.setdefault(opening, set()).add(scope)
    subtrees = _subtrees(found)
    openings = {
        opening: tuple(sorted(loaded.scope_ids[key] for key in _uncovered(opening, keys, subtrees, loaded)))
        for opening, keys in found.items()
    }
    return Branches(
        loaded.portal_id,
        type_,
        user_id,
        rule,
        of_scopes,
        {opening: ids for opening, ids in openings.items() if ids},
        own_pending=_own_pending(loaded, subject, action, type_),
    )


def opens(loaded: Loaded, subject: str, action: str, type_: str) -> bool:
    """Whether `branches` would hold anything; it stops at the first grant that opens something."""
    facts = loaded.facts
    rule = facts.model.rule(type_, action)
    if rule is None:
        return False
    found = _opened_by_grants(facts, subject, rule, type_)
    return next(found, None) is not None or _own_pending(loaded, subject, action, type_)


def _own_pending(loaded: Loaded, subject: str, action: str, type_: str) -> bool:
    facts = loaded.facts
    return type_ in facts.model.kinds and action in AUTHOR_MAY and subject in facts.active


def _opened_by_grants(facts: Facts, subject: str, rule: Rule, type_: str) -> Iterator[tuple[str, Opening]]:
    """Each scope on which a grant in force of *subject* is held, with what the grant opens there."""
    for held in facts.held.get(subject, ()):
        for opening in opened_by(held, facts, rule, type_):
            yield held.scope, opening


def opened_by(held: Held, facts: Facts, rule: Rule, type_: str) -> Iterator[Opening]:
    """What one grant opens, for the action of *rule* on things of *type_*; nothing where it is not in force."""
    if not held.in_force:
        return
    itself = "id" if type_ in facts.model.kinds else "scope_id"
    for feature, states, besides in _features(rule):
        cell = held.cell(feature)
        if rule.verb not in cell.access:
            continue
        if cell.condition is Condition.UNATTACHED and not unattached(held, facts):
            continue
        alone = not held.subtree or cell.condition is Condition.DIRECT
        if (alone and rule.from_above) or not _may_hold(facts, held.scope, type_, alone=alone):
            continue
        column = itself if alone else f"a{len(held.path) - 1}"
        row_condition = cell.condition if cell.condition in (Condition.OWN, Condition.AWAITED) else None
        yield Opening(column, states, besides, row_condition, held.holds_moderation(), rule.from_above)


def where(found: Branches, row: str, scope: str) -> tuple[str, dict[str, Any]]:
    """The condition under which a row is reached; *row* and *scope* are its tables, named by `past.over`."""
    if found.empty:
        return "FALSE", {}
    parts, parameters = [], dict(_constants(found))
    for n, (opening, ids) in enumerate(found.openings.items()):
        parts.append(
            f"({row}.{opening.column} = ANY(%(branch{n})s) AND {_opened(opening, found, row, scope, n, parameters)})"
        )
        parameters[f"branch{n}"] = list(ids)
    if found.own_pending:
        parts.append(f"({scope}.pending_path AND {scope}.author_id = %(me)s)")
    return "(" + " OR ".join(parts) + ")", parameters


def heads(found: Branches, row: str, scope: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """For each opening: its column, the parameter that holds its branches, its condition, and the parameters."""
    for n, (opening, ids) in enumerate(found.openings.items()):
        parameters: dict[str, Any] = dict(_constants(found))
        condition = _opened(opening, found, row, scope, n, parameters)
        parameters[f"branch{n}"] = list(ids)
        yield opening.column, f"branch{n}", condition, parameters


def _constants(found: Branches) -> dict[str, Any]:
    return {"portal_id": found.portal_id, "type": found.type, "me": found.user_id}


def _opened(opening: Opening, found: Branches, row: str, scope: str, n: int, parameters: dict[str, Any]) -> str:
    rule = found.rule
    assert rule is not None  # noqa: S101 - `branches` gives no opening without a rule
    return condition_of(opening, rule, row, scope, str(n), parameters, of_scopes=found.of_scopes)


def condition_of(
    opening: Opening,
    rule: Rule,
    row: str,
    scope: str,
    n: str,
    parameters: dict[str, Any],
    *,
    of_scopes: bool,
    me: str = "%(me)s",
    branches: str = "",
) -> str:
    """
    The condition under which a row below (or on) a branch of *opening* is reached; what it needs joins *parameters*.

    *me* is the number of the person in SQL, *branches* a list of the branches' scopes; *n* tells the parameters of
    this opening from those of others.
    """
    found = []
    if opening.states is not None:
        found.append(f"{row}.state = ANY(%(states{n})s)")
        parameters[f"states{n}"] = list(opening.states)
    if opening.besides:
        found.append(f"{row}.state <> ALL(%(besides{n})s)")
        parameters[f"besides{n}"] = list(opening.besides)
    if not opening.moderation:
        found.append(f"NOT {scope}.pending_path")
    if rule.verb not in LOOKING:
        itself = of_scopes and rule.creates is None and not rule.admits
        found.append(
            f"(NOT {scope}.inactive_path OR {scope}.status = 'inactive')" if itself else f"NOT {scope}.inactive_path"
        )
    if opening.strictly_below:
        found.append(f"{row}.id <> ALL({branches or f'%(branch{n})s'})")
    if opening.condition is not None and not (rule.creates and opening.condition is Condition.OWN):
        found.append(_row_condition(opening.condition, row, me, of_scopes=of_scopes))
    return " AND ".join(found) or "TRUE"


def _row_condition(condition: Condition, row: str, me: str, *, of_scopes: bool) -> str:
    if of_scopes:
        return f"{row}.author_id = {me}" if condition is Condition.OWN else "FALSE"
    mine = f"EXISTS (SELECT 1 FROM {{approver}} AS w WHERE w.resource_id = {row}.id AND w.user_id = {me}"
    if condition is Condition.OWN:
        return f"({row}.author_id = {me} OR {mine}))"
    return f"{mine} AND NOT w.approved)"


def _may_hold(facts: Facts, scope: str, type_: str, *, alone: bool) -> bool:
    """Whether a thing of *type_* can be, or stand on, that scope (or below it): a region alone opens no dossier."""
    model, kind = facts.model, facts.scopes[scope].kind
    within = {kind} if alone else model.inside[kind]
    return type_ in within if type_ in model.kinds else not model.types[type_].on.isdisjoint(within)


def _features(rule: Rule) -> Iterator[tuple[str, tuple[str, ...] | None, tuple[str, ...]]]:
    """The features that govern the action, each with the states in which it does."""
    apart: dict[str, list[str]] = {}
    for state, feature in rule.by_state.items():
        if feature != rule.feature:
            apart.setdefault(feature, []).append(state)
    for feature, states in apart.items():
        yield feature, tuple(sorted(states)), ()
    yield rule.feature, None, tuple(sorted(state for states in apart.values() for state in states))


def _subtrees(found: Mapping[Opening, set[str]]) -> Mapping[tuple[Any, ...], set[str]]:
    """By everything but the column, the scopes whose whole subtree is opened."""
    subtrees: dict[tuple[Any, ...], set[str]] = {}
    for opening, keys in found.items():
        if opening.column.startswith("a"):
            subtrees.setdefault(_kind(opening), set()).update(keys)
    return subtrees


def _kind(opening: Opening) -> tuple[Any, ...]:
    return opening.states, opening.besides, opening.condition, opening.moderation, opening.strictly_below


def _uncovered(
    opening: Opening, keys: set[str], subtrees: Mapping[tuple[Any, ...], set[str]], loaded: Loaded
) -> Iterator[str]:
    """The branches that no subtree opened alike holds already."""
    alike = subtrees.get(_kind(opening), frozenset())
    paths, start = loaded.facts.paths, 1 if opening.column.startswith("a") else 0
    for key in keys:
        if alike.isdisjoint(paths[key][start:]):
            yield key

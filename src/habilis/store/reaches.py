"""
What people's grants open, compiled so that two states of a portal can be compared: each different grant once.

Questions that the same rule governs are one; what a grant opens is a table, by question, whichever state it is of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from habilis.core import Condition, Facts, Held, Level, Rule
from habilis.core.decide import AUTHOR_MAY, LOOKING, unattached
from habilis.store import listing
from habilis.store.facts import Loaded
from habilis.store.listing import NOBODY, Opening

OWN_PENDING = Opening("author_id")  # whoever wrote a pending scope looks at it, without any grant


class Question(NamedTuple):
    """Actions on things of a type that the same rule governs, before and after."""

    type: str
    before: Rule | None
    after: Rule | None
    actions: tuple[str, ...]
    own_pending: bool


Table = Mapping[int, tuple[Opening, ...]]  # what a grant opens, by the number of the question
Reach = frozenset[tuple[int, int]]  # of somebody's grants in force: the number of the table, the scope it is held on


def questions(before: Facts, after: Facts) -> list[Question]:
    """Every question that can be asked on either side."""
    grouped: dict[tuple[Any, ...], list[str]] = {}
    for type_ in {**before.model.rules, **after.model.rules}:
        for action in {**before.model.rules.get(type_, {}), **after.model.rules.get(type_, {})}:
            rules = before.model.rule(type_, action), after.model.rule(type_, action)
            own = action in AUTHOR_MAY and type_ in after.model.kinds
            shapes = tuple(rule and (rule.verb, *_sort(rule)) for rule in rules)
            grouped.setdefault((type_, shapes, own), []).append(action)
    return [
        Question(type_, before.model.rule(type_, actions[0]), after.model.rule(type_, actions[0]), tuple(actions), own)
        for (type_, _, own), actions in grouped.items()
    ]


def _sort(rule: Rule | None) -> tuple[Any, ...]:
    """What decides, beside what is held, on which rows a rule is answered yes."""
    if rule is None:
        return ()
    states = tuple(rule.by_state.items())
    return rule.feature, rule.verb in LOOKING, states, rule.from_above, bool(rule.creates), rule.admits


class Tables:
    """What grants open, each different table once, whichever side it is of."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        self.rows: list[Table] = []
        self._numbers: dict[Any, int] = {}
        self._personal: list[frozenset[int]] = []
        self._differing: dict[tuple[int, int], frozenset[int]] = {}

    def number(self, table: Table) -> int:
        """The number of *table*."""
        at = self._numbers.setdefault(tuple(table.items()), len(self.rows))
        if at == len(self.rows):
            self.rows.append(table)
            personal = (
                n for n, openings in table.items() if any(one.condition or one == OWN_PENDING for one in openings)
            )
            self._personal.append(frozenset(personal))
        return at

    def alike(self) -> dict[int, Question]:
        """The questions, those that are answered alike whatever is held as one, under the number of the first."""
        found: dict[Any, list[int]] = {}
        for n, question in enumerate(self.questions):
            sorts = _sort(question.before), _sort(question.after)
            found.setdefault((question.type, sorts, *(table.get(n) for table in self.rows)), []).append(n)
        return {
            n: self.questions[n]._replace(actions=tuple(a for m in (n, *more) for a in self.questions[m].actions))
            for n, *more in found.values()
        }

    def opened(self, reach: Reach) -> frozenset[int]:
        """The questions that *reach* opens."""
        return frozenset().union(*(self.rows[table] for table, _ in reach))

    def personal(self, reach: Reach, numbers: frozenset[int]) -> bool:
        """Whether the answer to one of the questions depends on who asks."""
        return any(not numbers.isdisjoint(self._personal[table]) for table, _ in reach)

    def differing(self, before: Reach, after: Reach) -> frozenset[int]:
        """The questions whose answers may differ: of what is on one side only, where the other has not the same."""
        one, other = dict(_by_scope(before - after)), dict(_by_scope(after - before))
        found: set[int] = set()
        for scope in {**one, **other}:
            for was in one.get(scope, (EMPTY,)):
                for is_ in other.get(scope, (EMPTY,)):
                    found |= self._between(was, is_)
        return frozenset(found)

    def _between(self, was: int, is_: int) -> frozenset[int]:
        numbers = self._differing.get((was, is_))
        if numbers is None:
            one, other = (self.rows[at] if at != EMPTY else {} for at in (was, is_))
            numbers = frozenset(n for n in {**one, **other} if one.get(n) != other.get(n))
            self._differing[was, is_] = numbers
        return numbers


EMPTY = -1  # the number of the table that opens nothing


def _by_scope(reach: Reach) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for table, scope in reach:
        found.setdefault(scope, []).append(table)
    return found


class Side:
    """The grants of one side as reaches; grants that open the same are compiled once."""

    def __init__(self, loaded: Loaded, tables: Tables, side: str) -> None:
        self.loaded, self.facts, self.tables = loaded, loaded.facts, tables
        self.rules = [(n, question.type, getattr(question, side)) for n, question in enumerate(tables.questions)]
        own = {
            n: (OWN_PENDING,)
            for n, question in enumerate(tables.questions)
            if question.own_pending and getattr(question, side)
        }
        self.active = {(tables.number(own), NOBODY)}
        self.compiled: dict[Any, int] = {}
        self.imposed: dict[str, int] = {}  # by scope, the number of what it and those above impose
        self.imposing: dict[Any, int] = {}
        self.conditional = any(
            cell.condition is Condition.UNATTACHED
            for profile in self.facts.model.profiles.values()
            for cell in profile.cells.values()
        )

    def reach(self, person: str) -> Reach:
        """What the grants in force of *person* open, and where."""
        if person not in self.facts.active:
            return frozenset()
        held = (one for one in self.facts.held.get(person, ()) if one.in_force)
        return frozenset(self.active | {(self._table(one), self.loaded.scope_ids[one.scope]) for one in held})

    def _table(self, held: Held) -> int:
        alone = self.conditional and unattached(held, self.facts)
        like = (held.grant.profile, _levels(held.grant.adjustments), alone, self._imposed(held.path))
        number = self.compiled.get(like)
        if number is None:
            table = {}
            for n, type_, rule in self.rules:
                openings = () if rule is None else tuple(listing.opened_by(held, self.facts, rule, type_))
                if openings:
                    table[n] = openings
            number = self.compiled[like] = self.tables.number(table)
        return number

    def _imposed(self, path: Sequence[str]) -> int:
        if not path:
            return 0
        found = self.imposed.get(path[0])
        if found is None:
            scope = self.facts.scopes[path[0]]
            like = (scope.kind, _levels(scope.configuration), scope.options, self._imposed(path[1:]))
            found = self.imposed[scope.key] = self.imposing.setdefault(like, len(self.imposing) + 1)
        return found


def _levels(table: Mapping[str, Level]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((feature, level.key) for feature, level in table.items())) if table else ()

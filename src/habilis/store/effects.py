"""
What a change alters in the answers: asked after it was made, in its transaction, of the rows now and of those before.

A person's grants are compiled as for a list (see `listing`), on both sides; only where the two differ, or where rows
changed below them, are things counted: once for all the people whose grants open the same.
A thing is *gained* where it is reached after and was not before, *lost* where it was and is no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from habilis.core import Condition, Facts, Held, Rule
from habilis.core.decide import AUTHOR_MAY, unattached
from habilis.store import listing, past
from habilis.store.facts import Loaded
from habilis.store.listing import NOBODY, Branches, Opening
from habilis.store.planning import of_many_rows

ROWS = ("scope", "resource", "approver")  # what a list reads beside the grants
OWN_PENDING = Opening("author_id")  # whoever wrote a pending scope looks at it, without any grant


@dataclass(frozen=True)
class Written:
    """What was written since an instant: by table, the numbers of the rows."""

    portal_id: int
    since: datetime
    rows: Mapping[str, frozenset[int]]

    @property
    def tables(self) -> frozenset[str]:
        """The tables in which a row was made, changed or removed."""
        return frozenset(table for table, ids in self.rows.items() if ids)


class Question(NamedTuple):
    """Actions on things of a type that the same rule governs, before and after."""

    type: str
    before: Rule | None
    after: Rule | None
    actions: tuple[str, ...]
    own_pending: bool


class Count(NamedTuple):
    """How many things of one scope, in one state, some people gain and lose by the actions of a question."""

    scope_id: int
    state: str
    gained: int
    lost: int


Reach = frozenset[tuple[Opening, int]]  # what opens, and the scope on which it is held


class Bundle(NamedTuple):
    """What people who are counted together reach before and after; *me* where it depends on who they are."""

    before: Reach
    after: Reach
    me: int


@dataclass
class Counted:
    """The counts of one question, by bundle, and the people of each bundle."""

    question: Question
    people: dict[Bundle, list[str]]
    counts: dict[Bundle, list[Count]] = field(default_factory=dict)


def written(portal_id: int, since: datetime) -> Written:
    """What this transaction wrote since the instant *since*; other changes of the portal's rights wait meanwhile."""
    found = {}
    with connection.cursor() as cursor:
        for table in past.KEPT:
            portal = "id" if table == "portal" else "portal_id"
            cursor.execute(
                f"SELECT id FROM store_{table} WHERE {portal} = %(portal)s AND sys_from > %(since)s UNION "
                f"SELECT id FROM store_{table}_history WHERE {portal} = %(portal)s AND sys_until > %(since)s",
                {"portal": portal_id, "since": since},
            )
            found[table] = frozenset(id_ for (id_,) in cursor.fetchall())
    return Written(portal_id, since, found)


def begins(done: Written, now: datetime) -> datetime | None:
    """When the last of the grants that were written begins, where that is after *now*."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(valid_from) FROM store_grant WHERE id = ANY(%s) AND valid_from > %s",
            [list(done.rows["grant"]), now],
        )
        found: datetime | None = cursor.fetchone()[0]
    return found


CONCERNED = """
WITH near AS (
    SELECT id FROM {scope} AS s WHERE s.portal_id = %(portal)s AND id = ANY(%(scopes)s)
    UNION SELECT scope_id FROM {resource} AS r WHERE id = ANY(%(resources)s)
), path AS (
    SELECT DISTINCT unnest(ARRAY[a0, a1, a2, a3, a4, a5, a6]) AS id FROM {scope} AS s WHERE id IN (SELECT id FROM near)
), held AS (
    SELECT user_id FROM {grant} AS g WHERE g.portal_id = %(portal)s AND (
        g.id = ANY(%(grants)s) OR g.profile_id = ANY(%(profiles)s) OR g.scope_id IN (SELECT id FROM path)
        OR (%(moved)s AND g.scope_id IN (SELECT id FROM {scope} AS s WHERE s.portal_id = %(portal)s
            AND ARRAY[a0, a1, a2, a3, a4, a5, a6] && %(scopes)s::bigint[])))
), concerned AS (
    SELECT user_id FROM held
    UNION SELECT user_id FROM {member} AS m WHERE m.portal_id = %(portal)s AND (%(all)s OR m.id = ANY(%(members)s))
    UNION SELECT author_id FROM {scope} AS s WHERE id = ANY(%(scopes)s)
    UNION SELECT author_id FROM {resource} AS r WHERE id = ANY(%(resources)s)
    UNION SELECT user_id FROM {approver} AS w WHERE resource_id = ANY(%(resources)s) OR id = ANY(%(approvers)s)
)
SELECT u.email FROM store_user u WHERE u.id IN (SELECT user_id FROM concerned)
"""


def concerned(done: Written) -> list[str]:
    """The addresses of everyone whose answers what was written may alter, sorted."""
    parameters = {f"{table}s": list(ids) for table, ids in done.rows.items()} | {
        "portal": done.portal_id,
        "as_of": done.since,
        "moved": bool(done.rows["scope"]),
        "all": bool(done.rows["portal"]),
    }
    found: set[str] = set()
    with connection.cursor() as cursor:
        for as_of in (None, done.since):
            cursor.execute(past.over(CONCERNED, as_of, done.tables), parameters)
            found.update(email for (email,) in cursor.fetchall())
    return sorted(found)


def counted(
    before: Loaded, after: Loaded, people: Iterable[str], done: Written, seen: Mapping[str, Branches] | None = None
) -> Iterator[Counted]:
    """
    For each question whose answer may have changed for some of *people*: what they gain and lose.

    Where *seen* is given, only things that it opens are counted, by type.
    """
    questions = _questions(before.facts, after.facts)
    rows_changed = not done.tables.isdisjoint(ROWS)
    compiled = _Compiler(before, questions, "before"), _Compiler(after, questions, "after")
    bundles: list[dict[Bundle, list[str]]] = [{} for _ in questions]
    for person in people:
        was, is_ = compiled[0].reaches(person), compiled[1].reaches(person)
        if was == is_ and not rows_changed:
            continue
        me = after.user_ids.get(person, before.user_ids.get(person, NOBODY))
        for n in {*was, *is_}:
            one, other = was.get(n, frozenset()), is_.get(n, frozenset())
            if one != other or rows_changed:
                personal = any(opening.condition or opening is OWN_PENDING for opening, _ in one | other)
                bundles[n].setdefault(Bundle(one, other, me if personal else NOBODY), []).append(person)
    for question, of_question in zip(questions, bundles, strict=True):
        if of_question:
            shown = None if seen is None else seen[question.type]
            if shown is None or not shown.empty:
                yield Counted(question, of_question, _counts(question, list(of_question), done, after, shown))


def _questions(before: Facts, after: Facts) -> list[Question]:
    grouped: dict[tuple[Any, ...], list[str]] = {}
    for type_ in {**before.model.rules, **after.model.rules}:
        for action in {**before.model.rules.get(type_, {}), **after.model.rules.get(type_, {})}:
            rules = before.model.rule(type_, action), after.model.rule(type_, action)
            own = action in AUTHOR_MAY and type_ in after.model.kinds
            shapes = tuple(
                rule
                and (
                    rule.feature,
                    rule.verb,
                    tuple(rule.by_state.items()),
                    rule.from_above,
                    bool(rule.creates),
                    rule.admits,
                )
                for rule in rules
            )
            grouped.setdefault((type_, shapes, own), []).append(action)
    return [
        Question(type_, before.model.rule(type_, actions[0]), after.model.rule(type_, actions[0]), tuple(actions), own)
        for (type_, _, own), actions in grouped.items()
    ]


class _Compiler:
    """The grants of one side as reaches; grants that open the same are compiled once."""

    def __init__(self, loaded: Loaded, questions: Sequence[Question], side: str) -> None:
        self.loaded, self.facts = loaded, loaded.facts
        self.rules = [(n, q.type, getattr(q, side), q.own_pending) for n, q in enumerate(questions)]
        self.tables: dict[Any, dict[int, tuple[Opening, ...]]] = {}
        self.imposing: dict[str, Any] = {}
        self.conditional = any(
            cell.condition is Condition.UNATTACHED
            for profile in self.facts.model.profiles.values()
            for cell in profile.cells.values()
        )

    def reaches(self, person: str) -> dict[int, Reach]:
        """By question, what the grants in force of *person* open."""
        found: dict[int, set[tuple[Opening, int]]] = {}
        if person in self.facts.active:
            for n, _, rule, own_pending in self.rules:
                if own_pending and rule is not None:
                    found.setdefault(n, set()).add((OWN_PENDING, NOBODY))
        for held in self.facts.held.get(person, ()):
            if held.in_force:
                scope_id = self.loaded.scope_ids[held.scope]
                for n, openings in self._table(held).items():
                    found.setdefault(n, set()).update((opening, scope_id) for opening in openings)
        return {n: frozenset(pairs) for n, pairs in found.items()}

    def _table(self, held: Held) -> dict[int, tuple[Opening, ...]]:
        alone = self.conditional and unattached(held, self.facts)
        levels = tuple(sorted((feature, level.key) for feature, level in held.grant.adjustments.items()))
        like = (held.grant.profile, levels, alone, tuple(self._imposed(key) for key in held.path))
        table = self.tables.get(like)
        if table is None:
            table = self.tables[like] = {}
            for n, type_, rule, _ in self.rules:
                openings = () if rule is None else tuple(listing.opened_by(held, self.facts, rule, type_))
                if openings:
                    table[n] = openings
        return table

    def _imposed(self, key: str) -> Any:
        found = self.imposing.get(key)
        if found is None:
            scope = self.facts.scopes[key]
            levels = tuple(sorted((feature, level.key) for feature, level in scope.configuration.items()))
            found = self.imposing[key] = (scope.kind, levels, scope.options)
        return found


def _counts(
    question: Question, bundles: Sequence[Bundle], done: Written, after: Loaded, seen: Branches | None
) -> dict[Bundle, list[Count]]:
    """Count, in one query, what each of *bundles* gains and loses."""
    of_scopes = question.type in after.facts.model.kinds
    by_row = not done.tables.isdisjoint(("resource", "approver")) or any(bundle.me for bundle in bundles)
    parameters: dict[str, Any] = {"portal": done.portal_id, "type": question.type, "as_of": done.since}
    shown = "TRUE"
    if seen is not None:
        shown, more = listing.where(seen, "row", "row" if of_scopes else "s")
        parameters |= more
    hits = []
    for side, rule, as_of in ((0, question.before, done.since), (1, question.after, None)):
        branches: dict[Opening, list[tuple[int, int, int]]] = {}
        for n, bundle in enumerate(bundles):
            for opening, scope_id in bundle[side]:
                branches.setdefault(opening, []).append((n, scope_id, bundle.me))
        for opening, triples in branches.items():
            if rule is not None:
                name = f"{side}x{len(hits)}"
                sql = _hits(opening, rule, name, parameters, of_scopes=of_scopes, by_row=by_row)
                sql += f" AND {shown}" if of_scopes or by_row else ""
                hits.append(
                    f"SELECT {side} = 1 AS side, h.* FROM ({past.over(sql, as_of, done.tables & {*ROWS})}) AS h"
                )
                for column, values in zip("bsm", zip(*triples, strict=True), strict=True):
                    parameters[f"{column}{name}"] = list(values)
    if not hits:
        return {}
    groups, each = ("", "part") if of_scopes or by_row else (GROUPS, "scope_id, state")
    with of_many_rows(), connection.cursor() as cursor:
        things = EACH if seen and any(opening.condition for opening in seen.openings) else TALLIED
        sql = past.over(groups.replace("{things}", things).replace("{shown}", shown), None) + COUNTS.format(
            hits=" UNION ALL ".join(hits), each=each
        )
        cursor.execute(sql, parameters)
        found: dict[Bundle, list[Count]] = {}
        for n, *count in cursor.fetchall():
            found.setdefault(bundles[n], []).append(Count(*count))
    return found


GROUPS = """
WITH groups AS MATERIALIZED (
    SELECT row.scope_id, row.state, sum(row.n) AS n FROM ({things}) AS row JOIN {scope} AS s ON s.id = row.scope_id
    WHERE {shown} GROUP BY row.scope_id, row.state HAVING sum(row.n) > 0
)
"""
TALLIED = """
SELECT t.scope_id, t.state, t.n, x.a0, x.a1, x.a2, x.a3, x.a4, x.a5, x.a6
FROM store_tally t JOIN {scope} AS x ON x.id = t.scope_id
WHERE x.portal_id = %(portal)s AND t.type = %(type)s AND NOT t.below
"""
EACH = "SELECT r.*, 1 AS n FROM {resource} AS r WHERE r.portal_id = %(portal)s AND r.type = %(type)s"
COUNTS = """
SELECT bundle, scope_id, state, coalesce(sum(n) FILTER (WHERE is_after AND NOT is_before), 0)::bigint,
    coalesce(sum(n) FILTER (WHERE is_before AND NOT is_after), 0)::bigint
FROM (
    SELECT bundle, max(scope_id) AS scope_id, max(state) AS state, max(n) AS n,
        bool_or(side) AS is_after, bool_or(NOT side) AS is_before
    FROM ({hits}) AS every GROUP BY bundle, {each}
) AS things
WHERE is_after <> is_before GROUP BY bundle, scope_id, state ORDER BY bundle, scope_id, state
"""


def _hits(opening: Opening, rule: Rule, name: str, parameters: dict[str, Any], *, of_scopes: bool, by_row: bool) -> str:
    """The SQL of what one opening reaches on one side: bundle, scope, state, row (or 0), how many."""
    given = f"unnest(%(b{name})s::int[], %(s{name})s::bigint[], %(m{name})s::bigint[]) AS b (bundle, scope, me)"
    if opening is OWN_PENDING:
        return f"""
            SELECT b.bundle, row.id AS scope_id, '' AS state, row.id AS part, 1 AS n FROM {given}
            JOIN {{scope}} AS row ON row.author_id = b.me
            WHERE row.portal_id = %(portal)s AND row.kind = %(type)s AND row.pending_path
        """
    scope = "row" if of_scopes else "s"
    condition = listing.condition_of(
        opening, rule, "row", scope, name, parameters, of_scopes=of_scopes, me="b.me", branches="ARRAY[b.scope]"
    )
    if of_scopes:
        return f"""
            SELECT b.bundle, row.id AS scope_id, '' AS state, row.id AS part, 1 AS n FROM {given}
            JOIN {{scope}} AS row ON row.{opening.column} = b.scope
            WHERE row.portal_id = %(portal)s AND row.kind = %(type)s AND {condition}
        """
    column = "id" if opening.column == "scope_id" else opening.column
    things = "{resource}" if by_row else "groups"
    part, n = ("row.id", "1") if by_row else ("0", "row.n")
    only = "AND row.portal_id = %(portal)s AND row.type = %(type)s" if by_row else ""
    return f"""
        SELECT b.bundle, row.scope_id, row.state, {part} AS part, {n} AS n FROM {given}
        JOIN {{scope}} AS s ON s.{column} = b.scope JOIN {things} AS row ON row.scope_id = s.id {only}
        WHERE s.portal_id = %(portal)s AND {condition}
    """

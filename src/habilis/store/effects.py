"""
What a change alters in the answers: asked after it was made, in its transaction, of the rows now and of those before.

A person's grants are compiled as for a list (see `listing`), on both sides; only where the two differ, or where rows
changed below them, are things counted: once for all the people whose grants open the same.
A thing is *gained* where it is reached after and was not before, *lost* where it was and is no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection

from habilis.core import Rule
from habilis.store import arrays, listing, past
from habilis.store.facts import Loaded
from habilis.store.listing import NOBODY, Branches, Opening
from habilis.store.planning import of_many_rows
from habilis.store.reaches import OWN_PENDING, Question, Reach, Side, Tables
from habilis.store.reaches import questions as questions_of

ROWS = ("scope", "resource", "approver")  # what a list reads beside the grants


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


class Count(NamedTuple):
    """
    How many things of one scope, in one state where that says which feature governs, some people gain and lose by the
    actions of a question; *bundle* is their number in `Compared.people`.
    """

    bundle: int
    scope_id: int
    state: str
    gained: int
    lost: int


@dataclass
class Compared:
    """Those for whom something changes, bundled where it is the same for all of them; and the counts by question."""

    people: list[list[str]] = field(default_factory=list)
    counts: list[tuple[Question, list[Count]]] = field(default_factory=list)


class Bundle(NamedTuple):
    """What people who are counted together reach before and after; *me* where it depends on who they are."""

    before: Reach
    after: Reach
    me: int


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
        "all": bool(done.rows["portal"] or done.rows["license"]),  # a price is everybody's
    }
    found: set[str] = set()
    with connection.cursor() as cursor:
        for as_of in (None, done.since):
            cursor.execute(past.over(CONCERNED, as_of, done.tables), parameters)
            found.update(email for (email,) in cursor.fetchall())
    return sorted(found)


def compared(
    before: Loaded, after: Loaded, people: Iterable[str], done: Written, seen: Mapping[str, Branches] | None = None
) -> Compared:
    """
    What each of *people* gains and loses.

    Where *seen* is given, only things that it opens are counted, by type.
    """
    tables = Tables(questions_of(before.facts, after.facts))
    sides = Side(before, tables, "before"), Side(after, tables, "after")
    rows_changed = not done.tables.isdisjoint(ROWS)
    bundles: dict[Bundle, frozenset[int]] = {}  # with the questions for which the answers may differ
    people_of: dict[Bundle, list[str]] = {}
    for person in people:
        was, is_ = sides[0].reach(person), sides[1].reach(person)
        if was == is_ and not rows_changed:
            continue
        numbers = tables.opened(was | is_) if rows_changed else tables.differing(was, is_)
        me = NOBODY
        if tables.personal(was | is_, numbers):
            me = after.user_ids.get(person, before.user_ids.get(person, NOBODY))
        bundle = Bundle(was, is_, me)
        bundles[bundle] = numbers
        people_of.setdefault(bundle, []).append(person)
    found = Compared([*people_of.values()])
    alike = tables.alike()
    asked = frozenset().union(*bundles.values())
    by_type: dict[str, list[int]] = {}
    for n in sorted(asked & alike.keys()):
        by_type.setdefault(alike[n].type, []).append(n)
    for type_, numbers_ in by_type.items():
        shown = None if seen is None else seen[type_]
        if shown is None or not shown.empty:
            reached = Reached(bundles, frozenset(numbers_))
            rows = _counts(type_, reached, tables, done, shown, of_scopes=type_ in after.facts.model.kinds)
            for n, counts in groupby(rows, key=itemgetter(0)):
                found.counts.append((alike[n], [Count(*count) for _, *count in counts]))
    return found


class Lot(NamedTuple):
    """What is counted together of what bundles reach: for some questions, on one side, by what one table opens."""

    questions: frozenset[int]
    side: int
    table: int


class Reached:
    """The scopes that bundles reach, as the columns of a table: each scope once, whatever is asked of it."""

    def __init__(self, bundles: Mapping[Bundle, frozenset[int]], questions: frozenset[int]) -> None:
        self.lots: dict[Lot, int] = {}
        self.rows: list[tuple[int, int, int, int]] = []  # bundle, lot, scope, person
        asked_of = {numbers: numbers & questions for numbers in {*bundles.values()}}
        for at, (bundle, numbers) in enumerate(bundles.items()):
            if asked := asked_of[numbers]:
                for side, reach in enumerate((bundle.before, bundle.after)):
                    for table, scope_id in reach:
                        lot = self.lots.setdefault(Lot(asked, side, table), len(self.lots))
                        self.rows.append((at, lot, scope_id, bundle.me))
        self.questions = sorted(frozenset().union(*(lot.questions for lot in self.lots)))
        self.personal = any(me for *_, me in self.rows)

    def openings(self, tables: Tables) -> dict[tuple[int, int, Opening], list[int]]:
        """For each question, side and opening, the lots that it opens."""
        found: dict[tuple[int, int, Opening], list[int]] = {}
        for lot, number in self.lots.items():
            for n in lot.questions:
                for opening in tables.rows[lot.table].get(n, ()):
                    found.setdefault((n, lot.side, opening), []).append(number)
        return found


def _counts(
    type_: str, reached: Reached, tables: Tables, done: Written, seen: Branches | None, *, of_scopes: bool
) -> list[tuple[Any, ...]]:
    """Count, in one query, what each bundle gains and loses by each question about things of a type."""
    by_row = reached.personal or not done.tables.isdisjoint(("resource", "approver"))
    parameters: dict[str, Any] = {"portal": done.portal_id, "type": type_, "as_of": done.since}
    shown = "TRUE"
    if seen is not None:
        shown, more = listing.where(seen, "row", "row" if of_scopes else "s")
        parameters |= more
    hits = []
    for name, ((n, side, opening), lots) in enumerate(reached.openings(tables).items()):
        rule = tables.questions[n][1 + side]
        sql = _hits(opening, rule, str(name), parameters, of_scopes=of_scopes, by_row=by_row)
        sql += f" AND {shown}" if of_scopes or by_row else ""
        sql = past.over(sql, None if side else done.since, done.tables & {*ROWS})
        hits.append(f"SELECT {n} AS question, {side} = 1 AS side, h.* FROM ({sql}) AS h")
        parameters[f"lots{name}"] = lots
    if not hits:
        return []
    for column, values in zip(("bundles", "lots", "scopes", "people"), zip(*reached.rows, strict=True), strict=True):
        parameters[column] = arrays.literal(values)
    groups, each = ("", "part") if of_scopes or by_row else (GROUPS, "scope_id, state")
    things = EACH if seen and any(opening.condition for opening in seen.openings) else TALLIED
    groups = past.over(groups.replace("{things}", things).replace("{shown}", shown), None)
    parameters["stated"] = [n for n in reached.questions if any(r and r.by_state for r in tables.questions[n][1:3])]
    with of_many_rows(), connection.cursor() as cursor:
        cursor.execute(REACHED + groups + COUNTS.format(hits=" UNION ALL ".join(hits), each=each), parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


REACHED = """
WITH reached AS MATERIALIZED (
    SELECT * FROM unnest(%(bundles)s::int[], %(lots)s::int[], %(scopes)s::bigint[], %(people)s::bigint[])
        AS b (bundle, lot, scope, me)
)
"""
GROUPS = """
, groups AS MATERIALIZED (
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
SELECT question, bundle, scope_id, CASE WHEN question = ANY(%(stated)s) THEN state ELSE '' END,
    coalesce(sum(n) FILTER (WHERE is_after AND NOT is_before), 0)::bigint,
    coalesce(sum(n) FILTER (WHERE is_before AND NOT is_after), 0)::bigint
FROM (
    SELECT question, bundle, max(scope_id) AS scope_id, max(state) AS state, max(n) AS n,
        bool_or(side) AS is_after, bool_or(NOT side) AS is_before
    FROM ({hits}) AS every GROUP BY question, bundle, {each}
) AS things
WHERE is_after <> is_before GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


def _hits(opening: Opening, rule: Rule, name: str, parameters: dict[str, Any], *, of_scopes: bool, by_row: bool) -> str:
    """The SQL of what one opening reaches on one side: bundle, scope, state, row (or 0), how many."""
    given = f"(SELECT * FROM reached WHERE lot = ANY(%(lots{name})s)) AS b"
    if opening == OWN_PENDING:
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

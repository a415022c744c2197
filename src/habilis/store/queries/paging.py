"""
Pages of what a person may reach: by keyset, never by offset, each branch asked for its own first rows.

A cursor is the sort values of a row; whoever hands it out signs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from habilis.store import listing
from habilis.store.listing import Branches
from habilis.store.queries import tally

ROW = "row"
STATE = "row.state"
FEW = 8  # branches: beyond, the page looks for the best heads first
SORTS: Mapping[str, tuple[str, str, str]] = {  # the expression, its type, the direction
    "-created": ("row.created", "timestamptz", "DESC"),
    "created": ("row.created", "timestamptz", "ASC"),
    "title": ("upper(row.title)", "text", "ASC"),
    "-title": ("upper(row.title)", "text", "DESC"),
    "name": ("upper(row.name)", "text", "ASC"),
    "-name": ("upper(row.name)", "text", "DESC"),
}


@dataclass(frozen=True)
class Narrowing:
    """Conditions that only take away: each a text over `row` and its parameters."""

    conditions: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def sql(self) -> str:
        """All conditions, to be put behind others."""
        return "".join(f" AND {condition}" for condition in self.conditions)


@dataclass(frozen=True)
class Slice:
    """The numbers of the rows of one page, the sort values of the first and the last, and whether there is more."""

    ids: tuple[int, ...]
    first: tuple[str, int] | None
    last: tuple[str, int] | None
    more: bool


def slice_of(
    found: Branches,
    narrowing: Narrowing,
    sort: str,
    limit: int,
    after: Sequence[Any] | None,
    *,
    backwards: bool = False,
) -> Slice:
    """One page of *limit* rows after the sort values *after* (before them when *backwards*)."""
    if found.empty:
        return Slice((), None, None, more=False)
    expression, kind, direction = SORTS[sort]
    if backwards:
        direction = "ASC" if direction == "DESC" else "DESC"
    sign = "<" if direction == "DESC" else ">"
    past_cursor = f" AND ({expression}, row.id) {sign} (%(after)s::{kind}, %(after_id)s)" if after else ""
    order = f"ORDER BY {expression} {direction}, row.id {direction}"
    parameters: dict[str, Any] = {**narrowing.parameters, "limit": limit + 1}
    if after:
        parameters |= {"after": after[0], "after_id": after[1]}
    table, kind_column, join = _tables(found)
    constant = f"row.portal_id = %(portal_id)s AND row.{kind_column} = %(type)s"
    scope = "row" if found.of_scopes else "s"
    rows_of, parts = [], []
    for column, branch, condition, own in listing.heads(found, ROW, scope):
        parameters |= own
        where = f"{constant} AND row.{column} = b.id AND {condition}{narrowing.sql()}{past_cursor}"
        rows_of.append((branch, f"SELECT row.id, {expression} AS at FROM {table} AS row {join} WHERE {where}"))
    if found.own_pending:
        parameters |= {"portal_id": found.portal_id, "type": found.type, "me": found.user_id}
        parts.append(
            f"(SELECT row.id, {expression} AS at FROM {table} AS row WHERE {constant} AND row.pending_path "
            f"AND row.author_id = %(me)s{narrowing.sql()}{past_cursor} {order} LIMIT %(limit)s)"
        )
    from_bound = ">=" if direction == "DESC" else "<="
    staged = kind == "timestamptz" and found.width > FEW
    before = _best_heads(rows_of, order, direction, limit) if staged else ""
    for branch, rows in rows_of:
        if staged:
            bounded = f"{rows} AND ({expression}, row.id) {from_bound} (bound.at, bound.id)"
            near = f"h.of = '{branch}' AND (h.at, h.id) {from_bound} (bound.at, bound.id)"
            among = f"(SELECT h.branch AS id FROM heads h, bound WHERE {near}) b, bound"
            parts.append(f"SELECT x.id, x.at FROM {among} CROSS JOIN LATERAL ({bounded} {order} LIMIT %(limit)s) x")
        else:
            among = f"unnest(%({branch})s::bigint[]) AS b(id)"
            parts.append(f"SELECT x.id, x.at FROM {among} CROSS JOIN LATERAL ({rows} {order} LIMIT %(limit)s) x")
    last = f"ORDER BY u.at {direction}, u.id {direction} LIMIT %(limit)s"
    sql = f"{before}SELECT id, at::text FROM ({' UNION '.join(parts)}) u {last}"
    with connection.cursor() as cursor:
        cursor.execute(_named(sql), parameters)
        rows = cursor.fetchall()
    more = len(rows) > limit
    rows = rows[:limit]
    if backwards:
        rows.reverse()
    ends = ((rows[0][1], rows[0][0]), (rows[-1][1], rows[-1][0])) if rows else (None, None)
    return Slice(tuple(id_ for id_, _ in rows), ends[0], ends[1], more)


def _best_heads(rows_of: Sequence[tuple[str, str]], order: str, direction: str, limit: int) -> str:
    """
    The first row of each branch, and the bound below which no row can be on the page.

    Where as many different first rows as the page holds come before it, a row beyond the bound is too far,
    whatever its branch.
    """
    heads = " UNION ALL ".join(
        f"SELECT b.id AS branch, '{branch}' AS of, x.at, x.id FROM unnest(%({branch})s::bigint[]) AS b(id) "
        f"CROSS JOIN LATERAL ({rows} {order} LIMIT 1) x"
        for branch, rows in rows_of
    )
    beyond = "-infinity" if direction == "DESC" else "infinity"
    beyond_id = 0 if direction == "DESC" else 2**63 - 1
    return (
        f"WITH heads AS MATERIALIZED ({heads}), bound AS MATERIALIZED (SELECT coalesce(min(at), '{beyond}') AS at, "
        f"coalesce(min(id), {beyond_id}) AS id FROM (SELECT DISTINCT at, id FROM heads "
        f"ORDER BY at {direction}, id {direction} OFFSET {limit} LIMIT 1) last) "
    )


def count(found: Branches, narrowing: Narrowing) -> int:
    """How many rows the whole list has."""
    return sum(counts(found, narrowing, STATE if not found.of_scopes else "''").values())


def counts(found: Branches, narrowing: Narrowing, by: str) -> dict[str, int]:
    """How many rows for each value of the expression *by*."""
    if found.empty:
        return {}
    if by == STATE and tally.answers(found, narrowing.conditions):
        return tally.by_state(found, narrowing.conditions, narrowing.parameters)
    table, kind_column, join = _tables(found)
    condition, parameters = listing.where(found, ROW, "row" if found.of_scopes else "s")
    sql = (
        f"SELECT {by} AS value, count(*) FROM {table} AS row {join} "
        f"WHERE row.portal_id = %(portal_id)s AND row.{kind_column} = %(type)s AND {condition}{narrowing.sql()} "
        "GROUP BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(_named(sql), {**parameters, **narrowing.parameters})
        return dict(cursor.fetchall())


def _tables(found: Branches) -> tuple[str, str, str]:
    if found.of_scopes:
        return "store_scope", "kind", ""
    return "store_resource", "type", "JOIN store_scope s ON s.id = row.scope_id"


def _named(sql: str) -> str:
    return sql.replace("{approver}", "store_approver")

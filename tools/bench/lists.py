"""The first page of fifty, newest first, beside the best written by hand for the same person, in the same run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection

from habilis.store.queries import paging
from habilis.store.queries.paging import Narrowing
from habilis.workflows import access, browse
from tools.bench import measure
from tools.bench.measure import line, ms
from tools.bench.world import ADVICE, MANY, POST, STAFF, TERRITORY, UNIT, UNITS

PEOPLE = (  # what they reach, who, where, the type, the column of their branches
    ("1 unit", UNIT, POST, "mail_item", "scope_id"),
    ("50 units", UNITS, POST, "mail_item", "scope_id"),
    ("a territory", TERRITORY, ADVICE, "recommendation", "a1"),
    ("the root", STAFF, POST, "mail_item", "a0"),
    ("500 organizations", MANY, POST, "mail_item", "a1"),
)
DIRECT = """
SELECT x.id FROM unnest(%(ids)s::bigint[]) b(id) CROSS JOIN LATERAL (
    SELECT r.id, r.created FROM store_resource r JOIN store_scope s ON s.id = r.scope_id AND NOT s.pending_path
    WHERE r.{column} = b.id AND r.type = %(type)s ORDER BY r.created DESC, r.id DESC LIMIT 50
) x ORDER BY x.created DESC, x.id DESC LIMIT 50
"""
STAGES = """
WITH heads AS MATERIALIZED (
    SELECT b.id AS branch, x.created, x.id FROM unnest(%(ids)s::bigint[]) b(id) CROSS JOIN LATERAL (
        SELECT r.created, r.id FROM store_resource r JOIN store_scope s ON s.id = r.scope_id AND NOT s.pending_path
        WHERE r.{column} = b.id AND r.type = %(type)s ORDER BY r.created DESC, r.id DESC LIMIT 1
    ) x ORDER BY x.created DESC, x.id DESC LIMIT 50
), last AS MATERIALIZED (
    SELECT CASE WHEN count(*) = 50 THEN min(created) ELSE '-infinity' END AS created FROM heads
)
SELECT x.id FROM heads h, last CROSS JOIN LATERAL (
    SELECT r.id, r.created FROM store_resource r JOIN store_scope s ON s.id = r.scope_id AND NOT s.pending_path
    WHERE r.{column} = h.branch AND r.type = %(type)s AND r.created >= last.created
    ORDER BY r.created DESC, r.id DESC LIMIT 50
) x ORDER BY x.created DESC, x.id DESC LIMIT 50
"""


def first_pages() -> dict[str, float]:
    """The five people; return the time of each page."""
    spent = {}
    for what, email, portal, type_, column in PEOPLE:
        found = access.branches(portal, email, "list", type_)
        cut = paging.slice_of(found, Narrowing(), "-created", 50, None)
        ids = sorted({id_ for branch in found.openings.values() for id_ in branch})
        hands = [_by_hand(text.format(column=column), ids, type_) for text in (DIRECT, STAGES)]
        differs = any(tuple(hand()) != cut.ids for hand in hands)
        best = min(measure.milliseconds(hand) for hand in hands)
        ours = spent[what] = measure.milliseconds(
            lambda found=found: paging.slice_of(found, Narrowing(), "-created", 50, None)
        )
        line(
            f"{what}: the page itself", ms(ours),
            ratio="ITS ROWS DIFFER" if differs else f"{ours / best:.2f} times {ms(best)} by hand", wanted="≤ 1.3 times", reached=ours <= 1.3 * best,
        )  # fmt: skip
        with measure.counted() as seen:
            page = browse.resources(portal, email, type_)
        whole = measure.milliseconds(lambda p=portal, e=email, t=type_: browse.resources(p, e, t))
        line(f"{what}: with rights, count and records", ms(whole), ratio=f"{page.total:,} in all, {len(seen)} queries")
    return spent


def counts() -> None:
    """The exact count, beside counting the rows."""
    for what, email, portal, type_, _ in PEOPLE:
        found = access.branches(portal, email, "list", type_)
        told = measure.milliseconds(lambda found=found: paging.count(found, Narrowing()))
        rows = measure.milliseconds(lambda found=found: paging.counts(found, Narrowing(), "row.state || ''"), 5)
        same = paging.count(found, Narrowing()) == sum(paging.counts(found, Narrowing(), "row.state || ''").values())
        line(
            f"{what}: the exact count",
            ms(told),
            ratio=f"{rows / told:,.0f} times faster than the rows" if same else "IT DIFFERS",
        )


def _by_hand(sql: str, ids: list[int], type_: str) -> Callable[[], list[int]]:
    def ask() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return [id_ for (id_,) in cursor.fetchall()]

    parameters: dict[str, Any] = {"ids": ids, "type": type_}
    return ask

"""
Exact counts without counting: what the tally of each scope says, summed over branches that share no row.

Where the branches overlap, depend on the row itself, or the list is narrowed by anything but states, the rows are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from habilis.store.listing import Branches, Opening

STATES = "row.state = ANY(%(states)s)"  # the one narrowing that the tally knows


def answers(found: Branches, conditions: Sequence[str]) -> bool:
    """Whether the tally holds the answer."""
    if (
        found.of_scopes
        or found.rule is None
        or not found.looking
        or any(condition != STATES for condition in conditions)
    ):
        return False
    return all(opening.condition is None and not opening.strictly_below for opening in found.openings) and _disjoint(
        found
    )


def by_state(found: Branches, narrowing: Mapping[str, Any]) -> dict[str, int]:
    """How many resources are reached in each state; *narrowing* may hold the only `states` that are asked."""
    parts: list[str] = []
    parameters: dict[str, Any] = {"type": found.type, "portal_id": found.portal_id, "asked": narrowing.get("states")}
    for n, (opening, ids) in enumerate(found.openings.items()):
        parameters |= {f"b{n}": list(ids), f"in{n}": _list(opening.states), f"out{n}": list(opening.besides)}
        parts += _parts(opening, n)
    sql = f"SELECT state, sum(n)::bigint FROM ({' UNION ALL '.join(parts)}) t GROUP BY state HAVING sum(n) <> 0"
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return dict(cursor.fetchall())


def _parts(opening: Opening, n: int) -> list[str]:
    """What the branches of one opening hold, and, where it does not open them, what pending scopes below take away."""
    said = (
        f"t.type = %(type)s AND (%(in{n})s::text[] IS NULL OR t.state = ANY(%(in{n})s::text[]))"
        f" AND t.state <> ALL(%(out{n})s::text[]) AND (%(asked)s::text[] IS NULL OR t.state = ANY(%(asked)s::text[]))"
    )
    alone = opening.column == "scope_id"
    own = " AND NOT t.below" if alone else ""
    held = (  # INVARIANT: `OFFSET 0` keeps the branches first, each looked up; a join would read the whole tally
        f"SELECT t.state, t.n FROM unnest(%(b{n})s::bigint[]) b(id) "
        f"CROSS JOIN LATERAL (SELECT * FROM store_tally t WHERE t.scope_id = b.id AND {said}{own} OFFSET 0) t"
    )
    if opening.moderation:
        return [held]
    within = "s.id" if alone else f"s.{opening.column}"
    taken = (
        f"SELECT t.state, -t.n FROM store_scope s JOIN store_tally t ON t.scope_id = s.id AND {said} AND NOT t.below "
        f"WHERE s.portal_id = %(portal_id)s AND s.pending_path AND {within} = ANY(%(b{n})s::bigint[])"
    )
    return [held, taken]


def _disjoint(found: Branches) -> bool:
    """
    Whether no resource is in two branches.

    Openings of different features never share a state; among those of the same one, the branches that another of them
    covers are dropped only where both open alike.
    """
    by_feature: dict[tuple[Any, ...], set[bool]] = {}
    for opening in found.openings:
        by_feature.setdefault((opening.states, opening.besides), set()).add(opening.moderation)
    return all(len(moderation) == 1 for moderation in by_feature.values())


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)

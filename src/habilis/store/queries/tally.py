"""
Exact counts without counting: what the tally of each scope says, summed over branches that share no row.

Where the branches overlap, depend on the row itself, or the list is narrowed by anything but states and a scope,
the rows are counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from habilis.store.listing import Branches, Opening

STATES = "row.state = ANY(%(states)s)"  # the narrowings that the tally knows: states, and one scope with what is below
WITHIN = re.compile(r"row\.a([0-6]) = %\(within\)s")


def answers(found: Branches, conditions: Sequence[str]) -> bool:
    """Whether the tally holds the answer."""
    if (
        found.of_scopes
        or found.rule is None
        or not found.looking
        or not all(condition == STATES or WITHIN.fullmatch(condition) for condition in conditions)
    ):
        return False
    return all(opening.condition is None and not opening.strictly_below for opening in found.openings) and _disjoint(
        found
    )


def by_state(found: Branches, conditions: Sequence[str], narrowing: Mapping[str, Any]) -> dict[str, int]:
    """How many resources are reached in each state, under *conditions* that `answers` accepts."""
    depth = next((int(match[1]) for condition in conditions if (match := WITHIN.fullmatch(condition))), None)
    parts: list[str] = []
    parameters: dict[str, Any] = {
        "type": found.type,
        "portal_id": found.portal_id,
        "asked": narrowing["states"] if STATES in conditions else None,
        "within": narrowing.get("within"),
    }
    for n, (opening, ids) in enumerate(found.openings.items()):
        parameters |= {f"b{n}": list(ids), f"in{n}": _list(opening.states), f"out{n}": list(opening.besides)}
        parts += _parts(opening, n, depth)
    sql = f"SELECT state, sum(n)::bigint FROM ({' UNION ALL '.join(parts)}) t GROUP BY state HAVING sum(n) <> 0"
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return dict(cursor.fetchall())


def _parts(opening: Opening, n: int, depth: int | None) -> list[str]:
    """What the branches of one opening hold, and, where it does not open them, what pending scopes below take away."""
    said = (
        f"t.type = %(type)s AND (%(in{n})s::text[] IS NULL OR t.state = ANY(%(in{n})s::text[]))"
        f" AND t.state <> ALL(%(out{n})s::text[]) AND (%(asked)s::text[] IS NULL OR t.state = ANY(%(asked)s::text[]))"
    )
    alone = opening.column == "scope_id"
    own = " AND NOT t.below" if alone else ""
    held = (  # INVARIANT: `OFFSET 0` keeps the branches first, each looked up; a join would read the whole tally
        f"SELECT t.state, t.n FROM {_branches(opening, n, depth)} b(id) "
        f"CROSS JOIN LATERAL (SELECT * FROM store_tally t WHERE t.scope_id = b.id AND {said}{own} OFFSET 0) t"
    )
    if opening.moderation:
        return [held]
    column = "s.id" if alone else f"s.{opening.column}"
    within = "" if depth is None else f" AND s.a{depth} = %(within)s"
    taken = (
        f"SELECT t.state, -t.n FROM store_scope s JOIN store_tally t ON t.scope_id = s.id AND {said} AND NOT t.below "
        f"WHERE s.portal_id = %(portal_id)s AND s.pending_path AND {column} = ANY(%(b{n})s::bigint[]){within}"
    )
    return [held, taken]


def _branches(opening: Opening, n: int, depth: int | None) -> str:
    """The branches; within a scope those below it or, where it is itself below one of them, the scope alone."""
    if depth is None:
        return f"unnest(%(b{n})s::bigint[])"
    if opening.column != "scope_id" and depth > int(opening.column[1:]):
        return f"(SELECT id FROM store_scope WHERE id = %(within)s AND {opening.column} = ANY(%(b{n})s::bigint[]))"
    return f"(SELECT id FROM store_scope WHERE id = ANY(%(b{n})s::bigint[]) AND a{depth} = %(within)s)"


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

"""
Keeps the tree's ancestors where lists need them: on scopes, on resources, and as the anchor of grants.

Called by the workflows after any change of parents or statuses, in the same transaction.
"""

from __future__ import annotations

from contextlib import nullcontext

from django.db import connection

from habilis.store.planning import of_many_rows

ANCESTORS = ", ".join(f"a{n} = t.path[{n + 1}]" for n in range(7))

SCOPES = f"""
WITH RECURSIVE t AS (
    SELECT s.id, coalesce(u.depth + 1, 0) AS depth,
        array_remove(ARRAY[u.a0, u.a1, u.a2, u.a3, u.a4, u.a5, u.a6], NULL) || s.id AS path,
        coalesce(u.pending_path, FALSE) OR s.status = 'pending' AS pending,
        coalesce(u.inactive_path, FALSE) OR s.status = 'inactive' AS inactive
    FROM store_scope s LEFT JOIN store_scope u ON u.id = s.parent_id WHERE s.id = %(top)s
    UNION ALL
    SELECT c.id, t.depth + 1, t.path || c.id, t.pending OR c.status = 'pending', t.inactive OR c.status = 'inactive'
    FROM store_scope c JOIN t ON c.parent_id = t.id
)
UPDATE store_scope s SET depth = t.depth, {ANCESTORS}, pending_path = t.pending, inactive_path = t.inactive
FROM t WHERE s.id = t.id
    AND (s.depth, s.pending_path, s.inactive_path, ARRAY[s.a0, s.a1, s.a2, s.a3, s.a4, s.a5, s.a6])
        IS DISTINCT FROM (t.depth, t.pending, t.inactive, t.path || array_fill(NULL::bigint, ARRAY[6 - t.depth]))
"""

RESOURCES = """
UPDATE store_resource r SET a0 = s.a0, a1 = s.a1, a2 = s.a2, a3 = s.a3, a4 = s.a4, a5 = s.a5, a6 = s.a6
FROM store_scope s
WHERE r.scope_id = s.id AND %(top)s IN (s.a0, s.a1, s.a2, s.a3, s.a4, s.a5, s.a6)
    AND (r.a0, r.a1, r.a2, r.a3, r.a4, r.a5, r.a6) IS DISTINCT FROM (s.a0, s.a1, s.a2, s.a3, s.a4, s.a5, s.a6)
"""

ANCHORS = """
WITH up AS (
    SELECT s.id, unnest(ARRAY[s.a0, s.a1, s.a2, s.a3, s.a4, s.a5, s.a6]) AS above
    FROM store_scope s WHERE %(top)s IN (s.a0, s.a1, s.a2, s.a3, s.a4, s.a5, s.a6)
), nearest AS (
    SELECT DISTINCT ON (up.id) up.id, x.id AS anchor FROM up JOIN store_scope x ON x.id = up.above AND x.kind = %(per)s
    ORDER BY up.id, x.depth DESC
)
UPDATE store_grant g SET anchor = wanted.anchor
FROM (
    SELECT g.id, CASE WHEN %(per)s = 'scope' THEN s.id ELSE n.anchor END AS anchor
    FROM store_grant g JOIN store_scope s ON s.id = g.scope_id JOIN store_profile f ON f.id = g.profile_id
    LEFT JOIN nearest n ON n.id = s.id
    WHERE %(top)s IN (s.a0, s.a1, s.a2, s.a3, s.a4, s.a5, s.a6) AND f.key = ANY(%(bound)s)
) wanted
WHERE g.id = wanted.id AND g.anchor IS DISTINCT FROM wanted.anchor
"""  # joins, since a look per grant would be slow on tables just filled; few, since many are long to plan


def settle(top: int, *, per: str, bound: list[str], many: bool = False) -> None:
    """
    Recompute everything that follows from the place and status of the scope *top* and of those below it.

    *per* is the blueprint's `one_profile_per`, *bound* the keys of the profiles that it binds. *many* says that rows
    were just written in bulk.
    """
    with of_many_rows() if many else nullcontext(), connection.cursor() as cursor:
        cursor.execute(SCOPES, {"top": top})
        cursor.execute(RESOURCES, {"top": top})
        cursor.execute(ANCHORS, {"top": top, "per": per, "bound": bound})

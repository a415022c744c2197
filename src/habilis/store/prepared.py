"""
Statements that the server plans once for each connection.

A question about a few rows takes longer to plan than to answer. Only for texts that are few and always the same.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection
from psycopg.pq import TransactionStatus

AFTER = 5  # what psycopg wants to hear before it keeps any statement; ours are kept from their first use


class PreparedCursor(psycopg.Cursor[Any]):
    """A cursor whose statements are prepared at once, their parameters sent apart."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> PreparedCursor:
        """Execute *query*, prepared."""
        return super().execute(query, params, prepare=True, **options)


def cursor() -> Any:
    """A cursor of Django's current connection, with its transaction, its errors and its wrappers, that prepares."""
    connection.ensure_connection()
    raw = connection.connection
    # INVARIANT: outside a transaction only, whose rollback would take the setting back.
    if raw.prepare_threshold is None and raw.info.transaction_status is TransactionStatus.IDLE:
        raw.execute(
            "SET plan_cache_mode = force_generic_plan"
        )  # else each list of names is thought worth a plan of its own
        raw.prepare_threshold = AFTER
    made = PreparedCursor(raw)
    return connection.make_debug_cursor(made) if connection.queries_logged else connection.make_cursor(made)

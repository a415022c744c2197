"""What the planner is told when it cannot know: rows written in bulk, of which it has no statistics yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def of_many_rows() -> Iterator[None]:
    """Inside, no join loops over all the rows of another table for each row of one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")

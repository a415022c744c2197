"""Long columns of plain values for one statement, written at once: a driver that looks at each value takes long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


def literal(values: Iterable[int | bool | datetime | None]) -> str:
    """*values* as PostgreSQL reads an array of them."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"

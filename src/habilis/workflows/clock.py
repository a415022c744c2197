"""
The instant of a question or a change: the database's clock, read when asked, after any lock.

Tests and questions about another instant set it for everything they call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import connection

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)
_as_of: ContextVar[datetime | None] = ContextVar("as_of", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    instant = _as_of.get() or _frozen.get()
    if instant is not None:
        return instant
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def given() -> datetime | None:
    """The instant that was set, or none: then the database says it with the facts."""
    return _as_of.get() or _frozen.get()


def past() -> datetime | None:
    """The past instant that questions are about, or none."""
    return _as_of.get()


@contextmanager
def frozen(instant: datetime) -> Iterator[None]:
    """Everything inside happens at *instant*, on the rows of today."""
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)


@contextmanager
def as_of(instant: datetime) -> Iterator[None]:
    """Every question inside is asked of the rows that were true at *instant*."""
    token = _as_of.set(instant)
    try:
        yield
    finally:
        _as_of.reset(token)

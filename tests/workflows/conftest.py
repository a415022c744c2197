"""The small portals of these tests, and what every verb owes to the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests import factories


@pytest.fixture
def mail(db) -> str:
    return factories.load(factories.MAIL)


@pytest.fixture
def books(db) -> str:
    return factories.load(factories.BOOKS)


@pytest.fixture
def bills(db) -> str:
    return factories.load(factories.BILLS)


@pytest.fixture
def advice(db) -> str:
    return factories.load(factories.ADVICE)


@pytest.fixture
def refused() -> Callable[..., AbstractContextManager[None]]:
    """`with refused(portal, Kind):` the change inside raises, writes one refusal, and changes no row."""

    @contextmanager
    def check(
        portal: str, kind: type[Exception] | tuple[type[Exception], ...], code: str | None = None
    ) -> Iterator[None]:
        from habilis.core import Invalid

        before, entries = state(), journal_of(portal)
        with pytest.raises(kind) as caught:
            yield
        assert code in (None, caught.value.code)
        assert state() == before
        written = journal_of(portal)[len(entries) :]
        assert [entry.refused for entry in written] == ([] if isinstance(caught.value, Invalid) else [True])

    return check


def journal_of(portal: str) -> list[object]:
    from habilis.store.models import JournalEntry

    return list(JournalEntry.objects.filter(portal__key=portal).order_by("number"))


TABLES = (
    "portal",
    "member",
    "scope",
    "license",
    "profile",
    "grant",
    "resource",
    "approver",
    "deputy",
    "comment",
    "attachment",
    "user",
    "message",
)


def state() -> dict[str, list[tuple[object, ...]]]:
    """Every row that a refused change must leave alone."""
    from django.db import connection

    with connection.cursor() as cursor:
        rows = {}
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM store_{table} t ORDER BY id")
            rows[table] = cursor.fetchall()
        return rows

"""The tables, and what the application's role may not do to them."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

pytestmark = pytest.mark.django_db


def run(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


def test_the_tests_themselves_run_in_the_role_of_the_application():
    assert run("SELECT current_user") == ("habilis_app",)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE store_journalentry SET tag = 'nothing:happened'",
        "DELETE FROM store_journalentry",
        "TRUNCATE store_journalentry",
        "UPDATE store_grant_history SET sys_until = sys_from",
        "DELETE FROM store_grant_history",
        "DROP TABLE store_journalentry",
        "ALTER TABLE store_grant DISABLE TRIGGER ALL",
        "DELETE FROM django_migrations",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_application_may_not(statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        run(statement)


def test_every_history_is_kept():
    kept = run(
        "SELECT count(*), bool_or(has_table_privilege('habilis_app', oid, 'UPDATE')"
        " OR has_table_privilege('habilis_app', oid, 'DELETE')) FROM pg_class WHERE relname LIKE '%\\_history'"
        " AND relkind = 'r'"
    )

    assert kept[0] > 0
    assert kept[1] is False


def test_the_owner_may_what_the_application_may_not(as_owner):
    with as_owner():
        run("DELETE FROM store_grant_history")

    assert run("SELECT current_user") == ("habilis_app",)


@pytest.mark.django_db(transaction=True)
def test_tables_are_emptied_after_a_test_that_commits():
    run(
        "INSERT INTO store_user (email, name, language, is_active, created, password)"
        " VALUES ('a@b.c', '', 'fr', true, now(), '')"
    )

    assert run("SELECT count(*) FROM store_user") == (1,)


@pytest.mark.django_db(transaction=True)
def test_tables_are_empty_before_the_next():
    assert run("SELECT count(*) FROM store_user") == (0,)

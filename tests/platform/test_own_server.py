"""With a server of one's own: roles, tables and grants come to be by its address alone."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from habilis.config import database, embedded
from tests.platform.conftest import QUICK

pytestmark = pytest.mark.slow


@pytest.fixture
def elsewhere(data):
    """Somebody's server, which we did not start through a command: its administrator's address."""
    folder = data / "elsewhere"
    with embedded.server(folder, QUICK) as url:
        yield url


def administer(url, *statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def privileges(url, table):
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT has_table_privilege('habilis_app', oid, 'INSERT'),"
            " has_table_privilege('habilis_app', oid, 'UPDATE') FROM pg_class WHERE relname = %s",
            [table],
        ).fetchone()


def test_one_login_that_owns_its_database_and_may_make_roles(elsewhere, habilis, data):
    administer(elsewhere, "CREATE ROLE portal LOGIN CREATEROLE", "CREATE DATABASE portal OWNER portal")
    url = make_conninfo(elsewhere, dbname="portal", user="portal")

    first, second = habilis("migrate", DATABASE_URL=url), habilis("migrate", DATABASE_URL=url)

    assert (first.returncode, first.stderr) == (0, "")
    assert second.returncode == 0
    assert not (data / "postgres").exists()
    assert privileges(url, "store_journalentry") == (True, False)
    assert privileges(url, "store_grant") == (True, True)
    assert database.ensure_role(url, url) == "habilis_app"
    with psycopg.connect(url, options="-c role=habilis_app") as connection:
        assert connection.execute("SELECT count(*) FROM store_grant").fetchone() == (0,)


def test_one_login_that_may_make_no_role_still_works_as_itself(elsewhere, habilis):
    administer(elsewhere, "CREATE ROLE portal LOGIN", "CREATE DATABASE portal OWNER portal")
    url = make_conninfo(elsewhere, dbname="portal", user="portal")

    done = habilis("migrate", DATABASE_URL=url)

    assert done.returncode == 0, done.stderr
    assert "may alter the journal" in done.stderr
    assert database.ensure_role(url, url) == ""


def test_two_logins_the_owner_migrates_and_the_other_may_not(elsewhere, habilis):
    administer(
        elsewhere, "CREATE ROLE keeper LOGIN CREATEROLE", "CREATE ROLE web LOGIN", "CREATE DATABASE portal OWNER keeper"
    )
    owner, web = (make_conninfo(elsewhere, dbname="portal", user=user) for user in ("keeper", "web"))

    done = habilis("migrate", DATABASE_URL=web, DATABASE_OWNER_URL=owner)

    assert (done.returncode, done.stderr) == (0, "")
    assert database.ensure_role(web, owner) == "habilis_app"
    with psycopg.connect(web, options="-c role=habilis_app") as connection:
        assert connection.execute("SELECT count(*) FROM store_grant").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM store_journalentry")


def test_a_database_of_a_newer_version_is_refused(elsewhere, habilis):
    administer(elsewhere, "CREATE DATABASE portal")
    url = make_conninfo(elsewhere, dbname="portal")
    habilis("migrate", DATABASE_URL=url)
    administer(url, "INSERT INTO django_migrations (app, name, applied) VALUES ('store', '9999_future', now())")

    done = habilis("migrate", DATABASE_URL=url)

    assert done.returncode == 1
    assert "the database was made by a newer version: it knows `9999_future`" in done.stderr


def test_the_data_of_two_portals_on_one_server_share_the_role_alone(elsewhere, habilis):
    administer(elsewhere, "CREATE DATABASE one", "CREATE DATABASE two")
    for name in ("one", "two"):
        assert habilis("migrate", DATABASE_URL=make_conninfo(elsewhere, dbname=name)).returncode == 0

    assert privileges(make_conninfo(elsewhere, dbname="two"), "store_journalentry") == (True, False)

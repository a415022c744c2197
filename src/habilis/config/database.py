"""
The database: where it is, who owns it, who uses it, and how its tables come up to date.

Two roles. The *owner* makes and migrates the tables. The *application* (`habilis_app`) reads and writes rows,
and may neither change nor remove what the journal and the histories say.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from habilis.config.embedded import Server

OWNER = "habilis_owner"
APPLICATION = "habilis_app"
NAME = "habilis"
CACHE_TABLE = "habilis_cache"
LOCK = 0x48414249_4C4953  # "HABILIS": whoever changes roles or tables holds this advisory lock
SET_ROLE_FROM = 160000  # from PostgreSQL 16, being a member and being allowed to act as the role are two things

GRANTS = """
DO $$
DECLARE
    kept regclass;
    tables text;
BEGIN
    SELECT string_agg(oid::regclass::text, ', ') INTO tables FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND pg_has_role(relowner, 'USAGE');
    EXECUTE format('GRANT USAGE ON SCHEMA %1$I TO {app}', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO {app}', tables);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %1$I TO {app}', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %1$I
                    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %1$I
                    GRANT USAGE, SELECT ON SEQUENCES TO {app}', current_schema());
    FOR kept IN
        SELECT oid::regclass FROM pg_class
         WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
           AND (relname LIKE 'store\\_journal%' OR relname LIKE '%\\_history')
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM {app}', kept);
    END LOOP;
    REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {app};
END
$$
""".replace("{app}", APPLICATION)


PATIENCE = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
"""How long whoever answers people waits for others, and for the server: what lasts is done by commands."""


class DatabaseError(Exception):
    """The database cannot be used as it is; the message says why and what to do."""


def configuration(url: str, *, role: str = "", **options: Any) -> dict[str, Any]:
    """What Django's `DATABASES` says of the database at this address, every word of which libpq understands."""
    words = parts(url)
    if role:
        words["options"] = f"{words.get('options', '')} -c role={role}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": words.pop("dbname", NAME),
        "USER": words.pop("user", ""),
        "PASSWORD": words.pop("password", ""),
        "HOST": words.pop("host", ""),
        "PORT": words.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10, **words, **options},
    }


def be_brief(connection: Any) -> None:
    """Let no request of this process wait for long: neither for a lock, nor for an answer."""
    options = connection.settings_dict["OPTIONS"]
    options["options"] = f"{options.get('options', '')} {PATIENCE}".strip()


def parts(url: str) -> dict[str, Any]:
    """What an address says, word by word; the address itself, which may hold a password, is not repeated."""
    try:
        return {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError:
        raise ImproperlyConfigured("`DATABASE_URL` is not the address of a PostgreSQL database") from None


def furnish(server: Server) -> tuple[str, str]:
    """Make the two roles and the database on an embedded server; return the addresses (application's, owner's)."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        for role, attributes in ((OWNER, "LOGIN CREATEDB"), (APPLICATION, "LOGIN")):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} " + attributes).format(sql.Identifier(role)))
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APPLICATION), sql.Identifier(OWNER)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), sql.Identifier(OWNER))
            )
    return server.address(APPLICATION, NAME), server.address(OWNER, NAME)


def is_application(url: str) -> bool:
    """Whether the login of this address is the application's role itself."""
    return parts(url).get("user") == APPLICATION


def ensure_role(url: str, owner_url: str) -> str:
    """
    Make the application's role if we may and it is missing; return the role in which the login of *url* must work.

    An empty answer means that the login works as itself: it is the application's role,
    or no such role could be made, and then the journal is kept by its chain alone.
    """
    with _connection(owner_url) as owner, owner.transaction():
        owner.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        login = str(parts(url).get("user") or _one(owner, "SELECT session_user"))
        try:
            with owner.transaction():
                if not _one(owner, "SELECT count(*) FROM pg_roles WHERE rolname = %s", APPLICATION):
                    owner.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(APPLICATION)))
                for name in {login, _one(owner, "SELECT session_user")} - {APPLICATION}:
                    if not _may_become(owner, name):
                        grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(APPLICATION), sql.Identifier(name))
                        owner.execute(grant)
        except psycopg.errors.InsufficientPrivilege:
            pass
        known = _one(owner, "SELECT count(*) FROM pg_roles WHERE rolname = %s", APPLICATION)
        return APPLICATION if known and login != APPLICATION and _may_become(owner, login) else ""


def prepare(owner_url: str) -> bool:
    """Bring the tables up to date, as their owner, one process at a time; return whether anything was to be done."""
    from django.core.management import call_command
    from django.db import connection

    with as_owner(owner_url):
        if not _is_behind():
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                if not _is_behind():
                    return False
                call_command("migrate", interactive=False, verbosity=0)
                call_command("createcachetable", verbosity=0)
                cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [APPLICATION])
                if cursor.fetchone() != (0,):
                    cursor.execute(GRANTS)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return True


@contextlib.contextmanager
def as_owner(owner_url: str) -> Iterator[None]:
    """Let this thread's default connection be the owner's."""
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    application = connections["default"]
    settings = {**application.settings_dict, **configuration(owner_url)}
    connections["default"] = DatabaseWrapper(settings, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = application


def _is_behind() -> bool:
    """Whether a migration is missing or the application's role may not read; refuse tables newer than this program."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    unknown = {
        key for key in executor.loader.applied_migrations if key[0] == "store"
    } - executor.loader.graph.nodes.keys()
    if unknown:
        raise DatabaseError(f"the database was made by a newer version: it knows `{max(unknown)[1]}`, and we do not")
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT NOT has_table_privilege(oid, 'django_migrations', 'SELECT')"
            " FROM pg_roles WHERE rolname = %s), false) OR to_regclass(%s) IS NULL",
            [APPLICATION, CACHE_TABLE],
        )
        return bool(cursor.fetchone()[0])


@contextlib.contextmanager
def _connection(url: str) -> Iterator[psycopg.Connection[Any]]:
    parts(url)
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise DatabaseError(f"the database does not answer: {str(error).strip().splitlines()[-1]}") from None
    with connection:
        yield connection


def _one(connection: psycopg.Connection[Any], query: str, *arguments: object) -> Any:
    row = connection.execute(query, arguments).fetchone()
    return row[0] if row else None


def _may_become(connection: psycopg.Connection[Any], login: str) -> bool:
    privilege = "SET" if connection.info.server_version >= SET_ROLE_FROM else "MEMBER"
    return bool(_one(connection, "SELECT pg_has_role(%s, %s, %s)", login, APPLICATION, privilege))


def addresses() -> tuple[str, str] | None:
    """The addresses the environment names (application's, owner's), or None: then we bring a server of our own."""
    url = os.environ.get("DATABASE_URL", "")
    return (url, os.environ.get("DATABASE_OWNER_URL") or url) if url else None

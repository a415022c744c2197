"""From a bare process to one that may use the database: server, roles, Django, tables. Each step only if need be."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from habilis.config import embedded

READY = "HABILIS_READY"  # set for our children: the database is there and its tables are up to date


def _warn(message: str) -> None:
    print(f"habilis: {message}", file=sys.stderr)


def read_env_file(path: Path = Path(".env")) -> None:
    """Take `NAME=value` lines from the file, if there is one; what the environment says already wins."""
    if path.is_file():
        for line in path.read_text().splitlines():
            name, separator, value = line.partition("=")
            if separator and not line.lstrip().startswith("#"):
                os.environ.setdefault(name.strip(), value.strip().strip("'\""))


def boot(data: str | Path | None = None) -> embedded.Server | None:
    """
    Make the database usable by this process and its children; asked again, do nothing.

    Return the embedded server, to be given back at the end, or None where the user's own is used.
    """
    from django.apps import apps

    if apps.ready:
        return None
    read_env_file()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habilis.config.settings")
    if data is not None:
        os.environ["HABILIS_DATA"] = str(Path(data).expanduser().resolve())

    import django

    from habilis.config import database, env

    if os.environ.get(READY):
        django.setup()
        _collect_seldom()
        return None

    server = None
    named = database.addresses()
    if named is None:
        server = embedded.start(env.data_folder())
        named = database.furnish(server)
        os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = named
    try:
        role = database.ensure_role(*named)
        os.environ["HABILIS_DATABASE_ROLE"] = role
        if not role and server is None and not database.is_application(named[0]):
            _warn("this login may alter the journal, whose chain alone guards it: let it make and take `habilis_app`")
        django.setup()
        database.prepare(named[1])
    except BaseException:
        if server:
            server.release()
        raise
    os.environ[READY] = "1"
    _collect_seldom()
    return server


def _collect_seldom() -> None:
    """
    Look for dead cycles less often, and never in what is there from the start.

    A question about thousands of people makes hundreds of thousands of objects, none in a cycle: looking through them
    again and again took as long as answering.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def close_connections() -> None:
    """Close every connection of this process, those that wait in the pool too."""
    from django.apps import apps

    if apps.ready:
        from django.db import connections

        for connection in connections.all(initialized_only=True):
            connection.close()
            close_pool = getattr(connection, "close_pool", None)
            if close_pool:
                close_pool()

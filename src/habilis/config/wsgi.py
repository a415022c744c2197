"""The entry point of a web server: `habilis.config.wsgi:application`."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from habilis.config.boot import boot, close_connections

boot()


def _brief() -> None:
    from django.db import connection

    from habilis.config import database

    close_connections()  # those that waited for as long as it took
    database.be_brief(connection)


_brief()
application = get_wsgi_application()

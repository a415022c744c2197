"""The entry point of a web server: `habilis.config.wsgi:application`."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from habilis.config.boot import boot

boot()
application = get_wsgi_application()

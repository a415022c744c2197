"""Django's registration of the store; nothing starts on import."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The one app that owns every table."""

    name = "habilis.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

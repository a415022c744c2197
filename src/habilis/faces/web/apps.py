"""Django's registration of the pages, and the check that no address lacks its gate."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class WebConfig(AppConfig):
    """The browser face."""

    name = "habilis.faces.web"
    label = "web"

    def ready(self) -> None:
        """Let `check`, and whatever runs it, name the addresses without a gate."""
        from habilis.faces.web.gate import check_gates

        checks.register(check_gates, checks.Tags.urls)

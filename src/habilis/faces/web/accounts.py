"""How django-allauth behaves here: accounts are opened by those who manage, and nobody is sent to another site."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from habilis.workflows import browse


class AccountAdapter(DefaultAccountAdapter):
    """The adapter that `ACCOUNT_ADAPTER` names."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth gives it
        """No account opens itself."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only a path of our own is gone to."""
        try:
            parts = urlsplit(url or "")
        except ValueError:  # an address that is none
            return False
        own = not parts.scheme and not parts.netloc and url.startswith("/") and not url.startswith(("//", "/\\"))
        return own and not any(character < " " or character == "\\" for character in url)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The person's only portal, or the list of them."""
        portals = browse.my_portals(request.user.email)
        return reverse("web:home", kwargs={"portal": portals[0][0]}) if len(portals) == 1 else reverse("web:portals")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a mail starts with the configured address, whatever the request was told."""
        uidb36, _, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": secret})
        return f"{settings.HABILIS_URL.rstrip('/')}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to a person in their own language."""
        user = context.get("user")
        with translation.override(getattr(user, "language", None) or translation.get_language()):
            super().send_mail(template_prefix, email, context)

    def format_email_subject(self, subject: str) -> str:
        """The subject alone: no site's name in brackets before it."""
        return subject

    def get_user_search_fields(self) -> list[str]:
        """A person is found by address."""
        return ["email"]

"""
How django-allauth behaves here: an account opens once its address is proved, and nobody is sent to another site.

What changes in how a person signs in is told to them by our own mails; secrets of second factors are kept encrypted.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.workflows import accountmails, browse, sessions


def own_path(url: str) -> str:
    """*url*, if it is a path of our own; else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:  # an address that is none
        return ""
    own = not parts.scheme and not parts.netloc and url.startswith("/") and not url.startswith(("//", "/\\"))
    return url if own and not any(character < " " or character == "\\" for character in url) else ""


class AccountAdapter(DefaultAccountAdapter):
    """The adapter that `ACCOUNT_ADAPTER` names."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth gives it
        """Not by the library, which makes an account before its address is proved: by `workflows.signup`."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only a path of our own is gone to."""
        return bool(own_path(url or ""))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The person's only portal, or the list of them."""
        portals = browse.my_portals(request.user.email)
        return reverse("web:home", kwargs={"portal": portals[0][0]}) if len(portals) == 1 else reverse("web:portals")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a mail starts with the configured address, whatever the request was told."""
        uidb36, _dash, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": secret})
        return f"{settings.HABILIS_URL.rstrip('/')}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to a person in their own language."""
        user = context.get("user")
        with translation.override(getattr(user, "language", None) or translation.get_language()):
            super().send_mail(template_prefix, email, context)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,  # noqa: ARG002 - allauth gives it
        email: str | None = None,  # noqa: ARG002 - the account has one address, its own
    ) -> None:
        """Tell a person what changed in how they sign in."""
        what = template_prefix.rpartition("/")[2]
        browser = sessions.named(self.get_http_user_agent(self.request))
        accountmails.tell_change(user.email, what, ip=self.get_client_ip(self.request), browser=browser)

    def format_email_subject(self, subject: str) -> str:
        """The subject alone: no site's name in brackets before it."""
        return subject

    def get_user_search_fields(self) -> list[str]:
        """A person is found by address."""
        return ["email"]


class SecondFactorAdapter(DefaultMFAAdapter):
    """The adapter that `MFA_ADAPTER` names."""

    error_messages = {  # noqa: RUF012 - allauth's own way
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": lazy("This code is not right, or is over. Try the next one."),
    }

    def encrypt(self, text: str) -> str:
        """A secret as the database keeps it."""
        return vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A secret as it was given; in place of one that no key of ours opens, one that nobody knows."""
        try:
            return vault().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: ARG002 - allauth's names
        """What a passkey is called unless its owner says otherwise: the browser it was made in."""
        from allauth.core import context

        return sessions.named(context.request.headers.get("User-Agent", "")) or _("Passkey")


def vault() -> MultiFernet:
    """What opens the secrets: the installation's key, and those it had before."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor {key}".encode()).digest())) for key in keys]
    )

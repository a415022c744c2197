"""The forms through which a browser sends what a passkey says: bytes that are no passkey's break nothing."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as theirs
from django.core.exceptions import ValidationError


class SignedMixin:
    """A form that reads a passkey's answer to our challenge."""

    def clean_credential(self) -> Any:
        """The authenticator that answered."""
        try:
            return super().clean_credential()  # type: ignore[misc]  # of the form beside it
        except ValidationError:
            raise
        except Exception:  # noqa: BLE001 - the parser trusts its input, and anybody may have written this one
            raise get_adapter().validation_error("incorrect_code") from None


class LoginForm(SignedMixin, theirs.LoginWebAuthnForm):
    """Signs in."""


class AuthenticateForm(SignedMixin, theirs.AuthenticateWebAuthnForm):
    """The second step of signing in."""


class ReauthenticateForm(SignedMixin, theirs.ReauthenticateWebAuthnForm):
    """Confirms that it is the same person."""


class AddForm(theirs.AddWebAuthnForm):
    """Adds a passkey."""

    def clean(self) -> dict[str, Any]:
        """The passkey that was made."""
        try:
            return super().clean()
        except ValidationError:
            raise
        except Exception:  # noqa: BLE001 - as above
            raise get_adapter().validation_error("incorrect_code") from None

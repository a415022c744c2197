"""Mails about an account itself, which belongs to no portal: its address, its password, its second factor."""

from __future__ import annotations

from habilis.workflows import accounts, delivery, letters

COLOR = "#2f4b7c"
CHANGES = (
    "password_changed",
    "password_set",
    "password_reset",
    "totp_activated",
    "totp_deactivated",
    "webauthn_added",
    "webauthn_removed",
    "recovery_codes_generated",
)
"""What may change in how a person signs in; each has its sentence in the mail `account_changed`."""


def write(address: str, language: str, template: str, *, secret: bool = False, **words: str) -> None:
    """Owe *address* the mail *template*."""
    language = language if language in accounts.LANGUAGES else "fr"
    subject, text = letters.written(template, language, {"email": address, **words})
    delivery.write(address, subject, text, letters.page_of(text, language, "Habilis", COLOR), secret=secret)


def tell_change(address: str, what: str, *, ip: str, browser: str) -> None:
    """Tell a person that *what* changed in how they sign in, and from where."""
    if what in CHANGES:
        name, language = accounts.name_of(address), accounts.language_of(address)
        write(address, language, "account_changed", what=what, name=name, ip=ip, browser=browser)

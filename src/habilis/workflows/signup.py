"""
Opening an account by oneself, where a portal's door is open: the address first, proved by a link; then the rest.

No account exists before its address is proved, so that nobody prepares one in the name of somebody else. Whoever asks
learns nothing of an address: its mailbox does.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import transaction
from django.urls import reverse

from habilis.core import Conflict, Fault, Invalid, canonical_address
from habilis.store.models import User
from habilis.workflows import accounts, delivery, letters
from habilis.workflows.doors import Door
from habilis.workflows.joining import Newcomer, check_newcomer
from habilis.workflows.scopes import named

SALT = "habilis.signup"
LASTS = 24 * 3600


@dataclass(frozen=True)
class Begun:
    """An address that is proved, where its owner was going, and whether it has an account."""

    email: str
    target: str
    known: bool


@transaction.atomic
def begin(door: Door, address: str, target: str, language: str) -> None:
    """Send *address* the link that opens its account and goes on to *target*; one that has an account is told so."""
    email = canonical(address)
    base = settings.HABILIS_URL.rstrip("/")
    user = User.objects.filter(email=email).first()
    if user is not None:
        link = f"{base}{reverse('account_login')}?{urlencode({'next': target})}"
        reset = f"{base}{reverse('account_reset_password')}"
        write(door, (email, user.name, user.language), "sign_up_known", link=link, reset=reset)
        return
    token = signing.dumps([email, target], salt=SALT, compress=True)
    link = f"{base}{reverse('web:open_account', kwargs={'token': token})}"
    write(door, (email, "", language), "sign_up", secret=True, link=link)


def write(door: Door, who: tuple[str, str, str], template: str, *, secret: bool = False, **words: str) -> None:
    """Owe an address the mail *template*, with the colour and in the words of the portal at whose door it stands."""
    address, name, language = who
    language = language if language in accounts.LANGUAGES else "fr"
    said = {"portal": door.name, "name": name, "email": address, "actor": door.name, **words}
    subject, text = letters.told(door.blueprint, template, language, said)
    delivery.write(address, subject, text, letters.page_of(text, language, door.name, door.look.color), secret=secret)


def begun(token: str) -> Begun:
    """What a link carries; `Invalid` for one that is not ours, or too old."""
    try:
        email, target = signing.loads(token, salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        raise Invalid("this link is not one of ours, or is too old", code="signup_link") from None
    return Begun(str(email), str(target), User.objects.filter(email=email).exists())


@transaction.atomic
def finish(token: str, newcomer: Newcomer) -> Begun:
    """Open the account of the address that *token* proves."""
    found = begun(token)
    check_newcomer(found.email, newcomer)
    _user, made = User.objects.get_or_create(
        email=found.email,
        defaults={
            "name": named(newcomer.name),
            "language": newcomer.language,
            "password": make_password(newcomer.password),
        },
    )
    if not made:
        raise Conflict("this address has an account: expected to sign in", code="account_exists")
    return found


def canonical(address: str) -> str:
    """The address in its one spelling."""
    try:
        return canonical_address(address)
    except ValueError:
        says = "is not an address: expected one like `name@example.org`"
        raise Invalid(Fault("email", says), code="address") from None

"""Accounts: how a person first gets in, and what they change of their own."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from habilis.core import Invalid, NotFound, canonical_address
from habilis.store.models import User

LANGUAGES = ("fr", "en")


def first_password_link(address: str) -> str:
    """The link, good for a while and for one use, with which the person of *address* chooses a password."""
    user = User.objects.filter(email=canonical_address(address)).first()
    if user is None:
        raise NotFound(f"unknown person `{address[:60]}`")
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return f"{settings.HABILIS_URL.rstrip('/')}{path}"


@transaction.atomic
def set_language(address: str, language: str) -> None:
    """The person's own choice of language, on screen and in mails."""
    if language not in LANGUAGES:
        raise Invalid(f"unknown language `{language[:20]}`: expected fr or en")
    User.objects.filter(email=address).update(language=language)


@transaction.atomic
def set_name(address: str, name: str) -> None:
    """The name under which the person appears everywhere, as they choose it."""
    from habilis.workflows.scopes import named

    User.objects.filter(email=address).update(name=named(name))


def language_of(address: str) -> str:
    """The language of the person; French where there is no such person."""
    return User.objects.filter(email=address).values_list("language", flat=True).first() or "fr"


def names_of(addresses: Iterable[str]) -> dict[str, str]:
    """The name of each of *addresses* that has an account."""
    return dict(User.objects.filter(email__in=set(addresses)).values_list("email", "name"))


def name_of(address: str) -> str:
    """The person's name, or the address where there is no such person."""
    return User.objects.filter(email=address).values_list("name", flat=True).first() or address

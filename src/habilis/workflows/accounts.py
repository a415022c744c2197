"""Accounts: how a person first gets in, and what they change of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_email, user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse

from habilis.core import Invalid, NotFound, canonical_address
from habilis.store.models import User

LANGUAGES = ("fr", "en")
BATCH = 1000  # accounts of one statement


class _OneAddress(PasswordResetTokenGenerator):
    """Allauth's token, without reading the addresses of the account again: one that was just opened has one."""

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        return super()._make_hash_value(user, timestamp) + user_email(user)


def open_all(people: Mapping[str, tuple[str, str]]) -> dict[str, User]:
    """
    Open accounts for addresses that have none, each with a name and a language; return those that were opened.

    They can be entered only by a link. An address that got an account meanwhile is left alone.
    """
    found = [User(email=email, name=name, language=language) for email, (name, language) in people.items()]
    for user in found:
        user.set_unusable_password()
    User.objects.bulk_create(found, batch_size=BATCH, ignore_conflicts=True)
    made = {user.email: user.password for user in found}
    rows = User.objects.filter(email__in=made)
    opened = {row.email: row for row in rows if row.password == made[row.email]}
    listed = [EmailAddress(user=user, email=email) for email, user in opened.items()]
    EmailAddress.objects.bulk_create(listed, batch_size=BATCH, ignore_conflicts=True)
    return opened


def known(addresses: Iterable[str]) -> dict[str, User]:
    """The accounts of those of *addresses* that have one, closed ones too."""
    return {user.email: user for user in User.objects.filter(email__in=set(addresses))}


def first_password_link(address: str) -> str:
    """The link, good for a while and for one use, with which the person of *address* chooses a password."""
    user = User.objects.filter(email=canonical_address(address)).first()
    if user is None:
        raise NotFound(f"unknown person `{address[:60]}`")
    return _link(user, default_token_generator)


def link_of_new(user: User) -> str:
    """The same link, for an account that `open_all` has just opened."""
    return _link(user, _OneAddress())


def _link(user: User, tokens: PasswordResetTokenGenerator) -> str:
    path = reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": tokens.make_token(user)}
    )
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

"""
A person's address: changed only by a link sent to the new one, opened in the person's own session; the old one is told.

The link is signed, lasts a day, and is worth nothing once the address has changed.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from habilis.core import Conflict, Fault, Invalid, canonical_address
from habilis.store.models import Portal, User
from habilis.workflows import accountmails, browse, journal, roster
from habilis.workflows.acting import Acting

SALT = "habilis.address"
LASTS = 24 * 3600


@transaction.atomic
def ask(address: str, wanted: str) -> None:
    """
    Send to *wanted* the link that makes it the address of the account of *address*.

    An address that has an account already is told that instead, and whoever asks learns nothing of it; unless they may
    open that person's page in one of their portals, which the `Conflict` then names.
    """
    new = _canonical(wanted)
    if new == address:
        raise Invalid(Fault("email", "is the address of the account already: expected another"), code="same_address")
    user = User.objects.get(email=address)
    if User.objects.filter(email=new).exists():
        for portal, _name, _held in browse.my_portals(address):
            if new in roster.known_people(portal, address, [new]):
                raise Conflict(f"`{new}` has an account already", code="address_taken", portal=portal, email=new)
        accountmails.write(new, user.language, "address_taken", name=user.name)
        return
    token = signing.dumps([user.pk, address, new], salt=SALT, compress=True)
    link = f"{settings.HABILIS_URL.rstrip('/')}{reverse('web:new_address', kwargs={'token': token})}"
    accountmails.write(new, user.language, "address_confirm", secret=True, name=user.name, new=new, link=link)


def asked(address: str, token: str) -> str:
    """The new address that *token* carries for the account of *address*; `Invalid` for any other token."""
    try:
        pk, old, new = signing.loads(token, salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        raise Invalid("this link is not one of ours, or is too old", code="address_link") from None
    if old != address or not User.objects.filter(pk=pk, email=address).exists():
        raise Invalid("this link belongs to another account, or was used", code="address_link")
    return str(new)


@transaction.atomic
def confirm(address: str, token: str) -> str:
    """Make the address that *token* carries that of the account of *address*; return it. The old one is told."""
    new = asked(address, token)
    user = User.objects.select_for_update().get(email=address)
    if User.objects.filter(email=new).exists():
        raise Conflict(f"`{new}` has an account already", code="address_taken")
    User.objects.filter(pk=user.pk).update(email=new)
    EmailAddress.objects.filter(user=user).delete()  # else one could still sign in with the old one
    for key in Portal.objects.filter(members__user=user).order_by("pk").values_list("key", flat=True):
        facts: dict[str, Any] = {"before": address, "after": new}
        journal.record(Acting(new, key), "person:change_address", subject=new, facts=facts)
    accountmails.write(address, user.language, "address_changed", name=user.name, new=new)
    return new


def _canonical(address: str) -> str:
    try:
        return canonical_address(address)
    except ValueError:
        raise Invalid(
            Fault("email", "is not an address: expected one like `name@example.org`"), code="address"
        ) from None

"""Create a person directly, without a request; deactivate and reactivate them in one portal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password

from habilis.core import PORTAL, Conflict, Fault, Invalid, NotFound, Ref, Refused
from habilis.store.models import Member, User
from habilis.workflows import access, accounts, clock, departures, giving, grants, journal, managers, notices
from habilis.workflows.acting import Acting, change
from habilis.workflows.scopes import named


@change("person:create")
def create(
    acting: Acting,
    *,
    email: str,
    name: str,
    language: str = "fr",
    scopes: Sequence[str],
    profile: str,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> str:
    """
    Give someone access to *scopes* with *profile*, and an account if they have none; return their canonical address.

    An unknown address gets an account and a mail to choose a password; a known one is linked and told, and keeps its
    name and, where a person holds one profile, the profile.
    """
    address = grants.canonical(email)
    if not scopes:
        raise Invalid(Fault("scopes", "expected at least one: nothing is inferred from an empty choice"), code="scopes")
    refs = [grants.scope_ref(acting.portal, key) for key in dict.fromkeys(scopes)]
    loaded = grants.hold(acting, [acting.person, address], refs[0])
    for ref in refs:
        access.require(acting, "attach", ref)
    if language not in accounts.LANGUAGES:
        raise Invalid(Fault("language", "expected fr or en"))
    user, made = User.objects.get_or_create(
        email=address, defaults={"name": named(name), "language": language, "password": make_password(None)}
    )
    known = not made
    if not user.is_active:
        raise Conflict("this account was closed", code="closed_account")
    Member.objects.get_or_create(portal_id=loaded.portal_id, user=user)
    for ref in refs:
        there = access.load(acting.portal, [acting.person, address], [ref])
        kept = giving.bound_profile(there, address, ref, profile) or profile
        if any(
            h.in_period and h.scope == ref.id and h.grant.profile == kept for h in there.facts.held.get(address, ())
        ):
            continue  # given already, as what another of the scopes requires
        grants.give(acting, there, user, ref, kept, valid_from, valid_until, {}, told=known)
    entry = journal.record(acting, "person:create", subject=address, scope=refs[0].id, facts={"known": known})
    if not known:
        notices.tell(entry, user, "first_password", link=accounts.first_password_link(address))
    return address


@change("person:deactivate")
def deactivate(acting: Acting, *, email: str, comment: str = "") -> None:
    """Suspend everything a person holds in this portal; other portals are not concerned."""
    _turn(acting, email, "person:deactivate", active=False, comment=comment)


@change("person:reactivate")
def reactivate(acting: Acting, *, email: str) -> None:
    """Give back to a person what they held in this portal."""
    _turn(acting, email, "person:reactivate", active=True, comment="")


def _turn(acting: Acting, email: str, tag: str, *, active: bool, comment: str) -> None:
    address = grants.canonical(email)
    root = Ref(PORTAL, "")
    loaded = grants.hold(acting, [acting.person, address], root)
    access.require(acting, "detach", root)
    if address == acting.person:
        raise Refused("nobody suspends themselves", code="self")
    member = Member.objects.select_for_update().filter(portal_id=loaded.portal_id, user__email=address).first()
    if member is None:
        raise NotFound(f"unknown person `{address}`")
    if member.active is active:
        raise Conflict(f"`{address}` is {'active' if active else 'inactive'} already", code="wrong_state")
    with managers.kept(loaded, clock.now()):
        Member.objects.filter(pk=member.pk).update(active=active)
    if not active:
        departures.clean(acting, address)
    journal.record(acting, tag, subject=address, comment=comment)

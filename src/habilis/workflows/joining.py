"""
Answer an invitation: accept it, with an account made where there was none, or decline it.

Only the invited address answers, once. What is given then is checked as if its sender gave it at that instant, and is
written by the same code as any other grant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from habilis.core import Conflict, Fault, Invalid, NotFound, Ref, Refused
from habilis.store.models import Invitation, Member, User
from habilis.workflows import access, accounts, clock, granting, invitations, letters, notices
from habilis.workflows.acting import Acting, change, hold_rights
from habilis.workflows.scopes import named


@dataclass(frozen=True)
class Offer:
    """An invitation as whoever is invited reads it. `state` may be expired too; `known`: the address has an account."""

    id: int
    portal: str
    portal_name: str
    email: str
    scope: str
    profile: str
    by: str
    comment: str
    state: str
    expires: datetime | None
    known: bool
    digest: str


@dataclass(frozen=True)
class Newcomer:
    """Who opens an account with an invitation. Never written in a journal."""

    name: str
    password: str
    language: str = "fr"


def found(token: str, language: str = "fr") -> Offer:
    """The offer that a link opens; raises `NotFound`, whatever is wrong with the link."""
    row = _rows().filter(digest=invitations.digest(token)).first() if token else None
    if row is None:
        raise NotFound("this link opens no invitation", code="bad_link")
    return _offer(row, language)


def addressed_to(email: str, language: str = "fr") -> tuple[Offer, ...]:
    """The offers that await the answer of *email*, in every portal; those that have expired left out."""
    rows = _rows().filter(email=email, state="pending").exclude(digest="").order_by("-created")
    return tuple(offer for row in rows if (offer := _offer(row, language)).state == "pending")


@change("invitation:accept")
def accept(acting: Acting, *, offer: Offer, newcomer: Newcomer | None = None) -> None:
    """
    Take what was offered to the actor; as a *newcomer*, with an account made of the invited address.

    The sender must still be able to give it: else nothing is given.
    """
    row = _held(acting, offer)
    giver = Acting(row.by.email, acting.portal, acting.correlation)
    ref = Ref(row.scope.kind, row.scope.key)
    user = _account(row, newcomer)
    Member.objects.get_or_create(portal_id=row.portal_id, user=user)
    loaded = access.load(acting.portal, [giver.person, user.email], [ref])
    if user.email not in loaded.facts.active:
        raise Conflict("suspended in this portal", code="suspended")
    try:
        access.require(giver, "invite", ref)
        wish = granting.Wish(user.email, ref, row.profile.key, None, None, {}, told=False)
        granting.give(giver, loaded, user, wish)
    except (Refused, NotFound, Invalid):
        raise Conflict("whoever sent it may no longer give this", code="no_longer_given") from None
    _answered(acting, row, "accepted", "invitation:accept", user)


@change("invitation:decline")
def decline(acting: Acting, *, offer: Offer) -> None:
    """Decline what was offered to the actor; it can be offered again."""
    row = _held(acting, offer)
    _answered(acting, row, "declined", "invitation:decline", User.objects.filter(email=row.email).first())


def check_newcomer(email: str, newcomer: Newcomer) -> None:
    """Raise `Invalid`, each fault with its field, where no account can be made of this."""
    faults = []
    try:
        name = named(newcomer.name)
    except Invalid as error:
        faults += error.faults
        name = ""
    if newcomer.language not in accounts.LANGUAGES:
        faults.append(Fault("language", "expected fr or en"))
    try:
        validate_password(newcomer.password, User(email=email, name=name))
    except ValidationError as error:
        faults += [Fault("password", message) for message in error.messages]
    if "\x00" in newcomer.password:
        faults.append(Fault("password", "holds a NUL"))
    if faults:
        raise Invalid(*faults, code="newcomer")


def _rows() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("portal", "scope", "profile", "by")


def _offer(row: Invitation, language: str) -> Offer:
    loaded = access.load(row.portal.key)
    late = row.state == "pending" and invitations.expired(row, clock.now())
    return Offer(
        row.pk,
        row.portal.key,
        row.portal.name,
        row.email,
        row.scope.name or row.portal.name,
        invitations.profile_name(loaded, row.profile.key, language),
        row.by.name,
        row.comment,
        "expired" if late else row.state,
        row.expires,
        User.objects.filter(email=row.email).exists(),
        row.digest,
    )


def _held(acting: Acting, offer: Offer) -> Invitation:
    """The invitation, held until the transaction ends, if the actor may answer it now."""
    if acting.portal != offer.portal:
        raise NotFound("unknown invitation", code="bad_link")
    hold_rights(access.load(acting.portal).portal_id)
    row = _rows().select_for_update(of=("self",)).get(pk=offer.id)
    if acting.person != row.email:
        raise Refused("this invitation is for another address", code="other_person")
    if row.state != "pending":
        raise Conflict(f"this invitation is {row.state}", code=f"invitation_{row.state}")
    if row.digest != offer.digest:
        raise Conflict("a newer link was sent", code="invitation_replaced")
    if invitations.expired(row, clock.now()):
        raise Conflict("this invitation has expired", code="invitation_expired")
    return row


def _account(row: Invitation, newcomer: Newcomer | None) -> User:
    user = User.objects.filter(email=row.email).first()
    if newcomer is None:
        if user is None or not user.is_active:
            raise Conflict("this account was closed", code="closed_account")
        return user
    if user is not None:
        raise Conflict("this address has an account: expected to sign in", code="account_exists")
    check_newcomer(row.email, newcomer)
    return User.objects.create(
        email=row.email,
        name=named(newcomer.name),
        language=newcomer.language,
        password=make_password(newcomer.password),
    )


def _answered(acting: Acting, row: Invitation, state: str, tag: str, user: User | None) -> None:
    entry = invitations.close(acting, row, state, tag)
    loaded = access.load(acting.portal)
    if row.by.is_active:
        notices.tell(
            entry,
            row.by,
            f"invitation_{state}",
            about=Ref(row.scope.kind, row.scope.key),
            action="invite",
            person=user.name if user else row.email,
            profile=invitations.profile_name(loaded, row.profile.key, row.by.language),
            scope=row.scope.name or row.portal.name,
            link=letters.portal_link(acting.portal),
        )

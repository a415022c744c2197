"""
Invite an address to one scope with one profile; resend, cancel, and list what awaits an answer.

An invitation gives nothing before it is accepted, and then only what its sender may still give. Its link is kept as a
hash; sending it again kills the link sent before.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import formats, translation
from django.utils.timezone import localtime

from habilis.core import Conflict, Fault, Invalid, NotFound, Ref
from habilis.store.facts import Loaded, storable
from habilis.store.models import Grant, Invitation, JournalEntry, Message, Profile, Scope, User
from habilis.store.queries import reading
from habilis.store.queries.records import ScopeRecord
from habilis.workflows import access, accounts, clock, giving, granting, journal, notices
from habilis.workflows.acting import Acting, change
from habilis.workflows.discretion import discreet

LASTS = timedelta(days=14)
DAY = timedelta(days=1)
TO_ONE_ADDRESS, FROM_ONE_PERSON = 5, 200  # invitation mails in a day: one box is not flooded, nor one account misused
SHOWN = 500


@dataclass(frozen=True)
class InvitationRecord:
    """An invitation that awaits its answer; `expired` says that its link no longer works, `sent` that one was sent."""

    id: int
    email: str
    scope: ScopeRecord
    profile: str
    by_name: str
    created: datetime
    expires: datetime | None
    expired: bool
    sent: bool
    comment: str


@change("invitation:invite")
def invite(acting: Acting, *, email: str, scope: str, profile: str, comment: str = "", language: str = "fr") -> int:
    """
    Offer *profile* on the scope of key *scope* to an address; return the invitation's number.

    An address invited there already keeps one invitation, as it is asked now, and the mail goes again.
    """
    address = giving.canonical(email)
    comment = comment.strip()
    if len(comment) > 2000 or not storable(comment):
        raise Invalid(Fault("comment", "expected at most 2000 characters"), code="comment")
    if language not in accounts.LANGUAGES:
        raise Invalid(Fault("language", "expected fr or en"))
    ref = giving.scope_ref(acting.portal, scope)
    loaded = giving.hold(acting, [acting.person, address], ref)
    access.require(acting, "invite", ref)
    granting.giveable(acting, loaded, address, ref, profile, {})
    lasting = Q(valid_until=None) | Q(valid_until__gt=loaded.facts.now)
    if Grant.objects.filter(lasting, portal_id=loaded.portal_id, user__email=address, scope__key=scope).exists():
        raise Conflict("the person is attached there already", code="already_attached")
    row = (
        Invitation.objects.select_for_update(of=("self",))
        .filter(portal_id=loaded.portal_id, email=address, scope__key=scope, state="pending")
        .first()
    )
    if row is None:
        row = Invitation(portal_id=loaded.portal_id, email=address, scope_id=loaded.scope_ids[scope])
    row.profile = Profile.objects.get(portal_id=loaded.portal_id, key=profile)
    row.by = User.objects.get(email=acting.person)
    row.comment, row.language = comment, language
    _send(acting, loaded, row, "invitation:invite")
    return row.pk


@change("invitation:resend")
def resend(acting: Acting, *, invitation: int) -> None:
    """Send a pending invitation again, expired or not: one mail, a new link, and the old one is dead."""
    row, loaded = _pending(acting, invitation)
    ref = Ref(row.scope.kind, row.scope.key)
    granting.giveable(acting, loaded, row.email, ref, row.profile.key, {})
    row.by = User.objects.get(email=acting.person)
    _send(acting, loaded, row, "invitation:resend")


@change("invitation:cancel")
def cancel(acting: Acting, *, invitation: int, comment: str = "") -> None:
    """Withdraw a pending invitation; its link is dead."""
    row, _loaded = _pending(acting, invitation)
    close(acting, row, "cancelled", "invitation:cancel", comment=comment)


def close(acting: Acting, row: Invitation, state: str, tag: str, *, comment: str = "") -> JournalEntry:
    """Answer or withdraw a pending invitation, and write it down."""
    row.state, row.closed = state, clock.now()
    row.save(update_fields=["state", "closed"])
    return journal.record(
        acting,
        tag,
        subject=row.email,
        scope=row.scope.key,
        target=f"profile:{row.profile.key}",
        comment=comment,
        facts={"invitation": row.pk},
    )


def listed(portal: str, subject: str, scope: str, *, kind: str = "") -> tuple[InvitationRecord, ...]:
    """
    What awaits an answer on the scope (of *kind*, where it is known) and below, wherever *subject* may invite.

    The newest first.
    """
    loaded = access.load(portal, [subject], [Ref(kind, scope) if kind else giving.scope_ref(portal, scope)])
    if scope not in loaded.facts.scopes:
        return ()
    depth = len(loaded.facts.paths[scope]) - 1
    found = Invitation.objects.filter(portal_id=loaded.portal_id, state="pending")
    found = found.filter(**{f"scope__a{depth}": loaded.scope_ids[scope]})
    rows = list(found.select_related("scope", "profile", "by").order_by("-created", "-id")[:SHOWN])
    if not rows:
        return ()
    answers = access.check_many(portal, [(subject, "invite", Ref(row.scope.kind, row.scope.key)) for row in rows])
    mine = [row for row, allowed in zip(rows, answers, strict=True) if allowed]
    scopes = reading.scopes({row.scope_id for row in mine})
    shown = {record.id: record for record in discreet(portal, subject, scopes.values())}
    instant = loaded.facts.now
    return tuple(
        InvitationRecord(
            row.pk,
            row.email,
            shown[row.scope_id],
            row.profile.key,
            row.by.name,
            row.created,
            row.expires,
            expired(row, instant),
            bool(row.digest),
            row.comment,
        )
        for row in mine
    )


def expired(row: Invitation, instant: datetime) -> bool:
    """Whether a pending invitation has lasted its time."""
    return row.expires is not None and row.expires <= instant


def digest(token: str) -> str:
    """What is kept of the secret of a link."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def link(token: str) -> str:
    """The address at which an invitation is answered, from the configured base and never from a request."""
    return f"{settings.HABILIS_URL.rstrip('/')}{reverse('web:invitation', kwargs={'token': token})}"


def profile_name(loaded: Loaded, key: str, language: str) -> str:
    """How a profile is called in a mail."""
    return loaded.profile_names.get(key) or loaded.blueprint.profiles[key].label.in_(language)


def _pending(acting: Acting, invitation: int) -> tuple[Invitation, Loaded]:
    rows = Invitation.objects.filter(portal__key=acting.portal).select_related("scope", "profile", "by")
    row = rows.filter(pk=invitation).first()
    if row is None:
        raise NotFound(f"unknown invitation `{invitation}`")
    ref = Ref(row.scope.kind, row.scope.key)
    loaded = giving.hold(acting, [acting.person, row.email], ref)
    if not access.may_know(acting.portal, acting.person, ref):
        raise NotFound(f"unknown invitation `{invitation}`")
    access.require(acting, "invite", ref)
    row = rows.select_for_update(of=("self",)).get(pk=invitation)
    if row.state != "pending":
        raise Conflict(f"this invitation is {row.state}", code=f"invitation_{row.state}")
    return row, loaded


def _send(acting: Acting, loaded: Loaded, row: Invitation, tag: str) -> None:
    """Give the invitation a new link and owe its mail."""
    _within_quota(loaded, row)
    token = secrets.token_urlsafe(32)
    instant = clock.now()
    row.digest, row.created, row.expires = digest(token), instant, instant + LASTS
    row.save()
    scope = Scope.objects.get(pk=row.scope_id)
    entry = journal.record(
        acting,
        tag,
        subject=row.email,
        scope=scope.key,
        target=f"profile:{row.profile.key}",
        comment=row.comment if tag == "invitation:invite" else "",
        facts={"invitation": row.pk, "expires": row.expires},
    )
    known = User.objects.filter(email=row.email, is_active=True).values_list("language", flat=True).first()
    language = known or row.language
    with translation.override(language):
        until = formats.date_format(localtime(row.expires), "DATE_FORMAT")
    notices.tell_address(
        entry,
        row.email,
        row.language,
        "invitation",
        secret=True,
        profile=profile_name(loaded, row.profile.key, language),
        scope=scope.name,
        link=link(token),
        until=until,
        comment=row.comment,
    )


def _within_quota(loaded: Loaded, row: Invitation) -> None:
    since = clock.now() - DAY
    mails = Message.objects.filter(message_id__startswith="<invitation.", created__gt=since)
    sent = JournalEntry.objects.filter(
        portal_id=loaded.portal_id,
        actor=row.by.email,
        tag__in=("invitation:invite", "invitation:resend"),
        refused=False,
        at__gt=since,
    )
    if mails.filter(recipient=row.email).count() >= TO_ONE_ADDRESS or sent.count() >= FROM_ONE_PERSON:
        raise Conflict("too many invitations in a day: expected another day", code="quota")

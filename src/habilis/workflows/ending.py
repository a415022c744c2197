"""Accesses that end soon: who holds one is told before, and may ask for more time. Asking gives nothing."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import formats, translation
from django.utils.timezone import localtime
from procrastinate.contrib.django import app

from habilis.core import Conflict, Fault, Invalid, NotFound, Ref
from habilis.store.facts import storable
from habilis.store.models import Grant, JournalEntry, Member, User
from habilis.workflows import access, clock, delivery, giving, invitations, journal, letters, notices
from habilis.workflows.acting import Acting, change

BEFORE = timedelta(days=14)
DAY = timedelta(days=1)
TOLD = 50  # managers told of one demand


@app.periodic(cron="7 * * * *")
@app.task(name="grants:warn", queueing_lock="grants:warn", priority=delivery.FIRST)
def warn(timestamp: int) -> None:  # noqa: ARG001 - given by procrastinate
    """Tell everybody whose access ends within two weeks, each once."""
    tell_of_ends()


def tell_of_ends() -> int:
    """Owe a mail for each access in force that ends soon and of which nobody was told; return how many."""
    instant = clock.now()
    rows = Grant.objects.filter(valid_until__gt=instant, valid_until__lte=instant + BEFORE, scope__inactive_path=False)
    rows = rows.filter(user__is_active=True).exclude(valid_from__gt=instant)
    active = Member.objects.filter(active=True).values("portal_id", "user_id")
    members = {(m["portal_id"], m["user_id"]) for m in active.filter(user__in=rows.values("user"))}
    count = 0
    for row in rows.select_related("portal", "user", "scope", "profile").order_by("id").iterator(chunk_size=500):
        if (row.portal_id, row.user_id) in members and _warned(row):
            count += 1
    return count


@transaction.atomic
def _warned(row: Grant) -> bool:
    portal, language = row.portal.key, row.user.language
    loaded = access.load(portal)
    query = urlencode({"scope": row.scope.key, "profile": row.profile.key})
    path = reverse("web:extend", kwargs={"portal": portal})
    with translation.override(language):
        until = formats.date_format(localtime(row.valid_until - timedelta(microseconds=1)), "DATE_FORMAT")
    return notices.remind(
        row.portal,
        f"{row.pk}.{row.valid_until:%Y%m%d%H%M%S}",
        row.user,
        "ending",
        about=Ref(row.scope.kind, row.scope.key),
        profile=invitations.profile_name(loaded, row.profile.key, language),
        scope=row.scope.name or row.portal.name,
        until=until,
        link=f"{letters.portal_link(portal).rstrip('/')}{path.removeprefix(f'/{portal}')}?{query}",
    )


@change("grant:ask_longer")
def ask_longer(acting: Acting, *, scope: str, profile: str, comment: str = "") -> int:
    """Ask those who may change the actor's own access to let it last; return how many are told. Once a day."""
    if len(comment) > 2000 or not storable(comment):
        raise Invalid(Fault("comment", "expected at most 2000 characters"), code="comment")
    ref = giving.scope_ref(acting.portal, scope)
    loaded = access.load(acting.portal, [acting.person], [ref])
    instant = loaded.facts.now
    held = [h for h in loaded.facts.held.get(acting.person, ()) if h.scope == scope and h.profile.key == profile]
    ends = [h.grant.valid_until for h in held if h.in_force and h.grant.valid_until is not None]
    if not ends:
        raise NotFound(f"`{acting.person}` holds nothing that ends on {ref.type} `{scope}`")
    asked = JournalEntry.objects.filter(
        portal_id=loaded.portal_id,
        tag="grant:ask_longer",
        refused=False,
        actor=acting.person,
        scope=scope,
        at__gt=instant - DAY,
    )
    if asked.exists():
        raise Conflict("asked already today", code="asked_already")
    entry = journal.record(
        acting,
        "grant:ask_longer",
        subject=acting.person,
        scope=scope,
        target=f"profile:{profile}",
        comment=comment.strip(),
        facts={"until": max(ends)},
    )
    deciders = [who for who in access.subjects(acting.portal, "adjust", ref) if who != acting.person][:TOLD]
    path = reverse("web:person", kwargs={"portal": acting.portal, "email": acting.person})
    for user in User.objects.filter(email__in=deciders, is_active=True):
        with translation.override(user.language):
            until = formats.date_format(localtime(max(ends) - timedelta(microseconds=1)), "DATE_FORMAT")
        notices.tell(
            entry,
            user,
            "longer_asked",
            about=ref,
            action="adjust",
            scope=loaded.blueprint.name.in_(user.language) if not scope else _name(loaded.scope_ids[scope]),
            profile=invitations.profile_name(loaded, profile, user.language),
            until=until,
            comment=comment.strip(),
            link=f"{letters.portal_link(acting.portal).rstrip('/')}{path.removeprefix(f'/{acting.portal}')}",
        )
    return len(deciders)


def _name(scope_id: int) -> str:
    from habilis.store.models import Scope

    return Scope.objects.values_list("name", flat=True).get(pk=scope_id)

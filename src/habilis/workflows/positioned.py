"""
Who hears that somebody took a position on a dossier, or left it; and who advises its territory anyway.

It is told in the portal, and by mail in a digest once half a day has passed: a position left before leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q

from habilis.core import NotFound
from habilis.store.facts import Loaded
from habilis.store.models import Grant, JournalEntry, Member, Scope, User
from habilis.workflows import access, clock, giving, invitations, letters, notices
from habilis.workflows.acting import Acting

SHORTLY = timedelta(hours=12)


@dataclass(frozen=True)
class Actor:
    """Somebody who advises a territory: in what capacity, and over which scope."""

    name: str
    profile: str
    territory: str


def taken(acting: Acting, loaded: Loaded, entry: JournalEntry, scope: str, profile: str) -> None:
    """Tell those who hold something on the very scope that the actor took a position there."""
    _tell(acting, loaded, entry, "position_taken", (scope, profile), SHORTLY)


def left(acting: Acting, loaded: Loaded, entry: JournalEntry, scope: str, profile: str) -> None:
    """Tell the same people that the actor left. Where they came shortly before, take back what was told of it."""
    known = loaded.facts.model.profiles.get(profile)
    if known is None or not known.positioning:
        return
    begun = JournalEntry.objects.filter(
        portal_id=loaded.portal_id,
        tag="grant:position",
        refused=False,
        actor=entry.subject,
        scope=scope,
        target=f"profile:{profile}",
    )
    newest = begun.order_by("-number").first()
    if newest is not None and newest.at > clock.now() - SHORTLY:
        notices.take_back(newest, "position_taken")
    elif newest is not None and entry.subject == acting.person:
        _tell(acting, loaded, entry, "position_left", (scope, profile), timedelta())


def territory(portal: str, subject: str, scope: str, *, everywhere: bool = False) -> list[Actor]:
    """
    Those who advise the territory in which a dossier stands, for whoever lists its people, by name.

    Who advises the whole portal is left out, unless asked for *everywhere*.
    """
    ref = giving.scope_ref(portal, scope)
    access.require(Acting(subject, portal), "read_members", ref)
    loaded = access.load(portal, [subject], [ref])
    above = [key for key in loaded.facts.paths[scope] if key != scope and (key or everywhere)]
    if not loaded.facts.model.kinds[ref.type].moderated:
        raise NotFound(f"`{scope[:60]}` is no dossier")
    instant = clock.now()
    active = Member.objects.filter(portal=OuterRef("portal"), user=OuterRef("user"), active=True)
    rows = Grant.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=instant),
        Q(valid_until=None) | Q(valid_until__gt=instant),
        Exists(active),
        portal_id=loaded.portal_id,
        scope__key__in=above,
        scope__inactive_path=False,
        profile__key__in=_positions(loaded),
        user__is_active=True,
    )
    found = rows.order_by("-scope__depth", F("user__name"), "id").select_related("user", "profile", "scope")
    return [Actor(row.user.name, row.profile.key, row.scope.name) for row in found]


def _positions(loaded: Loaded) -> list[str]:
    return [key for key, profile in loaded.facts.model.profiles.items() if profile.positioning]


def _tell(
    acting: Acting, loaded: Loaded, entry: JournalEntry, template: str, what: tuple[str, str], later: timedelta
) -> None:
    scope, profile = what
    instant = clock.now()
    row = Scope.objects.select_related("portal").get(portal_id=loaded.portal_id, key=scope)
    holders = Grant.objects.filter(giving.lasting(instant), scope=row).exclude(valid_from__gt=instant).values("user")
    people = User.objects.filter(pk__in=holders, is_active=True).exclude(email=acting.person).order_by("email")
    path = f"s/{scope}"
    for user in people:
        notices.tell(
            entry,
            user,
            template,
            about=giving.scope_ref(acting.portal, scope),
            due=instant + later,
            profile=invitations.profile_name(loaded, profile, user.language),
            scope=row.name,
            link=letters.portal_link(acting.portal) + path,
        )

"""
The profiles of a portal as a list: by license and price, with the default one, and who holds each.

Each number counts what the asker may list, and is the number of the list that it opens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q

from habilis.core import PORTAL, NotFound
from habilis.store.models import License
from habilis.store.queries.records import Page, PersonRecord
from habilis.workflows import access, accounts, browse, roster
from habilis.workflows.moving import Moving


@dataclass(frozen=True)
class Listed:
    """A profile: how many active people hold it in force, and in how many scopes, each counted for each person."""

    key: str
    name: str
    derives: str
    default: bool
    people: int
    pairs: int
    client: bool = True


@dataclass(frozen=True)
class Group:
    """The profiles of one license, with its price; or those of none."""

    license: str
    price: Decimal | None
    profiles: tuple[Listed, ...]


def groups(portal: str, subject: str, language: str) -> list[Group]:
    """Every profile that is not retired, by license in the blueprint's order; those without a license come last."""
    loaded = access.load(portal, [subject])
    model = loaded.facts.model
    counts = _counts(portal, subject)
    names, usual = browse.profile_names(portal, language), browse.default_profile(portal)
    prices = dict(License.objects.filter(portal_id=loaded.portal_id).values_list("key", "price"))
    found = []
    for license_ in (*model.licenses, None):
        listed = tuple(
            Listed(key, names[key], _derives(model, key), key == usual, *counts.get(key, (0, 0)), profile.client)
            for key, profile in model.profiles.items()
            if profile.license == license_ and not profile.retired and PORTAL not in profile.on
        )
        if listed:
            found.append(Group(license_ or "", prices.get(license_) if license_ else None, listed))
    return found


def retired(portal: str, subject: str, language: str) -> tuple[Listed, ...]:
    """The profiles that are given to nobody any more, with those who still hold them."""
    model, names, counts = access.model_of(portal), browse.profile_names(portal, language), _counts(portal, subject)
    return tuple(
        Listed(key, names[key], _derives(model, key), False, *counts.get(key, (0, 0)))
        for key, profile in model.profiles.items()
        if profile.retired and PORTAL not in profile.on
    )


def around(portal: str, subject: str, moves: Iterable[Moving]) -> dict[str, dict[str, int]]:
    """For each profile that *moves* leave or reach: how many people and accesses it has, before and after."""
    moves = list(moves)
    keys = list(dict.fromkeys(key for move in moves for key in (move.profile, move.to)))
    held: dict[str, Counter[int]] = {key: Counter() for key in keys}
    rows = _in_force(portal, subject).filter(profile__key__in=keys).order_by().values_list("profile__key", "user_id")
    for key, user_id in rows:
        held[key][user_id] += 1
    before = {key: (len(users), users.total()) for key, users in held.items()}
    for move in moves:
        if not move.sleeps:
            held[move.profile][move.user_id] -= 1
            held[move.to][move.user_id] += 1
    names = ("people", "pairs", "people_after", "pairs_after")
    return {
        key: dict(zip(names, (*before[key], sum(n > 0 for n in users.values()), users.total()), strict=True))
        for key, users in held.items()
    }


def counted(portal: str, subject: str, keys: Iterable[str]) -> list[tuple[str, int, int]]:
    """How many people have each of the profiles *keys*, and how many accesses."""
    counts = _counts(portal, subject)
    return [(key, *counts.get(key, (0, 0))) for key in keys]


def name_of(email: str) -> str:
    """The name of somebody, whom the reader knows already."""
    return accounts.names_of([email]).get(email, email)


def holders(
    portal: str, subject: str, profile: str, *, text: str = "", cursor: str | None = None
) -> Page[PersonRecord]:
    """A page, by name, of those who hold *profile* in force, each with the scopes where *subject* may list people."""
    loaded = access.load(portal, [subject])
    if profile not in loaded.facts.model.profiles:
        raise NotFound(f"unknown profile `{profile[:60]}`")
    rows = _in_force(portal, subject).filter(profile__key=profile)
    key = (portal, subject, "holders", profile, text)
    return roster.people_page(loaded, subject, rows, key, text=text, ended=False, cursor=cursor, limit=browse.PAGE)


def _counts(portal: str, subject: str) -> dict[str, tuple[int, int]]:
    """For each profile, how many people hold it and in how many scopes."""
    counted = Count("user_id", distinct=True), Count("scope_id")
    rows = _in_force(portal, subject).values_list("profile__key").annotate(*counted)
    return {key: (people, pairs) for key, people, pairs in rows}


def _in_force(portal: str, subject: str) -> Any:
    """The grants in force of active people, on scopes where *subject* may list people."""
    loaded = access.load(portal, [subject])
    instant = loaded.facts.now
    rows = roster.listed_grants(portal, subject, loaded.portal_id)
    rows = rows.filter(Q(valid_from=None) | Q(valid_from__lte=instant), scope__inactive_path=False)
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=instant), user__is_active=True)
    return rows.filter(user__memberships__portal_id=F("portal_id"), user__memberships__active=True)


def _derives(model: Any, key: str) -> str:
    return str(getattr(model.profiles[key], "derives", "") or "")

"""What a portal holds already, as a data file that refers to it needs to know."""

from __future__ import annotations

from datetime import datetime

from habilis.blueprints.schema import Blueprint
from habilis.blueprints.worlds import GrantRow, Known, ProfileRow, derived
from habilis.core import LEVELS
from habilis.store.models import Grant, JournalEntry, Member, Profile, Scope, User

LEFT = ("person:change_address", "person:anonymize")
"""The entries of the journal that tell of an address left: `facts` hold the one after."""


def of_portal(portal_id: int, blueprint: Blueprint) -> Known:
    """The scopes, people, derived profiles and grants of the portal, and the addresses that its people left."""
    profiles = {}
    for row in Profile.objects.filter(portal_id=portal_id).exclude(derives="").order_by("id"):
        base = profiles.get(row.derives) or blueprint.model.profiles[row.derives]
        levels = {feature: LEVELS[level] for feature, level in row.levels.items()}
        profiles[row.key] = derived(base, ProfileRow(row.key, row.derives, row.name, levels, row.retired))
    scopes = Scope.objects.filter(portal_id=portal_id).exclude(parent=None)
    grants = Grant.objects.filter(portal_id=portal_id)
    return Known(
        scopes={key: (kind, parent) for key, kind, parent in scopes.values_list("key", "kind", "parent__key")},
        people=frozenset(Member.objects.filter(portal_id=portal_id).values_list("user__email", flat=True)),
        profiles=profiles,
        grants=tuple(
            GrantRow(person, scope, profile, start, end, {})
            for person, scope, profile, start, end in grants.values_list(
                "user__email", "scope__key", "profile__key", "valid_from", "valid_until"
            )
        ),
        former=_former(portal_id),
    )


def _former(portal_id: int) -> dict[str, str]:
    """
    The addresses that one account alone ever left, as the journal tells it, and nobody holds now: each with the
    present one of that account, where it is open and of the portal.
    """
    entries = JournalEntry.objects.filter(portal_id=portal_id, refused=False, tag__in=LEFT).order_by("number")
    holders: dict[str, int] = {}
    since: dict[int, datetime] = {}
    left: dict[str, set[int]] = {}
    for number, subject, facts, at in entries.values_list("number", "subject", "facts", "at"):
        before, after = str(facts.get("before", subject)), str(facts.get("after", ""))
        account = holders.pop(before, number)
        since.setdefault(account, at)
        left.setdefault(before, set()).add(account)
        holders[after] = account
    members = User.objects.filter(memberships__portal_id=portal_id, is_active=True, email__in=holders)
    made = members.values_list("email", "created")
    present = {holders[email]: email for email, created in made if created <= since[holders[email]]}
    taken = set(User.objects.filter(email__in=left).values_list("email", flat=True))
    return {
        address: present[account]
        for address, accounts in left.items()
        if address not in taken and len(accounts) == 1
        for account in accounts & present.keys()
    }

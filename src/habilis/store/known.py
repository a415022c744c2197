"""What a portal holds already, as a data file that refers to it needs to know."""

from __future__ import annotations

from habilis.blueprints.schema import Blueprint
from habilis.blueprints.worlds import GrantRow, Known, ProfileRow, derived
from habilis.core import LEVELS
from habilis.store.models import Grant, Member, Profile, Scope


def of_portal(portal_id: int, blueprint: Blueprint) -> Known:
    """The scopes, people, derived profiles and grants of the portal."""
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
    )

"""
The last manager: an active organization never loses its last one (the blueprint says whether to refuse or to warn).

A manager is an active person with an open-ended grant, in force, of a managing profile on a scope of a managed kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Q

from habilis.core import Conflict
from habilis.store.facts import Loaded
from habilis.store.models import Grant, Scope


def managed_without(loaded: Loaded, instant: datetime, among: set[int] | None = None) -> set[int]:
    """The active scopes of managed kinds that have no manager at *instant*; only *among* these where given."""
    model = loaded.facts.model
    kinds = [kind.key for kind in model.kinds.values() if kind.managed]
    managing = [
        profile.key for profile in model.profiles.values() if profile.managing and profile.key != "portal_admin"
    ]
    scopes = Scope.objects.filter(portal_id=loaded.portal_id, kind__in=kinds, inactive_path=False, pending_path=False)
    if among is not None:
        scopes = scopes.filter(pk__in=among)
    held = Grant.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=instant),
        portal_id=loaded.portal_id,
        profile__key__in=managing,
        valid_until=None,
        user__is_active=True,
        user__memberships__portal_id=loaded.portal_id,
        user__memberships__active=True,
    )
    return set(scopes.exclude(pk__in=held.values("scope_id")).values_list("id", flat=True))


@contextmanager
def kept(loaded: Loaded, instant: datetime) -> Iterator[None]:
    """
    Refuse the change made inside if it leaves an organization without its last manager, where the blueprint
    refuses.
    """
    if loaded.facts.model.last_manager != "refuse":
        yield
        return
    before = managed_without(loaded, instant)
    yield
    orphans = managed_without(loaded, instant) - before
    if orphans:
        name = Scope.objects.values_list("name", flat=True).get(pk=min(orphans))
        raise Conflict(
            f"`{name}` would be left without a manager: appoint another first", code="last_manager", scope=name
        )

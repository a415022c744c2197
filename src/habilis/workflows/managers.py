"""
The last manager: an active organization never loses its last one (the blueprint says whether to refuse or to warn).

A manager is an active person with an open-ended grant, in force, of a managing profile on a scope of a managed kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Q

from habilis.core import Conflict, Ref
from habilis.store.facts import Loaded
from habilis.store.models import Grant, Scope
from habilis.store.queries import paging, reading
from habilis.store.queries.paging import Narrowing
from habilis.store.queries.records import ScopeRecord
from habilis.workflows import access
from habilis.workflows.discretion import discreet
from habilis.workflows.pages import narrow


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


def profile_for(loaded: Loaded, kind: str) -> str | None:
    """The profile with which somebody manages a scope of *kind*, if one does."""
    model = loaded.facts.model
    if not model.kinds[kind].managed:
        return None
    managing = (p.key for p in model.profiles.values() if p.managing and kind in p.on and not p.retired)
    return next(managing, None)


def manages(portal: str, subject: str, ref: Ref) -> bool:
    """Whether *subject* is, in person and lastingly, a manager of the scope *ref*, and may change who is."""
    facts = access.load(portal, [subject], [ref]).facts
    own = any(
        held.scope == ref.id and held.in_force and held.profile.managing and held.grant.valid_until is None
        for held in facts.held.get(subject, ())
    )
    return own and ref.id != "" and access.check(portal, subject, "adjust", ref)


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


def unmanaged(portal: str, subject: str, *, limit: int = 50) -> tuple[list[ScopeRecord], int]:
    """The active scopes that nobody manages and where *subject* may attach somebody, by name, and how many."""
    loaded = access.load(portal, [subject])
    orphans = managed_without(loaded, loaded.facts.now)
    ids: list[int] = []
    total = 0
    for kind in loaded.facts.model.kinds.values():
        if orphans and kind.managed:
            found = access.branches(portal, subject, "attach", kind.key)
            narrowing = narrow(Narrowing(), "row.id = ANY(%(orphans)s)", orphans=sorted(orphans))
            page = paging.slice_of(found, narrowing, "name", limit, None)
            ids += page.ids
            total += paging.counts(found, narrowing, "row.kind").get(kind.key, 0)
    records = reading.scopes(ids[:limit])
    return discreet(portal, subject, [records[id_] for id_ in ids[:limit]]), total

"""
The people of a managed scope on one screen: who works in which of the scopes below, how many are where, and which
scopes nobody manages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, Q

from habilis.core import Conflict, Fault, Invalid, NotFound, Ref
from habilis.store.models import Grant, Scope
from habilis.workflows import access, clock, giving, grants, journal, managers
from habilis.workflows.acting import Acting, change


def kind_of(portal: str) -> str:
    """The kind of scope that has a roster: the first that is managed; empty where none is."""
    return next((kind.key for kind in access.model_of(portal).kinds.values() if kind.managed), "")


def headcounts(portal: str, subject: str, scopes: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many active people hold something, now, on each of *scopes* (kind, key) whose people *subject* may list."""
    refs = [Ref(kind, key) for kind, key in scopes]
    answers = access.check_many(portal, [(subject, "export", ref) for ref in refs]) if refs else []
    keys = [ref.id for ref, allowed in zip(refs, answers, strict=True) if allowed]
    instant = clock.now()
    rows = Grant.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=instant),
        Q(valid_until=None) | Q(valid_until__gt=instant),
        portal__key=portal,
        scope__key__in=keys,
        user__is_active=True,
        user__memberships__portal__key=portal,
        user__memberships__active=True,
    )
    counted = dict(rows.values_list("scope__key").annotate(Count("user", distinct=True)))
    return {key: counted.get(key, 0) for key in keys}


def unmanaged(portal: str, subject: str, scopes: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Those of *scopes* (kind, key), among the ones whose people *subject* may list, that nobody manages."""
    listed = headcounts(portal, subject, scopes)
    ids = dict(Scope.objects.filter(portal__key=portal, key__in=listed).values_list("id", "key"))
    without = managers.managed_without(access.load(portal), clock.now(), among=set(ids))
    return frozenset(ids[id_] for id_ in without)


def places(portal: str, subject: str, person: str, scope: str) -> tuple[str, Mapping[str, str], frozenset[str]]:
    """
    For whoever may list the people of *scope*: the profile that *person* holds there, the scopes below on which they
    could hold it too (key to name), and those on which they do.
    """
    ref = giving.scope_ref(portal, scope)
    access.require(Acting(subject, portal), "export", ref)
    email = giving.canonical(person)
    loaded = access.load(portal, [email], [ref])
    profile = next(
        (
            held.profile
            for held in loaded.facts.held.get(email, ())
            if held.scope == scope and held.in_period and held.profile.client
        ),
        None,
    )
    if profile is None:
        raise NotFound(f"unknown person `{email[:80]}`")
    depth = len(loaded.facts.paths[scope]) - 1
    rows = Scope.objects.filter(**{f"a{depth}": loaded.scope_ids[scope]}, kind__in=profile.on, inactive_path=False)
    below = {key: name for key, name in rows.order_by("name", "id").values_list("key", "name") if key != scope}
    answers = access.check_many(portal, [(subject, "attach", giving.scope_ref(portal, key)) for key in below])
    below = {key: name for (key, name), allowed in zip(below.items(), answers, strict=True) if allowed}
    held = {h.scope for h in loaded.facts.held.get(email, ()) if h.in_period and h.profile.key == profile.key}
    return profile.key, below, frozenset(held & set(below))


@change("person:set_places")
def set_places(
    acting: Acting, *, person: str, scope: str, places_read: Sequence[str], places_wanted: Sequence[str]
) -> None:
    """
    Make *places_wanted* exactly the scopes below *scope* on which *person* holds their profile; none is a choice too.

    *places_read* is what was there when the choice was made.
    """
    email = giving.canonical(person)
    ref = giving.scope_ref(acting.portal, scope)
    giving.hold(acting, [acting.person, email], ref)
    access.require(acting, "attach", ref)
    profile, offered, held = places(acting.portal, acting.person, email, scope)
    wanted = dict.fromkeys(places_wanted)
    if unknown := [key for key in wanted if key not in offered]:
        raise Invalid(Fault("places", f"unknown scope `{unknown[0][:60]}`"), code="places")
    if set(places_read) != held:
        raise Conflict("it changed since you read it", code="stale")
    for key in sorted(held - set(wanted)):
        grants.detach(acting, person=email, scope=key)
    for key in wanted:
        if key not in held:
            grants.attach(acting, person=email, scope=key, profile=profile)
    facts = {"before": sorted(held), "after": list(wanted)}
    journal.record(acting, "person:set_places", subject=email, scope=scope, target=f"profile:{profile}", facts=facts)

"""
Attach, detach, adjust, change a period or a profile: grants begin and end here.

Nobody gives more than they hold, nor to themselves; anyone may leave. Grants are never deleted: they end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from habilis.core import Conflict, Held, Invalid, NotFound, Ref, Refused, excess
from habilis.core import Grant as CoreGrant
from habilis.store.facts import Loaded
from habilis.store.models import Grant
from habilis.workflows import access, clock, giving, granting, journal, managers, notices
from habilis.workflows.acting import Acting, change
from habilis.workflows.giving import account, canonical, checked_levels, hold, insert, scope_ref


def grantable(portal: str, actor: str, scope: str) -> tuple[str, ...]:
    """The profiles that *actor* may give on *scope*, in the blueprint's order."""
    ref = scope_ref(portal, scope)
    loaded = access.load(portal, [actor], [ref])
    model = loaded.facts.model
    if scope not in loaded.facts.scopes or not access.check(portal, actor, "attach", ref):
        return ()
    return tuple(
        key
        for key, profile in model.profiles.items()
        if not profile.retired
        and ref.type in profile.on
        and not excess(actor, scope, key, loaded.facts)
        and giving.may_give_there(portal, actor, loaded, ref.type, key)
    )


@change("grant:attach")
def attach(
    acting: Acting,
    *,
    person: str,
    scope: str,
    profile: str,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    adjustments: Mapping[str, str] | None = None,
) -> int:
    """
    Give *person* (an address with an account) *profile* on the scope of key *scope*; return the grant's number.

    Where the blueprint requires a grant above (an organization, for a unit), it is given too if the person lacks it.
    """
    email = canonical(person)
    ref = scope_ref(acting.portal, scope)
    loaded = hold(acting, [acting.person, email], ref)
    access.require(acting, "attach", ref)
    user = account(email)
    wish = granting.Wish(user.email, ref, profile, valid_from, valid_until, adjustments or {})
    return granting.give(acting, loaded, user, wish)


@change("grant:detach")
def detach(acting: Acting, *, person: str, scope: str, comment: str = "", version: str = "") -> int:
    """
    End what *person* holds on *scope* now and later; return how many grants ended.

    Where the scope is the one within which a person holds one profile (an organization, a structure), what they hold
    below it ends too. Anyone may leave; to detach another, `detach` is needed there.
    """
    from habilis.workflows import departures, positioned

    email = canonical(person)
    ref = scope_ref(acting.portal, scope)
    loaded = hold(acting, [acting.person, email], ref)
    if email != acting.person:
        access.require(acting, "detach", ref)
    elif not any(h.scope == scope for h in loaded.facts.held.get(email, ())):
        access.require(acting, "list", ref)  # whoever leaves what they never had learns nothing of it
    model = loaded.facts.model
    on = Q(scope__key=scope)
    if scope and ref.type == model.one_profile_per and scope in loaded.scope_ids:
        depth = len(loaded.facts.paths[scope]) - 1
        on |= Q(**{f"scope__a{depth}": loaded.scope_ids[scope]})
    instant = clock.now()
    ended = list(
        Grant.objects.select_for_update(of=("self",))
        .filter(on, portal_id=loaded.portal_id, user__email=email)
        .filter(giving.lasting(instant))
        .select_related("scope", "profile", "user")
    )
    giving.unchanged(ended, version)
    if not ended:
        raise NotFound(f"`{email}` holds nothing on {ref.type} `{scope}`")
    for grant in ended:
        if email != acting.person:
            giving.require_territory(acting, loaded, grant.scope.kind, grant.profile.key)
    with managers.kept(loaded, instant):
        for grant in ended:
            grant.valid_until = max(instant, grant.valid_from) if grant.valid_from else instant
            grant.save(update_fields=["valid_until"])
    for grant in ended:
        entry = journal.record(
            acting,
            "grant:detach",
            subject=email,
            scope=grant.scope.key,
            target=f"profile:{grant.profile.key}",
            comment=comment,
            facts={"from": grant.valid_from, "until": grant.valid_until},
        )
        positioned.left(acting, loaded, entry, grant.scope.key, grant.profile.key)
    departures.clean(acting, email, [loaded.scope_ids[scope]])
    if email != acting.person:
        notices.tell(
            entry, ended[0].user, "detached", scope=next((g.scope.name for g in ended if g.scope.key == scope), "")
        )
    return len(ended)


@change("grant:adjust")
def adjust(
    acting: Acting, *, person: str, scope: str, profile: str, adjustments: Mapping[str, str], version: str = ""
) -> None:
    """Replace the adjustments (feature → level) of a grant that is not over; what grows must be held by the actor."""
    grant, loaded, held = grant_of(acting, person, scope, profile, "adjust", future=True, version=version)
    levels = checked_levels(loaded.facts.model, held.profile, adjustments)
    wanted = CoreGrant(held.grant.subject, scope, profile, adjustments=levels)
    after = Held(wanted, loaded.facts)
    above = excess(acting.person, scope, profile, loaded.facts, levels)
    grown = {f for f in {*levels, *held.grant.adjustments} if not after.wanted(f) <= held.wanted(f)}
    if above & grown:
        raise Refused(
            "this would give more than you hold there", code="above_own_rights", features=sorted(above & grown)
        )
    before = dict(grant.adjustments)
    grant.adjustments = {feature: level.key for feature, level in levels.items()}
    grant.save(update_fields=["adjustments"])
    journal.record(
        acting,
        "grant:adjust",
        subject=held.grant.subject,
        scope=scope,
        target=f"profile:{profile}",
        facts={"from": grant.valid_from, "before": before, "after": grant.adjustments},
    )


@change("grant:set_period")
def set_period(
    acting: Acting,
    *,
    person: str,
    scope: str,
    profile: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    version: str = "",
) -> None:
    """Change when the grant begins (if it has not yet) and ends; to end it now is to detach."""
    grant, loaded, held = grant_of(acting, person, scope, profile, "adjust", future=True, version=version)
    giving.aware(valid_from, valid_until)
    instant = loaded.facts.now
    if valid_until is not None and valid_until <= instant:
        raise Invalid("the end is in the past: expected a later instant, or to detach the person", code="until")
    begun = grant.valid_from is None or grant.valid_from <= instant
    start = grant.valid_from if begun else max(valid_from or instant, instant)
    if start is not None and valid_until is not None and valid_until <= start:
        raise Invalid("ends before it begins", code="until")
    longer = not giving.covers(grant.valid_from, grant.valid_until, start, valid_until)
    if longer and held.profile.retired:
        raise Conflict("this profile is given no more: expected an end no later than now set", code="retired")
    if longer and excess(acting.person, scope, profile, loaded.facts, held.grant.adjustments):
        raise Refused("this would give more than you hold there", code="above_own_rights")
    wanted = held.profile.requires.get(loaded.facts.scopes[scope].kind)
    if wanted is not None:
        above = granting.nearest(loaded, scope, wanted)
        others = [
            h.grant for h in loaded.facts.held[grant.user.email] if (h.scope, h.grant.profile) == (above, profile)
        ]
        if not any(giving.covers(g.valid_from, g.valid_until, start, valid_until) for g in others):
            raise Conflict(f"what the person holds on the {wanted} does not last as long", code="required_period")
    before = {"from": grant.valid_from, "until": grant.valid_until}
    grant.valid_from, grant.valid_until = start, valid_until
    with managers.kept(loaded, instant):
        giving.save(grant, ["valid_from", "valid_until"])
        below = giving.cut_below(grant, held.profile, loaded.facts.scopes[scope].kind, len(held.path) - 1)
    for row, old in [(grant, before), *below]:
        journal.record(
            acting,
            "grant:set_period",
            subject=held.grant.subject,
            scope=row.scope.key,
            target=f"profile:{profile}",
            facts={"before": old, "after": {"from": row.valid_from, "until": row.valid_until}},
        )


@change("grant:change_profile")
def change_profile(acting: Acting, *, person: str, scope: str, profile: str, version: str = "") -> tuple[str, ...]:
    """
    Give *person* another profile where they hold one; return the keys of the scopes concerned.

    Where a person holds one profile in the whole portal, or organization, all their grants there change together,
    and the actor must hold `adjust` on each.
    """
    return exchange(acting, canonical(person), scope_ref(acting.portal, scope), profile, "adjust", version)


def exchange(  # noqa: C901 - everything is checked before anything is written
    acting: Acting, email: str, ref: Ref, profile: str, action: str, version: str = ""
) -> tuple[str, ...]:
    """Another profile where *email* holds one, for an actor who may do *action* on each scope concerned."""
    from habilis.workflows import departures

    scope = ref.id
    loaded = hold(acting, [acting.person, email], ref)
    access.require(acting, action, ref)
    if email == acting.person:
        raise Refused("nobody changes their own profile", code="self")
    instant = loaded.facts.now
    concerned = _bound_together(loaded, email, scope, instant)
    giving.unchanged(concerned, version)
    if not concerned:
        raise NotFound(f"`{email}` holds nothing on {ref.type} `{scope}`")
    if all(grant.profile.key == profile for grant in concerned):
        raise Conflict("the person holds this profile there already", code="already_attached")
    for grant in concerned:
        giving.require_territory(acting, loaded, grant.scope.kind, grant.profile.key)
        giving.require_territory(acting, loaded, grant.scope.kind, profile)
    found = loaded.facts.model.profiles.get(profile)
    if found is None or found.retired:
        raise Invalid(f"unknown profile `{profile[:60]}`", code="profile")
    places = [Ref(grant.scope.kind, grant.scope.key) for grant in concerned]
    full = access.load(acting.portal, [acting.person, email], [ref, *places])
    kept = [grant for grant in concerned if grant.scope.kind in found.on]
    for grant, place in zip(concerned, places, strict=True):
        if grant not in kept and not any(k.scope.key in full.facts.paths[place.id] for k in kept):
            raise Invalid(f"`{profile[:60]}` cannot be given on {place.type} `{place.id}`", code="profile")
        if not access.check(acting.portal, acting.person, action, place):
            raise Refused("they hold it elsewhere too, where you may not change it", code="elsewhere")
    above = {feature for grant in kept for feature in excess(acting.person, grant.scope.key, profile, full.facts)}
    if above:
        raise Refused("this would give more than you hold there", code="above_own_rights", features=sorted(above))
    with managers.kept(loaded, instant):
        for grant in concerned:
            Grant.objects.filter(pk=grant.pk).update(valid_until=max(instant, grant.valid_from or instant))
        for grant in kept:
            insert(
                full,
                grant.user,
                grant.scope.key,
                profile,
                max(instant, grant.valid_from or instant),
                grant.valid_until,
                {},
            )
    for grant in concerned:
        journal.record(
            acting,
            "grant:change_profile",
            subject=email,
            scope=grant.scope.key,
            target=f"profile:{profile}",
            facts={
                "before": grant.profile.key,
                "after": profile if grant in kept else "",
                "from": max(instant, grant.valid_from or instant),
                "until": grant.valid_until,
            },
        )
    departures.clean(acting, email, ())
    return tuple(grant.scope.key for grant in concerned)


def concerned_scopes(portal: str, person: str, scope: str) -> tuple[str, ...]:
    """The keys of the scopes on which a change of profile on *scope* would change it too, itself included."""
    email = canonical(person)
    loaded = access.load(portal, [email], [scope_ref(portal, scope)])
    return tuple(grant.scope.key for grant in _bound_together(loaded, email, scope, clock.now()))


def _bound_together(loaded: Loaded, email: str, scope: str, instant: datetime) -> list[Grant]:
    rows = Grant.objects.filter(portal_id=loaded.portal_id, user__email=email)
    rows = rows.filter(giving.lasting(instant)).select_related("scope", "profile", "user")
    here = [grant for grant in rows if grant.scope.key == scope]
    anchors = {grant.anchor for grant in here if grant.anchor is not None}
    together = [grant for grant in rows if grant.anchor in anchors] if anchors else []
    return sorted({g.pk: g for g in (*here, *together)}.values(), key=lambda g: (g.scope.key, g.pk))


def grant_of(
    acting: Acting, person: str, scope: str, profile: str, action: str, *, future: bool = False, version: str = ""
) -> tuple[Grant, Loaded, Held]:
    """The grant in force (or, with *future*, to come), for an actor who may do *action* there and is not the person."""
    email = canonical(person)
    ref = scope_ref(acting.portal, scope)
    loaded = hold(acting, [acting.person, email], ref)
    access.require(acting, action, ref)
    if email == acting.person:
        raise Refused("nobody changes their own rights", code="self")
    giving.require_territory(acting, loaded, ref.type, profile)
    instant = loaded.facts.now
    for held in loaded.facts.held.get(email, ()):
        end = held.grant.valid_until
        ended = end is not None and (end <= instant or end == held.grant.valid_from)
        if held.scope == scope and held.profile.key == profile and (held.in_period or (future and not ended)):
            grant = Grant.objects.select_for_update().get(pk=held.grant.id)
            giving.unchanged([grant], version)
            return grant, loaded, held
    giving.unchanged((), version)
    raise NotFound(f"`{email}` does not hold `{profile[:60]}` on {ref.type} `{scope}`")

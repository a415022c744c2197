"""
Positioning oneself on a dossier that one reaches from above, and leaving it: an exception to delegation that the
blueprint names.

Territories too: where a person advises, as a list of scopes chosen by whoever moderates, or none of them any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from habilis.core import Conflict, Fault, Invalid, NotFound, Ref, Refused, Verdict
from habilis.core.names import PORTAL
from habilis.store.facts import Loaded
from habilis.store.models import Grant, User
from habilis.workflows import access, clock, giving, grants, journal, positioned
from habilis.workflows.acting import Acting, change


def offered(portal: str, subject: str, scope: str) -> tuple[str, ...]:
    """
    The profiles that *subject* may take on *scope*: those of positioning, for whoever reads it by a grant held
    above.
    """
    ref = giving.scope_ref(portal, scope)
    decision = access.decide(portal, subject, "read", ref)
    model, facts = decision.facts.model, decision.facts
    from_above = any(
        step.verdict is Verdict.DECISIVE and step.grant is not None and step.grant.scope != scope
        for step in decision.steps
    )
    if not decision.allowed or not from_above or scope in facts.inactive or scope in facts.pending:
        return ()
    if not model.kinds[ref.type].moderated:
        return ()
    return tuple(key for key, profile in model.profiles.items() if profile.positioning and ref.type in profile.on)


@change("grant:position")
def take(acting: Acting, *, scope: str, profile: str) -> None:
    """Position oneself on *scope* as *profile*; another position there is left first."""
    ref = giving.scope_ref(acting.portal, scope)
    loaded = giving.hold(acting, [acting.person], ref)
    access.require(acting, "read", ref)
    if profile not in offered(acting.portal, acting.person, scope):
        raise Refused("one positions oneself on an open dossier that one reaches from above", code="position")
    instant = clock.now()
    for grant in _held(loaded, acting.person, scope):
        if grant.profile.key == profile:
            raise Conflict("you are positioned there already", code="already_attached")
        grant.valid_until = max(instant, grant.valid_from or instant)
        grant.save(update_fields=["valid_until"])
        left = journal.record(
            acting,
            "grant:detach",
            subject=acting.person,
            scope=scope,
            target=f"profile:{grant.profile.key}",
            facts={"from": grant.valid_from, "until": grant.valid_until},
        )
        positioned.left(acting, loaded, left, scope, grant.profile.key)
    user = User.objects.get(email=acting.person)
    fresh = access.load(acting.portal, [acting.person], [ref])
    row = giving.insert(fresh, user, scope, profile, clock.now(), None, {})
    entry = journal.record(
        acting,
        "grant:position",
        subject=acting.person,
        scope=scope,
        target=f"profile:{profile}",
        facts={"from": row.valid_from, "until": None, "adjustments": {}},
    )
    positioned.taken(acting, fresh, entry, scope, profile)


@change("person:set_territories")
def set_territories(acting: Acting, *, person: str, profile: str, territories: Sequence[str]) -> None:
    """
    Make *territories* (keys of scopes; the root, and it alone, is national) exactly those where *person* holds
    *profile*.

    For whoever moderates the portal. An empty list is an error: to take all of them back is `demote`.
    """
    keys = list(dict.fromkeys(territories))
    if not keys:
        raise Invalid(
            Fault("territories", "expected at least one: nothing is inferred from an empty choice"), code="empty"
        )
    if "" in keys and len(keys) > 1:
        raise Invalid(Fault("territories", "expected the whole country or a list, not both"), code="both")
    loaded, email = _moderated(acting, person)
    _positioning(loaded, profile)
    current = {grant.scope.key for grant in _territorial(loaded, email, profile)}
    for key in sorted(current - set(keys)):
        grants.detach(acting, person=email, scope=key)
    for key in keys:
        if key not in current:
            ref = giving.scope_ref(acting.portal, key)
            if ref.type not in loaded.facts.model.kinds or loaded.facts.model.kinds[ref.type].moderated:
                raise Invalid(Fault("territories", f"unknown territory `{key[:60]}`"), code="territories")
            grants.attach(acting, person=email, scope=key, profile=profile)
    facts = {"before": sorted(current), "after": keys}
    journal.record(acting, "person:set_territories", subject=email, target=f"profile:{profile}", facts=facts)


@change("person:demote")
def demote(acting: Acting, *, person: str, profile: str, comment: str = "") -> int:
    """
    Take back every territory where *person* holds *profile*; return how many. Positions on dossiers remain.

    The account stays active: demotion is not deletion.
    """
    loaded, email = _moderated(acting, person)
    _positioning(loaded, profile)
    ended = [grant.scope.key for grant in _territorial(loaded, email, profile)]
    if not ended:
        raise NotFound(f"`{email}` holds `{profile}` on no territory")
    for key in ended:
        grants.detach(acting, person=email, scope=key, comment=comment)
    facts = {"before": sorted(ended), "after": []}
    journal.record(acting, "person:demote", subject=email, target=f"profile:{profile}", comment=comment, facts=facts)
    return len(ended)


def supersede(acting: Acting, email: str, profile: str) -> list[str]:
    """
    End the territories where *email* holds *profile* below the whole portal, on which they hold it from now on; return
    their keys. Called inside the change that gives it.
    """
    loaded = access.load(acting.portal, [email])
    if not giving.on_territory(loaded, PORTAL, profile):
        return []
    instant, ended = clock.now(), []
    for grant in _territorial(loaded, email, profile):
        if not grant.scope.key:
            continue
        grant.valid_until = max(instant, grant.valid_from or instant)
        giving.save(grant, ["valid_until"])
        journal.record(
            acting,
            "grant:detach",
            subject=email,
            scope=grant.scope.key,
            target=f"profile:{profile}",
            facts={"from": grant.valid_from, "until": grant.valid_until},
        )
        ended.append(grant.scope.key)
    return ended


def _moderated(acting: Acting, person: str) -> tuple[Loaded, str]:
    email = giving.canonical(person)
    root = Ref(PORTAL, "")
    loaded = giving.hold(acting, [acting.person, email], root)
    access.require(acting, "moderate", root)
    if email == acting.person:
        raise Refused("nobody changes their own rights", code="self")
    if email not in loaded.user_ids:
        raise NotFound(f"unknown person `{email}`")
    return loaded, email


def _positioning(loaded: Loaded, profile: str) -> None:
    found = loaded.facts.model.profiles.get(profile)
    if found is None or not found.positioning:
        raise Invalid(Fault("profile", f"`{profile[:60]}` is held on no territory"), code="profile")


def _territorial(loaded: Loaded, email: str, profile: str) -> list[Grant]:
    """The lasting grants of *profile* held above dossiers."""
    moderated = [kind.key for kind in loaded.facts.model.kinds.values() if kind.moderated]
    rows = Grant.objects.filter(portal_id=loaded.portal_id, user__email=email, profile__key=profile)
    rows = rows.filter(giving.lasting(loaded.facts.now)).exclude(scope__kind__in=moderated)
    return list(rows.select_related("scope", "profile").order_by("scope__key"))


def _held(loaded: Loaded, email: str, scope: str) -> list[Grant]:
    """The lasting positions of the person on the scope."""
    positions = [key for key, profile in loaded.facts.model.profiles.items() if profile.positioning]
    rows = Grant.objects.select_for_update(of=("self",)).filter(
        portal_id=loaded.portal_id, user__email=email, scope__key=scope, profile__key__in=positions
    )
    return list(rows.filter(giving.lasting(loaded.facts.now)).select_related("profile"))

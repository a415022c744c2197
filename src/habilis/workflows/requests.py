"""
Decide access requests: approve as asked or as modified, reject with a reason, one or several.

Whoever decides holds `decide` on every scope concerned, asks neither for themselves nor for their own, and gives no
more than they hold. What is approved is written by the same code as a direct attachment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from habilis.core import PORTAL, Conflict, Fault, HabilisError, Held, Invalid, NotFound, Ref, Refused, excess
from habilis.core import Grant as CoreGrant
from habilis.store.facts import Loaded
from habilis.store.models import AccessRequest, Grant, Profile, Scope, User
from habilis.store.queries import reading
from habilis.store.queries import requests as queries
from habilis.store.queries.records import ScopeRecord
from habilis.store.queries.requests import PENDING, RequestRecord
from habilis.workflows import (
    access,
    announcing,
    asking,
    clock,
    gaining,
    giving,
    granting,
    grants,
    journal,
    positions,
    standins,
)
from habilis.workflows.acting import Acting, change

DECIDED = ("approved", "rejected")
CLOSED = (*DECIDED, "withdrawn", "expired")


@dataclass(frozen=True)
class Choice:
    """What an approver gives: a profile on scopes, for a period."""

    profile: str
    scopes: Sequence[str]
    valid_from: datetime | None = None
    valid_until: datetime | None = None


def waiting(portal: str, subject: str) -> list[int]:
    """The requests that wait for *subject* to decide, oldest first; none that is theirs, or for them."""
    own = _reached(portal, subject, (PENDING,), exclude_own=True)
    theirs = {id_ for one in standins.absent_for(portal, subject) for id_ in _reached(portal, one, (PENDING,))}
    if not theirs - {*own}:
        return own
    rows = AccessRequest.objects.filter(pk__in={*own, *theirs}).order_by("created", "id")
    rows = rows.exclude(requester__email=subject).exclude(beneficiary__email=subject)
    return list(rows.values_list("id", flat=True))


def decided(portal: str, subject: str) -> list[int]:
    """The requests that *subject* decided, or that were decided on their behalf, newest first."""
    mine = Q(decided_by__email=subject) | Q(decided_for__email=subject)
    rows = AccessRequest.objects.filter(mine, portal__key=portal, state__in=DECIDED)
    return list(rows.order_by("-decided", "-id").values_list("id", flat=True)[:200])


def _reached(portal: str, subject: str, states: Sequence[str], *, exclude_own: bool = True) -> list[int]:
    loaded = access.load(portal)
    branches = [access.branches(portal, subject, "decide", kind) for kind in loaded.facts.model.kinds]
    if all(branch.empty for branch in branches):
        return []
    at = loaded.facts.now if states == (PENDING,) else None
    return queries.reached(branches, loaded.portal_id, states, but=subject if exclude_own else "", at=at)


def records(ids: Sequence[int]) -> list[RequestRecord]:
    """The requests of numbers that this room gave, in their order."""
    found = {record.id: record for record in queries.records(queries.whole().filter(pk__in=ids))}
    return [found[id_] for id_ in ids if id_ in found]


def record(portal: str, subject: str, request: int) -> RequestRecord:
    """One request, for whoever may decide on it; any other is unknown."""
    row = queries.whole().filter(portal__key=portal, pk=request).first()
    found = queries.records([row])[0] if row is not None else None
    if found is None or holder(portal, subject, found) is None:
        raise NotFound(f"unknown request `{request}`")
    return found


def holder(portal: str, subject: str, found: RequestRecord) -> str | None:
    """With whose rights *subject* may decide on a request: their own, or those of somebody absent."""
    refs = [Ref(scope.kind, scope.key) for scope in found.scopes]
    return standins.holder(portal, subject, refs, (found.requester, found.beneficiary))


def mine(portal: str, subject: str) -> list[RequestRecord]:
    """The requests that *subject* made, newest first."""
    rows = queries.whole().filter(portal__key=portal, requester__email=subject).order_by("-created", "-id")
    return queries.records(rows[:200])


def answering(found: RequestRecord) -> tuple[str, ...]:
    """The names of those who are waited for."""
    row = AccessRequest.objects.select_related("portal", "requester", "beneficiary").get(pk=found.id)
    who = announcing.waited_for(row).nearest
    return tuple(User.objects.filter(email__in=who).order_by("name").values_list("name", flat=True))


def before(portal: str, subject: str, found: RequestRecord) -> list[RequestRecord]:
    """What was asked for the same person before, where *subject* may decide on it, newest first."""
    rows = AccessRequest.objects.filter(portal__key=portal, beneficiary__email=found.beneficiary)
    ids = set(rows.exclude(pk=found.id).exclude(state=PENDING).values_list("id", flat=True))
    seen = [
        id_ for id_ in _reached(portal, subject, (*DECIDED, "withdrawn", "expired"), exclude_own=False) if id_ in ids
    ]
    return records(seen[::-1])


def choices(portal: str, subject: str, found: RequestRecord) -> tuple[ScopeRecord, ...]:
    """The open scopes on which *subject* may grant what is asked: those asked for, and those around them."""
    kinds = _kinds(access.load(portal), found.kind, found.profile, [scope.kind for scope in found.scopes])
    tops: set[int] = set()
    for scope in found.scopes:
        above = Scope.objects.filter(pk__in=[*scope.path, scope.id], kind__in=kinds).order_by("depth").first()
        tops.add(above.pk if above and PORTAL not in kinds else scope.id)
    rows = Scope.objects.filter(portal__key=portal, kind__in=kinds, inactive_path=False, pending_path=False)
    if PORTAL not in kinds:
        within = Q()
        for depth, pk in Scope.objects.filter(pk__in=tops).values_list("depth", "id"):
            within |= Q(**{f"a{depth}": pk})
        rows = rows.filter(within)
    records_ = list(reading.scopes(list(rows.values_list("id", flat=True)[: asking.MOST_OFFERED])).values())
    answers = access.check_many(portal, [(subject, "decide", Ref(one.kind, one.key)) for one in records_])
    open_ = [one for one, allowed in zip(records_, answers, strict=True) if allowed]
    return tuple(sorted(open_, key=lambda one: tuple(name.casefold() for name in one.path_names)))


def _kinds(loaded: Loaded, kind: str, profile: str, asked: Sequence[str]) -> set[str]:
    """The kinds of scope that an approver chooses among: those of the form, else those asked for."""
    form = loaded.blueprint.requests.forms.get(kind) or loaded.blueprint.requests.forms.get("join")
    on = set(form.on) if form else set()
    found = loaded.facts.model.profiles.get(profile)
    return (on | set(asked)) & (found.on if found else on | set(asked)) or set(asked)


def profiles(portal: str, subject: str, found: RequestRecord, among: Sequence[ScopeRecord]) -> tuple[str, ...]:
    """The profiles that *subject* may give on what is asked, or on one of the scopes around it."""
    loaded = access.load(portal, [subject], [Ref(one.kind, one.key) for one in (*found.scopes, *among)])
    model, wanted = loaded.facts.model, _askable(loaded, found)
    return tuple(
        key
        for key in model.profiles
        if key in wanted
        and not model.profiles[key].retired
        and any(
            one.kind in model.profiles[key].on and not excess(subject, one.key, key, loaded.facts)
            for one in (*found.scopes, *among)
        )
    )


@change("request:modify")
def modify(acting: Acting, *, request: int, version: int, choice: Choice) -> None:
    """Change what is asked for before deciding: another profile, other scopes. What was asked is in the journal."""
    acting, row, loaded = _held(acting, request, version)
    found = queries.records([row])[0]
    places = _chosen(acting, found, choice)
    _insist_profile(loaded, found, choice.profile, places)
    was = {"profile": found.profile, "scopes": [scope.key for scope in found.scopes]}
    row.profile = Profile.objects.get(portal_id=loaded.portal_id, key=choice.profile)
    row.version += 1
    row.save(update_fields=["profile", "version"])
    asking.write_scopes(row, places)
    journal.record(
        acting,
        "request:modify",
        subject=row.beneficiary.email,
        scope=places[0].key,
        target=f"request:{row.pk}",
        facts={"before": was, "after": {"profile": choice.profile, "scopes": [place.key for place in places]}},
    )


@change("request:approve")
def approve(acting: Acting, *, request: int, version: int, choice: Choice | None = None) -> None:
    """Give what was asked for, or what the approver chose instead; it holds at once, and the person is told."""
    acting, row, loaded = _held(acting, request, version)
    found = queries.records([row])[0]
    if choice is None:
        choice = Choice(found.profile, [scope.key for scope in found.scopes])
        places = list(found.scopes)
    else:
        places = _chosen(acting, found, choice)
    _insist_profile(loaded, found, choice.profile, places)
    if not row.beneficiary.is_active:
        raise Conflict("this account was closed", code="closed_account")
    if asking.suspended(acting.portal, row.beneficiary.email):
        raise Conflict("this person is suspended in the portal", code="person_suspended")
    given = [scope for place in places for scope in _grant(acting, row, place, choice)]
    superseded = positions.supersede(acting, row.beneficiary.email, choice.profile) if _for_good(choice) else []
    row.granted = {
        "profile": choice.profile,
        "scopes": [place.key for place in places],
        "from": choice.valid_from.isoformat() if choice.valid_from else "",
        "until": choice.valid_until.isoformat() if choice.valid_until else "",
    }
    _close(row, acting, "approved")
    entry = journal.record(
        acting,
        "request:approve",
        subject=row.beneficiary.email,
        scope=places[0].key,
        target=f"request:{row.pk}",
        facts={
            "asked": {"profile": found.profile, "scopes": [scope.key for scope in found.scopes]},
            "granted": row.granted,
            "changed": given,
            "ended": superseded,
        },
    )
    announcing.approved(entry, row, row.granted["scopes"])


@change("request:reject")
def reject(acting: Acting, *, request: int, version: int, reason: str, note: str = "") -> None:
    """Turn a request down. The *reason* is read by whoever asked, the *note* by those who decide."""
    acting, row, loaded = _held(acting, request, version)
    row.reason = asking.commented(reason, required=loaded.blueprint.requests.reason_required, where="reason")
    row.note = asking.commented(note, where="note")
    _close(row, acting, "rejected")
    entry = journal.record(
        acting,
        "request:reject",
        subject=row.beneficiary.email,
        scope=next(iter(asking.keys_of(row)), ""),
        target=f"request:{row.pk}",
        comment=row.reason,
    )
    announcing.rejected(entry, row)


def several(
    numbers: Sequence[tuple[int, int]], decide: Callable[[int, int], None]
) -> list[tuple[int, HabilisError | None]]:
    """*decide* each request (number, version) by itself, and say of each whether it was, or what refused it."""
    done: list[tuple[int, HabilisError | None]] = []
    for number, version in numbers:
        try:
            decide(number, version)
        except HabilisError as error:
            done.append((number, error))
        else:
            done.append((number, None))
    return done


def _held(acting: Acting, request: int, version: int) -> tuple[Acting, AccessRequest, Loaded]:
    """
    A request that waits, as it was read, for an actor who decides on all it is about, and is no part of it.

    They act by rights of their own, or on behalf of somebody absent.
    """
    root = Ref(PORTAL, "")
    loaded = giving.hold(acting, [acting.person], root)
    rows = AccessRequest.objects.select_for_update(of=("self",))
    rows = rows.select_related("portal", "requester", "beneficiary", "profile", "decided_by", "decided_for")
    row = rows.filter(portal_id=loaded.portal_id, pk=request).first()
    if row is None:
        raise NotFound(f"unknown request `{request}`")
    refs = [Ref(kind, key) for kind, key in row.targets.order_by("id").values_list("scope__kind", "scope__key")]
    if acting.person in (row.requester.email, row.beneficiary.email):
        raise Refused("nobody decides their own request", code="own_request")
    whose = standins.holder(acting.portal, acting.person, refs, (row.requester.email, row.beneficiary.email))
    if whose is None:
        raise NotFound(f"unknown request `{request}`")
    asking.insist_pending(row, version)
    if whose != acting.person:
        acting = replace(acting, person=whose, by=acting.person)
    return acting, row, access.load(acting.portal, [acting.person, row.beneficiary.email], refs)


def _chosen(acting: Acting, found: RequestRecord, choice: Choice) -> list[ScopeRecord]:
    keys = list(dict.fromkeys(choice.scopes))
    among = choices(acting.portal, acting.person, found)
    form = access.blueprint_of(acting.portal).requests.forms.get(found.kind)
    if form is not None and form.lowest:
        keys = gaining.lowest(keys, among)
    if not keys:
        raise Invalid(Fault("scopes", "expected at least one: nothing is inferred from an empty choice"), code="empty")
    if "" in keys and len(keys) > 1:
        raise Invalid(Fault("scopes", "expected the whole country or a list, not both"), code="both")
    known = {one.key: one for one in among}
    if unknown := [key for key in keys if key not in known]:
        raise Invalid(Fault("scopes", f"`{unknown[0][:60]}` cannot be given here"), code="not_offered")
    return sorted((known[key] for key in keys), key=lambda one: (one.depth, one.key))


def _askable(loaded: Loaded, found: RequestRecord) -> frozenset[str]:
    """What an approver chooses among: what the blueprint lets people ask for in that way, and what was asked for."""
    form = loaded.blueprint.requests.forms.get(found.kind)
    if form is not None:
        return frozenset({*asking.profiles(loaded, form), found.profile} - {""})
    clients = {key for key, one in loaded.facts.model.profiles.items() if one.client}
    return frozenset({found.profile} if found.profile else clients)


def _insist_profile(loaded: Loaded, found: RequestRecord, profile: str, places: Sequence[ScopeRecord]) -> None:
    known = loaded.facts.model.profiles.get(profile)
    fits = known is not None and not known.retired and all(place.kind in known.on for place in places)
    if not fits or profile not in _askable(loaded, found):
        raise Invalid(Fault("profile", f"`{profile[:60]}` cannot be given there"), code="profile")


def _grant(acting: Acting, row: AccessRequest, place: ScopeRecord, choice: Choice) -> list[str]:
    """Give the profile on one scope: a new grant, another profile, or the profile whole again; what is held stays."""
    email, ref = row.beneficiary.email, Ref(place.kind, place.key)
    there = access.load(acting.portal, [acting.person, email], [ref])
    access.require(acting, "decide", ref)
    for held in there.facts.held.get(email, ()):
        if held.in_period and held.scope == ref.id and held.grant.profile == choice.profile:
            return _whole_again(acting, there, held)
    if row.kind == "change" and giving.bound_profile(there, email, ref, choice.profile):
        return list(_exchanged(acting, row, place, choice))
    start, end = choice.valid_from, choice.valid_until
    wish = granting.Wish(email, ref, choice.profile, start, end, {}, told=False, action="decide")
    granting.give(acting, there, row.beneficiary, wish)
    return [place.key]


def _for_good(choice: Choice) -> bool:
    """Whether the whole portal is given from now on, without an end: what was held below it is no longer needed."""
    return "" in choice.scopes and choice.valid_from is None and choice.valid_until is None


def _exchanged(acting: Acting, row: AccessRequest, place: ScopeRecord, choice: Choice) -> tuple[str, ...]:
    """Another profile where one is held; the period of what is held stays."""
    if choice.valid_from or choice.valid_until:
        raise Invalid(Fault("until", "a profile that changes keeps its period"), code="keeps_period")
    ref = Ref(place.kind, place.key)
    return grants.exchange(acting, row.beneficiary.email, ref, choice.profile, "decide")


def _whole_again(acting: Acting, there: Loaded, held: Held) -> list[str]:
    """The profile without the adjustments that narrowed it; nobody gives back more than they hold."""
    if not held.grant.adjustments:
        return []
    scope, profile = held.scope, held.grant.profile
    after = Held(CoreGrant(held.grant.subject, scope, profile), there.facts)
    grown = {feature for feature in held.grant.adjustments if not after.wanted(feature) <= held.wanted(feature)}
    above = excess(acting.person, scope, profile, there.facts) & grown
    if above:
        raise Refused("this would give more than you hold there", code="above_own_rights", features=sorted(above))
    Grant.objects.filter(pk=held.grant.id).update(adjustments={})
    before = {feature: level.key for feature, level in held.grant.adjustments.items()}
    journal.record(
        acting,
        "grant:adjust",
        subject=held.grant.subject,
        scope=scope,
        target=f"profile:{profile}",
        facts={"from": held.grant.valid_from, "before": before, "after": {}},
    )
    return [scope]


def _close(row: AccessRequest, acting: Acting, state: str) -> None:
    row.state, row.decided, row.version = state, clock.now(), row.version + 1
    row.decided_by = User.objects.get(email=acting.doer)
    row.decided_for = User.objects.get(email=acting.person) if acting.by else None
    row.save(update_fields=["state", "decided", "decided_by", "decided_for", "version", "reason", "note", "granted"])

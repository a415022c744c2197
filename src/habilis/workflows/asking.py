"""
Ask for access: for oneself, for somebody new, for other rights than one has. A request gives no right.

The blueprint says what can be asked for; whoever asks must find it: by an identifier, among all that are open, or among
what they read already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from habilis.blueprints.identifiers import compact
from habilis.blueprints.schema import Blueprint, RequestForm
from habilis.core import PORTAL, Conflict, Fault, Invalid, NotFound, Ref, Refused
from habilis.store.facts import Loaded, storable
from habilis.store.models import AccessRequest, AccessRequestScope, Member, Profile, Scope, User
from habilis.store.queries import reading
from habilis.store.queries.records import ScopeRecord
from habilis.workflows import access, accounts, announcing, approvers, clock, doors, gaining, giving, journal
from habilis.workflows.acting import Acting, change
from habilis.workflows.holding import complete_in, stored_in
from habilis.workflows.scopes import named

LONGEST = 2000
MOST_PENDING = 20  # of one person in one portal
MOST_OFFERED = 500


@dataclass(frozen=True)
class Found:
    """How what is asked for was found: an identifier's scheme and number, where the blueprint asks for one."""

    scheme: str = ""
    number: str = ""


NOTHING_FOUND = Found()


@dataclass(frozen=True)
class Wish:
    """What somebody asks for."""

    scopes: Sequence[str]
    profile: str
    comment: str = ""
    fields: Mapping[str, Any] | None = None
    found: Found = NOTHING_FOUND


def forms(portal: str, person: str) -> tuple[RequestForm, ...]:
    """
    What *person* may ask for in *portal*, and has not already: nothing for somebody suspended there, nor where its door
    is closed.
    """
    loaded = access.load(portal, [person])
    if person not in loaded.facts.active and shut_out(portal, person):
        return ()
    found = loaded.blueprint.requests.forms.values()
    return tuple(form for form in found if _leaves_something(loaded, portal, person, form))


def _leaves_something(loaded: Loaded, portal: str, person: str, form: RequestForm) -> bool:
    """Whether *form* can still give *person* something; a number may always name another organization."""
    asked = profiles(loaded, form)
    alone = asked[0] if form.key != "newcomer" and len(asked) == 1 else ""
    if gaining.everywhere(loaded, person, form, asked):
        return False
    if alone and gaining.covers(loaded, person, alone, whole=form.found != "held"):
        return False
    if form.found != "held":
        return True
    if not any(access.branches(portal, person, "read", kind).openings for kind in form.on):
        return False
    return not alone or bool(gaining.useful(portal, person, form, asked, offered(portal, person, form)))


def shut_out(portal: str, person: str) -> bool:
    """Whether *person* asks for nothing in *portal*: suspended there, or unknown there and its door closed."""
    return suspended(portal, person) or (not doors.known(portal, person) and doors.at(portal) is None)


def suspended(portal: str, person: str) -> bool:
    """Whether the portal knows *person*, and lets them in no more."""
    return Member.objects.filter(portal__key=portal, user__email=person, active=False).exists()


def profiles(loaded: Loaded, form: RequestForm) -> tuple[str, ...]:
    """The profiles that can be asked for: those that the form names, else every one meant for clients."""
    model = loaded.facts.model
    found = form.profiles or tuple(key for key, one in model.profiles.items() if one.client and not one.retired)
    return tuple(key for key in found if model.profiles[key].on & set(form.on))


def asked_profiles(portal: str, form: RequestForm) -> tuple[str, ...]:
    """The same, for the page that asks."""
    return profiles(access.load(portal), form)


def worth_asking(portal: str, person: str, form: RequestForm, scopes: Sequence[ScopeRecord]) -> tuple[ScopeRecord, ...]:
    """Those of *scopes* that would give *person* something."""
    return gaining.useful(portal, person, form, asked_profiles(portal, form), scopes)


def nothing_left(portal: str, person: str, form: RequestForm) -> bool:
    """Whether *person* holds everywhere all that *form* asks for."""
    loaded = access.load(portal, [person])
    return gaining.everywhere(loaded, person, form, profiles(loaded, form))


def offered(
    portal: str, person: str, form: RequestForm, found: Found = NOTHING_FOUND, *, limit: int = MOST_OFFERED
) -> tuple[ScopeRecord, ...]:
    """The open scopes that *person* may ask for, in the order of the tree."""
    rows = Scope.objects.filter(portal__key=portal, kind__in=form.on, inactive_path=False, pending_path=False)
    if form.found == "identifier":
        top = find(portal, form, found)
        ids = _with_below(rows, [top], form) if top else []
    elif form.found == "held":
        keys = [key for kind in form.on for key in access.keys(portal, person, "read", kind)]
        ids = _with_below(rows, list(rows.filter(key__in=keys)[:limit]), form)
    else:
        ids = list(rows.order_by("depth", "key").values_list("id", flat=True)[:limit])
    records = reading.scopes(ids[:limit]).values()
    return tuple(sorted(records, key=lambda one: tuple(name.casefold() for name in one.path_names)))


def offered_again(portal: str, person: str, form: RequestForm, asked: Sequence[ScopeRecord]) -> tuple[ScopeRecord, ...]:
    """The same for a request that exists: what it is about already, found once and for all, and what is around it."""
    if form.found != "identifier":
        found = offered(portal, person, form)
    else:
        rows = Scope.objects.filter(portal__key=portal, kind__in=form.on, inactive_path=False, pending_path=False)
        above = {id_ for scope in asked for id_ in (*scope.path, scope.id)}
        tops = [top for top in rows.filter(pk__in=above).order_by("depth") if top.identifiers]
        found = tuple(reading.scopes(_with_below(rows, tops, form)).values())
    known = {scope.key: scope for scope in (*asked, *found)}
    return tuple(sorted(known.values(), key=lambda one: tuple(name.casefold() for name in one.path_names)))


def find(portal: str, form: RequestForm, found: Found) -> Scope | None:
    """The open scope that an identifier names exactly, or none. Raises `Invalid` for a number that cannot be one."""
    scheme = access.blueprint_of(portal).identifiers.get(found.scheme)
    if scheme is None or not storable(found.number):
        return None
    try:
        number = compact(scheme, found.number)
    except ValueError as error:
        raise Invalid(Fault("number", str(error)), code="identifier") from None
    rows = Scope.objects.filter(portal__key=portal, kind__in=form.on, inactive_path=False, pending_path=False)
    return rows.filter(identifiers__contains={found.scheme: number}).first()


def _with_below(rows: Any, tops: Sequence[Scope], form: RequestForm) -> list[int]:
    ids = [top.pk for top in tops]
    if form.below:
        for top in tops:
            ids += rows.filter(**{f"a{top.depth}": top.pk}).values_list("id", flat=True)[:MOST_OFFERED]
    return list(dict.fromkeys(ids))


def expected(portal: str, person: str, scopes: Sequence[str]) -> approvers.Approvers:
    """Who would decide if *person* asked for *scopes*."""
    refs = [giving.scope_ref(portal, key) for key in scopes]
    return approvers.of(portal, refs, [person]) if refs else approvers.Approvers()


@change("request:ask")
def ask(acting: Acting, *, kind: str, wish: Wish, person: str = "", name: str = "", language: str = "fr") -> int:
    """
    Ask; return the request's number. *person* and *name* are those of somebody new, for a request of that kind.

    Those who decide are told, and whoever asks gets a receipt.
    """
    loaded = giving.hold(acting, [acting.person], Ref(PORTAL, ""))
    form = _form(loaded, acting, kind)
    requester = User.objects.get(email=acting.person)
    places = _wished(loaded, form, wish, offered(acting.portal, acting.person, form, wish.found))
    beneficiary = _newcomer(acting, person, name, language) if kind == "newcomer" else requester
    if suspended(acting.portal, beneficiary.email):
        raise Conflict("this person is suspended in the portal", code="person_suspended")
    _not_twice(loaded, requester, beneficiary, [place.key for place in places], wish.profile)
    if kind != "newcomer" and not worth_asking(acting.portal, acting.person, form, places):
        raise Conflict("nothing of this is lacking", code="held_already")
    instant = clock.now()
    row = AccessRequest.objects.create(
        portal_id=loaded.portal_id,
        kind=kind,
        requester=requester,
        beneficiary=beneficiary,
        profile=Profile.objects.get(portal_id=loaded.portal_id, key=wish.profile),
        comment=commented(wish.comment, required=form.comment_required),
        fields=_fields(form, wish.fields or {}),
        created=instant,
        expires=instant + timedelta(days=settings.HABILIS_REQUEST_DAYS),
        remind=instant + timedelta(days=settings.HABILIS_REQUEST_REMINDER_DAYS),
    )
    write_scopes(row, places)
    entry = journal.record(
        acting,
        "request:ask",
        subject=beneficiary.email,
        scope=places[0].key,
        target=f"request:{row.pk}",
        comment=row.comment,
        facts={"kind": kind, "profile": wish.profile, "scopes": [place.key for place in places]},
    )
    announcing.received(entry, row)
    return row.pk


@change("request:amend")
def amend(acting: Acting, *, request: int, version: int, wish: Wish) -> None:
    """Change one's own request while it waits: those who decide see the new version, and may decide no older one."""
    loaded = giving.hold(acting, [acting.person], Ref(PORTAL, ""))
    row = own(loaded, acting, request, version)
    form = _form(loaded, acting, row.kind)
    asked = list(reading.scopes(row.targets.values_list("scope_id", flat=True)).values())
    places = _wished(loaded, form, wish, offered_again(acting.portal, acting.person, form, asked))
    before = {"profile": row.profile.key if row.profile else "", "scopes": keys_of(row)}
    row.profile = Profile.objects.get(portal_id=loaded.portal_id, key=wish.profile)
    row.comment = commented(wish.comment, required=form.comment_required)
    row.fields = _fields(form, wish.fields or {})
    row.version += 1
    row.save(update_fields=["profile", "comment", "fields", "version"])
    write_scopes(row, places)
    after = {"profile": wish.profile, "scopes": keys_of(row)}
    journal.record(
        acting,
        "request:amend",
        subject=row.beneficiary.email,
        scope=places[0].key,
        target=f"request:{row.pk}",
        comment=row.comment,
        facts={"before": before, "after": after},
    )


@change("request:withdraw")
def withdraw(acting: Acting, *, request: int, version: int) -> None:
    """Take one's own request back while it waits; those who decide see it no more."""
    loaded = giving.hold(acting, [acting.person], Ref(PORTAL, ""))
    row = own(loaded, acting, request, version)
    row.state, row.decided, row.version = "withdrawn", clock.now(), row.version + 1
    row.save(update_fields=["state", "decided", "version"])
    scope = next(iter(keys_of(row)), "")
    journal.record(acting, "request:withdraw", subject=row.beneficiary.email, scope=scope, target=f"request:{row.pk}")


def own(loaded: Loaded, acting: Acting, request: int, version: int) -> AccessRequest:
    """The actor's own request, as they read it, while it waits."""
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("beneficiary", "profile")
    row = rows.filter(portal_id=loaded.portal_id, pk=request, requester__email=acting.person).first()
    if row is None:
        raise NotFound(f"unknown request `{request}`")
    insist_pending(row, version)
    return row


def insist_pending(row: AccessRequest, version: int) -> None:
    """Refuse what no longer waits, telling who decided, and what has changed since it was read."""
    if row.state != "pending":
        by = accounts.name_of(row.decided_by.email) if row.decided_by else ""
        raise Conflict(f"request `{row.pk}` was handled already: it is {row.state}", code="already_handled", by=by)
    if row.expires is not None and row.expires <= clock.now():
        raise Conflict(f"request `{row.pk}` has expired", code="request_expired")
    if row.version != version:
        raise Conflict(f"request `{row.pk}` has changed since it was read", code="stale")


def keys_of(row: AccessRequest) -> list[str]:
    """The keys of the scopes that a request is about."""
    return list(row.targets.order_by("scope__depth", "scope__key").values_list("scope__key", flat=True))


def commented(text: str, *, required: bool = False, where: str = "comment") -> str:
    """A comment of at most 2000 characters."""
    text = text.strip()
    if len(text) > LONGEST or not storable(text) or (required and not text):
        raise Invalid(Fault(where, f"expected {1 if required else 0} to {LONGEST} characters"), code=where)
    return text


def _form(loaded: Loaded, acting: Acting, kind: str) -> RequestForm:
    blueprint: Blueprint = loaded.blueprint
    form = blueprint.requests.forms.get(kind)
    if form is None or shut_out(acting.portal, acting.person):
        raise NotFound(f"nothing is asked for as `{kind[:60]}` here")
    return form


def _wished(loaded: Loaded, form: RequestForm, wish: Wish, among: Sequence[ScopeRecord]) -> list[ScopeRecord]:
    """The scopes of *wish*, each of them *among* those offered, and meant for its profile."""
    keys = gaining.lowest(wish.scopes, among) if form.lowest else list(dict.fromkeys(wish.scopes))
    if not keys:
        raise Invalid(Fault("scopes", "expected at least one: nothing is inferred from an empty choice"), code="empty")
    if "" in keys and len(keys) > 1:
        raise Invalid(Fault("scopes", "expected the whole country or a list, not both"), code="both")
    known = {one.key: one for one in among}
    if unknown := [key for key in keys if key not in known]:
        raise Invalid(Fault("scopes", f"`{unknown[0][:60]}` cannot be asked for"), code="not_offered")
    places = [known[key] for key in keys]
    if wish.profile not in profiles(loaded, form) or any(
        place.kind not in loaded.facts.model.profiles[wish.profile].on for place in places
    ):
        raise Invalid(Fault("profile", f"`{wish.profile[:60]}` cannot be asked for there"), code="profile")
    return places


def _newcomer(acting: Acting, person: str, name: str, language: str) -> User:
    email = giving.canonical(person)
    if email == acting.person:
        raise Refused("somebody new is not oneself", code="newcomer_self")
    language = language if language in accounts.LANGUAGES else "fr"
    facts = {"name": named(name), "language": language, "password": make_password(None)}
    return User.objects.get_or_create(email=email, defaults=facts)[0]


def _not_twice(loaded: Loaded, requester: User, beneficiary: User, scopes: Sequence[str], profile: str) -> None:
    waiting = AccessRequest.objects.filter(portal_id=loaded.portal_id, state="pending", requester=requester)
    if waiting.filter(beneficiary=beneficiary, targets__scope__key__in=scopes).exists():
        raise Conflict("this was asked for already, and waits", code="already_asked")
    if waiting.count() >= MOST_PENDING:
        raise Conflict(f"{MOST_PENDING} requests wait already: expected fewer", code="too_many")
    if beneficiary != requester:
        return
    held = loaded.facts.held.get(requester.email, ())
    there = {h.scope for h in held if h.in_force and h.profile.key == profile and not h.grant.adjustments}
    if there.issuperset(scopes) or "" in there:
        raise Conflict("this is held already", code="held_already")


def _fields(form: RequestForm, values: Mapping[str, Any]) -> dict[str, Any]:
    stored = stored_in(form.fields, values)
    complete_in(form.fields, stored)
    return stored


def write_scopes(row: AccessRequest, places: Sequence[ScopeRecord]) -> None:
    """Make *places* exactly what the request is about."""
    wanted = {place.id for place in places}
    row.targets.exclude(scope_id__in=wanted).delete()
    present = set(row.targets.values_list("scope_id", flat=True))
    AccessRequestScope.objects.bulk_create(
        AccessRequestScope(portal_id=row.portal_id, request=row, scope_id=id_) for id_ in sorted(wanted - present)
    )

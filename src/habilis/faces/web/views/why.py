"""Why, and who: the account of any decision, and everyone for whom it is the same."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, localtime, make_aware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from habilis.core import HabilisError, NotFound, Ref
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import accounts, words
from habilis.faces.web.shell import ROOT, Here, page
from habilis.workflows import access, browse, clock, discretion, roster
from habilis.workflows import accounts as people

AT_MOST = 500  # people shown on one page


def asked(request: HttpRequest, here: Here) -> tuple[str, Ref]:
    """The action and the thing that the address names."""
    type_, key = request.GET.get("type", ""), request.GET.get("key", "")
    if not type_:
        scope = browse.scope(here.portal, here.me, key)
        type_ = scope.kind
    return request.GET.get("action", "read"), Ref(type_, key)


def instant_asked(request: HttpRequest) -> tuple[datetime | None, str]:
    """The past instant that the address names, none for now; and what is wrong with it, if anything."""
    text = request.GET.get("at", "").strip()
    if not text:
        return None, ""
    try:
        instant = parse_datetime(text)
        instant = make_aware(instant) if instant and is_naive(instant) else instant
        if instant and instant <= clock.now():
            return instant, ""
    except (ValueError, OverflowError):
        instant = None
    said = {"day": localtime(instant).strftime("%d/%m/%Y %H:%M")} if instant else None
    return None, _("%(day)s has not come yet: choose a past instant.") % said if said else _(
        "This is not a day and time, such as 2026-06-01T09:00."
    )


def then(instant: datetime | None) -> contextlib.AbstractContextManager[object]:
    """Questions inside are about *instant*, or about now."""
    return clock.as_of(instant) if instant else contextlib.nullcontext()


@require_safe
@gate("list", "what is asked about")
def why(request: HttpRequest, here: Here) -> HttpResponse:
    """Why I may or may not; why another person, for whoever may see the people there."""
    action, ref = asked(request, here)
    person = request.GET.get("person", "").strip().lower() or here.me
    if ref.type in here.blueprint.types and not ref.id:
        return about_a_list(request, here, action, ref.type)
    if ref != ROOT and not access.may_know(here.portal, here.me, ref):
        raise NotFound("nothing of that name")
    if person != here.me:
        scope = scope_of(here, ref)
        access.require(here.acting, "export", Ref(scope.kind, scope.key))
    instant, fault = instant_asked(request)
    with then(instant):
        account = access.explain(here.portal, person, action, ref)
    if person != here.me:
        account = discretion.account_within_sight(here.portal, here.me, account)
    context = {
        "told": accounts.told(here, account, action, ref),
        "action": words.action_name(here.blueprint, action, ref.type),
        "thing": name_of(here, ref),
        "ref": ref,
        "asked_action": action,
        "person": person,
        "myself": person == here.me,
        "at": instant,
        "fault": fault,
    }
    return page(request, "why.html", context, status=400 if fault else 200)


def about_a_list(request: HttpRequest, here: Here, action: str, type_: str) -> HttpResponse:
    """Why a list holds what it holds: the grants that open it."""
    opens = bool(access.reachable(here.portal, here.me, [(action, type_)]))
    context = {
        "opens": opens,
        "type": here.blueprint.types[type_],
        "grants": [grant for grant in here.grants if grant.status == "in_force"],
    }
    return page(request, "why_list.html", context)


@require_safe
@gate("export", "the scope of what is asked about")
def who(request: HttpRequest, here: Here) -> HttpResponse:
    """Everyone who may, for whoever may see the people there."""
    action, ref = asked(request, here)
    if not access.may_know(here.portal, here.me, ref):
        raise NotFound("nothing of that name")
    scope = scope_of(here, ref)
    access.require(here.acting, "export", Ref(scope.kind, scope.key))
    instant, fault = instant_asked(request)
    with then(instant):
        found = [] if fault else access.subjects(here.portal, action, ref)
    names = people.names_of(found)
    text = request.GET.get("q", "").strip().lower()
    shown = [address for address in found if text in f"{names.get(address, '')} {address}".lower()]
    opens = roster.known_people(here.portal, here.me, shown[:AT_MOST])
    actions = [key for key in here.blueprint.model.rules[ref.type] if not key.startswith("create_")]
    context = {
        "people": [(address, names.get(address, address), address in opens) for address in shown[:AT_MOST]],
        "more": max(0, len(shown) - AT_MOST),
        "total": len(found),
        "q": request.GET.get("q", ""),
        "action": words.action_name(here.blueprint, action, ref.type),
        "asked_action": action,
        "actions": [(key, words.action_name(here.blueprint, key, ref.type)) for key in actions],
        "thing": name_of(here, ref),
        "ref": ref,
        "at": instant,
        "asked_at": request.GET.get("at", ""),
        "latest": localtime(clock.now()).strftime("%Y-%m-%dT%H:%M"),
        "fault": fault,
    }
    return page(request, "who.html", context, status=400 if fault else 200)


def scope_of(here: Here, ref: Ref) -> Any:
    """The scope on which a thing stands, itself for a scope."""
    if ref.type in here.blueprint.types:
        return browse.resource(here.portal, here.me, ref.type, ref.id).scope
    return browse.scope(here.portal, here.me, ref.id)


def name_of(here: Here, ref: Ref) -> str:
    """The name of a thing that the person may know of."""
    if ref.type in here.blueprint.types:
        try:
            record = browse.resource(here.portal, here.me, ref.type, ref.id)
        except HabilisError:
            return words.ref_name(here, ref)
        return record.title or ref.id
    try:
        return words.scope_name(browse.scope(here.portal, here.me, ref.id))
    except HabilisError:
        return words.ref_name(here, ref)

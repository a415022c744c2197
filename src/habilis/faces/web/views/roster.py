"""One screen for a managed scope: its people, the profile and the places of each, and the scopes below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from habilis.core import Conflict, Invalid, NotFound, Ref
from habilis.faces.web.forms.roster import PlacesForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import asked, domains, words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.workflows import access, accounts, browse, requests, rosters

FORM_METHODS = ["GET", "HEAD", "POST"]
PER_PAGE = 50
SEPARATOR = "\n"
REQUESTS = "requests"  # the tab


@require_safe
@gate("export", "the scopes of the managed kind")
def index(request: HttpRequest, here: Here) -> HttpResponse:
    """The scopes that the person manages or looks at, and what they lack; straight to the only one."""
    kind = rosters.kind_of(here.portal)
    if not kind:
        raise NotFound("no roster")
    text = request.GET.get("q", "").strip()
    cursor = request.GET.get("cursor") or None
    found = browse.scopes(here.portal, here.me, action="export", kind=kind, text=text, cursor=cursor, limit=PER_PAGE)
    if not found.total and not text:
        refuse(here, "export", "manages_nothing")
    if found.total == 1 and not text:
        return redirect(address(here, "roster", key=found.items[0].key))
    asked = [(scope.kind, scope.key) for scope in found.items]
    counts = rosters.headcounts(here.portal, here.me, asked)
    without = rosters.unmanaged(here.portal, here.me, asked)
    may = access.actions(here.portal, here.me, [Ref(*one) for one in asked])
    carries = here.blueprint.model.kinds[kind]
    rows = [
        {
            **row,
            "count": counts.get(scope.key, 0),
            "unmanaged": scope.key in without,
            "configures": "configure" in may[Ref(scope.kind, scope.key)],
        }
        for row, scope in zip(carried(here, found.items), found.items, strict=True)
    ]
    context = {
        "title": title(here),
        "trail": trail(here),
        "info": here.blueprint.kinds[kind],
        "found": found,
        "rows": rows,
        "q": text,
        "configurable": carries.configurable or bool(carries.options),
        "profiles": managing(here),
        "menu_page": "roster",
        "why": {"action": "export", "type": kind, "key": found.items[0].key} if found.items else None,
    }
    return page(request, "roster/index.html", context)


@require_safe
@gate("configure", "some scope, from above")
def configurations(request: HttpRequest, here: Here) -> HttpResponse:
    """The scopes that the person configures, what each imposes and who is responsible; straight to the only one."""
    kinds = [key for key, kind in here.blueprint.model.kinds.items() if kind.configurable or kind.options]
    if not kinds:
        raise NotFound("nothing is configured")
    asked = request.GET
    kind = asked["kind"] if asked.get("kind") in kinds else kinds[0]
    text, cursor = asked.get("q", "").strip(), asked.get("cursor") or None
    found = browse.scopes(here.portal, here.me, action="configure", kind=kind, text=text, cursor=cursor, limit=PER_PAGE)
    if not found.total and not text:
        refuse(here, "configure", "configures_nothing")
    if found.total == 1 and not text and len(kinds) == 1:
        return redirect(address(here, "configure", key=found.items[0].key))
    entry = here.line("configuration")
    context = {
        "title": words.said(entry.label) if entry else _("Configuration"),
        "info": here.blueprint.kinds[kind],
        "kinds": [here.blueprint.kinds[key] for key in kinds],
        "found": found,
        "rows": carried(here, found.items),
        "q": text,
        "menu_page": "configuration",
        "why": {"action": "configure", "type": kind, "key": found.items[0].key} if found.items else None,
    }
    return page(request, "manage/configurations.html", context)


def carried(here: Here, scopes: Sequence[Any]) -> list[dict[str, Any]]:
    """Each of *scopes* with what it imposes and who is responsible for it, by their names."""
    people = accounts.names_of(scope.responsible for scope in scopes if "@" in scope.responsible)
    known = {one.key: one.name for one in browse.choices(here.portal, here.me, "list")}
    options = here.blueprint.options
    return [
        {
            "scope": scope,
            "configuration": bounded(here, scope),
            "responsible": people.get(scope.responsible) or known.get(scope.responsible, scope.responsible),
            "options": [options[key].label for key in scope.options if key in options],
        }
        for scope in scopes
    ]


def bounded(here: Here, scope: Any) -> Any:
    """What a scope's configuration is called."""
    preset = here.blueprint.configurations.get(scope.configuration) if isinstance(scope.configuration, str) else None
    return preset.label if preset else None


def managing(here: Here) -> str:
    """The names of the profiles that manage, as a sentence says them."""
    profiles = here.blueprint.model.profiles
    kind = rosters.kind_of(here.portal)
    names = [words.profile_name(here, key) for key, one in profiles.items() if one.managing and kind in one.on]
    return _(" or ").join(names)


def title(here: Here) -> str:
    """What the portal calls this page."""
    entry = next((line for line in here.blueprint.menu if line.page == "roster"), None)
    return words.said(entry.label) if entry else _("People and scopes")


def trail(here: Here) -> list[domains.Domain]:
    """The headings above this page in the menu."""
    entry = next((line for line in here.menu if line.page == "roster"), None)
    return domains.of(entry.under) if entry else []


@require_safe
@gate("export", "the scope")
def show(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """The people of a scope with their profile and places, and the scopes below, on one screen."""
    scope = browse.scope(here.portal, here.me, key)
    ref = Ref(scope.kind, key)
    access.require(here.acting, "export", ref)
    may = access.actions(here.portal, here.me, [ref])[ref]
    if request.GET.get("tab") == REQUESTS:
        return requests_tab(request, here, scope, may)
    text, profile = request.GET.get("q", "").strip(), request.GET.get("profile", "")
    cursor = request.GET.get("cursor") or None
    found = browse.people(here.portal, here.me, key, text=text, profile=profile, cursor=cursor, limit=PER_PAGE)
    kinds = kinds_below(here, scope)
    context = {
        **framed(request, here, scope, may),
        "found": found,
        "rows": [row(here, scope, person, may) for person in found.items],
        "below": branches(here, browse.children(here.portal, here.me, key)),
        "creatable": [here.blueprint.kinds[kind] for kind in kinds if f"create_{kind}" in may],
        "q": text,
        "profile_asked": profile,
        "offered": [k for k, one in here.blueprint.model.profiles.items() if scope.kind in one.on and one.client],
        "unmanaged": key in rosters.unmanaged(here.portal, here.me, [(scope.kind, key)]),
        "profiles": managing(here),
        "who": True,
    }
    return page(request, "roster/show.html", context)


def framed(request: HttpRequest, here: Here, scope: Any, may: frozenset[str]) -> dict[str, Any]:
    """What the tabs of the screen share: what the scope is, and what one may do with it."""
    numbers, kinds = here.blueprint.identifiers, kinds_below(here, scope)
    waiting = asked_below(here, scope) if "decide" in may else []
    return {
        "title": title(here),
        "trail": trail(here),
        "scope": scope,
        "may": may,
        "identifiers": [(numbers[key].label, value) for key, value in scope.identifiers.items() if key in numbers],
        "settings": "read_settings" in may and any(line.page == "settings" for line in here.menu),
        "below_info": here.blueprint.kinds[kinds[0]] if kinds else None,
        "decides": "decide" in may and bool(here.blueprint.requests.forms),
        "waiting": waiting,
        "tab": REQUESTS if request.GET.get("tab") == REQUESTS else "",
        "menu_page": "roster",
        "why": {"action": "export", "type": scope.kind, "key": scope.key},
    }


def kinds_below(here: Here, scope: Any) -> list[str]:
    """The kinds of scope that may stand under *scope*."""
    return [key for key, kind in here.blueprint.model.kinds.items() if scope.kind in kind.under]


def asked_below(here: Here, scope: Any) -> list[Any]:
    """The requests that await the person's decision and are about *scope*, or about one below it."""
    found = requests.records(here.inbox)
    return [record for record in found if any(scope.id in asked_for.path for asked_for in record.scopes)]


def requests_tab(request: HttpRequest, here: Here, scope: Any, may: frozenset[str]) -> HttpResponse:
    """What was asked for on the scope and below, and awaits a decision."""
    access.require(here.acting, "decide", Ref(scope.kind, scope.key))
    context = framed(request, here, scope, may)
    context["rows"] = [asked.one(here, record) for record in context["waiting"]]
    return page(request, "roster/requests.html", {**context, "headings": asked.headings(here)})


def branches(here: Here, below: Any) -> list[dict[str, Any]]:
    """The scopes below, how many people are on each, and whether the person may change it."""
    counts = rosters.headcounts(here.portal, here.me, [(one.kind, one.key) for one in below])
    may = access.actions(here.portal, here.me, [Ref(one.kind, one.key) for one in below])
    return [
        {"scope": one, "count": counts.get(one.key, 0), "edits": "edit" in may[Ref(one.kind, one.key)]} for one in below
    ]


def row(here: Here, scope: Any, person: Any, may: frozenset[str]) -> dict[str, Any]:
    """A person of the roster: what they hold on the scope itself, and where below."""
    held = [grant for grant in person.grants if grant.status != "ended"]
    own = next((grant for grant in held if grant.scope.key == scope.key), None)
    profiles = here.blueprint.model.profiles
    movable = own is not None and any(kind != scope.kind for kind in profiles[own.profile].on)
    myself = person.email == here.me
    return {
        "person": person,
        "own": own,
        "profiles": list(dict.fromkeys(grant.profile for grant in held)) if own is None else [],
        "below": [grant.scope for grant in held if scope.id in grant.scope.path[:-1]],
        "everywhere": own is not None and profiles[own.profile].reach == "subtree",
        "places": movable and not myself and "attach" in may and "detach" in may,
        "adjusts": own is not None and not myself and "adjust" in may,
        "detaches": own is not None and (myself or "detach" in may),
    }


@require_http_methods(FORM_METHODS)
@gate("attach", "the scope, and each one below that is ticked")
def places(request: HttpRequest, here: Here, key: str, email: str) -> HttpResponse:
    """Say in which of the scopes below somebody works: none, one or several at once."""
    scope = browse.scope(here.portal, here.me, key)
    access.require(here.acting, "attach", Ref(scope.kind, key))
    person = browse.person(here.portal, here.me, email)
    _profile, below, held = rosters.places(here.portal, here.me, person.email, key)
    kinds = kinds_below(here, scope)
    label = words.said(here.blueprint.kinds[kinds[0]].plural) if kinds else _("Scopes")
    initial = {"places": sorted(held), "seen": SEPARATOR.join(sorted(held))}
    form = PlacesForm(label, below, posted(request), initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid():
        seen = [one.strip() for one in form.cleaned_data["seen"].split(SEPARATOR) if one.strip()]
        try:
            rosters.set_places(
                here.acting,
                person=person.email,
                scope=key,
                places_read=seen,
                places_wanted=form.cleaned_data["places"],
            )
        except Invalid as error:
            form.blame(error)
        except Conflict as error:
            form.add_error(None, words.of(error))
            form.data = form.data.copy()
            form.data["seen"] = SEPARATOR.join(sorted(held))
            status = 409
        else:
            messages.success(request, _("Saved"))
            return redirect(address(here, "roster", key=key))
    context = {
        "form": form,
        "person": person,
        "scope": scope,
        "title": title(here),
        "label": label,
        "menu_page": "roster",
        "why": {"action": "attach", "type": scope.kind, "key": key},
    }
    return page(request, "roster/places.html", context, status=400 if form.errors and status == 200 else status)

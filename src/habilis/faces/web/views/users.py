"""
A domain *Users* as a menu may name it: attach somebody, detach somebody, show somebody, everybody whom one may list.

Each page first asks for the place (an organization, a structure, a dossier: whatever is highest for the person), unless
there is only one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from habilis.core import PORTAL, NotFound
from habilis.faces.web.forms.base import SOUGHT
from habilis.faces.web.forms.users import AttachUserForm, DetachUserForm, LevelForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import domains, words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.grants import attempt
from habilis.faces.web.views.people import default_profile, grantable
from habilis.workflows import accounts, browse, grants

FORM_METHODS = ["GET", "HEAD", "POST"]
PER_PAGE = 25
LISTED = 100  # people proposed in a list; beyond, one searches


def places_of(scopes: tuple[Any, ...]) -> list[Any]:
    """The highest of *scopes* below the root, in their order."""
    found: list[Any] = []
    for scope in scopes:
        if scope.kind != PORTAL and not any(above.id in scope.path[:-1] for above in found):
            found.append(scope)
    return found


def place_asked(request: HttpRequest, here: Here, action: str) -> tuple[list[Any], Any, tuple[Any, ...]]:
    """
    The places where the person may do *action*, the one asked for (or the only one), and the scopes below it where
    they may.
    """
    scopes = browse.choices(here.portal, here.me, action)
    places = places_of(scopes)
    if not places:
        refuse(here, action, "attaches_nobody" if action == "attach" else "manages_nothing")
    key = request.GET.get("place", places[0].key if len(places) == 1 else "")
    place = next((scope for scope in places if scope.key == key), None)
    if key and place is None:
        raise NotFound(f"unknown place `{key[:60]}`")
    below = tuple(scope for scope in scopes if place and scope.id != place.id and place.id in scope.path)
    return places, place, below


def kinds(here: Here) -> dict[str, str]:
    """The word for each kind of scope."""
    return {key: words.said(info.label) for key, info in here.blueprint.kinds.items()}


def around(here: Here, name: str, places: list[Any], place: Any, action: str) -> dict[str, Any]:
    """What the pages of this domain share."""
    entry = next((line for line in here.menu if line.page == name), None)
    one = place or places[0]
    return {
        "menu_page": name,
        "trail": domains.of(entry.under) if entry else [],
        "title": words.said(entry.label) if entry else "",
        "places": places,
        "place": place,
        "place_word": kinds(here)[one.kind],
        "why": {"action": action, "type": one.kind, "key": one.key},
    }


@require_http_methods(FORM_METHODS)
@gate("attach", "the scope chosen in the form", rights=True)
def attach(request: HttpRequest, here: Here) -> HttpResponse:
    """Attach somebody who has an account, at the level that is chosen, with the usual profile."""

    def change(form: LevelForm) -> None:
        profile = default_profile(here, grantable(here, [form.scope]))
        grants.attach(here.acting, person=form.whom, scope=form.scope, profile=profile)

    def answer(form: LevelForm, _place: Any, at: str) -> str:
        messages.success(
            request,
            _("%(name)s is now attached to: %(scope)s") % {"name": accounts.name_of(form.whom), "scope": at},
        )
        return address(here, "person", email=form.whom)

    def made(place: Any, below: tuple[Any, ...]) -> LevelForm:
        return AttachUserForm(
            place, below, kinds(here), posted(request), initial={"email": request.GET.get("email", "")}
        )

    shown = {"says": _("General information"), "button": _("Submit")}
    return at_a_level(request, here, "attach", made, change, answer, shown)


@require_http_methods(FORM_METHODS)
@gate("detach", "the scope chosen in the form", rights=True)
def detach(request: HttpRequest, here: Here) -> HttpResponse:
    """Detach somebody, at the level that is chosen, with the reasons."""

    def change(form: LevelForm) -> None:
        grants.detach(here.acting, person=form.whom, scope=form.scope, comment=form.cleaned_data["comment"])

    def answer(form: LevelForm, place: Any, at: str) -> str:
        messages.success(
            request,
            _("%(name)s is no longer attached to: %(scope)s") % {"name": accounts.name_of(form.whom), "scope": at},
        )
        return f"{address(here, 'users')}?place={place.key}"

    def made(place: Any, below: tuple[Any, ...]) -> LevelForm:
        people, many, sought = attached(request, here, place)
        form = DetachUserForm(people, place, below, kinds(here), posted(request))
        if many:
            form.picker, form.sought = "person", sought
        return form

    return at_a_level(request, here, "detach", made, change, answer, {"button": _("Submit"), "danger": True})


def at_a_level(
    request: HttpRequest,
    here: Here,
    action: str,
    made: Callable[[Any, tuple[Any, ...]], LevelForm],
    change: Callable[[LevelForm], None],
    answer: Callable[[LevelForm, Any, str], str],
    shown: dict[str, Any],
) -> HttpResponse:
    """
    The page of a change at the level of a place or below it: the place first, then the form that is *made* for it, the
    *change*, and the *answer*, which says so and gives the address to go to.
    """
    places, place, below = place_asked(request, here, action)
    context = around(here, action, places, place, action) | shown
    if place is None:
        return page(request, "users/form.html", context)
    form = made(place, below)
    status = 0
    if request.method == "POST" and form.is_valid():
        status = attempt(form, lambda: change(form))
        at = next(scope for scope in (place, *below) if scope.key == form.scope)
        if not status:
            return redirect(answer(form, place, words.scope_name(at)))
        if "unknown_person" in form.codes and here.may("invite", at.key, at.kind):
            context["unknown"] = {"email": form.whom, "scope": at.key}
    context["form"] = form
    return page(request, "users/form.html", context, status=status or (400 if form.errors else 200))


def attached(request: HttpRequest, here: Here, place: Any) -> tuple[list[tuple[str, str]], bool, str]:
    """
    Those who can be chosen at *place*, whether one has to search for the others, and what was searched for. Whoever is
    chosen already stays among them.
    """
    asked = request.POST if request.method == "POST" else request.GET
    sought, chosen = asked.get(SOUGHT, "").strip(), asked.get("person", "")
    found = browse.people(here.portal, here.me, place.key, text=sought, limit=LISTED)
    many = bool(sought) or found.next is not None
    people = {one.email: one for one in found.items}
    if many and chosen and chosen not in people:
        named = browse.people(here.portal, here.me, place.key, text=chosen, limit=LISTED).items
        people |= {one.email: one for one in named if one.email == chosen}
    options = [(one.email, f"{one.name} ({one.email})") for one in people.values() if one.email != here.me]
    return options, many, sought


@require_safe
@gate("export", "the scope chosen on the page")
def show(request: HttpRequest, here: Here) -> HttpResponse:
    """Find somebody of a place: choose it if there are several, then a scope below it, then search."""
    places, place, below = place_asked(request, here, "export")
    context = around(here, "people", places, place, "export")
    if place is None:
        return page(request, "users/index.html", context)
    asked = request.GET.get("scope", "")
    scope = next((one for one in below if one.key == asked), None)
    if asked and scope is None:
        raise NotFound(f"unknown scope `{asked[:60]}`")
    text = request.GET.get("q", "").strip()
    key = (scope or place).key
    cursor = request.GET.get("cursor") or None
    found = browse.people(here.portal, here.me, key, text=text, cursor=cursor, limit=PER_PAGE)
    context |= {"below": below, "scope": asked, "q": text, "found": found, "asked_key": key, "rows": rows(found.items)}
    context["words"] = headings(here)
    return page(request, "users/index.html", context)


@require_safe
@gate("export", "any scope")
def contacts(request: HttpRequest, here: Here) -> HttpResponse:
    """Everybody whom the person may list, wherever that is."""
    if not here.may_somewhere("export"):
        refuse(here, "export", "manages_nothing")
    text = request.GET.get("q", "").strip()
    found = browse.contacts(here.portal, here.me, text=text, cursor=request.GET.get("cursor") or None, limit=PER_PAGE)
    entry = next((line for line in here.menu if line.page == "contacts"), None)
    context = {
        "menu_page": "contacts",
        "title": words.said(entry.label) if entry and not entry.under else _("My contacts"),
        "trail": domains.of(entry.under) if entry else [],
        "here_is": words.said(entry.label) if entry else "",
        "found": found,
        "rows": rows(found.items),
        "words": headings(here),
        "q": text,
    }
    return page(request, "users/contacts.html", context)


def headings(here: Here) -> dict[str, str]:
    """What the columns of places are called: the kinds that stand under the root, and those below them."""
    known = here.blueprint.model.kinds
    top = [key for key, kind in known.items() if PORTAL in kind.under]
    below = [key for key in known if key != PORTAL and key not in top]
    said = kinds(here)
    return {"top": " / ".join(said[key] for key in top), "below": " / ".join(said[key] for key in below)}


def rows(people: tuple[Any, ...]) -> list[dict[str, Any]]:
    """One line for each person and place: the place, the scopes below it, and what is held there."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for person in people:
        for grant in person.grants:
            top = grant.scope.path_names[0] if grant.scope.path_names else words.root_name()
            row = found.setdefault(
                (person.email, top),
                {"person": person, "top": top, "below": [], "kinds": [], "profiles": [], "status": grant.status},
            )
            if len(grant.scope.path_names) > 1:
                row["below"].append(" › ".join(grant.scope.path_names[1:]))
            row["kinds"] = list(dict.fromkeys([*row["kinds"], grant.scope.kind]))
            row["profiles"] = list(dict.fromkeys([*row["profiles"], grant.profile]))
            row["status"] = "in_force" if "in_force" in (row["status"], grant.status) else row["status"]
    return list(found.values())

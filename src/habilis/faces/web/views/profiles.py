"""The profiles of a portal: by license and price, the default one, and who holds each, on which dossiers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from habilis.core import NotFound, Ref
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, page, refuse
from habilis.workflows import access, browse, deriving, profiles


def titled(here: Here) -> dict[str, Any]:
    """The title and the headings that the menu gives these pages."""
    entry = next((line for line in here.menu if line.page == "profiles"), None)
    return {
        "menu_page": "profiles",
        "trail": [words.said(label) for label in entry.under] if entry else [],
        "title": words.said(entry.label) if entry else "",
    }


def insist(here: Here) -> None:
    """Only whoever lists people somewhere."""
    if not here.may_somewhere("export"):
        refuse(here, "export", "manages_nothing")


def spoken() -> str:
    """The language of the page."""
    return (get_language() or "fr")[:2]


@require_safe
@gate("export", "any scope")
def index(request: HttpRequest, here: Here) -> HttpResponse:
    """Every profile, by license."""
    insist(here)
    groups = profiles.groups(here.portal, here.me, spoken())
    licenses = here.blueprint.licenses
    context = {
        **titled(here),
        "groups": [{"group": group, "license": licenses.get(group.license)} for group in groups],
        "retired": profiles.retired(here.portal, here.me, spoken()),
        "changes": deriving.derives(here.portal, here.me),
        "deriving": access.model_of(here.portal).deriving,
        "transfers": here.may_somewhere("adjust"),
        "default": browse.default_profile(here.portal),
    }
    return page(request, "profiles/index.html", context)


@require_safe
@gate("export", "the scopes of those who hold it")
def show(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Who holds a profile, and where."""
    insist(here)
    if key not in here.profiles:
        raise NotFound(f"unknown profile `{key[:60]}`")
    text = request.GET.get("q", "").strip()
    found = profiles.holders(here.portal, here.me, key, text=text, cursor=request.GET.get("cursor") or None)
    scopes = {Ref(grant.scope.kind, grant.scope.key) for person in found.items for grant in person.grants}
    may = access.actions(here.portal, here.me, list(scopes)) if scopes else {}
    movable = {
        grant.id
        for person in found.items
        for grant in person.grants
        if "adjust" in may[Ref(grant.scope.kind, grant.scope.key)] and person.email != here.me
    }
    context = {**titled(here), "transfers": here.may_somewhere("adjust"), "movable": movable}
    context |= {"key": key, "found": found, "q": text, "info": here.blueprint.profiles.get(key)}
    return page(request, "profiles/show.html", context)

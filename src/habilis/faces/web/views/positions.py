"""Where somebody advises: a position that one takes and leaves by oneself, and territories that moderators say."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habilis.core import PORTAL, NotFound, Ref
from habilis.faces.web.forms.moderation import LISTED, NATIONAL, TerritoriesForm
from habilis.faces.web.forms.people import CommentForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import standing, words
from habilis.faces.web.shell import ROOT, Here, address, posted
from habilis.faces.web.views.grants import attempt, done
from habilis.faces.web.views.grants import show as sheet
from habilis.workflows import access, browse, grants, positioned, positions

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_POST
@gate("read", "the scope, from above")
def take(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Position oneself on a dossier."""
    profile = request.POST.get("profile", "")
    positions.take(here.acting, scope=key, profile=profile)
    messages.success(request, _("Your position: %(profile)s") % {"profile": words.profile_name(here, profile)})
    return redirect(address(here, "scope", key=key))


@require_POST
@gate("list", "the scope")
def leave(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Leave a dossier; what one holds above remains."""
    grants.detach(here.acting, person=here.me, scope=key)
    messages.success(request, _("You have left"))
    seen = access.check_many(here.portal, [(here.me, "read", Ref(info.key, key)) for info in here.moderated])
    return redirect(address(here, "scope", key=key) if any(seen) else address(here, "home"))


def about(here: Here, scope: Any, *, everywhere: bool = False) -> dict[str, Any]:
    """What the page of a scope says of positions: the one that is held, and those that may be taken."""
    if not here.blueprint.model.kinds[scope.kind].moderated:
        return {"position": None, "offered": ()}
    positioning = [key for key, profile in here.blueprint.model.profiles.items() if profile.positioning]
    held = next((g for g in here.grants if g.scope.key == scope.key and g.profile in positioning), None)
    offered = positions.offered(here.portal, here.me, scope.key)
    listed = access.check(here.portal, here.me, "read_members", Ref(scope.kind, scope.key))
    found = positioned.territory(here.portal, here.me, scope.key, everywhere=everywhere) if listed else []
    return {
        "actors": [(one, words.profile_name(here, one.profile)) for one in found],
        "lists_actors": listed,
        "everywhere": everywhere,
        "position": held,
        "retakable": bool(offered),
        "offered": [key for key in offered if held is None or key != held.profile],
    }


def advised(here: Here, email: str, profile: str) -> Any:
    """The person whose territories are spoken of, to whoever moderates the portal."""
    if profile not in standing.territorial(here):
        raise NotFound(f"`{profile}` is held on no territory")
    person = browse.person(here.portal, here.me, email)
    access.require(here.acting, "moderate", ROOT)
    return person


def known_territories(here: Here, held: list[Any]) -> list[Any]:
    """Every open territory, and those that are *held*, in the order of the tree."""
    found = {scope.key: scope for scope in held if scope.kind != PORTAL}
    for key, kind in here.blueprint.model.kinds.items():
        if key == PORTAL or kind.moderated:
            continue
        cursor = None
        while True:
            listed = browse.scopes(here.portal, here.me, kind=key, status="active", cursor=cursor, limit=200)
            found |= {scope.key: scope for scope in listed.items}
            cursor = listed.next
            if cursor is None:
                break
    return sorted(found.values(), key=lambda scope: tuple(name.casefold() for name in scope.path_names))


@require_http_methods(FORM_METHODS)
@gate("moderate", "the whole portal")
def territories(request: HttpRequest, here: Here, email: str, profile: str) -> HttpResponse:
    """Say where a person advises: all of it, and nothing else."""
    person = advised(here, email, profile)
    held = standing.territories(here, person.grants, profile)
    national = any(scope.kind == PORTAL for scope in held)
    initial = {"territories": [scope.key for scope in held]}
    if held:
        initial["reach"] = NATIONAL if national else LISTED
    form = TerritoriesForm(known_territories(here, held), posted(request), initial=initial)
    status = 0
    if request.method == "POST" and form.is_valid():
        status = attempt(
            form,
            lambda: positions.set_territories(here.acting, person=person.email, profile=profile, territories=form.keys),
        )
        if not status:
            return done(request, here, person.email, _("Saved"))
    context = {"person": person, "profile": profile, "why": {"action": "moderate", "type": PORTAL, "key": ""}}
    return sheet(request, "people/territories.html", form, status, context)


@require_http_methods(FORM_METHODS)
@gate("moderate", "the whole portal")
def demote(request: HttpRequest, here: Here, email: str, profile: str) -> HttpResponse:
    """Take back every territory of a person, once confirmed; the account stays."""
    person = advised(here, email, profile)
    if not standing.territories(here, person.grants, profile):
        raise NotFound(f"`{profile}` is held on no territory")
    form = CommentForm(posted(request))
    status = 0
    if request.method == "POST" and form.is_valid():
        comment = form.cleaned_data["comment"]
        status = attempt(
            form, lambda: positions.demote(here.acting, person=person.email, profile=profile, comment=comment)
        )
        if not status:
            return done(request, here, person.email, _("Demoted"))
    context = {
        "person": person,
        "title": _("Demote %(name)s to a standard account") % {"name": person.name},
        "says": _(
            "They lose every territory, and keep the dossiers where they hold a position. The account stays active."
        ),
        "danger": True,
        "button": _("Demote to a standard account"),
        "why": {"action": "moderate", "type": PORTAL, "key": ""},
    }
    return sheet(request, "people/grant.html", form, status, context)

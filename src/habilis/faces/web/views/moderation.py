"""What is submitted and moderated: submit, see what waits, accept, turn down with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.core import Conflict, Invalid, NotFound, Ref
from habilis.faces.web.forms.moderation import RefusalForm, SubmitForm
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.doors import to_sign_up
from habilis.workflows import access, browse, moderation

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
@gate(SIGNED_IN, asking=True, door=to_sign_up)
def submit(request: HttpRequest, here: Here, kind: str) -> HttpResponse:
    """Submit something to be moderated; anybody known to the portal may, and where its door is open anybody."""
    info = next((one for one in here.moderated if one.key == kind), None)
    if info is None:
        raise NotFound(f"nothing of kind `{kind}` is submitted")
    form = SubmitForm(moderation.places(here.portal, kind), posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            key = moderation.submit(here.acting, parent=data["parent"], kind=kind, name=data["name"])
        except Invalid as error:
            form.blame(error)
        except Conflict as error:
            form.add_error(None, words.of(error))
        else:
            messages.success(request, _("Submitted: %(title)s. It awaits moderation.") % {"title": data["name"]})
            return redirect(address(here, "scope", key=key))
    return page(request, "moderation/submit.html", {"kind": info, "form": form}, status=400 if form.errors else 200)


@require_safe
@gate("moderate", "what waits")
def index(request: HttpRequest, here: Here) -> HttpResponse:
    """What waits for me, the oldest first."""
    insist(here)
    return page(request, "moderation/index.html", {"scopes": [of(here, key) for key in here.waiting]})


def insist(here: Here) -> None:
    """Only where something is moderated, and only to whoever moderates."""
    if not (here.moderated or here.founded):
        raise NotFound("nothing is moderated here")
    if not here.moderates:
        refuse(here, "moderate", "moderates_nothing")


def of(here: Here, key: str) -> Any:
    """A scope that waits, as its moderator reads it."""
    return browse.scope(here.portal, here.me, key)


@require_safe
@gate("moderate", "the scope")
def show(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """One of those that wait: accept it, or turn it down."""
    return decision(request, here, key, RefusalForm())


def decision(request: HttpRequest, here: Here, key: str, form: RefusalForm) -> HttpResponse:
    """The page where one decides; once decided, the scope's own page."""
    scope = of(here, key)
    access.require(here.acting, "moderate", Ref(scope.kind, key))
    if scope.status != "pending":
        messages.info(request, _("Somebody has decided on it already."))
        return redirect(address(here, "scope", key=key))
    context = {
        "scope": scope,
        "form": form,
        "mine": scope.author_email == here.me,
        "why": {"action": "moderate", "type": scope.kind, "key": key},
    }
    return page(request, "moderation/show.html", context, status=400 if form.errors else 200)


@require_POST
@gate("moderate", "the scope")
def accept(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Open it; back to what waits."""
    name = of(here, key).name
    moderation.accept(here.acting, key=key)
    messages.success(request, _("Accepted: %(title)s") % {"title": name})
    return redirect(address(here, "moderation"))


@require_POST
@gate("moderate", "the scope")
def turn_down(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Refuse it, with a reason that its author is told; back to what waits."""
    name = of(here, key).name
    form = RefusalForm(request.POST)
    if form.is_valid():
        try:
            moderation.refuse(here.acting, key=key, reason=form.cleaned_data["reason"])
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Refused: %(title)s") % {"title": name})
            return redirect(address(here, "moderation"))
    return decision(request, here, key, form)

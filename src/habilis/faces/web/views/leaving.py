"""Who leaves, and what passes on: suspend, give back, anonymize, hand over, pass the role, ask for more time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.core import NotFound, Ref
from habilis.faces.web.forms.leaving import HandOverForm, HeirForm
from habilis.faces.web.forms.people import CommentForm
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import ROOT, Here, address, page, posted
from habilis.faces.web.views.grants import attempt, done, show
from habilis.workflows import access, browse, ending, handover, managers, people

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@gate("detach", "the whole portal")
def account(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """What can be done with the account of a person: whoever reads it changes nothing."""
    person = browse.person(here.portal, here.me, email)
    people.insist(here.acting)
    language = words.LANGUAGES.get(person.language, person.language)
    why = {"action": "detach", "type": ROOT.type, "key": ""}
    return page(request, "people/account.html", {"person": person, "language": language, "why": why})


@require_http_methods(FORM_METHODS)
@gate("detach", "the whole portal", rights=True)
def deactivate(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """Suspend a person in this portal."""
    says = _("Everything they hold in this portal sleeps until it is given back. Other portals are not concerned.")
    title = _("Suspend %(name)s")
    return confirmed(request, here, email, people.deactivate, title, says, _("Suspend"), _("Suspended"))


@require_POST
@gate("detach", "the whole portal")
def reactivate(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """Give back what was suspended."""
    people.reactivate(here.acting, email=email)
    return done(request, here, email, _("Their access is as it was"))


@require_http_methods(FORM_METHODS)
@gate("detach", "the whole portal")
def anonymize(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """Close an account for ever."""
    says = _("Their name, address and password are erased for ever, and every access ends. It cannot be undone.")
    title = _("Anonymize %(name)s")
    return confirmed(request, here, email, people.anonymize, title, says, _("Anonymize"), _("Anonymized"))


def confirmed(
    request: HttpRequest, here: Here, email: str, change: Any, title: str, says: str, button: str, told: str
) -> HttpResponse:
    """Ask once more, with room for a comment, then do it."""
    person = browse.person(here.portal, here.me, email)
    people.insist(here.acting)
    form = CommentForm(posted(request))
    status = 0
    if request.method == "POST" and form.is_valid():
        comment = form.cleaned_data["comment"]
        status = attempt(form, lambda: change(here.acting, email=person.email, comment=comment))
        if not status:
            return done(request, here, person.email, told)
    context = {
        "person": person,
        "title": title % {"name": person.name},
        "says": says,
        "danger": True,
        "button": button,
        "why": {"action": "detach", "type": ROOT.type, "key": ""},
    }
    return show(request, "people/grant.html", form, status, context)


@require_http_methods(FORM_METHODS)
@gate("detach", "the scope chosen in the form", rights=True)
def hand_over(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """Give what somebody has under way to another person."""
    person = browse.person(here.portal, here.me, email)
    scopes = browse.choices(here.portal, here.me, "detach")
    if not scopes:
        raise NotFound("hands nothing over")
    form = HandOverForm(scopes, posted(request), initial={"scope": request.GET.get("scope", "")})
    status = 0
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        count = 0

        def change() -> None:
            nonlocal count
            count = handover.hand_over(here.acting, person=person.email, **data)

        status = attempt(form, change)
        if not status:
            says = ngettext("%(count)s item handed over", "%(count)s items handed over", count) % {"count": count}
            return done(request, here, person.email, says)
    context = {
        "person": person,
        "title": _("Hand over what %(name)s has under way") % {"name": person.name},
        "says": _("What they created or must approve, and is not finished, passes to another person in one go."),
        "button": _("Hand over"),
        "why": {"action": "detach", "type": scopes[0].kind, "key": scopes[0].key},
    }
    return show(request, "people/grant.html", form, status, context)


@require_http_methods(FORM_METHODS)
@gate("adjust", "the scope", rights=True)
def pass_role(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Make another the manager in one's place."""
    scope = browse.scope(here.portal, here.me, key)
    access.require(here.acting, "adjust", Ref(scope.kind, key))
    form = HeirForm(posted(request))
    status = 0
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        status = attempt(form, lambda: handover.pass_role(here.acting, scope=key, **data))
        if not status:
            messages.success(request, _("The role is passed on"))
            return redirect(address(here, "home"))
    context = {
        "person": browse.person(here.portal, here.me, here.me),
        "title": _("Pass on my role on %(scope)s") % {"scope": scope.name},
        "says": _("The person you choose becomes the manager, and you take the profile they had."),
        "danger": True,
        "button": _("Pass on the role"),
        "why": {"action": "adjust", "type": scope.kind, "key": key},
    }
    return show(request, "people/grant.html", form, status, context)


@require_http_methods(FORM_METHODS)
@gate(SIGNED_IN)
def extend(request: HttpRequest, here: Here) -> HttpResponse:
    """Ask that one's own access last longer."""
    scope, profile = request.GET.get("scope", ""), request.GET.get("profile", "")
    grant = next((g for g in here.grants if (g.scope.key, g.profile) == (scope, profile) and g.valid_until), None)
    if grant is None:
        raise NotFound("no such access")
    form = CommentForm(posted(request))
    status = 0
    if request.method == "POST" and form.is_valid():
        comment = form.cleaned_data["comment"]
        status = attempt(form, lambda: ending.ask_longer(here.acting, scope=scope, profile=profile, comment=comment))
        if not status:
            return done(request, here, here.me, _("Those who may prolong your access are told"))
    context = {
        "person": browse.person(here.portal, here.me, here.me),
        "grant": grant,
        "title": _("Ask for more time"),
        "says": _("Those who may prolong this access are told, with your comment. It changes nothing by itself."),
        "button": _("Ask"),
        "why": {"action": "read", "type": grant.scope.kind, "key": scope},
    }
    return show(request, "people/grant.html", form, status, context)


def unmanaged(here: Here) -> dict[str, Any]:
    """The scopes that nobody manages, for whoever may appoint somebody."""
    if not here.may_somewhere("attach"):
        return {}
    found, total = managers.unmanaged(here.portal, here.me, limit=20)
    return {"unmanaged": [(scope, words.scope_name(scope)) for scope in found], "unmanaged_total": total}

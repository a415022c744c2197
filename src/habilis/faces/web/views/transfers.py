"""Transfers in the browser: who is chosen, to which profile, exactly what that does, done, and undone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.core import Conflict, NotFound, Refused
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import transfers as shown
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page, refuse
from habilis.faces.web.views.profiles import titled
from habilis.workflows import moving, transfers
from habilis.workflows.moving import Chosen

FORM_METHODS = ["GET", "HEAD", "POST"]
MOST = 200  # accesses ticked one by one


def insist(here: Here) -> None:
    """Only whoever adjusts people's rights somewhere."""
    if not here.may_somewhere("adjust"):
        refuse(here, "adjust", "attaches_nobody")


@require_http_methods(FORM_METHODS)
@gate("adjust", "the scope of each access that moves", rights=True)
def everybody(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Everybody who has a profile, to another."""
    insist(here)
    if key not in here.profiles:
        raise NotFound(f"unknown profile `{key[:60]}`")
    title = _("Transfer all users")
    context = {"heading": title, "button": title, "says": _("Everybody who has this profile: %(name)s") % {
        "name": words.profile_name(here, key)}, "back": address(here, "profiles")}  # fmt: skip
    return step(request, here, Chosen(profile=key), context)


@require_http_methods(FORM_METHODS)
@gate("adjust", "the scope of each access that moves", rights=True)
def some(request: HttpRequest, here: Here) -> HttpResponse:
    """Some accesses, ticked in a list."""
    insist(here)
    ticked = [
        int(text) for text in request.GET.getlist("grant") if text.isascii() and text.isdigit() and len(text) < 19
    ]
    if not ticked or len(ticked) > MOST:
        messages.error(request, words.code("empty"))
        return redirect(address(here, "profiles"))
    context = {"heading": _("Transfer the chosen users"), "button": _("Transfer"), "back": address(here, "profiles")}
    return step(request, here, Chosen(grants=tuple(sorted(set(ticked)))), context)


@require_http_methods(FORM_METHODS)
@gate("adjust", "the scope of the access that moves", rights=True)
def one(request: HttpRequest, here: Here) -> HttpResponse:
    """One person on one scope: whom, then where, then which profile."""
    insist(here)
    asked = {name: request.GET.get(name, "") for name in ("q", "person", "scope")}
    context: dict[str, Any] = {"heading": _("Transfer a user (advanced)"), "button": _("Transfer")}
    context["back"] = address(here, "profiles")
    places = moving.held_by(here.portal, here.me, asked["person"]) if asked["person"] else []
    if asked["person"] and asked["scope"] and any(asked["scope"] == key for key, _name, _profile in places):
        context["says"] = shown.one(here, asked["person"], next(one for one in places if one[0] == asked["scope"]))
        return step(request, here, Chosen(person=asked["person"], scope=asked["scope"]), context)
    people, more = moving.people(here.portal, here.me, text=asked["q"])
    context |= {"asked": asked, "people": people, "more": more, "places": places, "place": shown.place_word(here)}
    return page(request, "profiles/transfer_one.html", {**titled(here), **context})


def step(request: HttpRequest, here: Here, chosen: Chosen, context: dict[str, Any]) -> HttpResponse:
    """Where to, as long as it is not said; then what that does; then it is done."""
    context = {**titled(here), **context}
    to = request.GET.get("to", "")
    if not to:
        context["targets"] = shown.targets(here, moving.targets(here.portal, here.me, chosen))
        context["kept"] = [(name, value) for name, values in request.GET.lists() for value in values if name != "page"]
        return page(request, "profiles/transfer_to.html", context)
    says, status = "", 200
    if request.method == "POST":
        try:
            number = transfers.transfer(
                here.acting,
                source=chosen.profile,
                person=chosen.person,
                scope=chosen.scope,
                grants=chosen.grants,
                to=to,
                version=request.POST.get("version", ""),
                agreed=request.POST.get("agreed", ""),
            )
        except (Conflict, Refused) as error:
            if "decision" in error.facts:
                raise
            says, status = words.of(error), 409 if isinstance(error, Conflict) else 403
        else:
            return redirect(address(here, "transfer_done", number=number))
    plan = moving.plan(here.portal, here.me, chosen, to)
    context |= shown.plan(here, plan, number_of(request)) | {"says_no": says, "to": to}
    return page(request, "profiles/transfer.html", context, status=status)


@require_safe
@gate("adjust", "the scope of each access that moved")
def done(request: HttpRequest, here: Here, number: int) -> HttpResponse:
    """A transfer that was done: who moved, and whether it can be undone."""
    insist(here)
    return told(request, here, number)


def told(request: HttpRequest, here: Here, number: int, says: str = "", status: int = 200) -> HttpResponse:
    """The page of a transfer that was done."""
    record = transfers.of(here.portal, number)
    plan = transfers.undoing(here.portal, here.me, number)
    context = {**titled(here), **shown.done(here, record, plan, number_of(request)), "says_no": says}
    return page(request, "profiles/transferred.html", context, status=status)


@require_POST
@gate("adjust", "the scope of each access that moved")
def undo(request: HttpRequest, here: Here, number: int) -> HttpResponse:
    """Give everybody back what they had, while nothing has changed since."""
    insist(here)
    sent = request.POST
    try:
        again = transfers.undo(
            here.acting, number=number, version=sent.get("version", ""), agreed=sent.get("agreed", "")
        )
    except Conflict as error:
        return told(request, here, number, words.of(error), 409)
    messages.success(request, _("The transfer is undone: everybody has the profile back that they had."))
    return redirect(address(here, "transfer_done", number=again))


def number_of(request: HttpRequest) -> int:
    """The page that is asked for."""
    asked = request.GET.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1

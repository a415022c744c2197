"""Answering an invitation: the page that a link opens, and the offers that wait for the signed in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habilis.core import Conflict, Invalid, NotFound
from habilis.faces.web.forms.invitations import JoinForm
from habilis.faces.web.gate import SIGNED_IN, TOKEN, gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import enter_account, page, posted
from habilis.faces.web.views.home import spoken
from habilis.workflows import joining
from habilis.workflows.acting import Acting
from habilis.workflows.joining import Newcomer, Offer


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@gate(TOKEN)
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """What is offered, and the buttons to take it or not; looking changes nothing."""
    try:
        offer = joining.found(token, spoken())
    except NotFound:
        return said(request, _("This link is not valid"), "bad_link")
    mine = request.user.is_authenticated and request.user.email == offer.email
    if request.user.is_authenticated and not mine:
        return said(request, _("This invitation is for somebody else"), "other_person", offer=offer, status=403)
    if offer.state != "pending":
        return said(request, closed(offer.state), f"invitation_{offer.state}", offer=offer, mine=mine)
    if mine or not offer.known:
        return decide(request, offer)
    return page(request, "invitations/sign_in.html", {"offer": offer})


def decide(request: HttpRequest, offer: Offer) -> HttpResponse:
    """The page with the buttons; pressed, what comes of it."""
    form = None if offer.known else JoinForm(posted(request), initial={"language": spoken()})
    acting = Acting(offer.email, offer.portal, getattr(request, "correlation", ""))
    status = 200
    if request.method == "POST":
        try:
            if "decline" in request.POST:
                joining.decline(acting, offer=offer)
                return said(request, _("Invitation declined"), "invitation_declined", offer=offer, status=200)
            if form is None:
                joining.accept(acting, offer=offer)
                return welcome(request, offer)
            if form.is_valid():
                joining.accept(acting, offer=offer, newcomer=newcomer(form))
                enter_account(request, offer.email)
                return welcome(request, offer)
            status = 400
        except Invalid as error:
            if form is not None:
                form.blame(error)
            status = 400
        except Conflict as error:
            return said(request, _("Nothing was changed"), error.code, offer=offer, status=409)
    return page(request, "invitations/answer.html", {"offer": offer, "form": form}, status=status)


def newcomer(form: JoinForm) -> Newcomer:
    """Who opens an account."""
    data = form.cleaned_data
    return Newcomer(data["name"], data["password"], data["language"])


def welcome(request: HttpRequest, offer: Offer) -> HttpResponse:
    """In the portal, at last."""
    messages.success(request, _("Welcome: your access is open."))
    return redirect("web:home", portal=offer.portal)


@require_POST
@gate(SIGNED_IN)
def mine(request: HttpRequest, invitation: int) -> HttpResponse:
    """Answer, from one's own list, an offer made to one's address."""
    offers = joining.addressed_to(request.user.email, spoken())
    offer = next((one for one in offers if one.id == invitation), None)
    if offer is None:
        raise NotFound(f"unknown invitation `{invitation}`")
    return decide(request, offer)


def said(
    request: HttpRequest, title: str, code: str, *, offer: Offer | None = None, mine: bool = False, status: int = 400
) -> HttpResponse:
    """One clear message, and where to go from there."""
    context: dict[str, Any] = {"title": title, "says": words.code(code), "offer": offer, "mine": mine}
    context["other"] = code == "other_person"
    return page(request, "invitations/said.html", context, status=status)


def closed(state: str) -> str:
    """The title for an invitation that admits no answer any more."""
    return {
        "accepted": _("This invitation was used already"),
        "declined": _("This invitation was declined"),
        "cancelled": _("This invitation was cancelled"),
        "expired": _("This invitation has expired"),
    }[state]

"""The door of a portal: its public home, and how a stranger opens an account on the way to its form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from habilis.core import Conflict, Invalid, NotFound
from habilis.faces.web.accounts import own_path
from habilis.faces.web.forms.doors import SignUpForm
from habilis.faces.web.forms.invitations import JoinForm
from habilis.faces.web.gate import PUBLIC, TOKEN, gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import enter_account, page, posted
from habilis.faces.web.unsent import ask_to_sign_in
from habilis.workflows import doors, signup
from habilis.workflows.doors import Door
from habilis.workflows.joining import Newcomer

FORM_METHODS = ["GET", "HEAD", "POST"]


def public_home(request: HttpRequest, door: Door) -> HttpResponse:
    """What the portal is for, and the button to its form; where it has no public home, as if it were not there."""
    signed_in = request.user.is_authenticated
    if not door.public and not signed_in:
        return ask_to_sign_in(request)
    insist_public(door)
    context = {"door": door, "texts": texts(door)}
    if signed_in:
        context["asked"] = any(key == door.portal for key, _name, _waits in doors.asked_of(request.user.email))
    return page(request, "door/home.html", context)


def insist_public(door: Door) -> None:
    """Refuse a portal that is shown nowhere as one that does not exist."""
    if not door.public:
        raise NotFound(f"no portal `{door.portal}`")


def texts(door: Door) -> dict[str, str]:
    """What the portal says, in the language of the page."""
    language = (get_language() or "fr")[:2]
    return {name: door.look.text(name, language) for name in ("welcome", "contact")}


def purpose(door: Door | None, target: str) -> str:
    """What a stranger opens an account for: to submit something, or to ask for access."""
    if door is None:
        return ""
    for info in door.submitted:
        if target.startswith(reverse("web:submit", kwargs={"portal": door.portal, "kind": info.key})):
            return _("Submit: %(thing)s") % {"thing": words.said(info.label).lower()}
    return words.said(door.form.label)


def to_sign_up(request: HttpRequest, _door: Door) -> HttpResponse:
    """Send a stranger without a session to open an account; they come back to the form."""
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': request.get_full_path()})}")


@require_http_methods(FORM_METHODS)
@login_not_required
@gate(PUBLIC)
def sign_up(request: HttpRequest) -> HttpResponse:
    """Ask for the link that opens an account: the answer is the same, whatever is known of the address."""
    target = own_path((request.POST if request.method == "POST" else request.GET).get("next", ""))
    door = doors.of_path(target)
    if door is None:
        return page(request, "door/closed.html")
    if request.user.is_authenticated:
        return redirect(target)
    form = SignUpForm(posted(request), initial={"next": target})
    status = 400 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        if not ratelimit.consume(request, action="sign_up"):
            form.add_error(None, _("That is many requests. Wait for a while before the next one."))
            status = 429
        else:
            if ratelimit.consume(request, action="sign_up_mail", key=address):
                signup.begin(door, address, target, (get_language() or "fr")[:2])
            return page(request, "door/sent.html", {"door": door, "email": address, "target": target})
    context = {"door": door, "form": form, "target": target, "purpose": purpose(door, target)}
    return page(request, "door/sign_up.html", context, status=status)


@require_http_methods(FORM_METHODS)
@login_not_required
@gate(TOKEN)
def open_account(request: HttpRequest, token: str) -> HttpResponse:
    """The page that a confirmed address opens: looking changes nothing, the button opens the account."""
    try:
        begun = signup.begun(token)
    except Invalid as error:
        return page(request, "door/failed.html", {"says": words.of(error)}, status=400)
    door = doors.of_path(begun.target)
    if request.user.is_authenticated and request.user.email == begun.email:
        return redirect(begun.target)
    context: dict[str, Any] = {"door": door, "begun": begun, "other": request.user.is_authenticated}
    context["purpose"] = purpose(door, begun.target)
    if begun.known or request.user.is_authenticated:
        return page(request, "door/known.html", context)
    form = JoinForm(posted(request), initial={"language": (get_language() or "fr")[:2]})
    status = 400 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            signup.finish(token, Newcomer(data["name"], data["password"], data["language"]))
        except Invalid as error:
            form.blame(error)
            status = 400
        except Conflict:
            return page(request, "door/known.html", context, status=409)
        else:
            enter_account(request, begun.email)
            return redirect(begun.target)
    return page(request, "door/open.html", {**context, "form": form}, status=status)

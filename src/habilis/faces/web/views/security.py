"""How I sign in: my password, my second factor, my passkeys, my address, and where my account is open."""

from __future__ import annotations

import ipaddress

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from allauth.mfa.base.views import IndexView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.core import Conflict, Invalid
from habilis.faces.web.forms.account import AddressForm
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import page, posted
from habilis.workflows import addresses, sessions


@require_safe
@gate(SIGNED_IN)
def show(request: HttpRequest) -> HttpResponse:
    """Everything by which I sign in, on one page."""
    view = IndexView()
    view.setup(request)
    context = view.get_context_data()
    codes = context["authenticators"].get("recovery_codes")
    return page(
        request,
        "security.html",
        {
            "authenticators": context["authenticators"],
            "protected": context["is_mfa_enabled"],
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
            "sessions": sessions.open_for(request.user.email, request.session.session_key),
            "by_number": passkeys_elsewhere(request),
        },
    )


def passkeys_elsewhere(request: HttpRequest) -> str:
    """The address at which passkeys work, where this one, being a number, can hold none; else nothing."""
    host, _colon, port = request.get_host().rpartition(":")
    if not host:
        host, port = port, ""
    try:
        number = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return ""
    if number.is_loopback:
        return f"http://localhost:{port}/" if port else "http://localhost/"
    return settings.HABILIS_URL


@require_POST
@gate(SIGNED_IN)
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """End one of my sessions."""
    sessions.end(request.user.email, number)
    messages.success(request, _("This session is over."))
    return redirect("mfa_index")


@require_POST
@gate(SIGNED_IN)
def end_others(request: HttpRequest) -> HttpResponse:
    """End every session of mine but this one."""
    sessions.end_others(request.user.email, request.session.session_key)
    messages.success(request, _("You are signed in nowhere else any more."))
    return redirect("mfa_index")


@require_http_methods(["GET", "HEAD", "POST"])
@gate(SIGNED_IN)
@reauthentication_required(app="allauth.account")
def address(request: HttpRequest) -> HttpResponse:
    """Ask for another address; it is changed once confirmed from there."""
    form = AddressForm(posted(request))
    status = 400 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["email"]
        if not ratelimit.consume(request, action="new_address", user=request.user):
            form.add_error(None, _("That is many requests. Wait for a while before the next one."))
            status = 429
        else:
            try:
                addresses.ask(request.user.email, wanted)
            except Invalid as error:
                form.blame(error)
                status = 400
            except Conflict as error:
                form.add_error("email", words.of(error))
                return page(request, "address.html", {"form": form, "known": error.facts}, status=409)
            else:
                return page(request, "address_sent.html", {"wanted": wanted})
    return page(request, "address.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@gate(SIGNED_IN)
def new_address(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the new address, in the session of the account that asked."""
    try:
        wanted = addresses.asked(request.user.email, token)
        if request.method == "POST":
            addresses.confirm(request.user.email, token)
            messages.success(request, _("Your address is now %(email)s") % {"email": wanted})
            return redirect("web:account")
    except (Invalid, Conflict) as error:
        return page(request, "address_failed.html", {"says": words.of(error)}, status=400)
    return page(request, "address_confirm.html", {"wanted": wanted})

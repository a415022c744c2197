"""A portal's own pages, for whoever may set its root: name, color, texts, logo, and the tokens of programs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.core import PORTAL, NotFound
from habilis.faces.web.forms.publishing import LogoForm, LookForm, TokenForm, initial_of
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.shell import ROOT, Here, address, page, posted
from habilis.faces.web.unsent import ask_to_sign_in
from habilis.faces.web.views.doors import insist_public
from habilis.faces.web.views.grants import attempt
from habilis.workflows import access, publishing, tokens
from habilis.workflows.doors import Door

FORM_METHODS = ["GET", "HEAD", "POST"]
WHY = {"action": "set", "type": PORTAL, "key": ""}


@require_http_methods(FORM_METHODS)
@gate("set", "the whole portal")
def show(request: HttpRequest, here: Here) -> HttpResponse:
    """How the portal looks and what it says."""
    access.require(here.acting, "set", ROOT)
    form = LookForm(
        posted(request),
        initial=initial_of(here.name, here.look),
        founds=bool(here.founded),
        asks="join" in here.blueprint.requests.forms,
    )
    status = 0
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        status = attempt(
            form,
            lambda: publishing.configure(
                here.acting,
                version=data["version"],
                name=data["name"],
                color=data["color"],
                texts=form.texts,
                founding=data.get("founding", here.look.founding),
                door=data.get("door", ""),
            ),
        )
        if not status:
            messages.success(request, _("Saved"))
            return redirect(address(here, "publish"))
    if status == 409:
        form.data = form.data.copy()
        form.data["version"] = here.look.version  # saving again is done knowingly
    return drawn(request, here, status or (400 if form.errors else 200), form=form)


@require_POST
@gate("set", "the whole portal")
def logo(request: HttpRequest, here: Here) -> HttpResponse:
    """Set a logo, or take it away."""
    access.require(here.acting, "set", ROOT)
    if "remove" in request.POST:
        publishing.set_logo(here.acting, version=request.POST.get("version", ""), stream=None)
        messages.success(request, _("Logo removed"))
        return redirect(address(here, "publish"))
    form = LogoForm(request.POST, request.FILES)
    status = 0
    if form.is_valid():
        data = form.cleaned_data
        status = attempt(form, lambda: publishing.set_logo(here.acting, version=data["version"], stream=data["logo"]))
        if not status:
            messages.success(request, _("Saved"))
            return redirect(address(here, "publish"))
    return drawn(request, here, status or 400, logo_form=form)


def look_form(here: Here, data: Any) -> LookForm:
    """The form of the portal's look, with what its blueprint leaves to it."""
    asks = "join" in here.blueprint.requests.forms
    return LookForm(data, initial=initial_of(here.name, here.look), founds=bool(here.founded), asks=asks)


def form_address(here: Here) -> str:
    """The address of the form that asks for access, whatever the door; nothing where nothing is asked for."""
    asks = "join" in here.blueprint.requests.forms
    return f"{settings.HABILIS_URL.rstrip('/')}{address(here, 'ask_join')}" if asks else ""


def drawn(request: HttpRequest, here: Here, status: int, **forms: Any) -> HttpResponse:
    """The page, with the forms that were sent and the others as they begin."""
    context = {
        "form": LookForm(
            initial=initial_of(here.name, here.look),
            founds=bool(here.founded),
            asks="join" in here.blueprint.requests.forms,
        ),
        "logo_form": LogoForm(initial={"version": here.look.version}),
        "version": here.look.version,
        "form_address": form_address(here),
        "why": WHY,
        **forms,
    }
    return page(request, "publish/index.html", context, status=status)


def picture_at_the_door(request: HttpRequest, door: Door) -> HttpResponseBase:
    """The same for a stranger to a portal that is public."""
    if not door.public and not request.user.is_authenticated:
        return ask_to_sign_in(request)
    insist_public(door)
    return png(door.portal)


@require_safe
@gate(SIGNED_IN, door=picture_at_the_door)
def picture(request: HttpRequest, here: Here) -> HttpResponseBase:  # noqa: ARG001 - every view has it
    """The portal's logo."""
    return png(here.portal)


def png(portal: str) -> HttpResponseBase:
    """The logo of *portal*."""
    path = publishing.logo(portal)
    if path is None:
        raise NotFound("no logo")
    response = FileResponse(path.open("rb"), content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400"
    return response


@require_http_methods(FORM_METHODS)
@gate("set", "the whole portal")
def programs(request: HttpRequest, here: Here) -> HttpResponse:
    """The tokens of programs; a new one is shown this once."""
    access.require(here.acting, "set", ROOT)
    form = TokenForm(posted(request))
    status, raw = 0, ""
    if request.method == "POST" and form.is_valid():
        made: list[str] = []
        status = attempt(form, lambda: made.append(tokens.issue(here.acting, name=form.cleaned_data["name"])))
        if not status:
            raw, form = made[0], TokenForm()
    context = {"form": form, "raw": raw, "tokens": tokens.known(here.portal, here.me), "why": WHY}
    return page(request, "publish/tokens.html", context, status=status or (400 if form.errors else 200))


@require_POST
@gate("set", "the whole portal")
def revoke(request: HttpRequest, here: Here, number: int) -> HttpResponse:
    """End a token: the next request that carries it is refused."""
    tokens.end(here.acting, number=number)
    messages.success(request, _("Token revoked"))
    return redirect(address(here, "tokens"))

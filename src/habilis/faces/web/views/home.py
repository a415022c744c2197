"""The doors: my portals, the home of one, its colours, the language, and the demo's mails."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.blueprints import colors
from habilis.core import NotFound
from habilis.faces.web import unsent as remembered
from habilis.faces.web.gate import PUBLIC, SIGNED_IN, gate
from habilis.faces.web.presenters import domains
from habilis.faces.web.shell import Here, page
from habilis.faces.web.unsent import ask_to_sign_in
from habilis.faces.web.views.doors import insist_public, public_home
from habilis.workflows import accounts, browse, delivery, doors, joining, moderation
from habilis.workflows.doors import Door


@require_safe
@gate(SIGNED_IN)
def portals(request: HttpRequest) -> HttpResponse:
    """The portals in which the person is known, where they are invited, and those where they may ask for access."""
    me = request.user.email
    context = {"mine": browse.my_portals(me), "offers": joining.addressed_to(me, spoken())}
    asked = doors.asked_of(me)
    others = [one for one in doors.open_to(me) if one[0] not in {key for key, _name, _waits in asked}]
    return page(request, "portals.html", {**context, "asked": asked, "open_portals": others})


@require_safe
@gate("list", "what the person may list", door=public_home)
def home(request: HttpRequest, here: Here) -> HttpResponse:
    """Who I am here, what I may do, what waits for me."""
    scope = request.GET.get("scope") or None
    cards = []
    waiting, total = awaiting(here)
    counted: dict[str, dict[str, int]] = {}
    for entry in (line for line in here.menu if line.type):
        info = here.blueprint.types[entry.type]
        if entry.type not in counted:
            counted[entry.type] = browse.counts(here.portal, here.me, entry.type, scope=scope)
        held = sum(n for state, n in counted[entry.type].items() if not entry.states or state in entry.states)
        if entry.awaiting:
            held = browse.resources(here.portal, here.me, entry.type, scope=scope, awaiting=True, limit=1).total
        cards.append({"entry": entry, "type": info, "count": held})
    creatable = [info for key, info in here.blueprint.types.items() if here.creates(key)]
    offers = [offer for offer in joining.addressed_to(here.me, spoken()) if offer.portal == here.portal]
    context = {"offers": offers, "cards": cards, "creatable": creatable, "awaiting": waiting, "awaiting_total": total}
    context["domains"] = domains.outermost(here.menu)
    if here.moderated or here.founded:
        mine = moderation.submitted(here.portal, here.me)
        context["submitted"] = [browse.scope(here.portal, here.me, key) for key in mine]
    return page(request, "home.html", context)


def spoken() -> str:
    """The language of the page."""
    return (get_language() or "fr")[:2]


def awaiting(here: Here) -> tuple[list[object], int]:
    """The newest resources that await the person's approval, and how many there are."""
    found: list[object] = []
    total = 0
    for key, info in here.blueprint.types.items():
        if any(transition.action == "approve" for transition in info.transitions) and here.lists(key):
            listed = browse.resources(here.portal, here.me, key, awaiting=True, limit=10)
            found += listed.items
            total += listed.total
    return found, total


def theme_at_the_door(request: HttpRequest, door: Door) -> HttpResponse:
    """The same for a stranger to a portal that is public."""
    if not door.public and not request.user.is_authenticated:
        return ask_to_sign_in(request)
    insist_public(door)
    return stylesheet(door.look.color)


@require_safe
@gate(SIGNED_IN, door=theme_at_the_door)
def theme(request: HttpRequest, here: Here) -> HttpResponse:  # noqa: ARG001 - every view has it
    """The portal's accent and its shades, as a stylesheet of their own."""
    return stylesheet(here.look.color)


def stylesheet(color: str) -> HttpResponse:
    """The shades of an accent."""
    shades = colors.shades(color)
    text = ":root{" + "".join(f"--{name}:{value};" for name, value in shades.items()) + "}\n"
    response = HttpResponse(text, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_POST
@login_not_required
@gate(PUBLIC)
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on: on this browser, and in the account of the signed in."""
    chosen = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None) or not target.startswith("/"):
        target = "/"
    response = HttpResponseRedirect(target)
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 3600,
            secure=bool(settings.LANGUAGE_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
        )
        if request.user.is_authenticated:
            accounts.set_language(request.user.email, chosen)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@gate(SIGNED_IN)
def unsent(request: HttpRequest) -> HttpResponse:
    """What was typed when the session had ended: send it now that one is signed in, or forget it."""
    kept = remembered.kept(request)
    if request.method != "POST":
        return page(request, "unsent.html", {"kept": kept}) if kept else redirect("web:portals")
    remembered.forget(request)
    if kept and "send" in request.POST:
        return HttpResponseRedirectPreserve(kept.path)
    return redirect(kept.path if kept else "web:portals")


class HttpResponseRedirectPreserve(HttpResponseRedirect):
    """Go there with the same form: its own view decides, as it would have."""

    status_code = 307


@require_safe
@login_not_required
@gate(PUBLIC)
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails that the demo would have sent: to everybody, as its passwords are, and in a demo alone."""
    if not settings.HABILIS_DEMO:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        raise NotFound("no such page")
    messages = delivery.sent_messages()
    asked = request.GET.get("q", "").strip().lower()
    if asked:
        messages = [m for m in messages if asked in f"{m.recipient} {m.subject}".lower()]
    return page(request, "outbox.html", {"mails": messages, "q": request.GET.get("q", "")})

"""Ask for access, and follow what one asked for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.blueprints.schema import RequestForm
from habilis.core import Invalid, NotFound
from habilis.faces.web.forms.requests import AskForm, IdentifierForm, IdentityForm, VersionForm, chosen, typed_initial
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import asked, words
from habilis.faces.web.shell import Here, address, page, posted
from habilis.faces.web.views.doors import to_sign_up
from habilis.faces.web.views.grants import attempt
from habilis.faces.web.views.people import helps
from habilis.workflows import accounts, asking, requests
from habilis.workflows.asking import NOTHING_FOUND, Found, Wish

FORM_METHODS = ["GET", "HEAD", "POST"]
NAMED = "named"  # what the step that names an organization says of itself
NEXT, BACK = "said_who", "say_who"  # the buttons between the step that says who one is and the one that follows


@require_safe
@gate(SIGNED_IN, asking=True, door=to_sign_up)
def index(request: HttpRequest, here: Here) -> HttpResponse:
    """What I may ask for here; where it is one thing, its form."""
    forms = here.forms
    if len(forms) == 1:
        return redirect(address(here, "ask_for", kind=forms[0].key))
    return page(request, "requests/ask.html", {"forms": forms})


@require_http_methods(FORM_METHODS)
@gate(SIGNED_IN, asking=True, door=to_sign_up)
def ask(request: HttpRequest, here: Here, kind: str) -> HttpResponse:
    """Ask for access, once what is asked for is found, and who one is is said."""
    form = form_of(here, kind)
    if asking.nothing_left(here.portal, here.me, form):
        messages.info(request, _("You have everywhere already what can be asked for here."))
        return redirect(address(here, "home"))
    sent = request.POST if request.method == "POST" else request.GET
    found, level = Found(sent.get("scheme", ""), sent.get("number", "")), sent.get("level", "")
    if form.found == "identifier":
        named = identify(request, here, form, found, level)
        if named is not None:
            return named
    offered = asking.offered(here.portal, here.me, form, found)
    if level in dict(levels(here, form)):
        offered = at_level(offered, level)
    scopes = asking.worth_asking(here.portal, here.me, form, offered)
    if not scopes:
        return page(request, "requests/nothing.html", {"form_asked": form, "held": bool(offered)})
    if kind == "join" and request.method != "POST" and (waiting := pending(here, kind, scopes)):
        messages.info(request, _("You asked for this already: here is your request, which you can change."))
        return redirect(address(here, "amend_request", request_id=waiting.id))
    return filled(request, here, form, scopes, found, level)


def filled(
    request: HttpRequest, here: Here, form: RequestForm, scopes: Any, found: Found, level: str = ""
) -> HttpResponse:
    """The form, step by step, and what comes of it once it is sent."""
    initial = {"level": level, "scheme": found.scheme, "number": found.number, "language": "fr"}
    initial |= preset(request, scopes)
    sheet = sheet_of(here, form, scopes, posted(request), initial)
    context = {"asked": form, "scopes": scopes, "back": address(here, "home") if here.known else "/"}
    context["profile_helps"] = helps(here, sheet.fields["profile"].choices)
    if form.identity:
        first = identity(request, form, sheet, context)
        if first is not None:
            return first
        if NEXT in request.POST:
            sheet = sheet_of(here, form, scopes, None, initial | carried(request.POST))
        sheet.hide_typed()
    context |= {"form": sheet, "step": steps(form)}
    status = 0
    if sheet.is_bound and sheet.is_valid():
        who = asking.expected(here.portal, here.me, sheet.keys)
        if not who.everyone and not sheet.cleaned_data["anyway"]:
            sheet.data = sheet.data.copy()
            sheet.data["anyway"] = "1"
            return page(request, "requests/form.html", {**context, "nobody": True}, status=409)
        status = attempt(sheet, lambda: send(here, form, sheet, found))
        if not status:
            messages.success(request, _("Your request is recorded. You are told by mail of what is decided."))
            return redirect(address(here, "mine"))
    if len(scopes) == 1:
        who = asking.expected(here.portal, here.me, [scopes[0].key])
        context["answering"] = sorted(accounts.names_of(who.nearest).values())
    return page(request, "requests/form.html", context, status=status or (400 if sheet.errors else 200))


def steps(form: RequestForm, back: int = 0) -> dict[str, int]:
    """Which step this is of how many: the last, or one that comes *back* before it."""
    many = 1 + (form.found == "identifier") + form.identity
    return {"number": many - back, "of": many} if many > 1 else {}


def identity(request: HttpRequest, form: RequestForm, sheet: AskForm, context: dict[str, Any]) -> HttpResponse | None:
    """The step at which one says who one is; nothing once it is said."""
    sent = posted(request)
    if sent is not None and BACK not in sent:
        first = IdentityForm(form, sent)
        if first.is_valid():
            return None
        status = 400
    else:
        first = IdentityForm(form, initial=carried(sent) if sent else {})
        status = 200
    others = [
        (name, value)
        for name, values in (sent.lists() if sent else ())
        for value in values
        if name in sheet.fields and name not in first.fields
    ]
    shown = {**context, "form": first, "others": others, "step": steps(form, 1), "next": NEXT}
    return page(request, "requests/identity.html", shown, status=status)


def carried(sent: Any) -> dict[str, Any]:
    """What was sent from one step, as the next one begins."""
    return {name: values if name == "scopes" else values[-1] for name, values in sent.lists() if values}


def form_of(here: Here, kind: str) -> RequestForm:
    """What the blueprint says of requests of *kind*."""
    found = here.blueprint.requests.forms.get(kind)
    if found is None:
        raise NotFound(f"nothing is asked for as `{kind}`")
    return found


def levels(here: Here, form: RequestForm) -> list[tuple[str, str]]:
    """The kinds among which one asks for a level, where an organization is named and what is below it too."""
    kinds = [(key, words.kind_name(here.blueprint, key)) for key in here.blueprint.kinds if key in form.on]
    return kinds if form.found == "identifier" and form.below and len(kinds) > 1 else []


def at_level(scopes: Any, level: str) -> tuple[Any, ...]:
    """Those of *scopes* that are of the kind *level*."""
    return tuple(scope for scope in scopes if scope.kind == level)


def identify(request: HttpRequest, here: Here, form: RequestForm, found: Found, level: str) -> HttpResponse | None:
    """The step at which an organization is named by its number, and a level chosen; nothing once both are known."""
    kinds, offered = here.blueprint.model.kinds, levels(here, form)
    schemes = [here.blueprint.identifiers[key] for kind in form.on for key in kinds[kind].identifiers]
    given = {"scheme": found.scheme, "number": found.number, "level": level}
    sent = bool(found.scheme or found.number) and (not offered or bool(level) or NAMED in request.GET)
    sheet = IdentifierForm(schemes, offered, given if sent else None, initial=given)
    if request.method == "POST" and not level:
        sheet.fields.pop("level", None)
        sheet.data, sheet.is_bound = given, True
    if sheet.is_bound and sheet.is_valid():
        try:
            if asking.find(here.portal, form, found) is None:
                sheet.add_error("number", _("Nothing here has this number. Check it, or ask whoever gave it to you."))
            elif level in dict(offered) and not at_level(asking.offered(here.portal, here.me, form, found), level):
                sheet.add_error("level", _("Nothing stands at this level there: choose another"))
            else:
                return None
        except Invalid as error:
            sheet.blame(error)
    context = {"asked": form, "form": sheet, "step": steps(form, 1 + form.identity), "named": NAMED}
    return page(request, "requests/identify.html", context, status=400 if sheet.errors else 200)


def preset(request: HttpRequest, scopes: Any) -> dict[str, Any]:
    """The scope that a link asked for, where it is one of those offered."""
    wanted = request.GET.get("for", "") if request.method != "POST" else ""
    return chosen([scope for scope in scopes if wanted and scope.key == wanted])


def sheet_of(here: Here, form: RequestForm, scopes: Any, data: Any, initial: dict[str, Any]) -> AskForm:
    """The form, with the profiles that can be asked for."""
    profiles = [(key, words.profile_name(here, key)) for key in asking.asked_profiles(here.portal, form)]
    return AskForm(form, scopes, profiles, data, initial=initial, called=words.kinds_among(here.blueprint, scopes))


def wish(sheet: AskForm, found: Found = NOTHING_FOUND) -> Wish:
    """What a valid form asks for."""
    data = sheet.cleaned_data
    return Wish(sheet.keys, data["profile"], data["comment"], sheet.values, found)


def send(here: Here, form: RequestForm, sheet: AskForm, found: Found) -> None:
    """Ask."""
    data = sheet.cleaned_data
    newcomer = {key: data[key] for key in ("person", "name", "language") if key in data}
    asking.ask(here.acting, kind=form.key, wish=wish(sheet, found), **newcomer)


def pending(here: Here, kind: str, scopes: Any) -> Any:
    """My request of the same kind that waits already for one of *scopes*."""
    keys = {scope.key for scope in scopes}
    mine = requests.mine(here.portal, here.me)
    return next(
        (one for one in mine if one.state == "pending" and one.kind == kind and keys & {s.key for s in one.scopes}),
        None,
    )


@require_safe
@gate(SIGNED_IN, asking=True)
def mine(request: HttpRequest, here: Here) -> HttpResponse:
    """What I asked for: its state, and who is waited for."""
    rows = [
        {
            "asked": asked.one(here, record),
            "granted": asked.granted(here, record),
            "answering": requests.answering(record) if record.state == "pending" else (),
            "amends": record.state == "pending" and record.kind in here.blueprint.requests.forms,
            "amends_kind": record.kind in here.blueprint.requests.forms,
            "form": VersionForm(initial={"version": record.version}, auto_id=False),
        }
        for record in requests.mine(here.portal, here.me)
    ]
    context = {"rows": rows, "headings": asked.headings(here), "forms": here.forms}
    return page(request, "requests/mine.html", context)


def my_request(here: Here, number: int) -> Any:
    """One of my requests; any other is unknown."""
    found = next((one for one in requests.mine(here.portal, here.me) if one.id == number), None)
    if found is None:
        raise NotFound(f"unknown request `{number}`")
    return found


@require_http_methods(FORM_METHODS)
@gate(SIGNED_IN, asking=True)
def amend(request: HttpRequest, here: Here, request_id: int) -> HttpResponse:
    """Change what I asked for, while it waits."""
    record = my_request(here, request_id)
    form = form_of(here, record.kind)
    if record.state != "pending":
        messages.info(request, _("It waits no more."))
        return redirect(address(here, "mine"))
    scopes = asking.offered_again(here.portal, here.me, form, record.scopes)
    initial = {
        **chosen(record.scopes),
        **typed_initial(form.fields, record.fields),
        "profile": record.profile,
        "comment": record.comment,
        "version": record.version,
    }
    sheet = sheet_of(here, form, scopes, posted(request), initial)
    for name in ("person", "name", "language"):
        sheet.fields.pop(name, None)
    status = 0
    if request.method == "POST" and sheet.is_valid():
        version = sheet.cleaned_data["version"] or 0
        status = attempt(
            sheet,
            lambda: asking.amend(here.acting, request=record.id, version=version, wish=wish(sheet)),
        )
        if not status:
            messages.success(request, _("Your request is changed."))
            return redirect(address(here, "mine"))
    context = {"asked": form, "form": sheet, "scopes": scopes, "amending": True, "back": address(here, "mine")}
    context["profile_helps"] = helps(here, sheet.fields["profile"].choices)
    return page(request, "requests/form.html", context, status=status or (400 if sheet.errors else 200))


@require_POST
@gate(SIGNED_IN, asking=True)
def withdraw(request: HttpRequest, here: Here, request_id: int) -> HttpResponse:
    """Take a request back."""
    form = VersionForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    asking.withdraw(here.acting, request=request_id, version=version)
    messages.success(request, _("Your request is taken back."))
    return redirect(address(here, "mine"))

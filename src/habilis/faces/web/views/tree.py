"""What one does with a scope: create, rename, move, close, reopen, configure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habilis.core import PORTAL, Conflict, Invalid, NotFound, Ref
from habilis.faces.web.forms.base import Form
from habilis.faces.web.forms.scopes import PREFIX, ConfigurationForm, ManagerForm, MoveForm, OpeningForm, ScopeForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.grants import attempt
from habilis.faces.web.views.picking import Picked, pick
from habilis.workflows import access, browse, onboarding, scopes
from habilis.workflows.onboarding import FirstManager

FORM_METHODS = ["GET", "HEAD", "POST"]
PROPOSED = 100  # people of each scope above, as responsible


def at(here: Here, key: str) -> str:
    """The address of a scope's page."""
    return address(here, "scope", key=key) if key else address(here, "root")


def home_of(request: HttpRequest, here: Here, scope: Any) -> str:
    """Where a page about *scope* leads back to: its page, or the screen of people that it was opened from."""
    screen = request.GET.get("roster", "")
    known_there = screen and screen in (scope.key, scope.parent_key)
    return address(here, "roster", key=screen) if known_there else at(here, scope.key)


def known(here: Here, key: str, action: str) -> Any:
    """The scope, for whoever may do *action* on it."""
    scope = browse.scope(here.portal, here.me, key)
    access.require(here.acting, action, Ref(scope.kind, key))
    return scope


def sheet(
    request: HttpRequest,
    here: Here,
    scope: Any,
    action: str,
    form: Form | None,
    change: Callable[[], tuple[str, str]],
    **context: Any,
) -> HttpResponse:
    """
    The page of a form about a *scope*, and what becomes of it.

    *change* does what the form asks; it returns the key of the scope to go to, and what to tell there.
    """
    back = home_of(request, here, scope)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            key, told = change()
        except Invalid as error:
            if form is None:
                raise
            form.blame(error)
        else:
            messages.success(request, told)
            return redirect(back if back != at(here, scope.key) else at(here, key))
    around = {
        "form": form,
        "scope": scope,
        "back": back,
        "why": {"action": action, "type": scope.kind, "key": scope.key},
    }
    faulty = form is not None and form.errors
    return page(request, "manage/form.html", {**around, **context}, status=400 if faulty else 200)


@require_http_methods(FORM_METHODS)
@gate("create_<kind>", "the parent")
def new(request: HttpRequest, here: Here, kind: str) -> HttpResponse:
    """Create a scope below another, with its first manager if one is named; the other is chosen, unless it is asked."""
    if kind not in here.blueprint.kinds or kind == PORTAL:
        raise NotFound(f"no kind `{kind}`")
    picked, parent = parents_asked(request, here, kind)
    profiles = [
        (key, words.profile_name(here, key)) for key in onboarding.proposed(here.portal, here.me, parent.key, kind)
    ]
    form = OpeningForm(here.blueprint, kind, posted(request), parents=picked.scopes, profiles=profiles)
    if "parent" in form.fields:
        picked.on(form, "parent")
    status = 0
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        asked = {
            "parent": data.get("parent", parent.key),
            "kind": kind,
            "name": data["name"],
            "identifiers": form.identifiers,
        }
        made: list[str] = []
        status = attempt(form, lambda: made.append(opened(here, form.manager, asked)))
        if not status:
            messages.success(request, _("Created: %(title)s") % {"title": data["name"]})
            return redirect(home_of(request, here, parent) if "roster" in request.GET else at(here, made[0]))
    context = {
        "form": form,
        "title": _("New: %(thing)s") % {"thing": words.kind_name(here.blueprint, kind)},
        "scope": parent,
        "says": ""
        if "parent" in form.fields
        else _("It will stand under: %(scope)s") % {"scope": words.scope_name(parent)},
        "button": _("Create"),
        "back": home_of(request, here, parent) if not picked.scopes else address(here, "manage"),
        "why": {"action": f"create_{kind}", "type": parent.kind, "key": parent.key},
    }
    return page(request, "manage/form.html", context, status=status or (400 if form.errors else 200))


def parents_asked(request: HttpRequest, here: Here, kind: str) -> tuple[Picked, Any]:
    """The places to choose from where none is asked for, and the one asked for or first among them."""
    action = f"create_{kind}"
    if "parent" in request.GET:
        return Picked((), many=False, sought=""), known(here, request.GET["parent"], action)
    picked = pick(request, here, action, "parent")
    if not picked.scopes:
        refuse(here, action, "nowhere")
    chosen = request.POST.get("parent")
    return picked, next((scope for scope in picked.scopes if scope.key == chosen), picked.scopes[0])


def opened(here: Here, manager: FirstManager | None, asked: dict[str, Any]) -> str:
    """Create the scope, with its first manager if there is one; its key."""
    if manager is None:
        return scopes.create(here.acting, **asked)
    return onboarding.establish(here.acting, **asked, manager=manager)


@require_http_methods(FORM_METHODS)
@gate("edit", "the scope")
def rename(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Change a scope's name and identifiers."""
    scope = known(here, key, "edit")
    initial = {"name": scope.name, **{PREFIX + scheme: number for scheme, number in scope.identifiers.items()}}
    form = ScopeForm(here.blueprint, scope.kind, posted(request), initial=initial)

    def change() -> tuple[str, str]:
        scopes.rename(here.acting, key=key, name=form.cleaned_data["name"], identifiers=form.identifiers)
        return key, _("Saved")

    return sheet(request, here, scope, "edit", form, change, title=_("Edit: %(title)s") % {"title": scope.name})


@require_http_methods(FORM_METHODS)
@gate("edit", "the scope", rights=True)
def move(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Put a scope under another."""
    scope = known(here, key, "edit")
    picked = pick(request, here, f"create_{scope.kind}", "parent")
    places = tuple(place for place in picked.scopes if place.key not in (key, scope.parent_key))
    form = MoveForm(places, posted(request))
    picked.on(form, "parent")
    anywhere = bool(places) or picked.many

    def change() -> tuple[str, str]:
        if not anywhere:
            raise Invalid("no other place holds such a scope", code="parent")
        scopes.move(here.acting, key=key, parent=form.cleaned_data["parent"])
        return key, _("Moved")

    says = _("Everything below moves with it, and so do the rights that reach it from above.")
    return sheet(
        request,
        here,
        scope,
        "edit",
        form if anywhere else None,
        change,
        title=_("Move: %(scope)s") % {"scope": scope.name},
        says=says if anywhere else _("There is no other place where you may put it."),
    )


@require_http_methods(FORM_METHODS)
@gate("edit", "the scope", rights=True)
def close(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Close a scope, once told what that means."""
    scope = known(here, key, "edit")

    def change() -> tuple[str, str]:
        scopes.close(here.acting, key=key)
        return key, _("Closed: %(scope)s") % {"scope": scope.name}

    says = _(
        "The rights held on it or below will sleep, and nothing more can be created there. "
        "What it holds stays readable from above, and it can be reopened."
    )
    button = words.closing_word(here.blueprint, scope.kind)
    title = _("%(verb)s: %(scope)s") % {"verb": button, "scope": scope.name}
    return sheet(request, here, scope, "edit", None, change, title=title, says=says, danger=True, button=button)


@require_POST
@gate("edit", "the scope")
def reopen(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Reopen a closed scope; where nobody is left to manage it, ask who will."""
    form = ManagerForm(request.POST if "manager" in request.POST else None)
    status = 409
    if not form.is_bound or form.is_valid():
        try:
            scopes.reopen(here.acting, key=key, manager=form.cleaned_data["manager"] if form.is_bound else "")
        except Invalid as error:
            form.blame(error)
            status = 400
        except Conflict as error:
            if error.code != "no_manager":
                raise
        else:
            messages.success(request, _("Reopened"))
            return redirect(home_of(request, here, browse.scope(here.portal, here.me, key)))
    scope = browse.scope(here.portal, here.me, key)
    context = {
        "form": form,
        "title": _("Reopen: %(scope)s") % {"scope": scope.name},
        "scope": scope,
        "button": _("Reopen"),
        "says": words.code("no_manager"),
        "back": home_of(request, here, scope),
        "why": {"action": "edit", "type": scope.kind, "key": key},
    }
    return page(request, "manage/form.html", context, status=400 if form.errors else status)


def entrusted(here: Here, scope: Any) -> list[tuple[str, str]]:
    """Who may be responsible for a scope: the scopes above it, the people on them, and whoever is already."""
    found: dict[str, str] = {}
    for above in browse.choices(here.portal, here.me, "export"):
        if above.key and above.id in scope.path[:-1]:
            found[above.key] = f"{words.kind_name(here.blueprint, above.kind)} : {above.name}"
            people = browse.people(here.portal, here.me, above.key, below=False, limit=PROPOSED)
            found |= {person.email: person.name for person in people.items if person.active}
    if scope.responsible:
        found.setdefault(scope.responsible, scope.responsible)
    return list(found.items())


@require_http_methods(FORM_METHODS)
@gate("configure", "the scope, from above", rights=True)
def configure(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Set what a scope imposes on the grants held on it or below."""
    scope = known(here, key, "configure")
    kept = scope.configuration
    table = kept is not None and not isinstance(kept, str)
    initial = {"configuration": ConfigurationForm.TABLE if table else kept or "", "options": list(scope.options)}
    initial["responsible"] = scope.responsible
    people = entrusted(here, scope)
    form = ConfigurationForm(
        here.blueprint, scope.kind, posted(request), initial=initial, table=table, responsible=people
    )

    def change() -> tuple[str, str]:
        data = form.cleaned_data
        chosen = data.get("configuration", ConfigurationForm.TABLE)
        configuration = kept if chosen == ConfigurationForm.TABLE else chosen or None
        options, responsible = data.get("options", []), data["responsible"]
        scopes.configure(here.acting, key=key, configuration=configuration, options=options, responsible=responsible)
        return key, _("Saved")

    entry = here.line("configuration")
    title = _("Configure: %(scope)s") % {"scope": scope.name}
    if entry:
        title = _("%(page)s: %(scope)s") % {"page": words.said(entry.label), "scope": scope.name}
    says = _("This bounds the rights held on it or below. Those held above are not concerned.")
    return sheet(request, here, scope, "configure", form, change, title=title, says=says)

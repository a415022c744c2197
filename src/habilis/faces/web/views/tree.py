"""What one does with a scope: create, rename, move, close, reopen, configure."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habilis.core import PORTAL, Invalid, NotFound, Ref
from habilis.faces.web.forms.scopes import PREFIX, ConfigurationForm, MoveForm, ScopeForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page, posted
from habilis.workflows import access, browse, scopes

FORM_METHODS = ["GET", "HEAD", "POST"]


def at(here: Here, key: str) -> str:
    """The address of a scope's page."""
    return address(here, "scope", key=key) if key else address(here, "root")


@require_http_methods(FORM_METHODS)
@gate("create_<kind>", "the parent")
def new(request: HttpRequest, here: Here, kind: str) -> HttpResponse:
    """Create a scope below another."""
    if kind not in here.blueprint.kinds or kind == PORTAL:
        raise NotFound(f"no kind `{kind}`")
    parent = browse.scope(here.portal, here.me, request.GET.get("parent", ""))
    access.require(here.acting, f"create_{kind}", Ref(parent.kind, parent.key))
    form = ScopeForm(here.blueprint, kind, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            key = scopes.create(
                here.acting, parent=parent.key, kind=kind, name=form.cleaned_data["name"], identifiers=form.identifiers
            )
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Created: %(title)s") % {"title": form.cleaned_data["name"]})
            return redirect(at(here, key))
    title = _("New: %(thing)s") % {"thing": words.kind_name(here.blueprint, kind)}
    context = {
        "form": form,
        "title": title,
        "scope": parent,
        "says": _("It will stand under: %(scope)s") % {"scope": words.scope_name(parent)},
        "back": at(here, parent.key),
        "why": {"action": f"create_{kind}", "type": parent.kind, "key": parent.key},
    }
    return page(request, "manage/form.html", context, status=400 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@gate("edit", "the scope")
def rename(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Change a scope's name and identifiers."""
    scope = browse.scope(here.portal, here.me, key)
    access.require(here.acting, "edit", Ref(scope.kind, key))
    initial = {"name": scope.name, **{PREFIX + scheme: number for scheme, number in scope.identifiers.items()}}
    form = ScopeForm(here.blueprint, scope.kind, posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            scopes.rename(here.acting, key=key, name=form.cleaned_data["name"], identifiers=form.identifiers)
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Saved"))
            return redirect(at(here, key))
    context = {
        "form": form,
        "title": _("Rename: %(scope)s") % {"scope": scope.name},
        "scope": scope,
        "back": at(here, key),
        "why": {"action": "edit", "type": scope.kind, "key": key},
    }
    return page(request, "manage/form.html", context, status=400 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@gate("edit", "the scope")
def move(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Put a scope under another."""
    scope = browse.scope(here.portal, here.me, key)
    access.require(here.acting, "edit", Ref(scope.kind, key))
    places = tuple(
        place
        for place in browse.choices(here.portal, here.me, f"create_{scope.kind}")
        if place.key not in (key, scope.parent_key)
    )
    form = MoveForm(places, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            scopes.move(here.acting, key=key, parent=form.cleaned_data["parent"])
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Moved"))
            return redirect(at(here, key))
    says = _("Everything below moves with it, and so do the rights that reach it from above.")
    context = {
        "form": form if places else None,
        "title": _("Move: %(scope)s") % {"scope": scope.name},
        "scope": scope,
        "says": says if places else _("There is no other place where you may put it."),
        "back": at(here, key),
        "why": {"action": "edit", "type": scope.kind, "key": key},
    }
    return page(request, "manage/form.html", context, status=400 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@gate("edit", "the scope")
def close(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Close a scope, once told what that means."""
    scope = browse.scope(here.portal, here.me, key)
    access.require(here.acting, "edit", Ref(scope.kind, key))
    if request.method == "POST":
        scopes.close(here.acting, key=key)
        messages.success(request, _("Closed: %(scope)s") % {"scope": scope.name})
        return redirect(at(here, key))
    context = {
        "title": _("Close: %(scope)s") % {"scope": scope.name},
        "scope": scope,
        "danger": True,
        "button": _("Close"),
        "says": _(
            "The rights held on it or below will sleep, and nothing more can be created there. "
            "What it holds stays readable from above, and it can be reopened."
        ),
        "back": at(here, key),
        "why": {"action": "edit", "type": scope.kind, "key": key},
    }
    return page(request, "manage/form.html", context)


@require_POST
@gate("edit", "the scope")
def reopen(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Reopen a closed scope."""
    scopes.reopen(here.acting, key=key)
    messages.success(request, _("Reopened"))
    return redirect(at(here, key))


@require_http_methods(FORM_METHODS)
@gate("configure", "the scope, from above")
def configure(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Set what a scope imposes on the grants held on it or below."""
    scope = browse.scope(here.portal, here.me, key)
    access.require(here.acting, "configure", Ref(scope.kind, key))
    kept = scope.configuration
    table = kept is not None and not isinstance(kept, str)
    initial = {"configuration": ConfigurationForm.TABLE if table else kept or "", "options": list(scope.options)}
    form = ConfigurationForm(here.blueprint, scope.kind, posted(request), initial=initial, table=table)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        chosen = data.get("configuration", ConfigurationForm.TABLE)
        configuration = kept if chosen == ConfigurationForm.TABLE else chosen or None
        try:
            scopes.configure(here.acting, key=key, configuration=configuration, options=data.get("options", []))
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Saved"))
            return redirect(at(here, key))
    context = {
        "form": form,
        "title": _("Configure: %(scope)s") % {"scope": scope.name},
        "scope": scope,
        "says": _("This bounds the rights held on it or below. Those held above are not concerned."),
        "back": at(here, key),
        "why": {"action": "configure", "type": scope.kind, "key": key},
    }
    return page(request, "manage/form.html", context, status=400 if form.errors else 200)

"""What one does with a resource: create, edit, move along, comment, delete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habilis.core import Conflict, Invalid, NotFound, Ref
from habilis.faces.web.forms.base import scope_options
from habilis.faces.web.forms.resources import ResourceForm, initial_of
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.picking import pick
from habilis.faces.web.views.resources import around, type_of, values
from habilis.workflows import access, browse, resources

FORM_METHODS = ["GET", "HEAD", "POST"]
BOOK = 200  # titles that a field proposes


@require_http_methods(FORM_METHODS)
@gate("create_<type>", "the scope chosen in the form")
def new(request: HttpRequest, here: Here, type_: str) -> HttpResponse:
    """Create a resource on one of the scopes where that is allowed."""
    info = type_of(here, type_)
    picked = pick(request, here, f"create_{type_}", "scope")
    scopes = picked.scopes
    if not scopes and not picked.many:
        if not here.lists(type_):
            raise NotFound(f"no type `{type_}`")
        refuse(here, f"create_{type_}", "nowhere")
    approvable = any(transition.action == "approve" for transition in info.transitions)
    initial = {"scope": request.GET.get("scope", "")}
    form = ResourceForm(
        info, posted(request), scopes=places(here, type_, scopes), approvable=approvable, initial=initial
    )
    picked.on(form, "scope")
    if request.method == "POST" and form.is_valid():
        try:
            key = resources.create(
                here.acting,
                type_=type_,
                scope=form.cleaned_data["scope"],
                title=form.cleaned_data["title"],
                fields=form.values,
                approvers=form.cleaned_data.get("approvers", ()),
                files=[
                    resources.Upload(file.name or _("file"), file.content_type or "", file)
                    for file in request.FILES.getlist("files")
                ],
            )
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Created: %(title)s") % {"title": form.cleaned_data["title"]})
            seen = access.check(here.portal, here.me, "read", Ref(type_, key))
            return redirect(
                address(here, "resource", type_=type_, key=key) if seen else address(here, "resources", type_=type_)
            )
    asked = request.POST.get("scope") or request.GET.get("scope")
    place = next((scope for scope in scopes if scope.key == asked), scopes[0] if scopes else None)
    context = {"type": info, "form": form, "books": books(here, info)}
    if place:
        context["why"] = {"action": f"create_{type_}", "type": place.kind, "key": place.key}
    return page(request, "resources/form.html", context, status=400 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@gate("edit", "the resource")
def edit(request: HttpRequest, here: Here, type_: str, key: str) -> HttpResponse:
    """Change a resource, or move it; what somebody else changed meanwhile is shown, and nothing typed is lost."""
    info = type_of(here, type_)
    ref = Ref(type_, key)
    access.require(here.acting, "edit", ref)
    record = browse.resource(here.portal, here.me, type_, key)
    picked = pick(request, here, f"create_{type_}", "scope")
    elsewhere = picked.scopes
    scopes = elsewhere if any(scope.key == record.scope.key for scope in elsewhere) else (record.scope, *elsewhere)
    initial = {**initial_of(info, record), "scope": record.scope.key}
    form = ResourceForm(info, posted(request), scopes=places(here, type_, scopes), initial=initial)
    picked.on(form, "scope")
    status, meanwhile = 200, []
    if request.method == "POST" and form.is_valid():
        try:
            resources.edit(here.acting, ref=ref, version=form.cleaned_data["version"] or 0, **changed(form, record))
        except Invalid as error:
            form.blame(error)
        except Conflict as error:
            status, meanwhile = 409, differences(form, info, record)
            form.add_error(None, words.of(error))
            form.data = form.data.copy()
            form.data["version"] = str(record.version)  # saving again is done knowingly
        else:
            messages.success(request, _("Saved"))
            return redirect(address(here, "resource", type_=type_, key=key))
    if form.errors and status == 200:
        status = 400
    context = {
        "type": info,
        "form": form,
        "books": books(here, info),
        "record": record,
        "meanwhile": meanwhile,
        "why": {"action": "edit", "type": type_, "key": key},
    }
    return page(request, "resources/form.html", context, status=status)


def places(here: Here, type_: str, scopes: tuple[Any, ...]) -> list[tuple[str, str]]:
    """Scopes as the options of a form of a resource of *type_*, in the blueprint's words."""
    return scope_options(scopes, name=lambda scope: words.place_name(here.blueprint, type_, scope))


def books(here: Here, info: Any) -> dict[str, list[str]]:
    """What the fields of a type propose: for each type that one of them names, the titles that the person may list."""
    found = {}
    for type_ in {field.suggests: None for field in info.fields if field.suggests}:
        if here.lists(type_):
            listed = browse.resources(here.portal, here.me, type_, sort="title", limit=BOOK)
            found[type_] = list(dict.fromkeys(record.title for record in listed.items if record.title))
    return found


def after(here: Here, ref: Ref) -> str:
    """Where to go once something was done: to the resource, or to the list for whoever may not read it (any more)."""
    if access.check(here.portal, here.me, "read", ref):
        return address(here, "resource", type_=ref.type, key=ref.id)
    return address(here, "resources", type_=ref.type)


def changed(form: ResourceForm, record: Any) -> dict[str, Any]:
    """What the form asks to change."""
    asked: dict[str, Any] = {"title": form.cleaned_data["title"], "fields": form.values}
    if form.cleaned_data["scope"] != record.scope.key:
        asked["scope"] = form.cleaned_data["scope"]
    return asked


def differences(form: ResourceForm, info: Any, record: Any) -> list[tuple[str, str]]:
    """What the resource says now where the form says something else: the label, and today's value."""
    found = [(_("Title"), record.title)] if record.title != form.cleaned_data["title"] else []
    for field, today in values(info, record):
        typed = form.values.get(field.key)
        if today != ("" if typed is None else words.typed_value(field, typed)):
            found.append((words.said(field.label), today or _("empty")))
    return found


@require_POST
@gate("the transition", "the resource")
def move_along(request: HttpRequest, here: Here, type_: str, action: str, key: str) -> HttpResponse:
    """Press one of the buttons of a resource."""
    info = type_of(here, type_)
    if not any(transition.action == action for transition in info.transitions):
        raise NotFound(f"no action `{action}`")
    try:
        state = resources.transition(
            here.acting, ref=Ref(type_, key), version=whole(request.POST.get("version")), action=action
        )
    except Conflict as error:
        context = {**around(here, type_, key), "says": words.of(error)}
        return page(request, "resources/conflict.html", context, status=409)
    if any(t.action == action and t.to and state in t.from_ for t in info.transitions):
        messages.warning(request, words.CODES["awaits_approval"])
    else:
        messages.success(request, _("Done: %(action)s") % {"action": words.action_name(here.blueprint, action, type_)})
    seen = access.check(here.portal, here.me, "read", Ref(type_, key))
    return redirect(
        address(here, "resource", type_=type_, key=key) if seen else address(here, "resources", type_=type_)
    )


def whole(text: str | None) -> int:
    """A version as it was sent; anything else is no version."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


@require_http_methods(FORM_METHODS)
@gate("delete", "the resource")
def delete(request: HttpRequest, here: Here, type_: str, key: str) -> HttpResponse:
    """Delete a resource, once confirmed."""
    info = type_of(here, type_)
    ref = Ref(type_, key)
    access.require(here.acting, "delete", ref)
    record = browse.resource(here.portal, here.me, type_, key)
    if request.method == "POST":
        resources.delete(here.acting, ref=ref)
        messages.success(request, _("Deleted: %(title)s") % {"title": record.title or key})
        return redirect(address(here, "resources", type_=type_))
    context = {"type": info, "record": record, "why": {"action": "delete", "type": type_, "key": key}}
    return page(request, "resources/delete.html", context)


@require_POST
@gate("read", "the resource")
def comment(request: HttpRequest, here: Here, type_: str, key: str) -> HttpResponse:
    """Add a message to the thread."""
    type_of(here, type_)
    text = request.POST.get("text", "").strip()
    if text:
        resources.comment(here.acting, ref=Ref(type_, key), text=text)
        messages.success(request, _("Comment added"))
    else:
        messages.error(request, _("The comment is empty"))
    return redirect(address(here, "resource", type_=type_, key=key) + "#thread")

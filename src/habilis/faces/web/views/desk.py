"""Files first, then the work: several are dropped at once, and each resource is completed beside its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from habilis.blueprints.schema import TypeInfo
from habilis.core import Conflict, HabilisError, Invalid, NotFound, Ref
from habilis.faces.web.forms.base import scope_options
from habilis.faces.web.forms.resources import ResourceForm, initial_of
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.changes import FORM_METHODS, books, differences
from habilis.faces.web.views.files import shown_as
from habilis.faces.web.views.resources import type_of, values
from habilis.workflows import access, browse, desk
from habilis.workflows.browse import open_file
from habilis.workflows.holding import Upload

AHEAD = 200  # resources looked through for the next one
AT_ONCE = 20  # files


@require_http_methods(FORM_METHODS)
@gate("create_<type>", "the scope chosen in the form")
def intake(request: HttpRequest, here: Here, type_: str) -> HttpResponse:
    """Drop, choose or photograph files; each becomes a resource."""
    info = type_of(here, type_)
    if not info.intake:
        raise NotFound(f"no intake of `{type_}`")
    scopes = browse.choices(here.portal, here.me, f"create_{type_}")
    if not scopes:
        if not here.lists(type_):
            raise NotFound(f"no type `{type_}`")
        refuse(here, f"create_{type_}", "nowhere")
    asked = request.POST.get("scope", request.GET.get("scope", ""))
    faults: list[str] = []
    if request.method == "POST":
        place = asked or (scopes[0].key if len(scopes) == 1 else "")
        faults, made = taken_in(request, here, info, place)
        if made:
            for fault in faults:
                messages.error(request, fault)
            messages.success(request, received(len(made)))
            return redirect(first_of(here, info, made))
    chosen = next((scope for scope in scopes if scope.key == asked), scopes[0])
    context = {
        "type": info,
        "scopes": scope_options(scopes),
        "asked": asked,
        "faults": faults,
        "at_once": AT_ONCE,
        "why": {"action": f"create_{type_}", "type": chosen.kind, "key": chosen.key},
    }
    return page(request, "resources/intake.html", context, status=400 if faults else 200)


def taken_in(request: HttpRequest, here: Here, info: TypeInfo, place: str) -> tuple[list[str], list[str]]:
    """What went wrong, file by file, and the keys of what was made."""
    files = [file for file in request.FILES.getlist("files") if file.name]
    if not place:
        return [_("Choose where the files belong.")], []
    if not files:
        return [_("No file was chosen")], []
    faults, made = [], []
    for file in files:
        upload = Upload(file.name or _("file"), file.content_type or "", file)
        try:
            made.append(desk.take_in(here.acting, type_=info.key, scope=place, file=upload))
        except Invalid as error:
            faults.append(f"{file.name} : {'; '.join(words.fault_of(error, fault) for fault in error.faults)}")
    return faults, made


def received(count: int) -> str:
    """How many files came in."""
    from django.utils.translation import ngettext

    return ngettext("%(count)s document received", "%(count)s documents received", count) % {"count": count}


def first_of(here: Here, info: TypeInfo, made: list[str]) -> str:
    """Where to go with what was just made: to work on it, or to the list for whoever may not."""
    ref = Ref(info.key, made[0])
    if info.desk and info.desk[0] in access.actions(here.portal, here.me, [ref])[ref]:
        return address(here, "desk", type_=info.key, key=made[0])
    return f"{address(here, 'resources', type_=info.key)}?state={info.initial}"


@require_http_methods(FORM_METHODS)
@gate("read", "the resource; to save, what the button does")
def work(request: HttpRequest, here: Here, type_: str, key: str) -> HttpResponse:
    """A resource beside its file: complete it, send it on its way, go straight to the next."""
    info = type_of(here, type_)
    if not info.desk:
        raise NotFound(f"no desk for `{type_}`")
    ref = Ref(type_, key)
    record = browse.resource(here.portal, here.me, type_, key)
    may = access.actions(here.portal, here.me, [ref])[ref]
    paths = steps(info, record.state, may)
    if not paths and "edit" not in may:
        return redirect(address(here, "resource", type_=type_, key=key))
    form = ResourceForm(info, posted(request), initial=initial_of(info, record)) if "edit" in may else None
    queue = waiting(here, info, record.state, paths)
    status, meanwhile = 200, []
    if request.method == "POST":
        actions = next((path["actions"] for path in paths if path["key"] == request.POST.get("do")), ())
        if form is None or form.is_valid():
            try:
                state = save(request, here, ref, form, actions)
            except Invalid as error:
                if form is None:
                    raise
                form.blame(error)
            except Conflict as error:
                if form is None:
                    raise
                status, meanwhile = 409, differences(form, info, record)
                form.add_error(None, words.of(error))
                form.data = form.data.copy()
                form.data["version"] = str(record.version)
            else:
                tell(request, here, info, ref, actions, state)
                return redirect(after(here, info, record, queue, moved=state != record.state))
        status = status if status != 200 or form is None or not form.errors else 400
    at = queue.index(key) if key in queue else -1
    context = {
        "type": info,
        "record": record,
        "form": form,
        "books": books(here, info),
        "values": values(info, record),
        "meanwhile": meanwhile,
        "paths": paths,
        "position": at + 1,
        "queued": len(queue),
        "before": queue[at - 1] if at > 0 else "",
        "following": queue[at + 1] if 0 <= at < len(queue) - 1 else "",
        **sheets(request, here, ref),
        "why": {"action": "read", "type": type_, "key": key},
    }
    return page(request, "resources/desk.html", context, status=status)


def save(request: HttpRequest, here: Here, ref: Ref, form: Any, actions: Sequence[str]) -> str:
    """Save what was typed and press what was pressed; return the state that follows."""
    version = request.POST.get("version", "")
    typed = {"title": form.cleaned_data["title"], "fields": form.values} if form is not None else {}
    number = int(version) if version.isdecimal() and len(version) < 10 else 0
    return desk.handle(here.acting, ref=ref, version=number, actions=actions, **typed)


def steps(info: TypeInfo, state: str, may: frozenset[str]) -> list[dict[str, Any]]:
    """The buttons: each transition of the desk that can follow from *state*, with those before it."""
    found: list[dict[str, Any]] = []
    done: list[Any] = []
    for action in info.desk:
        transition = next((t for t in info.transitions if t.action == action and state in t.from_), None)
        if transition is None:
            continue
        if action not in may:
            break
        done.append(transition)
        state = transition.to
        label = words.said(done[0].label)
        for then in done[1:]:
            label = _("%(first)s and %(then)s") % {"first": label, "then": words.said(then.label).lower()}
        found.append({"key": action, "label": label, "actions": tuple(t.action for t in done)})
    return found


def waiting(here: Here, info: TypeInfo, state: str, paths: list[dict[str, Any]]) -> list[str]:
    """The keys of what waits for the same work, the oldest first."""
    if not paths:
        return []
    action = paths[0]["actions"][0]
    found = browse.resources(
        here.portal, here.me, info.key, action=action, states=(state,), sort="created", limit=AHEAD
    )
    return [record.key for record in found.items]


def after(here: Here, info: TypeInfo, record: Any, queue: list[str], *, moved: bool) -> str:
    """The next one, where this one was sent on its way; this one, where it was only saved."""
    if not moved:
        if access.check(here.portal, here.me, "read", Ref(info.key, record.key)):
            return address(here, "desk", type_=info.key, key=record.key)
        return address(here, "resources", type_=info.key)
    at = queue.index(record.key) if record.key in queue else -1
    left = queue[at + 1 :] + queue[: max(at, 0)]
    if left:
        return address(here, "desk", type_=info.key, key=left[0])
    return f"{address(here, 'resources', type_=info.key)}?state={record.state}"


def tell(request: HttpRequest, here: Here, info: TypeInfo, ref: Ref, actions: Sequence[str], state: str) -> None:
    """Say what became of it, and whose approval holds it back."""
    if not actions:
        messages.success(request, _("Saved"))
        return
    try:
        record = browse.resource(here.portal, here.me, ref.type, ref.id)
    except HabilisError:
        messages.success(request, words.said(info.states[state]))
        return
    messages.success(
        request, _("%(title)s: %(state)s") % {"title": record.title, "state": words.said(info.states[state])}
    )
    names = [name for _email, name, approved in record.approvers if not approved]
    if names and info.approval and any(t.action == info.approval.holds and state in t.from_ for t in info.transitions):
        messages.warning(request, _("It awaits the approval of: %(names)s") % {"names": ", ".join(names)})


def sheets(request: HttpRequest, here: Here, ref: Ref) -> dict[str, Any]:
    """The files of a resource, and the one that is shown: the one asked for, else the first that can be."""
    files = browse.files(here.portal, here.me, ref)
    kinds = {file.id: shown_as(open_file(here.portal, here.me, file.id)[1]) for file in files[:AT_ONCE]}
    asked = request.GET.get("file", "")
    shown = next((file for file in files if str(file.id) == asked and kinds.get(file.id)), None)
    shown = shown or next((file for file in files if kinds.get(file.id)), None)
    return {"files": files, "shown": shown, "shown_kind": kinds.get(shown.id) if shown else None, "kinds": kinds}

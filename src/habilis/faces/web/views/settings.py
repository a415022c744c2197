"""The settings of a scope: its approval rules, and what goes on by itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.blueprints.schema import TypeInfo
from habilis.core import Conflict, Invalid, NotFound, Ref
from habilis.faces.web.forms.approvals import RuleForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page
from habilis.faces.web.views.changes import FORM_METHODS, whole
from habilis.workflows import access, approvals, browse

SHOWN = 200  # people proposed as approvers


def ruled(here: Here, kind: str) -> list[TypeInfo]:
    """The types to which approval rules apply on scopes of *kind*."""
    types = here.blueprint.model.types
    return [info for key, info in here.blueprint.types.items() if info.approval and kind in types[key].on]


def settled(here: Here) -> list[str]:
    """The kinds of scope that have such settings."""
    return [kind for kind in here.blueprint.kinds if ruled(here, kind)]


@require_safe
@gate("read_settings", "some scope")
def index(request: HttpRequest, here: Here) -> HttpResponse:
    """The scopes whose settings the person may read; straight to the only one."""
    scopes = [s for s in browse.choices(here.portal, here.me, "read_settings") if s.kind in settled(here)]
    if not scopes:
        raise NotFound("no settings")
    if len(scopes) == 1:
        return redirect(address(here, "settings", key=scopes[0].key))
    return page(request, "manage/settings_index.html", {"scopes": scopes, "menu_page": "settings"})


@require_http_methods(FORM_METHODS)
@gate("read_settings", "the scope; to change, `set`")
def show(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Read them; add a rule."""
    scope = browse.scope(here.portal, here.me, key)
    kept = approvals.settings(here.portal, here.me, key)
    infos = ruled(here, scope.kind)
    if not infos:
        raise NotFound(f"no settings on a {scope.kind}")
    may_set = here.may("set", key, scope.kind)
    known = people_of(here, scope)
    asked = request.POST.get("type", "") if request.method == "POST" else ""
    status = 200
    parts = []
    for info in infos:
        sent = request.POST if asked == info.key else None
        able = approvals.candidates(here.portal, key, info.key, list(known))
        form = RuleForm(info, [(who, name) for who, name in known.items() if who in able], sent) if may_set else None
        if form is not None and sent is not None:
            status = add(here, key, info, form, sent.get("version", ""))
            if not status:
                messages.success(request, _("Rule added"))
                return redirect(address(here, "settings", key=key))
        holds = next(t.label for t in info.transitions if info.approval and t.action == info.approval.holds)
        parts.append({"info": info, "form": form, "holds": holds, "rules": told(info, kept, known)})
    if request.method == "POST" and not may_set:
        access.require(here.acting, "set", Ref(scope.kind, key))
    context = {
        "scope": scope,
        "parts": parts,
        "kept": kept,
        "may_set": may_set,
        "creates": here.may("attach", key, scope.kind),
        "asks": next((form for form in here.forms if form.key == "newcomer" and scope.kind in form.on), None),
        "roster": here.line("roster") if here.may("export", key, scope.kind) else None,
        "menu_page": "settings",
        "why": {"action": "read_settings", "type": scope.kind, "key": key},
    }
    return page(request, "manage/settings.html", context, status=status or 200)


def add(here: Here, key: str, info: TypeInfo, form: RuleForm, version: str) -> int:
    """Add the rule of the form; return the status of the answer, 0 where all went well."""
    if not form.is_valid():
        return 400
    data = form.cleaned_data
    try:
        approvals.add_rule(
            here.acting,
            scope=key,
            version=version,
            type_=info.key,
            kind=data["kind"],
            threshold=data["threshold"],
            approvers=data["approvers"],
        )
    except Invalid as error:
        form.blame(error)
        return 400
    except Conflict as error:
        form.add_error(None, words.of(error))
        return 409
    return 0


def people_of(here: Here, scope: Any) -> dict[str, str]:
    """Those with an access on the scope whom the person may see, by address: their names."""
    if not here.may("export", scope.key, scope.kind):
        return {here.me: here.acting.person}
    found = browse.people(here.portal, here.me, scope.key, below=False, limit=SHOWN)
    return {person.email: person.name for person in found.items if person.active}


def told(info: TypeInfo, kept: approvals.Settings, known: dict[str, str]) -> list[dict[str, Any]]:
    """The rules of a type in words, each with its place among all."""
    approval = info.approval
    fields = {field.key: field for field in info.fields}
    found = []
    for n, rule in enumerate(kept.rules):
        if rule.type != info.key or approval is None:
            continue
        found.append(
            {
                "position": n,
                "kind": words.said(fields[approval.kind].choices.get(rule.kind)) if rule.kind else "",
                "threshold": words.value(fields[approval.amount], str(rule.threshold)) if rule.threshold else "",
                "approvers": [known.get(who, who) for who in rule.approvers],
            }
        )
    return found


@require_POST
@gate("set", "the scope")
def remove_rule(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Take a rule away."""
    position = request.POST.get("position", "")
    number = whole(position) if position.isdecimal() else -1
    approvals.remove_rule(here.acting, scope=key, version=request.POST.get("version", ""), position=number)
    messages.success(request, _("Rule removed"))
    return redirect(address(here, "settings", key=key))


@require_POST
@gate("set", "the scope")
def automatic(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Say what goes on by itself."""
    version, types = request.POST.get("version", ""), request.POST.getlist("types")
    approvals.set_automatic(here.acting, scope=key, version=version, types=types)
    messages.success(request, _("Saved"))
    return redirect(address(here, "settings", key=key))

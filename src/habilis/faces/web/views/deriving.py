"""One profile: its matrix, read or changed; duplicated, renamed, retired; the star that makes it the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habilis.core import Conflict, Invalid, NotFound, Refused
from habilis.faces.web.forms.profiles import CopyForm, NameForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import effects, matrix, profiles, words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.grants import attempt
from habilis.faces.web.views.profiles import insist, spoken, titled
from habilis.workflows import access, browse, cells, deriving, pricing, simulating

FORM_METHODS = ["GET", "HEAD", "POST"]


def changer(here: Here) -> None:
    """Only whoever changes profiles somewhere."""
    if not deriving.derives(here.portal, here.me):
        refuse(here, "derive", "derives_nothing")


def sheet_of(here: Here, key: str) -> deriving.Sheet:
    """The profile as its editor shows it, for whoever may open these pages."""
    insist(here)
    return deriving.sheet(here.portal, here.me, key, spoken())


@require_http_methods(FORM_METHODS)
@gate("derive", "every scope where the profile is worn; to look, export on any scope")
def sheet(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """The matrix of a profile: looked at, changed, shown with its effect, then saved."""
    found = sheet_of(here, key)
    if request.method != "POST":
        return drawn(request, here, found, {})
    chosen, version = profiles.read(found, request.POST), request.POST.get("version", "")
    if "back" in request.POST:
        return drawn(request, here, found, chosen)
    asked: dict[str, Any] = {"profile": key, "levels": chosen, "version": version}
    try:
        if "confirmed" in request.POST:
            deriving.edit(here.acting, **asked)
            messages.success(request, _("Saved: it holds at once for everybody who has this profile."))
            return redirect(address(here, "profile_sheet", key=key))
        return confirm(request, here, found, deriving.weigh(here.acting, **asked), asked)
    except Invalid as error:
        faults = [_beyond(here, found, fault.where, chosen) or words.fault_of(error, fault) for fault in error.faults]
        return drawn(request, here, found, chosen, faults, 400)
    except (Conflict, Refused) as error:
        if "decision" in error.facts:
            raise
        faults = [words.of(error), *matrix.names(here, error.facts.get("features", ()))]
        return drawn(request, here, found, chosen, faults, 409 if isinstance(error, Conflict) else 403)


def confirm(
    request: HttpRequest, here: Here, found: deriving.Sheet, weighed: deriving.Weighed, asked: Mapping[str, Any]
) -> HttpResponse:
    """What saving would do, before it is done; the same values are sent again, confirmed."""
    if not weighed.cells:
        messages.info(request, _("Nothing has changed: there is nothing to save."))
        return redirect(address(here, "profile_sheet", key=found.key))
    effect = simulating.effect_of(here.portal, lambda: deriving.edit(here.acting, **asked), seen_by=here.me)
    effect.insist()
    context = {
        **titled(here),
        "sheet": found,
        "weighed": weighed,
        "effect": effects.told(here, effect),
        "cells": profiles.cells(here, weighed.cells),
        "sent": [(profiles.PREFIX + feature, level) for feature, level in asked["levels"].items()],
    }
    return page(request, "profiles/confirm.html", context)


def drawn(
    request: HttpRequest,
    here: Here,
    found: deriving.Sheet,
    chosen: Mapping[str, str],
    faults: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a profile, with what was chosen and not saved yet."""
    changes = deriving.derives(here.portal, here.me)
    cheaper = pricing.cheaper(here.portal, found.key)
    context = {
        **titled(here),
        "sheet": found,
        "groups": profiles.groups(found, here, chosen),
        "all": bool(request.GET.get("all") or chosen or faults),
        "levels": list(words.LEVELS),
        "faults": faults or [],
        "license": here.blueprint.licenses.get(found.license),
        "price": pricing.prices(here.portal).get(found.license),
        "cheaper": cheaper and (profiles.license_name(here, cheaper[0]), cheaper[1]),
        "duplicates": changes and access.model_of(here.portal).deriving and not found.retired,
        "changes": changes,
        "why_locked": words.code(found.locked) if found.locked else "",
        "info": here.blueprint.profiles.get(found.key),
    }
    return page(request, "profiles/sheet.html", context, status=status)


def _beyond(here: Here, found: deriving.Sheet, feature: str, chosen: Mapping[str, str]) -> str:
    """What a level beyond the license takes, with the name of the permission."""
    level = chosen.get(feature, "")
    code, licenses = found.reasons.get(feature, {}).get(level, ("", ()))
    if code != "license":
        return ""
    name = words.said(here.blueprint.features[feature].label)
    return _("%(name)s: %(says)s") % {
        "name": name,
        "says": profiles.beyond_license(here, [words.level_name(level)], licenses),
    }


@require_http_methods(FORM_METHODS)
@gate("derive", "any scope")
def new(request: HttpRequest, here: Here) -> HttpResponse:
    """Duplicate a profile, in order to restrict the copy."""
    changer(here)
    model = access.model_of(here.portal)
    if not model.deriving:
        raise NotFound("no profile is derived here")
    options = [(key, words.profile_name(here, key)) for key in cells.sources(model)]
    form = CopyForm(options, posted(request), initial={"source": request.GET.get("from", "")})
    status = 0
    if request.method == "POST" and form.is_valid():
        made: list[str] = []
        data = form.cleaned_data
        status = attempt(
            form, lambda: made.append(deriving.derive(here.acting, source=data["source"], name=data["name"]))
        )
        if not status:
            messages.success(request, _("Profile created. Now say what it opens."))
            return redirect(address(here, "profile_sheet", key=made[0]) + "?all=1")
    context = {**titled(here), "form": form, "heading": _("Add a profile"), "button": _("Add")}
    context["says"] = _(
        "Restricting a profile leaves the price of the license as it is. To open more than the license admits, give "
        "the person a profile of a higher license."
    )
    return page(request, "profiles/form.html", context, status=status or (400 if form.errors else 200))


@require_http_methods(FORM_METHODS)
@gate("derive", "every scope where the profile is worn")
def rename(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Give a derived profile another name."""
    changer(here)
    found = sheet_of(here, key)
    form = NameForm(posted(request), initial={"name": found.name, "version": found.version})
    status = 0
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        status = attempt(
            form, lambda: deriving.rename(here.acting, profile=key, name=data["name"], version=data["version"])
        )
        if not status:
            messages.success(request, _("Saved"))
            return redirect(address(here, "profile_sheet", key=key))
        if status == 409:
            form.data = form.data.copy()
            form.data["version"] = found.version  # saving again is done knowingly
    context = {**titled(here), "form": form, "sheet": found, "heading": _("Rename the profile"), "button": _("Rename")}
    return page(request, "profiles/form.html", context, status=status or (400 if form.errors else 200))


@require_http_methods(FORM_METHODS)
@gate("derive", "every scope where the profile is worn")
def retire(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Retire a derived profile that nobody has any more."""
    changer(here)
    found = sheet_of(here, key)
    says, status = "", 200
    if request.method == "POST":
        try:
            deriving.retire(here.acting, profile=key, version=request.POST.get("version", ""))
        except (Conflict, Refused) as error:
            says, status = words.of(error), 409 if isinstance(error, Conflict) else 403
        else:
            messages.success(request, _("Profile retired: %(name)s") % {"name": found.name})
            return redirect(address(here, "profiles"))
    counts = deriving.wearers(here.portal, here.me, key)
    context = {**titled(here), "sheet": found, "says": says, "people": counts[0], "places": counts[1]}
    return page(request, "profiles/retire.html", context, status=status)


@require_POST
@gate("derive", "every feature of it that the license admits")
def reinstate(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Let a retired profile be given again."""
    changer(here)
    found = sheet_of(here, key)
    try:
        deriving.reinstate(here.acting, profile=key, version=request.POST.get("version", ""))
    except (Conflict, Invalid, Refused) as error:
        messages.error(request, words.of(error))
    else:
        messages.success(request, _("Profile brought back: %(name)s") % {"name": found.name})
    return redirect(address(here, "profile_sheet", key=key))


@require_POST
@gate("derive", "any scope")
def star(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Make it the profile that forms propose."""
    changer(here)
    deriving.set_default(here.acting, profile=key, seen=request.POST.get("seen", browse.default_profile(here.portal)))
    messages.success(request, _("Default profile: %(name)s") % {"name": words.profile_name(here, key)})
    return redirect(address(here, "profiles"))

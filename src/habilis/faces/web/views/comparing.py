"""Profiles and licenses compared side by side, on the page and as a file; and a profile with itself in the past."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from habilis.core import PORTAL, Invalid
from habilis.faces.web.forms.dates import TwoDaysForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import history as journal
from habilis.faces.web.presenters import profiles as shown
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, page, refuse
from habilis.faces.web.views.exports import file, known
from habilis.faces.web.views.profiles import insist, spoken, titled
from habilis.workflows import access, comparing, deriving, profilehistory


@require_safe
@gate("export", "any scope")
def compare(request: HttpRequest, here: Here) -> HttpResponse:
    """What two or more profiles or licenses open, side by side."""
    insist(here)
    asked = request.GET.getlist("p")
    whole = bool(request.GET.get("all"))
    context: dict[str, Any] = {**titled(here), "asked": asked, "whole": whole, "choices": choices(here)}
    status = 200
    if len(asked) > 1 or "go" in request.GET:
        try:
            found = comparing.compare(here.portal, asked, spoken(), differences=not whole)
        except Invalid as error:
            context["says"], status = words.of(error), 400
        else:
            groups: dict[str, list[Any]] = {}
            for line in found.lines:
                groups.setdefault(line.info.group, []).append(line)
            context["found"] = found
            context["groups"] = [(here.blueprint.groups[key], lines) for key, lines in groups.items()]
            query = request.GET.copy()
            query.pop("go", None)
            context["query"] = query.urlencode()
    return page(request, "profiles/compare.html", context, status=status)


def choices(here: Here) -> list[dict[str, Any]]:
    """The profiles by license, and the licenses themselves."""
    model = access.model_of(here.portal)
    found = [
        {
            "label": here.blueprint.licenses[license_].label if license_ else None,
            "license": comparing.LICENSE + license_ if license_ else "",
            "profiles": [
                key
                for key, profile in model.profiles.items()
                if profile.license == license_ and not profile.retired and PORTAL not in profile.on
            ],
        }
        for license_ in (*model.licenses, None)
    ]
    return [one for one in found if one["profiles"] or one["license"]]


@require_safe
@gate("export", "any scope")
def export(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:
    """The comparison of the page, to be kept."""
    insist(here)
    known(format_)
    asked, whole = request.GET.getlist("p"), bool(request.GET.get("all"))
    return file(here, comparing.table(here.portal, asked, spoken(), differences=not whole), format_, "compare")


@require_safe
@gate("derive", "any scope")
def history(request: HttpRequest, here: Here, key: str) -> HttpResponse:
    """Who changed which cell of a profile, and what differs between two dates."""
    insist(here)
    if not deriving.derives(here.portal, here.me):
        refuse(here, "derive", "derives_nothing")
    found = profilehistory.story(here.portal, here.me, key, cursor=request.GET.get("cursor") or None)
    names = profilehistory.names(here.portal, here.me, found)
    form = TwoDaysForm(request.GET if "first" in request.GET else None)
    context: dict[str, Any] = {**titled(here), "key": key, "name": words.profile_name(here, key), "form": form}
    context |= {"found": found, "story": [told(here, entry, names) for entry in found.items]}
    if form.is_valid():
        cells, one, other = profilehistory.between(here.portal, here.me, key, *form.instants)
        context |= {"compared": True, "cells": shown.cells(here, cells), "one": one, "other": other}
    return page(request, "profiles/history.html", context, status=400 if form.errors else 200)


def told(here: Here, entry: Any, names: dict[str, str]) -> dict[str, Any]:
    """An entry in words, with the cells that it changed."""
    said = journal.one(here, entry, names, {})
    facts = entry.facts
    renamed = f"{facts['before']} → {facts['after']}" if entry.tag == "profile:rename" else ""
    cells = shown.cells(here, {key: tuple(levels) for key, levels in facts.get("cells", {}).items()})
    return {"at": entry.at, "says": said.says, "cells": cells, "renamed": renamed}

"""Found a place by a number that is checked; a number that is known leads to asking instead."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from habilis.core import Conflict, HabilisError, NotFound
from habilis.faces.web.forms.scopes import ScopeForm
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page, posted
from habilis.faces.web.views.grants import attempt
from habilis.workflows import founding


@require_http_methods(["GET", "HEAD", "POST"])
@gate(SIGNED_IN)
def found(request: HttpRequest, here: Here, kind: str) -> HttpResponse:
    """Found a place of *kind*; anybody known to the portal may, where the blueprint says so."""
    info = next((one for one in here.founded if one.key == kind), None)
    if info is None:
        raise NotFound(f"nothing of kind `{kind}` is founded")
    form = ScopeForm(here.blueprint, kind, posted(request))
    at_once = founding.founded_at_once(here.portal)
    status, taken = 0, ""
    if request.method == "POST" and form.is_valid():
        made: list[str] = []
        caught: list[HabilisError] = []

        def change() -> None:
            try:
                made.append(
                    founding.found(here.acting, kind=kind, name=form.cleaned_data["name"], identifiers=form.identifiers)
                )
            except Conflict as error:
                caught.append(error)
                raise

        status = attempt(form, change)
        if not status:
            says = _("%(name)s is founded: you manage it.") if at_once else _("%(name)s awaits approval.")
            messages.success(request, says % {"name": form.cleaned_data["name"]})
            return redirect(address(here, "scope", key=made[0]))
        taken = next((error.facts["field"] for error in caught if error.code == "identifier_taken"), "")
    context = {
        "kind": info,
        "form": form,
        "at_once": at_once,
        "profile": words.profile_name(here, here.blueprint.model.kinds[kind].founder_becomes),
        "taken": taken,
        "number": form.identifiers.get(taken, "") if taken else "",
    }
    return page(request, "manage/found.html", context, status=status or (400 if form.errors else 200))

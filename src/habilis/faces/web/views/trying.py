"""What somebody would see with a profile, somewhere: tried on a person who is not there, and taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from habilis.faces.web.forms.people import TrialForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import effects
from habilis.faces.web.shell import Here, page, posted, refuse
from habilis.faces.web.views.grants import attempt
from habilis.faces.web.views.people import MANY, default_profile, grantable, helps, why_attach
from habilis.faces.web.views.picking import pick
from habilis.workflows import simulating

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
@gate("attach", "each scope chosen in the form")
def person(request: HttpRequest, here: Here) -> HttpResponse:
    """Try a hypothetical person: what they would gain with a profile, on the scopes chosen."""
    picked = pick(request, here, "attach", "scopes")
    if not picked.scopes and not picked.many:
        refuse(here, "attach", "attaches_nobody")
    chosen = request.POST.getlist("scopes") or request.GET.getlist("scope")
    profiles = grantable(here, chosen or [scope.key for scope in picked.scopes[:MANY]])
    initial = {"scopes": chosen, "profile": default_profile(here, profiles)}
    form = TrialForm(picked.scopes, profiles, posted(request), initial=initial)
    picked.on(form, "scopes")
    context: dict[str, Any] = {}
    status = 0
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        effect = simulating.newcomer(here.acting, scopes=data["scopes"], profile=data["profile"])
        status = attempt(form, effect.insist)
        context = {} if status else {"effect": effects.told(here, effect)}
    context |= {
        "form": form,
        "helps": helps(here, profiles),
        "why": why_attach(picked.scopes, chosen[0] if chosen else ""),
    }
    return page(request, "people/try.html", context, status=status or (400 if form.errors else 200))

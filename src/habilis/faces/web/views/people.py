"""People as managers see them: one person with their grants, and a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from habilis.core import Conflict, Invalid, Ref
from habilis.faces.web.forms.people import PersonForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import domains, standing, words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.picking import pick
from habilis.workflows import access, browse, grants, people, standins

FORM_METHODS = ["GET", "HEAD", "POST"]
MANY = 20  # scopes asked for what can be given there; beyond, the workflow alone answers


@require_safe
@gate("export", "a scope of the person's grants")
def show(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """A person, and their grants on the scopes whose people I may see."""
    person = browse.person(here.portal, here.me, email)
    refs = {grant.scope.key: Ref(grant.scope.kind, grant.scope.key) for grant in person.grants}
    may = access.actions(here.portal, here.me, list(refs.values()))
    myself = person.email == here.me
    rows = [
        {
            "grant": grant,
            "adjusts": not myself and "adjust" in may[refs[grant.scope.key]] and grant.status != "ended",
            "detaches": (myself or "detach" in may[refs[grant.scope.key]]) and grant.status != "ended",
            "adjustments": [
                (words.said(here.blueprint.features[feature].label), level)
                for feature, level in grant.adjustments.items()
                if feature in here.blueprint.features
            ],
        }
        for grant in person.grants
    ]
    context = {
        "person": person,
        "language": words.LANGUAGES.get(person.language, person.language),
        "present": [row for row in rows if row["grant"].status != "ended"],
        "past": [row for row in rows if row["grant"].status == "ended"],
        "may_attach": here.may_somewhere("attach") and not myself,
        "myself": myself,
        "absences": standins.about(here.portal, [person.email]),
        "names_deputy": myself and here.may_somewhere("decide"),
    }
    if not myself and people.closes(here.portal, here.me):
        context["suspends"] = True
    context["hands_over"] = not myself and here.may_somewhere("detach")
    advising = standing.territorial(here)
    if advising and (myself or here.moderates_all):
        context["account_type"] = standing.account_type(here, person.grants)
    if advising and here.moderates_all and not myself:
        context["territorial"] = [
            {"profile": key, "held": bool(standing.territories(here, person.grants, key))} for key in advising
        ]
    return page(request, "people/show.html", context)


@require_http_methods(FORM_METHODS)
@gate("attach", "each scope chosen in the form", rights=True)
def new(request: HttpRequest, here: Here) -> HttpResponse:
    """Create a person, or link one who already has an account, with their first grants."""
    picked = pick(request, here, "attach", "scopes")
    scopes = picked.scopes
    if not scopes and not picked.many:
        refuse(here, "attach", "attaches_nobody")
    asked, kept = request.GET.get("scope", ""), request.GET.get("roster", "")
    screen = address(here, "roster", key=kept) if kept and any(scope.key == kept for scope in scopes) else ""
    known = [scope.key for scope in scopes if scope.key == asked or len(scopes) == 1]
    chosen = request.POST.getlist("scopes") or known
    profiles = grantable(here, chosen or [scope.key for scope in scopes[:MANY]])
    initial = {"scopes": chosen, "profile": default_profile(here, profiles), "language": "fr"}
    initial["email"] = request.GET.get("email", "")
    form = PersonForm(scopes, profiles, posted(request), initial=initial)
    form.fields["scopes"].label = words.kinds_among(here.blueprint, scopes) or form.fields["scopes"].label
    picked.on(form, "scopes")
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            email = people.create(
                here.acting,
                email=data["email"],
                name=data["name"],
                language=data["language"],
                scopes=data["scopes"],
                profile=data["profile"],
                **form.period,
            )
        except Invalid as error:
            form.blame(error)
        except Conflict as error:
            form.add_error(None, words.of(error))
            status = 409
        else:
            messages.success(request, _("%(name)s now has access") % {"name": data["name"]})
            return redirect(screen or address(here, "person", email=email))
    context = {
        "form": form,
        "helps": helps(here, profiles),
        "back": screen or address(here, "manage"),
        "screen": screen and domains.titled(here.menu, "roster"),
        "why": why_attach(scopes, chosen[0] if chosen else ""),
    }
    return page(request, "people/form.html", context, status=400 if form.errors and status == 200 else status)


def why_attach(scopes: tuple[Any, ...], chosen: str) -> dict[str, str] | None:
    """The question whose answer explains a form that gives access: about the scope *chosen*, else the first one."""
    scope = next((one for one in scopes if one.key == chosen), scopes[0] if scopes else None)
    return scope and {"action": "attach", "type": scope.kind, "key": scope.key}


def grantable(here: Here, keys: list[str]) -> list[tuple[str, str]]:
    """The profiles that the person may give on one of *keys*, as the options of a choice, in the blueprint's order."""
    known = {profile for key in keys[:MANY] for profile in grants.grantable(here.portal, here.me, key)}
    ordered = [key for key in here.blueprint.profiles if key in known]
    return [(key, words.profile_name(here, key)) for key in (*ordered, *sorted(known - set(ordered)))]


def helps(here: Here, profiles: list[tuple[str, str]]) -> dict[str, Any]:
    """The help text of each profile."""
    infos = here.blueprint.profiles
    return {key: infos[key].help for key, _name in profiles if key in infos}


def default_profile(here: Here, profiles: list[tuple[str, str]]) -> str:
    """The portal's default profile where it can be given, else the only one there is."""
    keys = [key for key, _name in profiles]
    usual = browse.default_profile(here.portal)
    if usual in keys:
        return usual
    return keys[0] if len(keys) == 1 else ""

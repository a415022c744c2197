"""What one does with a grant: attach, detach, adjust, change its period or its profile."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from habilis.core import Conflict, HabilisError, Invalid, NotFound, Ref, Refused
from habilis.faces.web.forms.people import AttachForm, CommentForm, PeriodForm, ProfileForm
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import matrix, words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.people import MANY, default_profile, grantable, helps, why_attach
from habilis.faces.web.views.picking import pick
from habilis.workflows import access, browse, giving, grants

FORM_METHODS = ["GET", "HEAD", "POST"]


def grant_asked(request: HttpRequest, here: Here, email: str) -> tuple[Any, Any]:
    """The person, and their grant that the address names by scope and profile, as far as it may be seen."""
    person = browse.person(here.portal, here.me, email)
    scope, profile = request.GET.get("scope", ""), request.GET.get("profile", "")
    found = [g for g in person.grants if g.scope.key == scope and g.profile == profile and g.status != "ended"]
    if not found and request.method == "POST":
        raise Conflict("the grant is gone", code="stale")
    if not found:
        raise NotFound("no such grant")
    return person, found[0]


def seen(request: HttpRequest) -> str:
    """The version of the grant that the form was filled from; every form of ours has one."""
    return request.POST.get("version", "")


def done(request: HttpRequest, here: Here, email: str, says: str) -> HttpResponse:
    """Back on the person's page, if it may still be seen."""
    messages.success(request, says)
    try:
        browse.person(here.portal, here.me, email)
    except HabilisError:
        return redirect(address(here, "manage") if here.manages else address(here, "home"))
    return redirect(address(here, "person", email=email))


def attempt(form: Any, change: Any) -> int:
    """Try *change*; put on the *form* what refuses it. Return the status of the answer, 0 where all went well."""
    try:
        change()
    except Invalid as error:
        form.blame(error)
        return 400
    except (Conflict, Refused) as error:
        if "decision" in error.facts:
            raise
        form.add_error(None, words.of(error))
        if isinstance(error, Conflict):
            return 429 if error.code == "quota" else 409
        return 403
    return 0


def show(request: HttpRequest, template: str, form: Any, status: int, context: dict[str, Any]) -> HttpResponse:
    """The form's page."""
    return page(request, template, {"form": form, **context}, status=status or (400 if form.errors else 200))


@require_http_methods(FORM_METHODS)
@gate("attach", "the scope chosen in the form", rights=True)
def attach(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """Give a person one more grant."""
    person = browse.person(here.portal, here.me, email)
    picked = pick(request, here, "attach", "scope")
    scopes = picked.scopes
    if not scopes and not picked.many:
        refuse(here, "attach", "attaches_nobody")
    chosen = request.POST.get("scope") or request.GET.get("scope", "")
    profiles = grantable(here, [chosen] if chosen else [scope.key for scope in scopes[:MANY]])
    initial = {"scope": chosen, "profile": default_profile(here, profiles)}
    form = AttachForm(scopes, profiles, posted(request), initial=initial)
    picked.on(form, "scope")
    status = 0
    if request.method == "POST" and form.is_valid():
        scope, profile = form.cleaned_data["scope"], form.cleaned_data["profile"]
        status = attempt(
            form, lambda: grants.attach(here.acting, person=person.email, scope=scope, profile=profile, **form.period)
        )
        if not status:
            return done(request, here, person.email, _("Attached"))
    context = {
        "person": person,
        "title": _("Attach %(name)s") % {"name": person.name},
        "button": _("Attach"),
        "helps": helps(here, profiles),
        "why": why_attach(scopes, chosen),
    }
    return show(request, "people/grant.html", form, status, context)


@require_http_methods(FORM_METHODS)
@gate("detach", "the grant's scope", rights=True)
def detach(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """End what a person holds on a scope; anybody may leave."""
    person, grant = grant_asked(request, here, email)
    key = grant.scope.key
    if person.email != here.me:
        access.require(here.acting, "detach", Ref(grant.scope.kind, key))
    form = CommentForm(posted(request))
    status = 0
    if request.method == "POST" and form.is_valid():
        comment = form.cleaned_data["comment"]
        status = attempt(
            form,
            lambda: grants.detach(here.acting, person=person.email, scope=key, comment=comment, version=seen(request)),
        )
        if not status:
            return done(request, here, person.email, _("Detached"))
    context = {
        "person": person,
        "grant": grant,
        "title": _("Detach %(name)s") % {"name": person.name},
        "says": _("This ends what they hold on: %(scope)s") % {"scope": words.scope_name(grant.scope)},
        "danger": True,
        "button": _("Detach"),
        "why": {"action": "detach", "type": grant.scope.kind, "key": key},
    }
    return show(request, "people/grant.html", form, status, context)


@require_http_methods(FORM_METHODS)
@gate("adjust", "the grant's scope", rights=True)
def adjust(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """Adjust one grant, feature by feature: for this person, in this scope."""
    person, grant = grant_asked(request, here, email)
    key = grant.scope.key
    access.require(here.acting, "adjust", Ref(grant.scope.kind, key))
    open_ = giving.levels_open(here.portal, here.me, person.email, key, grant.profile)
    sent = posted(request)
    chosen = matrix.read(here, sent) if sent is not None else dict(grant.adjustments)
    says, status = [], 200
    if sent is not None:
        try:
            grants.adjust(
                here.acting,
                person=person.email,
                scope=key,
                profile=grant.profile,
                adjustments=chosen,
                version=seen(request),
            )
        except Invalid as error:
            says, status = [words.fault_of(error, fault) for fault in error.faults], 400
        except (Conflict, Refused) as error:
            if "decision" in error.facts:
                raise
            says, status = [words.of(error)], 409 if isinstance(error, Conflict) else 403
            says += matrix.names(here, error.facts.get("features", ()))
        else:
            return done(request, here, person.email, _("Saved"))
    context = {
        "person": person,
        "grant": grant,
        "levels": list(words.LEVELS),
        "groups": matrix.groups(here, grant.profile, chosen, open_),
        "faults": says,
        "why": {"action": "adjust", "type": grant.scope.kind, "key": key},
    }
    return page(request, "people/adjust.html", context, status=status)


@require_http_methods(FORM_METHODS)
@gate("adjust", "the grant's scope", rights=True)
def period(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """Change when a grant begins and ends."""
    person, grant = grant_asked(request, here, email)
    access.require(here.acting, "adjust", Ref(grant.scope.kind, grant.scope.key))
    form = PeriodForm(posted(request), initial=days(grant))
    status = 0
    if request.method == "POST" and form.is_valid():
        status = attempt(
            form,
            lambda: grants.set_period(
                here.acting,
                person=person.email,
                scope=grant.scope.key,
                profile=grant.profile,
                version=seen(request),
                **form.period,
            ),
        )
        if not status:
            return done(request, here, person.email, _("Saved"))
    context = {
        "person": person,
        "grant": grant,
        "title": _("Period of the access of %(name)s") % {"name": person.name},
        "says": words.scope_name(grant.scope),
        "button": _("Save"),
        "why": {"action": "adjust", "type": grant.scope.kind, "key": grant.scope.key},
    }
    return show(request, "people/grant.html", form, status, context)


def days(grant: Any) -> dict[str, Any]:
    """A grant's period as the days that a form shows, the last one included."""
    from datetime import timedelta

    from django.utils.timezone import localtime

    last = localtime(grant.valid_until) - timedelta(microseconds=1) if grant.valid_until else None
    return {
        "since": localtime(grant.valid_from).date() if grant.valid_from else None,
        "until": last.date() if last else None,
    }


def together(person: Any, concerned: set[str]) -> str:
    """Where else the profile changes: the names of the scopes that may be seen, and how many others there are."""
    seen = {g.scope.key: words.scope_name(g.scope) for g in person.grants if g.scope.key in concerned}
    hidden = len(concerned) - len(seen)
    names = sorted(seen.values())
    if hidden:
        names.append(
            ngettext("%(count)s scope out of your sight", "%(count)s scopes out of your sight", hidden)
            % {"count": hidden}
        )
    return _("In this portal a person has one profile: it will change there too: %(names)s.") % {
        "names": ", ".join(names)
    }


@require_http_methods(FORM_METHODS)
@gate("adjust", "the grant's scope, and those where the profile changes with it", rights=True)
def profile(request: HttpRequest, here: Here, email: str) -> HttpResponse:
    """Give a person another profile; where one profile holds in several scopes, all change, and it is said before."""
    person, grant = grant_asked(request, here, email)
    key = grant.scope.key
    access.require(here.acting, "adjust", Ref(grant.scope.kind, key))
    profiles = [option for option in grantable(here, [key]) if option[0] != grant.profile]
    form = ProfileForm(profiles, posted(request))
    status = 0
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["profile"]
        status = attempt(
            form,
            lambda: grants.change_profile(
                here.acting, person=person.email, scope=key, profile=chosen, version=seen(request)
            ),
        )
        if not status:
            return done(request, here, person.email, _("Profile changed"))
    concerned = set(grants.concerned_scopes(here.portal, person.email, key)) - {key}
    says = words.scope_name(grant.scope)
    if concerned:
        says = together(person, concerned)
    context = {
        "person": person,
        "grant": grant,
        "title": _("Another profile for %(name)s") % {"name": person.name},
        "says": says,
        "button": _("Change the profile"),
        "helps": helps(here, profiles),
        "why": {"action": "adjust", "type": grant.scope.kind, "key": key},
    }
    return show(request, "people/grant.html", form, status, context)

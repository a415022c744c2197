"""Invitations as those who send them see them: invite, send again, cancel."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habilis.faces.web.forms.invitations import InviteForm
from habilis.faces.web.gate import gate
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.grants import attempt
from habilis.faces.web.views.people import MANY, default_profile, grantable, helps
from habilis.workflows import browse, invitations

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
@gate("invite", "the scope chosen in the form")
def new(request: HttpRequest, here: Here) -> HttpResponse:
    """Invite an address to one scope."""
    scopes = browse.choices(here.portal, here.me, "invite")
    if not scopes:
        refuse(here, "invite", "invites_nobody")
    asked = request.POST.get("scope") or request.GET.get("scope", "")
    chosen = asked or (scopes[0].key if len(scopes) == 1 else "")
    profiles = grantable(here, [chosen] if chosen else [scope.key for scope in scopes[:MANY]])
    language = (get_language() or "fr")[:2]
    wanted = next((key for key, _name in profiles if key == request.GET.get("profile")), "")
    initial = {"scope": chosen, "profile": wanted or default_profile(here, profiles), "language": language}
    initial["email"] = request.GET.get("email", "")
    form = InviteForm(scopes, profiles, posted(request), initial=initial)
    status = 0
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        status = attempt(form, lambda: invitations.invite(here.acting, **data))
        if not status:
            messages.success(request, _("Invitation sent to %(email)s") % {"email": data["email"]})
            return redirect(back(here, data["scope"]))
    context = {
        "form": form,
        "helps": helps(here, profiles),
        "back": back(here, chosen),
        "days": invitations.LASTS.days,
        "why": {"action": "invite", "type": scopes[0].kind, "key": chosen or scopes[0].key},
    }
    return page(request, "invitations/new.html", context, status=status or (400 if form.errors else 200))


def back(here: Here, key: str) -> str:
    """The people of the scope, where those who are invited are listed too."""
    if key not in {scope.key for scope in browse.choices(here.portal, here.me, "read")}:
        return address(here, "manage") if here.manages else address(here, "home")
    return (address(here, "scope", key=key) if key else address(here, "root")) + "?tab=people#invitations"


@require_POST
@gate("invite", "the invitation's scope")
def resend(request: HttpRequest, here: Here, invitation: int) -> HttpResponse:
    """Send an invitation again, with a new link."""
    invitations.resend(here.acting, invitation=invitation)
    messages.success(request, _("Sent again. The link sent before no longer works."))
    return redirect(back(here, request.POST.get("scope", "")))


@require_POST
@gate("invite", "the invitation's scope")
def cancel(request: HttpRequest, here: Here, invitation: int) -> HttpResponse:
    """Withdraw an invitation."""
    invitations.cancel(here.acting, invitation=invitation)
    messages.success(request, _("Invitation cancelled"))
    return redirect(back(here, request.POST.get("scope", "")))


def pending(here: Here, scope: Any) -> dict[str, Any]:
    """What the page of a scope says of those who are invited: who has yet to answer, and who is too late."""
    listed = invitations.listed(here.portal, here.me, scope.key, kind=scope.kind)
    return {
        "invited": [one for one in listed if not one.expired],
        "expired": [one for one in listed if one.expired],
    }

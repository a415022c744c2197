"""My absences: who decides for me meanwhile, and for whom I decide."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from habilis.faces.web.forms.deputies import DeputyForm
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.grants import attempt
from habilis.workflows import deputies, standins


@require_http_methods(["GET", "HEAD", "POST"])
@gate("decide", "some scope, by rights of one's own")
def name(request: HttpRequest, here: Here) -> HttpResponse:
    """Say who decides for me during an absence."""
    if not here.may_somewhere("decide"):
        refuse(here, "decide", "decides_nothing")
    form = DeputyForm(posted(request))
    status = 0
    if request.method == "POST" and form.is_valid():
        status = attempt(form, lambda: deputies.name(here.acting, deputy=form.cleaned_data["deputy"], **form.period))
        if not status:
            messages.success(request, _("They are told, and decide on your behalf during these days."))
            return redirect(address(here, "person", email=here.me) + "#absences")
    context = {"form": form, "absences": standins.about(here.portal, [here.me])}
    return page(request, "people/deputy.html", context, status=status or (400 if form.errors else 200))


@require_POST
@gate(SIGNED_IN)
def end(request: HttpRequest, here: Here, number: int) -> HttpResponse:
    """End an absence: mine, or one for which I stand in."""
    deputies.end(here.acting, number=number)
    messages.success(request, _("This absence is over: everybody decides for themselves again."))
    return redirect(address(here, "person", email=here.me) + "#absences")

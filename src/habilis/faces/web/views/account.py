"""My account: what I hold in every portal and why, my name, my language, my password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from habilis.core import PORTAL, Invalid, Ref
from habilis.faces.web.forms.people import NameForm
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import page, posted
from habilis.workflows import access, accounts, browse, digests


@require_http_methods(["GET", "HEAD", "POST"])
@gate(SIGNED_IN)
def show(request: HttpRequest) -> HttpResponse:
    """What is mine, outside any portal."""
    me = request.user.email
    form = NameForm(posted(request), initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        try:
            accounts.set_name(me, form.cleaned_data["name"])
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Saved"))
            return redirect("web:account")
    portals, daily = browse.my_portals(me), digests.choices(me)
    context = {
        "form": form,
        "mine": [held(key, name, me) for key, name, _count in portals],
        "mails": [{"key": key, "name": name, "daily": daily.get(key, False)} for key, name, _count in portals],
        "language": accounts.language_of(me),
        "languages": list(words.LANGUAGES.items()),
    }
    return page(request, "account.html", context, status=400 if form.errors else 200)


def held(portal: str, name: str, me: str) -> dict[str, Any]:
    """A portal with the grants that the person holds there; each says why, where its scope may be known of."""
    blueprint = access.blueprint_of(portal)
    profiles = browse.profile_names(portal, (get_language() or "fr")[:2])
    grants = browse.my_grants(portal, me)
    refs = [Ref(grant.scope.kind, grant.scope.key) for grant in grants]
    may = access.actions(portal, me, refs) if refs else {}
    rows = [
        {
            "grant": grant,
            "profile": profiles.get(grant.profile, grant.profile),
            "kind": words.kind_name(blueprint, grant.scope.kind),
            "known": ref.type == PORTAL or bool(may[ref] & {"list", "read"}),
        }
        for grant, ref in zip(grants, refs, strict=True)
    ]
    return {"key": portal, "name": name, "rows": rows}

"""One's own history in a portal: what one did, and what others did about one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import history
from habilis.faces.web.shell import Here, page
from habilis.workflows import histories


@require_safe
@gate(SIGNED_IN)
def show(request: HttpRequest, here: Here) -> HttpResponse:
    """What I did, or what was done about me; scopes and things that I see no more are not named."""
    done = request.GET.get("tab") == "done"
    wanted = history.asked_of(request.GET)
    found = histories.mine(here.portal, here.me, done=done, wanted=wanted, cursor=request.GET.get("cursor") or None)
    told, people, scopes = histories.my_names(here.portal, here.me, found.items, _("a scope that you see no more"))
    context = {
        "found": found,
        "entries": history.told(here, told, people, scopes),
        "wanted": wanted,
        "changes": history.KINDS.items(),
        "done": done,
        "tab": "done" if done else "",
    }
    return page(request, "my_history.html", context)

"""A domain of the menu as a page: the domains and the applications that stand in it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from habilis.core import NotFound
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import domains
from habilis.faces.web.shell import Here, page


@require_safe
@gate("list", "what the person may list", asking=True)
def show(request: HttpRequest, here: Here, path: str) -> HttpResponse:
    """What stands in a domain, as far as the menu of the person goes."""
    trail, inside = domains.inside(here.menu, path)
    if not trail:
        raise NotFound(f"unknown domain `{path[:60]}`")
    shown = [{"domain": one} if isinstance(one, domains.Domain) else {"line": one} for one in inside]
    return page(request, "domain.html", {"trail": trail[:-1], "domain": trail[-1], "inside": shown})

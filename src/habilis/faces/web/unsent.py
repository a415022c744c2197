"""
What was typed when the session had ended: kept in the browser's own session through signing in, then offered again.

Nothing is done with it until its author sends it once more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from habilis.faces.web.refusals import TECHNICAL, is_secret

KEY = "unsent"
LARGEST = 100_000  # characters; beyond, the page says that it was too much to be kept
LASTS = 3600.0


@dataclass(frozen=True)
class Unsent:
    """A form that came when nobody was signed in any more."""

    path: str
    items: tuple[tuple[str, str], ...]
    files: bool

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What the person typed, without what the page itself put there."""
        return [(name, value) for name, value in self.items if value.strip() and name not in TECHNICAL]


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a stranger to sign in; afterwards they come back to what they asked, or to what they had typed."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    items = [(name, value) for name, values in request.POST.lists() for value in values if not is_secret(name)]
    if sum(len(name) + len(value) for name, value in items) > LARGEST:
        return redirect_to_login(request.path)
    request.session[KEY] = {
        "path": request.get_full_path(),
        "items": items,
        "files": bool(request.FILES),
        "at": time.time(),
    }
    return redirect_to_login(reverse("web:unsent"))


def kept(request: HttpRequest) -> Unsent | None:
    """What this browser still keeps, if anything."""
    found = request.session.get(KEY)
    if not found or time.time() - found["at"] > LASTS:
        return None
    return Unsent(found["path"], tuple((name, value) for name, value in found["items"]), found["files"])


def forget(request: HttpRequest) -> None:
    """Keep it no longer."""
    request.session.pop(KEY, None)

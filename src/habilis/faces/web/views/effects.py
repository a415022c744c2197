"""
What a form would do, before it is saved: its own page is run on what was typed, the effect counted, all of it undone.

So whatever a page can change it can also show beforehand, with nothing said twice.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.messages.storage import default_storage
from django.http import HttpRequest, HttpResponse

from habilis.faces.web.presenters import effects
from habilis.faces.web.shell import enter, page
from habilis.workflows import simulating

ASKED = "effect"  # the name of the button that asks to see it
OURS = (ASKED, "csrfmiddlewaretoken")


def asked(request: HttpRequest) -> bool:
    """Whether the form was sent to see its effect."""
    return request.method == "POST" and ASKED in request.POST


def tried(request: HttpRequest, view: Callable[..., HttpResponse], portal: str, kwargs: dict[str, Any]) -> HttpResponse:
    """The effect of what was sent to *view*; or the answer of the view, where what was sent is not as expected."""
    answers: list[HttpResponse] = []
    trial = copy.copy(request)
    trial._messages = default_storage(trial)  # type: ignore[attr-defined]  # noqa: SLF001 - what it says is for nobody
    trial.here = enter(request, portal)  # type: ignore[attr-defined]
    effect = simulating.effect_of(
        portal, lambda: answers.append(view(trial, trial.here, **kwargs)), seen_by=trial.here.me
    )
    request.here = here = enter(request, portal)  # type: ignore[attr-defined]
    effect.insist()
    landing = answers[0].headers.get("Location", "")
    if not landing:
        return answers[0]
    context = {
        "does": [str(message) for message in trial._messages],  # type: ignore[attr-defined]  # noqa: SLF001
        "effect": effects.told(here, effect),
        "sent": [(name, value) for name, values in request.POST.lists() if name not in OURS for value in values],
        "back": urlsplit(landing).path,
    }
    return page(request, "effect.html", context)

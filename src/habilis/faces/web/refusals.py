"""
The page that a refusal becomes: what happened, why in plain words, what to do, and everything that was typed.

An unknown thing and one that the person may not know of get one and the same page.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from habilis.core import Conflict, HabilisError, Invalid, NotFound, Refused, explain
from habilis.faces.web.presenters import accounts, words
from habilis.faces.web.shell import page

logger = logging.getLogger(__name__)

SECRET = ("password", "token", "csrf", "credential", "code")
TECHNICAL = ("version", "next", "look", "sought")  # what a page puts into its forms by itself


def answer(request: HttpRequest, error: HabilisError) -> HttpResponse:
    """The page for *error*, with its status."""
    match error:
        case NotFound():
            return missing(request)
        case Refused():
            return refused(request, error)
        case Conflict():
            return conflict(request, error)
        case Invalid():
            return invalid(request, error)
    return page(
        request,
        "refused.html",
        {"title": _("It did not work"), "says": words.of(error), "typed": typed(request)},
        status=400,
    )


def busy(request: HttpRequest, error: Exception) -> HttpResponse:
    """503, without asking the database anything: somebody else holds what was asked for, or it does not answer."""
    logger.warning("the database kept a request waiting: %s", next(iter(str(error).splitlines()), ""))
    response = render(request, "503.html", status=503)
    response["Retry-After"] = "10"
    response["Cache-Control"] = "private, no-store"
    return response


def missing(request: HttpRequest) -> HttpResponse:
    """404: it tells nothing of what was asked."""
    return page(request, "missing.html", {"typed": typed(request)}, status=404)


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """403, with the account of the decision, as far as it is about the person themself."""
    here = getattr(request, "here", None)
    decision = error.facts.get("decision")
    context = {
        "title": _("You may not do this"),
        "says": words.of(error),
        "typed": typed(request),
    }
    if here is not None and decision is not None and decision.query.subject == here.me:
        query = decision.query
        context["says"] = accounts.question_refused(here, query.action, query.resource)
        context["account"] = accounts.told(here, explain(decision), query.action, query.resource)
    return page(request, "refused.html", context, status=403)


def conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
    """409: it was possible before."""
    context = {"title": _("This has changed meanwhile"), "says": words.of(error), "typed": typed(request)}
    return page(request, "conflict.html", context, status=429 if error.code == "quota" else 409)


def invalid(request: HttpRequest, error: Invalid) -> HttpResponse:
    """400, where no form could say it beside the field."""
    context = {
        "title": _("What was sent cannot be understood"),
        "says": words.of(error),
        "faults": [words.fault_of(error, fault) for fault in error.faults],
        "typed": typed(request),
    }
    return page(request, "refused.html", context, status=400)


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What the person had typed, so that a refusal loses nothing."""
    if request.method != "POST":
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if value.strip() and name not in TECHNICAL and not is_secret(name)
    ]


def is_secret(name: str) -> bool:
    """Whether what is typed under that name is never shown again, nor kept."""
    return any(word in name for word in SECRET)

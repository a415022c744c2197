"""What every request carries (a correlation id, a language), and the page that a refusal becomes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from habilis.core import HabilisError
from habilis.faces.web import gate, refusals

Answer = Callable[[HttpRequest], HttpResponse]
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{8,64}")


class CorrelationMiddleware:
    """
    Gives each request the id under which its changes are journaled and its faults logged.

    Being made once per process, before the first request, it is also what refuses to start with an address left open.
    """

    def __init__(self, get_response: Answer) -> None:
        gate.insist()
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the id of the request."""
        given = request.headers.get("X-Request-ID", "")
        request.correlation = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        response = self.get_response(request)
        response.headers.setdefault("X-Request-ID", request.correlation)
        return response


class LanguageMiddleware:
    """
    Speaks the language that the person chose: on this browser, else in their account, else French.

    What the browser itself prefers is not asked: a portal's own language is French.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, in that language."""
        known = dict(settings.LANGUAGES)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen not in known:
            user = getattr(request, "user", None)
            chosen = user.language if user is not None and user.is_authenticated else ""
        language = chosen if chosen in known else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if getattr(request, "user", None) is not None and request.path.startswith("/accounts/"):
            response.headers["Cache-Control"] = "private, no-store"  # nobody finds a code with the key *Back*
        return response


class RefusalMiddleware:
    """Turns what the workflows refuse into a page that says why."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what is refused on the way comes to `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a refusal, or a database that keeps one waiting; leave anything else to Django."""
        if isinstance(error, OperationalError):
            return refusals.busy(request, error)
        return refusals.answer(request, error) if isinstance(error, HabilisError) else None

"""What every endpoint of this face does around its own work: method, token, body, request id, and errors as answers."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from habilis.faces.api import strict_json
from habilis.faces.api.auth import require_token
from habilis.faces.api.problems import Malformed, Problem, answer

logger = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
LONGEST_REQUEST_ID = 200
Work = Callable[[str, dict[str, Any]], Any]  # a portal's key and the object sent, to what is answered
View = Callable[..., HttpResponse]


def question(work: Work) -> View:
    """The view of *work*: a POST of one JSON object by a program that bears a token of the portal; no session."""

    def respond(request: HttpRequest, portal: str) -> HttpResponse:
        require_token(request, portal)
        return answer(work(portal, body_of(request)))

    return _view(work, respond, ("POST",), gate="token")


def public(respond: View) -> View:
    """The view of something that anybody may read."""
    return _view(respond, respond, ("GET", "HEAD"), gate="public")


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The object that was sent; anything else is a 400, or a 413 when it is too large."""
    if request.content_type != "application/json":
        raise Malformed("the Content-Type must be application/json")
    content = _stream(request).read(LARGEST_BODY + 1)
    if len(content) > LARGEST_BODY:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {LARGEST_BODY} bytes")
    try:
        body = strict_json.read(content)
    except ValueError as error:
        raise Malformed(str(error)) from None
    if not isinstance(body, dict):
        raise Malformed("the body must be a JSON object")
    return body


def _stream(request: HttpRequest) -> Any:
    """Where the body is read from: Django reads none whose length is not said first, and some programs send chunks."""
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    return request.META["wsgi.input"] if chunked and not request.META.get("CONTENT_LENGTH") else request


def _not_allowed(methods: tuple[str, ...]) -> HttpResponse:
    says = f"only {' and '.join(methods)} can be answered"
    return answer(says, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(methods)})


def _view(named: Callable[..., Any], respond: View, methods: tuple[str, ...], *, gate: str) -> View:
    @csrf_exempt
    @functools.wraps(named)
    def view(request: HttpRequest, portal: str) -> HttpResponse:
        try:
            response = respond(request, portal) if request.method in methods else _not_allowed(methods)
        except Problem as problem:
            response = answer(problem.message, problem.status, problem.headers)
        except OperationalError as error:  # somebody holds what was asked for, or the database does not answer
            logger.warning("a question of the portal `%s` waited in vain: %s", portal, error)
            response = answer("busy: ask again", HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "10"})
        except Exception:  # whatever goes wrong, nothing is allowed and nothing is told
            logger.exception("a question of the portal `%s` could not be answered", portal)
            response = answer("the question could not be answered", HTTPStatus.INTERNAL_SERVER_ERROR)
        request_id = request.headers.get("X-Request-ID", "")
        if 0 < len(request_id) <= LONGEST_REQUEST_ID and request_id.isascii() and request_id.isprintable():
            response["X-Request-ID"] = request_id
        return response

    view.gate = gate  # type: ignore[attr-defined]  # read at start-up, where a view without it is refused
    return view

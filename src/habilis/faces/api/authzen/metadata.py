"""What this decision point can do, and where: one document for each portal."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from habilis.core import NotFound
from habilis.faces.api.endpoint import public
from habilis.faces.api.problems import Problem, answer
from habilis.workflows import access

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ENDPOINTS = {
    "access_evaluation_endpoint": "authzen_evaluation",
    "access_evaluations_endpoint": "authzen_evaluations",
    "search_subject_endpoint": "authzen_search_subject",
    "search_resource_endpoint": "authzen_search_resource",
    "search_action_endpoint": "authzen_search_action",
}


@public
def configuration(request: HttpRequest, portal: str) -> HttpResponse:
    """The discovery document of a portal."""
    try:
        access.blueprint_of(portal)
    except NotFound:
        raise Problem(HTTPStatus.NOT_FOUND, "there is no such portal") from None
    base = base_of(request)
    endpoints = {key: base + reverse(name, args=[portal]) for key, name in ENDPOINTS.items()}
    return answer({"policy_decision_point": f"{base}/{portal}", **endpoints})


def base_of(request: HttpRequest) -> str:
    """The address under which we were asked; anything but https is told to this very machine alone."""
    host = request.get_host()
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return f"{'http' if not request.is_secure() and name in LOOPBACK else 'https'}://{host}"

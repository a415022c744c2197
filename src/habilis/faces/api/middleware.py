"""The machine face answers before the pages' sessions, languages and messages, for which it has no use."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve


class MachineMiddleware:
    """Answers what is addressed to the machine face, and hands on the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the machine face where the address is one of its own."""
        try:
            found = resolve(request.path_info, "habilis.faces.api.urls")
        except Resolver404:
            return self.get_response(request)
        response: HttpResponse = found.func(request, **found.kwargs)
        return response

"""The application with, beside it, a view that does nothing: with our middleware at `/bare`, without at `/barest`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, JsonResponse
from django.test import override_settings
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from habilis.config.boot import boot

boot()


@csrf_exempt
def nothing(request: HttpRequest) -> JsonResponse:
    """The answer that any question could get."""
    answer = JsonResponse({"decision": bool(request.body)})
    answer["Content-Length"] = str(len(answer.content))
    return answer


nothing.gate = "public"
urlpatterns = [path("bare", nothing), path("barest", nothing), path("", include("habilis.config.urls"))]

ours = WSGIHandler()
with override_settings(MIDDLEWARE=[]):
    barest = WSGIHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Ours, or the one without middleware."""
    return (barest if environ["PATH_INFO"] == "/barest" else ours)(environ, start_response)

"""How a machine is told that its request cannot be answered: a status and one sentence."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse


class Problem(Exception):  # what RFC 9457 calls it
    """A request that gets no answer but *status* and a sentence, which is shown as it is."""

    def __init__(self, status: HTTPStatus, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class Malformed(Problem):
    """What was sent does not say what is asked."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, message)


def answer(content: Any, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> HttpResponse:
    """*content* as JSON, which nobody may keep."""
    response = JsonResponse(
        content, safe=False, status=status, headers={"Cache-Control": "no-store", **(headers or {})}
    )
    response["Content-Length"] = str(len(response.content))
    return response

"""
Bearer tokens: each opens the questions of one portal, and nothing else.

A missing token, a wrong one, one of another portal and a portal that does not exist are answered alike.
"""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest

from habilis.faces.api.problems import Problem
from habilis.workflows import tokens

LONGEST = 512
CHALLENGE = 'Bearer realm="habilis"'


def require_token(request: HttpRequest, portal: str) -> None:
    """Raise a 401 unless the request bears a token of *portal*."""
    scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
    raw = raw.strip()
    sane = scheme.lower() == "bearer" and 0 < len(raw) <= LONGEST and raw.isascii() and raw.isprintable()
    if sane and tokens.find(raw) == portal:
        return
    raise Problem(HTTPStatus.UNAUTHORIZED, "a bearer token of this portal is needed", {"WWW-Authenticate": CHALLENGE})

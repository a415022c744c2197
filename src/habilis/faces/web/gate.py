"""
The gate: every address declares who may come to it, and a program with an address that does not never starts.

A gate sees to signing in and to the portal being one the person knows.
The decision itself is taken by the workflow that the view calls, with the action that the gate names.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from habilis.faces.web.shell import enter
from habilis.faces.web.unsent import ask_to_sign_in
from habilis.faces.web.views import effects
from habilis.workflows import access, doors

SAFE = ("GET", "HEAD")
PUBLIC, SIGNED_IN, TOKEN = "public", "signed_in", "token"

OTHERS = {
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_inactive": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "mfa_authenticate": TOKEN,  # of a sign-in that has begun
    "mfa_login_webauthn": PUBLIC,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": TOKEN,
    "account_reset_password_from_key_done": PUBLIC,
}
"""The addresses whose views are not ours, each by its name. Those that are not here have no gate, and are refused."""

View = Callable[..., HttpResponse]
AtTheDoor = Callable[[HttpRequest, doors.Door], HttpResponse]


@dataclass(frozen=True)
class Gate:
    """Who may come: everybody, the signed in, the bearer of a token, or who may do *rule* on *target*."""

    rule: str
    target: str = ""
    rights: bool = False


def gate(
    rule: str, target: str = "", *, asking: bool = False, rights: bool = False, door: AtTheDoor | None = None
) -> Callable[[View], View]:
    """
    Tie a view to its gate.

    *rule* is an action's name, with the *target* that the view finds, or one of the three words above.
    A view in a portal receives, after the request, where the person is; with *asking*, also somebody whom the portal
    does not know, where it lets such a person ask for access. Anybody else is answered by *door*, where there is one
    and the portal's door is open. With *rights*, what it changes are rights, and whoever sends its form may first ask
    to see the effect.
    """

    def tie(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if rule in (PUBLIC, TOKEN):
                return view(request, **kwargs)
            opened = at_the_door(request, kwargs.get("portal", ""), asking=asking) if door else None
            if door and opened:
                return door(request, opened)
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if rights and effects.asked(request):
                return effects.tried(request, view, kwargs.pop("portal"), kwargs)
            if "portal" in kwargs:
                with access.one_reading() if request.method in SAFE else contextlib.nullcontext():
                    request.here = enter(request, kwargs.pop("portal"), asking=asking)
                    return view(request, request.here, **kwargs)
            return view(request, **kwargs)

        guarded.gate = Gate(rule, target, rights)
        return guarded

    return tie


def at_the_door(request: HttpRequest, portal: str, *, asking: bool) -> doors.Door | None:
    """The open door at which a stranger stands who only looks; nothing for anybody whom a view answers itself."""
    if request.method not in SAFE:
        return None
    if request.user.is_authenticated and (asking or doors.known(portal, request.user.email)):
        return None
    return doors.at(portal)


def ungated(patterns: Iterable[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[str]:
    """Every address that declares no gate."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from ungated(pattern.url_patterns, address)
        elif not getattr(pattern.callback, "gate", None) and (pattern.name or "") not in OTHERS:
            yield address


def check_gates(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001 - Django gives them
    """Name each address without a gate, for Django's checks."""
    return [
        Error(f"the address `{address}` declares no gate", hint="decorate its view with @gate(…)", id="web.E001")
        for address in ungated()
    ]


def insist() -> None:
    """Refuse to start while an address declares no gate."""
    if open_ones := list(ungated()):
        raise ImproperlyConfigured(f"no gate is declared for {', '.join(f'`{address}`' for address in open_ones)}")

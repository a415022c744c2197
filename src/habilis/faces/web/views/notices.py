"""What one was told in the portal, beside the mails; and how often mails tell it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.shell import Here, address, page
from habilis.workflows import board, digests


@require_safe
@gate(SIGNED_IN, asking=True)
def index(request: HttpRequest, here: Here) -> HttpResponse:
    """My notices, newest first."""
    found = board.page(here.portal, here.me, cursor=request.GET.get("cursor"))
    newest = max((notice.id for notice in found.items), default=0)
    return page(request, "notices.html", {"found": found, "newest": newest, "more": board.MOST})


@require_POST
@gate(SIGNED_IN, asking=True)
def follow(request: HttpRequest, here: Here, number: int) -> HttpResponse:  # noqa: ARG001 - a view receives it
    """Go where a notice leads; it is read then."""
    link = board.open_(here.portal, here.me, number)
    return redirect(address(here, "home") + link if link or here.known else "/")


@require_POST
@gate(SIGNED_IN, asking=True)
def mark(request: HttpRequest, here: Here, number: int) -> HttpResponse:
    """Say that a notice is read, or not."""
    board.mark(here.portal, here.me, number, read=request.POST.get("read") == "1")
    return redirect(back(request, here))


@require_POST
@gate(SIGNED_IN, asking=True)
def mark_all(request: HttpRequest, here: Here) -> HttpResponse:
    """Say that all notices are read, up to the newest that the page showed."""
    until = request.POST.get("until", "")
    board.mark_all(here.portal, here.me, int(until) if until.isdecimal() and len(until) < 19 else 0)
    messages.success(request, _("All is marked as read."))
    return redirect(address(here, "notices"))


@require_POST
@gate(SIGNED_IN)
def choose(request: HttpRequest) -> HttpResponse:
    """Receive each mail at once or one a day, portal by portal or everywhere."""
    me = request.user.email
    everywhere = request.POST.get("everywhere", "")
    known = digests.choices(me)
    daily = request.POST.getlist("daily")
    wishes = dict.fromkeys(known, everywhere == "daily") if everywhere else {key: key in daily for key in known}
    digests.choose(me, wishes)
    messages.success(request, _("Saved"))
    return redirect("web:account")


def back(request: HttpRequest, here: Here) -> str:
    """The page of notices from which one came."""
    cursor = request.POST.get("cursor", "")
    return address(here, "notices") + (f"?cursor={cursor}" if cursor and cursor.replace(":", "").isascii() else "")

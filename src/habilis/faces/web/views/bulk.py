"""One button for several resources of a list: each goes through the rule by itself, and the answer is line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from habilis.blueprints.schema import TypeInfo
from habilis.core import Conflict, HabilisError, Invalid, NotFound, Ref
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, page
from habilis.faces.web.views.changes import whole
from habilis.faces.web.views.resources import type_of
from habilis.workflows import access, browse, resources

AT_ONCE = 200


@dataclass(frozen=True)
class Line:
    """What became of one of them."""

    key: str
    title: str
    done: bool
    says: str
    opens: bool


@require_POST
@gate("the transition", "each resource that was ticked")
def several(request: HttpRequest, here: Here, type_: str, action: str) -> HttpResponse:
    """Press one button for everything that was ticked."""
    info = type_of(here, type_)
    transition = next((t for t in info.transitions if t.action == action and t.bulk), None)
    if transition is None:
        raise NotFound(f"no action `{action}` on several")
    picked = list(dict.fromkeys(request.POST.getlist("items")))[:AT_ONCE]
    lines = [one(here, info, transition, *split(item)) for item in picked]
    context = {
        "type": info,
        "transition": transition,
        "lines": lines,
        "done": sum(line.done for line in lines),
        "state": request.POST.get("state", ""),
    }
    return page(request, "resources/several.html", context, status=200 if picked else 400)


def split(item: str) -> tuple[int, str]:
    """What a box says: the version that was read, and the key."""
    version, _colon, key = item.partition(":")
    return whole(version), key


def one(here: Here, info: TypeInfo, transition: Any, version: int, key: str) -> Line:
    """Take one resource along, and say what became of it; what may not be known is not named."""
    ref = Ref(info.key, key)
    try:
        state = resources.transition(here.acting, ref=ref, version=version, action=transition.action)
    except HabilisError as error:
        if isinstance(error, NotFound):
            return Line(key, key[:60], False, str(words.CODES["gone"]), False)
        says = words.of(error) if isinstance(error, Conflict | Invalid) else str(words.CODES["refused"])
        return named(here, ref, False, says)
    if transition.to and state in transition.from_:
        return named(here, ref, False, str(words.CODES["awaits_approval"]))
    return named(here, ref, True, words.said(info.states.get(state)))


def named(here: Here, ref: Ref, done: bool, says: str) -> Line:
    """A line with the resource's title, where it may be read."""
    if not access.check(here.portal, here.me, "read", ref):
        return Line(ref.id, ref.id, done, says, False)
    return Line(ref.id, browse.resource(here.portal, here.me, ref.type, ref.id).title or ref.id, done, says, True)

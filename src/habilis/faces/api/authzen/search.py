"""
Searches: the resources, the subjects, the actions for which the answer is yes.

They come in pages, ordered by key. The token of the next page is signed, and bound to its question and to the size
of the page.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing

from habilis.faces.api.authzen import wire
from habilis.faces.api.authzen.wire import Object
from habilis.faces.api.endpoint import question
from habilis.faces.api.problems import Malformed
from habilis.workflows import access

LARGEST_PAGE = 1000
SALT = "habilis.authzen.page"


@dataclass(frozen=True)
class Asked:
    """The page that is asked: of which question, how many results, after which one."""

    question: tuple[str, ...]
    limit: int | None
    after: str | None

    @property
    def size(self) -> int:
        """How many results the page holds at most."""
        return min(self.limit or LARGEST_PAGE, LARGEST_PAGE)

    def answer(self, results: list[dict[str, str]], last: str | None) -> dict[str, Any]:
        """The page; *last* is the key after which the next one begins."""
        token = "" if last is None else signing.dumps([self.question, self.limit, last], salt=SALT)
        return {"page": {"next_token": token, "count": len(results)}, "results": results}


@question
def resources(portal: str, body: Object) -> dict[str, Any]:
    """Which resources of a type the subject may do the action on."""
    subject, action, type_ = wire.subject_of(body), wire.action_of(body), wire.type_of(body, "resource")
    asked = page_of(body, "resource", portal, str(subject), action, type_)
    if subject is None or not all(map(wire.can_exist, (action, type_))):
        return asked.answer([], None)
    keys, last = access.search(portal, subject, action, type_, limit=asked.size, after=asked.after)
    return asked.answer([{"type": type_, "id": key} for key in keys], last)


@question
def subjects(portal: str, body: Object) -> dict[str, Any]:
    """Who may do the action on the resource."""
    type_, action, resource = wire.type_of(body, "subject"), wire.action_of(body), wire.resource_of(body)
    asked = page_of(body, "subject", portal, type_, action, *resource)
    if type_ != wire.USER or not all(map(wire.can_exist, (action, *resource))):
        return asked.answer([], None)
    found, last = cut(access.subjects(portal, action, resource), asked)
    return asked.answer([{"type": wire.USER, "id": address} for address in found], last)


@question
def actions(portal: str, body: Object) -> dict[str, Any]:
    """Which actions the subject may do on the resource."""
    subject, resource = wire.subject_of(body), wire.resource_of(body)
    asked = page_of(body, "action", portal, str(subject), *resource)
    if subject is None or not all(map(wire.can_exist, resource)):
        return asked.answer([], None)
    found, last = cut(sorted(access.actions(portal, subject, [resource])[resource]), asked)
    return asked.answer([{"name": name} for name in found], last)


def page_of(body: Object, *asked: str) -> Asked:
    """The page that *body* asks of the question made of *asked*; a token of another question is refused."""
    page = wire.optional(body, "page")
    limit, token = page.get("limit"), page.get("token")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise Malformed("`page.limit` must be a whole number, 1 at least")
    if token is not None and not isinstance(token, str):
        raise Malformed("`page.token` must be a string")
    if not token:
        return Asked(asked, limit, None)
    try:
        of, before, after = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        raise Malformed("`page.token` is not one that was given here") from None
    if tuple(of) != asked:
        raise Malformed("`page.token` was given for another search")
    if limit is not None and limit != before:
        raise Malformed("`page.limit` differs from the one that `page.token` was given for")
    return Asked(asked, before, after)


def cut(names: Sequence[str], asked: Asked) -> tuple[Sequence[str], str | None]:
    """The page of *names*, which are in order, and the last of them where others follow."""
    start = 0 if asked.after is None else bisect_right(names, asked.after)
    found = names[start : start + asked.size]
    return found, found[-1] if start + asked.size < len(names) else None

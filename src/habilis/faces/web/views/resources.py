"""The pages of resources, whatever their type: lists, one, its printable view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from habilis.blueprints.schema import TypeInfo
from habilis.core import NotFound, Ref, Refused
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import charts, steps, words
from habilis.faces.web.shell import Here, page
from habilis.workflows import access, browse, timeline

SORTS = {
    "-created": lazy("Newest first"),
    "created": lazy("Oldest first"),
    "title": lazy("Title, A to Z"),
    "-title": lazy("Title, Z to A"),
}
PER_PAGE = 25
PER_SHEET = 200


def type_of(here: Here, key: str) -> TypeInfo:
    """The type of that name; an unknown one is no page."""
    found = here.blueprint.types.get(key)
    if found is None:
        raise NotFound(f"no type `{key}`")
    return found


@require_safe
@gate("list", "the resources of the type")
def index(request: HttpRequest, here: Here, type_: str) -> HttpResponse:
    """A list by state, searched, filtered, sorted, page by page."""
    info = type_of(here, type_)
    if not here.lists(type_):
        raise NotFound(f"no list of `{type_}`")
    asked = request.GET
    narrowed = narrowing(asked)
    awaiting = bool(asked.get("awaiting"))
    states = states_of(asked, info)
    sort = sort_of(asked)
    cursor = asked.get("cursor") or None
    found = browse.resources(
        here.portal,
        here.me,
        type_,
        states=states,
        sort=sort,
        cursor=cursor,
        limit=PER_PAGE,
        awaiting=awaiting,
        **narrowed,
    )
    readable = read_among(here, type_, [record.key for record in found.items])
    counts = browse.counts(here.portal, here.me, type_, **narrowed)
    buttons, pickable = offered(here, info, states, found.items)
    tabs = [{"key": key, "label": label, "count": counts.get(key, 0)} for key, label in info.states.items()]
    columns = filled([field for field in info.fields if field.list], found.items)
    return page(
        request,
        "resources/index.html",
        {
            "type": info,
            "rows": [row(record, columns, readable) for record in found.items],
            "columns": columns,
            "found": found,
            "tabs": tabs,
            "everything": sum(counts.values()),
            "states": states,
            "sort": sort,
            "sorts": SORTS,
            "asked_known": asked.get("scope", "") in {scope.key for scope in here.scopes},
            "narrowed": any(narrowed.values()),
            "may_print": here.prints(type_),
            "may_create": here.creates(type_),
            "entry": next((e for e in here.menu if (e.type, e.states, e.awaiting) == (type_, states, awaiting)), None),
            "awaiting": awaiting,
            "bulk": buttons,
            "pickable": pickable,
            "pictures": drawn(here, info, states, narrowed),
            "first_to_work": first_to_work(here, info, states, found.items),
            "why": {"action": "list", "type": type_},
        },
    )


def drawn(here: Here, info: TypeInfo, states: tuple[str, ...], narrowed: dict[str, Any]) -> list[charts.Picture]:
    """The pictures of the list, where its type is drawn: of what the person lists, narrowed alike."""
    if info.chart is None:
        return []
    found = browse.resources(here.portal, here.me, info.key, states=states, limit=PER_SHEET, **narrowed)
    return charts.pictures(info, found.items)


def offered(here: Here, info: TypeInfo, states: tuple[str, ...], records: Any) -> tuple[list[Any], set[str]]:
    """The buttons that a list in one state offers for several, and the keys of *records* that may be ticked."""
    found = [t for t in info.transitions if t.bulk and len(states) == 1 and states[0] in t.from_]
    if not found or not records:
        return [], set()
    may = access.actions(here.portal, here.me, [Ref(info.key, record.key) for record in records])
    allowed = [t for t in found if any(t.action in actions for actions in may.values())]
    pickable = {ref.id for ref, actions in may.items() if any(t.action in actions for t in allowed)}
    return allowed, pickable


def first_to_work(here: Here, info: TypeInfo, states: tuple[str, ...], records: Any) -> str:
    """The oldest of *records* on which the person may begin the work of the type's desk; none where nothing waits."""
    if len(states) != 1 or not records:
        return ""
    action = next((t.action for t in info.transitions if t.action in info.desk and states[0] in t.from_), "")
    if not action:
        return ""
    oldest = sorted(records, key=lambda record: record.created)
    answers = access.check_many(here.portal, [(here.me, action, Ref(info.key, record.key)) for record in oldest])
    return next((record.key for record, allowed in zip(oldest, answers, strict=True) if allowed), "")


def filled(columns: list[Any], records: Sequence[Any]) -> list[Any]:
    """Those of *columns* in which one of *records* says something: a page has no room for the others."""
    return [field for field in columns if any(record.fields.get(field.key) not in (None, "") for record in records)]


def narrowing(asked: QueryDict) -> dict[str, Any]:
    """What a list is narrowed to, besides its states."""
    author = asked.get("author", "").strip().lower()
    return {"scope": asked.get("scope") or None, "text": asked.get("q", "").strip(), "author": author}


def states_of(asked: QueryDict, info: TypeInfo) -> tuple[str, ...]:
    """The states asked for, among those there are."""
    return tuple(state for state in asked.getlist("state") if state in info.states)


def sort_of(asked: QueryDict) -> str:
    """The order asked for, among those there are."""
    sort = asked.get("sort", "")
    return sort if sort in SORTS else "-created"


@require_safe
@gate("print", "the resources of the type")
def print_list(request: HttpRequest, here: Here, type_: str) -> HttpResponse:
    """A list on paper: what the person may print of it, a sheet at a time."""
    info = type_of(here, type_)
    if not here.prints(type_):
        if not here.lists(type_):
            raise NotFound(f"no list of `{type_}`")
        raise Refused(f"prints no `{type_}`", code="prints_nothing")
    found = browse.resources(
        here.portal,
        here.me,
        type_,
        action="print",
        states=states_of(request.GET, info),
        sort=sort_of(request.GET),
        cursor=request.GET.get("cursor") or None,
        limit=PER_SHEET,
        **narrowing(request.GET),
    )
    columns = [field for field in info.fields if field.list]
    rows = [row(record, columns, set()) for record in found.items]
    return page(request, "resources/print_list.html", {"type": info, "found": found, "columns": columns, "rows": rows})


def read_among(here: Here, type_: str, keys: list[str]) -> set[str]:
    """Those of *keys* that the person may also open."""
    answers = access.check_many(here.portal, [(here.me, "read", Ref(type_, key)) for key in keys]) if keys else []
    return {key for key, allowed in zip(keys, answers, strict=True) if allowed}


def row(record: Any, columns: list[Any], readable: set[str]) -> dict[str, Any]:
    """A line of a list."""
    cells = [
        {"label": field.label, "value": words.value(field, record.fields.get(field.key)), "kind": field.kind}
        for field in columns
    ]
    return {"record": record, "cells": cells, "opens": record.key in readable}


@require_safe
@gate("read", "the resource")
def show(request: HttpRequest, here: Here, type_: str, key: str, *, status: int = 200) -> HttpResponse:
    """One resource: its fields, files and thread, and what may be done with it now."""
    return page(request, "resources/show.html", around(here, type_, key), status=status)


def around(here: Here, type_: str, key: str) -> dict[str, Any]:
    """Everything that the page of a resource shows."""
    info = type_of(here, type_)
    record = browse.resource(here.portal, here.me, type_, key)
    ref = Ref(type_, key)
    may = access.actions(here.portal, here.me, [ref])[ref]
    return {
        "type": info,
        "record": record,
        "may": may,
        "values": values(info, record),
        "buttons": [t for t in info.transitions if record.state in t.from_ and t.action in may],
        "files": browse.files(here.portal, here.me, ref),
        "thread": browse.thread(here.portal, here.me, ref),
        "steps": steps.of(info, record, timeline.of(here.portal, here.me, ref)) if info.states else [],
        "desk": any(t.action in info.desk and record.state in t.from_ and t.action in may for t in info.transitions),
        "may_write": bool(may - {"list", "read", "print"}),
        "why": {"action": "read", "type": type_, "key": key},
        "who": here.may("export", record.scope.key, record.scope.kind),
    }


def values(info: TypeInfo, record: Any) -> list[tuple[Any, str]]:
    """The typed fields of a resource, as people read them."""
    return [(field, words.value(field, record.fields.get(field.key))) for field in info.fields]


@require_safe
@gate("print", "the resource")
def printable(request: HttpRequest, here: Here, type_: str, key: str) -> HttpResponse:
    """One resource on paper."""
    info = type_of(here, type_)
    record = browse.printable(here.portal, here.me, type_, key)
    return page(request, "resources/print.html", {"type": info, "record": record, "values": values(info, record)})

"""The lists as files: what the screen shows with its filters, as CSV or as a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from habilis.core import NotFound
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import history
from habilis.faces.web.shell import Here, refuse
from habilis.faces.web.views.resources import narrowing, sort_of, states_of, type_of
from habilis.faces.web.views.scopes import people_asked, scopes_asked
from habilis.workflows import exports

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"csv": "text/csv; charset=utf-8", "xlsx": SHEET}


@require_safe
@gate("list", "the resources of the type")
def resources(request: HttpRequest, here: Here, type_: str, format_: str) -> HttpResponseBase:
    """The whole list of resources that the page shows, with the filters of the page."""
    known(format_)
    info = type_of(here, type_)
    if not here.lists(type_):
        raise NotFound(f"no list of `{type_}`")
    asked = request.GET
    table = exports.resources(
        here.portal, here.me, type_, spoken(), states=states_of(asked, info), sort=sort_of(asked), **narrowing(asked)
    )
    return file(here, table, format_, type_)


@require_safe
@gate("list", "the scopes of the kind")
def scopes(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:
    """The scopes that a page shows (dossiers, structures, units), with its filters."""
    known(format_)
    asked = scopes_asked(here, request.GET)
    return file(here, exports.scopes(here.portal, here.me, spoken(), **asked), format_, asked["kind"])


@require_safe
@gate("export", "the scope")
def people(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:
    """The people of a scope, with the filters of the page."""
    known(format_)
    table = exports.people(here.portal, here.me, request.GET.get("scope", ""), spoken(), **people_asked(request.GET))
    return file(here, table, format_, "people", request.GET.get("scope", ""))


@require_safe
@gate("read_journal", "the scope")
def journal(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:
    """The whole history of a scope, in the sentences of its page."""
    known(format_)
    language, key, wanted = spoken(), request.GET.get("scope", ""), history.asked_of(request.GET)

    def tell(entries: Sequence[Any], people: Mapping[str, str], scopes: Mapping[str, str]) -> list[Sequence[Any]]:
        with override(language):
            told = history.told(here, entries, people, scopes)
            return [(one.at, one.says, one.detail, _("Refused") if one.refused else "", one.comment) for one in told]

    return file(here, exports.journal(here.portal, here.me, key, language, tell, wanted), format_, "history", key)


@require_safe
@gate("export", "a scope of the person's grants")
def person(request: HttpRequest, here: Here, email: str, format_: str) -> HttpResponseBase:  # noqa: ARG001 - every view has it
    """The card of a person, with what the page shows of it."""
    known(format_)
    return file(here, exports.person(here.portal, here.me, email, spoken()), format_, "person")


@require_safe
@gate("export", "any scope")
def contacts(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:
    """Everybody whom the person may list, with the search of the page."""
    known(format_)
    if not here.may_somewhere("export"):
        refuse(here, "export", "manages_nothing")
    table = exports.contacts(here.portal, here.me, spoken(), text=request.GET.get("q", "").strip())
    return file(here, table, format_, "contacts")


def known(format_: str) -> None:
    """A format that we write; any other is no page."""
    if format_ not in FORMATS:
        raise NotFound(f"no format `{format_}`")


def spoken() -> str:
    """The language of the headings."""
    return (get_language() or "fr")[:2]


def file(here: Here, table: exports.Table, format_: str, usual: str, about: str = "") -> HttpResponseBase:
    """The table to be kept; its name says the portal, the list (*usual*, where that has no letters) and the day."""
    words = [here.portal, slugify(table.name) or usual, slugify(about), localdate().isoformat()]
    name = f"{'-'.join(filter(None, words))}.{format_}"
    response: HttpResponse | StreamingHttpResponse
    if format_ == "csv":
        response = StreamingHttpResponse(exports.to_csv(table, spoken()))
    else:
        response = FileResponse(exports.to_xlsx(table))
    response["Content-Type"] = FORMATS[format_]
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response

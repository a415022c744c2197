"""The lists as files: what the screen shows with its filters, as CSV or as a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from habilis.core import NotFound
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import history
from habilis.faces.web.shell import Here, address, page, refuse
from habilis.faces.web.views.resources import narrowing, sort_of, states_of, type_of
from habilis.faces.web.views.scopes import people_asked, scopes_asked
from habilis.workflows import exports, preparing

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"csv": "text/csv; charset=utf-8", "xlsx": SHEET}


@require_http_methods(["GET", "HEAD", "POST"])
@gate("list", "the resources of the type")
def resources(request: HttpRequest, here: Here, type_: str, format_: str) -> HttpResponseBase:
    """The whole list of resources that the page shows, with the filters of the page."""
    known(format_)
    info = type_of(here, type_)
    if not here.lists(type_):
        raise NotFound(f"no list of `{type_}`")
    asked = request.GET
    filters = {"type_": type_, "states": states_of(asked, info), "sort": sort_of(asked), **narrowing(asked)}
    return listed(request, here, "resources", filters, format_, type_)


@require_http_methods(["GET", "HEAD", "POST"])
@gate("list", "the scopes of the kind")
def scopes(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:
    """The scopes that a page shows (dossiers, structures, units), with its filters."""
    known(format_)
    asked = scopes_asked(here, request.GET)
    return listed(request, here, "scopes", asked, format_, asked["kind"])


@require_http_methods(["GET", "HEAD", "POST"])
@gate("export", "the scope")
def people(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:
    """The people of a scope, with the filters of the page."""
    known(format_)
    key = request.GET.get("scope", "")
    return listed(request, here, "people", {"scope_key": key, **people_asked(request.GET)}, format_, "people", key)


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


@require_http_methods(["GET", "HEAD", "POST"])
@gate("export", "any scope")
def contacts(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:
    """Everybody whom the person may list, with the search of the page."""
    known(format_)
    if not here.may_somewhere("export"):
        refuse(here, "export", "manages_nothing")
    return listed(request, here, "contacts", {"text": request.GET.get("q", "").strip()}, format_, "contacts")


@require_safe
@gate(SIGNED_IN)
def files(request: HttpRequest, here: Here) -> HttpResponse:
    """The files that were prepared for me: those that are ready, and those to come."""
    return page(request, "files.html", {"files": preparing.mine(here.portal, here.me)})


@require_safe
@gate("list", "the list that the file holds")
def fetch(request: HttpRequest, here: Here, number: int) -> HttpResponseBase:  # noqa: ARG001 - every view has it
    """One of my files, if I may still have all that it holds."""
    prepared, path = preparing.fetch(here.portal, here.me, number)
    return handed(FileResponse(path.open("rb")), "xlsx", prepared.name)


def listed(
    request: HttpRequest, here: Here, which: str, filters: dict[str, Any], format_: str, usual: str, about: str = ""
) -> HttpResponseBase:
    """A list as a file at once; where it is too long for a spreadsheet to be waited for, once it is asked for."""
    asked = preparing.Asked(which, spoken(), filters)
    table = preparing.table(here.portal, here.me, asked)
    if format_ != "xlsx" or (request.method != "POST" and table.total <= preparing.LARGE):
        return file(here, table, format_, usual, about)
    if request.method == "POST":
        preparing.prepare(here.acting, asked=asked, name=name_of(here, table, format_, usual, about))
        messages.success(request, _("The file is being prepared. You will be told when it is ready."))
        return redirect(address(here, "files"))
    return page(request, "files_long.html", {"name": table.name, "total": table.total, "days": preparing.LASTS.days})


def known(format_: str) -> None:
    """A format that we write; any other is no page."""
    if format_ not in FORMATS:
        raise NotFound(f"no format `{format_}`")


def spoken() -> str:
    """The language of the headings."""
    return (get_language() or "fr")[:2]


def file(here: Here, table: exports.Table, format_: str, usual: str, about: str = "") -> HttpResponseBase:
    """The table to be kept; its name says the portal, the list (*usual*, where that has no letters) and the day."""
    response: StreamingHttpResponse
    if format_ == "csv":
        response = StreamingHttpResponse(exports.to_csv(table, spoken()))
    else:
        response = FileResponse(exports.to_xlsx(table))
    return handed(response, format_, name_of(here, table, format_, usual, about))


def name_of(here: Here, table: exports.Table, format_: str, usual: str, about: str) -> str:
    """What the file is called."""
    words = [here.portal, slugify(table.name) or usual, slugify(about), localdate().isoformat()]
    return f"{'-'.join(filter(None, words))}.{format_}"


def handed(response: StreamingHttpResponse, format_: str, name: str) -> StreamingHttpResponse:
    """The answer as a file to be kept, and by nobody else."""
    response["Content-Type"] = FORMATS[format_]
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response

"""People and their grants from a table: a template to fill in, a preview of each line, then all of it or nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from habilis.core import Conflict, Invalid, Refused
from habilis.faces.web.gate import SIGNED_IN, gate
from habilis.faces.web.presenters import imports as presenter
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, address, page, refuse
from habilis.faces.web.views.exports import FORMATS, known, spoken
from habilis.workflows import carrying, exports, importing, lines, sheets

SHOWN = 100  # lines of a preview on one page


@require_http_methods(["GET", "HEAD", "POST"])
@gate("attach", "the scope of each line")
def people(request: HttpRequest, here: Here) -> HttpResponse:
    """Send a table, see what each line would do, correct it in place, and import it."""
    if not here.may_somewhere("attach"):
        refuse(here, "attach", "attaches_nobody")
    context: dict[str, Any] = {
        "largest": sheets.LINES,
        "megabytes": sheets.LARGEST // 1024 // 1024,
        "long": carrying.LONG,
        "columns": [presenter.column(key) for key in lines.TITLES],
        "mine": presenter.followed(carrying.mine(here.portal, here.me)),
    }
    if request.method != "POST":
        return page(request, "people/import.html", context)
    try:
        text = table(request)
        if request.POST.get("do") != "import":
            return show(request, importing.preview(here.acting, text), text, context)
        return imported(request, here, text, context)
    except Invalid as error:
        says = str(presenter.FILES.get(error.code) or words.of(error))
        return page(
            request, "people/import.html", {**context, "text": request.POST.get("text", ""), "says": says}, status=400
        )


def table(request: HttpRequest) -> str:
    """The table that was sent: a file, else the text of the page."""
    file = request.FILES.get("file")
    return sheets.text_of(file.name or "", file) if file else request.POST.get("text", "")


def imported(request: HttpRequest, here: Here, text: str, context: dict[str, Any]) -> HttpResponse:
    """
    Import, and go back to people; what is long is left to the worker, and followed. Whatever stands against it is
    shown with the preview of now.
    """
    status = 400
    if carrying.is_long(text):
        number = carrying.submit(here.acting, text=text, digest=request.POST.get("digest", ""))
        return redirect(address(here, "follow_import", number=number))
    try:
        plan = importing.run(here.acting, text=text, digest=request.POST.get("digest", ""))
    except Conflict:
        status, context["says"] = 409, _("Something has changed since the preview. Here is what this would do now.")
    except Refused as error:
        status, context["says"] = 403, words.of(error)
    except Invalid as error:
        if error.code != "lines":
            raise
    else:
        done = plan.count("new") + plan.count("known")
        says = ngettext("%(count)s access was given", "%(count)s accesses were given", done) % {"count": done}
        messages.success(request, says)
        return redirect(address(here, "manage"))
    return show(request, importing.preview(here.acting, text), text, context, status=status)


def show(
    request: HttpRequest, plan: importing.Plan, text: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The preview and the table to correct. A long one comes page by page, what is wrong alone where there is any."""
    headings = [{"column": presenter.column(one.column), "says": presenter.wrong(one)} for one in plan.wrong]
    if not plan.sound and status == 200:
        status = 400
    faulty = [line for line in plan.lines if line.wrong]
    shown = Paginator(faulty if faulty and len(plan.lines) > SHOWN else plan.lines, SHOWN)
    return page(
        request,
        "people/import.html",
        {
            **context,
            "plan": plan,
            "total": len(plan.lines),
            "counts": presenter.counts(plan),
            "shown": (part := shown.get_page(request.POST.get("page"))),
            "lines": presenter.lines(part.object_list),
            "faulty": len(faulty),
            "later": len(plan.lines) > carrying.LONG,
            "headings": headings,
            "text": text,
        },
        status=status,
    )


@require_safe
@gate(SIGNED_IN)
def follow(request: HttpRequest, here: Here, number: int) -> HttpResponse:
    """An import of mine that the worker carries out: how far it is, and how it ended."""
    found = carrying.follow(here.portal, here.me, number)
    return page(request, "people/import_followed.html", {"one": presenter.followed([found])[0]})


@require_safe
@gate("attach", "any scope")
def template(request: HttpRequest, here: Here, format_: str) -> HttpResponseBase:  # noqa: ARG001 - every view has it
    """The table to fill in; as a workbook, with the scopes and the profiles to choose from."""
    known(format_)
    if not here.may_somewhere("attach"):
        refuse(here, "attach", "attaches_nobody")
    titles, scopes, profiles = importing.template(here.portal, here.me, spoken())
    name = f"{here.portal}-{_('import')}.{format_}"
    if format_ == "csv":
        empty = exports.Table("", tuple(titles), iter(()))
        response: HttpResponseBase = HttpResponse(b"".join(exports.to_csv(empty, spoken())))
    else:
        lists = [(_("Scopes"), scopes), (_("Profiles"), [(profile,) for profile in profiles])]
        response = FileResponse(exports.template(titles, lists))
    response["Content-Type"] = FORMATS[format_]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response

"""The inbox of access requests: what waits for me, one of them, modify, approve, refuse; several at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habilis.core import Conflict, HabilisError, NotFound
from habilis.faces.web.forms.requests import ChoiceForm, RejectForm, chosen
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import asked, words
from habilis.faces.web.shell import Here, address, page, posted, refuse
from habilis.faces.web.views.grants import attempt
from habilis.faces.web.views.people import helps
from habilis.workflows import accounts, gaining, requests
from habilis.workflows.requests import Choice

FORM_METHODS = ["GET", "HEAD", "POST"]
PER_PAGE = 50
DIGITS = 12  # of the longest number that is read


@require_safe
@gate("decide", "every scope of each request")
def index(request: HttpRequest, here: Here) -> HttpResponse:
    """What waits for me, the oldest first; or what I decided."""
    if not here.decides:
        refuse(here, "decide", "decides_nothing")
    past = request.GET.get("tab") == "decided"
    ids = requests.decided(here.portal, here.me) if past else here.inbox
    start = whole_number(request.GET.get("from", ""))
    shown = requests.records(ids[start : start + PER_PAGE])
    context = {
        "rows": [asked.one(here, record) for record in shown],
        "headings": asked.headings(here),
        "past": past,
        "total": len(ids),
        "next": start + PER_PAGE if start + PER_PAGE < len(ids) else 0,
    }
    return page(request, "requests/index.html", context)


@require_http_methods(FORM_METHODS)
@gate("decide", "every scope of the request")
def show(request: HttpRequest, here: Here, request_id: int) -> HttpResponse:
    """One request: what is asked, by whom, what was answered before, and what I may answer."""
    if request.GET.get("modify") and requests.record(here.portal, here.me, request_id).state != "pending":
        messages.info(request, _("It waits no more."))
        return redirect(address(here, "requests"))
    return detail(request, here, request_id)


def detail(
    request: HttpRequest, here: Here, request_id: int, *, form: Any = None, reject: Any = None, status: int = 200
) -> HttpResponse:
    """The page of a request, with what was typed in one of its forms."""
    record = requests.record(here.portal, here.me, request_id)
    holder = requests.holder(here.portal, here.me, record) or here.me
    context: dict[str, Any] = {
        "absent": accounts.name_of(holder) if holder != here.me else "",
        "asked": asked.one(here, record),
        "record": record,
        "headings": asked.headings(here),
        "typed": asked.fields(here, record),
        "approver": accounts.name_of(here.me),
        "before": [asked.one(here, one) for one in requests.before(here.portal, holder, record)],
        "why": {"action": "decide", "type": record.scopes[0].kind, "key": record.scopes[0].key},
        "granted": asked.granted(here, record),
    }
    if record.state == "pending":
        context["outcome"] = asked.outcome(here, gaining.outcome(here.portal, here.me, record))
        context["form"] = form or choice_form(here, record, None)
        context["reject"] = reject or reject_form(here, record, None)
        context["helps"] = helps(here, context["form"].fields["profile"].choices)
        context["chooses"] = leaves_a_choice(here, record, context["form"])
        context["modifying"] = form is not None or request.GET.get("modify") == "1" or context["chooses"]
    return page(request, "requests/show.html", context, status=status)


def leaves_a_choice(here: Here, record: Any, form: ChoiceForm) -> bool:
    """Whether whoever asked named an organization alone, so that whoever decides says where in it."""
    asked_with = here.blueprint.requests.forms.get(record.kind)
    named = asked_with is not None and asked_with.found == "identifier" and not asked_with.below
    return named and len(form.listed) > 1


def choice_form(here: Here, record: Any, data: Any) -> ChoiceForm:
    """What I may give: the scopes and the profiles."""
    holder = requests.holder(here.portal, here.me, record) or here.me
    scopes = requests.choices(here.portal, holder, record)
    profiles = requests.profiles(here.portal, holder, record, scopes)
    options = [(key, words.profile_name(here, key)) for key in profiles]
    initial = {**chosen(record.scopes), "profile": record.profile, "version": record.version}
    return ChoiceForm(scopes, options, data, initial=initial, called=words.kinds_among(here.blueprint, scopes))


def reject_form(here: Here, record: Any, data: Any) -> RejectForm:
    """Why it is turned down."""
    initial = {"version": record.version if record else None}
    return RejectForm(
        data, initial=initial, reason_required=here.blueprint.requests.reason_required, auto_id="reject_%s"
    )


@require_POST
@gate("decide", "every scope of the request", rights=True)
def approve(request: HttpRequest, here: Here, request_id: int) -> HttpResponse:
    """Approve as asked, or as chosen in the form; or keep the choice for later."""
    record = requests.record(here.portal, here.me, request_id)
    if record.state != "pending":
        raise handled(record)
    if "chosen" not in request.POST:
        requests.approve(here.acting, request=request_id, version=whole_number(request.POST.get("version", "")))
        return back(request, here, _("Approved: %(name)s has access from now on.") % {"name": record.beneficiary_name})
    form = choice_form(here, record, posted(request))
    if not form.is_valid():
        return detail(request, here, request_id, form=form, status=400)
    data = form.cleaned_data
    choice = Choice(data["profile"], form.keys, **form.period)
    number = {"request": request_id, "version": data["version"], "choice": choice}
    if request.POST.get("chosen") == "keep":
        status = attempt(form, lambda: requests.modify(here.acting, **number))
        if not status:
            messages.success(request, _("Changed. The request still awaits a decision."))
            return redirect(address(here, "request", request_id=request_id))
    else:
        status = attempt(form, lambda: requests.approve(here.acting, **number))
        if not status:
            says = _("Approved: %(name)s has access from now on.") % {"name": record.beneficiary_name}
            return back(request, here, says)
    return detail(request, here, request_id, form=form, status=status)


@require_POST
@gate("decide", "every scope of the request")
def reject(request: HttpRequest, here: Here, request_id: int) -> HttpResponse:
    """Turn it down, with a reason."""
    record = requests.record(here.portal, here.me, request_id)
    if record.state != "pending":
        raise handled(record)
    form = reject_form(here, record, request.POST)
    if not form.is_valid():
        return detail(request, here, request_id, reject=form, status=400)
    data = form.cleaned_data
    status = attempt(
        form,
        lambda: requests.reject(
            here.acting, request=request_id, version=data["version"] or 0, reason=data["reason"], note=data["note"]
        ),
    )
    if status:
        return detail(request, here, request_id, reject=form, status=status)
    return back(request, here, _("Refused: %(name)s is told by mail.") % {"name": record.requester_name})


def handled(record: Any) -> Conflict:
    """What answers whoever decides second."""
    return Conflict(f"request `{record.id}` was handled already", code="already_handled", by=record.decided_by_name)


def whole_number(text: str) -> int:
    """A number that was sent; nothing for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else 0


def back(request: HttpRequest, here: Here, says: str) -> HttpResponse:
    """Back on the list of what waits."""
    messages.success(request, says)
    return redirect(address(here, "requests"))


@require_POST
@gate("decide", "every scope of each request")
def several(request: HttpRequest, here: Here) -> HttpResponse:
    """Decide those that are ticked, each by itself; to refuse them, one reason is asked for first."""
    numbers = ticked(request)
    if not numbers:
        messages.error(request, _("Tick at least one request."))
        return redirect(address(here, "requests"))
    if request.POST.get("decision") == "approve":
        done = requests.several(
            numbers, lambda number, version: requests.approve(here.acting, request=number, version=version)
        )
        return told(request, here, done)
    form = reject_form(here, None, request.POST if "reason" in request.POST else None)
    if "reason" in request.POST and form.is_valid():
        data = form.cleaned_data
        done = requests.several(
            numbers,
            lambda number, version: requests.reject(
                here.acting, request=number, version=version, reason=data["reason"], note=data["note"]
            ),
        )
        return told(request, here, done)
    shown = [requests.record(here.portal, here.me, number) for number, _version in numbers]
    context = {
        "form": form,
        "rows": [asked.one(here, record) for record in shown],
        "ticked": request.POST.getlist("request"),
    }
    return page(request, "requests/reject_several.html", context, status=400 if form.errors else 200)


def ticked(request: HttpRequest) -> list[tuple[int, int]]:
    """The requests that were ticked, each with the version that was read."""
    found = []
    for text in request.POST.getlist("request")[:PER_PAGE]:
        number, _colon, version = text.partition(":")
        if not whole_number(number):
            raise NotFound("unknown request")
        found.append((whole_number(number), whole_number(version)))
    return list(dict.fromkeys(found))


def told(request: HttpRequest, here: Here, done: list[tuple[int, HabilisError | None]]) -> HttpResponse:
    """How many were decided, and why the others were not."""
    well = sum(1 for _number, error in done if error is None)
    if well:
        says = ngettext("%(count)s request is decided.", "%(count)s requests are decided.", well)
        messages.success(request, says % {"count": well})
    for _number, error in done:
        if error is not None:
            reason = _("Nothing of that name.") if isinstance(error, NotFound) else words.of(error)
            messages.error(request, _("One request was not decided: %(reason)s") % {"reason": reason})
    return redirect(address(here, "requests"))

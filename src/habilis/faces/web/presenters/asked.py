"""Access requests as pages say them: their states, what they ask for, in which columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import PORTAL
from habilis.faces.web.presenters import words

STATES = {
    "pending": lazy("Awaiting a decision"),
    "approved": lazy("Approved"),
    "rejected": lazy("Refused"),
    "withdrawn": lazy("Withdrawn"),
    "expired": lazy("Expired"),
}
KINDS = {
    "join": lazy("Request for access"),
    "newcomer": lazy("Request for somebody new"),
    "change": lazy("Request for other rights"),
}


@dataclass(frozen=True)
class Asked:
    """A request ready to be shown: what it is called, and what stands in each column of places."""

    record: Any
    title: str
    state: str
    places: list[str]
    profile: str


def columns(here: Any) -> list[str]:
    """The kinds of scope that requests are about here, the highest first: a column each."""
    asked = [kind for form in here.blueprint.requests.forms.values() for kind in form.on if kind != PORTAL]
    found = set(asked) or {kind for kind in here.blueprint.kinds if kind != PORTAL}
    return [kind for kind in here.blueprint.kinds if kind in found]


def headings(here: Any) -> list[str]:
    """The words over these columns."""
    return [words.kind_name(here.blueprint, kind) for kind in columns(here)]


def one(here: Any, record: Any) -> Asked:
    """A request."""
    form = here.blueprint.requests.forms.get(record.kind)
    return Asked(
        record,
        (words.said(form.called) if form else "") or str(KINDS[record.kind]),
        state(record),
        [", ".join(_cell(here, record, kind)) for kind in columns(here)],
        words.profile_name(here, record.profile) if record.profile else "",
    )


def outcome(here: Any, found: Any) -> tuple[str, str] | None:
    """Where the person holds it today and where they would, in words; nothing where they hold it nowhere."""
    if not found.before:
        return None
    return _names(here, found.before), _names(here, found.after)


def _names(here: Any, scopes: Any) -> str:
    return ", ".join(_whole(here) if scope.kind == PORTAL else scope.name for scope in scopes)


def _whole(here: Any) -> str:
    return _("The whole country") if here.moderated else words.root_name()


def state(record: Any) -> str:
    """The word for a request's state."""
    return str(STATES[record.state])


def _cell(here: Any, record: Any, kind: str) -> list[str]:
    """The names of a request's scopes of *kind*, or of the one above those of another kind."""
    kinds = here.blueprint.model.kinds
    top = columns(here)[0]
    found = []
    for scope in record.scopes:
        if scope.kind == PORTAL and kind == top:
            found.append(_whole(here))
        elif scope.kind == kind:
            found.append(scope.name)
        elif kind in kinds[scope.kind].under and scope.kind != kind:
            found.append(scope.parent_name)
    return list(dict.fromkeys(found))


def fields(here: Any, record: Any) -> list[tuple[str, str]]:
    """What was written down with a request, as labels and values."""
    form = here.blueprint.requests.forms.get(record.kind)
    if form is None:
        return []
    shown = [(words.said(field.label), words.value(field, record.fields.get(field.key))) for field in form.fields]
    return [(label, value) for label, value in shown if value]


def granted(here: Any, record: Any) -> str:
    """What an approval gave, in a few words."""
    return words.profile_name(here, record.granted.get("profile", "")) if record.granted else ""

"""Reads what a blueprint says of access requests: what can be asked for, by whom, and what is written down with it."""

from __future__ import annotations

from typing import Protocol

from habilis.blueprints.administrative import REQUESTS
from habilis.blueprints.reading import Table
from habilis.blueprints.schema import DOORS, FINDINGS, Field, Label, RequestForm, Requests
from habilis.core import Model

FORMS = ("join", "newcomer", "change")
TOLD = ("deciders", "responsible")


class Reader(Protocol):
    """What reads labels and fields, wherever they stand."""

    def label(self, table: Table, key: str, *, required: bool = True) -> Label:
        """A text in both languages."""

    def field(self, table: Table) -> Field:
        """A typed field."""


def read(reader: Reader, root: Table, model: Model) -> Requests:
    """The section `[requests]`; where there is none, nothing is asked for in pages and the inbox has its plain name."""
    if not root.has("requests"):
        return Requests(REQUESTS)
    table = root.table("requests")
    root.raw("requests")
    found = Requests(
        reader.label(table, "label"),
        {key: _form(reader, key, table.table(key), model) for key in FORMS if table.has(key)},
        told=table.one_of("told", TOLD, TOLD[0]),
        shown_when_empty=table.flag("shown_when_empty", default=True),
        in_header=table.flag("in_header", default=False),
        reason_required=table.flag("reason_required", default=True),
        door=table.one_of("door", DOORS, DOORS[2]),
    )
    if found.door != DOORS[2] and "join" not in found.forms:
        table.fault("door", "opens on nothing: expected a table `join` beside it")
    for key in FORMS:
        table.raw(key)
    table.done()
    return found


def _form(reader: Reader, key: str, table: Table, model: Model) -> RequestForm:
    form = RequestForm(
        key,
        reader.label(table, "label"),
        help=reader.label(table, "help", required=False),
        found=table.one_of("found", FINDINGS, FINDINGS[1], required=True),
        on=table.texts("on", model.kinds),
        below=table.flag("below", default=False),
        lowest=table.flag("lowest", default=False),
        identity=table.flag("identity", default=False),
        called=reader.label(table, "called", required=False),
        profiles=table.texts("profiles", model.profiles),
        comment=reader.label(table, "comment", required=False),
        comment_required=table.flag("comment_required", default=False),
        fields=tuple(reader.field(one) for one in table.tables("fields")),
    )
    if not form.on:
        table.fault("on", "names no kind: expected the kinds of scope that can be asked for")
    if form.found == "identifier" and not any(model.kinds[kind].identifiers for kind in form.on):
        table.fault("found", "none of the kinds in `on` has identifiers: expected `choice` or `held`")
    if form.identity and not form.fields:
        table.fault("identity", "has nothing to ask: expected `fields` beside it")
    for profile in form.profiles:
        if model.profiles[profile].retired or not model.profiles[profile].on & set(form.on):
            table.fault("profiles", f"`{profile}` cannot be given on any of the kinds in `on`")
    table.done()
    return form

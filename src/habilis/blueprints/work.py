"""
Reads how one works with a type: files first, beside one's file, several at once, with approvals, with a picture.

Every key is optional and nothing here decides who may do what; docs/blueprints.md describes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from habilis.blueprints.reading import Table
from habilis.blueprints.schema import CHART_SHAPES, Approval, Chart, MenuEntry, TypeInfo

NUMBERS = ("integer", "decimal", "amount")


def read(table: Table, info: TypeInfo, types: Mapping[str, Any]) -> TypeInfo:
    """*info* with what its table says of working with it; each name must be one of the type's own."""
    fields = {field.key: field.kind for field in info.fields}
    _transitions(table, info, fields)
    for n, field in enumerate(info.fields):
        if field.suggests and (field.kind != "text" or field.suggests not in types):
            table.source.fault(
                (*table.path, "fields", n, "suggests"), "expected a type of this blueprint, on a field of kind `text`"
            )
    moves = [transition.action for transition in info.transitions if transition.to]
    return replace(
        info,
        intake=table.flag("intake", default=False),
        desk=table.texts("desk", moves),
        approval=_approval(table, info, fields, moves),
        chart=_chart(table, fields),
    )


def awaiting(table: Table, entry: MenuEntry, types: Mapping[str, TypeInfo]) -> MenuEntry:
    """*entry*, narrowed or not to what awaits the person's approval."""
    wanted = table.flag("awaiting", default=False)
    if wanted and entry.type in types and not approves(types[entry.type]):
        table.fault("awaiting", f"nothing approves a `{entry.type}`: expected a transition whose `to` is empty")
    return replace(entry, awaiting=wanted)


def approves(info: TypeInfo) -> str:
    """The action by which a resource of the type is approved; empty where there is none."""
    return next((transition.action for transition in info.transitions if not transition.to), "")


def _transitions(table: Table, info: TypeInfo, fields: Mapping[str, str]) -> None:
    for n, transition in enumerate(info.transitions):
        if transition.stamps and fields.get(transition.stamps) != "date":
            table.source.fault(
                (*table.path, "transitions", n, "stamps"),
                f"unknown `{transition.stamps[:60]}`: expected a field of kind `date`",
            )


def _approval(table: Table, info: TypeInfo, fields: Mapping[str, str], moves: list[str]) -> Approval | None:
    if not table.has("approval"):
        return None
    part = table.table("approval")
    found = Approval(
        part.one_of("kind", [key for key, kind in fields.items() if kind == "choice"], required=True),
        part.one_of("amount", [key for key, kind in fields.items() if kind == "amount"], required=True),
        part.one_of("holds", moves, required=True),
    )
    if not approves(info):
        part.fault(None, "nothing approves this type: expected a transition whose `to` is empty")
    part.done()
    return found


def _chart(table: Table, fields: Mapping[str, str]) -> Chart | None:
    if not table.has("chart"):
        return None
    part = table.table("chart")
    found = Chart(
        part.one_of("along", [key for key, kind in fields.items() if kind == "date"], required=True),
        part.texts("values", [key for key, kind in fields.items() if kind in NUMBERS]),
        part.one_of("shape", CHART_SHAPES, "bars"),
        part.one_of("by", [key for key, kind in fields.items() if kind == "text"]),
    )
    if not found.values:
        part.fault("values", "expected the fields that the picture shows")
    part.done()
    return found

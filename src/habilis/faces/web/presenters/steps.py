"""The story of a resource in steps: what happened, what is dated by its own fields, and the states still to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.blueprints.schema import TypeInfo
from habilis.faces.web.presenters import words

SAYS = {
    "file:attach": lazy("A file was added"),
    "resource:ask_approval": lazy("An approval was asked"),
    "resource:lose_approvals": lazy("It changed: its approvals are asked again"),
    "resource:transmit": lazy("Sent by itself"),
}


@dataclass(frozen=True)
class Step:
    """One step; without a day it is still to come, or nobody wrote down when it was."""

    says: str
    by: str = ""
    at: datetime | None = None
    day: date | None = None
    reached: bool = True
    current: bool = False


def of(info: TypeInfo, record: Any, story: Sequence[Any]) -> list[Step]:
    """The steps of *record*, the oldest first; nothing for a type without states."""
    if not info.states:
        return []
    states = list(info.states)
    at = states.index(record.state) if record.state in states else 0
    steps = [
        Step(
            _("Created: %(state)s") % {"state": words.said(info.states[states[0]])}, record.author_name, record.created
        )
    ]
    told = {one.state for one in story}
    quiet = [state for state in way_to(info, states[at]) if state not in told]
    steps += [Step(words.said(info.states[state]), day=stamped(info, record, state)) for state in quiet]
    steps += [Step(said(info, one), one.actor, one.at) for one in story]
    steps.sort(key=lambda step: moment(step) or localtime(record.created))
    for n in range(len(steps) - 1, -1, -1):
        if steps[n].says == words.said(info.states[states[at]]) or n == 0:
            steps[n] = Step(steps[n].says, steps[n].by, steps[n].at, steps[n].day, current=True)
            break
    return steps + [Step(words.said(info.states[state]), reached=False) for state in way_on(info, states[at])]


def way_to(info: TypeInfo, state: str) -> list[str]:
    """The states by which a resource came to *state*, the shortest way from the first one, which is left out."""
    ways: dict[str, list[str]] = {info.initial: []}
    for at in (queue := [info.initial]):  # grows while it is read
        for transition in info.transitions:
            if at in transition.from_ and transition.to and transition.to not in ways:
                ways[transition.to] = [*ways[at], transition.to]
                queue.append(transition.to)
    return ways.get(state, [state])


def way_on(info: TypeInfo, state: str) -> list[str]:
    """The states still to come after *state*: those to which the first button of each leads on."""
    order, way = list(info.states), [state]
    while True:
        ahead = (t.to for t in info.transitions if way[-1] in t.from_ and t.to in info.states)
        following = next((to for to in ahead if order.index(to) > order.index(way[-1])), "")
        if not following:
            return way[1:]
        way.append(following)


def stamped(info: TypeInfo, record: Any, state: str) -> date | None:
    """The day on which the record itself says that it came to *state*."""
    for transition in info.transitions:
        value = record.fields.get(transition.stamps) if transition.to == state and transition.stamps else None
        if value:
            return date.fromisoformat(value)
    return None


def moment(step: Step) -> datetime | None:
    """When a step was, for their order."""
    if step.at is not None:
        return localtime(step.at)
    return localtime().replace(step.day.year, step.day.month, step.day.day, 23, 59) if step.day else None


def said(info: TypeInfo, one: Any) -> str:
    """One thing that happened, in words: the state it led to, or what was done."""
    if one.tag in SAYS and one.tag != "resource:transmit":
        return str(SAYS[one.tag])
    transition = next((t for t in info.transitions if t.action == one.action), None)
    if transition is not None and not transition.to:
        return words.said(transition.label)
    return words.said(info.states.get(one.state))

"""`simulate`: what loading a file would do to everybody's rights, before it is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from habilis.faces.cli.output import Misuse, path_of, plainly, say, say_json, say_table

if TYPE_CHECKING:
    from habilis.workflows.simulating import Effect


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each file.")
@plainly
def simulate(files: tuple[str, ...], *, as_json: bool) -> None:
    """
    Say who would gain and who would lose what if data files were loaded; nothing is written.

    A file may hold only what changes: a profile's levels, the end of a grant, the status of a scope.
    """
    from habilis.workflows import simulating

    for portal, effect in simulating.effect_of_files([path_of(file) for file in files]):
        if effect.refusal is not None:
            raise Misuse(*(getattr(effect.refusal, "faults", ()) or [effect.refusal]))
        if as_json:
            say_json({"portal": portal, **_told(effect)})
            continue
        say(f"{portal}: {effect.gaining} gain, {effect.losing} lose")
        say_table(("person", "feature", "actions", "scope", "type", "gained", "lost"), _lines(effect))
        for key in effect.orphans:
            say(f"nobody would manage `{key}` any more")
        if effect.cost[0] != effect.cost[1]:
            say(f"each month: {effect.cost[0]} EUR before, {effect.cost[1]} EUR after")


def _lines(effect: Effect) -> Iterator[tuple[object, ...]]:
    for person in effect.shifts:
        for one in effect.of(person):
            scope = one.scope or "(the whole portal)"
            yield person, one.feature, ", ".join(one.actions), scope, one.type, one.gained or "", one.lost or ""


def _told(effect: Effect) -> dict[str, Any]:
    return {
        "gaining": effect.gaining,
        "losing": effect.losing,
        "people": {
            person: [
                {
                    "feature": one.feature,
                    "type": one.type,
                    "actions": one.actions,
                    "scope": one.scope,
                    "gained": one.gained,
                    "lost": one.lost,
                }
                for one in effect.of(person)
            ]
            for person in effect.shifts
        },
        "without_manager": effect.orphans,
        "cost_before": str(effect.cost[0]),
        "cost_after": str(effect.cost[1]),
    }

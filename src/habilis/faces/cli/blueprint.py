"""`blueprint validate` and `blueprint test`: portals described as data, examined without a database."""

from __future__ import annotations

from pathlib import Path

import click

from habilis.blueprints import loader, scenarios
from habilis.blueprints.worlds import Expectation
from habilis.core import Fault, Invalid
from habilis.faces.cli.output import Misuse, path_of, plainly, say

DISAGREES = 1

paths_argument = click.argument("paths", metavar="PATH…", nargs=-1, required=True)


@click.group()
def blueprint() -> None:
    """Examine a portal described as data: a shipped id, or a folder."""


blueprint.needs_database = False  # type: ignore[attr-defined]  # read where a database would be started


@blueprint.command()
@paths_argument
@plainly
def validate(paths: tuple[str, ...]) -> None:
    """Read the blueprints and say everything that is wrong in them."""
    faults: list[Fault] = []
    for path in paths:
        try:
            found = loader.load(folder_of(path))
        except Invalid as error:
            faults.extend(error.faults)
            continue
        model = found.model
        say(f"{path}: valid: {len(model.kinds)} kinds, {len(model.profiles)} profiles, {len(model.types)} types")
    if faults:
        raise Misuse(*faults)


@blueprint.command()
@paths_argument
@plainly
@click.pass_context
def test(context: click.Context, paths: tuple[str, ...]) -> None:
    """Ask the expectations of scenarios.toml (or of another data file) and print each that does not hold."""
    wrong = 0
    for path in paths:
        world = scenarios.read_world(file_of(path))
        found = list(scenarios.disagreements(world))
        for disagreement in found:
            say(f"{path}: {disagreement}")
        questions = sum(map(questions_in, world.expects))
        count = f"{len(world.expects)} expectations, {questions} questions"
        say(f"{path}: {count}, {f'{len(found)} disagree' if found else 'all agree'}")
        wrong += len(found)
    context.exit(DISAGREES if wrong else 0)


def folder_of(text: str) -> Path:
    """The folder of the blueprint that *text* names; its portal.toml stands for it."""
    path = path_of(text)
    return path.parent if path.name == "portal.toml" else loader.find(text)


def file_of(text: str) -> Path:
    """The data file that *text* names: itself, or the scenarios of a blueprint's folder."""
    path = path_of(text)
    return path if path.suffix == ".toml" else loader.find(text) / "scenarios.toml"


def questions_in(expectation: Expectation) -> int:
    """How many questions an expectation asks."""
    return len(expectation.allowed) + len(expectation.denied)

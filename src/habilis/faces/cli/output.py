"""What is printed: tables for people, one JSON object for programs, one line for an error."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from habilis.core import HabilisError, Invalid

MISUSE = 2

P = ParamSpec("P")
R = TypeVar("R")


class Misuse(click.ClickException):
    """What was asked cannot be: each of *lines* is printed as it is."""

    exit_code = MISUSE

    def __init__(self, *lines: object) -> None:
        super().__init__("\n".join(map(visible, lines)))

    def show(self, file: Any = None) -> None:
        """Print on the standard error."""
        click.echo(self.message, file=file, err=True)


def plainly(callback: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with a line for each fault, and exit code 2, where a workflow refuses."""

    @functools.wraps(callback)
    def command(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return callback(*args, **kwargs)
        except Invalid as error:
            raise Misuse(*error.faults) from None
        except HabilisError as error:
            raise Misuse(error) from None

    return command


def path_of(text: str) -> Path:
    """The path that *text* names, if it can be one at all."""
    try:
        possible = "\x00" not in os.fsdecode(os.fsencode(text))
    except UnicodeError:
        possible = False
    if not possible:
        raise Misuse(f"`{text}` cannot be a path")
    return Path(text).expanduser()


def visible(text: object) -> str:
    """*text* on one line, without anything that a terminal would obey."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(str(text).splitlines()))


def say(text: object = "") -> None:
    """Print one line."""
    click.echo(visible(text))


def say_json(told: Any) -> None:
    """Print one JSON object, its keys in the order given."""
    click.echo(json.dumps(told, default=str))


def say_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print *rows* in columns as wide as they need; nothing where there are none."""
    lines = [[visible("" if cell is None else cell) for cell in row] for row in rows]
    if not lines:
        return
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]
    for line in ([heading.upper() for heading in headings], *lines):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

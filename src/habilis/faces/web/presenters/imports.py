"""What is wrong in a table of people, in sentences: each says what was typed and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.presenters import words
from habilis.workflows.lines import TITLES

SENTENCES = {
    "address": lazy("“%(typed)s” is not an e-mail address: one like jeanne@example.org is expected."),
    "day": lazy("“%(typed)s” is not a day: one like 2026-09-01 or 01/09/2026 is expected."),
    "extra_cell": lazy("“%(typed)s” stands under no heading: as many cells as headings are expected."),
    "formula": lazy("“%(typed)s” looks like a formula: a plain text is expected."),
    "language": lazy("“%(typed)s” is no language here: fr or en is expected."),
    "long_cell": lazy("This is too long: 300 characters at most are expected."),
    "look_alike": lazy(
        "The address holds a letter that passes for another (%(typed)s): retype it with the letters of your keyboard."
    ),
    "missing_column": lazy("This column is missing: it is expected in the headings."),
    "no_name": lazy("Nobody has an account with this address: a first and last name is expected."),
    "no_scope": lazy("Nothing is inferred from an empty cell: the key of a scope is expected, or its number."),
    "odd_character": lazy("There is an invisible character (%(typed)s): retype the cell without it."),
    "twice_column": lazy("“%(typed)s” is there twice: each column is expected once."),
    "two_names": lazy("“%(typed)s” is called “%(expected)s” on another line: one name for one address is expected."),
    "unknown_column": lazy("“%(typed)s” is no column here: the headings of the template are expected."),
    "two_levels": lazy("“%(typed)s” is there twice: one level for each feature is expected."),
    "unknown_feature": lazy("“%(typed)s” is nothing that is adjusted here: one of these is expected: %(expected)s."),
    "unknown_level": lazy("“%(typed)s” names no level: one like mail=view is expected, among %(expected)s."),
    "unknown_profile": lazy("“%(typed)s” is no profile: one of these is expected: %(expected)s."),
    "unknown_scope": lazy("“%(typed)s” is no scope that you know here: a key of the list is expected, or its number."),
}
DOES = {
    "new": lazy("A new account, and this access"),
    "known": lazy("An account exists: it is given this access"),
    "nothing": lazy("Nothing: the person holds this already"),
}
STATES = {
    "waiting": lazy("Waiting for its turn"),
    "running": lazy("Being imported"),
    "done": lazy("Imported"),
    "refused": lazy("Refused: nothing was imported"),
    "failed": lazy("Interrupted: nothing was imported"),
}
PILLS = {"waiting": "pending", "running": "pending", "done": "active", "refused": "rejected", "failed": "rejected"}
WHY = {
    "lines": lazy("Some lines are no longer as expected."),
    "stale": lazy("Something has changed since the preview."),
}
FILES = {
    "big": lazy("This file is too large: 2 MB at most are expected, in several files if need be."),
    "kind": lazy("This file is not a table that is read here: .csv or .xlsx is expected."),
    "long": lazy("There are too many lines: 5,000 at most are expected, in several files if need be."),
    "nothing": lazy("There is nothing in it: a table with headings and lines is expected."),
}


def column(key: str) -> str:
    """The heading of a column."""
    return TITLES[key].in_((get_language() or "fr")[:2]) if key in TITLES else _("Headings")


def wrong(one: Any) -> str:
    """What is wrong in a cell."""
    sentence = SENTENCES.get(one.code)
    if sentence is None:
        return str(words.CODES.get(one.code, words.CODES["refused"]))
    return str(sentence) % {"typed": one.typed, "expected": ", ".join(one.expected)}


def counts(plan: Any) -> list[dict[str, Any]]:
    """How many lines do what, as pills say it."""
    found = [{"says": str(says), "kind": does, "count": plan.count(does)} for does, says in DOES.items()]
    return [one for one in found if one["count"]]


def lines(shown: Iterable[Any]) -> list[dict[str, Any]]:
    """Lines of a plan, as the preview shows them."""
    return [
        {
            "number": line.number,
            "cells": line.cells,
            "does": str(DOES.get(line.does, "")),
            "kind": line.does,
            "scope": line.scope,
            "profile": line.profile,
            "wrong": [{"column": column(one.column), "says": wrong(one)} for one in line.wrong],
        }
        for line in shown
    ]


def followed(imports: Iterable[Any]) -> list[dict[str, Any]]:
    """Imports that the worker carries out, as pages show them."""
    return [
        {
            "import": one,
            "state": str(STATES[one.state]),
            "pill": PILLS[one.state],
            "why": str(WHY.get(one.code) or words.CODES.get(one.code, words.CODES["refused"])) if one.code else "",
            "given": one.counts.get("new", 0) + one.counts.get("known", 0),
            "new": one.counts.get("new", 0),
            "nothing": one.counts.get("nothing", 0),
        }
        for one in imports
    ]

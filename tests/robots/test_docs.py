"""Holds the manual to the code: captions, commands, keys, examples, reasons, links."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from habilis.blueprints.loader import HERE, SHIPPED
from habilis.blueprints.scenarios import facts_of, read_world
from habilis.core import AccessQuery, Condition, Ref, Verdict, decide
from tests.robots.repository import ROOT, files, shown
from tools import captions

DOCS = ROOT / "docs"
EXAMPLE = re.compile(r"^\| `(\w+)` \| `([^`]+)` \| `(\w+)` \| `([^`]+)` \| (yes|no) \|", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
TEST_FILE = re.compile(r"`(tests/[\w/]+\.py)`")
SOURCE_FILE = re.compile(r"`((?:config|faces|workflows|store|blueprints|core)/[\w/]+\.py)`")
REASONS = DOCS / "decisions" / "0007-dependencies.md"


def pages() -> Iterator[Path]:
    yield from (path for path in files(".md") if path.parent == ROOT or DOCS in path.parents)


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_file_has_its_caption():
    assert captions.page() == captions.PAGE.read_text(encoding="utf-8"), "run `python -m tools.captions`"


def test_every_room_of_the_package_has_captions():
    rooms = {path.relative_to(captions.PACKAGE).as_posix() for path in files(".py", under=captions.PACKAGE)}
    covered = {
        path.relative_to(captions.PACKAGE).as_posix() for room in captions.ROOMS for path in captions.modules(room)
    }

    left = {name for name in rooms - covered if (captions.PACKAGE / name).stat().st_size}
    assert {"__init__.py", "faces/__init__.py"} == left


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Every command, with its groups before it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def test_the_manual_names_every_command_and_no_other():
    from habilis.config.main import habilis

    listed = text_of("index.md").partition("**The command**")[2]

    assert set(commands(habilis)) == set(re.findall(r"`([a-z ]+)`", listed)) - {"habilis"}


def test_the_reference_names_every_command():
    from habilis.config.main import habilis

    reference = text_of("reference/cli.md")

    assert [] == [name for name in commands(habilis) if not re.search(rf"\b{name}\b", reference)]


def examples() -> list[tuple[str, str, str, str, str]]:
    return EXAMPLE.findall(text_of("deciding.md"))


def test_there_are_examples_of_every_portal():
    assert set(SHIPPED) == {portal for portal, *_ in examples()}


@pytest.mark.parametrize(("portal", "who", "action", "thing", "answer"), examples())
def test_a_worked_example_is_what_the_rule_answers(portal, who, action, thing, answer):
    facts = facts_of(read_world(HERE / portal / "scenarios.toml"))
    decision = decide(AccessQuery(who, action, Ref.parse(thing)), facts)

    assert decision.unanswerable in (None, "no_grant")
    assert decision.allowed is (answer == "yes")


def test_the_page_on_deciding_names_every_condition_and_verdict():
    page = text_of("deciding.md")

    assert [] == [word for word in (*Condition, *Verdict) if f"`{word}`" not in page]


def test_the_page_on_blueprints_names_every_key():
    """Each key that a shipped blueprint uses is described."""
    page = text_of("blueprints.md")
    used = {key for portal in SHIPPED for key in keys(tomllib.loads((HERE / portal / "portal.toml").read_text()))}

    assert [] == sorted(key for key in used if f"`{key}`" not in page and f"`{key}." not in page)


NAMED = {"kinds", "identifiers", "groups", "features", "options", "configurations", "licenses", "profiles", "types"}
OPEN = {"cells", "comment", "levels", "governs", "requires", "name", "summary", "label", "plural", "help", "under"}


def keys(table: dict[str, object], section: str = "") -> Iterator[str]:
    """The keys of the format that a blueprint uses, without the names that it chose."""
    for key, value in table.items():
        if section in NAMED:
            yield from keys(value) if isinstance(value, dict) else ()
            continue
        if not (key in NAMED and isinstance(value, dict)) and key not in ("states", "transitions", "fields", "menu"):
            yield key
        if key in OPEN:
            continue
        if isinstance(value, dict):
            yield from keys(value, key)
        elif isinstance(value, list):
            for item in value:
                yield from keys(item) if isinstance(item, dict) else ()


def test_the_page_on_data_files_names_every_key():
    from habilis.blueprints import worlds

    page = text_of("data-files.md")
    spelled = {"valid_from": "from", "valid_until": "until"}
    rows = [thing for name, thing in vars(worlds).items() if name.endswith("Row") or name == "Expectation"]
    wanted = {spelled.get(field.name, field.name) for row in rows for field in dataclasses.fields(row)}

    assert rows
    assert [] == sorted(key for key in wanted if not re.search(rf"^{key} = ", page, re.MULTILINE))


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    listed = [
        *project["project"]["dependencies"],
        *(line for group in groups for line in group if isinstance(line, str)),
    ]
    return {re.match(r"[\w-]+", line)[0] for line in listed}


def test_every_dependency_has_its_reason_and_no_other_is_named():
    assert dependencies() == set(re.findall(r"^\| `([\w-]+)` \| \S", REASONS.read_text(), re.MULTILINE))


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]

    assert list(range(1, len(numbers) + 1)) == numbers


@pytest.mark.parametrize("path", list(pages()), ids=shown)
def test_no_link_leads_nowhere(path):
    links = [link for link in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in link and ":" not in link]

    assert [] == [link for link in links if not (path.parent / link).exists()]


@pytest.mark.parametrize("path", list(pages()), ids=shown)
def test_no_page_names_a_file_that_is_not_there(path):
    text = path.read_text(encoding="utf-8")
    named = [ROOT / name for name in TEST_FILE.findall(text)] + [
        captions.PACKAGE / name for name in SOURCE_FILE.findall(text)
    ]

    assert [] == [shown(name) for name in named if not name.exists()]


def test_the_index_names_every_page():
    index = text_of("index.md")
    wanted = [path for path in files(".md", under=DOCS) if path.parent.name != "decisions" and path.name != "index.md"]

    assert [] == [shown(path) for path in wanted if f"({path.relative_to(DOCS).as_posix()})" not in index]

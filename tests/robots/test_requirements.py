"""
Holds the ids that tests carry to the list of docs/requirements.md.

An id nobody wrote down proves nothing, so a mark or a scenario may only name a
listed one. That every listed one is tested is not asked here.
"""

from __future__ import annotations

import ast
import os
import re
import tokenize
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
LISTED = ROOT / "docs" / "requirements.md"
PREFIXES = ("PF", "CF", "RC", "RT", "WA", "CP", "XX", "A", "AC")
NOT_OURS = {"node_modules", "build", "dist", "htmlcov", "venv", "__pycache__"}

LINE = re.compile(r"^\|\s*([A-Z]+-\d+)\s*\|\s*(.*?)\s*\|\s*$", re.MULTILINE)
ID = re.compile(rf"^(?:{'|'.join(PREFIXES)})-\d{{2}}$")
ROWS = re.compile(r"\brows\s*=\s*\[([^\]]*)\]")
QUOTED = re.compile(r"""["']([^"']*)["']""")


def listed_rows(page: str) -> list[tuple[str, str]]:
    """Every (id, sentence) of the page's tables, in order, twins included."""
    return LINE.findall(page)


def rows_of_marks(source: str) -> list[str]:
    """The ids written out in `mark.row(…)`; an id made up at run time is the scenario file's to declare."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and is_row_mark(node.func):
            found += [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return found


def is_row_mark(func: ast.expr) -> bool:
    """Whether an expression reads `pytest.mark.row` or `mark.row`."""
    if not (isinstance(func, ast.Attribute) and func.attr == "row"):
        return False
    owner = func.value
    return (isinstance(owner, ast.Attribute) and owner.attr == "mark") or (
        isinstance(owner, ast.Name) and owner.id == "mark"
    )


def rows_of_scenarios(text: str) -> list[str]:
    """The ids of each `rows = […]`, read without a TOML parser, since faulty files are scenarios too."""
    return [row for inside in ROWS.findall(text) for row in QUOTED.findall(inside)]


def files(suffix: str) -> Iterator[Path]:
    """The repository's files of one kind, without what tools leave in it."""
    for folder, below, names in os.walk(ROOT):
        below[:] = sorted(name for name in below if name not in NOT_OURS and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(suffix))


def used_rows() -> Iterator[tuple[str, str]]:
    """Every (id, file that names it) of the repository."""
    for path in files(".py"):
        with tokenize.open(path) as stream:
            source = stream.read()
        if "mark.row" in source:
            yield from ((row, str(path.relative_to(ROOT))) for row in rows_of_marks(source))
    for path in files(".toml"):
        text = path.read_text(encoding="utf-8", errors="replace")
        yield from ((row, str(path.relative_to(ROOT))) for row in rows_of_scenarios(text))


def unlisted(used: Iterator[tuple[str, str]] | list[tuple[str, str]], page: str) -> list[str]:
    """One line per use of an id that the page does not list."""
    known = {row for row, _ in listed_rows(page)}
    return sorted({f"{where} names `{row}`" for row, where in used if row not in known})


def twins(page: str) -> list[str]:
    """The ids that the page lists more than once."""
    return sorted(row for row, times in Counter(row for row, _ in listed_rows(page)).items() if times > 1)


@pytest.fixture(scope="module")
def page() -> str:
    return LISTED.read_text(encoding="utf-8")


def test_every_id_a_test_carries_is_listed(page):
    faults = unlisted(used_rows(), page)

    assert [] == faults, "correct the id, or add its sentence to docs/requirements.md:\n" + "\n".join(faults)


def test_no_id_is_listed_twice(page):
    faults = twins(page)

    assert [] == faults, f"give one of the twins a number of its own in docs/requirements.md: {', '.join(faults)}"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_prefix_has_sentences(prefix, page):
    assert [row for row, _ in listed_rows(page) if row.startswith(f"{prefix}-")]


def test_every_id_is_well_formed_and_followed_by_one_sentence(page):
    faults = [row for row, sentence in listed_rows(page) if not ID.match(row) or not sentence.endswith(".")]

    assert [] == faults, f"write PREFIX-NN, then a sentence with its full stop: {', '.join(faults)}"


A_PAGE = "| id | what must hold |\n|---|---|\n| PF-01 | A sentence. |\n| AC-01 | Another. |\n"


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        (["PF-01"], '@pytest.mark.row("PF-01")\ndef test_it(): ...'),
        (["PF-01", "AC-01"], '@mark.row("PF-01", "AC-01")\ndef test_it(): ...'),
        (["PF-01"], 'CASES = [pytest.param(1, marks=pytest.mark.row("PF-01"))]'),
        (["AC-01"], 'pytestmark = [pytest.mark.slow, pytest.mark.row("AC-01")]'),
        ([], "marks = [pytest.mark.row(row) for row in rows]"),
        ([], 'TEXT = """@pytest.mark.row("PF-01")"""'),
        ([], 'table.row("PF-01")'),
    ],
)
def test_ids_are_read_from_marks(expected, source):
    assert expected == rows_of_marks(source)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["PF-01"], '[[expect]]\nrows = ["PF-01"]\n'),
        (["PF-01", "AC-01"], "rows = [\n  'PF-01',\n  \"AC-01\",\n]\n"),
        (["PF-01"], '[[expect]\nrows = ["PF-01"]\n'),
        ([], 'arrows = ["PF-01"]\n'),
    ],
)
def test_ids_are_read_from_scenarios(expected, text):
    assert expected == rows_of_scenarios(text)


@pytest.mark.parametrize(
    ("expected", "used"),
    [
        ([], [("PF-01", "a.py"), ("AC-01", "b.toml")]),
        (["a.py names `PF-99`"], [("PF-99", "a.py"), ("PF-01", "a.py")]),
        (["a.py names `pf-01`"], [("pf-01", "a.py")]),
    ],
)
def test_an_unlisted_id_is_reported_with_its_file(expected, used):
    assert expected == unlisted(used, A_PAGE)


def test_a_twin_is_reported():
    assert ["PF-01"] == twins(A_PAGE + "| PF-01 | The same number again. |\n")

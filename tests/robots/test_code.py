"""What no linter knows of this source: its arrows, its lengths, its docstrings, its language."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robots.repository import ROOT, SOURCE, files, shown

LONGEST = 400
FRENCH_LETTERS = re.compile(r"[àâçéèêëîïôöùûüœ]", re.IGNORECASE)
MAY_SPEAK_FRENCH = {  # and why
    "src/habilis/blueprints/administrative.py": "labels of what every portal has",
    "src/habilis/config/settings.py": "a language in its own words",
    "src/habilis/faces/cli/sentences.py": "the catalogue of the command line's sentences",
    "src/habilis/faces/web/presenters/words.py": "a language in its own words",
    "src/habilis/workflows/delivery.py": "names a page by its title",
    "src/habilis/workflows/exports.py": "headings of exported files, in both languages",
    "src/habilis/workflows/lines.py": "headings of imported files, in both languages",
}
FRENCH_WORDS = {
    "utilisateur",
    "utilisateurs",
    "gestionnaire",
    "gestionnaires",
    "habilitation",
    "habilitations",
    "perimetre",
    "perimetres",
    "demande",
    "demandes",
    "courrier",
    "courriers",
    "pli",
    "plis",
    "profil",
    "profils",
    "rattachement",
    "rattacher",
    "detacher",
    "valider",
    "refuser",
    "droits",
    "personne",
    "personnes",
    "service_",
    "motif",
    "fonctionnalite",
    "fonctionnalites",
    "structure_",
    "annuaire",
}
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:home|Users|root|work|mnt|private)/[\w.]|[A-Z]:\\\\?Users")
REGISTRY = re.compile(
    r"https?://[^\s\"')>]*(?:pypi|pythonhosted|npmjs|registry|rubygems|crates\.io|proxy\.golang|artifactory|nexus|devpi)",
    re.IGNORECASE,
)


def modules(under: Path = SOURCE) -> Iterator[tuple[Path, ast.Module]]:
    for path in files(".py", under=under):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_no_arrow_points_up():
    """The contracts are in `pyproject.toml`; `docs/architecture.md` draws them."""
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_longer_than_one_can_read_in_a_sitting():
    long = {
        shown(path): lines
        for path in files(".py", under=SOURCE)
        if "migrations" not in path.parts and (lines := path.read_text().count("\n")) > LONGEST
    }

    assert {} == long, f"more than {LONGEST} lines: {long}"


def test_every_module_says_what_it_is():
    mute = [shown(path) for path, tree in modules() if tree.body and not ast.get_docstring(tree)]

    assert [] == mute


def test_every_public_name_of_the_heart_is_explained():
    mute = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path, tree in modules(SOURCE / "core")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert [] == mute


def test_the_heart_imports_the_standard_library_alone():
    foreign = {
        f"{shown(path)} imports {name}"
        for path, tree in modules(SOURCE / "core")
        for name in imported(tree)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("habilis.core")
    }

    assert set() == foreign


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_french_stands_in_templates_catalogues_and_labels_only():
    faults = [
        f"{shown(path)}:{number}"
        for path in files(".py", under=SOURCE)
        if shown(path) not in MAY_SPEAK_FRENCH
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if FRENCH_LETTERS.search(line)
    ]

    assert [] == faults


def test_no_name_in_the_code_is_french():
    faults = {
        f"{shown(path)}: {name}"
        for path, tree in modules()
        for name in names(tree)
        if FRENCH_WORDS & set(name.lower().split("_"))
    }

    assert set() == faults


def names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def test_who_may_speak_french_does():
    silent = [name for name in MAY_SPEAK_FRENCH if not FRENCH_LETTERS.search((ROOT / name).read_text(encoding="utf-8"))]

    assert [] == silent, "take it off the list of those who may"


WRITTEN = (".md", ".py", ".toml", ".lock", ".sh", ".html", ".txt", ".js", ".css", "Makefile", "LICENSE")


def test_nothing_names_a_registry_of_packages():
    assert [] == faults_of(REGISTRY, files(*WRITTEN))


def test_nothing_names_a_path_of_somebodys_machine():
    assert [] == faults_of(MACHINE_PATH, files(*WRITTEN))


def faults_of(pattern: re.Pattern[str], paths: Iterator[Path]) -> list[str]:
    found = []
    for path in paths:
        if path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{shown(path)}:{text.count(chr(10), 0, m.start()) + 1} {m.group()}" for m in pattern.finditer(text)]
    return found


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (REGISTRY, "https://pypi.org/simple", True),
        (REGISTRY, "https://files.pythonhosted.org/x.whl", True),
        (REGISTRY, "https://access.example.org/registry", True),
        (REGISTRY, "https://access.example.org/", False),
        (MACHINE_PATH, "see /home/ada/notes", True),
        (MACHINE_PATH, "in /root/x", True),
        (MACHINE_PATH, "in /srv/habilis/app", False),
        (MACHINE_PATH, "the page /courrier/home/", False),
        (MACHINE_PATH, "src/work/x", False),
    ],
)
def test_what_the_robots_look_for(pattern, text, expected):
    assert bool(pattern.search(text)) is expected

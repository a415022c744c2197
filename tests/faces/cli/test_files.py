from __future__ import annotations

import pytest

from habilis.blueprints import loader

pytestmark = pytest.mark.django_db

SCENARIOS = str(loader.find("mailroom") / "scenarios.toml")


def test_a_first_portal_and_the_link_of_its_administrator(run):
    made = run("init", "courrier", "--blueprint", "mailroom", "--admin", "Ada@acme.example", "--name", "Courrier")

    assert 0 == made.exit_code, made.output
    assert made.output.splitlines()[-1].startswith("http")
    assert 0 == run("check", "courrier", "ada@acme.example", "create_organization", "portal:").exit_code

    again = run("init", "courrier", "--blueprint", "mailroom", "--admin", "ada@acme.example")
    assert (2, "a portal `courrier` exists already: expected a key of its own\n") == (again.exit_code, again.stderr)

    second = run("init", "autre", "--blueprint", "advisory", "--admin", "ada@acme.example")
    assert 0 == second.exit_code
    assert "http" not in second.output


@pytest.mark.parametrize(
    "words",
    [
        ("courrier", "--blueprint", "nothing", "--admin", "ada@acme.example"),
        ("Not A Slug", "--blueprint", "mailroom", "--admin", "ada@acme.example"),
        ("admin", "--blueprint", "mailroom", "--admin", "ada@acme.example"),
        ("courrier", "--blueprint", "mailroom", "--admin", "ada"),
        ("cour\x00rier", "--blueprint", "mailroom", "--admin", "ada@acme.example"),
        ("courrier", "--blueprint", "mail\nroom", "--admin", "ada@acme.example"),
        ("courrier", "--blueprint", "mailroom"),
    ],
)
def test_a_portal_that_cannot_be_is_a_misuse(run, words):
    result = run("init", *words)

    assert (2, "") == (result.exit_code, result.stdout)
    assert result.stderr


def test_files_are_loaded_with_a_count_for_each(run):
    result = run("load", SCENARIOS, str(loader.find("advisory") / "scenarios.toml"))

    assert 0 == result.exit_code
    first, second = result.output.splitlines()
    assert first.startswith("plis: ")
    assert " grants" in first
    assert ": " in second


def test_a_faulty_file_loads_nothing_and_names_each_fault(run, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('blueprint = "mailroom"\n[portal]\nkey = "x"\nname = "X"\n[[scopes]]\nkey = "a"\nkind = "cloud"\n')
    result = run("load", SCENARIOS, str(bad))

    assert (2, "") == (result.exit_code, result.stdout)
    assert 2 <= len(result.stderr.splitlines())
    assert all(line.startswith(str(bad)) for line in result.stderr.splitlines())
    assert 2 == run("check", "plis", "maud@acme.example", "list", "unit:acme/paie").exit_code  # nothing was loaded


@pytest.mark.parametrize("path", ["/nowhere/x.toml", "/", "\x00", "\ud800"])
def test_a_file_that_is_not_there_is_a_misuse(run, path):
    result = run("load", path)

    assert (2, 1) == (result.exit_code, len(result.stderr.splitlines()))


def test_what_is_dumped_can_be_loaded(run, plis, tmp_path):
    file = tmp_path / "plis.toml"

    assert 0 == run("dump", plis, "-o", str(file)).exit_code
    assert file.read_text() == run("dump", plis).output
    assert 0 == run("load", str(file)).exit_code
    assert file.read_text() == run("dump", plis).output


def test_a_dump_that_cannot_be_is_a_misuse(run, plis, tmp_path):
    assert 2 == run("dump", "nowhere").exit_code
    assert 2 == run("dump", plis, "-o", str(tmp_path)).exit_code
    assert 2 == run("dump", plis, "-o", str(tmp_path / "no" / "folder")).exit_code

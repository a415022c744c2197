from __future__ import annotations

import shutil

import pytest

from habilis.blueprints import loader


def test_the_shipped_blueprints_are_valid_and_hold_their_expectations(run):
    valid = run("blueprint", "validate", *loader.SHIPPED)
    tested = run("blueprint", "test", *loader.SHIPPED)

    assert (0, 5) == (valid.exit_code, len(valid.output.splitlines())), valid.output
    assert (0, 5) == (tested.exit_code, tested.output.count("all agree")), tested.output


@pytest.fixture
def folder(tmp_path):
    """A sixth portal: a copy of the mailroom, and its scenarios."""
    copy = tmp_path / "sixth"
    shutil.copytree(loader.find("mailroom"), copy)
    scenarios = copy / "scenarios.toml"
    scenarios.write_text(scenarios.read_text().replace('blueprint = "mailroom"', 'blueprint = "."', 1))
    return copy


def test_a_folder_is_examined_like_a_shipped_one(run, folder):
    assert 0 == run("blueprint", "validate", str(folder)).exit_code
    assert 0 == run("blueprint", "validate", str(folder / "portal.toml")).exit_code
    assert 0 == run("blueprint", "test", str(folder)).exit_code
    assert 0 == run("blueprint", "test", str(folder / "scenarios.toml")).exit_code


def test_each_disagreement_is_printed_and_the_exit_code_is_1(run, folder):
    scenarios = folder / "scenarios.toml"
    wrong = '\n[[expect]]\nsays = "Everybody sees everything"\nsubject = "berthe@borea.example"\naction = "list"\n'
    scenarios.write_text(scenarios.read_text() + wrong + 'type = "unit"\nallowed = ["acme/paie"]\ndenied = []\n')
    result = run("blueprint", "test", str(folder))

    assert 1 == result.exit_code
    says = "Everybody sees everything: `berthe@borea.example` should be able to list `unit:acme/paie`"
    assert says in result.output
    assert "1 disagree" in result.output


def test_each_fault_is_printed_and_the_exit_code_is_2(run, folder):
    portal = folder / "portal.toml"
    portal.write_text(portal.read_text() + '\n[profiles.x]\nlabel = 3\nsurprise = true\non = ["nothing"]\n')
    result = run("blueprint", "validate", "advisory", str(folder))

    assert 2 == result.exit_code
    assert result.stdout.startswith("advisory: valid")
    assert 3 <= len(result.stderr.splitlines())
    assert all(line.startswith(str(portal)) for line in result.stderr.splitlines())


@pytest.mark.parametrize("path", ["nothing", "/", "\x00", "a\x00/portal.toml", "\ud800", "/nowhere/scenarios.toml", ""])
@pytest.mark.parametrize("verb", ["validate", "test"])
def test_what_is_not_there_is_a_misuse(run, verb, path):
    result = run("blueprint", verb, path)

    assert (2, 1) == (result.exit_code, len(result.stderr.splitlines()))


def test_nothing_at_all_is_a_misuse(run):
    assert 2 == run("blueprint", "validate").exit_code
    assert 2 == run("blueprint").exit_code


def test_examining_a_blueprint_needs_no_database():
    from habilis.faces.cli.blueprint import blueprint

    assert False is blueprint.needs_database

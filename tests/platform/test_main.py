"""The command: what it starts, what it does not, and how it fails."""

from __future__ import annotations

import os

import click
import pytest
from click.testing import CliRunner

from habilis.config import main as module
from tests.platform.conftest import postmaster


def test_help_needs_no_database(habilis, data):
    done = habilis("--help")

    assert done.returncode == 0
    assert {"serve", "demo", "worker"} <= set(done.stdout.split())
    assert not (data / "postgres").exists()


@pytest.mark.parametrize(
    "arguments",
    [["no-such-command"], ["serve", "--port", "none"], ["serve", "--port", "65536"], ["--no-such-option"], []],
)
def test_a_misuse_is_one_exit_code_and_no_traceback(habilis, data, arguments):
    done = habilis(*arguments)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert not (data / "postgres").exists()


@pytest.mark.parametrize(
    ("variables", "code", "line"),
    [
        ({"DATABASE_URL": "not an address"}, 2, "`DATABASE_URL` is not the address of a PostgreSQL database"),
        ({"DATABASE_URL": "postgresql://u@127.0.0.1:1/x"}, 1, "the database does not answer"),
        ({"HABILIS_URL": "ftp://x"}, 2, "`HABILIS_URL` must be like"),
        ({"HABILIS_URL": "http://access.example.org"}, 2, "must begin with `https`"),
        ({"HABILIS_SECRET_KEY": "short"}, 2, "32 characters"),
        ({"HABILIS_MAIL_PORT": "smtp"}, 2, "must be a whole number, not `smtp`"),
        ({"HABILIS_DEMO": "perhaps"}, 2, "must be `1` or `0`, not `perhaps`"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(habilis, variables, code, line):
    done = habilis("migrate", **variables)

    assert done.returncode == code
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_command_starts_the_database_and_stops_it(habilis, data):
    first, second = habilis("migrate"), habilis("migrate")

    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stderr) == (0, "")
    assert postmaster(data) is None
    assert (data / "secret.key").stat().st_mode & 0o777 == 0o600


def test_only_commands_that_need_the_database_get_it(monkeypatch):
    brought = []
    monkeypatch.setattr(module, "bring_database", lambda: brought.append(True))
    asks, reads, group = (click.Command(name, callback=lambda: None) for name in ("asks", "reads", "inner"))
    reads.needs_database = False
    blueprint = click.Group("blueprint", commands={"inner": group})
    blueprint.needs_database = False

    for command, expected in ((asks, 1), (reads, 0)):
        brought.clear()
        CliRunner().invoke(module.with_database(command), catch_exceptions=False)
        assert len(brought) == expected
    brought.clear()
    CliRunner().invoke(module.with_database(blueprint), ["inner"], catch_exceptions=False)
    assert brought == []


def test_a_command_that_fails_unexpectedly_shows_no_traceback(monkeypatch, capsys):
    def fail(*arguments, **options):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr(module.habilis, "main", fail)
    monkeypatch.delenv("HABILIS_TRACEBACK", raising=False)

    with pytest.raises(SystemExit) as end:
        module.main([])

    assert end.value.code == 1
    assert capsys.readouterr().err == "Error: unexpected ZeroDivisionError: a b (HABILIS_TRACEBACK=1 shows where)\n"


def test_the_demonstration_introduces_each_person_on_one_line():
    cast = [
        ("courrier", "Courrier", [("Maud Petit", "maud@acme.example", "secret", "gestionnaire", "valider", "accès")])
    ]

    lines = list(module.introduce(cast, "http://127.0.0.1:8000"))

    assert lines[0].split() == ["Courrier", "http://127.0.0.1:8000/courrier/"]
    assert lines[1].split()[:2] == ["maud@acme.example", "secret"]
    assert "Maud Petit" in lines[1]


def test_the_tests_run_on_nothing_of_their_developer():
    assert "DATABASE_URL" not in os.environ


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["load", "x.toml", "--data", "d"], ["--data", "d", "load", "x.toml"]),
        (["load", "--data=d", "x.toml"], ["--data=d", "load", "x.toml"]),
        (["load", "--data"], ["--data", "load"]),
        (["check", "--", "--data", "d"], ["check", "--", "--data", "d"]),
    ],
)
def test_the_data_folder_may_be_named_anywhere(given, expected):
    from habilis.config.main import hoisted

    assert expected == hoisted(given)

"""The demonstration's passwords are public: they never come beside somebody's own portals unless asked for."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from habilis.config import main as module


@pytest.fixture
def stage(monkeypatch):
    """The demonstration, up to the moment when it would serve."""
    from habilis.config import processes
    from habilis.workflows import demo

    happened = []
    monkeypatch.setattr(module, "bring_database", lambda: None)
    monkeypatch.setattr(demo, "install", lambda: happened.append("installed"))
    monkeypatch.setattr(demo, "cast", lambda: iter(()))
    monkeypatch.setattr(processes, "serve", lambda *_args, **_kwargs: happened.append("served"))
    for name in ("HABILIS_DEMO", "HABILIS_URL"):
        monkeypatch.setenv(name, "")  # what the command sets is undone with the test

    def run(database: str, others: list[str], *options: str):
        monkeypatch.setenv("DATABASE_URL", database)
        monkeypatch.setattr(demo, "others", lambda: others)
        return CliRunner().invoke(module.demo, options), happened

    return run


OWN = "postgresql://me@db.example.org/habilis"
EMBEDDED = "postgresql://?host=%2Ftmp%2Ftrial"


def test_beside_portals_of_ones_own_it_is_refused(stage):
    done, happened = stage(OWN, ["compta"])

    assert 1 == done.exit_code
    assert "`compta`" in done.output
    assert [] == happened


@pytest.mark.parametrize(
    ("database", "others", "options", "warned"),
    [(OWN, ["compta"], ["--anyway"], True), (OWN, [], [], True), (EMBEDDED, ["compta"], [], False)],
)
def test_asked_for_or_alone_or_embedded_it_runs(stage, database, others, options, warned):
    done, happened = stage(database, others, *options)

    assert ["installed", "served"] == happened
    assert warned is ("public passwords" in done.output)


@pytest.mark.django_db
def test_the_portals_that_are_not_the_demonstrations_are_known():
    from habilis.workflows import demo
    from tests.factories import BILLS, MAIL, load

    load(MAIL)
    load(BILLS)

    assert ["factures", "plis"] == demo.others()

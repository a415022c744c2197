"""A command line whose commands use the database of the test."""

from __future__ import annotations

from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from habilis.blueprints import loader


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run `habilis` with the words given; what is not expected is raised."""
    from habilis.faces.cli.main import commands

    habilis = click.Group("habilis", {command.name or "": command for command in commands})

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(habilis, words, catch_exceptions=False)

    return invoke


@pytest.fixture
def plis(db) -> str:
    """The mailroom of the scenarios, loaded."""
    from habilis.workflows import loading

    return loading.load([loader.find("mailroom") / "scenarios.toml"])[0].portal

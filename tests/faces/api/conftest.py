"""A portal loaded from a scenario file, and a program that asks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from habilis.blueprints import loader, scenarios
from habilis.blueprints.worlds import World

BLUEPRINTS = loader.SHIPPED


class Program:
    """A program with a token, that speaks AuthZEN to one portal."""

    def __init__(self, client: Any, portal: str, token: str) -> None:
        self.client, self.portal, self.token = client, portal, token

    def post(self, path: str, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        type_ = sent.pop("Content-Type", "application/json")
        return self.client.post(f"/{self.portal}/access/v1/{path}", content, content_type=type_, headers=sent)

    def ask(self, path: str, body: Any) -> Any:
        """The answer to a question that is understood."""
        response = self.post(path, body)
        assert 200 == response.status_code, response.content
        return response.json()

    def allowed(self, subject: str, action: str, type_: str, key: str) -> bool:
        return self.ask("evaluation", item(subject, action, type_, key)) == {"decision": True}


def item(subject: str, action: str, type_: str, key: str, **more: Any) -> dict[str, Any]:
    return {
        "subject": {"type": "user", "id": subject},
        "action": {"name": action},
        "resource": {"type": type_, "id": key},
        **more,
    }


def world_of(blueprint: str) -> World:
    return scenarios.read_world(loader.find(blueprint) / "scenarios.toml")


@pytest.fixture
def program_for(db, client) -> Callable[[str], Program]:
    """A program that asks the portal of a shipped blueprint's scenarios, just loaded."""
    from habilis.workflows import loading, tokens

    def made(blueprint: str) -> Program:
        path: Path = loader.find(blueprint) / "scenarios.toml"
        portal = loading.load([path])[0].portal
        return Program(client, portal, tokens.create(portal, "test"))

    return made


@pytest.fixture
def plis(program_for) -> Program:
    """A program that asks the mailroom of the scenarios."""
    return program_for("mailroom")

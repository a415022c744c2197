from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def habilis(server_url, tmp_path):
    """Run the real command in a process of its own, over an empty database."""
    import psycopg

    name = f"cli_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    env = {key: value for key, value in os.environ.items() if not key.startswith(("HABILIS_", "DJANGO_", "DATABASE_"))}
    env |= {"DATABASE_URL": psycopg.conninfo.make_conninfo(server_url, dbname=name), "HABILIS_DATA": str(tmp_path)}
    env["PYTHONPATH"] = str(Path(__file__).parents[3] / "src")

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "habilis.config.main", *words]
        return subprocess.run(command, env=env | more, cwd=tmp_path, capture_output=True, text=True, check=False)

    yield run
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.slow
def test_from_an_empty_database_to_a_question_answered(habilis):
    made = habilis("init", "courrier", "--blueprint", "mailroom", "--admin", "ada@acme.example")
    assert (0, "") == (made.returncode, made.stderr)
    assert made.stdout.splitlines()[-1].startswith("http://127.0.0.1:8000/accounts/")

    allowed = habilis("check", "courrier", "ada@acme.example", "read", "portal:")
    assert (0, "allowed\n", "") == (allowed.returncode, allowed.stdout, allowed.stderr)
    denied = habilis("check", "courrier", "bob@acme.example", "read", "portal:")
    assert (3, "denied\n", "") == (denied.returncode, denied.stdout, denied.stderr)
    unknown = habilis("explain", "nowhere", "ada@acme.example", "read", "portal:")
    assert (2, "", "unknown portal `nowhere`\n") == (unknown.returncode, unknown.stdout, unknown.stderr)
    token = habilis("token", "create", "courrier")
    assert token.stdout.splitlines()[-1].startswith("hab_")


@pytest.mark.slow
def test_without_its_database_a_question_fails_in_one_line_and_a_blueprint_is_examined(habilis):
    gone = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    failed = habilis("check", "courrier", "ada@acme.example", "read", "portal:", **gone)
    assert (1, "", 1) == (failed.returncode, failed.stdout, len(failed.stderr.splitlines()))

    examined = habilis("blueprint", "test", "mailroom", **gone)
    assert (0, "") == (examined.returncode, examined.stderr)
    missing = habilis("blueprint", "validate", "nothing", **gone)
    assert (2, "", 1) == (missing.returncode, missing.stdout, len(missing.stderr.splitlines()))

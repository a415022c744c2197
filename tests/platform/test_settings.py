"""What the settings promise of every installation."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json, habilis.config.settings as s
print(json.dumps({name: getattr(s, name) for name in dir(s) if name.isupper()}, default=str))
"""


@pytest.fixture
def settings_of(data, clean_environment):
    """The settings of an installation with these variables."""

    def ask(**variables):
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env=clean_environment | {"HABILIS_DATA": str(data)} | variables,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    return ask


def test_in_production_cookies_travel_encrypted_and_hosts_are_named(settings_of):
    settings = settings_of(HABILIS_URL="https://access.example.org")

    assert settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert settings["ALLOWED_HOSTS"][0] == "access.example.org"
    assert "*" not in settings["ALLOWED_HOSTS"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://access.example.org"]
    assert settings["DEBUG"] is False


@pytest.mark.parametrize("variables", [{}, {"HABILIS_DEMO": "1"}])
def test_passwords_are_kept_as_django_advises_and_files_are_looked_for_once(settings_of, variables):
    """The tests and their demonstration have quicker ways: see tests/settings.py."""
    settings = settings_of(HABILIS_URL="http://127.0.0.1:8123", **variables)

    assert not {"PASSWORD_HASHERS", "WHITENOISE_AUTOREFRESH"} & settings.keys()
    assert "login" not in settings["ACCOUNT_RATE_LIMITS"]


def test_a_trial_on_this_machine_needs_no_certificate_and_sends_no_mail(settings_of):
    settings = settings_of(HABILIS_DEMO="1", HABILIS_URL="http://127.0.0.1:8123")

    assert settings["SESSION_COOKIE_SECURE"] is False
    assert settings["HABILIS_DEMO"] is True
    assert settings["EMAIL_BACKEND"] == "habilis.workflows.delivery.OutboxBackend"


def test_the_key_is_made_once_and_kept(settings_of):
    first, second = settings_of(), settings_of()

    assert len(first["SECRET_KEY"]) >= 50
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert settings_of(HABILIS_SECRET_KEY="k" * 40)["SECRET_KEY"] == "k" * 40


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:p%40ss@db.example:5433/portal?sslmode=verify-full",
        "host=db.example port=5433 user=me password=p@ss dbname=portal sslmode=verify-full",
    ],
)
def test_the_address_of_the_database_may_be_written_either_way(settings_of, url):
    default = settings_of(DATABASE_URL=url)["DATABASES"]["default"]

    found = [default[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")]
    assert found == ["portal", "me", "p@ss", "db.example", "5433"]
    assert default["OPTIONS"]["sslmode"] == "verify-full"


def test_the_application_works_in_its_role(settings_of):
    default = settings_of(
        DATABASE_URL="postgresql://me@db/x?options=-c%20jit%3Doff", HABILIS_DATABASE_ROLE="habilis_app"
    )

    assert default["DATABASES"]["default"]["OPTIONS"]["options"] == "-c jit=off -c role=habilis_app"


def test_only_our_own_scripts_and_styles_run(settings_of):
    directives = settings_of()["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]

    assert directives["default-src"] == ["'self'"]
    assert "unsafe" not in json.dumps(directives)
    assert directives["frame-ancestors"] == ["'none'"]


def test_every_variable_read_is_in_the_example():
    read = set()
    for path in (ROOT / "src/habilis/config").rglob("*.py"):
        read |= set(re.findall(r'(?:text|number|flag)\("([A-Z_]+)"', path.read_text()))
    listed = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    ours = {"HABILIS_DEMO", "HABILIS_DATABASE_ROLE"}  # said by the commands to their children

    assert read - listed == ours
    assert listed - read == {"DATABASE_OWNER_URL"}


def test_logs_never_show_variables(clean_environment, data):
    code = """
import sys; sys.stderr.isatty = lambda: {terminal}
from habilis.config import logs; logs.configure()
import logging, structlog
def fail(password="hunter2-secret"):
    raise ValueError("no")
for log in (logging.getLogger("x"), structlog.get_logger("y")):
    try: fail()
    except ValueError: log.exception("failed")
"""
    for terminal in (True, False):
        done = subprocess.run(
            [sys.executable, "-c", code.format(terminal=terminal)],
            env=clean_environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        shown = done.stderr.replace('password="hunter2-secret"', "")
        assert shown.count("ValueError") >= 2
        assert "hunter2" not in shown

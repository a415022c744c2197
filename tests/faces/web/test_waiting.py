"""A database that keeps one waiting: a bounded wait, a clean 503, nothing changed, and nobody else held up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from habilis.store.models import Grant, Portal, Scope
from habilis.workflows import tokens
from tests.faces.web.conftest import CAST
from tests.mailserver import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
LISE = f"/courrier/people/{CAST['lise']}/attach"
FORM = {"scope": "acme/compta", "profile": "operator"}


def address() -> str:
    settings = connection.settings_dict
    words = (("dbname", "NAME"), ("user", "USER"), ("host", "HOST"), ("port", "PORT"), ("password", "PASSWORD"))
    return " ".join(f"{word}='{settings[name]}'" for word, name in words if settings[name])


@contextmanager
def held(sql: str, *parameters: object) -> Iterator[None]:
    """Somebody else's transaction, which holds what *sql* takes."""
    with psycopg.connect(address()) as other:
        other.execute(sql, parameters)
        yield
        other.rollback()


@pytest.fixture
def impatient(transactional_db) -> Iterator[None]:
    """As a web process waits, only shorter."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'; SET statement_timeout = '2s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0; SET statement_timeout = 0")


@pytest.mark.row("AC-75")
@pytest.mark.parametrize("what", ["rights", "rows"])
def test_a_change_that_others_hold_up_ends_in_a_503_and_changes_nothing(client_for, impatient, what):
    maud, portal = client_for("maud"), Portal.objects.get(key="courrier").pk
    before = Grant.objects.count()
    sql = "SELECT pg_advisory_xact_lock(1, %s)" if what == "rights" else "LOCK TABLE store_grant IN EXCLUSIVE MODE"
    with held(sql, *([portal] if what == "rights" else [])):
        answer = maud.post(LISE, FORM)
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert "Rien n’a été modifié" in answer.content.decode()
        assert Grant.objects.count() == before
        assert maud.get("/courrier/").status_code == 200  # looking waits for nobody
        stranger = client_for("stranger")
        assert stranger.get("/autre/").status_code == 200

    assert maud.post(LISE, FORM).status_code == 302
    assert Grant.objects.count() == before + 1


@pytest.mark.row("AC-75")
def test_another_portal_changes_while_one_is_held(client_for, impatient):
    other = Portal.objects.get(key="autre")
    with held("SELECT 1 FROM store_scope WHERE portal_id = %s FOR UPDATE", Portal.objects.get(key="courrier").pk):
        assert client_for("maud").post("/courrier/scope/rename/acme/paie", {"name": "Salaires"}).status_code == 503
        assert Scope.objects.filter(portal=other).update(name="Autre") == 1
    assert Scope.objects.get(portal__key="courrier", key="acme/paie").name == "Paie"


@pytest.mark.row("AC-75")
def test_a_question_that_waits_in_vain_is_never_an_allow(client_for, impatient, client):
    raw = tokens.create("courrier", "essai")
    question = {
        "subject": {"type": "user", "id": CAST["maud"]},
        "action": {"name": "read"},
        "resource": {"type": "mail_item", "id": "pli-2"},
    }
    path, headers = "/courrier/access/v1/evaluation", {"Authorization": f"Bearer {raw}"}
    with held("LOCK TABLE store_grant IN ACCESS EXCLUSIVE MODE"):
        answer = client.post(path, json.dumps(question), content_type="application/json", headers=headers)
    assert answer.status_code == 503
    assert "decision" not in answer.content.decode()


@pytest.mark.row("AC-75")
def test_a_web_process_waits_five_seconds_for_a_lock_and_thirty_for_an_answer(transactional_db):
    code = (
        "import habilis.config.wsgi\n"
        "from django.db import connection\n"
        "names = ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout')\n"
        "with connection.cursor() as cursor:\n"
        "    for name in names:\n"
        "        cursor.execute(f'SHOW {name}')\n"
        "        print(cursor.fetchone()[0])\n"
    )
    environment = os.environ | {
        "DATABASE_URL": address(),
        "HABILIS_READY": "1",
        "DJANGO_SETTINGS_MODULE": "habilis.config.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["5s", "30s", "1min"], done.stderr

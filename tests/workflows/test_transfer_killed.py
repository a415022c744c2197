"""Five thousand people are being transferred when the process is killed: all of them have moved, or none has."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from habilis.store.models import Grant, JournalEntry, Member, Scope, User
from habilis.store.models import Profile as ProfileRow
from habilis.workflows import journal, moving, transfers
from habilis.workflows.moving import Chosen
from tests.factories import address, load
from tests.workflows.test_transfers import CABINET

ROOT = Path(__file__).resolve().parents[2]
MANY, FROM, TO = 5000, "connect_pay", "easy_invoicing"
MOVES = """
import sys
from habilis.workflows import moving, transfers
from habilis.workflows.acting import Acting
who, portal, source, to = sys.argv[1:]
plan = moving.plan(portal, who, moving.Chosen(source), to)
print("go", flush=True)
transfers.transfer(Acting(who, portal), source=source, to=to, version=plan.version, agreed=plan.difference_said)
print("done", flush=True)
"""


@pytest.fixture
def crowd(transactional_db, as_in_a_new_session) -> str:
    portal = load(CABINET)
    pain = Scope.objects.get(portal__key=portal, key="sud/pain")
    profile = ProfileRow.objects.get(portal__key=portal, key=FROM)
    users = [User(email=f"c{n}@x.example", name=f"C{n}", is_active=True) for n in range(MANY)]
    User.objects.bulk_create(users, batch_size=1000)
    Member.objects.bulk_create((Member(portal=profile.portal, user=user) for user in users), batch_size=1000)
    Grant.objects.bulk_create(
        (Grant(portal=profile.portal, user=u, scope=pain, profile=profile, anchor=pain.pk) for u in users),
        batch_size=1000,
    )
    return portal


def image(portal: str) -> tuple[int, int, int]:
    """How many have each profile, and how many the journal says were moved: all of one instant."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # what was killed may be committed just now
        held = Grant.objects.filter(portal__key=portal, valid_until=None)
        told = JournalEntry.objects.filter(portal__key=portal, tag=transfers.TRANSFER, refused=False)
        moved = sum(len(entry.facts["moved"]) for entry in told)
        return held.filter(profile__key=FROM).count(), held.filter(profile__key=TO).count(), moved


def moving_process(portal: str) -> subprocess.Popen[str]:
    """Another process that has weighed the transfer, and is about to do it."""
    database = connection.settings_dict
    words = (("dbname", "NAME"), ("user", "USER"), ("host", "HOST"), ("port", "PORT"), ("password", "PASSWORD"))
    environment = os.environ | {
        "DATABASE_URL": " ".join(f"{word}='{database[name]}'" for word, name in words if database[name]),
        "HABILIS_READY": "1",
        "DJANGO_SETTINGS_MODULE": "habilis.config.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", "import django; django.setup()\n" + MOVES, address("olga"), portal, FROM, TO],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "go" == process.stdout.readline().strip()
    return process


@pytest.mark.slow
@pytest.mark.row("AC-37")
def test_killed_at_any_point_it_is_before_or_after(crowd):
    before, after = (MANY, 0, 0), (0, MANY, MANY)
    assert before == image(crowd)
    seen = set()
    for patience in (0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0):
        process = moving_process(crowd)
        time.sleep(patience)
        process.kill()
        process.wait()
        process.stdout.close()
        found = image(crowd)
        seen.add(found)
        assert found in (before, after), f"half a transfer after {patience} s"
        assert None is journal.verify(crowd)[1]
        if found == after:
            break
    if after not in seen:
        process = moving_process(crowd)
        assert "done" == process.stdout.readline().strip()
        process.wait()
        process.stdout.close()
    assert before in seen
    assert after == image(crowd)
    assert () == moving.plan(crowd, address("olga"), Chosen(FROM), "connect").moves

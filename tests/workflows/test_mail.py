"""Mails, through a real SMTP server and the worker: once, with one Message-ID; none after a rollback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, transaction
from procrastinate.contrib.django import app

from habilis.store.models import Message
from habilis.workflows import delivery, grants
from tests.factories import MAIL, address, by, load

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


class Box:
    """What the server received, and what it answers."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        self.answers: list[str] = []
        self.slow = threading.Event()
        self.got = threading.Event()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        import asyncio
        from email import message_from_bytes

        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "drop":
            session.peer and server.transport.abort()
            return "421 bye"
        if answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content)["Message-ID"]))
        self.got.set()
        while answer.startswith("250") and self.slow.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.05)
        return answer


@pytest.fixture
def box(settings):
    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 5
    yield box
    box.slow.clear()
    controller.stop()


def work() -> None:
    """Run the worker until nothing is due."""
    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(
            wait=False, install_signal_handlers=False, listen_notify=False, queues=["mail"], delete_jobs="never"
        )


def due_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 second' WHERE status = 'todo'")


def jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = 'mail:deliver' ORDER BY id")
        return [status for (status,) in cursor.fetchall()]


@pytest.fixture
def told(transactional_db, box) -> str:
    """A change that owes somebody a mail."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    load(MAIL)
    grants.attach(by("maud", "plis"), person=address("noe"), scope="acme", profile="operator")
    return Message.objects.get().message_id


def test_a_mail_is_delivered_once_with_its_number(told, box):
    work()
    work()

    assert box.mails == [(address("noe"), told)]
    assert Message.objects.get().sent is not None


@pytest.mark.parametrize("answer", ["451 later", "550 no such user", "drop"])
def test_a_server_that_refuses_is_tried_again(told, box, answer):
    box.answers = [answer, answer]
    work()
    assert (box.mails, jobs()) == ([], ["todo"])
    assert Message.objects.get().sent is None
    due_now()
    work()
    due_now()
    work()

    assert box.mails == [(address("noe"), told)]
    assert jobs() == ["succeeded"]


def test_no_server_at_all_changes_nothing_for_whoever_acts(told, box, settings):
    settings.EMAIL_PORT = 1
    grants.detach(by("maud", "plis"), person=address("noe"), scope="acme")
    work()
    assert jobs() == ["todo", "todo"]


def test_a_rollback_owes_nothing(told, box):
    with transaction.atomic():
        grants.attach(by("maud", "plis"), person=address("otto"), scope="acme/paie", profile="operator")
        transaction.set_rollback(True)
    work()

    assert [address("noe")] == [who for who, _ in box.mails]
    assert Message.objects.count() == 1


def test_what_was_sent_is_not_sent_again_by_a_job_run_twice(told, box):
    work()
    delivery.deliver.defer(message=Message.objects.get().pk)
    work()

    assert len(box.mails) == 1


def test_a_message_owed_is_not_owed_twice(told):
    assert delivery.write("a@x.example", "S", "T", message_id=told) is None
    assert Message.objects.count() == 1


def test_no_header_can_be_slipped_in(told, box):
    delivery.write("a@x.example", "Bonjour\r\nBcc: b@x.example", "Texte\r\n.\r\nMAIL FROM:<x@x.example>")
    work()

    assert [who for who, _ in box.mails] == [address("noe"), "a@x.example"]


def test_a_worker_killed_in_the_middle_leaves_it_to_another_with_the_same_number(told, box, settings):
    box.slow.set()
    database = connection.settings_dict
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from procrastinate.contrib.django import app\n"
        "with app.replace_connector(app.connector.get_worker_connector()):\n"
        "    app.run_worker(wait=False, queues=['mail'])\n"
    )
    url = " ".join(
        f"{word}='{database[name]}'"
        for word, name in (
            ("dbname", "NAME"),
            ("user", "USER"),
            ("host", "HOST"),
            ("port", "PORT"),
            ("password", "PASSWORD"),
        )
        if database[name]
    )
    environment = os.environ | {
        "DATABASE_URL": url,
        "HABILIS_MAIL_HOST": "127.0.0.1",
        "HABILIS_MAIL_PORT": str(settings.EMAIL_PORT),
        "DJANGO_SETTINGS_MODULE": "habilis.config.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    worker = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=ROOT, stderr=subprocess.PIPE)
    try:
        assert box.got.wait(60), worker.stderr.read() if worker.poll() is not None else "nothing was sent"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stderr.close()
    box.slow.clear()
    assert jobs() == ["doing"]
    work()
    assert jobs() == ["doing"]

    with connection.cursor() as cursor:  # as if half a minute had passed without a sign of life
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes'")
    delivery.retry_stalled.defer(timestamp=int(time.time()))
    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    due_now()
    work()

    assert box.mails == [(address("noe"), told)] * 2
    assert jobs() == ["succeeded"]


def test_the_waits_between_attempts_grow_to_hours_and_not_to_months():
    from procrastinate.jobs import Job

    strategy = delivery.deliver.retry_strategy
    total, attempts = 0, 0
    while True:
        job = Job(id=1, queue="mail", lock=None, queueing_lock=None, task_name="mail:deliver", attempts=attempts)
        decision = strategy.get_retry_decision(exception=OSError(), job=job)
        if decision is None:
            break
        total += (
            (decision.retry_at - job_now()).total_seconds()
            if hasattr(decision, "retry_at") and decision.retry_at
            else 0
        )
        attempts += 1
    assert attempts == delivery.ATTEMPTS
    assert 3600 < total < 24 * 3600


def job_now():
    from datetime import UTC, datetime

    return datetime.now(UTC)

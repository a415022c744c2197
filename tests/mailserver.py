"""A mail server that answers as a test wants, and the real worker beside it, in a process that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from django.db import connection
from procrastinate.contrib.django import app

ROOT = Path(__file__).parents[1]


class Box:
    """
    What the server received, and what it answers.

    Each of `answers` is given once: an SMTP answer, `drop` (the connection is cut), `cut` (cut too, the mail kept).
    """

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        self.answers: list[str] = []
        self.refuses = False  # whatever is sent
        self.slow = threading.Event()
        self.got = threading.Event()
        self.stop_at: dict[int, str] = {}  # at that many mails: `before` or `after` keeping the next one, hold still
        self.held = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """The answer to one mail."""
        answer = "451 later" if self.refuses else self.answers.pop(0) if self.answers else "250 OK"
        if answer == "drop":
            session.peer and server.transport.abort()
            return "421 bye"
        when = self.stop_at.pop(len(self.mails), "")
        if when == "before":
            await self._hold()
            return "421 bye"
        if answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content)["Message-ID"]))
        self.got.set()
        if when == "after":
            await self._hold()
        while answer.startswith("250") and self.slow.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.05)
        return answer

    async def _hold(self) -> None:
        """Say nothing more to whoever is connected now: they are to be killed."""
        self.held.set()
        while self.held.is_set():  # noqa: ASYNC110 - cleared from another thread
            await asyncio.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def serving(settings: Any) -> Iterator[Box]:
    """A mail server, which the settings name."""
    box, port = Box(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 5
    try:
        yield box
    finally:
        box.slow.clear()
        box.held.clear()
        controller.stop()


@contextlib.contextmanager
def silent(settings: Any) -> Iterator[None]:
    """Inside, the mail server takes connections and never says a word."""
    port = settings.EMAIL_PORT
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = listening.getsockname()[1], 1
        yield
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = port, 5


def work() -> None:
    """Run the worker, here, until no mail is due."""
    work_all(queues=["mail"], delete_jobs="never")


def work_all(**options: Any) -> None:
    """Run the worker, here, until nothing is due."""
    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, **options)


def worker(port: int) -> subprocess.Popen[bytes]:
    """`habilis worker`, a process of its own on the database of the test, sending to the server on *port*."""
    database = connection.settings_dict
    words = (("dbname", "NAME"), ("user", "USER"), ("host", "HOST"), ("port", "PORT"), ("password", "PASSWORD"))
    environment = os.environ | {
        "DATABASE_URL": " ".join(f"{word}='{database[name]}'" for word, name in words if database[name]),
        "HABILIS_MAIL_HOST": "127.0.0.1",
        "HABILIS_MAIL_PORT": str(port),
        "HABILIS_READY": "1",
        "DJANGO_SETTINGS_MODULE": "habilis.config.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    command = [sys.executable, "-m", "habilis.config.main", "worker"]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE)


def given_back() -> None:
    """The jobs of a worker that was killed are given to another, as if it had been silent for half a minute."""
    from habilis.workflows import delivery

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes'")
    with contextlib.suppress(Exception):  # it may be asked for already
        delivery.retry_stalled.defer(timestamp=int(time.time()))


def due_now() -> None:
    """What was put off is due."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 second' WHERE status = 'todo'")


def jobs() -> list[str]:
    """How each mail's job is getting on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = 'mail:deliver' ORDER BY id")
        return [status for (status,) in cursor.fetchall()]

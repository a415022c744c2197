"""The processes of an installation: a web server and a worker, started together and gone together."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import click

from habilis.config.boot import close_connections

THREADS = 8  # of each web process; the pool of connections is a little larger
START, STOP = 60.0, 12.0  # seconds to answer the first request, and to finish the last
PR_SET_PDEATHSIG = 1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def free_port(host: str, port: int) -> int:
    """The port if it is free (any free one for 0), else a refusal that says so."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"cannot listen on `{host}:{port}`: {(error.strerror or str(error)).lower()}"
            raise click.ClickException(f"{reason}; choose another with `--port`") from None
        return int(probe.getsockname()[1])


def web_command(host: str, port: int, workers: int) -> list[str]:
    """The web server: WSGI under granian, whose threads share one pool of connections a process."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "error",
        "--respawn-failed-workers", "--workers-kill-timeout", "5", "habilis.config.wsgi:application",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The worker, as a child."""
    return [sys.executable, "-m", "habilis.config.main", "worker"]


class Children:
    """The processes we started, each the leader of its own group, so that none of their children outlives us."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def start(self, name: str, command: list[str]) -> None:
        """Start one; it has no use for the owner's address, and dies with us should we be killed."""
        env = {key: value for key, value in os.environ.items() if key != "DATABASE_OWNER_URL"}
        self._running[name] = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=self._die_with_parent,  # noqa: PLW1509  # we have one thread, and the call allocates nothing
        )

    def _die_with_parent(self) -> None:
        if self._libc:
            self._libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def ended(self) -> str | None:
        """The name of one that ended by itself, or None."""
        return next((name for name, child in self._running.items() if child.poll() is not None), None)

    def stop(self) -> None:
        """Ask each group to finish, then end what is left of it."""
        for child in self._running.values():
            _signal_group(child, signal.SIGTERM)
        for child in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(STOP)
            _signal_group(child, signal.SIGKILL)
            child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def serve(host: str, port: int, workers: int, *, ready: Callable[[], None]) -> None:
    """Run the web server and a worker until a signal or until one ends; `ready` is called at the first answer."""
    close_connections()  # children open their own
    asked = threading.Event()
    previous = {number: signal.signal(number, lambda *_: asked.set()) for number in SIGNALS}
    children = Children()
    try:
        children.start("web server", web_command(host, port, workers))
        children.start("worker", worker_command())
        waited = 0.0
        while (
            not (answers := _answers(host, port)) and not asked.wait(0.05) and not children.ended() and waited < START
        ):
            waited += 0.05
        if answers:
            ready()
        while not asked.wait(0.2):
            if name := children.ended():
                raise click.ClickException(f"the {name} ended by itself; its reason is above")
    finally:
        children.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)


def _answers(host: str, port: int) -> bool:
    # INVARIANT: 0.0.0.0 and :: are addresses to listen on; a request goes to this machine.
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not listened on
    connection = http.client.HTTPConnection(target, port, timeout=20)
    try:
        connection.request("GET", "/", headers={"Host": "127.0.0.1"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def work() -> None:
    """Run the jobs until a signal."""
    from procrastinate.contrib.django import app

    connector: Any = app.connector
    with app.replace_connector(connector.get_worker_connector()) as worker:
        worker.run_worker(name="habilis")

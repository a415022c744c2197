"""AuthZEN over HTTP on loopback, beside a view that does nothing in the same server: granian with two workers."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from habilis.config import processes
from habilis.workflows import tokens
from tools.bench import checks
from tools.bench.measure import line, rate
from tools.bench.world import POST, Size

WORKERS, CONNECTIONS, SECONDS, ROUNDS = 2, 8, 2.0, 3


@contextmanager
def served() -> Iterator[int]:
    """Our application under granian; its port."""
    port = processes.free_port("127.0.0.1", 0)
    command = processes.web_command("127.0.0.1", port, WORKERS)
    command[-1] = "tools.bench.bare:application"
    source = os.pathsep.join(path for path in sys.path if path)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tools.bench.settings",
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": source,
    }
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/barest", timeout=5).read()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(15)


def loaded(port: int, path: str, token: str, body: Any) -> float:
    """Answers a second, the median of a few rounds after one that warms up."""
    said = {"port": port, "path": path, "token": token, "body": body, "seconds": SECONDS, "connections": CONNECTIONS}
    rates = []
    for _ in range(ROUNDS + 1):
        command = [sys.executable, "-m", "tools.bench.load", json.dumps(said)]
        rates.append(float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
    return statistics.median(rates[1:])


def over_http(size: Size) -> None:
    """One evaluation, and fifty in a request."""
    asked = checks.questions(size)
    token = tokens.create(POST, "bench")
    items = [
        {
            "resource": {"type": q.resource.type, "id": q.resource.id},
            "subject": {"type": "user", "id": asked[0].subject},
        }
        for q in asked[:50]
    ]
    one = {**items[0], "action": {"name": asked[0].action}}
    many = {"action": {"name": asked[0].action}, "evaluations": items}
    with served() as port:
        barest = loaded(port, "/barest", token, one)
        bare = loaded(port, "/bare", token, one)
        single = loaded(port, f"/{POST}/access/v1/evaluation", token, one)
        batch = loaded(port, f"/{POST}/access/v1/evaluations", token, many)
    line("a bare view, without middleware", rate(barest))
    line("a bare view, behind our middleware", rate(bare), ratio=f"{bare / barest:.0%} of it")
    line(
        "AuthZEN evaluation",
        rate(single),
        ratio=f"{single / barest:.0%}, {single / bare:.0%} of the bare views",
        wanted="≥ 50 %",
        reached=single >= bare / 2,
    )
    line(
        "AuthZEN evaluations, 50 in a request",
        rate(batch),
        ratio=f"{rate(batch * 50)} decisions",
        wanted="30,000/s",
        reached=batch * 50 >= 30_000,
    )

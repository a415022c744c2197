"""
One demonstration, started as anybody would start it, and a browser for each of its people.

Journeys use names and sentences that the pages show, and each takes people of its own, so that they run in any order.
`HABILIS_SHOTS=folder` keeps a picture of every page, wide and narrow.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.visitor import Gallery, Visitor

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "habilis-demo"
PATIENCE = 180  # seconds that a busy machine may take to fill five portals


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey is one, and all run in the same process, for there is one demonstration."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.xdist_group("journeys"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `habilis demo`, served from a data folder of its own."""
    folder = Path(os.environ["HABILIS_TEST_FOLDER"]) / f"journeys-{os.getpid()}"
    port = free_port()
    known = {k: v for k, v in os.environ.items() if not k.startswith(("HABILIS_", "DATABASE_", "DJANGO_", "PYTEST_"))}
    log = tmp_path_factory.mktemp("demo") / "output"
    command = [sys.executable, "-m", "habilis.config.main", "--data", str(folder), "demo", "--port", str(port)]
    # as anybody's, but that its passwords are quick to compare and that one address may sign in as often as it likes
    quick = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    environment = {**known, **quick}
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=log.parent, env=environment, stdout=output, stderr=output)
    try:
        wait_for(process, f"http://127.0.0.1:{port}/accounts/login/", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Return once *address* answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    pytest.fail(f"the demonstration does not serve:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def gallery() -> Gallery:
    """What the journeys have already looked at."""
    return Gallery(os.environ.get("HABILIS_SHOTS"))


@pytest.fixture
def visitor(browser, demo: str, gallery: Gallery) -> Iterator[Callable[..., Visitor]]:
    """`visitor("sophie@lemaire.example", "Portail client")`: a browser of one's own, signed in, in that portal."""
    opened = []

    def open_for(address: str = "", portal: str = "", *, password: str = PASSWORD, scripts: bool = True) -> Visitor:
        context = browser.new_context(
            base_url=demo, locale="fr-FR", viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
        )
        context.set_default_timeout(10_000)
        opened.append(context)
        found = Visitor(context.new_page(), gallery, scripts=scripts)
        if address:
            found.sign_in(address, password)
        if portal:
            found.enter(portal)
        return found

    yield open_for
    for context in opened:
        context.close()

"""`serve` and `demo`: one web server, one worker, and nothing left of them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest

from tests.platform.conftest import postmaster

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
def serving(furnished, clean_environment):
    """`habilis serve` on a free port, and its address once it says so."""
    process = subprocess.Popen(
        [sys.executable, "-m", "habilis.config.main", "--data", str(furnished), "serve", "--port", "0"],
        env=clean_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=furnished,
        start_new_session=True,
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            yield process, found[0]
            break
    else:
        pytest.fail("".join(said))
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=40)


def family(process):
    return psutil.Process(process.pid).children(recursive=True)


def gone(processes, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        alive = [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
        if not alive:
            return []
        time.sleep(0.1)
    return alive


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_leaves_no_process_behind_after(number, serving, data):
    process, address = serving
    started = family(process)

    assert status(address) < 500
    assert len(started) >= 2

    process.send_signal(number)

    assert process.wait(30) == 0
    assert gone(started) == []
    assert postmaster(data) is None


def test_serve_killed_without_mercy_takes_its_children_along(serving):
    process, _address = serving
    started = family(process)
    process.kill()

    assert gone(started) == []


def test_serve_ends_when_its_worker_does(serving, data):
    process, _address = serving
    started = family(process)
    next(each for each in started if each.cmdline()[-1] == "worker").kill()

    assert process.wait(30) == 1
    assert gone(started) == []
    assert postmaster(data) is None


def test_serve_on_a_taken_port_says_so_in_one_line(serving, habilis):
    port = serving[1].rsplit(":", 1)[1].strip("/")

    again = habilis("serve", "--port", port)

    assert again.returncode == 1
    assert re.fullmatch(
        rf"Error: cannot listen on `127\.0\.0\.1:{port}`: .*; choose another with `--port`\n", again.stderr
    )


def test_web_processes_serve_side_by_side_and_in_threads(serving):
    process, address = serving

    for _ in range(20):
        assert status(address) < 500
    assert process.poll() is None

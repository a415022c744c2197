"""The embedded server: started by its first user, stopped by its last, whatever happens to the others."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from habilis.config import embedded
from tests.platform.conftest import QUICK, postmaster

USER = """
import sys, time
from habilis.config import embedded
server = embedded.start(sys.argv[1], {"fsync": "off"})
print("using", flush=True)
sys.stdin.read()
server.release()
"""


def another_user(data):
    user = subprocess.Popen(
        [sys.executable, "-c", USER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout.readline() == "using\n"
    return user


def ask(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone()


def wait_until_gone(pid):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_start_answers_and_release_stops(data):
    server = embedded.start(data, QUICK)
    pid = postmaster(data)

    assert ask(server.url) == (1,)

    server.release()
    server.release()

    assert wait_until_gone(pid)
    assert postmaster(data) is None


def test_start_twice_is_one_server_and_the_last_out_stops_it(data):
    first, second = embedded.start(data, QUICK), embedded.start(data, QUICK)
    pid = postmaster(data)

    first.release()

    assert ask(second.url) == (1,)
    assert postmaster(data) == pid

    second.release()

    assert postmaster(data) is None


def test_a_user_killed_without_mercy_counts_no_more(data):
    victim = another_user(data)
    server = embedded.start(data, QUICK)
    victim.kill()
    victim.communicate()

    assert ask(server.url) == (1,)

    server.release()

    assert postmaster(data) is None


def test_what_a_killed_last_user_left_running_is_used_and_stopped_by_the_next(data):
    victim = another_user(data)
    pid = postmaster(data)
    victim.kill()
    victim.communicate()

    with embedded.server(data, QUICK) as url:
        assert ask(url) == (1,)
        assert postmaster(data) == pid
    assert postmaster(data) is None


def test_a_server_killed_without_mercy_starts_again_with_what_was_committed(data):
    server = embedded.start(data)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    pid = postmaster(data)
    psutil.Process(pid).send_signal(signal.SIGKILL)
    assert wait_until_gone(pid)

    with embedded.server(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    server.release()


def test_a_cluster_half_made_is_made_again(data):
    home = embedded.Home(data)
    (home.path / "cluster.new").mkdir()
    (home.path / "cluster.new" / "PG_VERSION").write_text("18")

    with embedded.server(data, QUICK) as url:
        assert ask(url) == (1,)


def test_only_its_owner_enters_the_socket_and_the_cluster(data):
    server = embedded.start(data, QUICK)
    with psycopg.connect(server.url) as connection:
        network = connection.execute("SHOW listen_addresses").fetchone()
        checksums = connection.execute("SHOW data_checksums").fetchone()
        locale = connection.execute("SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database").fetchone()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (server.home.path, server.home.cluster, server.socket)]
    server.release()

    assert network == ("",)
    assert checksums == ("on",)
    assert locale[1] == "UTF8"
    assert modes == [0o700] * 3


def test_a_long_path_gets_a_socket_in_a_short_one(data):
    deep = data / ("d" * 60) / ("e" * 60)

    with embedded.server(deep, QUICK) as url:
        assert ask(url) == (1,)
        folder = embedded.Home(deep).socket()
        assert len(str(folder)) < embedded.LONGEST_SOCKET_FOLDER
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_a_folder_may_have_any_name(data):
    with embedded.server(data / """l'été "$(id)" % 1""", QUICK) as url:
        assert ask(url) == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server to another user")
def test_as_root_where_its_user_may_not_enter_it_lives_apart_and_no_mode_is_loosened(data, capfd):
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "data"

    with embedded.server(inside, QUICK) as url:
        assert ask(url) == (1,)
        apart = Path((inside / embedded.POINTER).read_text().strip())
        assert apart.parent == embedded.APART
        assert str(apart) in capfd.readouterr().err
    with embedded.server(inside, QUICK):
        assert apart == embedded.Home(inside).path

    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    psutil.Popen(["rm", "-r", str(apart)]).wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server to another user")
def test_as_root_the_server_is_run_by_a_system_user(data):
    with embedded.server(data, QUICK):
        assert psutil.Process(postmaster(data)).uids().effective != 0


def test_a_server_that_cannot_start_says_why(data):
    with pytest.raises(embedded.EmbeddedError, match="no_such_setting"):
        embedded.start(data, {"no_such_setting": "1"})

"""
Fixtures for everybody, and the one database server of a run.

The server lives in a folder of the run, is shared by its processes, starts with the first test that needs it and
is gone with the last. `HABILIS_TEST_DATABASE_URL` names another, with a login that may create databases and roles.
Nothing here is needed, or loaded, by the tests of the heart, which run where Django is not installed.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HAS_DJANGO = importlib.util.find_spec("django") is not None
FOLDER = "HABILIS_TEST_FOLDER"
A_LONG_RUN = 6 * 3600.0
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}

# Examples are the same at each run, so that a failure is the change's own; HABILIS_EXAMPLES asks for a long night.
examples = int(os.environ.get("HABILIS_EXAMPLES") or 100)
settings.register_profile(
    "habilis",
    deadline=None,
    derandomize=examples == 100,
    max_examples=examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("habilis")


def sweep() -> None:
    """Stop and remove what runs killed without mercy left: their folders, whose server nobody uses."""
    from habilis.config import embedded

    for folder in Path(tempfile.gettempdir()).glob("habilis-tests-*"):
        if not (folder / "postgres" / "users.lock").exists():
            with contextlib.suppress(FileNotFoundError):  # another run sweeps too
                if time.time() - folder.stat().st_mtime > A_LONG_RUN:
                    shutil.rmtree(folder, ignore_errors=True)
            continue
        home = embedded.Home(folder)
        with contextlib.suppress(OSError), home.gate(), (home.path / "users.lock").open("r+") as users:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            home.stop()
            shutil.rmtree(folder)


if HAS_DJANGO:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "HABILIS_DEMO", "HABILIS_URL", "HABILIS_READY"):
        os.environ.pop(name, None)  # a test never touches what its developer works with
    if FOLDER not in os.environ:  # else we are one process of a run that has its folder
        sweep()
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="habilis-tests-")
        Path(os.environ[FOLDER]).chmod(0o711)  # so that, as root, the server's user may pass
        OURS = os.getpid()
    else:
        OURS = 0
    os.environ["HABILIS_DATA"] = os.environ[FOLDER]
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's own loop runs in the thread of the test

    import django

    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if HAS_DJANGO and OURS == os.getpid():
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how each part went, and where its time was spent, when more than one ran."""
    parts: dict[str, Counter[str]] = {}
    for outcome, reports in terminalreporter.stats.items():
        for report in filter(lambda one: isinstance(one, pytest.TestReport), reports):
            folder = report.nodeid.partition("::")[0].split("/")[1:-1]
            part = parts.setdefault("/".join(folder) or "tests", Counter())
            part["seconds"] += report.duration
            part[outcome or "phases"] += 1
    outcomes = [name for name in ("passed", "failed", "error", "skipped") if any(part[name] for part in parts.values())]
    if len(parts) > 1:
        terminalreporter.section("parts, each `make test T=tests/…`")
        terminalreporter.line(f"{'':16}{'seconds':>9}" + "".join(f"{name:>9}" for name in outcomes))
        for name, part in sorted(parts.items()):
            counts = "".join(f"{part[outcome] or '':>9}" for outcome in outcomes)
            terminalreporter.line(f"{name:16}{part['seconds']:9.0f}{counts}")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The address of a login that may create roles and databases."""
    from habilis.config import embedded

    if named := os.environ.get("HABILIS_TEST_DATABASE_URL"):
        yield named
        return
    with embedded.server(os.environ[FOLDER], QUICK) as url:
        yield url


@pytest.fixture(scope="session")
def template(server_url: str, django_db_blocker) -> str:
    """The name of a database with every table and no row but the migrations', copied by each process of the run."""
    import psycopg

    from habilis.config import database

    name = "habilis_template"
    url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
    with (Path(os.environ[FOLDER]) / "template.lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.seek(0, os.SEEK_END) == 0:
            with psycopg.connect(server_url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {name}")
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            database.ensure_role(url, url)
            with django_db_blocker.unblock():
                database.prepare(url)
            file.write("done")
    return name


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_blocker, server_url: str, template: str
) -> Iterator[None]:
    """
    A database of this process's own, used in the application's role: what that role may not do fails in tests too.

    Emptying the tables after a test that commits is the owner's; `as_owner` lends that role to a test.
    """
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    from habilis.config import database
    from habilis.store import prepared

    default = connections["default"]
    default.settings_dict.update(database.configuration(server_url))
    default.settings_dict["TEST"].update(NAME=f"test_habilis_{os.getpid()}", TEMPLATE=template, MIGRATE=True)
    flush = default.ops.__class__.execute_sql_flush

    def flush_as_owner(operations, statements):
        with owner_role(operations.connection):
            flush(operations, statements)

    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
        default.close()
        default.settings_dict["OPTIONS"].update(
            options=f"-c role={database.APPLICATION} -c plan_cache_mode=force_generic_plan",
            prepare_threshold=prepared.AFTER,  # set here, where the application's own way waits for no transaction
        )
        default.ops.__class__.execute_sql_flush = flush_as_owner
    yield
    with django_db_blocker.unblock():
        default.close()
        for name in ("options", "prepare_threshold"):
            default.settings_dict["OPTIONS"].pop(name)
        teardown_databases(made, verbosity=0)


@contextlib.contextmanager
def owner_role(connection) -> Iterator[None]:
    from habilis.config.database import APPLICATION

    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {APPLICATION}")


@pytest.fixture
def as_owner(db) -> Callable[[], AbstractContextManager[None]]:
    """`with as_owner():` acts as the owner of the tables, to tamper as only an intruder could."""
    from django.db import connection

    return lambda: owner_role(connection)


@pytest.fixture
def as_in_a_new_session(db) -> None:
    """
    Forget how rows were found when there were few of them.

    A session keeps its plans; those made over the tables of a small test would look through every row for each of many.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """How a browser is started here: the one `tools/browser.sh` found, without its sandbox when root."""
    path = os.environ.get("HABILIS_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return {"executable_path": path, "args": [*arguments, *(["--no-sandbox"] if os.geteuid() == 0 else [])]}


BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser(browser_type_launch_args) -> Iterator[object]:
    """One browser for the run; a journey opens its own `browser.new_context(base_url=live_server.url)`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(**browser_type_launch_args)
        yield chromium
        chromium.close()

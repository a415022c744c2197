"""What the platform's tests share: folders whose server is gone with them, and commands in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from habilis.config import embedded

QUICK = {"fsync": "off"}


def postmaster(data: Path) -> int | None:
    """The process of the server of this folder, or None where none runs."""
    mark = embedded.Home(data).cluster / "postmaster.pid"
    return int(mark.read_text().split()[0]) if mark.exists() else None


@pytest.fixture
def data():
    """A data folder that everybody may pass; nothing of it runs or stays afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="habilis-"))
    folder.chmod(0o755)
    yield folder
    apart = folder / embedded.POINTER
    places = [Path(apart.read_text().strip())] if apart.exists() else []
    for place in [*places, folder / "postgres"]:
        mark = place / "cluster" / "postmaster.pid"
        if mark.exists():
            psutil.Process(int(mark.read_text().split()[0])).kill()
        shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(folder)


def newcomer() -> dict[str, str]:
    """An environment with no address and no choice made."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("HABILIS_", "DATABASE_", "DJANGO_"))
    }


@pytest.fixture
def clean_environment():
    """The environment of a newcomer."""
    return newcomer()


@pytest.fixture(scope="session")
def migrated():
    """A data folder whose tables are made and whose server is stopped: the one from which others are copied."""
    with tempfile.TemporaryDirectory(prefix="habilis-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        command = [sys.executable, "-m", "habilis.config.main", "--data", name, "migrate"]
        subprocess.run(command, env=newcomer(), cwd=folder, capture_output=True, check=True)
        yield folder


@pytest.fixture
def furnished(data, migrated):
    """A data folder of one's own where the tables are made already; only its start is to be waited for."""
    subprocess.run(["cp", "-a", f"{migrated}/.", data], check=True)
    return data


@pytest.fixture
def habilis(data, clean_environment):
    """Run `habilis …` on the folder, to its end."""

    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, "-m", "habilis.config.main", "--data", str(data), *arguments],
            env=clean_environment | variables,
            cwd=data,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run

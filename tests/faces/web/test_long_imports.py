"""A long table of people in the browser: shown page by page, left to the worker, followed, and told."""

from __future__ import annotations

import pytest

from habilis.faces.web.views import imports
from habilis.workflows import carrying, clock, grants
from tests import factories
from tests.factories import address, browser, by

IMPORT = "/plis/people/import"
HEAD = "email;nom;périmètre;profil\n"


@pytest.fixture
def plis(db, monkeypatch):
    monkeypatch.setattr(carrying, "LONG", 4)
    monkeypatch.setattr(carrying, "STEP", 2)
    monkeypatch.setattr(imports, "SHOWN", 3)
    return factories.load(factories.MAIL)


def table(first: int = 0, wrong: tuple[int, ...] = ()) -> str:
    scopes = ["borea" if n in wrong else "acme/paie" for n in range(8)]
    return HEAD + "".join(f"n{first + n}@x.example;Nom{n};{key};operator\n" for n, key in enumerate(scopes))


def digest_of(page: str) -> str:
    return page.partition('name="digest" value="')[2].partition('"')[0]


def left(name: str = "maud", text: str = "") -> str:
    """The page of an import that was previewed, and left to the worker."""
    text, who = text or table(), browser(name)
    seen = who.post(IMPORT, {"text": text, "do": "check"}).content.decode()
    answer = who.post(IMPORT, {"text": text, "do": "import", "digest": digest_of(seen)})
    assert 302 == answer.status_code, answer.content.decode()
    return answer["Location"]


def number_of(path: str) -> int:
    return int(path.rpartition("/")[2])


def carried(path: str) -> str:
    carrying.carry_out.func(None, number_of(path))
    return browser("maud").get(path).content.decode()


def reads(name: str) -> bool:
    from habilis.core import Ref
    from habilis.workflows import access

    return access.check("plis", address(name), "read", Ref("unit", "acme/paie"))


def test_a_long_preview_comes_in_pages_and_every_fault_is_on_one(plis):
    maud = browser("maud")
    first = maud.post(IMPORT, {"text": table(), "do": "check"}).content.decode()
    last = maud.post(IMPORT, {"text": table(), "page": "3"}).content.decode()
    assert "Page 1 sur 3" in first
    assert "n2@x.example</th>" in first
    assert "n3@x.example</th>" not in first
    assert "n7@x.example</th>" in last
    assert digest_of(first) == digest_of(last)

    answers = [maud.post(IMPORT, {"text": table(wrong=(0, 2, 5, 7)), "page": n}) for n in (1, 2)]
    assert [400, 400] == [answer.status_code for answer in answers]
    pages = [answer.content.decode() for answer in answers]
    assert "4 lignes sont à corriger" in pages[0]
    assert not digest_of(pages[0])
    found = [n for n in range(8) for page in pages if f"n{n}@x.example</th>" in page]
    assert [0, 2, 5, 7] == found


def test_it_is_left_to_the_worker_followed_and_told(plis):
    from habilis.store.models import LongImport, Message

    path = left()
    page = browser("maud").get(path).content.decode()
    assert "En attente de son tour" in page
    assert ": 0 sur 8" in page
    assert not reads("n1")
    done = carried(path)
    carried(path)  # a job that runs twice writes once

    assert "Importé" in done
    assert "8 accès ont été donnés" in done
    assert reads("n1")
    told = Message.objects.get(user__email=address("maud"), subject__contains="importées")
    assert f"/plis/{told.link}" == path
    assert 8 == Message.objects.filter(secret=True).count()
    assert "" == LongImport.objects.get().text
    for name in ("tom", "bruno"):
        assert 404 == browser(name).get(path).status_code, name
    assert path in browser("maud").get(IMPORT).content.decode()
    assert path not in browser("tom").get(IMPORT).content.decode()


def test_the_rule_is_asked_again_when_it_is_carried_out(plis):
    from habilis.store.models import JournalEntry, Message

    path = left()
    grants.detach(by("ada", "plis"), person=address("maud"), scope="acme")
    grants.attach(by("ada", "plis"), person=address("maud"), scope="borea", profile="manager")
    page = carried(path)

    assert "Refusé" in page
    assert "Voir ce que cela ferait maintenant" in page
    assert not reads("n1")
    assert Message.objects.filter(user__email=address("maud"), subject__contains="n’a pas eu lieu").exists()
    assert not Message.objects.filter(secret=True).exists()
    ended = JournalEntry.objects.filter(tag="people:import_ended").get()
    assert "refused" == ended.facts["state"]


def test_one_at_a_time_and_the_same_table_twice_is_refused_the_second(plis):
    path, maud = left(), browser("maud")
    again = {"text": table(), "do": "import", "digest": "x"}
    assert 409 == maud.post(IMPORT, again).status_code
    other = left("tom", table())
    assert "Importé" in carried(path)
    carrying.carry_out.func(None, number_of(other))
    assert "Quelque chose a changé depuis l’aperçu" in browser("tom").get(other).content.decode()


def test_what_fails_on_our_side_is_tried_again_and_then_told(plis, monkeypatch):
    from types import SimpleNamespace

    path = left()
    with monkeypatch.context() as broken:
        broken.setattr(carrying.importing, "run", lambda *_, **__: 1 / 0)
        for attempts in range(carrying.ATTEMPTS):
            context = SimpleNamespace(job=SimpleNamespace(attempts=attempts))
            with pytest.raises(ZeroDivisionError):
                carrying.carry_out.func(context, number_of(path))
    page = browser("maud").get(path).content.decode()

    assert "Interrompu" in page
    assert "Importé" not in carried(path)
    assert not reads("n1")


def test_it_is_forgotten_after_a_week(plis):
    path = left()
    with clock.frozen(clock.now() + carrying.LASTS * 2):
        assert 404 == browser("maud").get(path).status_code
        assert 1 == carrying.forget_expired()

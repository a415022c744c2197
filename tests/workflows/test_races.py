"""Two people at once, each on a connection of their own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from habilis.core import Conflict, HabilisError, NotFound, Ref, Refused
from habilis.store.models import Approver, Grant, JournalEntry, Resource
from habilis.workflows import access, clock, grants, journal, managers, people, resources, scopes
from tests.factories import BOOKS, MAIL, address, by, load

pytestmark = pytest.mark.django_db(transaction=True)
ITEM = Ref("mail_item", "paie")


@pytest.fixture
def plis(transactional_db) -> str:
    return load(MAIL)


def together(*calls: Callable[[], object]) -> list[object]:
    """What each call gives or raises, all begun at the same instant, each in a thread with its own connection."""
    gate = threading.Barrier(len(calls), timeout=30)
    found: list[object] = [None] * len(calls)

    def run(n: int, call: Callable[[], object]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            gate.wait()
            found[n] = call()
        except Exception as error:  # noqa: BLE001 - what happened is compared by the test
            found[n] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return found


def refusals(found: list[object]) -> list[type]:
    errors = [error for error in found if isinstance(error, Exception)]
    assert all(isinstance(error, HabilisError) for error in errors), errors
    return [type(error) for error in errors]


def managers_of(scope: str) -> list[Grant]:
    rows = Grant.objects.filter(scope__key=scope, profile__key="manager", valid_until=None)
    return [row for row in rows if row.user.is_active]


def duel(portal: str, round_: int) -> None:
    first, second = ("maud", "tom") if round_ % 2 else ("tom", "maud")
    doors = [
        lambda who, other: grants.detach(by(who, portal), person=address(other), scope="acme"),
        lambda who, other: grants.change_profile(
            by(who, portal), person=address(other), scope="acme", profile="operator"
        ),
        lambda who, other: grants.detach(by(who, portal), person=address(who), scope="acme"),
        lambda who, other: grants.set_period(
            by(who, portal),
            person=address(other),
            scope="acme",
            profile="manager",
            valid_from=None,
            valid_until=clock.now().replace(year=2090),
        ),
    ]
    found = together(
        lambda: doors[round_ % 4](first, second),
        lambda: doors[round_ // 4 % 4](second, first),
    )
    assert len(refusals(found)) <= 1, found
    assert len(managers_of("acme")) == 1
    for who in (first, second):  # as before, for the next round
        held = Grant.objects.filter(user__email=address(who), scope__key="acme").latest("id")
        with contextlib.suppress(HabilisError):
            if held.valid_until is None and held.profile.key == "operator":
                grants.change_profile(by("ada", portal), person=address(who), scope="acme", profile="manager")
            elif held.valid_until is None:
                continue
            elif held.valid_until > clock.now():
                grants.set_period(
                    by("ada", portal),
                    person=address(who),
                    scope="acme",
                    profile="manager",
                    valid_from=None,
                    valid_until=None,
                )
            else:
                grants.attach(by("ada", portal), person=address(who), scope="acme", profile="manager")
    assert len(managers_of("acme")) == 2


def test_two_managers_never_leave_none(plis):
    for round_ in range(32):
        duel(plis, round_)
    assert journal.verify(plis)[1] is None


@pytest.mark.slow
def test_two_managers_never_leave_none_many_times(plis):
    for round_ in range(300):
        duel(plis, round_)


def test_without_the_lock_the_duel_would_be_lost(plis, monkeypatch):
    """The tests above would tell: without the lock, both succeed and nobody is left."""
    meeting = threading.Barrier(2, timeout=5)
    real = managers.managed_without
    calls = threading.local()

    def slow(*args, **kwargs):
        found = real(*args, **kwargs)
        calls.n = getattr(calls, "n", 0) + 1
        if calls.n == 2:
            with contextlib.suppress(threading.BrokenBarrierError):
                meeting.wait()
        return found

    monkeypatch.setattr("habilis.workflows.giving.hold_rights", lambda portal_id: None)
    monkeypatch.setattr(managers, "managed_without", slow)
    found = together(
        lambda: grants.detach(by("maud", plis), person=address("tom"), scope="acme"),
        lambda: grants.detach(by("tom", plis), person=address("maud"), scope="acme"),
    )

    assert [] == refusals(found)
    assert [] == managers_of("acme")


def test_thirty_leave_at_once_and_one_stays(plis):
    names = [f"m{n}" for n in range(8)]
    for name in names:
        people.create(by("ada", plis), email=address(name), name=name, scopes=["acme"], profile="manager")
    found = together(
        *(
            lambda name=name: grants.detach(by(name, plis), person=address(name), scope="acme")
            for name in [*names, "maud", "tom"]
        )
    )

    assert refusals(found) == [Conflict]
    assert len(managers_of("acme")) == 1


def test_the_same_right_given_twice_at_once_is_given_once(plis):
    for _ in range(5):
        found = together(
            *(
                lambda who=who: grants.attach(
                    by(who, plis), person=address("noe"), scope="acme/paie", profile="operator"
                )
                for who in ("maud", "tom", "ada")
            )
        )
        assert refusals(found) == [Conflict, Conflict]
        assert Grant.objects.filter(user__email=address("noe"), valid_until=None).count() == 2
        grants.detach(by("maud", plis), person=address("noe"), scope="acme")


def test_two_profiles_given_at_once_leave_one(plis):
    found = together(
        lambda: grants.attach(by("maud", plis), person=address("noe"), scope="acme", profile="operator"),
        lambda: grants.attach(by("tom", plis), person=address("noe"), scope="acme", profile="manager"),
    )

    assert refusals(found) == [Conflict]


def test_one_new_address_created_in_two_portals_at_once_is_one_person(plis):
    load(BOOKS)
    for n in range(5):
        email = f"new{n}@x.example"
        found = together(
            lambda email=email: people.create(
                by("maud", plis), email=email, name="N", scopes=["acme"], profile="operator"
            ),
            lambda email=email: people.create(
                by("otis", "livres"), email=email, name="N", scopes=["sud/eau"], profile="full_access"
            ),
        )
        assert found == [email, email]


def test_two_transitions_of_one_version(plis):
    for n in range(6):
        key = resources.create(
            by("maud", plis), type_="mail_item", scope="acme/paie", title=f"{n}", fields={"format": "C5", "copies": 1}
        )
        ref = Ref("mail_item", key)
        found = together(
            lambda ref=ref: resources.transition(by("maud", plis), ref=ref, version=1, action="deposit"),
            lambda ref=ref: resources.transition(by("omar", plis), ref=ref, version=1, action="deposit"),
            lambda ref=ref: resources.edit(by("olga", plis), ref=ref, version=1, title="Autre"),
        )
        assert refusals(found) == [Conflict, Conflict]
        assert Resource.objects.get(key=key).version == 2


def test_two_deletions_and_a_comment(plis):
    found = together(
        lambda: resources.delete(by("maud", plis), ref=ITEM),
        lambda: resources.delete(by("omar", plis), ref=ITEM),
        lambda: resources.comment(by("olga", plis), ref=ITEM, text="X"),
    )

    assert set(refusals(found)) == {NotFound}
    assert not Resource.objects.filter(key="paie").exists()


def test_one_approval_twice_at_once_is_one(transactional_db):
    books = load(BOOKS)
    key = resources.create(
        by("anna", books),
        type_="document",
        scope="sud/pain",
        title="F",
        fields={"kind": "purchase"},
        approvers=[address("fred")],
    )
    ref = Ref("document", key)
    found = together(
        *(lambda: resources.transition(by("fred", books), ref=ref, version=1, action="approve") for _ in range(4))
    )

    assert set(refusals(found)) <= {Conflict, Refused}
    assert len(refusals(found)) == 3
    assert Approver.objects.filter(approved=True).count() == 1


def test_a_right_revoked_while_its_holder_acts_is_one_order_or_the_other(plis):
    for n in range(10):
        found = together(
            lambda: grants.detach(by("maud", plis), person=address("omar"), scope="acme/paie"),
            lambda n=n: resources.edit(
                by("omar", plis), ref=ITEM, version=Resource.objects.get(key="paie").version, title=f"Titre {n}"
            ),
        )
        entries = JournalEntry.objects.filter(tag__in=["grant:detach", "resource:edit"]).order_by("-number")[:2]
        order = [(e.tag, e.refused) for e in reversed(entries)]
        if isinstance(found[1], Exception):
            assert order == [("grant:detach", False), ("resource:edit", True)]
        else:
            assert order == [("resource:edit", False), ("grant:detach", False)]
        with pytest.raises((NotFound, Refused)):
            resources.edit(by("omar", plis), ref=ITEM, version=Resource.objects.get(key="paie").version, title="Après")
        grants.attach(by("maud", plis), person=address("omar"), scope="acme/paie", profile="operator")


def test_a_manager_removed_while_giving_gives_before_or_not_at_all(plis):
    for n in range(8):
        email = f"g{n}@x.example"
        found = together(
            lambda: grants.detach(by("ada", plis), person=address("tom"), scope="acme"),
            lambda email=email: people.create(
                by("tom", plis), email=email, name="G", scopes=["acme"], profile="operator"
            ),
        )
        given = Grant.objects.filter(user__email=email).exists()
        assert given is not isinstance(found[1], Exception)
        assert set(refusals(found)) <= {NotFound}
        grants.attach(by("ada", plis), person=address("tom"), scope="acme", profile="manager")


def test_after_the_answer_to_a_revocation_nobody_else_allows(plis):
    stop, wrong = threading.Event(), []
    revoked = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            after = revoked.is_set()
            allowed = access.check(plis, address("omar"), "read", ITEM)
            if allowed and after and revoked.is_set():
                wrong.append(allowed)

    def act() -> None:
        try:
            for _ in range(10):
                grants.detach(by("maud", plis), person=address("omar"), scope="acme/paie")
                revoked.set()
                access.check(plis, address("omar"), "read", ITEM)
                revoked.clear()
                grants.attach(by("maud", plis), person=address("omar"), scope="acme/paie", profile="operator")
        finally:
            stop.set()

    assert refusals(together(watch, watch, act)) == []
    assert wrong == []


def test_a_unit_moved_while_items_are_put_in_it_keeps_them_in_their_place(plis):
    def put() -> None:
        for n in range(5):
            resources.create(
                by("ada", plis),
                type_="mail_item",
                scope="acme/vide",
                title=f"{n}",
                fields={"format": "C5", "copies": 1},
            )

    def move() -> None:
        for parent in ("borea", "acme", "borea"):
            scopes.move(by("ada", plis), key="acme/vide", parent=parent)

    assert refusals(together(put, move)) == []
    for row in Resource.objects.filter(scope__key="acme/vide").select_related("scope"):
        assert [row.a0, row.a1, row.a2] == [row.scope.a0, row.scope.a1, row.scope.a2]
    assert len(access.keys(plis, address("bruno"), "list", "mail_item")) == 6


def test_a_file_loaded_while_rights_change(plis):
    def give() -> None:
        for _ in range(4):
            grants.attach(by("maud", plis), person=address("otto"), scope="acme/paie", profile="operator")
            grants.detach(by("maud", plis), person=address("otto"), scope="acme/paie")

    assert refusals(together(give, lambda: load(MAIL), lambda: load(MAIL))) == []
    assert journal.verify(plis)[1] is None
    assert access.keys(plis, address("otto"), "list", "mail_item") == ["libre"]


def test_two_new_portals_loaded_at_once(transactional_db, tmp_path):
    from habilis.workflows import loading

    paths = []
    for n in range(2):
        path = tmp_path / f"{n}.toml"
        path.write_text(MAIL if n else BOOKS)
        paths.append(path)
    found = together(lambda: loading.load(paths), lambda: loading.load(paths[::-1]))

    assert refusals(found) == []
    assert Grant.objects.filter(portal__key="plis").count() == MAIL.count("[[grants]]")

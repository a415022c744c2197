"""Two hundred mails, a worker killed among them, a mail server that fails: none is lost, none has two numbers."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from django.db import connection, transaction

from habilis.faces.cli import doctor
from habilis.store.models import Message, User
from habilis.store.queries import health
from habilis.workflows import grants, journal, notices
from tests.factories import MAIL, address, by, load
from tests.mailserver import due_now, given_back, jobs, serving, silent, work, worker

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 200
PATIENCE = 120.0  # seconds that a busy machine may take to send them


@pytest.fixture
def box(settings, transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")
    load(MAIL)
    with serving(settings) as box:
        yield box


def owe(many: int) -> dict[str, str]:
    """Tell *many* people of one event; return the number of each one's mail."""
    users = [User(email=address(f"p{n}"), name=f"P{n}", is_active=True) for n in range(many)]
    User.objects.bulk_create(users)
    with transaction.atomic():
        entry = journal.record(by("maud", "plis"), "grant:detach", scope="acme")
        for user in users:
            notices.tell(entry, user, "detached", scope="ACME")
            notices.tell(entry, user, "detached", scope="ACME")
    return dict(Message.objects.values_list("recipient", "message_id"))


def until(ready) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline, Counter(jobs())
        time.sleep(0.05)


def killed(process, box, at: int, when: str) -> None:
    """Kill the worker at that mail, while the server has it and has not said so."""
    box.stop_at = {at: when}
    until(box.held.is_set)
    process.kill()
    process.wait()
    process.stderr.close()
    box.held.clear()
    given_back()


@pytest.mark.slow
@pytest.mark.row("AC-39")
def test_a_worker_killed_twice_among_two_hundred_mails_loses_none_and_repeats_two_at_most(box, settings):
    owed = owe(MANY)
    assert len(owed) == MANY == len(set(owed.values()))

    for at, when in ((60, "before"), (130, "after")):
        process = worker(settings.EMAIL_PORT)
        killed(process, box, at, when)
    last = worker(settings.EMAIL_PORT)
    try:
        until(lambda: set(jobs()) == {"succeeded"})
    finally:
        last.terminate()
        last.communicate(timeout=30)

    assert last.returncode == 0
    received = Counter(box.mails)
    assert set(received) == set(owed.items())
    assert received.total() - MANY <= MANY // 100
    assert not Message.objects.filter(sent=None).exists()
    assert health.mails().waiting == 0


@pytest.mark.row("AC-39")
def test_what_is_rolled_back_after_it_was_queued_is_sent_to_nobody(box):
    with transaction.atomic():
        entry = journal.record(by("maud", "plis"), "grant:detach", scope="acme")
        for name in ("otto", "olga"):
            notices.tell(entry, User.objects.get(email=address(name)), "detached", scope="ACME")
        assert len(jobs()) == 2
        transaction.set_rollback(True)
    work()

    assert (box.mails, jobs(), Message.objects.count()) == ([], [], 0)


@pytest.mark.row("AC-39")
def test_two_addresses_without_an_account_are_told_of_one_event_each_by_a_number_of_its_own(box):
    with transaction.atomic():
        entry = journal.record(by("maud", "plis"), "invitation:invite", scope="acme")
        for who in ("one@new.example", "two@new.example", "one@new.example"):
            notices.tell_address(entry, who, "fr", "detached", scope="ACME")
    work()

    assert sorted(who for who, _ in box.mails) == ["one@new.example", "two@new.example"]
    assert len({number for _, number in box.mails}) == 2


def dropping(box, settings) -> None:
    box.answers = ["drop"] * 3
    work()


def refusing(box, settings) -> None:
    box.refuses = True
    work()
    box.refuses = False


def saying_nothing(box, settings) -> None:
    with silent(settings):
        work()


def gone(box, settings) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    work()
    settings.EMAIL_PORT = port


@pytest.mark.row("AC-77")
@pytest.mark.parametrize("fails", [dropping, refusing, saying_nothing, gone])
def test_a_server_that_fails_holds_up_nobody_and_the_queue_says_its_age_and_drains_later(box, settings, fails):
    for person in ("otto", "olga", "noe"):
        grants.attach(by("maud", "plis"), person=address(person), scope="acme/vide", profile="operator")
    owed = set(Message.objects.values_list("recipient", "message_id"))
    fails(box, settings)

    assert (box.mails, jobs()) == ([], ["todo"] * 3)
    grants.detach(by("maud", "plis"), person=address("noe"), scope="acme/vide")  # whoever acts is not held up
    assert not doctor.queue().cure
    with connection.cursor() as cursor:  # an hour later
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '65 minutes'")
    found = doctor.queue()
    assert (found.well, found.seen) == (False, "4 mails wait to leave, the oldest for 1 h 5 min")

    due_now()
    work()
    known = {message_id for _, message_id in owed}
    owed = {mail for mail in owed if mail[0] != address("noe")}  # their access is gone: they are told of that alone
    owed |= set(Message.objects.exclude(message_id__in=known).values_list("recipient", "message_id"))
    assert sorted(box.mails) == sorted(owed)
    assert doctor.queue().seen == "no mail waits to leave"


@pytest.mark.row("AC-77")
def test_a_page_answers_while_the_server_keeps_the_worker_waiting(box, settings, client):
    box.slow.set()
    owe(3)
    process = worker(settings.EMAIL_PORT)
    try:
        assert box.got.wait(PATIENCE)
        client.force_login(
            User.objects.get(email=address("maud")), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        form = {"scope": "acme/vide", "profile": "operator"}
        answer = client.post(f"/plis/people/{address('otto')}/attach", form)

        assert answer.status_code == 302
        assert jobs().count("doing") == 1
        assert len(box.mails) == 1
        box.slow.clear()
        until(lambda: set(jobs()) == {"succeeded"})
    finally:
        box.slow.clear()
        process.terminate()
        process.communicate(timeout=30)
    assert Counter(box.mails).most_common(1)[0][1] == 1
    assert len(box.mails) == 4

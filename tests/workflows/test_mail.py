"""Mails, through a real SMTP server and the worker: once, with one Message-ID; none after a rollback."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from habilis.store.models import Message
from habilis.workflows import delivery, grants
from tests.factories import MAIL, address, by, load
from tests.mailserver import due_now, given_back, jobs, serving, work, work_all, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def box(settings):
    with serving(settings) as box:
        yield box


@pytest.fixture
def told(transactional_db, box) -> str:
    """A change that owes somebody a mail."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    load(MAIL)
    grants.attach(by("maud", "plis"), person=address("noe"), scope="acme", profile="operator")
    return Message.objects.get().message_id


def test_a_mail_is_delivered_once_with_its_number(told, box):
    work()
    work()

    assert box.mails == [(address("noe"), told)]
    assert Message.objects.get().sent is not None


@pytest.mark.parametrize("answer", ["451 later", "550 no such user", "drop"])
def test_a_server_that_refuses_is_tried_again(told, box, answer):
    box.answers = [answer, answer]
    work()
    assert (box.mails, jobs()) == ([], ["todo"])
    assert Message.objects.get().sent is None
    due_now()
    work()
    due_now()
    work()

    assert box.mails == [(address("noe"), told)]
    assert jobs() == ["succeeded"]


def test_no_server_at_all_changes_nothing_for_whoever_acts(told, box, settings):
    settings.EMAIL_PORT = 1
    grants.attach(by("maud", "plis"), person=address("otto"), scope="acme/vide", profile="operator")
    work()
    assert jobs() == ["todo", "todo"]


def test_a_rollback_owes_nothing(told, box):
    with transaction.atomic():
        grants.attach(by("maud", "plis"), person=address("otto"), scope="acme/paie", profile="operator")
        transaction.set_rollback(True)
    work()

    assert [address("noe")] == [who for who, _ in box.mails]
    assert Message.objects.count() == 1


def test_what_was_sent_is_not_sent_again_by_a_job_run_twice(told, box):
    work()
    delivery.deliver.defer(message=Message.objects.get().pk)
    work()

    assert len(box.mails) == 1


def test_a_message_owed_is_not_owed_twice(told):
    assert delivery.write("a@x.example", "S", "T", message_id=told) is None
    assert Message.objects.count() == 1


def test_no_header_can_be_slipped_in(told, box):
    delivery.write("a@x.example", "Bonjour\r\nBcc: b@x.example", "Texte\r\n.\r\nMAIL FROM:<x@x.example>")
    work()

    assert [who for who, _ in box.mails] == [address("noe"), "a@x.example"]


def test_a_worker_killed_in_the_middle_leaves_it_to_another_with_the_same_number(told, box, settings):
    box.slow.set()
    process = worker(settings.EMAIL_PORT)
    try:
        assert box.got.wait(60), process.stderr.read() if process.poll() is not None else "nothing was sent"
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    box.slow.clear()
    assert jobs() == ["doing"]
    work()
    assert jobs() == ["doing"]

    given_back()
    work_all()
    due_now()
    work()

    assert box.mails == [(address("noe"), told)] * 2
    assert jobs() == ["succeeded"]


def test_the_waits_between_attempts_grow_to_hours_and_not_to_months():
    from procrastinate.jobs import Job

    strategy = delivery.deliver.retry_strategy
    total, attempts = 0, 0
    while True:
        job = Job(id=1, queue="mail", lock=None, queueing_lock=None, task_name="mail:deliver", attempts=attempts)
        decision = strategy.get_retry_decision(exception=OSError(), job=job)
        if decision is None:
            break
        total += (
            (decision.retry_at - job_now()).total_seconds()
            if hasattr(decision, "retry_at") and decision.retry_at
            else 0
        )
        attempts += 1
    assert attempts == delivery.ATTEMPTS
    assert 3600 < total < 24 * 3600


def job_now():
    from datetime import UTC, datetime

    return datetime.now(UTC)

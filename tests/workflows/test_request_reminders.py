"""A request that nobody answers: those who decide are told again, then those above, then it is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from habilis.core import Conflict
from habilis.store.models import AccessRequest, Message
from habilis.workflows import clock, reminders, requests
from tests.factories import by
from tests.workflows.conftest import journal_of
from tests.workflows.test_requests import acme, ask, held_by, mails, state_of  # noqa: F401


def after(days: float) -> None:
    """The task runs, that long after now."""
    with clock.frozen(clock.now() + timedelta(days=days)):
        reminders.look_after()


def test_silence_is_told_again_then_to_the_level_above_then_closes(acme, settings):  # noqa: F811
    number = ask(acme)
    first, second = settings.HABILIS_REQUEST_REMINDER_DAYS, settings.HABILIS_REQUEST_RAISE_DAYS
    after(first - 0.1)
    assert [] == mails("request_reminder")
    after(first + 0.1)
    after(first + 0.2)
    assert ["maud", "tom"] == mails("request_reminder")
    after(second + 0.2)
    after(second + 0.3)
    assert ["ada", "maud", "tom"] == mails("request_reminder")
    after(settings.HABILIS_REQUEST_DAYS + 0.1)
    after(settings.HABILIS_REQUEST_DAYS + 0.2)
    assert "expired" == state_of(number)
    assert ["noe"] == mails("request_expired")
    assert [] == held_by("noe")
    tags = [entry.tag for entry in journal_of(acme) if entry.tag.startswith("request")]
    assert ["request:ask", "request:remind", "request:remind", "request:expire"] == tags
    ask(acme)


def test_a_request_past_its_end_is_decided_by_nobody_though_the_task_never_ran(acme, settings):  # noqa: F811
    number = ask(acme)

    with clock.frozen(clock.now() + timedelta(days=settings.HABILIS_REQUEST_DAYS)):
        assert [] == requests.waiting(acme, "maud@x.example")
        with pytest.raises(Conflict) as caught:
            requests.approve(by("maud", acme), request=number, version=1)
    assert "request_expired" == caught.value.code
    assert [] == held_by("noe")


def test_what_was_answered_is_never_reminded_of(acme, settings):  # noqa: F811
    requests.approve(by("maud", acme), request=ask(acme), version=1)

    after(settings.HABILIS_REQUEST_DAYS + 1)

    assert [] == mails("request_reminder") + mails("request_expired")
    assert 1 == AccessRequest.objects.filter(state="approved").count()
    assert not Message.objects.filter(message_id__startswith="<request_expired.").exists()

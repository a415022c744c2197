"""Many people from one table: the same rows, entries and mails as one by one, in a fixed number of queries."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from habilis.core import Conflict, Invalid, Ref, Refused
from habilis.workflows import access, clock, grants, importing, journal, people
from tests.factories import BOOKS, MAIL, address, by, load
from tests.workflows.conftest import journal_of, state
from tests.workflows.test_races import together

HEAD = "email;nom;langue;périmètre;profil;dernier jour;ajustements\n"
PEOPLE = (  # somebody new on two units, one of another organization, a known one, and one who holds the organization
    ("ines@x.example", "Inès", "en", "acme/paie", "operator", "2099-12-31", ""),
    ("ines@x.example", "Inès", "en", "acme/juridique", "operator", "2099-12-31", "mail=view"),
    ("igor@x.example", "Igor", "fr", "borea/paie", "operator", "", ""),
    ("noe@x.example", "", "fr", "acme", "manager", "", ""),
    ("otto@x.example", "Autre nom", "fr", "acme/vide", "operator", "", ""),
)


def table(lines: Any) -> str:
    return HEAD + "".join(";".join(line) + "\n" for line in lines)


def run(portal: str, name: str, text: str) -> importing.Plan:
    return importing.run(by(name, portal), text=text, digest=importing.preview(by(name, portal), text).digest)


def wrong(plan: importing.Plan) -> list[tuple[int, str, str]]:
    return [(line.number, one.column, one.code) for line in plan.lines for one in line.wrong]


def written(portal: str) -> dict[str, Any]:
    """What a change left, without numbers, instants and secrets."""
    from allauth.account.models import EmailAddress
    from procrastinate.contrib.django.models import ProcrastinateJob

    from habilis.store.models import Grant, Member, Message, User

    held = Grant.objects.order_by("user__email", "scope__key", "profile__key")
    return {
        "people": sorted(User.objects.values_list("email", "name", "language", "is_active")),
        "addresses": sorted(EmailAddress.objects.values_list("email", "user__email", "verified", "primary")),
        "members": sorted(Member.objects.values_list("user__email", "active")),
        "grants": [
            *held.values_list("user__email", "scope__key", "profile__key", "valid_until", "adjustments", "anchor")
        ],
        "entries": [
            (e.tag, e.actor, e.subject, e.scope, e.target, {k: v for k, v in e.facts.items() if k != "from"})
            for e in journal_of(portal)
            if e.tag != "people:import"
        ],
        "mails": sorted(
            (m.recipient, m.user.email, m.subject, re.sub("key/\\S+", "", m.text), m.about, m.link, m.secret)
            for m in Message.objects.select_related("user")
        ),
        "jobs": ProcrastinateJob.objects.filter(task_name="mail:deliver").count(),
    }


@pytest.fixture
def sending(settings):
    settings.HABILIS_DEMO = False


@pytest.mark.usefixtures("sending")
def test_many_at_once_leave_what_one_by_one_would(mail, settings):
    with transaction.atomic():
        run(mail, "ada", table(PEOPLE))
        at_once = written(mail)
        assert journal.verify(mail) == (len(journal_of(mail)), None)
        transaction.set_rollback(True)
    for email, name, language, scope, profile, until, adjusted in PEOPLE:
        people.create(
            by("ada", mail),
            email=email,
            name=name,
            language=language,
            scopes=[scope],
            profile=profile,
            valid_until=datetime(2100, 1, 1, tzinfo=ZoneInfo(settings.TIME_ZONE)) if until else None,
            adjustments=dict([adjusted.split("=")]) if adjusted else {},
        )

    assert at_once == written(mail)
    assert 5 == at_once["jobs"]


def test_the_number_of_queries_is_that_of_one_line(mail):
    def asked(lines: int) -> int:
        text = table((f"p{n}@x.example", "P", "fr", "acme/paie", "operator", "", "") for n in range(lines))
        with (
            transaction.atomic(),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            run(mail, "ada", text)
            transaction.set_rollback(True)
        return len(queries)

    asked(1)
    assert asked(1) == asked(60)


def test_the_link_of_an_invitation_opens_the_account(mail):
    from django.test import Client

    from habilis.store.models import Message

    run(mail, "ada", table(PEOPLE))
    told = Message.objects.get(recipient="igor@x.example")
    link = re.search(r"https?://[^/]+(/\S+)", told.text).group(1)

    landed = Client().get(link, follow=True)
    assert 200 == landed.status_code
    assert "set-password" in landed.redirect_chain[-1][0]  # a link that is no good stays where it is


def test_what_a_line_gives_counts_for_those_that_follow(mail):
    plan = importing.preview(
        by("ada", mail),
        table(
            [
                PEOPLE[0],
                PEOPLE[0],  # with its period: what the line before gives
                ("ines@x.example", "Inès", "", "acme", "manager", "", ""),  # one profile in one organization
                ("ines@x.example", "Inès", "", "borea", "manager", "", ""),
                ("ines@x.example", "Inès", "", "acme/juridique", "operator", "", ""),  # longer than the organization
                ("igor@x.example", "Igor", "", "acme/paie", "operator", "", ""),
                ("igor@x.example", "Igor", "", "acme/paie", "operator", "", ""),
                ("igor@x.example", "Igor", "", "acme", "operator", "", ""),
            ]
        ),
    )

    assert [
        (3, "profile", "already_attached"),
        (4, "profile", "other_profile"),
        (6, "until", "required_period"),
    ] == wrong(plan)
    assert ["new", "", "", "known", "", "new", "nothing", "nothing"] == [line.does for line in plan.lines]


@pytest.mark.parametrize(
    ("name", "scope", "column", "code"),
    [
        ("maud", "borea/paie", "scope", "unknown_scope"),  # elsewhere
        ("omar", "acme/paie", "scope", "refused"),  # seen, and not given
        ("mona", "acme/paie", "scope", "unknown_scope"),  # ended
        ("noe", "acme/paie", "scope", "unknown_scope"),  # nothing
    ],
)
def test_one_scope_without_the_right_refuses_the_whole_table(mail, name, scope, column, code):
    before = state()
    text = table([("i@x.example", "I", "", scope, "operator", "", "")])
    if name == "maud":
        text = table([("a@x.example", "A", "", "acme/paie", "operator", "", "")]) + text[len(HEAD) :]
    plan = importing.preview(by(name, mail), text)

    assert [(column, code)] == [one[1:] for one in wrong(plan)]
    with pytest.raises((Refused, Invalid)):
        importing.run(by(name, mail), text=text, digest=plan.digest)
    assert before == state()


def test_a_right_that_ends_between_preview_and_import_ends_the_import(mail):
    text = table(PEOPLE[:2])
    seen = importing.preview(by("maud", mail), text)
    assert seen.sound
    grants.detach(by("ada", mail), person=address("maud"), scope="acme")
    before = state()

    with pytest.raises((Refused, Invalid)):
        importing.run(by("maud", mail), text=text, digest=seen.digest)
    assert before == state()


def test_the_same_table_twice_gives_once(mail):
    text = table([(*line[:5], "", "") for line in PEOPLE])
    seen = importing.preview(by("ada", mail), text)
    importing.run(by("ada", mail), text=text, digest=seen.digest)
    before = state()

    with pytest.raises(Conflict) as caught:
        importing.run(by("ada", mail), text=text, digest=seen.digest)
    assert "stale" == caught.value.code
    assert before == state()
    assert {"nothing"} == {line.does for line in importing.preview(by("ada", mail), text).lines}


def test_what_was_before_an_import_is_kept(mail):
    before = clock.now()
    run(mail, "ada", table(PEOPLE))

    asked = ("noe@x.example", "read", Ref("unit", "acme/paie"))
    assert access.check(mail, *asked)
    with clock.as_of(before):
        assert not access.check(mail, *asked)


@pytest.mark.django_db(transaction=True)
def test_two_tables_at_once_give_once_each_and_one_account():
    plis, livres = load(MAIL), load(BOOKS)
    mine = table((*line[:5], "", "") for line in PEOPLE[:2])
    other = table([("ines@x.example", "Inès", "en", "sud/eau", "full_access", "", "")])
    digest = importing.preview(by("ada", plis), mine).digest
    elsewhere = importing.preview(by("otis", livres), other).digest
    found = together(
        lambda: importing.run(by("ada", plis), text=mine, digest=digest),
        lambda: importing.run(by("ada", plis), text=mine, digest=digest),
        lambda: importing.run(by("otis", livres), text=other, digest=elsewhere),
    )

    codes = [error.code for error in found if isinstance(error, Conflict)]
    assert 1 <= len(codes) == len([one for one in found if isinstance(one, Exception)])
    assert {"stale"} == set(codes)
    assert any(isinstance(one, importing.Plan) for one in found)

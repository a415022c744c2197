"""The journal: one entry for every change, one for every refusal, and no way to alter what it says unseen."""

from __future__ import annotations

import contextlib
import io
import random

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from habilis.core import Ref, Refused
from habilis.store.models import JournalEntry
from habilis.workflows import acting, grants, handover, invitations, journal, people, resources, scopes
from tests.factories import address, by
from tests.workflows.conftest import journal_of

ITEM = Ref("mail_item", "paie")
MAUD = by("maud", "plis")
ADA = by("ada", "plis")
VERBS = {
    "grant:attach": lambda: grants.attach(MAUD, person=address("noe"), scope="acme", profile="operator"),
    "grant:detach": lambda: grants.detach(MAUD, person=address("omar"), scope="acme/paie"),
    "grant:adjust": lambda: grants.adjust(
        MAUD, person=address("omar"), scope="acme", profile="operator", adjustments={"mail": "view"}
    ),
    "grant:set_period": lambda: grants.set_period(
        MAUD, person=address("omar"), scope="acme/paie", profile="operator", valid_from=None, valid_until=None
    ),
    "grant:change_profile": lambda: grants.change_profile(
        MAUD, person=address("otto"), scope="acme", profile="manager"
    ),
    "person:create": lambda: people.create(MAUD, email="a@x.example", name="A", scopes=["acme"], profile="operator"),
    "person:deactivate": lambda: people.deactivate(ADA, email=address("omar")),
    "person:reactivate": lambda: (
        people.deactivate(ADA, email=address("omar")),
        people.reactivate(ADA, email=address("omar")),
    ),
    "person:anonymize": lambda: people.anonymize(ADA, email=address("omar")),
    "person:hand_over": lambda: handover.hand_over(MAUD, person=address("omar"), to=address("olga"), scope="acme"),
    "grant:pass_role": lambda: handover.pass_role(MAUD, to=address("otto"), scope="acme"),
    "invitation:invite": lambda: invited(),
    "invitation:resend": lambda: invitations.resend(MAUD, invitation=invited()),
    "invitation:cancel": lambda: invitations.cancel(MAUD, invitation=invited()),
    "scope:create": lambda: scopes.create(MAUD, parent="acme", kind="unit", name="X"),
    "scope:rename": lambda: scopes.rename(MAUD, key="acme/paie", name="X"),
    "scope:move": lambda: scopes.move(ADA, key="acme/vide", parent="borea"),
    "scope:close": lambda: scopes.close(MAUD, key="acme/paie"),
    "scope:reopen": lambda: (scopes.close(MAUD, key="acme/paie"), scopes.reopen(MAUD, key="acme/paie")),
    "scope:configure": lambda: scopes.configure(ADA, key="acme", configuration=None, options=[]),
    "resource:create": lambda: resources.create(
        MAUD, type_="mail_item", scope="acme", title="X", fields={"format": "C5", "copies": 1}
    ),
    "resource:edit": lambda: resources.edit(MAUD, ref=ITEM, version=1, title="X"),
    "resource:transition": lambda: resources.transition(MAUD, ref=ITEM, version=1, action="deposit"),
    "resource:delete": lambda: resources.delete(MAUD, ref=ITEM),
    "resource:comment": lambda: resources.comment(MAUD, ref=ITEM, text="X"),
    "file:attach": lambda: resources.attach_file(MAUD, ref=ITEM, name="x", media_type="", stream=io.BytesIO(b"x")),
    "file:remove": lambda: resources.remove_file(
        MAUD, file_id=resources.attach_file(MAUD, ref=ITEM, name="x", media_type="", stream=io.BytesIO(b"x"))
    ),
}

ROOMS = (grants, people, scopes, resources, handover, invitations)


def invited() -> int:
    return invitations.invite(MAUD, email="a@x.example", scope="acme", profile="operator")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_every_verb_of_these_rooms_is_tried_here():
    found = {f.tag for m in ROOMS for f in vars(m).values() if isinstance(getattr(f, "tag", None), str)}

    assert found == set(VERBS)


@pytest.mark.parametrize("tag", VERBS)
def test_a_change_is_written_down_with_it_or_not_at_all(mail, tag):
    before = len(journal_of(mail))
    with transaction.atomic():
        VERBS[tag]()
        transaction.set_rollback(True)
    assert len(journal_of(mail)) == before

    VERBS[tag]()

    written = journal_of(mail)[before:]
    assert tag in {e.tag for e in written}
    assert not any(e.refused for e in written)
    assert {e.actor for e in written} <= {MAUD.person, ADA.person}
    assert journal.verify(mail) == (before + len(written), None)


def test_what_one_gesture_causes_is_tied_together(mail):
    grants.attach(acting.Acting(MAUD.person, mail, "abc"), person=address("noe"), scope="acme/paie", profile="operator")

    assert [{"abc"}] == [{e.facts["correlation"] for e in journal_of(mail) if e.tag == "grant:attach"}]


@pytest.fixture
def written(mail) -> str:
    for n in range(6):
        scopes.rename(MAUD, key="acme/paie", name=f"Nom {n}")
    assert journal.verify(mail)[1] is None
    return mail


TAMPERINGS = {
    "actor": "UPDATE store_journalentry SET actor = 'x@x.example' WHERE number = %(n)s",
    "at": "UPDATE store_journalentry SET at = at + interval '1 microsecond' WHERE number = %(n)s",
    "facts": "UPDATE store_journalentry SET facts = '{}' WHERE number = %(n)s",
    "refused": "UPDATE store_journalentry SET refused = NOT refused WHERE number = %(n)s",
    "comment": "UPDATE store_journalentry SET comment = ' ' WHERE number = %(n)s",
    "tag": "UPDATE store_journalentry SET tag = 'scope:close' WHERE number = %(n)s",
    "scope": "UPDATE store_journalentry SET scope = 'acme' WHERE number = %(n)s",
    "subject": "UPDATE store_journalentry SET subject = 'y' WHERE number = %(n)s",
    "target": "UPDATE store_journalentry SET target = 'y' WHERE number = %(n)s",
    "digest": "UPDATE store_journalentry SET digest = repeat('0', 64) WHERE number = %(n)s",
    "number": "UPDATE store_journalentry SET number = number + 1000 WHERE number = %(n)s",
    "cut": "DELETE FROM store_journalentry WHERE number = %(n)s",
    "cut the rest": "DELETE FROM store_journalentry WHERE number >= %(n)s",
    "swap": """UPDATE store_journalentry a SET tag = b.tag, facts = b.facts, at = b.at, digest = b.digest
        FROM store_journalentry b
        WHERE (a.number, b.number) IN ((%(n)s, %(n)s - 1), (%(n)s - 1, %(n)s)) AND a.portal_id = b.portal_id""",
}


@pytest.mark.row("AC-73")
@pytest.mark.parametrize("how", TAMPERINGS)
def test_an_edit_a_cut_and_a_swap_are_found_and_located(written, as_owner, how):
    last = JournalEntry.objects.count()
    for number in (2, 4, last):
        with transaction.atomic():
            with as_owner(), connection.cursor() as cursor:
                cursor.execute(TAMPERINGS[how], {"n": number})
            assert journal.verify(written)[1] == (number - 1 if how == "swap" else number)
            transaction.set_rollback(True)


@pytest.mark.row("AC-73")
def test_a_whole_journal_cut_off_is_found(written, as_owner):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM store_journalentry")

    assert journal.verify(written) == (0, 1)


def test_one_portals_journal_says_nothing_of_anothers(written, books, as_owner):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE store_journalentry SET comment = 'x' WHERE portal_id = (SELECT id FROM store_portal WHERE key = 'livres')"  # noqa: E501
        )

    assert journal.verify(written)[1] is None
    assert journal.verify(books)[1] == 1


@pytest.mark.row("AC-73")
def test_random_tampering_is_always_found(written, as_owner):
    rng = random.Random(5)
    last = JournalEntry.objects.count()
    for _ in range(1000):
        how, number = rng.choice(sorted(TAMPERINGS)), rng.randint(2, last)
        with transaction.atomic():
            with as_owner(), connection.cursor() as cursor:
                cursor.execute(TAMPERINGS[how], {"n": number})
            assert journal.verify(written)[1] in (number, number - 1)
            transaction.set_rollback(True)


@pytest.mark.row("AC-73")
@pytest.mark.parametrize(
    "table",
    [
        "journalentry",
        "journalhead",
        *(
            f"{t}_history"
            for t in ("portal", "member", "scope", "license", "profile", "grant", "resource", "approver", "deputy")
        ),
    ],
)
@pytest.mark.parametrize("sql", ["UPDATE store_{} SET portal_id = 0", "DELETE FROM store_{}", "TRUNCATE store_{}"])
def test_the_application_may_not_alter_what_was(mail, table, sql):
    column = "key" if table == "portal_history" else "portal_id"
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(table).replace("portal_id = 0", f"{column} = {column}"))


def test_the_application_may_not_take_the_keeping_of_history_away(mail):
    for sql in (
        "ALTER TABLE store_grant DISABLE TRIGGER keep_history",
        "DROP TRIGGER keep_history ON store_grant",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION store_keep_history() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.row("XX-12")
def test_each_grant_change_refusal_and_revocation_says_who_whom_what_before_after_when_and_why(mail):
    maud, otto, paie = by("maud", mail), address("otto"), "acme/paie"
    steps = (
        ("grant:attach", lambda: grants.attach(maud, person=otto, scope=paie, profile="operator")),
        (
            "grant:adjust",
            lambda: grants.adjust(maud, person=otto, scope=paie, profile="operator", adjustments={"mail": "view"}),
        ),
        ("grant:detach", lambda: grants.detach(maud, person=otto, scope=paie, comment="Fin de mission")),
        ("grant:attach", lambda: grants.attach(by("omar", mail), person=otto, scope=paie, profile="operator")),
    )
    for _tag, step in steps:
        with contextlib.suppress(Refused):
            step()

    entries = list(JournalEntry.objects.filter(portal__key=mail, subject=otto).order_by("number"))
    assert [(e.tag, e.actor, e.scope, e.refused) for e in entries] == [
        ("grant:attach", address("maud"), paie, False),
        ("grant:adjust", address("maud"), paie, False),
        ("grant:detach", address("maud"), paie, False),
        ("grant:attach", address("omar"), paie, True),
    ]
    given, adjusted, ended, refused = entries
    assert (given.target, given.facts["adjustments"], given.facts["until"]) == ("profile:operator", {}, None)
    assert (adjusted.facts["before"], adjusted.facts["after"]) == ({}, {"mail": "view"})
    assert ended.comment == "Fin de mission"
    assert ended.facts["until"] is not None or ended.facts["from"] is not None
    assert refused.facts["asked"]["profile"] == "operator"
    assert entries == sorted(entries, key=lambda entry: entry.at)
    assert journal.verify(mail)[1] is None

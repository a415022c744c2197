"""What was true at an instant can be asked again, whatever happened since."""

from __future__ import annotations

import contextlib
import random
from datetime import UTC, datetime

import pytest
from django.db import connection

from habilis.core import HabilisError, Ref
from habilis.store.models import Grant, Resource, Scope
from habilis.workflows import access, clock, grants, people, resources, scopes
from tests.factories import BILLS, MAIL, address, by, load

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
WHO = ("ada", "maud", "tom", "omar", "olga", "otto", "noe", "bruno", "berthe")
UNITS = ("acme", "acme/paie", "acme/juridique", "acme/vide", "borea", "borea/paie")


def answers(portal: str) -> dict[str, object]:
    """What the portal answers at the present instant: check, list and who."""
    items = ("libre", "paie", "juridique", "borea")
    questions = [
        (address(w), a, Ref("mail_item", k)) for w in WHO for a in ("list", "read", "edit", "print") for k in items
    ]
    questions += [
        (address(w), a, Ref("unit", k)) for w in WHO for a in ("read", "attach", "create_mail_item") for k in UNITS
    ]
    return {
        "check": access.check_many(portal, questions),
        "list": {w: access.keys(portal, address(w), "list", "mail_item") for w in WHO},
        "units": {w: access.keys(portal, address(w), "edit", "unit") for w in WHO},
        "who": {k: access.subjects(portal, "read", Ref("mail_item", k)) for k in items},
    }


def test_what_was_loaded_holds_since_always(mail):
    now = answers(mail)

    with clock.as_of(LONG_AGO):
        past = answers(mail)

    assert past["list"]["maud"] == now["list"]["maud"] == ["juridique", "libre", "paie"]
    assert past["who"]["paie"] == sorted([*now["who"]["paie"], address("paul"), address("mona")])


def test_loaded_again_and_changed_the_past_stays(mail):
    before = answers(mail)
    instant = clock.now()
    load(MAIL.replace('name = "Paie"', 'name = "Salaires"').replace("2026-01-01", "2025-01-01"))
    assert before == answers(mail)
    with clock.as_of(instant):
        assert before == answers(mail)
    with clock.as_of(datetime(2025, 6, 1, tzinfo=UTC)):
        assert address("paul") in access.subjects(mail, "read", Ref("mail_item", "paie"))


def change(rng: random.Random, portal: str) -> None:
    """One change that somebody might make; many are refused."""
    actor = by(rng.choice(["ada", "maud", "tom", "bruno", "omar"]), portal)
    who, unit = address(rng.choice(WHO)), rng.choice(UNITS)
    item = Ref("mail_item", rng.choice(["libre", "paie", "juridique", "borea"]))
    row = Resource.objects.filter(key=item.id).first()
    version = row.version if row else 1
    rng.choice(
        [
            lambda: grants.attach(actor, person=who, scope=unit, profile=rng.choice(["operator", "manager"])),
            lambda: grants.detach(actor, person=who, scope=unit),
            lambda: grants.adjust(
                actor,
                person=who,
                scope=unit,
                profile="operator",
                adjustments={"mail": rng.choice(["none", "view", "print", "edit"])},
            ),
            lambda: grants.change_profile(actor, person=who, scope=unit, profile=rng.choice(["operator", "manager"])),
            lambda: people.deactivate(by("ada", portal), email=who),
            lambda: people.reactivate(by("ada", portal), email=who),
            lambda: scopes.close(actor, key=unit),
            lambda: scopes.reopen(actor, key=unit),
            lambda: scopes.move(by("ada", portal), key=unit, parent=rng.choice(["acme", "borea"])),
            lambda: resources.edit(actor, ref=item, version=version, scope=rng.choice(UNITS)),
            lambda: resources.transition(actor, ref=item, version=version, action=rng.choice(["deposit", "track"])),
            lambda: resources.delete(actor, ref=item) if rng.random() < 0.2 else None,
            lambda: resources.create(
                actor, type_="mail_item", scope=unit, title="X", fields={"format": "C5", "copies": 1}
            ),
        ]
    )()


@pytest.mark.parametrize("seed", range(3))
def test_after_any_sequence_each_past_instant_answers_as_it_did(mail, seed):
    rng, told, done = random.Random(seed), [], 0
    for _ in range(60):
        with contextlib.suppress(HabilisError):
            change(rng, mail)
            done += 1
        if rng.random() < 0.2:
            told.append((clock.now(), answers(mail)))
    assert done > 10

    for instant, answer in told:
        with clock.as_of(instant):
            assert answer == answers(mail)
    for portal in (mail,):
        assert_tree(portal)


def assert_tree(portal: str) -> None:
    """The ancestors kept beside scopes, resources and grants are those of the tree."""
    parents = {s.pk: s.parent_id for s in Scope.objects.filter(portal__key=portal)}
    for scope in Scope.objects.filter(portal__key=portal):
        path, at = [], scope.pk
        while at is not None:
            path.insert(0, at)
            at = parents[at]
        assert [getattr(scope, f"a{n}") for n in range(7)] == path + [None] * (7 - len(path))
    for row in Resource.objects.filter(portal__key=portal).select_related("scope"):
        assert [getattr(row, f"a{n}") for n in range(7)] == [getattr(row.scope, f"a{n}") for n in range(7)]
    for row in Grant.objects.filter(portal__key=portal, anchor__isnull=False).select_related("scope"):
        assert row.anchor in {getattr(row.scope, f"a{n}") for n in range(7)}


def test_each_kept_table_closes_its_old_row(mail):
    def past(table: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM store_{table}_history WHERE sys_from < sys_until")
            return cursor.fetchone()[0]

    before = {t: past(t) for t in ("grant", "scope", "resource", "member")}
    scopes.rename(by("maud", mail), key="acme/paie", name="Salaires")
    grants.detach(by("maud", mail), person=address("omar"), scope="acme/paie")
    resources.edit(by("maud", mail), ref=Ref("mail_item", "paie"), version=1, title="X")
    people.deactivate(by("ada", mail), email=address("omar"))

    assert {t: n + 1 for t, n in before.items()} == {t: past(t) for t in before}


def test_a_change_that_changes_nothing_has_no_past(mail):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_grant_history")
        before = cursor.fetchone()
        cursor.execute("UPDATE store_grant SET adjustments = adjustments")
        cursor.execute("SELECT count(*) FROM store_grant_history")
        assert before == cursor.fetchone()


def test_a_profile_and_a_configuration_of_the_past(books):
    ref = Ref("dossier", "sud/pain")
    scopes.configure(by("otis", books), key="sud/pain", configuration="D", options=["payments"])
    instant = clock.now()
    scopes.configure(by("otis", books), key="sud/pain", configuration=None, options=[])

    for when, allowed in ((LONG_AGO, (True, False)), (instant, (False, True)), (clock.now(), (True, False))):
        with clock.as_of(when):
            found = tuple(access.check(books, address("anna"), a, ref) for a in ("create_document", "create_payment"))
        assert found == allowed


def test_the_moderated_and_the_empty(db):
    key = load(BILLS)
    with clock.as_of(LONG_AGO):
        assert access.keys(key, address("paula"), "list", "unit") == ["ville/ecoles", "ville/voirie"]

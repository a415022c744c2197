"""What a change would do is shown before it is made, and nothing of it stays."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from habilis.core import Conflict, NotFound, Refused
from tests.factories import address, by, load, resource, world
from tests.workflows.conftest import journal_of, state

pytestmark = pytest.mark.django_db


def effect(portal, who, change, **more):
    from habilis.workflows import simulating

    return simulating.effect_of(portal, change, seen_by=address(who) if who else "", **more)


def detached(portal, who, person, scope):
    from habilis.workflows import grants

    return lambda: grants.detach(by(who, portal), person=address(person), scope=scope)


def actions(found, person, type_, *, lost=True):
    """How many things of *type_* somebody loses (or gains), by action."""
    counts = Counter()
    for shift in found.shifts.get(address(person), ()):
        if shift.type == type_:
            counts.update(dict.fromkeys(shift.actions, shift.lost if lost else shift.gained))
    return +counts


def test_who_is_detached_loses_what_they_held_and_nothing_is_written(mail):
    before, entries = state(), journal_of(mail)
    found = effect(mail, "maud", detached(mail, "maud", "omar", "acme/paie"))

    assert {address("omar")} == found.shifts.keys()
    assert (1, 1, 0) == (found.gaining, found.losing, found.hidden)
    assert {"create_mail_item": 1} == actions(found, "omar", "organization", lost=False)  # attached to no unit any more
    assert {"list", "read", "edit", "deposit"} <= actions(found, "omar", "mail_item").keys()
    assert {"acme/paie"} == {shift.scope for shift in found.shifts[address("omar")] if shift.lost}
    assert (before, entries) == (state(), journal_of(mail))


def test_what_begins_later_is_shown_as_it_will_be_then(mail):
    from habilis.workflows import grants

    start = datetime.now(UTC) + timedelta(days=30)

    def attached():
        grants.attach(by("maud", mail), person=address("olga"), scope="acme/vide", profile="operator", valid_from=start)

    later = effect(mail, "maud", attached)
    assert (start, 1) == (later.instant, actions(later, "olga", "unit", lost=False)["create_mail_item"])
    assert effect(mail, "maud", attached, at=datetime.now(UTC)).empty


def test_a_change_that_would_be_refused_says_so_and_leaves_no_trace(mail):
    entries = journal_of(mail)

    assert isinstance(effect(mail, "bruno", detached(mail, "bruno", "omar", "acme/paie")).refusal, NotFound)
    assert isinstance(effect(mail, "omar", detached(mail, "omar", "olga", "acme/paie")).refusal, Refused | NotFound)
    refused = effect(
        mail, "ada", lambda: detached(mail, "ada", "tom", "acme")() + detached(mail, "ada", "maud", "acme")()
    )
    assert isinstance(refused.refusal, Conflict)
    assert "last_manager" == refused.refusal.code
    assert refused.shifts == {}
    assert entries == journal_of(mail)


def test_closing_a_unit_takes_its_operators_writing_and_its_managers_creation(mail):
    from habilis.workflows import scopes

    found = effect(mail, "maud", lambda: scopes.close(by("maud", mail), key="acme/paie"))

    assert actions(found, "omar", "mail_item")["read"] == 1
    assert "read" not in actions(found, "tom", "mail_item")
    assert actions(found, "tom", "mail_item")["deposit"] == 1
    assert found.hidden == 1  # the portal's administrator, whom a manager of an organization may not list


def test_a_dossier_that_nobody_would_administer_is_named(books):
    found = effect(books, "otis", detached(books, "otis", "anna", "sud/vin"))

    assert ("sud/vin",) == found.orphans
    assert () == effect(books, "otis", detached(books, "otis", "anna", "sud/pain")).orphans


def test_who_holds_something_elsewhere_is_shown_there_to_nobody_from_here(books):
    from habilis.workflows import people

    found = effect(books, "otis", lambda: people.deactivate(by("ada", books), email=address("sara")))

    assert {"sud/eau"} == {shift.scope for shift in found.shifts[address("sara")]}
    whole = effect(books, "", lambda: people.deactivate(by("ada", books), email=address("sara")))
    assert {"sud/eau", "nord/sel"} == {shift.scope for shift in whole.shifts[address("sara")]}


@pytest.fixture
def priced(db):
    """An office, a client on a dossier, and two prices."""
    return load(
        world(
            "licensing",
            "permis",
            scopes="cab office Cabinet\ncab/a dossier A",
            grants="olga office_manager cab\nclara connect_pay cab/a",
            more=resource("document", "facture", "cab/a", fields='{ kind = "purchase" }')
            + '[[licenses]]\nkey = "connect_pay"\nprice = 10.0\n[[licenses]]\nkey = "easy_invoicing"\nprice = 25.5\n',
        )
    )


def test_a_move_to_a_dearer_profile_shows_the_monthly_cost_before_and_after(priced):
    from habilis.workflows import grants

    found = effect(
        priced,
        "olga",
        lambda: grants.change_profile(
            by("olga", priced), person=address("clara"), scope="cab/a", profile="easy_invoicing"
        ),
    )

    assert found.refusal is None
    assert (Decimal("10.00"), Decimal("25.50")) == found.cost
    assert (1, 0) == (found.gaining, found.losing)


def test_a_price_that_changes_is_shown_though_no_answer_does(priced):
    from habilis.store.models import License

    def raised():
        License.objects.filter(portal__key=priced, key="connect_pay").update(price=Decimal("12.00"))

    found = effect(priced, "", raised)
    assert ({}, (Decimal("10.00"), Decimal("12.00")), False) == (found.shifts, found.cost, found.empty)

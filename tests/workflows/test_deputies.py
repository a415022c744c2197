"""A deputy decides for somebody absent: with that person's rights, for that time, never what is theirs to ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from habilis.core import Conflict, HabilisError, Invalid, NotFound, Refused
from habilis.store.models import AccessRequest, Deputy, Grant, JournalEntry, Message
from habilis.workflows import asking, board, clock, deputies, grants, loading, people, requests, standins
from habilis.workflows.asking import Wish
from tests.factories import BOOKS, address, by, load

DAY = timedelta(days=1)
PAIN = "sud/pain"


@pytest.fixture
def livres(db) -> str:
    return load(BOOKS)


def ask(who: str = "fred", scope: str = PAIN) -> int:
    """Fred asks for another profile on a dossier; anna and axel administer Pain, anna alone Vin."""
    return asking.ask(by(who, "livres"), kind="change", wish=Wish((scope,), "document_delivery", "Pour les factures"))


def away(who: str = "anna", deputy: str = "dina", start: int = 0, days: int = 5) -> int:
    instant = clock.now()
    first = instant + start * DAY if start else None
    until = instant + (start + days) * DAY
    return deputies.name(by(who, "livres"), deputy=address(deputy), valid_from=first, valid_until=until)


def approve(who: str, number: int) -> None:
    requests.approve(by(who, "livres"), request=number, version=1)


def test_a_deputy_sees_and_decides_what_the_absent_could_and_it_is_said_on_whose_behalf(livres):
    number = ask()
    assert requests.waiting(livres, address("dina")) == []
    with pytest.raises(NotFound):
        approve("dina", number)
    away()
    assert requests.waiting(livres, address("dina")) == [number]
    assert requests.record(livres, address("dina"), number).id == number
    approve("dina", number)

    row = AccessRequest.objects.get(pk=number)
    assert (row.state, row.decided_by.email, row.decided_for.email) == ("approved", address("dina"), address("anna"))
    entry = JournalEntry.objects.get(portal__key=livres, tag="request:approve", refused=False)
    assert (entry.actor, entry.facts["for"]) == (address("dina"), address("anna"))
    assert {
        e.facts.get("for") for e in JournalEntry.objects.filter(actor=address("dina"), tag__startswith="grant:")
    } <= {address("anna")}
    told = Message.objects.get(recipient=address("fred"), message_id__startswith="<request_approved")
    assert "Dina, pour le compte de Anna, a accepté" in told.text
    assert number in requests.decided(livres, address("anna"))


def test_a_deputy_decides_no_more_than_the_absent_could_and_no_more_than_before_elsewhere(livres):
    away("axel", "dina")  # axel decides on Pain only
    number = ask(scope="sud/vin")

    assert requests.waiting(livres, address("dina")) == []
    with pytest.raises(NotFound):
        approve("dina", number)
    away("anna", "dina")
    approve("dina", number)
    assert AccessRequest.objects.get(pk=number).decided_for.email == address("anna")


def test_nobody_decides_their_own_request_by_standing_in_nor_that_of_the_absent(livres):
    away("anna", "dina")
    own = asking.ask(by("dina", livres), kind="change", wish=Wish((PAIN,), "full_access", "Pour voir"))
    assert own not in requests.waiting(livres, address("dina"))
    with pytest.raises(Refused):
        approve("dina", own)

    of_absent = asking.ask(by("anna", livres), kind="change", wish=Wish((PAIN,), "full_access", "Pour voir"))
    assert of_absent not in requests.waiting(livres, address("dina"))
    with pytest.raises(NotFound):
        approve("dina", of_absent)
    assert {"pending"} == set(AccessRequest.objects.values_list("state", flat=True))


def test_a_deputy_hands_nothing_on(livres):
    away("anna", "axel")
    number = ask(scope="sud/vin")
    instant = clock.now()
    deputies.name(by("axel", livres), deputy=address("dina"), valid_from=None, valid_until=instant + DAY)

    assert requests.waiting(livres, address("axel")) == [number]
    assert requests.waiting(livres, address("dina")) == []
    with pytest.raises(NotFound):
        approve("dina", number)
    with pytest.raises(Refused):
        deputies.name(by("dina", livres), deputy=address("pete"), valid_from=None, valid_until=instant + DAY)


@pytest.mark.parametrize(
    "over", ["before", "after", "ended", "given up", "absent detached", "absent off", "deputy off"]
)
def test_it_ends_with_the_period_with_the_right_and_with_either_person(livres, over):
    number = ask()
    made = away("axel", "dina", start=2)
    instant = clock.now()
    when = {"before": instant, "after": instant + 8 * DAY}.get(over, instant + 3 * DAY)
    with clock.frozen(instant + 3 * DAY):
        assert requests.waiting(livres, address("dina")) == [number]
        match over:
            case "ended":
                deputies.end(by("axel", livres), number=made)
            case "given up":
                deputies.end(by("dina", livres), number=made)
            case "absent detached":
                grants.detach(by("ada", livres), person=address("axel"), scope=PAIN)
            case "absent off":
                people.deactivate(by("ada", livres), email=address("axel"))
            case "deputy off":
                people.deactivate(by("ada", livres), email=address("dina"))
    with clock.frozen(when):
        assert requests.waiting(livres, address("dina")) == []
        with pytest.raises(HabilisError):
            approve("dina", number)
    assert AccessRequest.objects.get(pk=number).state == "pending"


@pytest.mark.parametrize(
    ("deputy", "start", "days", "code"),
    [
        ("anna", 0, 5, "deputy_self"),
        ("nobody", 0, 5, "deputy_unknown"),
        ("dina", 0, 400, "deputy_until"),
        ("dina", 0, -1, "until"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(livres, deputy, start, days, code):
    with pytest.raises(Invalid) as caught:
        away("anna", deputy, start, days)
    assert caught.value.code == code
    assert not Deputy.objects.exists()


def test_nobody_has_two_deputies_at_a_time_whatever_the_door(livres):
    away("anna", "dina", 1, 5)
    with pytest.raises(Conflict):
        away("anna", "pete", 3, 5)
    away("anna", "pete", 6, 1)
    row = Deputy.objects.order_by("id").first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deputy.objects.create(
            portal=row.portal,
            absent=row.absent,
            deputy=row.deputy,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )


def test_whoever_is_no_part_of_it_ends_nothing(livres):
    made = away()
    for who in ("axel", "otis", "fred"):
        with pytest.raises(NotFound):
            deputies.end(by(who, livres), number=made)
    assert Deputy.objects.get().valid_until > clock.now() + DAY


def test_the_deputy_is_told_of_the_absence_and_of_each_request_and_sees_them_while_it_lasts(livres):
    made = away()
    number = ask()
    told = [notice.subject for notice in board.page(livres, address("dina")).items]
    assert told == ["Fred demande un accès", "Vous remplacez Anna"]
    assert "parce que vous remplacez Anna" in Message.objects.get(recipient=address("dina"), request=number).text
    deputies.end(by("anna", livres), number=made)

    assert [notice.subject for notice in board.page(livres, address("dina")).items] == ["Vous remplacez Anna"]


def test_its_past_is_kept_and_no_data_file_speaks_of_it(livres):
    before = loading.dump(livres)
    made = away()
    assert loading.dump(livres) == before
    deputies.end(by("anna", livres), number=made)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_deputy_history WHERE id = %s", [made])
        assert cursor.fetchone() == (1,)


def test_whoever_manages_the_scope_sees_who_stands_in(livres):
    from habilis.core import Ref

    away()
    found = standins.on_scope(livres, Ref("dossier", PAIN))
    assert [(one.absent, one.deputy, one.begun) for one in found] == [(address("anna"), address("dina"), True)]
    assert standins.on_scope(livres, Ref("dossier", "nord/sel")) == []


def test_what_a_deputy_gives_is_bounded_by_the_absent(livres):
    """Whatever is approved, it was the absent person who could give it."""
    away()
    number = ask()
    approve("dina", number)
    row = Grant.objects.get(user__email=address("fred"), scope__key=PAIN, valid_until=None)
    assert row.profile.key == "document_delivery"

"""Everybody of a profile, one person on one dossier, or some people, moved to another: weighed, done, undone."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Grant
from habilis.workflows import access, clock, deriving, grants, journal, moving, people, profiles, transfers
from habilis.workflows.moving import Chosen
from tests.factories import address, by, load, world
from tests.workflows.conftest import journal_of

PRICES = "".join(
    f'[[licenses]]\nkey = "{key}"\nprice = {price}\n'
    for key, price in (("connect_pay", 12.5), ("easy_invoicing", 19.9), ("full_accounting", 29.0))
)
CABINET = world(
    "licensing",
    "cabinet",
    scopes="""
        sud office Sud
        sud/pain dossier Pain
        sud/vin dossier Vin
        sud/eau dossier Eau
        nord office Nord
        nord/sel dossier Sel
    """,
    grants="""
        ada portal_admin /
        olga office_manager sud
        otto office_collaborator sud
        nils office_manager nord
        anna connect sud/pain
        anna connect sud/vin
        anna full_accounting sud/eau
        axel connect sud/pain
        alix connect nord/sel
        paul connect sud/vin ..2026-01-01T00:00:00Z
        soon connect sud/eau 2099-01-01T00:00:00Z..2099-06-01T00:00:00Z
        hugo connect sud/vin
        zoe - -
    """,
    more=PRICES + '[[profiles]]\nkey = "connect"\nderives = "connect_pay"\nname = "Connect"\n'
    'levels = { payments = "none" }\n',
)
EVERYBODY = {("anna", "sud/pain"), ("anna", "sud/vin"), ("axel", "sud/pain"), ("soon", "sud/eau"), ("hugo", "sud/vin")}


@pytest.fixture
def cabinet(db) -> str:
    return load(CABINET)


def plan(portal: str, to: str, source: str = "connect", who: str = "olga", **chosen) -> moving.Plan:
    return moving.plan(portal, address(who), Chosen(source, **chosen), to)


def pairs(rows) -> set[tuple[str, str]]:
    return {(row.email.split("@")[0], row.scope) for row in rows}


def move(portal: str, to: str, source: str = "connect", who: str = "olga", **chosen) -> int:
    found = plan(portal, to, source, who, **chosen)
    agreed = found.difference_said if found.rises else ""
    if "person" in chosen:
        chosen["person"] = address(chosen["person"].split("@")[0])
    return transfers.transfer(by(who, portal), source=source, to=to, version=found.version, agreed=agreed, **chosen)


def held(portal: str, now=None) -> Counter:
    """Person, scope, profile of every grant that lasts."""
    instant = now or clock.now()
    return Counter(
        (g.user.email.split("@")[0], g.scope.key, g.profile.key)
        for g in Grant.objects.filter(portal__key=portal).select_related("user", "scope", "profile")
        if (g.valid_until is None or g.valid_until > instant)
        and (g.valid_from is None or g.valid_from != g.valid_until)
    )


def counts(portal: str, name: str = "olga") -> dict[str, tuple[int, int]]:
    groups = profiles.groups(portal, address(name), "fr")
    return {row.key: (row.people, row.pairs) for group in groups for row in group.profiles}


@pytest.mark.row("WA-38", "WA-39", "WA-40", "WA-48")
def test_everybody_of_a_profile_moves_and_nothing_else_changes(cabinet):
    before, numbers = held(cabinet), counts(cabinet)
    found = plan(cabinet, "connect_pay")
    assert EVERYBODY == pairs(found.moves)
    assert (4, ()) == (found.people, found.stays)
    assert before == held(cabinet)  # looking moves nobody

    number = move(cabinet, "connect_pay")

    after = held(cabinet)
    assert {(who, where, what) for who, where, what in before if what != "connect" or where == "nord/sel"} == {
        (who, where, what) for who, where, what in after if what != "connect_pay"
    }
    assert EVERYBODY == {(who, where) for who, where, what in after if what == "connect_pay"}
    assert (3, 4) == numbers["connect"]
    assert (0, 0) == counts(cabinet)["connect"]
    assert numbers["connect_pay"][1] + numbers["connect"][1] == counts(cabinet)["connect_pay"][1]
    assert (1, 1) == counts(cabinet, "nils")["connect"]
    told = transfers.of(cabinet, number)
    assert EVERYBODY == {(row.email.split("@")[0], row.scope) for row in told.rows}
    assert {("connect", "connect_pay")} == {(row.before, row.after) for row in told.rows}
    assert (address("olga"), False) == (told.actor, told.undone)
    assert None is journal.verify(cabinet)[1]


def test_periods_and_adjustments_are_kept(cabinet):
    grants.adjust(
        by("olga", cabinet), person=address("axel"), scope="sud/pain", profile="connect", adjustments={"import": "view"}
    )
    far = clock.now() + timedelta(days=90)
    Grant.objects.filter(user__email=address("hugo")).update(valid_until=far)
    move(cabinet, "easy_invoicing")

    new = {g.user.email.split("@")[0]: g for g in Grant.objects.filter(profile__key="easy_invoicing")}
    assert {"import": "view"} == new["axel"].adjustments
    assert far == new["hugo"].valid_until
    assert (2099, 2099) == (new["soon"].valid_from.year, new["soon"].valid_until.year)
    assert not access.check(cabinet, address("axel"), "create_document", Ref("dossier", "sud/pain"))
    assert access.check(cabinet, address("axel"), "create_invoice", Ref("dossier", "sud/pain"))


@pytest.mark.row("WA-18", "WA-41")
def test_a_price_that_rises_is_shown_and_agreed_to_and_one_that_does_not_is_not(cabinet, refused):
    found = plan(cabinet, "full_accounting", person=address("axel"), scope="sud/pain")
    assert (True, Decimal("16.50"), Decimal("12.50")) == (found.rises, found.difference, found.before)
    assert not plan(cabinet, "connect_pay").rises
    lower = plan(cabinet, "connect", "full_accounting")
    assert (False, Decimal("-16.50")) == (lower.rises, lower.difference)

    for agreed in ("", "0", "16.5", "unknown"):
        with refused(cabinet, Conflict, "price_rises"):
            transfers.transfer(
                by("olga", cabinet), source="connect", person=address("axel"), scope="sud/pain", to="full_accounting",
                version=found.version, agreed=agreed,
            )  # fmt: skip
    unknown = plan(cabinet, "advanced_management")
    assert (None, True, "unknown") == (unknown.difference, unknown.rises, unknown.difference_said)


@pytest.mark.row("WA-42", "WA-43", "WA-44", "WA-45")
def test_one_person_moves_on_one_dossier_and_only_there(cabinet):
    olga = address("olga")
    assert [("sud/eau", "Eau", "full_accounting"), ("sud/pain", "Pain", "connect"), ("sud/vin", "Vin", "connect")] == (
        moving.held_by(cabinet, olga, address("anna"))
    )
    assert [] == moving.held_by(cabinet, olga, address("alix"))
    names = [name for name, _ in moving.people(cabinet, olga)[0]]
    assert {"anna", "axel", "soon", "hugo", "otto"} == {name.split("@")[0] for name in names}
    assert not access.check(cabinet, address("anna"), "create_journal_entry", Ref("dossier", "sud/vin"))

    move(cabinet, "full_accounting", "", person="anna@x.example", scope="sud/vin")

    assert {
        ("anna", "sud/pain", "connect"),
        ("anna", "sud/vin", "full_accounting"),
        ("anna", "sud/eau", "full_accounting"),
    } == {row for row in held(cabinet) if row[0] == "anna"}
    for scope, allowed in (("sud/vin", True), ("sud/pain", False)):
        assert allowed == access.check(cabinet, address("anna"), "create_journal_entry", Ref("dossier", scope))
    listed = profiles.holders(cabinet, olga, "connect").items
    assert [["sud/pain"]] == [[g.scope.key for g in p.grants] for p in listed if p.email == address("anna")]


def test_some_people_are_chosen_by_their_accesses(cabinet):
    some = tuple(Grant.objects.filter(user__email__in=[address("axel"), address("hugo")]).values_list("pk", flat=True))
    move(cabinet, "connect_pay", "", grants=some)
    assert {("axel", "sud/pain"), ("hugo", "sud/vin")} == {row[:2] for row in held(cabinet) if row[2] == "connect_pay"}
    foreign = Grant.objects.get(user__email=address("alix")).pk
    for ids in ((foreign,), (10**9,)):
        with pytest.raises(NotFound):
            plan(cabinet, "connect_pay", "", grants=ids)


def test_what_moves_is_what_was_read(cabinet, refused):
    version = plan(cabinet, "connect_pay").version
    grants.attach(by("olga", cabinet), person=address("zoe"), scope="sud/eau", profile="connect")
    with refused(cabinet, Conflict, "stale"):
        transfers.transfer(by("olga", cabinet), source="connect", to="connect_pay", version=version)


def test_nobody_is_moved_by_who_may_not(cabinet, refused):
    for who in ("anna", "zoe", "nils"):
        found = plan(cabinet, "connect_pay", who=who)
        assert (who == "nils") == bool(found.moves)
        assert not EVERYBODY & pairs(found.moves + found.stays)
    with refused(cabinet, Conflict, "nobody_moves"):
        transfers.transfer(
            by("anna", cabinet),
            source="connect",
            to="connect_pay",
            version=plan(cabinet, "connect_pay", who="anna").version,
        )
    for to in ("galaxy", "connect", "portal_admin"):
        with refused(cabinet, (Invalid, Conflict)):
            transfers.transfer(by("ada", cabinet), source="connect", to=to, version="")
    with pytest.raises(NotFound):
        plan(cabinet, "connect_pay", "galaxy")
    with pytest.raises(Invalid):
        plan(cabinet, "connect_pay", "")


def test_nobody_gives_more_than_they_hold_nor_to_themselves(db, refused):
    more = '[[grants]]\nperson = "zoe@x.example"\nscope = "sud"\nprofile = "office_collaborator"\n'
    portal = load(CABINET + more + 'adjustments = { bookkeeping = "none" }\n')
    assert {"above_own_rights"} == {row.why for row in plan(portal, "full_accounting", who="zoe").stays}
    assert () == plan(portal, "full_accounting", who="zoe").moves
    assert "full_accounting" not in moving.targets(portal, address("zoe"), Chosen("connect"))
    assert "connect_pay" in moving.targets(portal, address("zoe"), Chosen("connect"))
    assert {"zoe": "self"} == {
        row.email.split("@")[0]: row.why
        for row in plan(portal, "office_manager", "office_collaborator", who="zoe").stays
        if row.email == address("zoe")
    }
    assert {"otto", "zoe"} == {one for one, _ in pairs(plan(portal, "office_manager", "office_collaborator").moves)}


def test_an_adjustment_that_would_wake_counts_as_given(db):
    text = CABINET + '[[grants]]\nperson = "zoe@x.example"\nscope = "sud"\nprofile = "office_collaborator"\n'
    text += 'adjustments = { reminders = "none" }\n'
    portal = load(text)
    Grant.objects.filter(user__email=address("axel")).update(adjustments={"reminders": "edit"})
    found = plan(portal, "easy_invoicing", who="zoe")
    assert {"above_own_rights"} == {row.why for row in found.stays}


def test_the_last_manager_is_not_transferred_away(cabinet, refused):
    found = plan(cabinet, "office_collaborator", "office_manager", who="ada")
    assert {("olga", "sud"), ("nils", "nord")} == pairs(found.moves)
    with refused(cabinet, Conflict, "last_manager"):
        transfers.transfer(by("ada", cabinet), source="office_manager", to="office_collaborator", version=found.version)


def test_the_suspended_move_too_and_are_not_counted(cabinet):
    people.deactivate(by("ada", cabinet), email=address("hugo"))
    found = plan(cabinet, "connect_pay")
    assert EVERYBODY == pairs(found.moves)
    assert {"hugo", "soon"} == {row.email.split("@")[0] for row in found.moves if row.sleeps}
    move(cabinet, "connect_pay")
    assert (2, 3) == counts(cabinet)["connect_pay"]


def test_it_is_undone_while_nothing_has_changed(cabinet, refused):
    before = held(cabinet)
    number = move(cabinet, "full_accounting")
    back = transfers.undoing(cabinet, address("olga"), number)
    assert (EVERYBODY, (), 0, False) == (pairs(back.moves), back.stays, back.lost, back.rises)

    again = transfers.undo(by("olga", cabinet), number=number, version=back.version)

    assert before == held(cabinet)
    assert transfers.of(cabinet, number).undone
    assert number == transfers.of(cabinet, again).undoes
    with refused(cabinet, Conflict, "changed_since"):
        transfers.undo(by("olga", cabinet), number=number, version=back.version)


def test_undoing_a_cheaper_profile_agrees_to_the_price_again(cabinet, refused):
    number = move(cabinet, "connect", "full_accounting")
    back = transfers.undoing(cabinet, address("olga"), number)
    with refused(cabinet, Conflict, "price_rises"):
        transfers.undo(by("olga", cabinet), number=number, version=back.version)
    transfers.undo(by("olga", cabinet), number=number, version=back.version, agreed=back.difference_said)


@pytest.mark.parametrize("what", ["moved", "adjusted", "ended", "retired"])
def test_what_changed_since_is_shown_and_holds_the_undoing_back(cabinet, refused, what):
    olga = by("olga", cabinet)
    number = move(cabinet, "connect_pay")
    match what:
        case "moved":
            move(cabinet, "easy_invoicing", "connect_pay", person="axel@x.example", scope="sud/pain")
        case "adjusted":
            levels = {"import": "view"}
            grants.adjust(olga, person=address("axel"), scope="sud/pain", profile="connect_pay", adjustments=levels)
        case "ended":
            grants.detach(olga, person=address("axel"), scope="sud/pain")
        case "retired":
            Grant.objects.filter(user__email=address("alix")).update(valid_until="2026-01-01T00:00:00Z")
            version = deriving.sheet(cabinet, address("olga"), "connect", "fr").version
            deriving.retire(olga, profile="connect", version=version)
    back = transfers.undoing(cabinet, address("olga"), number)
    expected = EVERYBODY if what == "retired" else {("axel", "sud/pain")}
    assert expected == pairs(back.stays)
    assert {"retired" if what == "retired" else "changed_since"} == {row.why for row in back.stays}
    with refused(cabinet, Conflict, "changed_since"):
        transfers.undo(olga, number=number, version=back.version)


def test_the_transfer_of_one_office_is_nothing_to_another(cabinet, refused):
    number = move(cabinet, "connect_pay")
    with pytest.raises(NotFound):
        transfers.undoing(cabinet, address("nils"), number)
    with refused(cabinet, NotFound):
        transfers.undo(by("nils", cabinet), number=number, version="")
    for wrong in (0, number + 1, 10**9):
        with pytest.raises(NotFound):
            transfers.of(cabinet, wrong)


def test_where_one_profile_holds_in_the_whole_portal_it_moves_together_or_not_at_all(books):
    found = moving.plan(books, address("otis"), Chosen("full_access"), "administrator")
    assert {("fred", "sud/pain"), ("fred", "sud/vin")} == pairs(found.moves)
    assert {("sara", "sud/eau", "elsewhere")} == {(*next(iter(pairs([r]))), r.why) for r in found.stays}
    one = moving.plan(books, address("otis"), Chosen("", address("fred"), "sud/pain"), "administrator")
    assert {"elsewhere"} == {row.why for row in one.stays}


def test_a_profile_goes_only_where_it_may_be_held(mail):
    found = moving.plan(mail, address("maud"), Chosen("operator"), "manager")
    assert {"otto"} == {one for one, _ in pairs(found.moves)}
    assert {"profile", "elsewhere"} == {row.why for row in found.stays}


def test_who_lost_the_right_meanwhile_moves_nobody(cabinet, refused):
    version = plan(cabinet, "connect_pay").version
    Grant.objects.filter(user__email=address("olga")).update(valid_until="2026-01-01T00:00:00Z")
    with refused(cabinet, (Refused, Conflict)):
        transfers.transfer(by("olga", cabinet), source="connect", to="connect_pay", version=version)


def test_many_scopes_are_told_by_few_entries(db, monkeypatch):
    monkeypatch.setattr(transfers, "APART", 1)
    monkeypatch.setattr(transfers, "TOGETHER", 2)
    portal = load(CABINET)
    number = move(portal, "connect_pay")
    entries = [entry for entry in journal_of(portal) if entry.tag == "profile:transfer"]
    assert [("sud", 2), ("sud", 2), ("sud", 1)] == [(entry.scope, len(entry.facts["moved"])) for entry in entries]
    assert 5 == len(transfers.of(portal, number).rows)

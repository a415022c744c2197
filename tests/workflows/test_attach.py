"""Attaching: who may, to whom, what, for how long; and what else it gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Grant, Member, Message
from habilis.workflows import access, clock, grants
from tests.factories import address, by, load, world
from tests.workflows.conftest import journal_of

UNIT = Ref("unit", "acme/paie")
ITEM = Ref("mail_item", "paie")


def holds(person: str, scope: str) -> list[str]:
    now = clock.now()
    rows = Grant.objects.filter(user__email=address(person), scope__key=scope)
    return sorted(g.profile.key for g in rows if g.valid_until is None or g.valid_until > now)


@pytest.mark.row("PF-06", "PF-48")
def test_a_manager_attaches_an_operator_and_they_read_at_once(mail):
    assert not access.check(mail, address("otto"), "read", ITEM)

    grants.attach(by("maud", mail), person=address("otto"), scope="acme/paie", profile="operator")

    assert access.check(mail, address("otto"), "read", ITEM)


@pytest.mark.row("PF-07")
def test_several_units_add_up(mail):
    for unit in ("acme/paie", "acme/juridique"):
        grants.attach(by("maud", mail), person=address("otto"), scope=unit, profile="operator")

    assert {"libre", "paie", "juridique"} == set(access.keys(mail, address("otto"), "read", "mail_item"))


def test_the_portal_administrator_may_attach_anywhere(mail):
    grants.attach(by("ada", mail), person=address("noe"), scope="borea", profile="manager")

    assert holds("noe", "borea") == ["manager"]


@pytest.mark.parametrize(
    "actor", ["noe", "paul", "mona", "bruno", "berthe", "", "nobody@elsewhere.example", "o'malley; --"]
)
def test_who_has_nothing_to_do_with_the_unit_is_told_it_is_unknown(mail, refused, actor):
    with refused(mail, NotFound):
        grants.attach(by(actor, mail), person=address("otto"), scope="acme/paie", profile="operator")


@pytest.mark.row("PF-09")
@pytest.mark.parametrize("actor", ["omar", "olga"])
@pytest.mark.parametrize("person", ["otto", "omar", "olga"])
def test_an_operator_may_not_attach_others_nor_themselves(mail, refused, actor, person):
    with refused(mail, Refused):
        grants.attach(by(actor, mail), person=address(person), scope="acme/paie", profile="operator")


def test_a_manager_attaches_nobody_to_another_organization(mail, refused):
    with refused(mail, NotFound):
        grants.attach(by("maud", mail), person=address("otto"), scope="borea", profile="operator")


def test_nobody_gives_themselves_a_right(mail, refused):
    for who in ("maud", "ada"):
        with refused(mail, Refused, "self"):
            grants.attach(by(who, mail), person=f" {address(who).upper()} ", scope="acme", profile="operator")


def said(call) -> tuple[type, str, str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - what is raised is the question
        call()
    return type(caught.value), caught.value.code, str(caught.value)


@pytest.mark.row("PF-34", "PF-29")
@pytest.mark.parametrize("scope", ["acme/nowhere", "ACME", "acme/paie/", "acme%", "acme\x00", "acme/\ud800"])
def test_an_unknown_scope_and_an_invisible_one_say_the_same(mail, scope):
    def attach(key: str) -> tuple[type, str, str]:
        kind, code, text = said(
            lambda: grants.attach(by("bruno", mail), person=address("otto"), scope=key, profile="operator")
        )
        return kind, code, text.replace(key, "?")

    assert attach(scope) == attach("acme/paie")


def test_who_may_not_attach_does_not_learn_who_has_an_account(mail):
    known = said(lambda: grants.attach(by("omar", mail), person=address("otto"), scope="acme/paie", profile="operator"))
    unknown = said(lambda: grants.attach(by("omar", mail), person="x@y.example", scope="acme/paie", profile="operator"))

    assert known == unknown


@pytest.mark.parametrize(
    "person", ["", "noe", "a@b@c", "a b@c.example", "x@y.example", "é@x.example", "a@b.example\x00"]
)
def test_an_address_that_is_none_or_unknown_is_bad_input(mail, refused, person):
    with refused(mail, Invalid):
        grants.attach(by("maud", mail), person=person, scope="acme/paie", profile="operator")


@pytest.mark.parametrize("profile", ["manager", "portal_admin", "nothing", "", "\x00"])
def test_a_profile_that_is_not_for_that_kind_of_scope(mail, refused, profile):
    with refused(mail, Invalid, "profile"):
        grants.attach(by("maud", mail), person=address("otto"), scope="acme/paie", profile=profile)


@pytest.mark.parametrize("levels", [{"mail": "all"}, {"nothing": "edit"}, {"mail": ["edit"]}, {"mail": None}])
def test_levels_that_do_not_exist(mail, refused, levels):
    with refused(mail, Invalid):
        grants.attach(
            by("maud", mail), person=address("otto"), scope="acme/paie", profile="operator", adjustments=levels
        )


@pytest.mark.row("PF-05")
def test_one_profile_per_organization(mail, refused):
    with refused(mail, Conflict, "other_profile"):
        grants.attach(by("maud", mail), person=address("otto"), scope="acme", profile="manager")
    with refused(mail, Conflict):
        grants.attach(by("maud", mail), person=address("tom"), scope="acme/paie", profile="operator")


def test_one_profile_per_organization_does_not_bind_across_organizations(mail):
    grants.attach(by("bruno", mail), person=address("otto"), scope="borea", profile="manager")

    assert (holds("otto", "acme"), holds("otto", "borea")) == (["operator"], ["manager"])


@pytest.mark.row("CF-45")
def test_one_profile_per_portal_of_an_office(books, refused):
    with refused(books, Conflict, "other_profile"):
        grants.attach(by("otis", books), person=address("fred"), scope="sud/eau", profile="administrator")

    grants.attach(by("otis", books), person=address("fred"), scope="sud/eau", profile="full_access")


@pytest.mark.row("CP-07")
def test_one_profile_per_structure(bills, refused):
    with refused(bills, Conflict, "other_profile"):
        grants.attach(by("paula", bills), person=address("max"), scope="ville", profile="primary_manager")

    grants.attach(by("prune", bills), person=address("max"), scope="asso", profile="primary_manager")


def test_one_profile_per_dossier(advice, refused):
    with refused(advice, Conflict, "other_profile"):
        grants.attach(by("stan", advice), person=address("app"), scope="bzh/29/friche", profile="owner")

    grants.attach(by("stan", advice), person=address("app"), scope="bzh/29/halle", profile="owner")


def test_the_same_twice_is_a_conflict(mail, refused):
    with refused(mail, Conflict, "already_attached"):
        grants.attach(by("maud", mail), person=address("omar"), scope="acme/paie", profile="operator")


def test_a_unit_gives_the_organization_too(mail):
    grants.attach(by("maud", mail), person=address("noe"), scope="acme/paie", profile="operator")

    assert (holds("noe", "acme"), holds("noe", "acme/paie")) == (["operator"], ["operator"])
    assert {"libre", "paie"} == set(access.keys(mail, address("noe"), "read", "mail_item"))
    assert ["acme", "acme/paie"] == [e.scope for e in journal_of(mail) if e.tag == "grant:attach"]


def test_a_unit_is_not_held_longer_than_its_organization(mail, refused):
    soon, later = clock.now() + timedelta(days=3), clock.now() + timedelta(days=9)
    grants.attach(by("maud", mail), person=address("noe"), scope="acme", profile="operator", valid_until=soon)

    with refused(mail, Conflict, "required_period"):
        grants.attach(by("maud", mail), person=address("noe"), scope="acme/paie", profile="operator", valid_until=later)
    grants.attach(by("maud", mail), person=address("noe"), scope="acme/paie", profile="operator", valid_until=soon)
    with refused(mail, Conflict, "required_period"):
        grants.set_period(
            by("maud", mail),
            person=address("noe"),
            scope="acme/paie",
            profile="operator",
            valid_from=None,
            valid_until=later,
        )


@pytest.mark.row("CP-20", "CP-21", "CP-22")
def test_a_structure_and_its_units_are_given_apart(bills):
    grants.attach(by("paula", bills), person=address("zoe"), scope="ville", profile="member")

    assert not access.check(bills, address("zoe"), "create_invoice", Ref("unit", "ville/ecoles"))
    grants.attach(by("paula", bills), person=address("zoe"), scope="ville/ecoles", profile="member")
    assert access.check(bills, address("zoe"), "create_invoice", Ref("unit", "ville/ecoles"))
    assert not access.check(bills, address("zoe"), "create_invoice", Ref("unit", "ville/voirie"))


@pytest.mark.row("CP-17")
def test_a_plain_member_attaches_nobody_unless_given_that_right(bills, refused):
    with refused(bills, Refused):
        grants.attach(by("max", bills), person=address("zoe"), scope="ville", profile="member")

    grants.adjust(
        by("paula", bills), person=address("max"), scope="ville", profile="member", adjustments={"members": "edit"}
    )
    with refused(bills, Refused, "above_own_rights"):
        grants.attach(by("max", bills), person=address("zoe"), scope="ville", profile="primary_manager")
    grants.attach(by("max", bills), person=address("zoe"), scope="ville", profile="member")


@pytest.mark.row("CP-03", "CP-16", "CP-24")
def test_the_primary_manager_attaches_and_hears_when_it_was_so_already(bills, refused):
    grants.attach(by("paula", bills), person=address("zoe"), scope="ville", profile="member")

    with refused(bills, Conflict, "already_attached"):
        grants.attach(by("paula", bills), person=address("zoe"), scope="ville", profile="member")


@pytest.mark.row("CP-04")
def test_a_retired_profile_is_given_no_more(bills, refused):
    with refused(bills, Invalid, "profile"):
        grants.attach(by("paula", bills), person=address("zoe"), scope="ville", profile="secondary_manager")


@pytest.mark.row("CP-23")
def test_a_closed_unit_or_another_structures_is_not_attached_to(bills, refused):
    from habilis.workflows import scopes

    scopes.close(by("paula", bills), key="ville/voirie")
    with refused(bills, Refused):
        grants.attach(by("paula", bills), person=address("zoe"), scope="ville/voirie", profile="member")
    with refused(bills, NotFound):
        grants.attach(by("paula", bills), person=address("zoe"), scope="asso/club", profile="member")


def test_a_period_begins_now_at_the_earliest_and_ends_later(mail, refused):
    now = clock.now()
    bad = [(None, now), (None, now - timedelta(days=1)), (now + timedelta(days=2), now + timedelta(days=1))]
    bad += [(now + timedelta(days=1),) * 2, (datetime(2030, 1, 1), None), (None, datetime(2030, 1, 1))]  # noqa: DTZ001
    for start, end in bad:
        with refused(mail, Invalid):
            grants.attach(
                by("maud", mail),
                person=address("otto"),
                scope="acme/vide",
                profile="operator",
                valid_from=start,
                valid_until=end,
            )

    grants.attach(
        by("maud", mail),
        person=address("otto"),
        scope="acme/vide",
        profile="operator",
        valid_from=now - timedelta(days=99),
    )
    assert Grant.objects.get(user__email=address("otto"), scope__key="acme/vide").valid_from >= now


def test_a_period_is_half_open_to_the_microsecond(mail):
    start, end = datetime(2090, 1, 1, tzinfo=UTC), datetime(2090, 6, 1, tzinfo=UTC)
    grants.attach(
        by("maud", mail), person=address("noe"), scope="acme", profile="operator", valid_from=start, valid_until=end
    )
    tick = timedelta(microseconds=1)

    answers = {}
    for instant in (start - tick, start, start + tick, end - tick, end, end + tick):
        with clock.frozen(instant):
            answers[instant] = access.check(mail, address("noe"), "read", Ref("mail_item", "libre"))
    assert [False, True, True, True, False, False] == list(answers.values())


def test_the_person_is_told_once_and_becomes_known_to_the_portal(mail):
    grants.attach(by("maud", mail), person=address("noe"), scope="acme/paie", profile="operator")

    assert [address("noe")] == list(Message.objects.values_list("recipient", flat=True))
    assert Member.objects.filter(user__email=address("noe"), portal__key=mail, active=True).exists()


def test_a_person_of_another_portal_can_be_attached_here(mail, books):
    grants.attach(by("maud", mail), person=address("fred"), scope="acme", profile="operator")

    assert access.check(mail, address("fred"), "read", Ref("mail_item", "libre"))
    assert access.check(books, address("fred"), "read", Ref("dossier", "sud/pain"))


def test_what_may_be_given_is_what_one_holds(mail):
    load(
        world(
            "mailroom", "plis", grants="tina manager borea", more='adjustments = { mail = "view", members = "edit" }\n'
        )
    )

    assert grants.grantable(mail, address("maud"), "acme") == ("manager", "operator")
    assert grants.grantable(mail, address("maud"), "acme/paie") == ("operator",)
    assert grants.grantable(mail, address("ada"), "") == ("portal_admin",)
    assert grants.grantable(mail, address("tina"), "borea") == ()
    for who, where in (
        ("omar", "acme/paie"),
        ("bruno", "acme"),
        ("noe", "acme"),
        ("mona", "acme"),
        ("maud", "nowhere"),
    ):
        assert grants.grantable(mail, address(who), where) == ()
    with pytest.raises(Refused):
        grants.attach(by("tina", mail), person=address("noe"), scope="borea", profile="operator")


@pytest.mark.row("RC-36")
def test_what_is_given_back_after_a_revocation_is_no_wider(advice):
    grants.attach(by("stan", advice), person=address("zoe"), scope="bzh/29", profile="advisor")
    grants.detach(by("stan", advice), person=address("zoe"), scope="bzh/29")
    assert access.keys(advice, address("zoe"), "list", "dossier") == []

    grants.attach(by("stan", advice), person=address("zoe"), scope="bzh/29", profile="advisor")

    assert access.keys(advice, address("zoe"), "list", "dossier") == ["bzh/29/friche", "bzh/29/halle"]


def test_whoever_holds_less_gives_less(mail, refused):
    grants.adjust(
        by("maud", mail), person=address("tom"), scope="acme", profile="manager", adjustments={"address_book": "view"}
    )
    with refused(mail, Refused, "above_own_rights"):
        grants.attach(by("tom", mail), person=address("noe"), scope="acme", profile="operator")

    grants.attach(
        by("tom", mail), person=address("noe"), scope="acme", profile="operator", adjustments={"address_book": "view"}
    )

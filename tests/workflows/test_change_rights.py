"""Adjusting, changing a period, changing a profile: nobody gives more than they hold, nor to themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Grant
from habilis.workflows import access, clock, grants, scopes
from tests.factories import address, by
from tests.workflows.conftest import journal_of
from tests.workflows.test_attach import holds, said


def adjust(actor, portal, person, scope, profile, **levels):
    grants.adjust(by(actor, portal), person=address(person), scope=scope, profile=profile, adjustments=levels)


def test_lowering_holds_at_once_and_raising_gives_the_same_back(mail):
    before = access.actions(mail, address("omar"), [Ref("mail_item", "paie")])

    adjust("maud", mail, "omar", "acme/paie", "operator", mail="print")
    assert not access.check(mail, address("omar"), "read", Ref("mail_item", "paie"))
    assert access.check(mail, address("omar"), "print", Ref("mail_item", "paie"))
    adjust("maud", mail, "omar", "acme/paie", "operator")

    assert before == access.actions(mail, address("omar"), [Ref("mail_item", "paie")])


@pytest.mark.parametrize(
    ("actor", "kind"),
    [("omar", Refused), ("olga", Refused), ("bruno", NotFound), ("noe", NotFound), ("paul", NotFound)],
)
def test_who_may_not_adjust(mail, refused, actor, kind):
    with refused(mail, kind):
        adjust(actor, mail, "otto", "acme", "operator", mail="view")


def test_nobody_adjusts_themselves(mail, refused):
    with refused(mail, Refused, "self"):
        adjust("maud", mail, "maud", "acme", "manager", mail="edit")


@pytest.mark.parametrize("levels", [{"mail": "much"}, {"gold": "edit"}, {"": "edit"}, {"mail": 3}])
def test_levels_that_do_not_exist(mail, refused, levels):
    with refused(mail, Invalid):
        adjust("maud", mail, "omar", "acme/paie", "operator", **levels)


@pytest.mark.parametrize("profile", ["manager", "nothing", "portal_admin", "\x00"])
def test_a_profile_they_do_not_hold(mail, refused, profile):
    with refused(mail, NotFound):
        adjust("maud", mail, "omar", "acme/paie", profile, mail="view")


def test_a_right_that_ended_is_not_adjusted(mail, refused):
    with refused(mail, NotFound):
        adjust("maud", mail, "paul", "acme", "operator", mail="view")


def test_only_what_grows_must_be_held(mail, refused):
    adjust("maud", mail, "tom", "acme", "manager", address_book="view")
    adjust("tom", mail, "otto", "acme", "operator", mail="view")
    with refused(mail, Refused, "above_own_rights"):
        adjust(
            "tom",
            mail,
            "otto",
            "acme",
            "operator",
            mail="view",
            address_book="edit",
            scopes="view",
            settings="edit",
            journal="edit",
            configuration="edit",
        )
    adjust("tom", mail, "otto", "acme", "operator", mail="edit")


def test_a_manager_lowered_by_another_does_not_lift_it_through_a_third(mail, refused):
    adjust("maud", mail, "tom", "acme", "manager", journal="none")
    with refused(mail, Refused, "above_own_rights"):
        adjust("tom", mail, "otto", "acme", "operator", journal="view")


@pytest.mark.row("CP-05", "CP-08")
def test_function_by_function_in_one_structure_only(bills):
    adjust("paula", bills, "max", "ville", "member", invoices="view", invoice_entry="none")

    assert not access.check(bills, address("max"), "create_invoice", Ref("structure", "ville"))
    assert access.check(bills, address("max"), "create_invoice", Ref("unit", "ville/ecoles"))
    adjust("paula", bills, "max", "ville", "member", scopes="edit")
    assert access.check(bills, address("max"), "edit", Ref("structure", "ville"))


@pytest.mark.row("CP-06")
def test_a_plain_member_does_not_change_the_structure(bills, refused):
    with refused(bills, Refused):
        scopes.rename(by("max", bills), key="ville", name="Autre")


def period(actor, portal, person, scope, profile, start, end):
    grants.set_period(
        by(actor, portal), person=address(person), scope=scope, profile=profile, valid_from=start, valid_until=end
    )


def test_an_end_is_set_and_taken_away(mail):
    soon = clock.now() + timedelta(hours=1)
    period("maud", mail, "omar", "acme/paie", "operator", None, soon)
    with clock.frozen(soon):
        assert not access.check(mail, address("omar"), "read", Ref("mail_item", "paie"))
    period("maud", mail, "omar", "acme/paie", "operator", None, None)
    with clock.frozen(soon):
        assert access.check(mail, address("omar"), "read", Ref("mail_item", "paie"))


def test_the_end_of_an_organization_ends_its_units(mail):
    soon = clock.now() + timedelta(hours=1)
    period("maud", mail, "olga", "acme", "operator", None, soon)

    with clock.frozen(soon):
        assert access.keys(mail, address("olga"), "list", "mail_item") == []
    assert next(e.scope for e in journal_of(mail) if e.tag == "grant:set_period") == "acme"
    assert len([e for e in journal_of(mail) if e.tag == "grant:set_period"]) == 3


def test_what_began_keeps_its_beginning_and_what_ended_its_end(mail, refused):
    later = clock.now() + timedelta(days=5)
    before = Grant.objects.get(user__email=address("otto"), scope__key="acme").valid_from
    period("maud", mail, "otto", "acme", "operator", later, None)
    assert Grant.objects.get(user__email=address("otto"), scope__key="acme").valid_from == before
    with refused(mail, NotFound):
        period("maud", mail, "paul", "acme", "operator", None, None)


def test_bad_periods(mail, refused):
    now = clock.now()
    for start, end in (
        (None, now),
        (None, now - timedelta(days=9)),
        (None, now.replace(tzinfo=None)),
        (now.replace(tzinfo=None), None),
    ):
        with refused(mail, Invalid):
            period("maud", mail, "otto", "acme", "operator", start, end)


def test_to_begin_sooner_or_end_later_is_to_give(mail, refused):
    later = clock.now() + timedelta(days=5)
    grants.attach(
        by("maud", mail),
        person=address("noe"),
        scope="acme",
        profile="operator",
        valid_from=later,
        valid_until=later + timedelta(days=5),
    )
    adjust("maud", mail, "tom", "acme", "manager", address_book="view")
    for start, end in ((None, later + timedelta(days=5)), (later, None), (later, later + timedelta(days=6))):
        with refused(mail, Refused, "above_own_rights"):
            period("tom", mail, "noe", "acme", "operator", start, end)
    period("tom", mail, "noe", "acme", "operator", later + timedelta(days=1), later + timedelta(days=4))


@pytest.mark.parametrize("actor", ["omar", "bruno", "noe", "paul", "otto"])
def test_who_may_not_change_a_period(mail, refused, actor):
    with refused(mail, (Refused, NotFound)[actor in ("bruno", "noe", "paul")]):
        period(actor, mail, "otto", "acme", "operator", None, clock.now() + timedelta(days=1))


@pytest.mark.row("CF-06", "CF-42")
def test_a_profile_changes_in_all_dossiers_together(books):
    assert grants.change_profile(
        by("otis", books), person=address("fred"), scope="sud/pain", profile="full_feedback"
    ) == (
        "sud/pain",
        "sud/vin",
    )

    assert holds("fred", "sud/pain") == holds("fred", "sud/vin") == ["full_feedback"]
    assert {"sud/pain", "sud/vin"} == {e.scope for e in journal_of(books) if e.tag == "grant:change_profile"}


@pytest.mark.row("CF-44")
def test_nobody_changes_it_in_dossiers_they_do_not_administer(books, refused):
    with refused(books, Refused, "elsewhere"):
        grants.change_profile(by("axel", books), person=address("fred"), scope="sud/pain", profile="document_delivery")
    with refused(books, Refused, "elsewhere"):
        grants.change_profile(by("otis", books), person=address("sara"), scope="sud/eau", profile="document_delivery")
    grants.change_profile(by("anna", books), person=address("fred"), scope="sud/pain", profile="document_delivery")


def test_a_refusal_names_no_dossier_that_one_does_not_see(books):
    _, _, text = said(
        lambda: grants.change_profile(
            by("otis", books), person=address("sara"), scope="sud/eau", profile="document_delivery"
        )
    )

    assert "nord" not in text


@pytest.mark.row("CF-43")
def test_the_dossiers_concerned_are_known_before(books):
    assert grants.concerned_scopes(books, address("fred"), "sud/pain") == ("sud/pain", "sud/vin")


@pytest.mark.row("CF-49", "CF-03")
def test_many_people_in_one_dossier_each_with_a_profile_of_their_own(books):
    found = {who: holds(who, "sud/pain") for who in ("anna", "fred", "dina", "pete")}

    assert sorted(found.values()) == [
        ["administrator"],
        ["document_delivery"],
        ["document_processing"],
        ["full_access"],
    ]


@pytest.mark.row("PF-05", "PF-11")
def test_an_operator_becomes_a_manager_and_a_manager_an_operator(mail):
    grants.change_profile(by("maud", mail), person=address("olga"), scope="acme", profile="manager")
    assert [holds("olga", s) for s in ("acme", "acme/paie", "acme/juridique")] == [["manager"], [], []]

    grants.change_profile(by("olga", mail), person=address("maud"), scope="acme", profile="operator")
    assert holds("maud", "acme") == ["operator"]
    assert not access.check(mail, address("maud"), "attach", Ref("organization", "acme"))


def test_change_refused(mail, refused):
    with refused(mail, Refused, "self"):
        grants.change_profile(by("maud", mail), person=address("maud"), scope="acme", profile="operator")
    with refused(mail, Refused):
        grants.change_profile(by("omar", mail), person=address("otto"), scope="acme", profile="manager")
    with refused(mail, NotFound):
        grants.change_profile(by("bruno", mail), person=address("otto"), scope="acme", profile="manager")
    with refused(mail, NotFound):
        grants.change_profile(by("maud", mail), person=address("bruno"), scope="acme", profile="operator")
    with refused(mail, Invalid, "profile"):
        grants.change_profile(by("maud", mail), person=address("otto"), scope="acme", profile="portal_admin")
    with refused(mail, Conflict, "already_attached"):
        grants.change_profile(by("maud", mail), person=address("otto"), scope="acme", profile="operator")
    adjust("maud", mail, "tom", "acme", "manager", settings="none")
    with refused(mail, Refused, "above_own_rights"):
        grants.change_profile(by("tom", mail), person=address("otto"), scope="acme", profile="manager")


@pytest.mark.row("CF-04")
def test_a_configuration_cuts_at_once_and_gives_back(books):
    ref = Ref("dossier", "sud/pain")
    before = access.actions(books, address("pete"), [ref])
    scopes.configure(by("otis", books), key="sud/pain", configuration="D", options=[])

    assert not access.check(books, address("pete"), "create_document", ref)
    assert access.check(books, address("otis"), "create_document", ref)
    scopes.configure(by("otis", books), key="sud/pain", configuration=None, options=[])
    assert before == access.actions(books, address("pete"), [ref])
    with pytest.raises(Refused):
        scopes.configure(by("anna", books), key="sud/pain", configuration=None, options=["payments"])

"""Detaching: who may, what ends with it, and the manager who is the last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Grant, Message
from habilis.workflows import access, clock, grants, people, scopes
from tests.factories import address, by
from tests.workflows.conftest import journal_of
from tests.workflows.test_attach import holds, said


@pytest.mark.row("PF-48", "PF-50")
def test_a_unit_taken_away_hides_its_items_at_once_their_authors_too(mail):
    assert access.check(mail, address("omar"), "read", Ref("mail_item", "paie"))

    grants.detach(by("maud", mail), person=address("omar"), scope="acme/paie")

    assert access.keys(mail, address("omar"), "list", "mail_item") == ["libre"]
    assert not access.check(mail, address("omar"), "read", Ref("mail_item", "paie"))


@pytest.mark.row("PF-08")
def test_the_last_unit_may_go(mail):
    grants.detach(by("maud", mail), person=address("omar"), scope="acme/paie")

    assert access.check(mail, address("omar"), "create_mail_item", Ref("organization", "acme"))


@pytest.mark.parametrize("actor", ["noe", "paul", "mona", "bruno", "berthe", ""])
def test_a_stranger_is_told_that_the_unit_is_unknown(mail, refused, actor):
    with refused(mail, NotFound):
        grants.detach(by(actor, mail), person=address("omar"), scope="acme/paie")


@pytest.mark.row("PF-09")
def test_an_operator_detaches_nobody_else(mail, refused):
    for actor, person in (("omar", "olga"), ("olga", "omar"), ("omar", "maud")):
        with refused(mail, Refused):
            grants.detach(by(actor, mail), person=address(person), scope="acme/paie")


@pytest.mark.row("RT-43")
def test_anyone_leaves_and_others_of_the_dossier_take_off(advice, refused):
    grants.detach(by("app", advice), person=address("app"), scope="bzh/29/friche")
    grants.detach(by("own", advice), person=address("obs"), scope="bzh/29/friche")
    grants.detach(by("reg", advice), person=address("inv"), scope="bzh/29/friche")
    with refused(advice, NotFound):
        grants.detach(by("far", advice), person=address("own"), scope="bzh/29/friche")

    assert [holds(who, "bzh/29/friche") for who in ("app", "obs", "inv", "own")] == [[], [], [], ["owner"]]


def test_leaving_what_one_never_had_tells_nothing(mail):
    def leave(key: str) -> tuple[type, str, str]:
        kind, code, text = said(lambda: grants.detach(by("bruno", mail), person=address("bruno"), scope=key))
        return kind, code, text.replace(key, "?")

    assert leave("acme/paie") == leave("acme/nowhere") == leave("acme\x00")


def test_an_organization_takes_its_units_with_it(mail):
    assert grants.detach(by("maud", mail), person=address("olga"), scope="acme") == 3

    assert access.keys(mail, address("olga"), "list", "mail_item") == []
    assert {"acme", "acme/paie", "acme/juridique"} == {e.scope for e in journal_of(mail) if e.tag == "grant:detach"}


@pytest.mark.row("CP-29", "CP-30", "CP-27", "CP-25", "CP-31")
def test_a_structure_takes_its_units_and_a_unit_takes_nothing_else(bills):
    grants.attach(by("paula", bills), person=address("max"), scope="ville/voirie", profile="member")
    grants.attach(by("prune", bills), person=address("max"), scope="asso", profile="member")
    grants.detach(by("paula", bills), person=address("max"), scope="ville/ecoles")
    assert [holds("max", s) for s in ("ville", "ville/ecoles", "ville/voirie")] == [["member"], [], ["member"]]

    grants.detach(by("paula", bills), person=address("max"), scope="ville")

    assert [holds("max", s) for s in ("ville", "ville/ecoles", "ville/voirie", "asso")] == [[], [], [], ["member"]]
    assert not access.check(bills, address("max"), "create_invoice", Ref("structure", "ville"))


@pytest.mark.row("CP-28")
def test_the_comment_stays_in_the_history(bills):
    grants.detach(by("paula", bills), person=address("max"), scope="ville", comment="Départ à la retraite")

    entry = next(e for e in journal_of(bills) if e.tag == "grant:detach")
    assert (entry.comment, entry.actor, entry.subject) == ("Départ à la retraite", address("paula"), address("max"))


@pytest.mark.row("CP-32")
def test_who_is_not_attached_cannot_be_detached_nor_by_a_plain_member(bills, refused):
    with refused(bills, NotFound):
        grants.detach(by("paula", bills), person=address("zoe"), scope="ville")
    with refused(bills, Refused):
        grants.detach(by("max", bills), person=address("paula"), scope="ville")


def test_what_begins_later_ends_too(mail):
    later = clock.now() + timedelta(days=30)
    grants.attach(by("maud", mail), person=address("noe"), scope="acme/paie", profile="operator", valid_from=later)
    grants.detach(by("maud", mail), person=address("noe"), scope="acme")

    with clock.frozen(later + timedelta(days=1)):
        assert access.keys(mail, address("noe"), "list", "mail_item") == []


def test_twice_is_unknown(mail, refused):
    grants.detach(by("maud", mail), person=address("omar"), scope="acme/paie")
    with refused(mail, NotFound):
        grants.detach(by("maud", mail), person=address("omar"), scope="acme/paie")


def test_who_is_detached_is_told_and_who_leaves_is_not(mail):
    grants.detach(by("maud", mail), person=address("omar"), scope="acme/paie")
    grants.detach(by("otto", mail), person=address("otto"), scope="acme")

    assert [address("omar")] == list(Message.objects.values_list("recipient", flat=True))


@pytest.mark.row("RC-37")
def test_what_is_revoked_leaves_the_account_active(advice):
    grants.detach(by("stan", advice), person=address("reg"), scope="bzh")

    assert access.load(advice, [address("reg")]).facts.active == {address("reg")}


class TestLastManager:
    def test_the_last_one_may_neither_be_detached_nor_leave(self, mail, refused):
        for actor in ("bruno", "ada"):
            with refused(mail, Conflict, "last_manager"):
                grants.detach(by(actor, mail), person=address("bruno"), scope="borea")
        grants.detach(by("tom", mail), person=address("maud"), scope="acme")
        with refused(mail, Conflict, "last_manager"):
            grants.detach(by("tom", mail), person=address("tom"), scope="acme")

    def test_nor_be_given_an_end(self, mail, refused):
        with refused(mail, Conflict, "last_manager"):
            grants.set_period(
                by("ada", mail),
                person=address("bruno"),
                scope="borea",
                profile="manager",
                valid_from=None,
                valid_until=clock.now() + timedelta(days=1000),
            )

    def test_nor_another_profile(self, mail, refused):
        with refused(mail, Conflict, "last_manager"):
            grants.change_profile(by("ada", mail), person=address("bruno"), scope="borea", profile="operator")

    def test_nor_be_suspended(self, mail, refused):
        with refused(mail, Conflict, "last_manager"):
            people.deactivate(by("ada", mail), email=address("bruno"))

    def test_one_who_ends_later_or_begins_later_or_is_suspended_does_not_count(self, mail, refused):
        soon = clock.now() + timedelta(days=1)
        grants.set_period(
            by("maud", mail), person=address("tom"), scope="acme", profile="manager", valid_from=None, valid_until=soon
        )
        grants.attach(by("ada", mail), person=address("noe"), scope="acme", profile="manager", valid_from=soon)
        with refused(mail, Conflict, "last_manager"):
            grants.detach(by("maud", mail), person=address("maud"), scope="acme")

    def test_another_organization_is_not_held_up_by_one_without_a_manager(self, mail):
        scopes.create(by("ada", mail), parent="", kind="organization", name="Neuve")

        grants.detach(by("tom", mail), person=address("maud"), scope="acme")

    @pytest.mark.row("CF-15", "CF-48")
    def test_an_office_lets_a_dossier_lack_one(self, books):
        grants.detach(by("otis", books), person=address("anna"), scope="sud/vin")
        grants.detach(by("otis", books), person=address("fred"), scope="sud/vin")

        assert holds("anna", "sud/vin") == []

    def test_a_structure_keeps_its_last(self, bills, refused):
        with refused(bills, Conflict, "last_manager"):
            grants.detach(by("paula", bills), person=address("paula"), scope="ville")


@pytest.mark.parametrize("person", ["", "x", "a@b@c"])
def test_an_address_that_is_none(mail, refused, person):
    with refused(mail, Invalid):
        grants.detach(by("maud", mail), person=person, scope="acme")


def test_a_comment_of_any_characters_is_kept_or_marked(mail):
    grants.detach(by("maud", mail), person=address("omar"), scope="acme/paie", comment="a\x00b\ud800 \U0001f600\u202e")

    assert journal_of(mail)[-1].comment == "a\ufffdb\ufffd \U0001f600\u202e"
    assert Grant.objects.get(user__email=address("omar"), scope__key="acme/paie").valid_until <= clock.now()

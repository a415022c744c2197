"""Creating people directly, and suspending them in one portal."""

from __future__ import annotations

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Member, Message, User
from habilis.workflows import access, people
from tests.factories import address, by, load, world
from tests.workflows.conftest import journal_of
from tests.workflows.test_attach import holds


def create(actor, portal, **more):
    facts = {"email": "ines@x.example", "name": "Inès Roy", "scopes": ["acme/paie"], "profile": "operator"} | more
    return people.create(by(actor, portal), **facts)


@pytest.mark.row("PF-35", "CF-05")
def test_who_is_created_has_access_without_a_request(mail):
    assert create("maud", mail, scopes=["acme/paie", "acme/juridique"], email=" INES@X.Example ") == "ines@x.example"

    assert {"libre", "paie", "juridique"} == set(access.keys(mail, "ines@x.example", "read", "mail_item"))
    assert ["first_password"] == [m.message_id[1:].split(".")[0] for m in Message.objects.all()]
    assert not User.objects.get(email="ines@x.example").has_usable_password()


@pytest.mark.row("PF-36")
@pytest.mark.parametrize("actor", ["omar", "olga", "otto"])
def test_an_operator_creates_nobody(mail, refused, actor):
    with refused(mail, Refused):
        create(actor, mail, scopes=["acme"])


@pytest.mark.parametrize("actor", ["noe", "paul", "mona", "bruno", "berthe", ""])
def test_a_stranger_creates_nobody(mail, refused, actor):
    with refused(mail, NotFound):
        create(actor, mail)


def test_one_scope_that_is_not_theirs_refuses_all(mail, refused):
    with refused(mail, NotFound):
        create("maud", mail, scopes=["acme/paie", "borea"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"profile": ""},
        {"profile": "portal_admin"},
        {"name": "  "},
        {"name": "a\x00b"},
        {"name": "\ud800"},
        {"name": "n" * 201},
        {"email": "nobody"},
        {"email": "é@x.example"},
        {"language": "xx"},
    ],
)
def test_bad_input_creates_nobody(mail, refused, wrong):
    with refused(mail, Invalid):
        create("maud", mail, **wrong)


@pytest.mark.row("CF-46")
def test_a_known_address_is_the_same_person_with_the_same_name(mail, books):
    people.create(
        by("otis", books), email="OMAR@x.example", name="Quelqu'un d'autre", scopes=["sud/eau"], profile="full_access"
    )

    assert User.objects.get(email=address("omar")).name == "Omar"
    assert holds("omar", "sud/eau") == ["full_access"]


@pytest.mark.row("CF-47")
def test_two_people_of_one_name_are_two_people(books):
    for email in ("jean1@x.example", "jean2@x.example"):
        people.create(by("otis", books), email=email, name="Jean Bon", scopes=["sud/eau"], profile="full_access")

    assert User.objects.filter(name="Jean Bon").count() == 2


def test_the_administrator_of_one_dossier_does_not_read_of_another_in_the_journal(books):
    people.create(
        by("otis", books), email="z@x.example", name="Z", scopes=["sud/pain", "sud/eau"], profile="full_access"
    )

    assert all("eau" not in str(e.facts) for e in journal_of(books) if e.scope == "sud/pain")


def test_an_account_that_was_closed_is_not_opened_again(mail, refused):
    User.objects.filter(email=address("noe")).update(is_active=False)

    with refused(mail, Conflict, "closed_account"):
        create("maud", mail, email=address("noe"))


class TestSuspended:
    def test_in_one_portal_only_and_back_as_before(self, mail):
        load(
            world("mailroom", "autre", scopes="acme organization ACME", grants="omar manager acme\nada portal_admin /")
        )
        people.deactivate(by("ada", mail), email=address("omar"))

        assert access.keys(mail, address("omar"), "list", "mail_item") == []
        assert access.check("autre", address("omar"), "read", Ref("organization", "acme"))
        people.reactivate(by("ada", mail), email=address("omar"))
        assert {"libre", "paie"} == set(access.keys(mail, address("omar"), "list", "mail_item"))

    @pytest.mark.parametrize("actor", ["maud", "omar", "bruno", "noe"])
    def test_by_the_portal_administrator_only(self, mail, refused, actor):
        for verb in (people.deactivate, people.reactivate):
            with refused(mail, NotFound):
                verb(by(actor, mail), email=address("otto"))

    def test_never_oneself_nor_twice_nor_a_stranger(self, mail, refused):
        with refused(mail, Refused, "self"):
            people.deactivate(by("ada", mail), email=address("ada"))
        with refused(mail, Conflict):
            people.reactivate(by("ada", mail), email=address("omar"))
        with refused(mail, NotFound):
            people.deactivate(by("ada", mail), email="x@y.example")
        with refused(mail, Invalid):
            people.deactivate(by("ada", mail), email="x")

    def test_a_suspended_manager_changes_nothing(self, mail, refused):
        people.deactivate(by("ada", mail), email=address("tom"))

        with refused(mail, NotFound):
            create("tom", mail)
        assert not Member.objects.get(user__email=address("tom")).active

"""Where somebody works below a managed scope, how many are where, who manages nothing; and who is responsible."""

from __future__ import annotations

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Grant, Scope
from habilis.workflows import access, grants, rosters, scopes
from tests.factories import address, by


def move(portal, actor, person, wanted, read=(), scope="acme"):
    rosters.set_places(
        by(actor, portal), person=address(person), scope=scope, places_read=list(read), places_wanted=list(wanted)
    )


def held(person):
    rows = Grant.objects.filter(user__email=address(person), valid_until=None)
    return set(rows.values_list("scope__key", flat=True))


@pytest.mark.row("PF-06", "PF-07", "PF-08", "PF-48")
def test_a_manager_says_where_an_operator_works_several_at_once_or_nowhere(mail):
    move(mail, "maud", "otto", ["acme/paie", "acme/vide"])
    assert held("otto") == {"acme", "acme/paie", "acme/vide"}
    assert access.check(mail, address("otto"), "read", Ref("mail_item", "paie"))

    move(mail, "maud", "otto", [], read=["acme/paie", "acme/vide"])
    assert held("otto") == {"acme"}
    assert not access.check(mail, address("otto"), "read", Ref("mail_item", "paie"))
    assert access.check(mail, address("otto"), "read", Ref("mail_item", "libre"))


@pytest.mark.row("PF-09", "PF-34")
@pytest.mark.parametrize(
    ("actor", "error"),
    [("omar", Refused), ("otto", Refused), ("bruno", NotFound), ("mona", NotFound), ("noe", NotFound)],
)
def test_nobody_else_says_where_somebody_works(mail, refused, actor, error):
    with refused(mail, error):
        move(mail, actor, "otto", ["acme/paie"])


@pytest.mark.parametrize("place", ["borea/paie", "acme", "nowhere"])
def test_a_place_elsewhere_is_none(mail, place):
    with pytest.raises(Invalid):
        move(mail, "maud", "otto", [place])

    assert held("otto") == {"acme"}


def test_what_somebody_else_changed_meanwhile_is_not_undone(mail, refused):
    grants.attach(by("tom", mail), person=address("otto"), scope="acme/vide", profile="operator")

    with refused(mail, Conflict, "stale"):
        move(mail, "maud", "otto", ["acme/paie"])


def test_who_is_not_there_has_no_place(mail, refused):
    with refused(mail, NotFound):
        move(mail, "maud", "berthe", ["acme/paie"])


@pytest.mark.row("PF-34")
def test_heads_are_counted_where_people_may_be_listed(mail):
    asked = [("organization", "acme"), ("unit", "acme/paie"), ("unit", "acme/vide"), ("organization", "borea")]

    assert rosters.headcounts(mail, address("maud"), asked) == {"acme": 5, "acme/paie": 2, "acme/vide": 0}
    assert rosters.headcounts(mail, address("omar"), asked) == {}


@pytest.mark.row("CF-15")
def test_a_dossier_without_administrator_is_shown_to_its_office(books):
    asked = [("dossier", key) for key in ("sud/pain", "sud/vin", "sud/eau", "nord/sel")]

    assert rosters.unmanaged(books, address("otis"), asked) == {"sud/eau"}
    assert rosters.unmanaged(books, address("anna"), asked) == set()


@pytest.mark.row("CF-53")
@pytest.mark.parametrize(("responsible", "column"), [("otis@x.example", "user"), ("sud", "scope"), ("", "")])
def test_the_office_says_who_is_responsible(books, responsible, column):
    scopes.configure(by("otis", books), key="sud/pain", configuration="C", options=[], responsible="ada@x.example")
    scopes.configure(by("otis", books), key="sud/pain", configuration="C", options=[], responsible=responsible)

    row = Scope.objects.get(key="sud/pain")
    assert (row.responsible_user is not None, row.responsible_scope is not None) == (
        column == "user",
        column == "scope",
    )


@pytest.mark.parametrize("responsible", ["nord", "sud/vin", "stranger@x.example", "nowhere", "\x00"])
def test_nobody_from_elsewhere_is_made_responsible(books, responsible):
    scopes.configure(by("otis", books), key="sud/pain", configuration="C", options=[], responsible="otis@x.example")

    if responsible == "\x00":
        scopes.configure(by("otis", books), key="sud/pain", configuration="C", options=[], responsible=None)
    else:
        with pytest.raises(Invalid):
            scopes.configure(by("otis", books), key="sud/pain", configuration="C", options=[], responsible=responsible)

    assert Scope.objects.get(key="sud/pain").responsible_user.email == "otis@x.example"


@pytest.mark.parametrize(("actor", "error"), [("anna", Refused), ("fred", Refused), ("nils", NotFound)])
def test_the_client_does_not_choose_who_is_responsible(books, refused, actor, error):
    with refused(books, error):
        scopes.configure(by(actor, books), key="sud/pain", configuration="C", options=[], responsible="sud")

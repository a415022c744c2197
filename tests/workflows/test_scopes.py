"""Creating, renaming, moving, closing and configuring scopes."""

from __future__ import annotations

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Scope
from habilis.workflows import access, browse, grants, resources, scopes
from tests.factories import ITEM, address, by, load, resource, world
from tests.workflows.test_attach import said


@pytest.mark.row("PF-01")
def test_a_unit_made_by_its_name_receives_people_and_items(mail):
    key = scopes.create(by("maud", mail), parent="acme", kind="unit", name="  Comptabilité  générale ")

    assert key == "acme/comptabilite-generale"
    grants.attach(by("maud", mail), person=address("otto"), scope=key, profile="operator")
    made = resources.create(
        by("otto", mail), type_="mail_item", scope=key, title="Un", fields={"format": "C5", "copies": 1}
    )
    assert access.check(mail, address("otto"), "read", Ref("mail_item", made))
    assert scopes.create(by("maud", mail), parent="acme", kind="unit", name="Comptabilité générale") == key + "-2"


@pytest.mark.parametrize(
    ("actor", "kind"),
    [("omar", Refused), ("otto", Refused), ("bruno", NotFound), ("noe", NotFound), ("mona", NotFound)],
)
def test_who_may_not_make_a_unit(mail, refused, actor, kind):
    with refused(mail, kind):
        scopes.create(by(actor, mail), parent="acme", kind="unit", name="X")


@pytest.mark.row("PF-02")
def test_a_new_name_changes_nothing_else(mail):
    before = access.keys(mail, address("omar"), "list", "mail_item")
    scopes.rename(by("maud", mail), key="acme/paie", name="Paie et primes")

    assert browse.scope(mail, address("omar"), "acme/paie").name == "Paie et primes"
    assert before == access.keys(mail, address("omar"), "list", "mail_item")


@pytest.mark.row("PF-04", "PF-10")
@pytest.mark.parametrize("actor", ["omar", "otto", "olga", "bruno", "noe", "paul"])
def test_who_may_not_rename_move_close_or_reopen(mail, refused, actor):
    hidden = NotFound if actor in ("bruno", "noe", "paul", "otto") else Refused
    for verb, more in (
        (scopes.rename, {"name": "X"}),
        (scopes.move, {"parent": "acme"}),
        (scopes.close, {}),
        (scopes.reopen, {}),
        (scopes.configure, {"configuration": None, "options": []}),
    ):
        with refused(mail, hidden):
            verb(by(actor, mail), key="acme/paie", **more)


@pytest.mark.parametrize("name", ["", "   ", "a\x00", "\ud800", "x" * 201, "\x1b[31m"])
def test_a_name_that_is_none(mail, refused, name):
    with refused(mail, Invalid):
        scopes.create(by("maud", mail), parent="acme", kind="unit", name=name)
    with refused(mail, Invalid):
        scopes.rename(by("maud", mail), key="acme/paie", name=name)


@pytest.mark.parametrize("key", [":x", "x" * 201, "a\x00b", "a\nb", "a\x7fb", "\ud800"])
def test_a_key_that_is_none(mail, refused, key):
    with refused(mail, Invalid):
        scopes.create(by("maud", mail), parent="acme", kind="unit", name="X", key=key)


@pytest.mark.parametrize("kind", ["mail_item", "sender", "organization", "portal", "nothing", "", "unit\x00"])
def test_only_scopes_that_stand_there_are_made(mail, refused, kind):
    with refused(mail, (Refused, NotFound)):
        scopes.create(by("maud", mail), parent="acme", kind=kind, name="X")


@pytest.mark.row("PF-33")
def test_a_client_reference_is_of_one_organization(mail, refused):
    for n, number in enumerate(("12345678", "123456789")):
        scopes.create(
            by("ada", mail),
            parent="",
            kind="organization",
            name=f"Org {n}",
            identifiers={"la_poste": number, "coclico": " "},
        )

    found = browse.scopes(mail, address("ada"), kind="organization", text="1234 5678")
    assert ["Org 0"] == [s.name for s in found.items]
    with refused(mail, Conflict, "identifier_taken"):
        scopes.rename(by("ada", mail), key="org-1", name="Org 1", identifiers={"la_poste": "12345678"})
    with refused(mail, Invalid):
        scopes.rename(by("ada", mail), key="org-1", name="Org 1", identifiers={"siret": "12345678"})
    assert browse.scopes(mail, address("maud"), kind="organization", text="12345678").total == 0


def test_a_deep_tree_still_gets_keys_and_stops_at_six(advice, refused):
    parent = "bzh"
    for _ in range(5):
        parent = scopes.create(by("stan", advice), parent=parent, kind="territory", name="Un nom fort long " * 8)
    assert Scope.objects.get(key=parent).depth == 6

    with refused(advice, Invalid, "depth"):
        scopes.create(by("stan", advice), parent=parent, kind="territory", name="Septième")


class TestMoving:
    def test_a_territory_moves_with_everything_below(self, advice):
        assert access.check(advice, address("reg"), "read", Ref("dossier", "bzh/29/friche"))
        scopes.move(by("stan", advice), key="bzh/29", parent="paca")

        assert access.keys(advice, address("reg"), "list", "dossier") == []
        assert access.keys(advice, address("inv"), "list", "dossier") == ["bzh/29/friche"]
        assert browse.scope(advice, address("stan"), "bzh/29/friche").path_names == ("Provence", "Finistère", "Friche")

    def test_not_below_itself_nor_where_it_cannot_stand(self, advice, refused):
        with refused(advice, Invalid, "cycle"):
            scopes.move(by("stan", advice), key="bzh", parent="bzh/29")
        with refused(advice, Invalid, "cycle"):
            scopes.move(by("stan", advice), key="bzh", parent="bzh")
        with refused(advice, (Refused, NotFound)):
            scopes.move(by("stan", advice), key="bzh", parent="paca/port")
        with refused(advice, Refused):
            scopes.move(by("reg", advice), key="bzh/29", parent="")

    def test_a_unit_does_not_leave_people_without_their_organization(self, mail, refused):
        with refused(mail, Conflict, "required"):
            scopes.move(by("ada", mail), key="acme/paie", parent="borea")
        scopes.move(by("ada", mail), key="acme/vide", parent="borea")
        assert access.check(mail, address("bruno"), "attach", Ref("unit", "acme/vide"))
        assert not access.check(mail, address("maud"), "read", Ref("unit", "acme/vide"))

    def test_the_same_place_is_no_change(self, advice):
        scopes.move(by("stan", advice), key="bzh/29", parent="bzh")

    def test_two_profiles_do_not_meet(self, bills, refused):
        grants.attach(by("prune", bills), person=address("mia"), scope="asso", profile="primary_manager")

        with refused(bills, Conflict, "other_profile"):
            scopes.move(by("ada", bills), key="ville/voirie", parent="asso")


class TestClosing:
    @pytest.mark.row("PF-03", "CP-62")
    def test_grants_sleep_until_it_reopens_and_items_stay_readable_from_above(self, mail):
        scopes.close(by("maud", mail), key="acme/paie")

        assert access.keys(mail, address("omar"), "list", "mail_item") == ["libre"]
        assert access.check(mail, address("maud"), "read", Ref("mail_item", "paie"))
        for action in ("edit", "delete", "deposit"):
            assert not access.check(mail, address("maud"), action, Ref("mail_item", "paie"))
        assert "acme/paie" not in {s.key for s in browse.choices(mail, address("maud"), "create_mail_item")}
        assert "acme/paie" not in {s.key for s in browse.choices(mail, address("maud"), "attach")}
        assert {"asleep"} == {g.status for g in browse.my_grants(mail, address("omar")) if g.scope.key == "acme/paie"}
        scopes.reopen(by("maud", mail), key="acme/paie")
        assert {"libre", "paie"} == set(access.keys(mail, address("omar"), "list", "mail_item"))

    def test_nothing_is_added_to_what_is_closed(self, mail, refused):
        scopes.close(by("maud", mail), key="acme/paie")

        with refused(mail, Conflict, "closed_scope"):
            resources.comment(by("maud", mail), ref=Ref("mail_item", "paie"), text="Un mot")
        with refused(mail, Refused):
            resources.edit(by("maud", mail), ref=Ref("mail_item", "libre"), version=1, scope="acme/paie")
        with refused(mail, Refused):
            resources.create(by("maud", mail), type_="mail_item", scope="acme/paie", title="X")

    def test_an_operator_whose_only_unit_is_closed_creates_without_a_unit(self, mail):
        scopes.close(by("maud", mail), key="acme/paie")

        assert access.check(mail, address("omar"), "create_mail_item", Ref("organization", "acme"))

    def test_nobody_closes_the_door_behind_themselves(self, mail, refused):
        with refused(mail, Conflict, "locked_out"):
            scopes.close(by("maud", mail), key="acme")
        scopes.close(by("ada", mail), key="acme")
        with refused(mail, NotFound):
            scopes.reopen(by("maud", mail), key="acme")
        scopes.reopen(by("ada", mail), key="acme")

    def test_twice_and_the_root(self, mail, refused):
        with refused(mail, Conflict, "wrong_state"):
            scopes.reopen(by("maud", mail), key="acme/paie")
        scopes.close(by("maud", mail), key="acme/paie")
        with refused(mail, Conflict, "wrong_state"):
            scopes.close(by("maud", mail), key="acme/paie")
        for verb in (scopes.close, scopes.reopen):
            with refused(mail, Conflict, "root"):
                verb(by("ada", mail), key="")


class TestConfiguring:
    @pytest.mark.parametrize(
        ("configuration", "options"),
        [
            ("Z", []),
            ({"documents": "much"}, []),
            ({"members": "none"}, []),
            ({"nothing": "none"}, []),
            (None, ["gold"]),
            ({"documents": ["edit"]}, []),
        ],
    )
    def test_what_does_not_exist(self, books, refused, configuration, options):
        with refused(books, Invalid):
            scopes.configure(by("otis", books), key="sud/pain", configuration=configuration, options=options)

    def test_only_from_above(self, books, refused):
        with refused(books, Refused):
            scopes.configure(by("anna", books), key="sud/pain", configuration=None, options=[])
        with refused(books, NotFound):
            scopes.configure(by("nils", books), key="sud/pain", configuration=None, options=[])

    def test_only_where_the_kind_carries_one(self, books, refused):
        with refused(books, Invalid):
            scopes.configure(by("ada", books), key="sud", configuration="B", options=[])

    def test_an_option_opens_its_module(self, books):
        ref = Ref("dossier", "sud/pain")
        assert not access.check(books, address("anna"), "create_payment", ref)
        scopes.configure(by("otis", books), key="sud/pain", configuration=None, options=["payments"])
        assert access.check(books, address("anna"), "create_payment", ref)


@pytest.mark.parametrize("key", ["nowhere", "a\x00", "\ud800", "ACME"])
def test_unknown_and_invisible_alike(mail, key):
    def rename(at: str) -> tuple[type, str, str]:
        kind, code, text = said(lambda: scopes.rename(by("bruno", mail), key=at, name="X"))
        return kind, code, text.replace(at, "?")

    assert rename(key) == rename("acme") == rename("acme/paie")


def test_a_portal_without_people_cannot_be_acted_in(db):
    with pytest.raises(NotFound):
        scopes.create(by("ada", "nowhere"), parent="", kind="organization", name="X")
    load(world("mailroom", "seul", scopes="a organization A", more=resource("mail_item", "x", "a", fields=ITEM)))
    with pytest.raises(NotFound):
        scopes.create(by("ada", "seul"), parent="", kind="organization", name="X")

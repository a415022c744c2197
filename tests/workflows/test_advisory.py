"""Territories, positions and moderated dossiers: what staff decide, what advisors take and leave by themselves."""

from __future__ import annotations

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.workflows import access, browse, delivery, grants, moderation, positions
from habilis.workflows.acting import Acting
from tests.factories import load

STAFF, LOCAL, NATIONAL, GUEST, OWNER, NOBODY = (
    f"{n}@x.example" for n in ("staff", "local", "national", "guest", "owner", "nobody")
)
WORLD = (
    """
blueprint = "advisory"
[portal]
key = "conseil"
name = "Conseil"
[[scopes]]
key = "r84"
kind = "territory"
name = "Auvergne-Rhône-Alpes"
[[scopes]]
key = "69"
kind = "territory"
parent = "r84"
name = "Rhône"
[[scopes]]
key = "38"
kind = "territory"
parent = "r84"
name = "Isère"
[[scopes]]
key = "d69"
kind = "dossier"
parent = "69"
name = "Halle"
author = "owner@x.example"
[[scopes]]
key = "d38"
kind = "dossier"
parent = "38"
name = "Friche"
[[scopes]]
key = "pending"
kind = "dossier"
parent = "69"
name = "Pont"
status = "pending"
author = "owner@x.example"
"""
    + "".join(
        f'[[people]]\nemail = "{n}@x.example"\nname = "{n}"\n'
        for n in ("staff", "local", "national", "guest", "owner", "nobody")
    )
    + "".join(
        f'[[grants]]\nperson = "{who}@x.example"\nscope = "{scope}"\nprofile = "{profile}"\n'
        for who, scope, profile in (
            ("staff", "", "portal_staff"),
            ("local", "69", "advisor"),
            ("national", "", "advisor"),
            ("guest", "d38", "advisor"),
            ("owner", "d69", "owner"),
        )
    )
)


@pytest.fixture(autouse=True)
def conseil(db):
    return load(WORLD)


def dossiers(person: str) -> set[str]:
    return set(access.keys("conseil", person, "list", "dossier"))


@pytest.mark.row("RC-32", "RC-17", "RC-18")
def test_staff_replace_the_departments_and_the_dossiers_follow_at_once():
    positions.set_territories(Acting(STAFF, "conseil"), person=LOCAL, profile="advisor", territories=["38"])

    assert {"d38"} == dossiers(LOCAL)


@pytest.mark.row("RC-19", "RC-36")
def test_national_is_an_explicit_choice():
    acting = Acting(STAFF, "conseil")
    with pytest.raises(Invalid):
        positions.set_territories(acting, person=LOCAL, profile="advisor", territories=[])
    with pytest.raises(Invalid):
        positions.set_territories(acting, person=LOCAL, profile="advisor", territories=["", "69"])
    assert {"d69"} == dossiers(LOCAL)

    positions.set_territories(acting, person=LOCAL, profile="advisor", territories=[""])

    assert {"d69", "d38"} == dossiers(LOCAL)


@pytest.mark.row("RT-48")
def test_staff_give_a_standard_user_exactly_the_chosen_departments():
    positions.set_territories(Acting(STAFF, "conseil"), person=NOBODY, profile="advisor", territories=["69", "38"])

    assert {"69", "38"} == {grant.scope.key for grant in browse.my_grants("conseil", NOBODY)}


@pytest.mark.row("RC-33", "RC-34", "RC-35", "RC-36", "RC-37")
def test_a_demoted_advisor_keeps_the_dossiers_where_they_are_positioned():
    positions.take(Acting(LOCAL, "conseil"), scope="d69", profile="observer")
    positions.demote(Acting(STAFF, "conseil"), person=LOCAL, profile="advisor", comment="fin de mission")

    assert {"d69"} == dossiers(LOCAL)
    assert not access.check("conseil", LOCAL, "list", Ref("territory", "69"))
    assert browse.person("conseil", STAFF, LOCAL).active
    with pytest.raises(NotFound):
        positions.demote(Acting(STAFF, "conseil"), person=LOCAL, profile="advisor")


@pytest.mark.row("RC-38")
@pytest.mark.parametrize("actor", [LOCAL, GUEST, OWNER, NATIONAL])
def test_nobody_but_staff_changes_a_territory(actor):
    acting = Acting(actor, "conseil")
    for attempt in (
        lambda: positions.set_territories(acting, person=NOBODY, profile="advisor", territories=["69"]),
        lambda: positions.demote(acting, person=LOCAL, profile="advisor"),
        lambda: grants.attach(acting, person=NOBODY, scope="69", profile="advisor"),
        lambda: grants.attach(acting, person=NOBODY, scope="", profile="advisor"),
    ):
        with pytest.raises((Refused, NotFound)):
            attempt()
    assert () == browse.my_grants("conseil", NOBODY)


@pytest.mark.row("RT-24")
def test_whoever_reaches_a_dossier_from_above_takes_a_position_and_leaves_it():
    acting = Acting(LOCAL, "conseil")
    note = Ref("dossier", "d69")
    assert ("advisor", "observer") == positions.offered("conseil", LOCAL, "d69")
    assert not access.check("conseil", LOCAL, "create_internal_note", note)

    positions.take(acting, scope="d69", profile="advisor")
    assert access.check("conseil", LOCAL, "create_internal_note", note)
    with pytest.raises(Conflict):
        positions.take(acting, scope="d69", profile="advisor")
    positions.take(acting, scope="d69", profile="observer")
    assert not access.check("conseil", LOCAL, "create_internal_note", note)

    grants.detach(acting, person=LOCAL, scope="d69")
    assert {"69"} == {grant.scope.key for grant in browse.my_grants("conseil", LOCAL)}


@pytest.mark.row("RT-24")
@pytest.mark.parametrize(
    ("actor", "scope"),
    [(LOCAL, "d38"), (GUEST, "d38"), (OWNER, "d69"), (NOBODY, "d69"), (LOCAL, "pending"), (NATIONAL, "69")],
)
def test_nobody_positions_themselves_where_they_do_not_reach_from_above(actor, scope):
    assert () == positions.offered("conseil", actor, scope)
    with pytest.raises((Refused, NotFound)):
        positions.take(Acting(actor, "conseil"), scope=scope, profile="advisor")


def test_a_submitted_dossier_is_its_authors_to_read_until_it_is_accepted():
    acting = Acting(NOBODY, "conseil")
    key = moderation.submit(acting, parent="38", kind="dossier", name="Une école")
    assert {key} == dossiers(NOBODY)
    assert key not in dossiers(NATIONAL)
    assert [key] == [k for k in moderation.waiting("conseil", STAFF) if k == key]
    assert [] == moderation.waiting("conseil", NATIONAL)
    with pytest.raises((Refused, NotFound)):
        moderation.accept(Acting(NATIONAL, "conseil"), key=key)
    with pytest.raises((Refused, NotFound)):
        moderation.accept(acting, key=key)

    moderation.accept(Acting(STAFF, "conseil"), key=key)

    assert key in dossiers(NATIONAL)
    assert ["owner"] == [grant.profile for grant in browse.my_grants("conseil", NOBODY)]
    assert any("Une école" in mail.subject for mail in delivery.sent_messages(NOBODY))
    with pytest.raises(Conflict):
        moderation.accept(Acting(STAFF, "conseil"), key=key)


def test_a_refused_dossier_is_closed_and_its_author_told_why():
    with pytest.raises(Invalid):
        moderation.refuse(Acting(STAFF, "conseil"), key="pending", reason="  ")
    moderation.refuse(Acting(STAFF, "conseil"), key="pending", reason="Hors du périmètre")

    assert "pending" not in dossiers(OWNER)
    assert any("Hors du périmètre" in mail.text for mail in delivery.sent_messages(OWNER))


def test_nobody_moderates_what_they_submitted():
    key = moderation.submit(Acting(STAFF, "conseil"), parent="38", kind="dossier", name="Le mien")
    with pytest.raises(Refused):
        moderation.accept(Acting(STAFF, "conseil"), key=key)


@pytest.mark.parametrize("parent", ["", "d69", "nowhere"])
def test_nothing_is_submitted_where_it_cannot_be(parent):
    with pytest.raises((Invalid, NotFound)):
        moderation.submit(Acting(NOBODY, "conseil"), parent=parent, kind="dossier", name="x")


def test_staff_are_told_of_a_dossier_that_awaits_them_and_its_author_is_not():
    moderation.submit(Acting(STAFF, "conseil"), parent="38", kind="dossier", name="Le mien")
    moderation.submit(Acting(NOBODY, "conseil"), parent="38", kind="dossier", name="Une école")

    assert ["Conseil : Une école attend votre accord"] == [mail.subject for mail in delivery.sent_messages(STAFF)]
    assert [] == [mail for who in (NOBODY, NATIONAL, LOCAL) for mail in delivery.sent_messages(who)]

"""The names above a scope, and the grants of others, are shown to those who may list them."""

from __future__ import annotations

import pytest

from habilis.core import Ref
from habilis.workflows import access, browse, discretion
from tests.factories import load, world

PORTAL = "comptable"
CLIENT, STAFF, ELSEWHERE = "client@x.example", "staff@x.example", "other@x.example"


@pytest.fixture(autouse=True)
def comptable(db):
    text = world(
        "bookkeeping",
        PORTAL,
        scopes="""
        office office Fiduciaire
        office/group client_group Groupe
        office/group/dossier dossier Boulangerie
        office/group/second dossier Garage
        """,
        grants="""
        client administrator office/group/dossier
        staff office_manager office
        other full_access office/group/second
        """,
    )
    return load(text)


def test_a_client_reads_no_name_of_the_office_above_their_dossier():
    shown = browse.scope(PORTAL, CLIENT, "office/group/dossier")

    assert ("Boulangerie",) == shown.path_names
    assert ("", "") == (shown.parent_key, shown.parent_name)
    assert [("Boulangerie",)] == [grant.scope.path_names for grant in browse.my_grants(PORTAL, CLIENT)]
    assert [("Boulangerie",)] == [scope.path_names for scope in browse.choices(PORTAL, CLIENT, "create_document")]


def test_the_office_reads_the_whole_path():
    assert ("Fiduciaire", "Groupe", "Boulangerie") == browse.scope(PORTAL, STAFF, "office/group/dossier").path_names


def test_the_account_of_another_person_tells_only_the_grants_one_may_see():
    ref = Ref("dossier", "office/group/dossier")
    account = discretion.account_within_sight(PORTAL, CLIENT, access.explain(PORTAL, ELSEWHERE, "read", ref))
    nobody = discretion.account_within_sight(PORTAL, CLIENT, access.explain(PORTAL, "no@x.example", "read", ref))

    assert nobody == account
    assert 1 == len(
        discretion.account_within_sight(PORTAL, STAFF, access.explain(PORTAL, ELSEWHERE, "read", ref)).steps
    )

"""The profiles by license and price: each number is that of the list it opens, and of what the asker may list."""

from __future__ import annotations

import pytest

from habilis.core import NotFound
from tests.factories import address, browser, by, load, world

WORLD = world(
    "licensing",
    "cabinet",
    scopes="""
        sud office Sud
        sud/pain dossier Pain
        sud/vin dossier Vin
        nord office Nord
        nord/sel dossier Sel
    """,
    grants="""
        ada portal_admin /
        olga office_manager sud
        otto office_collaborator sud
        nils office_manager nord
        anna connect_pay sud/pain
        anna connect_pay sud/vin
        axel connect_pay sud/pain
        alix connect_pay nord/sel
        alma easy_invoicing sud/pain
        hugo connect_pay sud/vin
        paul connect_pay sud/vin ..2026-01-01T00:00:00Z
    """,
    more='[[licenses]]\nkey = "connect_pay"\nprice = 12.5\n[[profiles]]\nkey = "connect"\nderives = "connect_pay"\n'
    'name = "Connect"\nlevels = { payments = "none" }\n',
)


@pytest.fixture
def cabinet(db) -> str:
    from habilis.workflows import people

    load(WORLD)
    people.deactivate(by("ada", "cabinet"), email=address("hugo"))
    return "cabinet"


def counts(portal: str, name: str) -> dict[str, tuple[int, int]]:
    from habilis.workflows import profiles

    groups = profiles.groups(portal, address(name), "fr")
    return {row.key: (row.people, row.pairs) for group in groups for row in group.profiles}


def holders(portal: str, name: str, profile: str) -> list[tuple[str, str]]:
    from habilis.workflows import profiles

    page = profiles.holders(portal, address(name), profile)
    return [(person.email[:4], grant.scope.key) for person in page.items for grant in person.grants]


@pytest.mark.row("WA-02", "WA-03", "WA-05", "WA-21")
def test_profiles_stand_under_their_license_with_its_price(cabinet):
    from habilis.workflows import profiles

    groups = profiles.groups(cabinet, address("olga"), "fr")

    licenses = ["connect_pay", "easy_invoicing", "full_accounting", "advanced_management", ""]
    assert licenses == [group.license for group in groups]
    assert [12.5, None] == [group.price for group in groups[:2]]
    assert ["connect_pay", "connect"] == [row.key for row in groups[0].profiles]
    assert ("Connect", "connect_pay", 0) == (
        groups[0].profiles[1].name,
        groups[0].profiles[1].derives,
        groups[0].profiles[1].people,
    )
    assert ["office_manager", "office_collaborator"] == [row.key for row in groups[-1].profiles]
    assert [True] == [row.default for group in groups for row in group.profiles if row.default]


@pytest.mark.row("WA-35", "WA-36", "WA-37")
def test_each_number_is_that_of_the_list_it_opens(cabinet):
    assert (2, 3) == counts(cabinet, "olga")["connect_pay"]  # neither the suspended nor the one whose right ended
    assert [("anna", "sud/pain"), ("anna", "sud/vin"), ("axel", "sud/pain")] == holders(cabinet, "olga", "connect_pay")
    for name in ("ada", "olga", "otto", "nils"):
        for key, (people, pairs) in counts(cabinet, name).items():
            found = holders(cabinet, name, key)
            assert (people, pairs) == (len({email for email, _scope in found}), len(found))


def test_an_office_counts_its_own_and_a_client_counts_nobody(cabinet):
    assert (1, 1) == counts(cabinet, "nils")["connect_pay"]
    assert (3, 4) == counts(cabinet, "ada")["connect_pay"]
    assert {(0, 0)} == set(counts(cabinet, "anna").values())
    assert [] == holders(cabinet, "anna", "connect_pay")
    with pytest.raises(NotFound):
        holders(cabinet, "olga", "galaxy")


@pytest.mark.row("WA-01")
def test_the_page_is_the_offices_and_not_its_clients(cabinet):
    def get(name: str, page: str):
        return browser(name).get(f"/cabinet/{page}")

    for name in ("olga", "otto"):
        home = get(name, "").content.decode()
        assert "Outils" in home
        assert "/cabinet/profiles/" in home
        page = get(name, "profiles/").content.decode()
        assert "12,50" in page
        assert "sud/vin" in get(name, "profiles/users/connect_pay").content.decode()
    for name in ("anna", "alma"):
        assert "/cabinet/profiles/" not in get(name, "").content.decode()
        assert 403 == get(name, "profiles/").status_code
        assert 403 == get(name, "profiles/users/connect_pay").status_code
    assert 404 == get("olga", "profiles/users/galaxy").status_code

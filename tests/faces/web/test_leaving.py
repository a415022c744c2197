"""The pages of departures, as everybody: who may open them, what they change, and what they say."""

from __future__ import annotations

import pytest

from habilis.store.models import Grant, Member, Message, User
from habilis.workflows import grants
from habilis.workflows.acting import Acting

ACTORS = ("anonymous", "stranger", "nora", "berthe", "yvan", "omar", "maud", "ada")
OMAR = "/courrier/people/omar@acme.example"
MAUD = Acting("maud@acme.example", "courrier")


@pytest.fixture
def client_for(client_for):
    """The cast, and Ada who administers the portal."""
    from habilis.store.models import Portal, Profile, Scope

    portal = Portal.objects.get(key="courrier")
    ada = User.objects.create_user("ada@acme.example", "une-longue-phrase", name="Ada")
    Member.objects.create(portal=portal, user=ada)
    Grant.objects.create(
        portal=portal,
        user=ada,
        scope=Scope.objects.get(portal=portal, key=""),
        profile=Profile.objects.get(portal=portal, key="portal_admin"),
    )

    def client(name: str):
        if name != "ada":
            return client_for(name)
        browser = client_for("anonymous")
        browser.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return client


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


@pytest.mark.row("AC-11", "RT-50")
@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        (f"{OMAR}/deactivate", (302, 404, 404, 404, 404, 404, 404, 200)),
        (f"{OMAR}/anonymize", (302, 404, 404, 404, 404, 404, 404, 200)),
        (f"{OMAR}/hand-over", (302, 404, 404, 404, 404, 404, 200, 200)),
        ("/courrier/scope/pass-role/acme", (302, 404, 404, 404, 404, 403, 200, 200)),
        ("/courrier/extend?scope=acme&profile=operator", (302,) + (404,) * 7),
    ],
)
def test_each_page_answers_each_kind_of_actor(client_for, path, statuses):
    expected = dict(zip(ACTORS, statuses, strict=True))

    assert expected == {name: client_for(name).get(path).status_code for name in ACTORS}


@pytest.mark.row("RT-51")
def test_suspended_given_back_and_anonymized_from_the_page_of_the_person(client_for):
    ada, omar = client_for("ada"), client_for("omar")
    assert "Suspendre" in text_of(ada.get(OMAR))
    assert "Suspendre" not in text_of(client_for("maud").get(OMAR))
    assert 200 == omar.get("/courrier/").status_code
    assert 302 == ada.post(f"{OMAR}/deactivate", {"comment": "Congé"}).status_code
    assert 404 == omar.get("/courrier/").status_code
    assert 302 == ada.post(f"{OMAR}/reactivate").status_code
    assert 200 == omar.get("/courrier/").status_code
    assert 302 == ada.post(f"{OMAR}/anonymize").status_code
    assert 302 == omar.get("/courrier/").status_code  # signed out: the account is no more
    assert 404 == ada.get(OMAR).status_code


@pytest.mark.row("XX-10")
def test_what_is_under_way_is_handed_over_and_a_fault_keeps_what_was_typed(client_for):
    maud = client_for("maud")
    sent = {"scope": "acme", "to": "luc@acme.example", "comment": "Départ de <Omar>"}
    for wrong, status in (("x", 400), ("nobody@acme.example", 400), ("nora@acme.example", 409)):
        response = maud.post(f"{OMAR}/hand-over", sent | {"to": wrong})
        assert (status, True) == (response.status_code, "Départ de &lt;Omar&gt;" in text_of(response))
    response = maud.post(f"{OMAR}/hand-over", sent, follow=True)

    assert "1 élément transmis" in text_of(response)
    assert "luc@acme.example" == Message.objects.get().recipient


@pytest.mark.row("CP-59")
def test_the_role_is_passed_on(client_for):
    maud = client_for("maud")
    assert "/scope/pass-role/acme" in text_of(maud.get("/courrier/s/acme"))
    assert "/scope/pass-role/acme" not in text_of(client_for("ada").get("/courrier/s/acme"))
    response = maud.post("/courrier/scope/pass-role/acme", {"to": "omar@acme.example"})

    assert (302, 403) == (response.status_code, maud.get("/courrier/manage/").status_code)
    assert 200 == client_for("omar").get("/courrier/manage/").status_code


@pytest.mark.row("CF-15", "CP-58")
def test_what_nobody_manages_is_shown_to_whoever_may_appoint(client_for):
    Member.objects.filter(user__email="berthe@borea.example").update(active=False)

    assert "Sans gestionnaire" in text_of(client_for("ada").get("/courrier/manage/"))
    assert "Sans gestionnaire" not in text_of(client_for("maud").get("/courrier/manage/"))


def test_more_time_is_asked_from_my_own_page(client_for):
    from datetime import UTC, datetime

    end = datetime(2099, 1, 1, tzinfo=UTC)
    grants.set_period(
        MAUD, person="omar@acme.example", scope="acme/paie", profile="operator", valid_from=None, valid_until=end
    )
    omar, path = client_for("omar"), "/courrier/extend?scope=acme/paie&profile=operator"
    assert "Demander une prolongation" in text_of(omar.get(OMAR))
    assert 302 == omar.post(path, {"comment": "Encore un mois"}).status_code
    assert {"maud@acme.example", "luc@acme.example", "ada@acme.example"} == set(
        Message.objects.values_list("recipient", flat=True)
    )
    again = omar.post(path, {"comment": "Encore un mois"})
    assert (409, True) == (again.status_code, "Encore un mois" in text_of(again))


def test_a_closed_organization_reopens_with_a_manager_who_is_named(client_for):
    ada = client_for("ada")
    ada.post("/courrier/scope/close/borea")
    grants.detach(Acting("ada@acme.example", "courrier"), person="berthe@borea.example", scope="borea")
    response = ada.post("/courrier/scope/reopen/borea")
    assert (409, True) == (response.status_code, 'name="manager"' in text_of(response))
    wrong = ada.post("/courrier/scope/reopen/borea", {"manager": "nobody@borea.example"})
    assert (400, True) == (wrong.status_code, "nobody@borea.example" in text_of(wrong))

    assert 302 == ada.post("/courrier/scope/reopen/borea", {"manager": "nora@acme.example"}).status_code
    assert 200 == client_for("nora").get("/courrier/s/borea").status_code

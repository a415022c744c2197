"""The pages of a portal where people advise: positions, moderation, territories, each for those they are for."""

from __future__ import annotations

import re

import pytest

from habilis.core import Ref
from habilis.workflows import access, browse, delivery, moderation, positions
from habilis.workflows.acting import Acting
from tests.faces.web.test_pages import walk
from tests.factories import address, browser, load, world

WORLD = world(
    "advisory",
    "conseil",
    scopes="""
        ara territory Auvergne-Rhône-Alpes
        ara/69 territory Rhône
        ara/38 territory Isère
        bre territory Bretagne
        bre/29 territory Finistère
        ara/69/halle dossier Halle
        ara/38/friche dossier Friche
    """,
    grants="""
        staff portal_staff /
        second portal_staff /
        national advisor /
        local advisor ara/69
        guest advisor ara/38/friche
        owner owner ara/69/halle
        plain - -
    """,
)
ACTORS = ("anonymous", "plain", "owner", "guest", "local", "national", "staff")
SUBMIT = "/conseil/submit/dossier"
HALLE = "/conseil/s/ara/69/halle?tab=people"
LOCAL = "/conseil/people/local@x.example"
TERRITORIES = f"{LOCAL}/territories/advisor"


@pytest.fixture
def conseil(db) -> str:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password

    key = load(WORLD)
    get_user_model().objects.update(password=make_password("une-longue-phrase"))  # whoever signs in has one
    return key


@pytest.fixture
def client_for(conseil):
    return lambda name: browser("" if name == "anonymous" else name)


@pytest.fixture
def pending(conseil) -> str:
    """The key of a dossier that waits, submitted by a plain member."""
    return moderation.submit(Acting(address("plain"), conseil), parent="ara/38", kind="dossier", name="Une école")


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def held(name: str) -> set[str]:
    return {grant.scope.key for grant in browse.my_grants("conseil", address(name))}


@pytest.mark.row("RC-13", "RC-14", "RC-16", "RC-38")
@pytest.mark.parametrize(
    ("path", "statuses"),
    {
        SUBMIT: (302, 200, 200, 200, 200, 200, 200),
        "/conseil/submit/territory": (302, 404, 404, 404, 404, 404, 404),
        "/conseil/moderation/": (302, 403, 403, 403, 403, 403, 200),
        "/conseil/moderation/view/ara/38/une-ecole": (302, 403, 404, 404, 404, 404, 200),
        "/conseil/s/ara/38/une-ecole": (302, 200, 404, 404, 404, 404, 200),
        TERRITORIES: (302, 404, 404, 404, 404, 403, 200),
        f"{LOCAL}/territories/observer": (302, 404, 404, 404, 404, 404, 404),
        f"{LOCAL}/demote/advisor": (302, 404, 404, 404, 404, 403, 200),
        f"{LOCAL}/account": (302, 404, 404, 404, 404, 403, 200),
        f"{LOCAL}/anonymize": (302, 404, 404, 404, 404, 403, 200),
        "/conseil/s/ara/69/halle?tab=people": (302, 404, 200, 404, 200, 200, 200),
        "/conseil/s/ara/69/halle?tab=internal_note": (302, 404, 404, 404, 200, 404, 200),
        "/conseil/s/ara/69/halle?tab=scopes": (302,) + (404,) * 6,
    }.items(),
)
def test_each_page_answers_each_kind_of_actor(client_for, pending, path, statuses):
    assert "ara/38/une-ecole" == pending
    positions.take(Acting(address("local"), "conseil"), scope="ara/69/halle", profile="observer")

    answered = {name: client_for(name).get(path).status_code for name in ACTORS}

    assert dict(zip(ACTORS, statuses, strict=True)) == answered


@pytest.mark.row("RC-14", "RC-15", "RC-16")
def test_moderation_is_in_the_menu_of_moderators_while_something_waits(client_for, pending):
    for name in ACTORS[1:]:
        page = client_for(name).get("/conseil/").content.decode()
        assert ("/conseil/moderation/" in page) is (name == "staff"), name
    header = client_for("staff").get("/conseil/").content.decode().partition("</header>")[0]
    assert re.search(r"Modération</span><span[^>]*>1<", header)

    client_for("second").post(f"/conseil/moderation/accept/{pending}")

    assert "/conseil/moderation/" not in client_for("staff").get("/conseil/").content.decode()


def test_a_dossier_is_submitted_read_by_its_author_and_accepted(client_for, conseil):
    author, staff = client_for("plain"), client_for("staff")
    assert SUBMIT in author.get("/conseil/").content.decode()

    response = author.post(SUBMIT, {"name": "Une école", "parent": "bre/29"}, follow=True)

    assert "Une école" in text_of(response)
    assert "attente de modération" in text_of(response)
    assert "/conseil/s/bre/29/une-ecole" in author.get("/conseil/").content.decode()
    assert "Une école" in text_of(staff.get("/conseil/moderation/"))
    response = staff.post("/conseil/moderation/accept/bre/29/une-ecole")
    assert "/conseil/moderation/" == response["Location"]
    assert access.check(conseil, address("plain"), "edit", Ref("dossier", "bre/29/une-ecole")) or held("plain")
    assert 409 == staff.post("/conseil/moderation/accept/bre/29/une-ecole").status_code


@pytest.mark.parametrize("given", [{"name": "", "parent": "bre/29"}, {"name": "x", "parent": "bre"}, {"name": "x"}])
def test_a_submission_with_a_fault_keeps_the_form(client_for, conseil, given):
    response = client_for("plain").post(SUBMIT, given)

    assert 400 == response.status_code
    assert [] == moderation.submitted(conseil, address("plain"))


def test_somebody_who_has_submitted_much_waits_until_something_is_decided(client_for, pending, monkeypatch):
    monkeypatch.setattr(moderation, "MOST_PENDING", 1)
    given = {"name": "Une autre", "parent": "bre/29"}
    refused = client_for("plain").post(SUBMIT, given)
    assert 400 == refused.status_code
    assert 'value="Une autre"' in text_of(refused)
    moderation.accept(Acting(address("staff"), "conseil"), key=pending)

    assert 302 == client_for("plain").post(SUBMIT, given).status_code


def test_a_dossier_is_turned_down_with_a_reason_that_its_author_is_told(client_for, pending):
    staff = client_for("staff")
    response = staff.post(f"/conseil/moderation/refuse/{pending}", {"reason": "  "})
    assert 400 == response.status_code
    assert 'id="id_reason_error"' in response.content.decode()

    response = staff.post(f"/conseil/moderation/refuse/{pending}", {"reason": "Hors du périmètre"})

    assert "/conseil/moderation/" == response["Location"]
    assert any("Hors du périmètre" in mail.text for mail in delivery.sent_messages(address("plain")))


@pytest.mark.parametrize("name", ["plain", "owner", "guest", "local", "national"])
def test_nobody_else_decides_by_a_made_up_form(client_for, pending, name):
    browser = client_for(name)
    for verb in ("accept", "refuse"):
        assert browser.post(f"/conseil/moderation/{verb}/{pending}", {"reason": "x"}).status_code in (403, 404)
    assert [pending] == moderation.waiting("conseil", address("staff"))


def test_what_one_submitted_oneself_waits_for_somebody_else(client_for, conseil):
    key = moderation.submit(Acting(address("staff"), conseil), parent="bre/29", kind="dossier", name="Le mien")
    staff = client_for("staff")

    assert "/conseil/moderation/" not in staff.get("/conseil/").content.decode()
    assert f"accept/{key}" not in staff.get(f"/conseil/moderation/view/{key}").content.decode()
    assert 403 == staff.post(f"/conseil/moderation/accept/{key}").status_code
    assert [key] == moderation.waiting(conseil, address("second"))


@pytest.mark.row("RT-24")
def test_a_position_is_taken_changed_and_left_on_the_page_of_the_dossier(client_for):
    browser, page = client_for("local"), "/conseil/s/ara/69/halle"
    assert {"advisor", "observer"} == offered(browser.get(page))

    browser.post("/conseil/scope/position/ara/69/halle", {"profile": "observer"})
    assert {"advisor"} == offered(browser.get(page))
    assert access.check("conseil", address("local"), "read", Ref("dossier", "ara/69/halle"))
    assert 409 == browser.post("/conseil/scope/position/ara/69/halle", {"profile": "observer"}).status_code

    response = browser.post("/conseil/scope/leave/ara/69/halle")
    assert page == response["Location"]
    assert {"ara/69"} == held("local")


def offered(response) -> set[str]:
    page = response.content.decode()
    return {key for key in ("advisor", "observer", "owner") if f'name="profile" value="{key}"' in page}


@pytest.mark.row("RT-24")
@pytest.mark.parametrize(
    ("name", "key"), [("guest", "ara/38/friche"), ("owner", "ara/69/halle"), ("national", "ara/69"), ("staff", "ara")]
)
def test_nobody_is_offered_a_position_that_is_not_theirs_to_take(client_for, name, key):
    browser = client_for(name)

    assert set() == offered(browser.get(f"/conseil/s/{key}"))
    assert 403 == browser.post(f"/conseil/scope/position/{key}", {"profile": "advisor"}).status_code


@pytest.mark.row("RC-28", "RC-29")
def test_the_settings_of_a_dossier_hold_its_members_and_whom_one_invites_as_what(client_for):
    page = text_of(client_for("staff").get("/conseil/s/ara/69/halle?tab=people"))
    at = [page.index(said) for said in ("Membres", "Invitations en attente", "Inviter une personne")]
    assert sorted(at) == at
    assert ["advisor", "applicant"] == re.findall(r"profile=(\w+)", page[at[2] :])
    assert ["applicant"] == re.findall(r"new\?scope=\S*profile=(\w+)", text_of(client_for("owner").get(HALLE)))

    form = text_of(client_for("staff").get("/conseil/invitations/new?scope=ara/69/halle&profile=applicant"))
    assert ["applicant"] == re.findall(r'name="profile" value="(\w+)"[^>]* checked', form)


@pytest.mark.row("RC-04", "RC-31")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("national", "Conseiller·e national·e"),
        ("local", "Conseiller·e local·e"),
        ("guest", "Conseiller·e invité·e"),
        ("owner", "Compte standard"),
        ("second", "Staff du portail"),
    ],
)
def test_the_page_of_a_person_tells_the_type_of_their_account(client_for, name, says):
    page = text_of(client_for("staff").get(f"/conseil/people/{address(name)}"))

    assert f"<strong>{says}</strong>" in page
    assert "Gérer l'utilisateur·rice" in page
    assert f"<strong>{says}</strong>" in text_of(client_for(name).get(f"/conseil/people/{address(name)}"))


@pytest.mark.row("RC-04")
def test_a_list_of_people_tells_who_is_national_local_or_on_a_dossier(client_for):
    page = text_of(client_for("staff").get("/conseil/s/?tab=people"))

    for word in ("national·e", "local·e", "sur un dossier"):
        assert f'<span class="pill">{word}</span>' in page


@pytest.mark.row("RC-31", "RC-38")
@pytest.mark.parametrize("name", ["owner", "local", "national"])
def test_nobody_else_is_shown_what_changes_an_account(client_for, name):
    positions.take(Acting(address("local"), "conseil"), scope="ara/69/halle", profile="observer")
    page = text_of(client_for(name).get(LOCAL))

    assert "Gérer l'utilisateur·rice" not in page
    given = {"reach": "listed", "territories": ["ara/38"]}
    assert client_for(name).post(TERRITORIES, given).status_code in (403, 404)
    assert {"ara/69", "ara/69/halle"} == held("local")


@pytest.mark.row("RC-32", "RT-48")
def test_staff_replace_departments_with_exactly_those_that_are_ticked(client_for):
    browser = client_for("staff")
    page = browser.get(TERRITORIES).content.decode()
    assert ["ara/69"] == re.findall(r'name="territories" value="([^"]*)"[^>]* checked', page)
    assert "<legend>Bretagne</legend>" in page

    given = {"reach": "listed", "territories": ["ara/38", "bre/29"]}
    assert LOCAL == browser.post(TERRITORIES, given)["Location"]

    assert {"ara/38", "bre/29"} == held("local")
    assert 404 == client_for("local").get("/conseil/s/ara/69/halle").status_code
    assert 200 == client_for("local").get("/conseil/s/ara/38/friche").status_code


@pytest.mark.row("RC-08", "RC-09", "RC-36")
def test_nothing_ticked_is_an_error_beside_the_field_and_never_the_whole_country(client_for):
    browser = client_for("staff")
    for given in ({"reach": "listed"}, {}, {"territories": ["ara/38"]}):
        response = browser.post(TERRITORIES, given)
        assert 400 == response.status_code
        assert {"ara/69"} == held("local")
    page = browser.post(TERRITORIES, {"reach": "listed"}).content.decode()
    assert 'aria-describedby="id_territories_error"' in page
    assert 'id="id_territories_error"' in page

    browser.post(TERRITORIES, {"reach": "national", "territories": ["ara/69"]})
    assert {""} == held("local")


@pytest.mark.row("RC-33", "RC-34", "RC-35", "RC-36", "RC-37")
def test_a_demotion_is_confirmed_keeps_positions_and_the_account(client_for):
    positions.take(Acting(address("local"), "conseil"), scope="ara/69/halle", profile="observer")
    browser = client_for("staff")
    assert "garde les dossiers" in text_of(browser.get(f"{LOCAL}/demote/advisor"))
    assert {"ara/69", "ara/69/halle"} == held("local")

    response = browser.post(f"{LOCAL}/demote/advisor", {"comment": "fin de mission"}, follow=True)

    assert "Compte standard" in text_of(response)
    assert {"ara/69/halle"} == held("local")
    assert 200 == client_for("local").get("/conseil/s/ara/69/halle").status_code
    assert 404 == client_for("local").get("/conseil/s/ara/69").status_code
    assert browse.person("conseil", address("staff"), address("local")).active
    assert 404 == browser.get(f"{LOCAL}/demote/advisor").status_code
    assert "checked" not in browser.get(TERRITORIES).content.decode()


@pytest.mark.row("RT-52")
def test_the_people_of_a_portal_are_narrowed_by_name_role_state_and_departments(db):
    from habilis.workflows import people
    from tests import factories

    key = factories.load(factories.ADVICE)
    factories.load(factories.MAIL)  # another portal, whose people are nowhere here
    people.deactivate(factories.by("ada", key), email=address("app"))
    stan = browser("stan")

    def listed(asked: str) -> set[str]:
        page = stan.get(f"/{key}/s/?tab=people&{asked}").content.decode()
        return set(re.findall(rf'href="/{key}/people/(\w+)@x\.example">', page.split("<tbody>")[-1]))

    everybody = {"ada", "stan", "nat", "reg", "inv", "obs", "own", "app", "far", "zoe"}
    assert everybody == listed("")
    assert {"nat"} == listed("q=NA")
    assert {"nat", "reg", "inv"} == listed("profile=advisor")
    assert {"app"} == listed("state=inactive")
    assert everybody - {"app"} == listed("state=active")
    assert {"inv", "obs", "own", "app"} == listed("among=bzh/29")
    assert {"reg", "inv", "obs", "own", "app", "far"} == listed("among=bzh&among=paca")
    assert {"reg", "inv"} == listed("among=bzh&among=unknown&profile=advisor")
    assert set() == listed("among=unknown")
    file = stan.get(f"/{key}/people/export/csv?scope=&among=bzh/29").getvalue().decode()
    assert address("own") in file
    assert address("reg") not in file


def test_a_portal_that_moderates_nothing_has_none_of_these_pages(db):
    from tests import factories

    key, maud = factories.load(factories.MAIL), browser("maud")

    for path in ("moderation/", "submit/unit", f"people/{address('omar')}/territories/operator"):
        assert 404 == maud.get(f"/{key}/{path}").status_code, path
    assert "moderation" not in maud.get(f"/{key}/").content.decode()


@pytest.mark.parametrize("name", ["plain", "owner", "guest", "local", "staff"])
def test_no_link_to_these_pages_leads_to_a_refusal(client_for, pending, name):
    positions.take(Acting(address("local"), "conseil"), scope="ara/69/halle", profile="observer")

    seen, refused = walk(client_for(name))

    ours = ("/s/", "/moderation/", "/submit/", "/export/", "/territories/", "/demote/", "/accounts/me/", "/detach")
    assert [] == [one for one in refused if any(part in one[0] for part in ours)]
    assert (f"/conseil/moderation/view/{pending}" in seen) is (name == "staff")
    assert (f"/conseil/s/{pending}" in seen) is (name in ("plain", "staff"))

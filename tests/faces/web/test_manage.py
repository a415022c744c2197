"""What a manager does in the browser: people, grants, scopes."""

from __future__ import annotations

from habilis.core import Ref

OMAR = "/courrier/people/omar@acme.example"
PERSON = {
    "email": "Ines@Acme.example",
    "name": "Inès",
    "language": "fr",
    "scopes": ["acme/paie"],
    "profile": "operator",
}


def may(person, action, type_, key):
    from habilis.workflows import access

    return access.check("courrier", person, action, Ref(type_, key))


def test_create_a_person_gives_access_at_once(client_for):
    response = client_for("maud").post("/courrier/people/new", PERSON)

    assert "/courrier/people/ines@acme.example" == response["Location"]
    assert may("ines@acme.example", "read", "mail_item", "pli/1")


def test_create_a_person_with_a_fault_keeps_the_form(client_for):
    response = client_for("maud").post("/courrier/people/new", {**PERSON, "email": "not an address"})
    page = response.content.decode()

    assert 400 == response.status_code
    assert 'value="not an address"' in page
    assert 'id="id_email_error"' in page


def test_a_form_proposes_exactly_the_scopes_where_one_may_attach(client_for):
    page = client_for("maud").get("/courrier/people/new").content.decode()

    assert {"acme", "acme/paie", "acme/compta"} == {
        key for key in ("acme", "acme/paie", "acme/compta", "borea") if f'value="{key}"' in page
    }


def test_attach_then_detach(client_for):
    browser = client_for("maud")
    assert 302 == browser.post(f"{OMAR}/attach", {"scope": "acme/compta", "profile": "operator"}).status_code
    assert may("omar@acme.example", "read", "unit", "acme/compta")

    address = f"{OMAR}/detach?scope=acme/compta&profile=operator"
    assert 302 == browser.post(address, {"comment": "Fin de mission"}).status_code
    assert not may("omar@acme.example", "read", "unit", "acme/compta")


def test_adjust_one_grant_feature_by_feature(client_for):
    browser = client_for("maud")
    address = f"{OMAR}/adjust?scope=acme/paie&profile=operator"
    assert 302 == browser.post(address, {"level_mail": "view"}).status_code
    assert not may("omar@acme.example", "edit", "mail_item", "pli/1")
    assert may("omar@acme.example", "read", "mail_item", "pli/1")

    assert 302 == browser.post(address, {"level_mail": ""}).status_code
    assert may("omar@acme.example", "edit", "mail_item", "pli/1")


def test_nobody_gives_more_than_they_hold(client_for):
    response = client_for("maud").post(f"{OMAR}/adjust?scope=acme&profile=operator", {"level_moderation": "edit"})

    assert 403 == response.status_code
    assert "Modération" in response.content.decode()


def test_a_period_ends_after_its_last_day(client_for):
    browser = client_for("maud")
    address = f"{OMAR}/period?scope=acme/paie&profile=operator"
    assert 400 == browser.post(address, {"until": "2020-01-01"}).status_code
    assert 302 == browser.post(address, {"until": "2090-06-30"}).status_code

    page = browser.get(OMAR).content.decode()
    assert "30/06/2090" in page


def test_change_of_profile_concerns_the_whole_organization(client_for):
    browser = client_for("maud")
    address = "/courrier/people/lise@acme.example/profile?scope=acme&profile=operator"
    assert 302 == browser.post(address, {"profile": "manager"}).status_code
    assert may("lise@acme.example", "export", "organization", "acme")


def test_the_last_manager_stays(client_for):
    browser = client_for("maud")
    assert 302 == browser.post("/courrier/people/luc@acme.example/detach?scope=acme&profile=manager", {}).status_code

    response = browser.post(
        "/courrier/people/maud@acme.example/detach?scope=acme&profile=manager", {"comment": "Je pars"}
    )

    assert 409 == response.status_code
    assert "Je pars" in response.content.decode()


def test_whoever_leaves_is_taken_home(client_for):
    browser = client_for("maud")

    response = browser.post("/courrier/people/maud@acme.example/detach?scope=acme&profile=manager", {}, follow=True)

    assert 200 == response.status_code


def test_scopes_are_created_renamed_closed_and_reopened(client_for):
    browser = client_for("maud")
    created = browser.post("/courrier/scope/new/unit?parent=acme", {"name": "Logistique"})
    assert "/courrier/s/acme/logistique" == created["Location"]
    browser.post("/courrier/scope/rename/acme/logistique", {"name": "Entrepôt"})
    assert "Entrepôt" in browser.get("/courrier/s/acme?tab=scopes").content.decode()
    browser.post("/courrier/scope/close/acme/logistique")
    assert "Fermé" in browser.get("/courrier/s/acme/logistique").content.decode()
    assert 'value="acme/logistique"' not in browser.get("/courrier/r/mail_item/new").content.decode()
    browser.post("/courrier/scope/reopen/acme/logistique")
    assert 'value="acme/logistique"' in browser.get("/courrier/r/mail_item/new").content.decode()


def test_people_of_another_organization_never_show(client_for):
    page = client_for("maud").get("/courrier/s/acme?tab=people").content.decode()

    assert "omar@acme.example" in page
    assert "berthe@borea.example" not in page


def test_a_branch_of_the_tree_is_a_piece_of_page_only_for_the_page_that_asks(client_for):
    browser = client_for("maud")

    piece = browser.get("/courrier/manage/children?of=acme", headers={"HX-Request": "true"}).content.decode()

    assert "Paie" in piece
    assert "<html" not in piece
    assert "/courrier/s/acme?tab=scopes" == browser.get("/courrier/manage/children?of=acme")["Location"]


def test_who_names_those_who_may_and_why_answers_for_one(client_for):
    browser = client_for("maud")
    page = browser.get("/courrier/who?action=read&type=mail_item&key=pli/1").content.decode()
    assert "omar@acme.example" in page
    assert "lise@acme.example" not in page

    page = browser.get("/courrier/why?action=read&type=mail_item&key=pli/1&person=omar@acme.example").content.decode()
    assert "ce qui le permet" in page

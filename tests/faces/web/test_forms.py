"""What forms offer, and what becomes of what was typed: nothing that would be refused, nothing lost."""

from __future__ import annotations

import re

import pytest

from tests.factories import ADVICE, BOOKS, by, load, world

NEW_ITEM = "/courrier/r/mail_item/new"
ITEM = {"title": "Voeux 2027", "scope": "acme", "field_format": "C5", "field_copies": "3"}


def signed_in(address: str, language: str = ""):
    from django.contrib.auth import get_user_model
    from django.test import Client

    browser = Client()
    browser.force_login(
        get_user_model().objects.get(email=address), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    if language:
        browser.cookies["django_language"] = language
    return browser


def page(response) -> str:
    return response.content.decode()


def offered(text: str, feature: str) -> set[str]:
    return set(re.findall(rf'name="level_{feature}" id="[^"]*" value="([^"]*)"', text))


# --- adjustments


def matrix_of(browser, person: str, scope: str, profile: str):
    return browser.get(f"/livres/people/{person}/adjust", {"scope": scope, "profile": profile})


@pytest.mark.django_db
def test_the_matrix_offers_what_its_reader_may_give_and_each_offer_is_accepted():
    load(BOOKS)
    otis = signed_in("otis@x.example")
    text = page(matrix_of(otis, "pete@x.example", "sud/pain", "document_processing"))

    assert offered(text, "documents") >= {"", "view", "edit"}
    for level in offered(text, "documents"):
        sent = otis.post(
            "/livres/people/pete@x.example/adjust?scope=sud/pain&profile=document_processing",
            {"level_documents": level},
        )
        assert 302 == sent.status_code


@pytest.mark.django_db
def test_a_level_above_ones_own_is_not_offered_and_the_page_says_why():
    from habilis.workflows import giving, grants

    load(BOOKS)
    grants.adjust(
        by("otis", "livres"),
        person="anna@x.example",
        scope="sud/pain",
        profile="administrator",
        adjustments={"reports": "none"},
    )
    text = page(matrix_of(signed_in("anna@x.example"), "pete@x.example", "sud/pain", "document_processing"))
    open_ = giving.levels_open("livres", "anna@x.example", "pete@x.example", "sud/pain", "document_processing")

    assert "above_own_rights" == open_["reports"]["view"]
    assert "" == open_["reports"]["none"]
    assert "view" not in offered(text, "reports")
    assert "Au-delà de vos propres droits ici" in text


@pytest.mark.django_db
def test_a_level_beyond_the_license_is_not_offered():
    load(
        world(
            "licensing",
            "licences",
            scopes="cab office Cabinet\ncab/vin dossier Vin",
            grants="rosa office_manager cab\nluc connect_pay cab/vin",
        )
    )
    from habilis.workflows import giving

    open_ = giving.levels_open("licences", "rosa@x.example", "luc@x.example", "cab/vin", "connect_pay")

    assert "above_license" in {why for levels in open_.values() for why in levels.values()}
    assert {""} == {levels["none"] for levels in open_.values()}


# --- many scopes


@pytest.fixture
def many(db) -> str:
    units = "\n".join(f"acme/u{n:03} unit Service {n:03}" for n in range(130))
    return load(world("mailroom", "grand", scopes=f"acme organization ACME\n{units}", grants="maud manager acme"))


def test_a_form_with_many_scopes_searches_among_all_of_them_and_loses_nothing(many):
    maud = signed_in("maud@x.example")
    first = page(maud.get("/grand/r/mail_item/new"))
    found = maud.post(
        "/grand/r/mail_item/new", {"title": "Déjà saisi", "scope": "", "look": "1", "sought": "Service 127"}
    )
    text = page(found)

    assert 'name="sought"' in first
    assert 200 == found.status_code
    assert "Déjà saisi" in text
    assert "acme/u127" in text
    assert "acme/u003" not in text
    assert "errorlist" not in text


def test_what_a_search_found_can_be_chosen(many):
    from habilis.store.models import Resource

    sent = {"title": "Trouvé", "scope": "acme/u127", "sought": "Service 127", "field_format": "C5", "field_copies": "1"}
    signed_in("maud@x.example").post("/grand/r/mail_item/new", sent)

    assert "acme/u127" == Resource.objects.get(title="Trouvé").scope.key


def test_a_scope_where_one_may_not_is_found_by_no_search(many, courrier):
    berthe = signed_in("berthe@borea.example")

    assert "acme" not in page(berthe.post(NEW_ITEM, {"look": "1", "sought": "Paie"})).split("<main")[1]


# --- places


@pytest.mark.row("PF-19")
def test_each_is_offered_their_units_or_no_unit_in_so_many_words(client_for):
    maud = page(client_for("maud").get(NEW_ITEM))
    omar = page(client_for("omar").get(NEW_ITEM))

    assert {"ACME › Sans service", "ACME › Compta", "ACME › Paie"} == options(maud, "scope")
    assert {"ACME › Paie"} == options(omar, "scope")


def options(text: str, name: str) -> set[str]:
    select = re.search(rf'<select name="{name}".*?</select>', text, re.DOTALL)
    assert select
    return {one.strip() for one in re.findall(r"<option[^>]*>([^<]*)</option>", select[0])} - {"Choisir…"}


def test_a_sender_stands_on_the_organization_without_more_words(client_for):
    assert "Sans service" not in page(client_for("maud").get("/courrier/r/sender/new"))


@pytest.mark.django_db
def test_a_right_that_a_position_would_give_is_offered_to_those_who_hold_one_only():
    load(ADVICE)
    regional, invited = (page(signed_in(f"{name}@x.example").get("/conseil/")) for name in ("reg", "inv"))

    assert "/conseil/r/internal_note/new" not in regional
    assert "/conseil/r/internal_note/new" in invited


# --- people


def test_who_links_to_those_whose_page_opens_and_names_the_others(client_for):
    maud = client_for("maud")
    text = page(maud.get("/courrier/who?action=read&type=organization&key=acme"))

    assert "/courrier/people/maud@acme.example" in text
    links = re.findall(r'href="(/courrier/people/[^"]+)"', text)
    assert links
    assert {200} == {maud.get(link).status_code for link in links}


@pytest.mark.django_db
def test_whoever_sees_everybody_opens_the_page_of_a_person_who_never_held_anything():
    load(ADVICE)
    ada, stan, reg = (signed_in(f"{name}@x.example") for name in ("ada", "stan", "reg"))

    assert 200 == ada.get("/conseil/people/zoe@x.example").status_code
    assert "zoe@x.example" in page(ada.get("/conseil/s/?tab=people"))
    assert 404 == reg.get("/conseil/people/zoe@x.example").status_code
    assert 200 == stan.get("/conseil/people/zoe@x.example").status_code


def test_a_manager_of_one_organization_does_not_open_somebody_who_holds_nothing(client_for):
    assert 404 == client_for("maud").get("/courrier/people/nora@acme.example").status_code


# --- a session that ended


def test_what_was_typed_when_the_session_had_ended_is_sent_after_signing_in(courrier):
    from django.test import Client

    from habilis.store.models import Resource

    browser = Client()
    away = browser.post(NEW_ITEM, ITEM)
    signed = browser.post(away["Location"], {"login": "maud@acme.example", "password": "une-longue-phrase"})
    again = browser.get(signed["Location"])
    sent = browser.post("/unsent/", {**ITEM, "send": "1"})
    done = browser.post(sent["Location"], {**ITEM, "send": "1"})

    assert "/accounts/login/?next=/unsent/" == away["Location"]
    assert "/unsent/" == signed["Location"]
    assert "Voeux 2027" in page(again)
    assert (307, NEW_ITEM) == (sent.status_code, sent["Location"])
    assert 302 == done.status_code
    assert 1 == Resource.objects.filter(title="Voeux 2027").count()
    assert 302 == browser.get("/unsent/").status_code


def test_what_is_secret_is_not_kept_and_looking_sends_nothing(courrier):
    from django.test import Client

    from habilis.store.models import Resource

    browser = Client()
    browser.post(NEW_ITEM, {**ITEM, "password": "tres-secret", "csrfmiddlewaretoken": "x"})

    assert "tres-secret" not in str(dict(browser.session))
    assert not Resource.objects.filter(title="Voeux 2027").exists()


# --- dates


def test_english_dates_leave_no_doubt(client_for):
    browser = client_for("maud")
    browser.cookies["django_language"] = "en"
    text = page(browser.get("/courrier/r/mail_item/view/pli/1"))

    assert "1 Mar 2026" in text
    assert "03/01/2026" not in text

"""How one signs in, seen from outside: each door closed to whoever is not the person, who is told of what changes."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.journeys.test_account import code_of

MAUD, PASSWORD = "maud@acme.example", "une-longue-phrase"
SECURITY = "/accounts/security/"
ASK = "/accounts/me/address/"


def signed_in(address: str = MAUD, password: str = PASSWORD) -> Client:
    """A browser whose person has just given their password, and given it once more."""
    browser = Client()
    browser.post("/accounts/login/", {"login": address, "password": password})
    browser.post("/accounts/reauthenticate/", {"password": password})
    return browser


def page(response) -> str:
    return response.content.decode()


def mails(address: str) -> list[str]:
    from habilis.store.models import Message

    return list(Message.objects.filter(recipient=address).order_by("id").values_list("text", flat=True))


def with_an_application(browser: Client) -> str:
    """Switch the second step on; return the key that the application keeps."""
    text = page(browser.get(f"{SECURITY}app/activate/"))
    found = re.search(r'id="totp-key">([A-Z2-7]+)<', text)
    assert found
    done = browser.post(f"{SECURITY}app/activate/", {"code": code_of(found[1])})
    assert 302 == done.status_code
    return found[1]


# --- doors


@pytest.mark.parametrize(
    "path",
    ["", "app/activate/", "app/deactivate/", "codes/", "codes/generate/", "passkeys/add/", "passkeys/1/remove/"],
)
def test_nobody_comes_near_without_signing_in(courrier, path):
    assert Client().get(SECURITY + path)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", [f"{SECURITY}app/activate/", f"{SECURITY}passkeys/add/", ASK])
def test_an_open_session_left_alone_is_asked_who_it_is(courrier, path, monkeypatch):
    browser = signed_in()
    assert 200 == browser.get(path).status_code

    session = browser.session
    session["account_authentication_methods"] = [
        {**method, "at": 0} for method in session["account_authentication_methods"]
    ]
    session.save()

    assert "/accounts/reauthenticate/" in browser.get(path)["Location"]


def test_pages_of_the_account_are_kept_by_no_browser(courrier):
    browser = signed_in()

    for path in (SECURITY, f"{SECURITY}app/activate/", "/accounts/me/"):
        assert "no-store" in browser.get(path)["Cache-Control"]


def test_an_account_without_a_password_chooses_one(client_for):
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.get(email=MAUD)
    user.set_unusable_password()
    user.save()
    browser = client_for("maud")

    assert "/accounts/password/set/" == browser.get("/accounts/password/change/")["Location"]
    assert 200 == browser.get("/accounts/password/set/").status_code
    browser.post(
        "/accounts/password/set/", {"password1": "quatre mots bien longs", "password2": "quatre mots bien longs"}
    )
    assert signed_in(password="quatre mots bien longs").get(SECURITY).status_code == 200


# --- second factor


def test_the_key_of_an_application_is_kept_encrypted_and_its_change_is_told(
    courrier, django_capture_on_commit_callbacks
):
    from allauth.mfa.models import Authenticator

    browser = signed_in()
    with django_capture_on_commit_callbacks(execute=True):
        secret = with_an_application(browser)
    kept = Authenticator.objects.get(type="totp").data["secret"]

    assert secret not in kept
    assert "application d’authentification protège" in mails(MAUD)[-1]


def test_after_a_change_of_key_what_was_kept_opens_to_nobody(courrier, settings):
    import base64

    from habilis.faces.web.accounts import SecondFactorAdapter

    kept = SecondFactorAdapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" == SecondFactorAdapter().decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, of more than thirty-two characters"
    assert "JBSWY3DPEHPK3PXP" == SecondFactorAdapter().decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = []
    unknown = {SecondFactorAdapter().decrypt(kept) for _ in range(2)}

    assert 2 == len(unknown)
    assert {20} == {len(base64.b32decode(secret)) for secret in unknown}


def test_the_password_alone_opens_nothing_any_more(courrier):
    with_an_application(signed_in())
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": MAUD, "password": PASSWORD})

    assert "/accounts/security/authenticate/" == answer["Location"]
    assert 302 == browser.get("/courrier/").status_code
    assert 302 == browser.get("/courrier/r/mail_item/").status_code


def test_codes_are_not_tried_for_ever(courrier):
    secret = with_an_application(signed_in())
    browser = Client()
    browser.post("/accounts/login/", {"login": MAUD, "password": PASSWORD})
    wrong = f"{(int(code_of(secret)) + 1) % 1_000_000:06}"
    for _ in range(12):
        browser.post("/accounts/security/authenticate/", {"code": wrong})
    browser.post("/accounts/security/authenticate/", {"code": code_of(secret)})

    assert 302 == browser.get("/courrier/").status_code


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "null", '{"id": "x"}', '{"id": 1, "rawId": [], "type": "public-key"}']
)
def test_a_forged_passkey_is_refused_and_breaks_nothing(courrier, credential):
    browser = Client()
    browser.get("/accounts/security/passkeys/login/", headers={"accept": "application/json"})
    answer = browser.post("/accounts/security/passkeys/login/", {"credential": credential})

    assert answer.status_code in (302, 400)
    assert 302 == browser.get("/courrier/").status_code
    assert 200 == signed_in().post("/accounts/security/passkeys/add/", {"credential": credential}).status_code


# --- address


def link_in(text: str) -> str:
    found = re.search(r"(/accounts/me/address/\S+)", text)
    assert found
    return found[1]


def test_an_address_is_changed_by_its_own_account_alone_and_once(courrier):
    from django.contrib.auth import get_user_model

    browser, other = signed_in(), signed_in("omar@acme.example")
    browser.post(ASK, {"email": "Maud@Nouvelle.example"})
    link = link_in(mails("maud@nouvelle.example")[-1])

    assert [400, 400] == [other.get(link).status_code, other.post(link).status_code]
    assert 400 == browser.post(link[:-8] + "AAAAAAA/").status_code
    assert 200 == browser.get(link).status_code
    assert get_user_model().objects.filter(email=MAUD).exists()
    assert 302 == browser.post(link).status_code
    assert "maud@nouvelle.example" in mails(MAUD)[-1]
    assert 400 == browser.post(link).status_code
    assert 302 == signed_in().get("/courrier/").status_code
    assert 200 == signed_in("maud@nouvelle.example").get("/courrier/").status_code


def test_rights_follow_the_account_and_the_journal_ties_both_addresses(courrier):
    from habilis.store.models import JournalEntry

    browser = signed_in()
    browser.post(ASK, {"email": "maud@nouvelle.example"})
    browser.post(link_in(mails("maud@nouvelle.example")[-1]))
    entry = JournalEntry.objects.get(tag="person:change_address")

    assert 200 == browser.get("/courrier/manage/").status_code
    assert (MAUD, "maud@nouvelle.example") == (entry.facts["before"], entry.facts["after"])


@pytest.mark.row("AC-71")
def test_an_address_that_has_an_account_answers_like_a_free_one(courrier):
    free = signed_in().post(ASK, {"email": "libre@borea.example"})
    taken = signed_in().post(ASK, {"email": "berthe@borea.example"})  # of this portal, where maud lists others only
    elsewhere = signed_in().post(ASK, {"email": "zoe@nowhere.example"})

    assert page(free).replace("libre", "berthe").split("<main")[1] == page(taken).split("<main")[1]
    assert page(free).replace("libre@borea", "zoe@nowhere").split("<main")[1] == page(elsewhere).split("<main")[1]
    assert "address/" not in mails("berthe@borea.example")[-1]


@pytest.mark.row("RT-53")
def test_an_address_taken_by_somebody_whom_one_lists_leads_to_their_page(courrier):
    answer = signed_in().post(ASK, {"email": "Omar@acme.example"})

    assert 409 == answer.status_code
    assert 'href="/courrier/people/omar@acme.example"' in page(answer)
    assert [] == mails("omar@acme.example")
    berthe = signed_in("berthe@borea.example").post(ASK, {"email": "omar@acme.example"})
    assert 200 == berthe.status_code
    assert "/courrier/people/" not in page(berthe)


@pytest.mark.parametrize("wanted", ["", "maud", MAUD, "x" * 300 + "@acme.example"])
def test_an_address_that_is_none_or_the_same_is_said_beside_the_field(courrier, wanted):
    answer = signed_in().post(ASK, {"email": wanted})

    assert 400 == answer.status_code
    assert wanted[:200] in page(answer)


def test_an_old_link_is_good_for_nothing(courrier, monkeypatch):
    from habilis.workflows import addresses

    browser = signed_in()
    browser.post(ASK, {"email": "maud@nouvelle.example"})
    monkeypatch.setattr(addresses, "LASTS", -1)

    assert 400 == browser.post(link_in(mails("maud@nouvelle.example")[-1])).status_code


# --- sessions


def test_one_ends_ones_own_sessions_and_no_other(courrier):
    office, phone, omar = signed_in(), signed_in(), signed_in("omar@acme.example")
    theirs = re.findall(r"/accounts/sessions/(\d+)/end/", page(office.get(SECURITY)))

    assert 1 == len(theirs)
    assert 404 == omar.post(f"/accounts/sessions/{theirs[0]}/end/").status_code
    assert 200 == phone.get("/courrier/").status_code
    office.post(f"/accounts/sessions/{theirs[0]}/end/")
    assert 302 == phone.get("/courrier/").status_code
    assert [200, 200] == [browser.get("/courrier/").status_code for browser in (office, omar)]


def test_a_new_password_ends_every_session(courrier):
    office, phone = signed_in(), signed_in()
    new = {"oldpassword": PASSWORD, "password1": "quatre mots bien longs", "password2": "quatre mots bien longs"}
    office.post("/accounts/password/change/", new)

    assert [302, 302] == [browser.get("/courrier/").status_code for browser in (office, phone)]
    assert "mot de passe de votre compte vient d’être changé" in mails(MAUD)[-1]


@pytest.mark.row("AC-43")
def test_an_account_that_is_closed_is_out_at_its_next_request(courrier):
    from django.contrib.auth import get_user_model

    browser = signed_in()
    get_user_model().objects.filter(email=MAUD).update(is_active=False)

    assert 302 == browser.get("/courrier/").status_code
    assert 302 == signed_in().get("/courrier/").status_code


def test_passwords_are_not_tried_for_ever(courrier):
    browser = Client()
    for _ in range(6):
        browser.post("/accounts/login/", {"login": MAUD, "password": "pas celui-ci"})
    answer = browser.post("/accounts/login/", {"login": MAUD, "password": PASSWORD})

    assert 200 == answer.status_code
    assert 302 == browser.get("/courrier/").status_code

"""Signing in and out, and choosing a password."""

from __future__ import annotations

import pytest

LOGIN = "/accounts/login/"
MAUD = {"login": "Maud@ACME.example", "password": "une-longue-phrase"}


def test_sign_in_leads_to_the_only_portal(client_for):
    assert "/courrier/" == client_for("anonymous").post(LOGIN, MAUD)["Location"]


def test_sign_in_leads_to_where_one_was_going(client_for):
    given = {**MAUD, "next": "/courrier/r/mail_item/"}

    assert "/courrier/r/mail_item/" == client_for("anonymous").post(LOGIN, given)["Location"]


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example"])
def test_sign_in_never_leads_to_another_site(client_for, target):
    assert "/courrier/" == client_for("anonymous").post(LOGIN, {**MAUD, "next": target})["Location"]


def test_a_wrong_password_says_so_beside_the_form(client_for):
    response = client_for("anonymous").post(LOGIN, {**MAUD, "password": "autre-chose"})

    assert "notice-error" in response.content.decode()
    assert "autre-chose" not in response.content.decode()


def test_nobody_opens_an_account_alone(client_for):
    browser = client_for("anonymous")
    given = {"email": "x@x.example", "password1": "une-longue-phrase", "password2": "une-longue-phrase"}

    assert "ouverts par un gestionnaire" in browser.get("/accounts/signup/").content.decode()
    browser.post("/accounts/signup/", given)
    assert "/courrier/" != browser.post(LOGIN, {"login": "x@x.example", "password": "une-longue-phrase"}).get(
        "Location"
    )


def test_a_forgotten_password_is_chosen_again_by_mail(client_for, mailoutbox):
    browser = client_for("anonymous")
    browser.post("/accounts/password/reset/", {"email": "maud@acme.example"})
    (mail,) = mailoutbox
    assert "Choisissez votre mot de passe" == mail.subject
    address = next(line for line in mail.body.splitlines() if "/password/reset/key/" in line)
    path = "/" + address.split("/", 3)[3]

    page = browser.get(path, follow=True)
    action = page.redirect_chain[-1][0]
    chosen = {"password1": "une-autre-longue-phrase", "password2": "une-autre-longue-phrase"}
    browser.post(action, chosen)

    assert "/courrier/" == browser.post(LOGIN, {**MAUD, "password": "une-autre-longue-phrase"})["Location"]


def test_an_unknown_address_is_answered_like_a_known_one(client_for, mailoutbox):
    browser = client_for("anonymous")
    known = browser.post("/accounts/password/reset/", {"email": "maud@acme.example"})
    unknown = browser.post("/accounts/password/reset/", {"email": "personne@acme.example"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_sign_out_ends_the_session(client_for):
    browser = client_for("maud")
    browser.post("/accounts/logout/")

    assert 302 == browser.get("/courrier/").status_code

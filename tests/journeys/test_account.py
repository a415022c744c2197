"""One's own account in a browser: a second step, a passkey, a new address, and sessions seen from one another."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest

PASSWORD = "habilis-demo"


def code_of(secret: str, instant: float | None = None) -> str:
    """The code that an authenticator application shows (RFC 6238), computed without the library under test."""
    counter = struct.pack(">Q", int((time.time() if instant is None else instant) // 30))
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_the_codes_of_this_test_are_those_of_the_standard():
    secret = base64.b32encode(b"12345678901234567890").decode()

    assert ["287082", "081804"] == [code_of(secret, 59), code_of(secret, 1111111109)]


def confirm(person) -> None:
    """Say once more that it is me, where that is asked."""
    if person.title == "Confirmez que c'est vous":
        person.fill("Mot de passe", PASSWORD)
        person.press("Confirmer")


def open_security(person) -> None:
    """Through the menu of one's own name."""
    person.go("/accounts/me/")
    person.click("Connexion et sécurité", within=person.main)


@pytest.mark.row("AC-71")
def test_a_second_step_with_an_application_and_a_recovery_code_when_the_phone_is_lost(visitor):
    person = visitor("ines.carvalho@deuxrives.example")
    open_security(person)
    person.click("Activer")
    confirm(person)
    secret = person.page.locator("#totp-key").inner_text()
    person.fill("2. Le code qu’elle affiche", "000000" if code_of(secret) != "000000" else "111111")
    person.press("Activer")
    assert "Ce code n’est pas le bon" in person.text
    assert secret == person.page.locator("#totp-key").inner_text()
    person.fill("2. Le code qu’elle affiche", code_of(secret))
    person.press("Activer")
    assert "Codes de secours" == person.title
    codes = person.main.locator(".codes code").all_inner_texts()
    assert 10 == len(set(codes))
    person.reload()
    assert codes[0] not in person.text

    again = visitor("ines.carvalho@deuxrives.example")
    assert "Encore une étape" == again.title
    again.go("/courrier/")  # the password alone opens nothing
    assert "Encore une étape" == again.title
    again.fill("Code", codes[0])
    again.press("Se connecter")
    assert again.title.startswith("Bonjour")

    once_more = visitor("ines.carvalho@deuxrives.example")
    once_more.fill("Code", codes[0])
    once_more.press("Se connecter")
    assert "Encore une étape" == once_more.title
    assert "Ce code n’est pas le bon" in once_more.text

    person.go("/outbox/?q=ines.carvalho")
    assert "application d’authentification activée" in person.text


def with_a_device(person) -> None:
    """Plug a virtual device in: it holds passkeys, and its owner always touches it."""
    cdp = person.page.context.new_cdp_session(person.page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_signs_in_alone_and_no_more_once_removed(visitor, demo):
    site = demo.replace("127.0.0.1", "localhost")
    person = visitor()
    with_a_device(person)
    person.go(f"{site}/accounts/login/?next=/accounts/me/")
    person.fill("Adresse électronique", "loic.meyer@deuxrives.example")
    person.fill("Mot de passe", PASSWORD)
    person.press("Se connecter")
    person.click("Connexion et sécurité", within=person.main)
    person.click("Ajouter une clé d’accès")
    confirm(person)
    person.fill("Son nom", "Mon ordinateur")
    person.press("Créer la clé d’accès")
    assert "Codes de secours" == person.title
    person.click("Je les ai conservés")
    assert "Mon ordinateur" in person.text

    sign_out(person)
    person.go(f"{site}/accounts/login/")
    person.press("Utiliser une clé d’accès")
    assert person.title.startswith("Bonjour")

    person.go(f"{site}/accounts/security/")
    person.click("Retirer Mon ordinateur")
    if person.has_link("Avec une clé d’accès"):
        person.click("Avec une clé d’accès")
        person.press("Utiliser une clé d’accès")
    person.press("Retirer")
    assert "Mon ordinateur" not in person.main.locator("section").nth(1).inner_text()
    sign_out(person)
    person.go(f"{site}/accounts/login/")
    person.press("Utiliser une clé d’accès")
    assert "Se connecter" == person.title


def sign_out(person) -> None:
    """Through the menu of one's own name."""
    person.page.locator("header details.drop summary").last.click()
    person.press("Se déconnecter", within=person.page.get_by_role("banner"))


def test_an_address_changes_once_confirmed_and_the_old_one_is_told(visitor):
    old, new = "enora.tanguy@brehat.example", "enora.tanguy@nouvelle.example"
    person = visitor(old)
    open_security(person)
    person.click("Changer mon adresse")
    confirm(person)
    person.fill("Nouvelle adresse électronique", new)
    person.press("Recevoir le lien")
    assert new in person.text
    person.go("/accounts/me/")
    assert old in person.text

    person.go(f"/outbox/?q={new}")
    link = re.search(r"/accounts/me/address/\S+", person.text)
    assert link
    stranger = visitor("aicha.benali@valdorge.example")
    stranger.go(link[0], 400)

    person.go(link[0])
    person.press("Confirmer cette adresse")
    assert new in person.text
    person.go(link[0], 400)
    person.go(f"/outbox/?q={old}")
    assert "L’adresse de votre compte a changé" in person.text

    assert "Se connecter" == visitor(old).title
    assert visitor(new).title.startswith("Bonjour")


def test_sessions_see_and_end_one_another(visitor):
    office = visitor("yves.legall@brehat.example")
    phone = visitor("yves.legall@brehat.example")
    open_security(office)
    assert 2 == office.main.locator("#sessions ~ ul li").count()
    office.press("Se déconnecter partout ailleurs")
    assert 1 == office.main.locator("#sessions ~ ul li").count()

    phone.go("/courrier/")
    assert "Se connecter" == phone.title
    office.go("/courrier/")
    assert office.title.startswith("Bonjour")

"""Somebody who has no account is invited on a dossier, accepts, and works on it; others find the link shut."""

from __future__ import annotations

import re

import pytest

PORTAL = "Conseil aux projets"
GERLAND = "Dépollution de l'ancien dépôt de Gerland"
INVITED = "mairie.adjoint@givors.example"


def link_to(person, address: str) -> str:
    person.go(f"/outbox/?q={address}")
    return re.search(r"/accounts/invitation/\S+", person.text)[0]


@pytest.mark.row("RC-27", "RC-28", "RC-29", "RC-30", "RT-34", "AC-51", "AC-67")
def test_a_newcomer_invited_by_the_owner_of_a_dossier_comes_in(visitor):
    colette = visitor("colette.aubry@givors.example", PORTAL)
    colette.go("/conseil/s/friche-gerland")
    colette.click("Paramètres", within=colette.main)
    colette.click("En tant que Demandeur·euse")
    colette.fill("Adresse électronique", INVITED)
    colette.fill("Votre message", "Rejoignez-nous sur le dossier.")
    colette.press("Envoyer l’invitation")
    assert INVITED in colette.text
    link = link_to(colette, INVITED)
    colette.go(link, 403)
    assert "ne vous est pas adressée" in colette.text

    newcomer = visitor()
    newcomer.go(link)
    assert "Colette Aubry" in newcomer.text
    assert "Rejoignez-nous" in newcomer.text
    newcomer.fill("Prénom et nom", "Amir Haddad")
    newcomer.fill("Mot de passe", "une-phrase-assez-longue")
    newcomer.fill("Le même, une seconde fois", "une-phrase-pas-la-meme")
    newcomer.press("Créer mon compte et accepter", status=400)
    assert "différents" in newcomer.text
    newcomer.fill("Mot de passe", "une-phrase-assez-longue")
    newcomer.fill("Le même, une seconde fois", "une-phrase-assez-longue")
    newcomer.press("Créer mon compte et accepter")
    assert "Bonjour Amir Haddad" in newcomer.title
    newcomer.go("/conseil/s/friche-gerland")
    assert GERLAND == newcomer.title
    newcomer.go("/conseil/s/halle-givors", 404)

    visitor().go(link, 400)
    colette.go("/conseil/s/friche-gerland")
    colette.click("Paramètres", within=colette.main)
    assert "Amir Haddad" in colette.text
    assert not colette.has_button(f"Renvoyer {INVITED}")


@pytest.mark.row("XX-07", "RC-29")
def test_an_advisor_invites_another_who_has_an_account(visitor):
    ivan = visitor("ivan.perrot@foncier.example", PORTAL)
    ivan.go("/conseil/invitations/new?scope=friche-gerland")
    ivan.fill("Adresse électronique", "zoe.chevalier@agence-eau.example")
    ivan.tick("Conseiller·e")
    ivan.press("Envoyer l’invitation")
    link = link_to(ivan, "zoe.chevalier@agence-eau.example")

    zoe = visitor(scripts=False)
    zoe.go(link)
    zoe.click("Se connecter", within=zoe.main)
    zoe.fill("Adresse électronique", "zoe.chevalier@agence-eau.example")
    zoe.fill("Mot de passe", "habilis-demo")
    zoe.press("Se connecter")
    zoe.press("Accepter l’invitation")
    zoe.go("/conseil/s/friche-gerland")
    assert GERLAND == zoe.title

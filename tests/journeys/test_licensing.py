"""What a license opens, and what a derived profile closes: the pencil, the eye, the printer, the forbidden sign."""

from __future__ import annotations

import re

import pytest

PORTAL = "Portail client Rhône & Nord"
DASHBOARDS = ["Chiffre d'affaires", "Dépenses", "Trésorerie", "Suivi des paiements"]
EVERYBODYS = {"Accueil", "Mes demandes", "Demande d'un nouvel utilisateur"}
CONNECT = [*DASHBOARDS, "Documents comptables", "Archives", "Communication"]


@pytest.mark.row("WA-06", "WA-07", "WA-08", "WA-09", "WA-14", "WA-25")
def test_menus_follow_the_license_and_what_is_derived_from_it(visitor):
    paul = visitor("paul@atelier-vidal.example", PORTAL)
    assert {*CONNECT, "Paiements", "Factures", "Rappels", "Comptabilité"} == set(paul.menu_lines) - EVERYBODYS

    odette = visitor("odette@cave-brouilly.example", PORTAL)
    assert {*CONNECT, "Paiements", "Factures", "Rappels"} == set(odette.menu_lines) - EVERYBODYS

    sabrina = visitor("sabrina@bistrot-croix.example", PORTAL)
    assert {*CONNECT, "Paiements", "Comptabilité"} == set(sabrina.menu_lines) - EVERYBODYS

    lucie = visitor("lucie@atelier-vidal.example", PORTAL)
    assert set(CONNECT) == set(lucie.menu_lines) - EVERYBODYS
    for dashboard in DASHBOARDS:
        lucie.menu(dashboard)
        assert 9 == len(lucie.titles)
    lucie.go("/permissions/r/payment/", 404)
    lucie.go("/permissions/r/payment/view/atelier-vidal-payment-1", 404)
    lucie.go("/permissions/r/payment/new", 404)


@pytest.mark.row("WA-24", "WA-26", "A-13")
def test_the_eye_reads_and_the_printer_lists(visitor):
    gilles = visitor("gilles@cave-brouilly.example", PORTAL)
    gilles.menu("Documents comptables")  # the eye
    assert not gilles.has_link("Créer : Document comptable")
    gilles.click("Facture bouchons")
    assert not gilles.has_link("Modifier ou déplacer")
    gilles.go("/permissions/r/document/new", 403)
    gilles.go("/permissions/r/document/edit/cave-brouilly-document-1", 403)

    gilles.menu("Archives")  # the printer
    assert 2 == len(gilles.titles)
    assert not gilles.has_link("Déclaration de récolte")
    gilles.click("Imprimer la liste")
    assert "Déclaration de récolte" in gilles.text
    gilles.click("Retour", within=gilles.page)
    gilles.go("/permissions/r/archive/view/cave-brouilly-archive-1", 403)
    assert "Vous ne pouvez pas faire cela" in gilles.title
    gilles.go("/permissions/r/archive/new", 403)


@pytest.mark.row("WA-23")
def test_the_pencil_does_everything(visitor):
    odette = visitor("odette@cave-brouilly.example", PORTAL)
    odette.menu("Factures")
    odette.click("Créer : Facture")
    odette.fill("Titre", "Caisse de brouilly 2024")
    odette.fill("Client", "Auberge du Pont")
    odette.fill("Date de facture", "2026-11-20")
    if odette.field("Montant hors TVA").count():
        odette.fill("Montant hors TVA", "1234,50")
    odette.press("Créer")
    odette.click("Modifier ou déplacer")
    odette.fill("Titre", "Douze bouteilles de brouilly 2024")
    odette.press("Enregistrer")
    odette.click("Imprimer")
    assert "Douze bouteilles de brouilly 2024" == odette.title
    odette.click("Retour", within=odette.page)
    odette.click("Supprimer")
    odette.press("Supprimer")
    assert "Douze bouteilles de brouilly 2024" not in odette.titles


def test_one_person_has_a_profile_in_each_dossier(visitor):
    dalila = visitor("dalila@transports-genin.example", PORTAL)
    dalila.menu("Paiements")
    assert {"Transports Génin"} == {cell.split(" · ")[0] for cell in dalila.column("Périmètre")}
    dalila.menu("Trésorerie")
    assert {"Salon Lumière, coiffure"} == {cell.split(" · ")[0] for cell in dalila.column("Périmètre")}
    dalila.menu("Accueil")
    dalila.choose("Périmètre", "Salon Lumière, coiffure")
    dalila.press("Afficher")
    dalila.menu("Chiffre d'affaires")
    assert {"Salon Lumière, coiffure"} == {cell.split(" · ")[0] for cell in dalila.column("Périmètre")}


def line_of(visitor, name: str):
    """One line of a profile's matrix."""
    return visitor.main.get_by_role("group", name=re.compile(rf"^{re.escape(name)}"))


def users(visitor, profile: str) -> int:
    """The number of users that the list of profiles gives to one of them."""
    link = visitor.main.get_by_role("link", name=re.compile(rf"^\d+ Utilisateurs {re.escape(profile)}$"))
    return int(re.match(r"\d+", link.inner_text())[0])


@pytest.mark.row("WA-11", "WA-14", "WA-15", "WA-16", "WA-20", "WA-21", "WA-22", "WA-29", "WA-30", "WA-31", "WA-38")
def test_connect_without_pay_is_made_compared_starred_and_given_to_all(visitor):
    bertrand = visitor("bertrand@nord-conseil.example", PORTAL)
    bertrand.menu("Permissions des clients")
    bertrand.click("Connect & Pay")
    assert "Un profil de base est verrouillé" in bertrand.text
    bertrand.click("Ajouter")
    bertrand.fill("Nom du nouveau profil", "Easy Invoicing")
    bertrand.press("Ajouter", status=400)
    assert "Un autre profil porte déjà ce nom" in bertrand.text
    bertrand.fill("Nom du nouveau profil", "Connect Nord")
    bertrand.press("Ajouter")

    payments = line_of(bertrand, "Gestion des paiements")
    assert not payments.get_by_text("non enregistré").is_visible()
    payments.get_by_role("radio", name="rien").check(force=True)
    assert payments.get_by_text("non enregistré").is_visible()
    assert line_of(bertrand, "Facturation").get_by_role("radio", name="tout").is_disabled()
    assert "Il faut la licence « Easy Invoicing » ou « Gestion Commerciale avancée »" in bertrand.text
    bertrand.press("Enregistrer")
    assert "Avant d'enregistrer" == bertrand.title
    bertrand.press("Confirmer et enregistrer")
    assert bertrand.has_link("Tout afficher")
    bertrand.click("Comparer")
    assert ["Paiements", "Gestion des paiements"] == bertrand.titles

    bertrand.menu("Permissions des clients")
    assert 0 == users(bertrand, "Connect Nord")
    bertrand.press("En faire le profil par défaut : Connect Nord")
    assert "Profil par défaut : Connect Nord" in bertrand.text
    bertrand.press("En faire le profil par défaut : Connect")
    before = users(bertrand, "Connect & Pay")
    bertrand.main.locator("summary", has_text="Actions : Connect & Pay").click()
    bertrand.click("Transférer tous les utilisateurs", within=bertrand.main.locator("details[open]"))
    bertrand.tick("Connect Nord")
    bertrand.press("Voir qui est concerné")
    assert before <= len(bertrand.main.locator("section[aria-labelledby=moves] tbody tr").all())
    assert "Le prix n'augmente pas" in bertrand.text
    bertrand.press("Transférer tous les utilisateurs")
    assert "Transfert effectué" == bertrand.title
    bertrand.menu("Permissions des clients")
    assert (0, before) == (users(bertrand, "Connect & Pay"), users(bertrand, "Connect Nord"))
    bertrand.page.go_back()
    bertrand.press("Annuler le transfert")
    assert "Le transfert est annulé" in bertrand.text
    bertrand.menu("Permissions des clients")
    assert (before, 0) == (users(bertrand, "Connect & Pay"), users(bertrand, "Connect Nord"))


@pytest.mark.row("WA-18", "WA-42", "WA-43", "WA-45", "WA-46")
def test_one_client_on_one_dossier_enters_books_there_and_only_there(visitor):
    samir = visitor("samir@optique-wazemmes.example", PORTAL)
    assert "Comptabilité" not in samir.menu_lines
    justine = visitor("justine@nord-conseil.example", PORTAL)
    justine.menu("Permissions des clients")
    justine.main.locator("summary", has_text="Actions : Connect & Pay").click()
    justine.click("Transférer un utilisateur (avancé)", within=justine.main.locator("details[open]"))
    justine.choose("Client", "Samir Haddou (samir@optique-wazemmes.example)")
    justine.press("Continuer")
    justine.choose("Dossier", "Brasserie des Flandres (Connect & Pay)")
    justine.press("Continuer")
    justine.tick("Comptabilité Complète")
    justine.press("Voir qui est concerné")
    justine.tick("Le prix augmente")
    justine.press("Transférer")
    assert "Transfert effectué" == justine.title

    samir.menu("Accueil")
    samir.menu("Comptabilité")
    assert samir.has_link("Créer : Écriture")
    samir.click("Créer : Écriture")
    assert ["Brasserie des Flandres"] == [place.split(" › ")[-1] for place in samir.options("Périmètre")]

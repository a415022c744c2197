"""What a license opens, and what a derived profile closes: the pencil, the eye, the printer, the forbidden sign."""

from __future__ import annotations

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

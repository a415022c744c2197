"""The publisher: a place opened with its first manager, people imported, a structure founded, a look, a token."""

from __future__ import annotations

import re

import pytest

SHEET = "Adresse électronique;Prénom et nom;Langue;Périmètre;Profil;Premier jour;Dernier jour\n"


def test_an_organization_is_opened_and_its_manager_gets_a_mail(visitor):
    nathalie = visitor("nathalie.perrin@habilis.example", "Facturation")
    nathalie.menu("Utilisateurs et structures")
    nathalie.click("Créer : Structure")
    nathalie.fill("Nom", "Théâtre des Deux Rives")
    nathalie.fill("SIREN", "12")
    nathalie.fill("Premier gestionnaire\u00a0: adresse électronique", "iris.lang@deux-rives.example")
    nathalie.fill("Premier gestionnaire\u00a0: prénom et nom", "Iris Lang")
    nathalie.press("Créer", status=400)
    nathalie.fill("SIREN", "404 833 048")
    nathalie.press("Créer")
    assert "Théâtre des Deux Rives" == nathalie.title
    assert any("Iris Lang" in title for title in nathalie.titles)
    nathalie.go("/outbox/?q=iris.lang")
    assert "iris.lang@deux-rives.example" in nathalie.text


def test_people_are_imported_once_the_wrong_line_is_right(visitor):
    hugo = visitor("hugo.lemaire@saint-luc.example", "Facturation")
    hugo.menu("Utilisateurs et structures")
    hugo.click("Importer des personnes")
    lines = "anna.weil@saint-luc.example;Anna Weil;fr;saint-luc/pharmacie;Utilisateur;;\n"
    wrong = "tom.bel@saint-luc.example;Tom Bel;fr;saint-luc/travaux;Chef;;\n"
    hugo.fill("Ou ses lignes, en-têtes d’abord", SHEET + lines + wrong)
    hugo.press("Voir ce que cela fera", status=400)
    assert "1 ligne est à corriger" in hugo.text
    assert "« Chef » n’est pas un profil" in hugo.text
    assert not hugo.has_button("Importer toutes les lignes")
    assert "Tom Bel" in hugo.field("Ou ses lignes, en-têtes d’abord").input_value()
    hugo.fill("Ou ses lignes, en-têtes d’abord", SHEET + lines + wrong.replace("Chef", "Utilisateur"))
    hugo.press("Voir ce que cela fera")
    assert "Rien n’est encore fait" in hugo.text
    hugo.press("Importer toutes les lignes")
    assert "2 accès ont été donnés" in hugo.text
    hugo.go("/facturation/s/saint-luc/travaux")
    assert any("Tom Bel" in title for title in hugo.titles)


@pytest.mark.row("CP-02")
def test_a_structure_is_founded_approved_and_not_founded_twice(visitor):
    ruth = visitor("noe.tessier@nouveau.example", "Facturation")
    ruth.click("Créer une structure", within=ruth.main)
    ruth.fill("Nom", "Menuiserie Tessier")
    ruth.fill("SIRET", "443 061 841 00048")
    ruth.press("Créer", status=400)
    ruth.fill("SIRET", "443 061 841 00047")
    ruth.press("Créer")
    assert "Menuiserie Tessier" == ruth.title
    assert "Rattacher un utilisateur" not in ruth.menu_lines

    second = visitor("jean.rouvier@rouvier.example", "Facturation")
    second.go("/facturation/found/structure")
    second.fill("Nom", "Ma menuiserie")
    second.fill("SIRET", "44306184100047")
    second.press("Créer", status=409)
    assert "Demandez votre rattachement" in second.text
    assert second.main.get_by_role("link", name=re.compile("Demander mon rattachement")).count()

    nathalie = visitor("nathalie.perrin@habilis.example", "Facturation")
    nathalie.go("/facturation/moderation/")
    nathalie.click("Menuiserie Tessier")
    nathalie.press("Accepter")
    ruth.go("/facturation/")
    ruth.menu("Rattacher un utilisateur")


def test_a_portal_is_given_its_color_and_a_token_is_shown_once(visitor):
    agnes = visitor("agnes@permissions.example", "Portail client Rhône & Nord")
    agnes.menu("Réglages du portail")
    agnes.field("Couleur des liens et des boutons").fill("#ffdd55")
    agnes.press("Enregistrer", status=400)
    assert "choisissez-en une plus foncée" in agnes.text
    agnes.field("Couleur des liens et des boutons").fill("#14532d")
    agnes.fill("Accueil, en français", "Bienvenue chez Rhône & Nord")
    agnes.press("Enregistrer")
    agnes.click("Jetons des programmes")
    agnes.fill("À quoi il sert", "Intranet du cabinet")
    agnes.press("Créer le jeton")
    assert "hab_" in agnes.text
    agnes.click("Jetons des programmes")
    assert "hab_" not in agnes.text
    agnes.menu("Accueil")
    assert "Bienvenue chez Rhône & Nord" in agnes.text

"""The clients of an accounting office, each before the same dossiers with another profile, option or configuration."""

from __future__ import annotations

import pytest

PORTAL = "Portail client Meuse & Sambre"
LEMAIRE = "/comptable/r/document/view/boulangerie-lemaire-document-"


def import_document(person, title: str) -> None:
    """Fill in the form of a document."""
    person.menu("Documents à traiter")
    person.click("Créer : Document")
    person.fill("Titre", title)
    person.choose("Nature", "Bon ou ticket")
    person.fill("Montant TVA comprise", "48,20")
    person.press("Créer")
    assert f"Créé : {title}" in person.text


@pytest.mark.row("CF-16", "CF-17", "CF-18", "CF-19", "CF-20", "CF-21", "CF-22")
def test_full_access_gets_the_modules_that_the_dossier_has_switched_on(visitor):
    claire = visitor("claire@delcourt.example", PORTAL)  # payments are on, the financial menu is not
    assert "Paiements" in claire.menu_lines
    assert "Financier" not in claire.menu_lines
    claire.menu("Chiffres et rapports")
    assert ["Résultat du deuxième trimestre"] == claire.titles
    claire.menu("Historique")
    assert ["Famille Rosières", "Scierie de la Lesse"] == sorted(claire.titles)
    claire.menu("Archive digitale")
    assert ["Facture scie à format"] == claire.titles
    claire.menu("Paiements")
    claire.click("Scierie de la Lesse")
    claire.press("Payer")
    assert "Paiements effectués" in claire.text
    import_document(claire, "Facture colle à bois")
    claire.press("Traiter")
    claire.press("Envoyer")
    assert "Documents envoyés" in claire.text
    claire.go("/comptable/r/bank_account/", 404)
    claire.go("/comptable/people/new", 403)
    claire.go("/comptable/scope/configure/menuiserie-delcourt", 403)

    fatima = visitor("fatima@outremeuse.example", PORTAL)  # there both are on, and her payments are to be read only
    assert {"Paiements", "Financier"} <= set(fatima.menu_lines)
    fatima.menu("Financier")
    assert ["Compte courant", "Compte terminal de paiement"] == sorted(fatima.titles)
    fatima.menu("Paiements")
    fatima.click("Boucherie Maréchal")
    assert not fatima.has_button("Payer")


@pytest.mark.row("CF-23", "CF-24", "CF-25", "CF-26", "CF-27")
def test_document_processing_brings_in_handles_and_sends(visitor, tmp_path):
    amandine = visitor("amandine@lemaire.example", PORTAL)
    assert not {"Chiffres et rapports", "Historique", "Paiements", "Financier"} & set(amandine.menu_lines)
    import_document(amandine, "Bon de levure fraîche")
    scan = tmp_path / "levure été.txt"
    scan.write_text("Levure fraîche : 48,20 €", encoding="utf-8")
    amandine.main.get_by_label("Ajouter des fichiers").set_input_files(scan)
    amandine.press("Ajouter")
    with amandine.page.expect_download() as download:
        amandine.main.get_by_role("link", name="levure été.txt").click()
    assert "levure été.txt" == download.value.suggested_filename
    assert scan.read_bytes() == download.value.path().read_bytes()
    served = amandine.main.get_by_role("link", name="levure été.txt").get_attribute("href")
    amandine.press("Traiter")
    amandine.press("Envoyer")
    assert "Documents envoyés" in amandine.text

    amandine.go("/comptable/r/report/", 404)
    amandine.go("/comptable/r/history/", 404)
    amandine.go("/comptable/r/payment/", 404)
    amandine.go(LEMAIRE + "11", 404)  # archived
    amandine.go("/comptable/r/document/view/garage-henrion-document-1", 404)

    karim = visitor("karim@lemaire.example", PORTAL)  # the file of another's document, by its address
    karim.go(served, 404)


@pytest.mark.row("CF-34", "CF-35", "CF-36", "CF-37", "CF-38", "CF-39", "CF-40")
def test_document_delivery_sees_what_they_brought_and_what_awaits_them(visitor):
    karim = visitor("karim@lemaire.example", PORTAL)
    assert not {"Chiffres et rapports", "Historique", "Paiements", "Financier", "Communication"} & set(karim.menu_lines)
    karim.menu("Documents à traiter")
    assert ["Bon de carburant camionnette", "Facture nouveau four à sole", "Ticket de péage et parking"] == sorted(
        karim.titles
    )
    karim.go(LEMAIRE + "1", 404)  # a colleague's
    karim.go(LEMAIRE + "13", 404)  # once archived, even one's own

    karim.menu("Accueil")
    karim.click("Facture nouveau four à sole")
    assert not karim.has_button("Traiter")
    karim.press("Approuver")
    assert not karim.has_button("Approuver")
    karim.reload()  # what one has approved remains readable
    import_document(karim, "Bon de gazole de novembre")
    assert not karim.has_button("Traiter")


@pytest.mark.row("CF-02", "CF-04", "CF-58")
def test_the_configuration_of_a_dossier_bounds_everybody_at_once(visitor):
    nadine = visitor("nadine@chez-nadine.example", PORTAL)
    assert "Chiffres et rapports" not in nadine.menu_lines
    nadine.go("/comptable/r/report/", 404)

    samira = visitor("samira@fidu-meuse.example", PORTAL)
    samira.menu("Configuration du dossier")
    samira.click("Friterie Chez Nadine")
    assert "Configuration du dossier : Friterie Chez Nadine" == samira.title
    samira.choose("Configuration", "C : Document processing + Full Feedback (tout le portail)")
    samira.tick("Module de paiement")
    samira.press("Enregistrer")
    assert "C : Document processing + Full Feedback" in samira.text

    nadine.menu("Accueil")
    assert {"Chiffres et rapports", "Historique", "Paiements"} <= set(nadine.menu_lines)
    assert "Financier" not in nadine.menu_lines

    samira.click("Configurer")
    samira.choose("Configuration", "B : Document processing + Archive (sans chiffres)")
    samira.press("Enregistrer")
    nadine.menu("Accueil")
    assert not {"Chiffres et rapports", "Historique", "Paiements"} & set(nadine.menu_lines)
    samira.go("/comptable/s/boulangerie-lemaire", 404)  # a dossier of another group


@pytest.mark.row("CF-02", "CF-08", "CF-58")
def test_configuration_d_lets_nobody_bring_documents_in(visitor):
    bart = visitor("bart@anneessens.example", PORTAL)
    assert {"Chiffres et rapports", "Historique", "Financier"} <= set(bart.menu_lines)
    assert "Paiements" not in bart.menu_lines
    bart.menu("Archive digitale")
    assert 2 == len(bart.titles)
    assert not bart.has_link("Créer : Document")
    bart.go("/comptable/r/document/new", 403)
    bart.menu("Accueil")


@pytest.mark.row("CF-07", "CF-14", "CF-41", "CF-55")
def test_an_administrator_creates_a_person_and_chooses_among_six_profiles(visitor):
    eric = visitor("eric@delcourt.example", PORTAL)
    eric.menu("Personnes et périmètres")
    eric.click("Ajouter une personne")
    offered = eric.main.get_by_role("group", name="Profil").get_by_role("radio")
    assert 6 == offered.count()
    assert eric.option("Administrator").is_checked()
    assert "secrétariat" in eric.text
    eric.fill("Adresse électronique", "wim.claes@delcourt.example")
    eric.fill("Prénom et nom", "Wim Claes")
    eric.tick("Full Feedback")
    eric.press("Ajouter")
    assert "Wim Claes a maintenant accès" in eric.text
    assert "Full Feedback" in eric.text


@pytest.mark.row("CF-17", "CF-23")
def test_several_files_come_in_at_once_and_go_one_after_the_other(visitor, tmp_path):
    claire = visitor("claire@delcourt.example", PORTAL)
    paths = []
    for name in ("vis inox.pdf", "charnières.png"):
        path = tmp_path / name
        path.write_bytes(b"%PDF-1.4" if name.endswith("pdf") else PIXEL)
        paths.append(path)
    claire.menu("Documents à traiter")
    claire.click("Déposer des fichiers")
    claire.field("Choisir des fichiers").set_input_files(paths)
    assert "2 fichiers prêts à être envoyés" in claire.text
    claire.press("Importer")
    assert "2 documents reçus" in claire.text
    titles = set()
    for _n in paths:
        titles.add(claire.field("Titre").input_value())
        claire.choose("Nature", "Facture d'achat")
        claire.fill("Montant TVA comprise", "61,50")
        claire.press("Traiter et envoyer")
        assert "Documents envoyés" in claire.text
    assert {"vis inox", "charnières"} == titles
    claire.menu("Documents envoyés")
    assert {"vis inox", "charnières"} <= set(claire.titles)
    claire.click("charnières")
    assert "Claire" in claire.main.locator(".steps").inner_text()


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c626001000000ffff030000060005"
    "57bfabd40000000049454e44ae426082"
)


@pytest.mark.row("CF-09", "CF-10")
def test_a_rule_asks_for_an_approval_and_the_document_goes_by_itself_once_given(visitor):
    fatima = visitor(
        "fatima@outremeuse.example", PORTAL
    )  # from 5000 € on, luc and hugo approve; then it goes by itself
    fatima.menu("Documents à traiter")
    fatima.click("Créer : Document")
    fatima.fill("Titre", "Facture chambre froide")
    fatima.choose("Nature", "Facture d'achat")
    fatima.fill("Montant TVA comprise", "7200")
    fatima.press("Créer")
    fatima.press("Traiter")
    assert "Documents à envoyer" in fatima.text
    fatima.press("Envoyer", status=409)
    assert "Une approbation est attendue" in fatima.text
    for address in ("luc@outremeuse.example", "hugo@outremeuse.example"):
        approver = visitor(address, PORTAL)
        approver.menu("À approuver")
        approver.click("Facture chambre froide")
        approver.press("Approuver")
    fatima.menu("Documents envoyés")
    assert "Facture chambre froide" in fatima.titles
    fatima.click("Facture chambre froide")
    assert "Approbation demandée" in fatima.text


@pytest.mark.row("CF-09", "CF-10")
def test_an_administrator_sets_the_rules_of_the_dossier(visitor):
    eric = visitor("eric@delcourt.example", PORTAL)
    eric.menu("Paramètres")
    eric.choose("Nature", "Note de crédit")
    eric.fill("À partir d’un montant de", "250")
    eric.tick("Éric")
    eric.press("Ajouter la règle")
    assert "Règle ajoutée" in eric.text
    assert "250,00 €" in eric.text
    eric.press("Retirer la règle 1")
    assert "Aucune règle" in eric.text


@pytest.mark.row("CF-18")
def test_figures_are_drawn_above_their_table(visitor):
    sophie = visitor("sophie@lemaire.example", PORTAL)
    sophie.menu("Chiffres et rapports")
    picture = sophie.main.get_by_role("img", name="Graphique de Boulangerie Lemaire")
    assert 15 == picture.locator("rect").count()
    assert 6 == len(sophie.titles)


@pytest.mark.row("CF-15", "CF-48")
def test_the_office_sees_which_dossier_nobody_administers(visitor):
    benoit = visitor("benoit@sambre-conseil.example", PORTAL)
    benoit.menu("Configuration – Utilisateurs")
    assert "Sans Administrator" in benoit.text
    assert "Boulangerie Lemaire" not in benoit.text
    benoit.click("Configurer Menuiserie Delcourt SRL")
    assert "Inès Close" in benoit.options("Responsable")


@pytest.mark.row("CF-09", "CF-11", "CF-41", "CF-43", "CF-50", "CF-52", "CF-54")
def test_new_users_are_asked_for_in_the_settings_and_a_profile_changes_in_every_dossier(visitor):
    luc = visitor("luc@outremeuse.example", PORTAL)
    lines = luc.menu_lines
    named = ["Documents à traiter", "À approuver", "Archive digitale", "Chiffres et rapports", "Historique"]
    named += ["Paiements", "Financier", "Communication", "Configuration – Utilisateurs", "Paramètres"]
    assert named == [line for line in lines if line in named]
    assert "Configuration du dossier" not in lines
    luc.menu("Paramètres")
    luc.click("Brasserie d'Outremeuse SRL")
    luc.click("Demande d'un nouvel utilisateur", within=luc.main)
    assert "Typiquement" in luc.text
    luc.fill("Adresse électronique", "lea.noel@outremeuse.example")
    luc.fill("Prénom et nom", "Léa Noël")
    luc.tick("Document Delivery")
    luc.press("Envoyer la demande")
    assert "En attente" in luc.text
    luc.go("/outbox/?q=samira@fidu-meuse.example")
    assert "Léa Noël" in luc.text

    veronique = visitor("veronique@fidu-meuse.example", PORTAL)
    veronique.menu("Configuration – Utilisateurs")
    veronique.click("Garage Henrion SA")
    veronique.click("Changer le profil Nathalie Fontaine")
    assert "il changera aussi dans Fiduciaire Meuse et Associés › Librairie du Perron" in veronique.text

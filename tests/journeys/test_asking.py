"""People ask for access, from the door to the decision: an operator, a stranger who advises, a member refused once."""

from __future__ import annotations

import re

import pytest

from tests.journeys.visitor import plain

LEA = "lea.fabre@ddt29.example"
QUIMPER, AUBENAS = "Restauration des zones humides du Steïr", "Désimperméabilisation de la place du Château"


def mail_to(person, address: str, part: str) -> str:
    """The address in a mail that holds *part*, without its host."""
    person.go(f"/outbox/?q={address}")
    return re.search(rf"https?://[^/\s]+(\S*{part}\S*)", person.text)[1]


@pytest.mark.row("PF-37", "PF-42", "PF-45")
def test_an_operator_asks_and_a_manager_approves_with_two_units(visitor):
    loic = visitor("loic.meyer@deuxrives.example", "Courrier")
    loic.go("/courrier/ask/join")
    loic.choose("Type d’identifiant", "Référence client La Poste")
    loic.fill("Numéro", "20417733")
    loic.press("Continuer")
    assert "Métropole du Val d'Orge" in loic.text
    loic.fill("Votre service et ce que vous enverrez", "Les courriers des ressources humaines")
    loic.press("Envoyer la demande")
    assert "En attente" in loic.text
    loic.go("/courrier/s/val-dorge", 404)

    camille = visitor("camille.roux@valdorge.example", "Courrier")
    camille.go("/outbox/?q=camille.roux@valdorge.example")
    assert "Loïc Meyer" in camille.text
    camille.go("/courrier/")
    camille.menu("Gérer")
    camille.follow(camille.main.get_by_role("link", name="Demandes d'habilitations"))
    row = camille.main.get_by_role("row").filter(has_text="Loïc Meyer")
    camille.click("Demande d'habilitation", within=row)
    assert "Les courriers des ressources humaines" in camille.text
    camille.option("Métropole du Val d'Orge › Ressources humaines").check()
    camille.option("Métropole du Val d'Orge › Élections").check()
    camille.press("Approuver ce choix")
    assert "Loïc Meyer" in camille.text

    loic.menu("Courriers en préparation")
    loic.click("Créer : Pli", within=loic.main)
    assert {"Ressources humaines", "Élections"} <= {place.split(" › ")[-1] for place in loic.options("Service")}
    assert "Finances" not in " ".join(loic.options("Service"))


@pytest.mark.row("RC-01", "RC-06", "RC-17", "RC-25", "RC-26", "RT-01", "RT-07", "RT-16")
def test_a_stranger_asks_to_advise_and_gets_what_staff_left_of_the_territory(visitor):
    lea = visitor()
    lea.go("/conseil/")
    lea.click("Demander un accès conseiller", within=lea.main)
    lea.fill("Votre adresse électronique", LEA)
    lea.press("Recevoir le lien")
    assert LEA in lea.text
    lea.go(mail_to(lea, LEA, "/accounts/open/"))
    lea.fill("Prénom et nom", "Léa Fabre")
    lea.fill("Mot de passe", "une-phrase-assez-longue")
    lea.fill("Le même, une seconde fois", "une-phrase-assez-longue")
    lea.press("Créer mon compte et continuer")
    assert "Étape 1 sur 2" in lea.text
    lea.fill("Organisme qui vous emploie", "DDTM du Finistère")
    lea.press("Continuer")
    lea.option("Local").check()
    lea.option("Finistère").check()
    lea.option("Ardèche").check()
    lea.press("Envoyer la demande", status=400)
    lea.fill("Contexte de votre demande, et ce que vous comptez faire sur le site", "Suivre les projets d'eau")
    lea.press("Envoyer la demande")
    assert "En attente" in lea.text
    lea.go("/conseil/s/eau-quimper", 404)

    sarah = visitor("sarah.fontaine@conseil.example", "Conseil aux projets")
    sarah.follow(sarah.page.get_by_role("banner").get_by_role("link", name="Modération"))
    row = sarah.main.get_by_role("row").filter(has_text="Léa Fabre")
    sarah.click("Demande d'accès conseiller", within=row)
    assert "Suivre les projets d'eau" in sarah.text
    sarah.click("Modifier")
    sarah.option("Ardèche").uncheck()
    sarah.press("Enregistrer et décider plus tard")
    assert "Ardèche" not in sarah.main.locator("dl").first.inner_text()
    sarah.press("Approuver telle quelle")

    sarah.go(f"/outbox/?q={LEA}")
    assert "sur : Finistère" in sarah.text
    lea.go("/conseil/s/eau-quimper")
    assert QUIMPER == lea.title
    lea.go("/conseil/s/place-aubenas", 404)


@pytest.mark.row("CP-34", "CP-35", "CP-36", "CP-41", "CP-42", "CP-43")
def test_whoever_works_in_a_structure_asks_for_it_and_the_approval_leads_back_to_the_list(visitor):
    ulla = visitor("ulla.schmitt@valdorge.example", "Facturation")
    for place in ("Organisation", "Utilisateurs", "Demande de rattachement à une structure"):
        ulla.click(place, within=ulla.menu_bar if place == "Organisation" else ulla.main)
    ulla.tick("Maille service")
    ulla.choose("Type d’identifiant", "SIRET")
    ulla.fill("Numéro", "21690099300017")
    ulla.press("Continuer")
    ulla.choose("Type de structure", "Structure publique")
    ulla.fill("Raison sociale", "Métropole du Val d'Orge")
    assert not ulla.main.get_by_label("Métropole du Val d'Orge", exact=True).count()  # the structure itself
    ulla.tick("Métropole du Val d'Orge › Culture")
    ulla.fill("Commentaire", "Je traite les factures de la culture")
    ulla.press("Envoyer la demande")

    gaelle = visitor("gaelle.dumas@valdorge.example", "Facturation")
    line = next(line for line in gaelle.menu_lines if line.startswith("Approbations"))
    gaelle.menu(line)
    headings = [plain(one) for one in gaelle.main.locator("thead th").all_inner_texts()]
    assert ["État", "Description", "Demandeur", "Structure", "Service", "Date de demande"] == headings[1:]
    gaelle.click("Demande de rattachement", within=gaelle.main.get_by_role("row").filter(has_text="Ulla Schmitt"))
    assert "Je traite les factures de la culture" in gaelle.text
    facts = plain(gaelle.main.locator("dl").first.inner_text())
    assert facts.index("Approbateur") < facts.index("Gaëlle Dumas") < facts.index("Commentaire")
    gaelle.press("Approuver telle quelle")
    assert "Approbations" == gaelle.title
    assert line not in gaelle.menu_lines  # one fewer
    ulla.go("/facturation/s/val-dorge/culture")


@pytest.mark.row("CP-33", "CP-46")
def test_a_member_refused_with_a_reason_reads_it_and_asks_again(visitor):
    sami = visitor("sami.charpentier@valdorge.example", "Facturation")
    sami.go("/facturation/ask/change")
    sami.option("Métropole du Val d'Orge › Voirie").check()
    sami.fill("Commentaire", "J'aide la voirie en décembre")
    sami.press("Envoyer la demande")

    gaelle = visitor("gaelle.dumas@valdorge.example", "Facturation")
    gaelle.menu(next(line for line in gaelle.menu_lines if line.startswith("Approbations")))
    row = gaelle.main.get_by_role("row").filter(has_text="Sami Charpentier")
    gaelle.click("Demande de modification des habilitations", within=row)
    gaelle.main.get_by_role("button", name="Refuser", exact=True).first.click()
    dialog = gaelle.main.get_by_role("dialog")
    dialog.get_by_label("Motif").fill("Ulla Schmitt suffit d'ici janvier")
    gaelle.press("Refuser", within=dialog)

    sami.menu("Mes demandes")
    assert "Ulla Schmitt suffit d'ici janvier" in sami.text
    refused = sami.main.locator("article.request").filter(has_text="Ulla Schmitt suffit")
    sami.click("Demander à nouveau", within=refused)
    sami.option("Métropole du Val d'Orge › Voirie").check()
    sami.fill("Commentaire", "Ulla part en congé le 15")
    sami.press("Envoyer la demande")
    assert "Ulla part en congé le 15" in sami.text

    gaelle.menu(next(line for line in gaelle.menu_lines if line.startswith("Approbations")))
    gaelle.click(
        "Demande de modification des habilitations", within=gaelle.main.get_by_role("row").filter(has_text="Sami")
    )
    assert "Ulla Schmitt suffit d'ici janvier" in gaelle.text

"""A primary manager attaches, adjusts and detaches; members process invoices; the portal answers in English too."""

from __future__ import annotations

import pytest

PORTAL = "Facturation"
CAMILLE = "camille.roux@valdorge.example"
STRUCTURE = "Métropole du Val d'Orge"


def scopes_of_invoices(person) -> set[str]:
    """The scopes whose invoices a person sees."""
    person.go("/facturation/r/invoice/")
    found = {cell.split(" · ")[0] for cell in person.column("Structure, service")}
    while person.has_link("Page suivante"):
        person.click("Page suivante")
        found |= {cell.split(" · ")[0] for cell in person.column("Structure, service")}
    return found


def attach(manager, scope: str) -> None:
    """Attach Camille somewhere, from her page."""
    manager.go(f"/facturation/people/{CAMILLE}")
    manager.click("Rattacher à un périmètre")
    manager.choose("Périmètre", scope)
    manager.tick("Utilisateur")
    manager.press("Rattacher")
    assert "Rattachement fait" in manager.text


def detach(manager, scope: str, comment: str) -> None:
    """Detach Camille from somewhere, from her page."""
    manager.go(f"/facturation/people/{CAMILLE}")
    for held in manager.main.get_by_role("article").all():
        if scope in [
            line.strip() for line in held.inner_text().replace("Structure", "").replace("Service", "").split("\n")
        ]:
            manager.click("Détacher", within=held)
            break
    manager.fill("Commentaire", comment)
    manager.press("Détacher")
    assert "Détachement fait" in manager.text


@pytest.mark.row(
    "CP-03", "CP-08", "CP-15", "CP-16", "CP-19", "CP-21", "CP-22", "CP-26", "CP-28", "CP-29", "CP-30", "CP-31"
)
def test_a_primary_manager_attaches_adjusts_and_detaches(visitor):
    camille = visitor(CAMILLE, PORTAL)
    assert {"Culture"} == scopes_of_invoices(camille)

    gaelle = visitor("gaelle.dumas@valdorge.example", PORTAL)
    gaelle.menu("Utilisateurs et structures")
    gaelle.click(STRUCTURE)
    gaelle.click("Camille Roux")
    gaelle.click("Rattacher à un périmètre")
    assert {STRUCTURE} == {option.split(" › ")[0] for option in gaelle.options("Périmètre")}
    attach(gaelle, STRUCTURE)
    assert {"Culture", STRUCTURE} == scopes_of_invoices(camille)
    attach(gaelle, f"{STRUCTURE} › Écoles et cantines")
    assert {"Culture", STRUCTURE, "Écoles et cantines"} == scopes_of_invoices(camille)

    gaelle.go(f"/facturation/people/{CAMILLE}")
    held = gaelle.main.get_by_role("article").filter(has_text="Culture")
    gaelle.click("Ajuster", within=held)
    row = gaelle.main.get_by_role("group", name="Saisie et dépôt des factures")
    row.get_by_role("radio", name="rien").check()
    gaelle.press("Enregistrer")
    assert "Ajusté :" in gaelle.text
    camille.go("/facturation/r/invoice/new")
    assert f"{STRUCTURE} › Culture" not in camille.options("Structure, service")
    assert STRUCTURE in camille.options("Structure, service")

    detach(gaelle, f"{STRUCTURE} › Écoles et cantines", "Fin du remplacement")
    assert {"Culture", STRUCTURE} == scopes_of_invoices(camille)
    detach(gaelle, STRUCTURE, "Départ de la métropole")
    camille.page.goto("/facturation/r/invoice/")
    assert STRUCTURE not in camille.text


@pytest.mark.row("CP-05", "CP-06", "CP-12", "CP-17", "CP-13")
def test_a_member_and_a_former_secondary_manager(visitor):
    sami = visitor("sami.charpentier@valdorge.example", PORTAL)
    assert {STRUCTURE} == scopes_of_invoices(sami)
    sami.menu("Factures en saisie")
    sami.click("Carburant du parc automobile, octobre")
    assert "€" in sami.text
    sami.press("Déposer")
    sami.press("Prendre en charge")
    sami.press("Terminer le traitement")
    assert "Factures traitées" in sami.text
    sami.menu("Traitées et rejetées")
    assert "Carburant du parc automobile, octobre" in sami.titles
    assert all(cell == "—" or "€" in cell for cell in sami.column("Montant TTC"))
    sami.click("Carburant du parc automobile, octobre")
    sami.click("Pourquoi je vois ceci ?")
    assert "Permis" in sami.text
    assert "Utilisateur" in sami.text
    sami.go("/facturation/r/invoice/view/facture-016", 404)
    sami.go("/facturation/scope/rename/val-dorge", 403)
    sami.go("/facturation/people/new", 403)

    serge = visitor("serge.collin@valdorge.example", PORTAL)
    serge.click("Organisation", within=serge.main)
    serge.click("Structures et services", within=serge.main)
    serge.click("Métropole du Val d'Orge", within=serge.main)
    serge.click("Modifier")
    serge.fill("Nom", "Métropole du Val d'Orge et de Brétigny")
    serge.press("Enregistrer")
    assert "Métropole du Val d'Orge et de Brétigny" == serge.title
    serge.click("Modifier")
    serge.fill("Nom", STRUCTURE)
    serge.press("Enregistrer")
    serge.go("/facturation/people/new", 403)


@pytest.mark.row("CP-49", "CP-51", "CP-52", "CP-54")
def test_a_primary_manager_finds_the_people_of_the_structure(visitor):
    gaelle = visitor("gaelle.dumas@valdorge.example", PORTAL)
    gaelle.menu("Utilisateurs et structures")
    gaelle.click(STRUCTURE)
    everybody = gaelle.titles
    assert {"Gaëlle Dumas", "Sami Charpentier", "Ulla Schmitt"} <= set(everybody)
    assert "Delphine Rey" not in everybody
    gaelle.fill("Nom ou adresse", "ulla")
    gaelle.press("Filtrer")
    assert ["Ulla Schmitt"] == gaelle.titles
    gaelle.go("/facturation/s/val-dorge/voirie")
    assert "Ulla Schmitt" in gaelle.titles
    assert "Sami Charpentier" not in gaelle.titles
    gaelle.click("Ulla Schmitt")
    assert "ulla.schmitt@valdorge.example" in gaelle.text
    gaelle.go("/facturation/r/invoice/view/facture-016")
    gaelle.click("Qui voit ceci ?")
    assert "ulla.schmitt@valdorge.example" in gaelle.text
    assert "sami.charpentier@valdorge.example" not in gaelle.text
    gaelle.click("Pourquoi ? Ulla Schmitt")
    assert "Pourquoi ulla.schmitt@valdorge.example le peut" == gaelle.title


def rightmost(person, name: str) -> bool:
    """Whether that button stands at the bottom right of its form."""
    buttons = person.main.locator("form.sheet .actions > *").all()
    last = max(buttons, key=lambda one: (one.bounding_box() or {"x": 0})["x"])
    return bool(last.inner_text().strip() == name)


def exported(person, name: str) -> str:
    """The name of the file that a link gives."""
    with person.page.expect_download() as coming:
        person.main.get_by_role("link", name=name, exact=True).click()
    return str(coming.value.suggested_filename)


@pytest.mark.row("CP-15", "CP-16", "CP-20", "CP-22", "CP-26", "CP-28", "CP-49", "CP-52", "CP-55")
def test_a_primary_manager_goes_by_the_pages_of_users(visitor):
    jean = visitor("jean.rouvier@rouvier.example", PORTAL)
    assert "Factures en saisie" not in jean.menu_lines
    bob = visitor("bob.rivoire@rivoire.example", PORTAL)
    for place in ("Organisation", "Utilisateurs", "Rattacher un utilisateur"):
        bob.click(place, within=bob.main)
    assert "Informations générales" in bob.text
    assert rightmost(bob, "Soumettre")
    bob.fill("Adresse électronique de l’utilisateur", "jean.rouvier@rouvier.example")
    bob.tick("Maille service")
    bob.press("Soumettre", status=400)
    bob.choose("Service", "Chantiers")
    bob.press("Soumettre")
    assert "Jean Rouvier est maintenant rattaché(e) à : Rivoire Bâtiment SAS › Chantiers" in bob.text
    jean.reload()
    jean.menu("Factures en saisie")

    bob.menu("Afficher un utilisateur")
    bob.choose("Service", "Chantiers")
    bob.fill("Nom ou adresse", "rouvier")
    bob.press("Chercher")
    assert "Chantiers" in bob.text
    bob.click("Jean Rouvier")
    assert "csv" in exported(bob, "Exporter (CSV)")
    bob.menu("Consulter les utilisateurs")
    assert "Mes contacts" == bob.title
    assert any("Jean Rouvier" in title for title in bob.titles)
    assert "xlsx" in exported(bob, "Exporter (XLSX)")

    bob.menu("Détacher un utilisateur")
    bob.choose("Utilisateur à détacher", "Jean Rouvier (jean.rouvier@rouvier.example)")
    bob.fill("Commentaire : les raisons du détachement", "Fin du chantier")
    assert "Niveau de détachement" in bob.text
    bob.tick("Maille service")
    bob.choose("Service", "Chantiers")
    assert rightmost(bob, "Soumettre")
    bob.press("Soumettre")
    assert not any("Jean Rouvier" in title for title in bob.titles)
    jean.page.goto("/facturation/")
    assert "Factures en saisie" not in jean.menu_lines


def test_in_english(visitor):
    odette = visitor("odette.morin@amis-lecture.example", PORTAL)
    odette.follow(odette.page.get_by_role("button", name="English"))
    assert "en" == odette.page.locator("html").get_attribute("lang")
    assert "Being entered" in odette.menu_lines
    bar = odette.page.get_by_role("navigation", name="Menu", exact=True)
    odette.click("Being entered", within=bar)
    odette.click("New: Invoice")
    odette.fill("Title", "Reading aloud, November")
    odette.choose("Structure, unit", "Les Amis de la lecture")
    odette.fill("Invoice number", "2026-118")
    odette.choose("Nature", odette.options("Nature")[1])
    odette.fill("Issuer", "Les Amis de la lecture")
    odette.fill("Recipient", "Métropole du Val d'Orge")
    odette.fill("Date of issue", "2026-11-20")
    odette.fill("Amount", "1234.50")
    odette.press("Create")
    assert "1,234.50" in odette.text
    odette.press("Submit")
    odette.click("Why do I see this?")
    assert "Allowed" in odette.text
    odette.go("/facturation/s/amis-lecture")
    odette.click("Add a user")
    odette.go("/facturation/r/invoice/view/facture-001", 404)
    odette.follow(odette.page.get_by_role("button", name="Français"), 404)

"""A manager opens a unit and lets somebody in; that person sees their unit, and no more, until they are detached."""

from __future__ import annotations

import time

import pytest

ZELIE = "zelie.martin@valdorge.example"
CHOSEN = "une phrase assez longue"


def first_password(manager, address: str) -> str:
    """The link of the mail that was sent to *address*, waited for as one waits for a mail."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        manager.page.goto("/outbox/")
        manager.fill("Destinataire ou objet", address)
        manager.press("Chercher")
        links = manager.main.get_by_role("link").filter(has_text="/password/reset/key/")
        if links.count():
            return str(links.first.get_attribute("href"))
        time.sleep(0.5)
    pytest.fail(f"no mail for {address}")


def create_item(person, title: str, *, status: int = 200, place: str | None = None) -> None:
    """Fill in the form of a mail item."""
    person.menu("Courriers en préparation")
    person.click("Créer : Pli", within=person.main)
    person.fill("Titre", title)
    if place is not None:
        person.choose("Service", place)
    person.choose("Format", "C5 (162 × 229 mm)")
    person.fill("Nombre de plis", "12")
    person.press("Créer", status=status)


@pytest.mark.row("PF-01", "PF-02", "PF-03", "PF-06", "PF-10", "PF-16", "PF-17", "PF-18", "PF-19", "PF-22", "PF-24")
@pytest.mark.row("PF-26", "PF-27", "PF-28", "PF-29", "PF-35", "PF-48", "PF-50")
def test_a_unit_is_opened_somebody_is_let_in_and_out(visitor):
    camille = visitor("camille.roux@valdorge.example", "Courrier")
    camille.menu("Gérer")
    assert "Référence client La Poste 20417733" in camille.text
    camille.click("Créer : Service")
    camille.fill("Nom", "Protocol")
    camille.press("Créer")
    assert "Créé : Protocol" in camille.text
    camille.click("Modifier Protocol")
    camille.fill("Nom", "Protocole")
    camille.press("Enregistrer")
    assert "Gérer" == camille.title

    camille.click("Créer un utilisateur")
    camille.fill("Adresse électronique", ZELIE)
    camille.fill("Prénom et nom", "Zélie Martin")
    camille.option("Métropole du Val d'Orge › Protocole").check()
    camille.tick("Opérateur")
    camille.press("Ajouter")
    assert "Zélie Martin a maintenant accès" in camille.text

    zelie = visitor()
    zelie.go(first_password(camille, ZELIE))
    zelie.fill("Nouveau mot de passe", CHOSEN)
    zelie.fill("Le même, une seconde fois", CHOSEN)
    zelie.press("Enregistrer ce mot de passe")
    zelie.click("Se connecter", within=zelie.main)
    zelie.fill("Adresse électronique", ZELIE)
    zelie.fill("Mot de passe", CHOSEN)
    zelie.press("Se connecter")
    zelie.enter("Courrier")

    assert not {"Gérer", "Utilisateurs et services"} & set(zelie.menu_lines)
    zelie.go("/courrier/manage/", 403)

    create_item(zelie, "Invitations du protocole")
    assert "Métropole du Val d'Orge › Protocole" in zelie.text
    mine = zelie.page.url
    zelie.click("Plis")
    zelie.click("Créer : Pli")
    assert ["Métropole du Val d'Orge › Protocole"] == zelie.options("Service")
    for forged in ("val-dorge/rh", "val-dorge"):
        refused_with(zelie, forged)

    for page in ("Courriers en préparation", "Dépôts en cours", "Suivi"):
        zelie.menu(page)
        assert zelie.titles
        assert set(zelie.column("Service")) <= {
            "Protocole",
            "Sans service",
            "Protocole · Métropole du Val d'Orge",
            "Sans service · Métropole du Val d'Orge",
        }
    zelie.fill("Chercher dans les titres", "Bulletins de paie")
    zelie.press("Filtrer")
    assert "0 résultat" in zelie.text
    for address in ("view/pli-015", "print/pli-015", "edit/pli-015"):
        zelie.go(f"/courrier/r/mail_item/{address}", 404)

    zelie.go(mine)
    camille.go(f"/courrier/people/{ZELIE}")
    held = camille.main.get_by_role("article").filter(has_text="Protocole")
    camille.click("Détacher", within=held)
    camille.fill("Commentaire", "Fin de mission au protocole")
    camille.press("Détacher")
    assert "Détachement fait" in camille.text

    zelie.reload(404)
    zelie.menu("Courriers en préparation")
    assert "Invitations du protocole" not in zelie.titles
    zelie.click("Créer : Pli")
    assert ["Métropole du Val d'Orge › Sans service"] == zelie.options("Service")

    camille.menu("Gérer")
    camille.click("Supprimer Protocole")
    camille.press("Supprimer")
    camille.go("/courrier/r/mail_item/new")
    assert "Métropole du Val d'Orge › Protocole" not in camille.options("Service")


def refused_with(person, forged: str) -> None:
    """Send the form with a place that it does not offer."""
    person.fill("Titre", "Un pli mal placé")
    person.choose("Format", "C5 (162 × 229 mm)")
    person.fill("Nombre de plis", "1")
    person.field("Service").evaluate(
        "(list, forged) => { list.add(new Option(forged, forged)); list.value = forged }", forged
    )
    person.press("Créer", status=400)
    assert "L'enregistrement n'a pas pu se faire" in person.text


@pytest.mark.row("PF-12", "PF-13", "PF-19", "PF-21", "PF-11", "PF-34")
def test_a_manager_sees_everything_of_the_organization_and_nothing_of_another(visitor):
    hugo = visitor("hugo.lemaire@saint-luc.example", "Courrier")
    hugo.menu("Suivi")
    assert {"Admissions", "Facturation des patients", "Direction", "Sans service"} == {
        cell.split(" · ")[0] for cell in hugo.column("Service")
    }
    hugo.go("/courrier/r/mail_item/view/pli-015", 404)

    hugo.menu("Courriers en préparation")
    hugo.click("Créer : Pli")
    assert 4 == len(hugo.options("Service"))
    hugo.fill("Titre", "Note à tous les services")
    hugo.choose("Service", "Centre hospitalier Saint-Luc › Sans service")
    hugo.choose("Format", "C4 (229 × 324 mm)")
    hugo.fill("Nombre de plis", "300")
    hugo.press("Créer")
    assert "Créé : Note à tous les services" in hugo.text

    hugo.menu("Utilisateurs et services")
    hugo.click("Centre hospitalier Saint-Luc")
    profiles = dict(zip(hugo.titles, hugo.column("Profil et périmètre"), strict=True))
    assert "Gestionnaire" in profiles["Hugo Lemaire"]
    assert "Opérateur" in profiles["Samir Haddad"]
    assert "Camille Roux" not in profiles

    hugo.go("/courrier/r/mail_item/view/pli-044")
    hugo.click("Pourquoi je vois ceci ?")
    assert "Pourquoi je le peux" == hugo.title
    hugo.page.go_back()
    hugo.click("Qui voit ceci ?")
    assert "hugo.lemaire@saint-luc.example" in hugo.text
    assert "chloe.garnier@saint-luc.example" not in hugo.text


@pytest.mark.row("PF-14", "PF-15", "PF-19", "PF-20", "PF-25", "PF-30", "PF-31", "PF-32")
def test_an_operator_without_a_unit(visitor):
    margot = visitor("margot.delattre@valdorge.example", "Courrier")
    for page in ("Courriers en préparation", "Dépôts en cours", "Suivi"):
        margot.menu(page)
        assert margot.titles
        assert {"Sans service"} == set(margot.column("Service"))
    margot.menu("Courriers en préparation")
    margot.click("Créer : Pli")
    assert ["Métropole du Val d'Orge › Sans service"] == margot.options("Service")
    refused_with(margot, "val-dorge/finances")

    margot.click("Carnets d'adresses", within=margot.menu_bar)
    margot.click("Expéditeurs", within=margot.main)
    assert "quels que soient les services" in margot.text
    assert ["Direction des finances", "Hôtel de métropole"] == sorted(margot.titles)
    margot.menu("Destinataires")
    assert "Préfecture" in margot.titles
    assert "Laboratoire Delmas" not in margot.titles


def test_pages_work_without_scripts(visitor):
    aicha = visitor("aicha.benali@valdorge.example", "Courrier", scripts=False)
    create_item(aicha, "Titres de recettes de novembre")
    aicha.press("Déposer")
    assert "Dépôts en cours" in aicha.text
    aicha.press("Passer au suivi")
    aicha.menu("Suivi")
    assert "Titres de recettes de novembre" in aicha.titles


@pytest.mark.row("PF-13", "PF-30", "PF-31")
def test_several_drafts_are_deposited_at_once_and_each_tells_its_steps(visitor):
    hugo = visitor("hugo.lemaire@saint-luc.example", "Courrier")
    for title in ("Relevés de novembre", "Rappels de novembre"):
        create_item(hugo, title, place="Centre hospitalier Saint-Luc › Sans service")
    hugo.menu("Courriers en préparation")
    hugo.click("Créer : Pli", within=hugo.main)
    book = hugo.page.locator("datalist#book-recipient option")
    assert book.count()  # the address book of the organization, whatever the unit
    assert not hugo.page.locator("datalist#book-recipient option[value='Préfecture']").count()
    hugo.menu("Courriers en préparation")
    for title in ("Relevés de novembre", "Rappels de novembre"):
        hugo.tick(f"Choisir {title}")
    hugo.press("Déposer tout ce qui est coché")
    assert "2 faits sur 2" in hugo.text
    hugo.click("Rappels de novembre")
    steps = hugo.main.locator(".steps").inner_text()
    assert "Dépôts en cours" in steps
    assert 2 == steps.count("Hugo Lemaire")


@pytest.mark.row("PF-07", "PF-11")
def test_people_their_profile_and_their_units_are_managed_on_one_screen(visitor):
    hugo = visitor("hugo.lemaire@saint-luc.example", "Courrier")
    hugo.menu("Gérer")
    assert "Gestionnaire" in hugo.column("Profil")[hugo.titles.index(next(t for t in hugo.titles if "Hugo" in t))]
    hugo.click("Services Samir Haddad")
    boxes = hugo.main.get_by_role("checkbox")
    ticked = [box.is_checked() for box in boxes.all()]
    boxes.nth(ticked.index(False)).check()
    hugo.press("Enregistrer")
    place = next(n for n, title in enumerate(hugo.titles) if "Samir" in title)
    assert sum(ticked) + 1 == len(hugo.main.locator("tbody tr").nth(place).locator(".pill").all())

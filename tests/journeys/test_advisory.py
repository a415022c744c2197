"""Advisors of the whole country, of a department, of one dossier; an owner; and what awaits moderation."""

from __future__ import annotations

import pytest

PORTAL = "Conseil aux projets"
ROUBAIX, GERLAND = "Reconversion d'une friche textile à Roubaix", "Dépollution de l'ancien dépôt de Gerland"
HALLE, NEVERS = "Halle de marché et logements", "Tiers-lieu dans l'ancienne caserne"


def dossiers(person) -> set[str]:
    """The dossiers whose recommendations a person sees, page after page."""
    person.menu("Recommandations")
    found = {cell.split(" · ")[0] for cell in person.column("Périmètre")}
    while person.has_link("Page suivante"):
        person.click("Page suivante")
        found |= {cell.split(" · ")[0] for cell in person.column("Périmètre")}
    return found


@pytest.mark.row("RC-19", "RC-17", "RC-18", "RC-27", "A-31")
def test_national_local_and_invited_advisors_see_their_own_dossiers(visitor):
    nadia = visitor("nadia.colin@etudes.example", PORTAL)
    assert {ROUBAIX, GERLAND, HALLE, "Réaménagement du vieux port", "Écoquartier et mangrove à Mana"} <= dossiers(nadia)
    assert not nadia.page.get_by_role("link", name="Modération").count()
    assert "CRM" not in nadia.menu_lines

    regis = visitor("regis.blanc@dreal-ara.example", PORTAL)
    assert {
        "Désimperméabilisation de la place du Château",
        "Piste cyclable de Voiron à Grenoble",
        "Réhabilitation de trois îlots anciens, Saint-Flour",
        HALLE,
        GERLAND,
    } == dossiers(regis)

    leo = visitor("leo.garnier@ddt69.example", PORTAL)
    assert {HALLE, GERLAND} == dossiers(leo)
    leo.menu("Notes internes")  # those of dossiers on which one is positioned
    assert {HALLE} == {cell.split(" · ")[0] for cell in leo.column("Périmètre")}
    leo.go("/conseil/s/friche-textile-roubaix", 404)
    leo.menu("Dossiers par territoire")
    leo.click("Rhône")
    leo.click(HALLE)
    assert ["Recommandations", "Espace interne", "Messages", "Paramètres"] == leo.tabs
    leo.go("/conseil/map/")
    leo.click(GERLAND)
    leo.press("Me positionner : Observateur·rice")
    leo.click("Espace interne", within=leo.main)
    assert not leo.has_link("Créer : Note interne")
    leo.press("Quitter")
    assert {"Me positionner : Conseiller·e", "Me positionner : Observateur·rice"} <= set(leo.buttons)

    ivan = visitor("ivan.perrot@foncier.example", PORTAL)
    assert {GERLAND, ROUBAIX} == dossiers(ivan)
    ivan.go("/conseil/s/halle-givors", 404)
    ivan.go("/conseil/r/recommendation/view/reco-20")
    ivan.press("Publier")
    assert "Publiées" in ivan.text


def test_an_owner_reads_and_talks_and_never_sees_internal_notes(visitor):
    colette = visitor("colette.aubry@givors.example", PORTAL)
    assert {HALLE, GERLAND} == dossiers(colette)
    assert "Notes internes" not in colette.menu_lines
    colette.go("/conseil/r/internal_note/view/note-07", 404)
    colette.menu("Messages")
    colette.click("Belle participation")
    colette.fill("Votre message", "Merci, nous présenterons les résultats au conseil.")
    colette.press("Envoyer le message")
    assert "nous présenterons les résultats" in colette.text
    colette.go("/conseil/r/recommendation/new", 403)

    colette.menu("Dossiers par territoire")
    colette.click(HALLE)
    assert ["Recommandations", "Messages", "Paramètres"] == colette.tabs
    colette.click("Paramètres", within=colette.main)
    colette.click("En tant que Demandeur·euse")
    assert colette.option("Demandeur·euse").is_checked()
    colette.fill("Adresse électronique", "nadege.brun@givors.example")
    colette.press("Envoyer l’invitation")
    invited = colette.main.locator("#invitations")
    assert "nadege.brun@givors.example" in invited.inner_text()
    colette.press("Annuler l’invitation nadege.brun@givors.example", within=invited)
    assert "nadege.brun@givors.example" not in colette.text.replace("Invitation annulée", "")


def test_a_pending_dossier_is_seen_by_the_staff_and_its_author(visitor):
    sarah = visitor("sarah.fontaine@conseil.example", PORTAL)
    sarah.go("/conseil/s/tiers-lieu-nevers")
    assert NEVERS == sarah.title
    assert "En attente de modération" in sarah.text

    sarah.follow(sarah.page.get_by_role("banner").get_by_role("link", name="Modération"))
    assert ["Demandes d’accès", "Dossiers à modérer", "Traitées par moi"] == [
        tab.rstrip(" 0123456789") for tab in sarah.tabs
    ]
    sarah.follow(sarah.main.get_by_role("link", name="Dossiers à modérer"))
    sarah.click(NEVERS)

    paul = visitor("paul.berthier@nevers.example", PORTAL)
    paul.go("/conseil/s/tiers-lieu-nevers")
    assert "En attente de modération" in paul.text

    kerline = visitor("kerline.joseph@mana.example", PORTAL)
    kerline.go("/conseil/s/tiers-lieu-nevers", 404)
    nadia = visitor("nadia.colin@etudes.example", PORTAL)
    nadia.go("/conseil/s/tiers-lieu-nevers", 404)


@pytest.mark.row("RC-04", "A-24")
def test_a_position_given_on_one_dossier_opens_that_dossier_alone(visitor):
    olive = visitor("olive.renaud@territoires.example", PORTAL)
    before = dossiers(olive)

    sarah = visitor("sarah.fontaine@conseil.example", PORTAL)
    sarah.menu("Personnes et périmètres")
    sarah.go("/conseil/people/olive.renaud@territoires.example")
    sarah.click("Rattacher à un périmètre")
    sarah.choose("Périmètre", "Bretagne › Finistère › Restauration des zones humides du Steïr")
    sarah.tick("Observateur·rice")
    sarah.press("Rattacher")
    assert "Restauration des zones humides du Steïr" in sarah.text

    assert before | {"Restauration des zones humides du Steïr"} == dossiers(olive)
    olive.menu("Notes internes")
    assert "Restauration des zones humides du Steïr" in {cell.split(" · ")[0] for cell in olive.column("Périmètre")}
    olive.go("/conseil/r/internal_note/new", 403)

    for address, says in (
        ("nadia.colin@etudes.example", "Tout le portail"),
        ("claire.dumont@ddtm59.example", "Hauts-de-France › Nord"),
        ("ivan.perrot@foncier.example", GERLAND),
    ):
        sarah.go(f"/conseil/people/{address}")
        assert "Conseiller·e" in sarah.text
        assert says in sarah.text


@pytest.mark.row("RC-31", "RC-32", "RC-33", "RC-34", "RC-35", "RC-37")
def test_staff_find_an_advisor_in_the_crm_move_their_departments_and_demote_them(visitor):
    sarah = visitor("sarah.fontaine@conseil.example", PORTAL)
    sarah.menu("CRM")
    sarah.fill("Nom ou adresse", "bernard.lagarde")
    sarah.press("Chercher")
    sarah.follow(sarah.main.get_by_role("link", name="Bernard Lagarde").first)
    manage(sarah)
    sarah.click("Mettre à jour ses départements")
    held = sarah.main.locator("input[name=territories]:checked")
    while held.count():
        held.first.uncheck()
    sarah.option("Nièvre").check()
    sarah.press("Enregistrer")
    assert "Bourgogne-Franche-Comté › Nièvre" in sarah.text
    assert "Conseiller·e local·e" in sarah.text
    manage(sarah)
    sarah.click("Rétrograder en tant qu'utilisateur standard")
    sarah.press("Rétrograder en tant qu'utilisateur standard")
    assert "local·e" not in sarah.text
    sarah.page.get_by_text("Gérer l'utilisateur·rice").click()
    sarah.click("Modifier ou supprimer le compte")
    assert sarah.has_link("Suspendre")
    assert sarah.has_link("Supprimer le compte")


def manage(person) -> None:
    """Open what changes the type of an account."""
    person.page.get_by_text("Gérer l'utilisateur·rice").click()
    person.main.locator("summary").filter(has_text="Type de compte").click()
    person.examine()

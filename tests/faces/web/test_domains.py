"""The headings of a menu as pages: what stands in each."""

from __future__ import annotations

from habilis.blueprints.schema import Label, MenuEntry
from habilis.faces.web.presenters import domains

DOSSIER, SETTINGS = Label("Dossier", "Dossier"), Label("Paramètres", "Settings")
MENU = (
    MenuEntry(Label("Messages", "Messages"), "message", under=(DOSSIER,)),
    MenuEntry(SETTINGS, "", page="settings", under=(DOSSIER,)),
    MenuEntry(Label("Demande", "Request"), "", page="newcomer", under=(DOSSIER, SETTINGS)),
)


def test_a_line_with_the_name_of_a_domain_stands_for_both():
    trail, inside = domains.inside(MENU, "dossier")
    assert [domains.Domain("Dossier", "dossier")] == trail
    assert [MENU[0], MENU[1]] == inside


def test_without_that_line_the_domain_stands_there_and_keeps_its_page():
    _, inside = domains.inside((MENU[0], MENU[2]), "dossier")
    assert [MENU[0], domains.Domain("Paramètres", "dossier/settings")] == inside
    trail, inside = domains.inside(MENU, "dossier/settings")
    assert ["Dossier", "Paramètres"] == [domain.name for domain in trail]
    assert [MENU[2]] == inside


def test_there_is_no_domain_where_the_menu_has_none():
    assert ([], []) == domains.inside(MENU, "elsewhere")

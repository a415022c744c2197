"""What people of structures, dossiers and territories ask for in pages, and the inboxes in which it is decided."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from habilis.store.models import AccessRequest, Grant, Message, Scope, User
from habilis.workflows import access, asking
from habilis.workflows.asking import Found, Wish
from tests.factories import ADVICE, BILLS, BOOKS, address, by, load

SIRET = "73282932000074"
NUMBER = {"scheme": "siret", "number": SIRET}
JOIN, BOX = "/factures/ask/join", "/factures/requests/"
ASKED = {
    **NUMBER,
    "scopes": "ville",
    "profile": "member",
    "field_structure_type": "public",
    "field_legal_name": "Ville",
}


@pytest.fixture
def bills(db) -> str:
    portal = load(BILLS)
    Scope.objects.filter(key="ville").update(identifiers={"siret": SIRET})
    return portal


def browser_of(name: str) -> Client:
    browser = Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    browser.force_login(User.objects.get(email=address(name)), backend=backend)
    return browser


def text_of(response) -> str:
    page = response.content.decode().replace("&#x27;", "'").replace("\xa0", " ").replace("\u202f", " ")
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page)


def mails(template: str) -> list[str]:
    rows = Message.objects.filter(message_id__startswith=f"<{template}.").order_by("recipient")
    return [row.recipient.split("@")[0] for row in rows]


def held(name: str) -> list[str]:
    return sorted(
        Grant.objects.filter(user__email=address(name), valid_until=None).values_list("scope__key", flat=True)
    )


def asks(who: str, scope: str, comment: str = "Je suis au service achats") -> int:
    fields = {"structure_type": "public", "legal_name": "Ville"}
    wish = Wish([scope], "member", comment, fields, Found("siret", SIRET))
    return asking.ask(by(who, "factures"), kind="join", wish=wish)


# --- invoicing --------------------------------------------------------------------------------------------------------


@pytest.mark.row("CP-33", "CP-35", "CP-37", "CP-38")
@pytest.mark.parametrize("scope", ["ville", "ville/ecoles"])
@pytest.mark.parametrize("who", ["zoe", "prune"])
def test_any_account_asks_for_a_structure_or_a_unit_and_it_waits_for_its_manager(bills, who, scope):
    browser = browser_of(who)
    level = {"level": "unit" if "/" in scope else "structure"}
    for asked in ({}, NUMBER):  # a number alone does not say at which level
        first = text_of(browser.get(JOIN, asked))
        places = [
            first.index(label) for label in ("Maille structure", "Maille service", "Type d’identifiant", "Numéro")
        ]
        assert places == sorted(places)
    assert 400 == browser.get(JOIN, {**NUMBER, "named": "1"}).status_code
    Scope.objects.filter(key="asso").update(identifiers={"siret": "40483304800022"})
    Scope.objects.filter(key="asso/club").update(inactive_path=True)
    without_units = {"scheme": "siret", "number": "40483304800022", "level": "unit"}
    assert 400 == browser.get(JOIN, without_units).status_code
    form = text_of(browser.get(JOIN, NUMBER | level))
    places = [form.index(label) for label in ("Type de structure", "Raison sociale", "Commentaire")]
    assert places == sorted(places)
    assert ("/" in scope) == ("Voirie" in form) == ("Écoles" in form)

    sent = {**ASKED, **level, "scopes": scope, "comment": "Service achats"}
    assert 400 == browser.post(JOIN, {**sent, "scopes": ""}).status_code
    assert 400 == browser.post(JOIN, {**sent, "field_legal_name": ""}).status_code
    assert 302 == browser.post(JOIN, sent).status_code

    number = AccessRequest.objects.get().pk
    assert ["paula"] == mails("request_received")
    assert not access.keys(bills, address(who), "list", "invoice") or who == "prune"
    assert scope not in held(who)
    assert "Service achats" in text_of(browser_of("paula").get(f"{BOX}{number}"))


@pytest.mark.row("CP-34")
@pytest.mark.parametrize("who", ["max", "paula", "zoe"])
def test_the_request_stands_in_the_menu_under_its_headings(bills, who):
    page = text_of(browser_of(who).get("/factures/"))
    menu = page[page.index('<nav class="menu"') :]

    headings = [
        menu.index(word) for word in ("Organisation<", "Utilisateurs<", "Demande de rattachement à une structure")
    ]
    assert headings == sorted(headings)
    assert f'href="{JOIN}"' in menu


@pytest.mark.row("CP-39")
def test_a_change_of_rights_waits_for_approval_and_what_was_held_stays_meanwhile(bills):
    Grant.objects.filter(user__email=address("mia")).update(adjustments={"invoice_entry": "none"})
    mia = browser_of("mia")
    assert "ville/voirie" not in access.keys(bills, address("mia"), "create_invoice", "unit")

    sent = {"scopes": "ville/voirie", "profile": "member", "comment": "Je saisis aussi"}
    assert 302 == mia.post("/factures/ask/change", sent).status_code
    assert {"invoice_entry": "none"} == Grant.objects.get(user__email=address("mia")).adjustments
    assert "ville/voirie" in access.keys(bills, address("mia"), "read", "unit")

    number = AccessRequest.objects.get().pk
    assert 302 == browser_of("paula").post(f"{BOX}{number}/approve", {"version": "1"}).status_code
    assert "ville/voirie" in access.keys(bills, address("mia"), "create_invoice", "unit")


@pytest.mark.row("CP-40", "CP-41")
def test_approvals_stand_in_the_bar_with_their_number_for_those_who_approve(bills):
    numbers = [asks("zoe", "ville"), asks("prune", "ville")]

    def bar(name: str) -> str:
        found = re.search(r'Approbations <span class="count">(\d+)', text_of(browser_of(name).get("/factures/")))
        return found[1] if found else ""

    assert ("2", "0", "") == (bar("paula"), bar("prune"), bar("zoe"))
    browser_of("paula").post(f"{BOX}{numbers[0]}/approve", {"version": "1"})
    assert "1" == bar("paula")


@pytest.mark.row("CP-42", "CP-43", "CP-44", "CP-45")
def test_the_list_and_the_detail_say_all_and_an_approval_holds_at_once_and_comes_back(bills):
    number = asks("zoe", "ville/ecoles")
    paula = browser_of("paula")

    inbox = text_of(paula.get(BOX))
    for column in ("État", "Description", "Demandeur", "Structure", "Service", "Date de demande"):
        assert f'<th scope="col">{column}</th>' in inbox
    row = inbox[inbox.index("<tbody>") : inbox.index("</tbody>")]
    for said in ("En attente", "Demande de rattachement", "Zoe", "Ville", "Écoles"):
        assert said in row
    link = re.search(r'<th scope="row"[^>]*><a href="([^"]+)">Demande de rattachement</a>', row)[1]
    assert f"{BOX}{number}" == link

    detail = text_of(paula.get(link))
    assert "<h1>Demande de rattachement — <bdi>Zoe</bdi></h1>" in detail
    for said in ("En attente", "Ville", "Écoles", "zoe@x.example", "Je suis au service achats"):
        assert said in detail
    assert re.search(r"<dt>Approbateur</dt><dd>Paula</dd>", detail)

    assert BOX == paula.post(f"{link}/approve", {"version": "1"})["Location"]
    assert "ville/ecoles" in access.keys(bills, address("zoe"), "read", "unit")


@pytest.mark.row("CP-60")
@pytest.mark.parametrize(("decision", "mail"), [("approve", "request_approved"), ("reject", "request_rejected")])
def test_several_are_decided_at_a_time_with_one_mail_each(bills, decision, mail):
    numbers = [asks("zoe", "ville"), asks("prune", "ville"), asks("prune", "ville/voirie")]
    sent = {"decision": decision, "reason": "Complet", "request": [f"{number}:1" for number in numbers[:2]]}

    assert 302 == browser_of("paula").post(f"{BOX}several", sent).status_code

    assert ["prune", "zoe"] == mails(mail)
    states = [AccessRequest.objects.get(pk=number).state for number in numbers]
    assert "pending" == states[2]
    assert "pending" not in states[:2]


@pytest.mark.row("CP-61")
def test_a_manager_reads_what_they_decided_and_a_person_what_they_asked_for(bills):
    first, second = asks("zoe", "ville"), asks("prune", "ville")
    paula = browser_of("paula")
    paula.post(f"{BOX}{first}/reject", {"version": "1", "reason": "Nous ne vous connaissons pas"})
    paula.post(f"{BOX}{second}/approve", {"version": "1"})

    decided = text_of(paula.get(f"{BOX}?tab=decided"))
    assert [True] * 4 == [said in decided for said in ("Zoe", "Refusé", "Prune", "Approuvée")]
    mine = text_of(browser_of("zoe").get("/factures/mine/"))
    assert "Nous ne vous connaissons pas" in mine
    assert "Refusé" in mine
    assert "Zoe" not in text_of(browser_of("prune").get(f"{BOX}?tab=decided"))


# --- bookkeeping ------------------------------------------------------------------------------------------------------

NEW = {"person": "lea@x.example", "name": "Léa", "language": "fr", "scopes": "sud/pain", "profile": "full_access"}
CREATED = {"email": "lea@x.example", "name": "Léa", "language": "fr", "scopes": "sud/pain", "profile": "full_access"}


@pytest.mark.row("CF-51", "CF-52")
@pytest.mark.parametrize("who", ["anna", "fred", "dina", "pete"])
def test_any_client_of_a_dossier_asks_for_somebody_new_and_its_responsible_is_told(db, who):
    load(BOOKS)
    Scope.objects.filter(key="sud/pain").update(responsible_user=User.objects.get(email=address("otis")))

    assert 302 == browser_of(who).post("/livres/ask/newcomer", NEW).status_code

    assert ["otis"] == mails("request_received")
    assert not Grant.objects.filter(user__email="lea@x.example").exists()


def test_somebody_of_another_dossier_asks_for_nobody_there(db):
    load(BOOKS)

    assert 400 == browser_of("sara").post("/livres/ask/newcomer", NEW).status_code
    assert not AccessRequest.objects.exists()


def test_no_profile_is_proposed_for_somebody_new(db):
    load(BOOKS)

    page = text_of(browser_of("anna").get("/livres/ask/newcomer"))

    assert 'name="profile" value="administrator"' in page
    assert not re.search(r'name="profile"[^>]*checked', page)
    assert 400 == browser_of("anna").post("/livres/ask/newcomer", {**NEW, "profile": ""}).status_code


@pytest.mark.row("CF-56")
@pytest.mark.parametrize(
    ("who", "scope"),
    [
        ("anna", "sud/eau"),
        ("anna", "nord/sel"),
        ("axel", "sud/vin"),
        ("fred", "sud/pain"),
        ("dina", "sud/pain"),
        ("pete", "sud/pain"),
        ("sara", "sud/eau"),
    ],
)
def test_an_administrator_creates_users_on_their_own_dossiers_and_nobody_else_does(db, who, scope):
    load(BOOKS)

    assert browser_of(who).post("/livres/people/new", {**CREATED, "scopes": scope}).status_code in (400, 403, 404)

    assert not User.objects.filter(email="lea@x.example").exists()
    assert 302 == browser_of("axel").post("/livres/people/new", CREATED).status_code
    assert ["sud/pain"] == held("lea")


# --- advisory ---------------------------------------------------------------------------------------------------------

FORM, MODERATION = "/conseil/ask/join", "/conseil/requests/"
WHO = {"field_employer": "DDT du Finistère", "field_position": "Chargée de mission"}
WHERE = {"reach": "listed", "scopes": "bzh/29", "profile": "advisor", "comment": "Suivre les friches"}


@pytest.mark.row("RC-06", "RC-10")
def test_one_says_who_one_is_then_where_and_why(db):
    load(ADVICE)
    zoe = browser_of("zoe")
    first = text_of(zoe.get(FORM))
    assert "Étape 1 sur 2" in first
    assert "zoe@x.example" in first
    assert "Finistère" not in first

    assert 400 == zoe.post(FORM, {"said_who": "1", "field_employer": ""}).status_code
    second = text_of(zoe.post(FORM, {**WHO, "said_who": "1"}))
    assert "Étape 2 sur 2" in second
    assert "Finistère (bzh/29)" in second
    assert 'value="DDT du Finistère"' in second
    assert not re.search(r'name="(reach|scopes)"[^>]*checked', second)

    back = text_of(zoe.post(FORM, {**WHO, **WHERE, "say_who": "1"}))
    assert "Étape 1 sur 2" in back
    assert 'name="comment" value="Suivre les friches"' in back
    assert 'value="Chargée de mission"' in back
    again = text_of(zoe.post(FORM, {**WHO, **WHERE, "said_who": "1"}))
    assert re.search(r'name="scopes" value="bzh/29"[^>]*checked', again)

    for lacking in ({"comment": ""}, {"reach": ""}, {"scopes": ""}):
        answer = zoe.post(FORM, {**WHO, **WHERE, **lacking})
        assert 400 == answer.status_code
        assert "DDT du Finistère" in text_of(answer)
    assert not AccessRequest.objects.exists()
    assert 302 == zoe.post(FORM, {**WHO, **WHERE}).status_code
    page = text_of(browser_of("stan").get(f"{MODERATION}{AccessRequest.objects.get().pk}"))
    for said in ("Suivre les friches", "DDT du Finistère", "Finistère", "Chargée de mission"):
        assert said in page


@pytest.mark.row("RT-02")
def test_a_national_advisor_is_sent_away_and_a_local_one_is_not(db):
    load(ADVICE)

    assert "/conseil/" == browser_of("nat").get(FORM)["Location"]
    assert "/conseil/" == browser_of("nat").post(FORM, {**WHO, **WHERE})["Location"]
    assert FORM not in text_of(browser_of("nat").get("/conseil/"))
    assert 200 == browser_of("reg").get(FORM).status_code
    assert not AccessRequest.objects.exists()


@pytest.mark.row("RT-03", "RT-13", "RT-16")
def test_a_request_is_reopened_as_it_was_and_leaves_moderation_once_decided(db):
    load(ADVICE)
    zoe, stan = browser_of("zoe"), browser_of("stan")
    zoe.post(FORM, {**WHO, **WHERE, "scopes": ["bzh/29", "paca"]})
    number = AccessRequest.objects.get().pk
    shown = text_of(zoe.get(FORM, follow=True))
    assert {"bzh/29", "paca"} == set(re.findall(r'name="scopes" value="([^"]+)"[^>]*checked', shown))
    assert "Finistère (bzh/29)" in shown
    assert 'value="DDT du Finistère"' in shown

    keep = {"version": "1", "chosen": "keep", "profile": "advisor", "reach": "listed", "scopes": "bzh/29"}
    assert 302 == stan.post(f"{MODERATION}{number}/approve", keep).status_code
    card = text_of(stan.get(MODERATION))
    assert "Finistère" in card
    assert "Provence" not in card
    assert 302 == stan.post(f"{MODERATION}{number}/approve", {"version": "2"}).status_code
    assert f'href="{MODERATION}{number}"' not in text_of(stan.get(MODERATION))
    assert MODERATION == stan.get(f"{MODERATION}{number}?modify=1")["Location"]

"""What one does with a resource in the browser."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from habilis.blueprints import loader
from habilis.faces.web.presenters import steps

NEW = "/courrier/r/mail_item/new"
FILLED = {"title": "Convocations", "scope": "acme/paie", "field_format": "C5", "field_copies": "12"}


def version_of(client, key="pli/1"):
    from habilis.workflows import browse

    return browse.resource("courrier", "maud@acme.example", "mail_item", key).version


def test_a_form_proposes_exactly_the_scopes_where_one_may_create(client_for):
    page = client_for("omar").get(NEW).content.decode()

    assert 'value="acme/paie"' in page
    assert 'value="acme/compta"' not in page
    assert 'value="acme"' not in page


def test_create_leads_to_what_was_created(client_for):
    response = client_for("omar").post(NEW, FILLED, follow=True)

    assert 200 == response.status_code
    assert "Convocations" in response.content.decode()


def test_create_elsewhere_is_refused_by_the_form(client_for):
    response = client_for("omar").post(NEW, {**FILLED, "scope": "acme/compta"})

    assert 400 == response.status_code
    assert 'value="Convocations"' in response.content.decode()


def test_a_fault_stands_beside_its_field_and_nothing_is_lost(client_for):
    page = client_for("omar").post(NEW, {**FILLED, "field_copies": "0", "field_comment": "Urgent"}).content.decode()

    assert 'id="id_field_copies_error"' in page
    assert 'value="Convocations"' in page
    assert "Urgent" in page


def test_edit_changes_and_empties_fields(client_for):
    browser = client_for("maud")
    given = {**FILLED, "field_recipient": "Tous", "version": version_of(browser)}
    assert 302 == browser.post("/courrier/r/mail_item/edit/pli/1", given).status_code
    given = {**FILLED, "field_recipient": "", "version": version_of(browser)}
    assert 302 == browser.post("/courrier/r/mail_item/edit/pli/1", given).status_code

    from habilis.workflows import browse

    record = browse.resource("courrier", "maud@acme.example", "mail_item", "pli/1")
    assert ("Convocations", {"format": "C5", "copies": 12}) == (record.title, dict(record.fields))


def test_edit_of_what_changed_meanwhile_says_what_and_keeps_what_was_typed(client_for):
    browser = client_for("maud")
    stale = version_of(browser)
    browser.post("/courrier/r/mail_item/edit/pli/1", {**FILLED, "title": "Entre-temps", "version": stale})

    response = browser.post("/courrier/r/mail_item/edit/pli/1", {**FILLED, "title": "Le mien", "version": stale})
    page = response.content.decode()

    assert 409 == response.status_code
    assert "Entre-temps" in page
    assert 'value="Le mien"' in page
    assert f'name="version" value="{stale + 1}"' in page


def test_move_goes_where_one_may_create(client_for):
    browser = client_for("maud")
    given = {**FILLED, "scope": "acme/compta", "version": version_of(browser)}

    assert 302 == browser.post("/courrier/r/mail_item/edit/pli/1", given).status_code
    assert 404 == client_for("omar").get("/courrier/r/mail_item/view/pli/1").status_code


@pytest.mark.parametrize(
    ("actor", "status"),
    [("anonymous", 302), ("nora", 404), ("berthe", 404), ("lise", 404), ("omar", 302), ("maud", 302)],
)
def test_deposit_by(client_for, actor, status):
    browser = client_for(actor)

    response = browser.post("/courrier/r/mail_item/do/deposit/pli/1", {"version": version_of(browser)})

    assert status == response.status_code


def test_a_button_pressed_twice_answers_that_it_changed(client_for):
    browser = client_for("maud")
    given = {"version": version_of(browser)}
    browser.post("/courrier/r/mail_item/do/deposit/pli/1", given)

    response = browser.post("/courrier/r/mail_item/do/deposit/pli/1", given)

    assert 409 == response.status_code
    assert "Dépôts en cours" in response.content.decode()


@pytest.mark.parametrize("address", ["do/deposit/pli/1", "comment/pli/1", "files/pli/1"])
def test_a_change_is_never_made_by_following_a_link(client_for, address):
    assert 405 == client_for("maud").get(f"/courrier/r/mail_item/{address}").status_code


def test_delete_asks_before(client_for):
    browser = client_for("maud")
    assert 200 == browser.get("/courrier/r/mail_item/delete/pli/1").status_code
    assert 200 == browser.get("/courrier/r/mail_item/view/pli/1").status_code

    assert 302 == browser.post("/courrier/r/mail_item/delete/pli/1").status_code
    assert 404 == browser.get("/courrier/r/mail_item/view/pli/1").status_code


def test_a_comment_joins_the_thread(client_for):
    browser = client_for("omar")
    browser.post("/courrier/r/mail_item/comment/pli/1", {"text": "Prêt <demain>"})

    assert "Prêt &lt;demain&gt;" in browser.get("/courrier/r/mail_item/view/pli/1").content.decode()


def test_a_file_leaves_through_the_rule_and_is_never_run(client_for):
    browser = client_for("omar")
    file = SimpleUploadedFile("page.html", b"<script>alert(1)</script>", content_type="text/html")
    browser.post("/courrier/r/mail_item/files/pli/1", {"files": [file]})
    page = browser.get("/courrier/r/mail_item/view/pli/1").content.decode()
    address = "/courrier/f/" + page.split("/courrier/f/")[1].split('"')[0]

    response = browser.get(address)

    assert b"<script>alert(1)</script>" == b"".join(response.streaming_content)
    assert 'attachment; filename="page.html"' == response["Content-Disposition"]
    assert "application/octet-stream" == response["Content-Type"]
    assert "nosniff" == response["X-Content-Type-Options"]
    assert 404 == client_for("berthe").get(address).status_code
    assert 404 == client_for("lise").get(address).status_code


def test_a_refusal_keeps_what_was_typed(client_for):
    response = client_for("lise").post("/courrier/r/mail_item/edit/pli-2", {"title": "Ce que j'avais écrit"})

    assert 403 == response.status_code
    assert "Ce que j&#x27;avais écrit" in response.content.decode()


def test_lists_are_counted_exactly_and_searched(client_for):
    browser = client_for("maud")

    assert "2 résultats" in browser.get("/courrier/r/mail_item/").content.decode()
    assert "1 résultat" in browser.get("/courrier/r/mail_item/?q=voeux").content.decode()
    assert "1 résultat" in browser.get("/courrier/r/mail_item/?scope=acme/paie").content.decode()
    assert "1 résultat" in browser.get("/courrier/r/mail_item/?state=draft").content.decode()


def test_the_steps_of_an_invoice_are_those_of_its_buttons():
    invoice = loader.load(loader.find("invoicing")).types["invoice"]

    assert ["submitted", "processing", "processed"] == steps.way_on(invoice, "draft")
    assert [] == steps.way_on(invoice, "processed") == steps.way_on(invoice, "rejected")
    assert ["submitted", "rejected"] == steps.way_to(invoice, "rejected")
    assert ["submitted", "processing", "processed"] == steps.way_to(invoice, "processed")

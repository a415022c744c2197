"""The files that pages hand over: the rows of the screen, a name that tells, and a refusal like any other."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.utils.timezone import localdate

from habilis.workflows import grants, scopes
from habilis.workflows.acting import Acting

LIST = "/courrier/r/mail_item/export/csv"
PEOPLE = "/courrier/people/export/csv?scope=acme"
HISTORY = "/courrier/history/export/csv?scope=acme"
CARD = "/courrier/people/omar@acme.example/export/csv"
ACTORS = ("anonymous", "stranger", "nora", "yvan", "berthe", "lise", "omar", "maud")


def rows_of(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))[1:]


@pytest.mark.row("XX-11", "CP-57")
@pytest.mark.parametrize(
    ("address", "statuses"),
    {
        LIST: (302, 404, 404, 404, 200, 200, 200, 200),
        LIST.replace("csv", "xlsx"): (302, 404, 404, 404, 200, 200, 200, 200),
        LIST.replace("csv", "pdf"): (302, 404, 404, 404, 404, 404, 404, 404),
        PEOPLE: (302, 404, 404, 404, 404, 403, 403, 200),
        HISTORY: (302, 404, 404, 404, 404, 403, 403, 200),
        HISTORY.replace("csv", "xlsx"): (302, 404, 404, 404, 404, 403, 403, 200),
        "/courrier/history/export/csv?scope=borea": (302, 404, 404, 404, 200, 404, 404, 404),
        "/courrier/history/export/csv": (302, 404, 404, 404, 404, 404, 404, 404),
        CARD: (302, 404, 404, 404, 404, 404, 200, 200),
        "/courrier/people/export/csv?scope=unknown": (302, 404, 404, 404, 404, 404, 404, 404),
        "/courrier/r/nothing/export/csv": (302, 404, 404, 404, 404, 404, 404, 404),
    }.items(),
)
def test_each_file_answers_each_kind_of_actor(client_for, address, statuses):
    answers = {name: client_for(name).get(address) for name in ACTORS}

    assert dict(zip(ACTORS, statuses, strict=True)) == {name: one.status_code for name, one in answers.items()}
    for one in answers.values():
        one.getvalue()  # reads the files to their end, which closes them


@pytest.mark.row("XX-11")
@pytest.mark.parametrize("narrowed", ["", "?q=voeux", "?state=draft", "?scope=acme/paie", "?sort=title"])
def test_a_list_holds_the_rows_of_the_screen_in_its_order(client_for, narrowed):
    browser = client_for("maud")
    titles = [row[0] for row in rows_of(browser.get(LIST + narrowed))]
    page = browser.get(f"/courrier/r/mail_item/{narrowed}").content.decode()

    expected = [title for title in ("Bulletins <de> paie", "Voeux") if title.replace("<de>", "&lt;de&gt;") in page]
    assert sorted(expected) == sorted(titles)
    assert len(titles) == (2 if narrowed in ("", "?sort=title") else 1)


@pytest.mark.row("XX-11")
def test_what_a_person_may_not_list_is_in_no_file(client_for):
    assert {"Voeux"} == {row[0] for row in rows_of(client_for("lise").get(LIST))}
    assert [] == rows_of(client_for("berthe").get(LIST))


@pytest.mark.row("RT-56", "XX-11")
def test_the_scopes_are_a_file_of_those_of_this_portal_that_one_may_list(client_for):
    def keys(name: str, narrowed: str = "") -> list[str]:
        return [row[1] for row in rows_of(client_for(name).get(f"/courrier/scopes/export/csv{narrowed}"))]

    from tests import factories

    factories.load(factories.MAIL)  # another portal, with an `acme` of its own
    assert (["acme"], ["borea"]) == (keys("maud"), keys("berthe"))
    assert ["acme/compta", "acme/paie"] == keys("maud", "?kind=unit")
    assert ["acme/paie"] == keys("omar", "?kind=unit")
    assert ["acme/paie"] == keys("maud", "?kind=unit&q=paie")
    assert [] == keys("maud", "?kind=unit&within=borea")
    assert [] == keys("nora")
    assert 404 == client_for("stranger").get("/courrier/scopes/export/csv").status_code


@pytest.mark.row("CP-56", "CP-57")
def test_the_people_of_a_scope_are_a_spreadsheet(client_for):
    browser = client_for("maud")
    response = browser.get(PEOPLE.replace("csv", "xlsx"))
    sheet = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).read("xl/worksheets/sheet1.xml").decode()

    assert "omar@acme.example" in sheet
    assert "berthe@borea.example" not in sheet
    assert f'filename="courrier-personnes-acme-{localdate():%Y-%m-%d}.xlsx"' in response["Content-Disposition"]
    narrowed = {row[1] for row in rows_of(browser.get(f"{PEOPLE}&q=lise"))}
    assert {"lise@acme.example"} == narrowed


@pytest.mark.row("CP-53")
def test_the_card_of_a_person_is_a_csv(client_for):
    browser = client_for("maud")
    assert CARD in browser.get("/courrier/people/omar@acme.example").content.decode()

    response = browser.get(CARD)

    assert {"omar@acme.example"} == {row[1] for row in rows_of(response)}
    assert f'attachment; filename="courrier-omar-{localdate():%Y-%m-%d}.csv"' == response["Content-Disposition"]
    assert "text/csv; charset=utf-8" == response["Content-Type"]
    assert "private, no-store" == response["Cache-Control"]


def test_a_list_keeps_its_filters_in_the_address_of_its_file(client_for):
    page = client_for("maud").get("/courrier/r/mail_item/?q=voeux&state=deposited").content.decode()

    assert "/courrier/r/mail_item/export/csv?q=voeux&amp;state=deposited" in page


def test_a_refusal_is_a_page(client_for):
    response = client_for("omar").get(PEOPLE)

    assert "text/html; charset=utf-8" == response["Content-Type"]
    assert "<h1" in response.content.decode()


def test_the_history_of_a_scope_is_a_file_of_the_sentences_of_its_page(client_for):
    maud = Acting("maud@acme.example", "courrier")
    for n in range(3):
        scopes.rename(maud, key="acme/paie", name=f"=Paie {n}")
    grants.attach(maud, person="nora@acme.example", scope="acme/paie", profile="operator")
    grants.detach(maud, person="nora@acme.example", scope="acme/paie", comment="=1+1")
    scopes.rename(Acting("berthe@borea.example", "courrier"), key="borea", name="Boréa et fils")
    browser = client_for("maud")

    rows = rows_of(browser.get(HISTORY))

    assert HISTORY in browser.get("/courrier/s/acme?tab=history").content.decode()
    assert 3 == sum("renomme" in row[1] for row in rows)
    assert "'=1+1" == rows[0][4]
    assert not any("Boréa" in cell for row in rows for cell in row)

"""Files hold what the screen shows, to the row, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from habilis.blueprints.loader import HERE
from habilis.core import NotFound, Refused
from habilis.workflows import browse, exports, loading

PAYLOADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "'=1", '"=1', "＝1", "＋1", "\u200b=1", "\x00=1"]


@pytest.fixture
def courrier(db):
    loading.load([HERE / "mailroom" / "demo.toml"])
    return "courrier"


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.row("CP-57")
def test_ac_61_what_looks_like_a_formula_is_text(payload):
    table = exports.Table("t", ("h",), iter([[payload]]))
    content = b"".join(exports.to_csv(table, "fr")).decode("utf-8-sig")
    cell = next(iter(list(csv.reader(io.StringIO(content), delimiter=";"))[1]))

    assert "'" == cell[0]


def test_numbers_and_words_stay_what_they_are():
    table = exports.Table("t", ("h",), iter([["Été", -3, "a=b"]]))

    assert "\ufeffh\r\nÉté;-3;a=b\r\n" == b"".join(exports.to_csv(table, "fr")).decode()


@pytest.mark.row("XX-11")
@pytest.mark.parametrize(
    "email", ["camille.roux@valdorge.example", "aicha.benali@valdorge.example", "odile.fabre@saint-luc.example"]
)
def test_a_file_of_resources_holds_the_rows_of_the_screen_and_no_other(courrier, email):
    listed = []
    cursor = None
    while True:
        page = browse.resources(courrier, email, "mail_item", cursor=cursor, limit=7)
        listed += [record.title for record in page.items]
        cursor = page.next
        if cursor is None:
            break
    rows = list(exports.resources(courrier, email, type_="mail_item", language="fr").rows)

    assert listed == [row[0] for row in rows]


@pytest.mark.row("CP-56", "CP-57")
def test_a_manager_exports_the_people_of_their_organization(courrier):
    table = exports.people(courrier, "camille.roux@valdorge.example", scope_key="val-dorge", language="fr")
    rows = list(table.rows)

    assert len(table.header) == len(rows[0])
    assert {row[1] for row in rows} >= {"aicha.benali@valdorge.example", "camille.roux@valdorge.example"}
    assert all("saint-luc" not in str(row) for row in rows)


@pytest.mark.row("CP-57")
def test_an_operator_exports_nobody(courrier):
    with pytest.raises(Refused):
        exports.people(courrier, "aicha.benali@valdorge.example", scope_key="val-dorge", language="fr")
    with pytest.raises(NotFound):
        exports.people(courrier, "aicha.benali@valdorge.example", scope_key="saint-luc", language="fr")


def test_a_spreadsheet_opens_with_text_and_no_formula(courrier):
    with exports.to_xlsx(
        exports.people(courrier, "camille.roux@valdorge.example", scope_key="val-dorge", language="fr")
    ) as file:
        archive = zipfile.ZipFile(file)
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()

    assert "Camille Roux" in sheet
    assert "<f>" not in sheet

"""Twenty ways to begin a formula, in every column that is exported: none of the cells is one."""

from __future__ import annotations

import csv
import io
import unicodedata

import openpyxl
import pytest

from habilis.store.models import Resource, Scope, User
from habilis.workflows import exports
from tests.factories import address

PAYLOADS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "  +1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "＝1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "'=1",
    '"=1',
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example","a")',
)


@pytest.fixture
def hostile(mail) -> str:
    """A portal where a thing is called as each formula begins, and holds it in each of its texts."""
    assert len(PAYLOADS) == 20
    first = Resource.objects.filter(portal__key=mail).order_by("id")[0]
    kept = ("portal_id", "scope_id", "author_id", "type", "state", "created", *(f"a{n}" for n in range(7)))
    for n, payload in enumerate(PAYLOADS):
        fields = {**first.fields, "reference": payload, "recipients": payload}
        copy = {name: getattr(first, name) for name in kept}
        Resource.objects.create(key=f"formula-{n}", title=payload, fields=fields, **copy)
    return mail


def computes(cell: str) -> bool:
    """Whether a spreadsheet could take a cell for a formula, whatever it overlooks before the first character."""
    looked = unicodedata.normalize("NFKC", cell)
    seen = [c for c in looked if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf")]
    return bool(seen) and seen[0] in "=+-@"


def tables(mail: str, payload: str) -> list[exports.Table]:
    """Each file, where everything that somebody may type holds *payload*."""
    Scope.objects.filter(portal__key=mail, key__startswith="acme").update(name=payload)
    User.objects.exclude(email=address("maud")).update(name=payload)
    maud = address("maud")

    def tell(entries, people, scopes):
        return [(e.at, payload, payload, payload, e.comment) for e in entries]

    return [
        exports.resources(mail, maud, type_="mail_item", language="fr"),
        exports.scopes(mail, maud, kind="unit", language="fr"),
        exports.people(mail, maud, scope_key="acme", language="fr"),
        exports.contacts(mail, maud, language="fr"),
        exports.person(mail, maud, address("otto"), "fr"),
        exports.journal(mail, maud, "acme", "fr", tell),
    ]


@pytest.mark.row("AC-61")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_of_any_file_is_a_formula(hostile, payload):
    held = 0
    for table in tables(hostile, payload):
        content = b"".join(exports.to_csv(table, "fr")).decode("utf-8-sig")
        read = list(csv.reader(io.StringIO(content, newline=""), delimiter=";", strict=True))
        assert {len(row) for row in read} == {len(table.header)}
        assert [] == [cell for row in read for cell in row if computes(cell)]
        held += sum(payload.strip() in cell for row in read for cell in row)
    assert held > 20
    for table in tables(hostile, payload):
        with exports.to_xlsx(table) as file:
            book = openpyxl.load_workbook(io.BytesIO(file.read()))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert [] == [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink is not None]
        assert [] == [cell.value for cell in cells if isinstance(cell.value, str) and computes(cell.value)]

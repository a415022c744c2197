"""People from a table: a preview that the import repeats, all lines or none, each by the verbs of pages."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from habilis.core import Conflict, Invalid, Ref, Refused
from tests.factories import address, by
from tests.workflows.conftest import journal_of, state

HEAD = "Adresse électronique;Prénom et nom;Langue;Périmètre;Profil;Premier jour;Dernier jour\n"


def preview(portal: str, lines: str, name: str = "maud"):
    from habilis.workflows import importing

    return importing.preview(by(name, portal), HEAD + lines)


def run(portal: str, lines: str, name: str = "maud"):
    from habilis.workflows import importing

    text = HEAD + lines
    return importing.run(by(name, portal), text=text, digest=importing.preview(by(name, portal), text).digest)


def wrong(plan) -> list[tuple[int, str, str]]:
    return [(line.number, one.column, one.code) for line in plan.lines for one in line.wrong]


def reads(name: str, key: str, portal: str = "plis") -> bool:
    from habilis.workflows import access

    return access.check(portal, address(name), "read", Ref("unit", key))


def test_a_preview_says_what_each_line_does_and_does_nothing(mail):
    before, entries = state(), len(journal_of(mail))
    plan = preview(
        mail,
        "ines@x.example;Inès Roy;fr;acme/paie;Opérateur;;\n"
        "\n"
        "noe@x.example;;;acme/juridique;operator;2027-01-01;31/12/2027\n"
        "omar@x.example;;;acme/paie;Operator;;\n",
    )

    assert [(2, "new"), (4, "known"), (5, "nothing")] == [(line.number, line.does) for line in plan.lines]
    assert plan.sound
    assert (before, entries) == (state(), len(journal_of(mail)))


def test_what_was_previewed_is_imported_and_nothing_else(mail):
    from habilis.store.models import Grant, Message, User

    lines = "Ines@X.example;Inès Roy;en;acme/paie;Opérateur;;\nnoe@x.example;;;acme/juridique;operator;;31/12/2099\n"
    run(mail, lines)

    assert reads("ines", "acme/paie")
    assert not reads("ines", "acme/juridique")
    assert reads("noe", "acme/juridique")
    assert "en" == User.objects.get(email="ines@x.example").language
    ends = Grant.objects.get(user__email="noe@x.example", scope__key="acme/juridique").valid_until
    assert "2099-12-31T23:00:00+00:00" == ends.isoformat()  # the last day is included, where the portal is read
    assert {"ines@x.example", "noe@x.example"} == set(Message.objects.values_list("recipient", flat=True))
    tags = [entry.tag for entry in journal_of(mail)]
    assert "people:import" == tags[-1]
    assert 2 == tags.count("person:create")
    assert ["nothing", "nothing"] == [line.does for line in preview(mail, lines.replace(";31/12/2099", ";")).lines]


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("not an address;X;;acme;operator;;", "email", "address"),
        ("inеs@x.example;X;;acme;operator;;", "email", "look_alike"),
        ("ines@ехample.org;X;;acme;operator;;", "email", "look_alike"),
        ("ınes@x.example;X;;acme;operator;;", "email", "look_alike"),
        ("ines@x.example;;;acme;operator;;", "name", "no_name"),
        ("ines@x.example;X;;;operator;;", "scope", "no_scope"),
        ("ines@x.example;X;;nowhere;operator;;", "scope", "unknown_scope"),
        ("ines@x.example;X;;borea;operator;;", "scope", "unknown_scope"),  # another's, like one that is not there
        ("ines@x.example;X;;acme;boss;;", "profile", "unknown_profile"),
        ("ines@x.example;X;;acme/paie;manager;;", "profile", "profile"),
        ("olga@x.example;;;acme;manager;;", "profile", "other_profile"),
        ("maud@x.example;;;acme/paie;operator;;", "email", "self"),
        ("ines@x.example;X;de;acme;operator;;", "language", "language"),
        ("ines@x.example;X;;acme;operator;tomorrow;", "from", "day"),
        ("ines@x.example;X;;acme;operator;;31/02/2027", "until", "day"),
        ("ines@x.example;X;;acme;operator;;2020-01-01", "until", "until"),
        ("ines@x.example;X;;acme;operator;0001-01-01;", "from", "day"),
        ("ines@x.example;=HYPERLINK(1);;acme;operator;;", "name", "formula"),
        ("ines@x.example;@SUM(A1);;acme;operator;;", "name", "formula"),
        ("ines@x.example;＋1;;acme;operator;;", "name", "formula"),
        ("ines@x.example;X\u202ey;;acme;operator;;", "name", "odd_character"),
        ("ines@x.example;X\x00y;;acme;operator;;", "name", "odd_character"),
        (f"ines@x.example;{'X' * 301};;acme;operator;;", "name", "long_cell"),
        ("ines@x.example;X;;acme;operator;;;surplus", "", "extra_cell"),
    ],
)
def test_one_wrong_line_names_its_column_and_refuses_all(mail, line, column, code):
    before = state()
    lines = f"otto2@x.example;Otto;;acme/paie;operator;;\n{line}\n"
    plan = preview(mail, lines)

    assert [(3, column, code)] == wrong(plan)
    assert not plan.sound
    with pytest.raises((Invalid, Refused)):
        run(mail, lines)
    assert before == state()


def test_every_wrong_line_is_named_at_once(mail):
    plan = preview(mail, "a;X;;acme;operator;;\nb@x.example;B;;acme;operator;;\nc@x.example;C;;nowhere;boss;;\n")

    assert [(2, "email", "address"), (4, "scope", "unknown_scope"), (4, "profile", "unknown_profile")] == wrong(plan)


def test_two_names_for_one_address_are_not_guessed_between(mail):
    plan = preview(mail, "i@x.example;Inès;;acme/paie;operator;;\nI@x.example;Iris;;acme/juridique;operator;;\n")

    assert [(3, "name", "two_names")] == wrong(plan)


def test_an_operator_imports_nobody_and_the_attempt_is_recorded(mail):
    lines = "ines@x.example;X;;acme;manager;;\n"
    with pytest.raises(Refused):
        run(mail, lines, "omar")

    assert ("people:import", True) == ((last := journal_of(mail)[-1]).tag, last.refused)
    assert not reads("ines", "acme/paie")


def test_nobody_gives_by_a_table_more_than_they_hold_or_to_themselves(advice):
    from habilis.workflows import importing

    text = HEAD + "zoe@x.example;;;bzh/29/friche;owner;;\nreg@x.example;;;bzh/29/friche;observer;;\n"
    plan = importing.preview(by("reg", advice), text)

    assert [(3, "email", "self")] == [one for one in wrong(plan) if one[0] == 3]
    assert wrong(importing.preview(by("obs", advice), text))


def test_what_changed_since_the_preview_is_shown_before(mail):
    from habilis.workflows import grants, importing

    text = HEAD + "noe@x.example;;;acme;operator;;\n"
    seen = importing.preview(by("maud", mail), text)
    grants.attach(by("tom", mail), person="noe@x.example", scope="acme", profile="operator")

    with pytest.raises(Conflict) as caught:
        importing.run(by("maud", mail), text=text, digest=seen.digest)
    assert "stale" == caught.value.code


@pytest.mark.parametrize(
    ("head", "column", "code"),
    [
        ("email;profil", "scope", "missing_column"),
        ("email;profil;périmètre;grade", "", "unknown_column"),
        ("email;e-mail;profil;périmètre", "", "twice_column"),
    ],
)
def test_headings_are_those_of_the_template(mail, head, column, code):
    from habilis.workflows import importing

    plan = importing.preview(by("maud", mail), f"{head}\nx;y;z\n")

    assert [(column, code)] == [(one.column, one.code) for one in plan.wrong]
    assert not plan.sound


def test_a_scope_is_also_told_by_its_number(bills):
    from habilis.workflows import scopes

    siret = "73282932000074"
    scopes.rename(by("paula", bills), key="ville", name="Ville", identifiers={"siret": siret})
    plan = preview(bills, "zoe@x.example;;;732 829 320 00074;Utilisateur;;\n", "paula")

    assert [("ville", "known")] == [(line.scope, line.does) for line in plan.lines]


# Files


def book(rows) -> bytes:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer)
    sheet = workbook.add_worksheet()
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    workbook.close()
    return buffer.getvalue()


def text_of(name: str, content: bytes) -> str:
    from habilis.workflows import sheets

    return sheets.text_of(name, io.BytesIO(content))


def test_a_workbook_and_a_text_say_the_same(mail):
    from habilis.workflows import sheets

    rows = [["Adresse", "Nom", "Périmètre", "Profil"], ["ines@x.example", "Inès; Roy", "acme", "Opérateur"]]

    assert rows == sheets.rows_of(text_of("a.xlsx", book(rows)))
    assert rows == sheets.rows_of(
        text_of("a.csv", '\ufeffAdresse,Nom,Périmètre,Profil\r\nines@x.example,"Inès; Roy",acme,Opérateur\r\n'.encode())
    )
    assert "Opérateur" in text_of("a.csv", "Profil\nOpérateur".encode("cp1252"))


def test_a_formula_of_a_workbook_is_seen_as_one(mail):
    from habilis.workflows import importing

    rows = [
        ["email", "nom", "scope", "profil"],
        ["i@x.example", '=HYPERLINK("http://x.example","Inès")', "acme", "operator"],
    ]
    plan = importing.preview(by("maud", mail), text_of("a.xlsx", book(rows)))

    assert [(2, "name", "formula")] == wrong(plan)


def bomb(members: int, size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(members):
            archive.writestr(f"xl/{n}.xml", b"\0" * size)
    return buffer.getvalue()


def entities() -> bytes:
    """A workbook whose first sheet holds an XML document that grows as it is read."""
    source = zipfile.ZipFile(io.BytesIO(book([["email"]])))
    lol = "".join(
        f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "lol"}{"&l" + str(n - 1) + ";" if n else ""}">'
        for n in range(30)
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/sharedStrings.xml":
                content = f"<!DOCTYPE x [{lol}]><sst><si><t>&l29;</t></si></sst>".encode()
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "nothing"),
        ("a.csv", b" \n ", "nothing"),
        ("a.csv", b"x" * (2 * 1024 * 1024 + 1), "big"),
        ("a.xlsx", bomb(1, 30_000_000), "big"),
        ("a.xlsx", bomb(1001, 1), "big"),
        ("a.xlsx", bomb(1, 10), "kind"),
        ("a.xlsx", b"PK\x03\x04 not a zip", "kind"),
        ("a.xlsx", entities(), "kind"),
        ("a.xls", b"\xd0\xcf\x11\xe0 old", "kind"),
        ("a.csv", b"\xff\xfe\x00a", "kind"),
    ],
    ids=["empty", "blank", "long", "bomb", "many", "other-zip", "no-zip", "entities", "xls", "binary"],
)
def test_a_file_that_is_no_table_is_refused(name, content, code):
    with pytest.raises(Invalid) as caught:
        text_of(name, content)

    assert code == caught.value.code


def test_a_table_has_so_many_lines_at_most(monkeypatch):
    from habilis.workflows import sheets

    assert 5000 <= sheets.LINES
    monkeypatch.setattr(sheets, "LINES", 100)
    rows = [["email"], *([f"p{n}@x.example"] for n in range(100))]
    assert 101 == len(sheets.rows_of(text_of("a.xlsx", book(rows))))
    for content in (book([*rows, ["one too many"]]), ("\n".join(row[0] for row in rows) + "\nmore").encode()):
        with pytest.raises(Invalid) as caught:
            sheets.rows_of(text_of("a", content))
        assert "long" == caught.value.code


ADJUSTED = "email;nom;périmètre;profil;ajustements\n"


@pytest.mark.row("CP-08")
def test_adjustments_come_with_the_access(mail):
    from habilis.store.models import Grant
    from habilis.workflows import importing

    maud = by("maud", mail)
    text = ADJUSTED + "ines@x.example;Inès;acme/paie;Opérateur;Courriers = view, address_book=none\n"
    importing.run(maud, text=text, digest=importing.preview(maud, text).digest)

    given = Grant.objects.get(user__email="ines@x.example", scope__key="acme/paie")
    assert {"mail": "view", "address_book": "none"} == given.adjustments
    assert {} == Grant.objects.get(user__email="ines@x.example", scope__key="acme").adjustments
    again = importing.preview(maud, text)
    assert [(2, "profile", "already_attached")] == wrong(again)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("galaxy=view", "unknown_feature"),
        ("mail", "unknown_level"),
        ("mail=everything", "unknown_level"),
        ("mail=view, Courriers=none", "two_levels"),
        ("settings=edit, journal=edit", ""),
        ("profiles=edit", "above_own_rights"),
    ],
)
def test_an_adjustment_is_read_and_bound_like_any_other(mail, cell, code):
    from habilis.workflows import importing

    plan = importing.preview(by("maud", mail), f"{ADJUSTED}ines@x.example;Inès;acme;Opérateur;{cell}\n")

    assert [code] * bool(code) == [one[2] for one in wrong(plan)]

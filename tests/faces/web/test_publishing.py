"""What whoever publishes a portal does in a browser: open places with their first manager, import people."""

from __future__ import annotations

import pytest

from habilis.core import Ref
from tests import factories

NEW = "/plis/scope/new/organization"
IMPORT = "/plis/people/import"
SHEET = "email;nom;périmètre;profil\n"


@pytest.fixture
def client_for(db):
    """The browser of somebody of the mailroom, signed in."""
    factories.load(factories.MAIL)
    return factories.browser


def may(name: str, action: str, kind: str, key: str) -> bool:
    from habilis.workflows import access

    return access.check("plis", factories.address(name), action, Ref(kind, key))


def text(response) -> str:
    return response.content.decode()


def state():
    """Every row but accounts, which signing in changes, and how many of these there are."""
    from tests.workflows.conftest import state as rows

    found = rows()
    return {**found, "user": len(found["user"])}


def test_an_organization_is_opened_with_its_first_manager(client_for):
    browser = client_for("ada")
    assert NEW in text(browser.get("/plis/manage/"))
    assert "Premier gestionnaire" in text(browser.get(NEW))
    sent = {
        "name": "Céleste",
        "identifier_la_poste": "12345678",
        "manager_email": "Iris@Celeste.example",
        "manager_name": "Iris Ange",
        "manager_profile": "manager",
    }
    response = browser.post(NEW, sent)

    assert "/plis/s/celeste" == response["Location"]
    assert may("iris@celeste.example", "attach", "organization", "celeste")
    assert not may("iris@celeste.example", "list", "organization", "acme")
    assert not may("maud", "list", "organization", "celeste")


def test_without_an_address_the_place_alone_is_opened(client_for):
    assert 302 == client_for("ada").post(NEW, {"name": "Céleste"}).status_code
    assert may("ada", "read", "organization", "celeste")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"manager_name": ""}, "manager_name"),
        ({"manager_email": ""}, "manager_email"),
        ({"manager_email": "iris"}, "manager_email"),
        ({"manager_profile": "portal_admin"}, "manager_profile"),
        ({"name": ""}, "name"),
        ({"manager_name": "I\x01ris"}, "manager_name"),
    ],
)
def test_with_a_fault_neither_the_place_nor_the_person_is_there(client_for, changed, field):
    before = state()
    sent = {"name": "Céleste", "manager_email": "iris@x.example", "manager_name": "Iris", "manager_profile": "manager"}
    response = client_for("ada").post(NEW, {**sent, **changed})

    assert 400 == response.status_code
    assert f"id_{field}_error" in text(response)
    kept = {**sent, **changed}
    assert all(f'value="{kept[key]}"' in text(response) for key in ("name", "manager_email") if kept[key])
    assert before == state()


def test_nobody_opens_a_place_where_they_may_not(client_for):
    before = state()
    sent = {"name": "Céleste", "manager_email": "iris@x.example", "manager_name": "Iris", "manager_profile": "manager"}
    assert 403 == client_for("maud").post(NEW, sent).status_code
    assert client_for("omar").post("/plis/scope/new/unit?parent=acme", sent).status_code in (403, 404)
    assert 404 == client_for("maud").post("/plis/scope/new/unit?parent=borea", sent).status_code
    assert before == state()


def test_nobody_opens_a_place_for_themselves(client_for):
    sent = {"name": "Archives", "manager_email": "maud@x.example", "manager_name": "M", "manager_profile": "operator"}
    assert 403 == client_for("maud").post("/plis/scope/new/unit?parent=acme", sent).status_code
    assert not may("maud", "read", "unit", "acme/archives")


def test_the_place_is_chosen_where_there_are_several(client_for):
    browser = client_for("ada")
    page = text(browser.get("/plis/scope/new/unit"))
    assert 'value="acme"' in page
    assert 'value="borea"' in page
    assert (
        "/plis/s/borea/archives"
        == browser.post("/plis/scope/new/unit", {"name": "Archives", "parent": "borea"}).headers["Location"]
    )
    one = text(client_for("bruno").get("/plis/scope/new/unit"))
    assert 'name="parent"' not in one


def test_a_table_is_shown_line_by_line_then_imported(client_for):
    browser = client_for("maud")
    before = state()
    sheet = SHEET + "ines@x.example;Inès;acme/paie;Opérateur\n"
    seen = browser.post(IMPORT, {"text": sheet, "do": "check"})
    assert 200 == seen.status_code
    assert "Un nouveau compte, et cet accès" in text(seen)
    assert before == state()
    digest = text(seen).split('name="digest" value="')[1].split('"')[0]

    assert 302 == browser.post(IMPORT, {"text": sheet, "digest": digest, "do": "import"}).status_code
    assert may("ines", "read", "unit", "acme/paie")
    again = browser.post(IMPORT, {"text": sheet, "digest": digest, "do": "import"})
    assert 409 == again.status_code
    assert "Rien : la personne détient déjà cet accès" in text(again).replace("\u00a0", " ")


def test_a_wrong_line_keeps_all_that_was_typed(client_for):
    sheet = SHEET + "ines@x.example;Inès;acme/paie;Opérateur\nbad;X;nowhere;Chef\n"
    response = client_for("maud").post(IMPORT, {"text": sheet, "do": "import", "digest": "x"})

    assert 400 == response.status_code
    assert "bad;X;nowhere;Chef" in text(response)
    assert "1 ligne est à corriger" in text(response)
    assert "Importer toutes les lignes" not in text(response)
    assert not may("ines", "read", "unit", "acme/paie")


def test_a_table_is_sent_as_a_file(client_for):
    from django.core.files.uploadedfile import SimpleUploadedFile

    browser = client_for("maud")
    file = SimpleUploadedFile("people.csv", (SHEET + "ines@x.example;Inès;acme;Opérateur\n").encode("cp1252"))
    assert "Inès" in text(browser.post(IMPORT, {"file": file, "do": "check"}))
    hostile = SimpleUploadedFile("people.xlsx", b"PK\x03\x04")
    response = browser.post(IMPORT, {"file": hostile, "text": "kept", "do": "check"})
    assert 400 == response.status_code
    assert "kept" in text(response)


@pytest.mark.parametrize(("name", "status"), [("maud", 200), ("ada", 200), ("omar", 403), ("paul", 403), ("noe", 403)])
def test_import_is_for_those_who_may_attach_somewhere(client_for, name, status):
    browser = client_for(name)

    assert status == browser.get(IMPORT).status_code
    for format_ in ("xlsx", "csv"):
        answer = browser.get(f"{IMPORT}/{format_}")
        assert status == answer.status_code
        answer.getvalue()  # reads the file to its end, which closes it
    answer = browser.post(IMPORT, {"text": SHEET + "ines@x.example;Inès;acme;Opérateur\n", "do": "check"})
    assert status == answer.status_code


def test_the_template_lists_only_what_one_may_use(client_for):
    import io
    import zipfile

    def strings(name: str) -> str:
        response = client_for(name).get(f"{IMPORT}/xlsx")
        return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).read("xl/sharedStrings.xml").decode()

    assert "borea" in strings("ada")
    assert "acme/paie" in strings("maud")
    assert "borea" not in strings("maud")


SET = "/plis/publish/"


def version(browser) -> str:
    return text(browser.get(SET)).split('name="version" value="')[1].split('"')[0]


def test_the_portals_name_color_and_texts_are_set_in_a_page(client_for):
    browser = client_for("ada")
    sent = {
        "name": "Plis verts",
        "color": "#14532d",
        "welcome_fr": "Bonjour <b>à tous</b>",
        "version": version(browser),
    }
    assert 302 == browser.post(SET, sent).status_code
    home = text(client_for("omar").get("/plis/"))

    assert "Plis verts" in home
    assert "Bonjour &lt;b&gt;à tous&lt;/b&gt;" in home
    assert "--accent:#14532d;" in text(browser.get("/plis/theme.css"))


def test_a_pale_color_is_refused_and_what_was_typed_is_kept(client_for):
    browser = client_for("ada")
    response = browser.post(
        SET, {"name": "Plis", "color": "#ffdd55", "welcome_fr": "Gardé", "version": version(browser)}
    )

    assert 400 == response.status_code
    assert "Gardé" in text(response)
    assert "id_color_error" in text(response)
    assert "#ffdd55" in text(response)


def test_a_stale_page_is_told_and_saved_again_knowingly(client_for):
    browser = client_for("ada")
    old = version(browser)
    browser.post(SET, {"name": "Un", "color": "#14532d", "version": old})
    stale = browser.post(SET, {"name": "Deux", "color": "#14532d", "version": old})

    assert 409 == stale.status_code
    assert 'value="Deux"' in text(stale)
    assert f'name="version" value="{version(browser)}"' in text(stale)


@pytest.mark.parametrize("name", ["maud", "omar", "noe"])
def test_these_pages_are_for_whoever_may_set_the_portal(client_for, name):
    browser = client_for(name)
    assert SET not in text(browser.get("/plis/"))
    for page in (SET, "/plis/publish/tokens"):
        assert browser.get(page).status_code in (403, 404)
        assert browser.post(page, {"name": "X", "color": "#000000"}).status_code in (403, 404)
    assert browser.post("/plis/publish/logo", {"remove": "1"}).status_code in (403, 404)
    assert browser.post("/plis/publish/tokens/1/revoke").status_code in (403, 404)


def test_a_logo_is_served_as_a_picture_and_nothing_else(client_for, settings, tmp_path):
    import io

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    settings.MEDIA_ROOT = tmp_path
    browser = client_for("ada")
    assert 404 == browser.get("/plis/logo.png").status_code
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40)).save(buffer, "PNG")
    sent = {"logo": SimpleUploadedFile("l.png", buffer.getvalue()), "version": version(browser)}
    assert 302 == browser.post("/plis/publish/logo", sent).status_code
    served = client_for("omar").get("/plis/logo.png")
    assert ("image/png", "nosniff") == (served["Content-Type"], served["X-Content-Type-Options"])
    assert b"".join(served.streaming_content).startswith(b"\x89PNG")
    assert "/plis/logo.png?" in text(client_for("omar").get("/plis/"))
    svg = SimpleUploadedFile("l.svg", b"<svg onload='x'/>", content_type="image/svg+xml")
    assert 400 == browser.post("/plis/publish/logo", {"logo": svg, "version": version(browser)}).status_code
    assert 409 == browser.post("/plis/publish/logo", {"remove": "1", "version": "old"}).status_code


def test_a_token_is_shown_once_and_revoked(client_for):
    from habilis.workflows import tokens

    browser = client_for("ada")
    made = text(browser.post("/plis/publish/tokens", {"name": "Tableau"}))
    raw = made.split('class="secret">')[1].split("<")[0]
    assert "plis" == tokens.find(raw)
    listed = text(browser.get("/plis/publish/tokens"))
    assert "Tableau" in listed
    assert raw not in listed
    assert 400 == browser.post("/plis/publish/tokens", {"name": ""}).status_code
    number = tokens.listed("plis")[0][0]
    assert 405 == browser.get(f"/plis/publish/tokens/{number}/revoke").status_code
    assert 302 == browser.post(f"/plis/publish/tokens/{number}/revoke").status_code
    assert tokens.find(raw) is None

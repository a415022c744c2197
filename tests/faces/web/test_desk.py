"""Several files at once, the desk beside the preview, the settings, several at once, the steps, the pictures."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from habilis.store.models import Attachment, Resource
from tests import factories
from tests.factories import address

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
INTAKE = "/livres/r/document/intake"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def reports():
    said = "{{ period = 'T{n}', closed = 2026-0{n}-28, turnover = {n}000, costs = 500, result = {n} }}"
    return "".join(
        factories.resource("report", f"r{n}", "sud/pain", fields=said.format(n=n).replace("'", '"')) for n in (1, 2, 3)
    )


@pytest.fixture
def browser(db):
    factories.load(factories.BOOKS + reports())
    return factories.browser


def files(*contents: bytes):
    return [SimpleUploadedFile(f"facture-{n}.pdf", content) for n, content in enumerate(contents, start=1)]


def take(client, *contents: bytes):
    response = client.post(INTAKE, {"scope": "sud/pain", "files": files(*(contents or (b"%PDF-1",)))})
    return response, list(Resource.objects.filter(type="document").order_by("id").values_list("key", flat=True))


@pytest.mark.row("CF-17", "CF-23")
def test_each_file_becomes_a_document_and_the_first_is_opened(browser):
    response, keys = take(browser("pete"), b"%PDF-1", PNG, b"GIF89a")

    assert 3 == len(keys)
    assert f"/livres/r/document/desk/{keys[0]}" == response["Location"]
    assert 3 == Attachment.objects.count()


@pytest.mark.row("CF-34", "CF-35")
def test_who_only_delivers_goes_back_to_the_list(browser):
    response, keys = take(browser("dina"))

    assert "/livres/r/document/?state=imported" == response["Location"]
    assert 302 == browser("dina").get(f"/livres/r/document/desk/{keys[0]}").status_code


def test_an_empty_file_is_named_and_the_others_come_in(browser):
    client = browser("pete")
    _response, keys = take(client, b"", b"%PDF-1")

    assert 1 == len(keys)
    assert "Ce fichier est vide" in client.get(f"/livres/r/document/desk/{keys[0]}").content.decode()


@pytest.mark.parametrize("sent", [{}, {"scope": "sud/pain"}, {"files": []}])
def test_nothing_chosen_is_said(browser, sent):
    assert 400 == browser("pete").post(INTAKE, sent).status_code


@pytest.mark.row("CF-24", "CF-31")
def test_an_intake_elsewhere_or_without_the_right_is_no_page(browser):
    given = {"scope": "nord/sel", "files": files(b"%PDF-1")}

    assert 404 == browser("pete").post(INTAKE, given).status_code
    assert 404 == browser("pete").get("/livres/r/report/intake").status_code
    assert not Resource.objects.filter(type="document").exists()


def filled(key, do, **more):
    version = Resource.objects.get(key=key).version
    return {"title": "Farine", "field_kind": "purchase", "field_amount": "12,50", "version": version, "do": do} | more


def test_from_one_to_the_next_until_the_list(browser):
    client = browser("pete")
    _response, (first, second) = take(client, b"%PDF-1", b"%PDF-2")

    response = client.post(f"/livres/r/document/desk/{first}", filled(first, "send"))
    assert f"/livres/r/document/desk/{second}" == response["Location"]
    response = client.post(f"/livres/r/document/desk/{second}", filled(second, "process"))
    assert "/livres/r/document/?state=imported" == response["Location"]
    assert ["sent", "processed"] == [Resource.objects.get(key=key).state for key in (first, second)]


def test_saving_stays_and_a_fault_keeps_what_was_typed(browser):
    client = browser("pete")
    _response, (key,) = take(client)
    desk = f"/livres/r/document/desk/{key}"

    assert desk == client.post(desk, filled(key, "save"))["Location"]
    response = client.post(desk, filled(key, "send", field_amount="douze"))
    assert 400 == response.status_code
    assert 'value="douze"' in response.content.decode()
    assert 409 == client.post(desk, filled(key, "send", version=1)).status_code


@pytest.mark.parametrize(
    ("name", "status"), [("sara", 404), ("nils", 404), ("dina", 404), ("fred", 200), ("otis", 200)]
)
def test_the_desk_is_for_those_who_read(browser, name, status):
    _response, (key,) = take(browser("pete"))

    assert status == browser(name).get(f"/livres/r/document/desk/{key}").status_code


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7 x", "application/pdf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF0000WEBP", "image/webp"),
    ],
)
def test_a_preview_is_what_its_first_bytes_say(browser, content, media_type):
    client = browser("pete")
    take(client, content)
    address = f"/livres/f/{Attachment.objects.get().pk}/preview"

    response = client.get(address)

    assert content == b"".join(response.streaming_content)
    assert media_type == response["Content-Type"]
    assert "nosniff" == response["X-Content-Type-Options"]
    assert "SAMEORIGIN" == response["X-Frame-Options"]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert ("sandbox" in policy) is media_type.startswith("image/")
    assert [404, 404] == [browser(name).get(address).status_code for name in ("sara", "dina")]


@pytest.mark.parametrize(
    "content", [b"<script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b" %PDF-1.7", b"BM0000"]
)
def test_what_is_no_picture_is_never_shown(browser, content):
    client = browser("pete")
    _response, (key,) = take(client, content)

    assert 404 == client.get(f"/livres/f/{Attachment.objects.get().pk}/preview").status_code
    assert 200 == client.get(f"/livres/r/document/desk/{key}").status_code


@pytest.mark.row("CF-09", "CF-10", "CF-16")
@pytest.mark.parametrize(
    ("name", "status"), [("anna", 200), ("otis", 200), ("fred", 403), ("pete", 403), ("sara", 404)]
)
def test_settings_are_for_administrators_and_the_office(browser, name, status):
    assert status == browser(name).get("/livres/settings/of/sud/pain").status_code


def version_shown(page: str) -> str:
    return re.search(r'name="version" value="(\w+)"', page)[1]


def test_a_rule_is_added_read_and_removed(browser):
    anna = browser("anna")
    page = anna.get("/livres/settings/of/sud/pain").content.decode()
    assert "fred@x.example" in page
    assert "sara@x.example" not in page
    given = {"type": "document", "kind": "purchase", "threshold": "1000", "version": version_shown(page)}

    assert 400 == anna.post("/livres/settings/of/sud/pain", given).status_code
    given["approvers"] = [address("fred")]
    assert 302 == anna.post("/livres/settings/of/sud/pain", given).status_code
    assert 409 == anna.post("/livres/settings/of/sud/pain", given).status_code
    page = anna.get("/livres/settings/of/sud/pain").content.decode()
    assert "1 000,00" in page.replace("\u202f", " ").replace("\xa0", " ")
    gone = {"position": "0", "version": version_shown(page)}
    assert 403 == browser("fred").post("/livres/settings/remove/sud/pain", gone).status_code
    assert 302 == anna.post("/livres/settings/remove/sud/pain", gone).status_code


def test_several_are_sent_each_through_the_rule_and_told_line_by_line(browser):
    client = browser("pete")
    _response, keys = take(client, b"%PDF-1", b"%PDF-2")
    for key in keys:
        client.post(f"/livres/r/document/desk/{key}", filled(key, "process"))
    page = client.get("/livres/r/document/?state=processed").content.decode()
    boxes = re.findall(r'name="items" value="([^"]+)"', page)
    assert 2 == len(boxes)
    stale = "1:" + boxes[1].partition(":")[2]

    answer = client.post("/livres/r/document/several/send", {"items": [boxes[0], stale, "1:unknown"]})

    page = answer.content.decode()
    assert [1, 2] == [page.count('class="done"'), page.count('class="failed"')]
    assert {"sent", "processed"} == set(Resource.objects.filter(type="document").values_list("state", flat=True))
    assert 400 == client.post("/livres/r/document/several/send", {}).status_code
    assert 404 == client.post("/livres/r/document/several/process", {"items": boxes}).status_code


@pytest.mark.row("PF-29")
def test_what_one_may_not_see_answers_like_what_is_not_there(browser):
    _response, (key,) = take(browser("pete"))

    pages = [
        browser("sara").post("/livres/r/document/several/send", {"items": [f"1:{asked}"]}).content.decode()
        for asked in (key, "0" * len(key))
    ]

    tokens = r'value="\w{64}"|[0-9a-f]{12}|0{12}'
    assert re.sub(tokens, "", pages[0]) == re.sub(tokens, "", pages[1])


def test_the_steps_tell_who_did_what(browser):
    client = browser("pete")
    _response, (key,) = take(client)
    client.post(f"/livres/r/document/desk/{key}", filled(key, "send"))

    page = client.get(f"/livres/r/document/view/{key}").content.decode()
    steps = page.split('class="steps"')[1].split("</ol>")[0]

    assert 2 <= steps.count("Pete")
    assert "Documents envoyés" in steps
    assert "step-ahead" in steps  # the archive is still to come


@pytest.mark.row("CF-18")
def test_figures_are_drawn_for_those_who_list_them(browser):
    page = browser("fred").get("/livres/r/report/").content.decode()

    picture = page.split("<figure")[1].split("</figure>")[0]
    assert 9 == picture.count('<rect class="series-') - 3  # three points of three values, and the legend
    assert "style=" not in picture
    assert 404 == browser("pete").get("/livres/r/report/").status_code
    assert "<figure" not in browser("sara").get("/livres/r/report/").content.decode()

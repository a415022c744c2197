"""A portal's name, color, texts, logo and tokens: changed by whoever may set its root, and by nobody else."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from habilis.blueprints import colors
from habilis.blueprints.loader import HERE, SHIPPED, load
from habilis.core import Conflict, Invalid, NotFound, Refused
from tests.factories import by
from tests.workflows.conftest import journal_of

TEXTS = {"welcome": {"fr": "Bonjour {x.__class__} {{ 7 }}\r\n<b>à tous</b>", "en": ""}, "contact": {}}


def look(portal: str):
    from habilis.workflows import publishing

    return publishing.look(portal)


def configure(portal: str, actor: str = "ada", **changed):
    from habilis.workflows import publishing

    asked = {"version": look(portal).version, "name": "Plis verts", "color": "#1f4e79", "texts": TEXTS, **changed}
    publishing.configure(by(actor, portal), **asked)


def picture(size=(900, 300), form="PNG", **more) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "#204060").save(buffer, form, **more)
    return buffer.getvalue()


def set_logo(portal: str, content: bytes | None, name: str = "ada"):
    from habilis.workflows import publishing

    stream = None if content is None else io.BytesIO(content)
    publishing.set_logo(by(name, portal), version=look(portal).version, stream=stream)


def test_name_color_and_texts_are_kept_as_typed_and_recorded(mail):
    from habilis.workflows import browse

    configure(mail)

    assert "Plis verts" == browse.portal_name(mail)
    assert "#1f4e79" == look(mail).color
    assert "Bonjour {x.__class__} {{ 7 }}\n<b>à tous</b>" == look(mail).text("welcome", "fr")
    assert look(mail).text("welcome", "fr") == look(mail).text("welcome", "en")
    entry = journal_of(mail)[-1]
    assert ("portal:set", "Plis", "Plis verts") == (
        entry.tag,
        entry.facts["before"]["name"],
        entry.facts["after"]["name"],
    )


@pytest.mark.parametrize("name", ["maud", "omar", "noe", "bruno", ""])
def test_only_whoever_may_set_the_root_changes_it(mail, name, refused):
    from habilis.workflows import tokens

    with refused(mail, (Refused, NotFound)):
        configure(mail, name)
    with refused(mail, (Refused, NotFound)):
        set_logo(mail, picture(), name)
    with refused(mail, (Refused, NotFound)):
        tokens.issue(by(name, mail), name="x")


def test_one_portal_does_not_change_another(mail, books):
    before = look(books)
    configure(mail)

    assert before == look(books)
    with pytest.raises(Conflict):
        configure(books, version=look(mail).version)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"color": "#ffcc00"}, "contrast"),
        ({"color": "#777777"}, "contrast"),
        ({"color": "red"}, "color"),
        ({"color": "#1f4e79;}body{display:none"}, "color"),
        ({"color": ""}, "color"),
        ({"name": " "}, "name"),
        ({"texts": {"welcome": {"fr": "x" * 1001}}}, "text"),
        ({"texts": {"welcome": {"fr": "a\x00b"}}}, "text"),
        ({"texts": {"footer": {"fr": "x"}}}, "text"),
        ({"founding": "never"}, "founding"),
    ],
)
def test_what_would_be_unreadable_or_odd_is_refused(mail, changed, code, refused):
    with refused(mail, Invalid, code):
        configure(mail, **changed)


def test_a_stale_form_overwrites_nothing(mail, refused):
    version = look(mail).version
    configure(mail)
    with refused(mail, Conflict, "stale"):
        configure(mail, version=version, name="Autre")


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert ratio == pytest.approx(colors.contrast(one, other), abs=0.005)
    assert colors.contrast(one, other) == colors.contrast(other, one)


@pytest.mark.parametrize("blueprint", SHIPPED)
def test_the_accents_of_the_shipped_portals_can_be_read(blueprint):
    assert colors.weakest(load(HERE / blueprint).color) >= colors.READABLE


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_logo_is_drawn_again_and_nothing_else_is_kept(mail, form, settings, tmp_path):
    from habilis.workflows import publishing

    settings.MEDIA_ROOT = tmp_path
    set_logo(mail, picture(form=form, comment=b"<script>alert(1)</script>") + b"<?php trailing ?>")

    path = publishing.logo(mail)
    kept = path.read_bytes()
    assert kept.startswith(b"\x89PNG")
    assert b"script" not in kept
    assert b"php" not in kept
    assert (512, 171) == Image.open(io.BytesIO(kept)).size


def test_another_logo_replaces_the_first_and_none_takes_it_away(
    mail, settings, tmp_path, django_capture_on_commit_callbacks
):
    from habilis.workflows import publishing

    settings.MEDIA_ROOT = tmp_path
    with django_capture_on_commit_callbacks(execute=True):
        set_logo(mail, picture())
    first = publishing.logo(mail)
    with django_capture_on_commit_callbacks(execute=True):
        set_logo(mail, picture((20, 20)))
    assert not first.exists()
    with django_capture_on_commit_callbacks(execute=True):
        set_logo(mail, None)
    assert publishing.logo(mail) is None
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\x89PNG\r\n\x1a\n broken",
        picture()[:60],
        b"GIF89a" + b"\0" * 20,
        b"x" * (1024 * 1024 + 1),
        picture((5000, 5000)),
        picture(form="BMP", size=(10, 10)),
    ],
    ids=["empty", "svg", "broken", "cut", "zeros", "long", "many-pixels", "other-format"],
)
def test_what_is_no_picture_is_refused(mail, content, refused, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with refused(mail, Invalid, "logo"):
        set_logo(mail, content)
    assert [] == list(tmp_path.rglob("*"))


@pytest.mark.row("AC-17")
def test_a_token_of_a_page_dies_with_its_authors_right(mail):
    from habilis.workflows import grants, people, tokens

    people.create(by("ada", mail), email="zoe@x.example", name="Zoé", scopes=[""], profile="portal_admin")
    raw = tokens.issue(by("zoe", mail), name="lecteur")
    other = tokens.create(mail, "installation")
    assert mail == tokens.find(raw)

    grants.detach(by("ada", mail), person="zoe@x.example", scope="")
    assert tokens.find(raw) is None
    assert mail == tokens.find(other)


def test_tokens_are_listed_with_their_last_use_and_revoked_by_whoever_may(mail, books):
    from habilis.workflows import tokens

    raw = tokens.issue(by("ada", mail), name="Tableau de bord")
    (record,) = tokens.known(mail, "ada@x.example")
    assert ("Ada", None, None) == (record.author, record.last_used, record.revoked)
    assert mail == tokens.find(raw)
    (record,) = tokens.known(mail, "ada@x.example")
    assert record.last_used is not None
    with pytest.raises((Refused, NotFound)):
        tokens.known(mail, "maud@x.example")
    with pytest.raises((Refused, NotFound)):
        tokens.end(by("maud", mail), number=record.id)
    with pytest.raises(NotFound):
        tokens.end(by("ada", books), number=record.id)
    assert mail == tokens.find(raw)
    tokens.end(by("ada", mail), number=record.id)
    assert tokens.find(raw) is None
    assert raw not in str([entry.facts for entry in journal_of(mail)])

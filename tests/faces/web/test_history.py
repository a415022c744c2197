"""The journal as a page: for whoever may read it, in sentences, and of the scope alone."""

from __future__ import annotations

import ast
import contextlib
from pathlib import Path

import pytest

from habilis import workflows
from habilis.core import HabilisError
from habilis.faces.web.presenters import history
from habilis.workflows import grants, scopes
from habilis.workflows.acting import Acting

PAGE = "/courrier/s/acme?tab=history"
MAUD = Acting("maud@acme.example", "courrier")
ACTORS = ("anonymous", "stranger", "nora", "berthe", "lise", "omar", "maud")


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def tags() -> set[str]:
    """Every tag that a workflow writes in the journal."""
    calls = [
        node
        for path in Path(workflows.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("change", "record", "journal.record")
    ]
    said = [argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant)]
    return {text for text in said if ":" in str(text)}


def test_every_tag_of_the_journal_has_its_sentence():
    assert len(tags()) > 25
    assert set() == tags() ^ set(history.SENTENCES)


@pytest.mark.parametrize(
    ("path", "statuses"),
    {PAGE: (302, 404, 404, 404, 404, 404, 200), "/courrier/s/?tab=history": (302,) + (404,) * 6}.items(),
)
def test_the_page_answers_each_kind_of_actor(client_for, path, statuses):
    assert dict(zip(ACTORS, statuses, strict=True)) == {name: client_for(name).get(path).status_code for name in ACTORS}


def test_the_tab_is_there_for_whoever_may_read_it(client_for):
    assert "?tab=history" in text_of(client_for("maud").get("/courrier/s/acme"))
    assert "?tab=history" not in text_of(client_for("omar").get("/courrier/s/acme"))


def test_what_was_done_and_what_was_refused_are_told_in_sentences(client_for):
    scopes.rename(MAUD, key="acme/paie", name="Salaires")
    grants.attach(MAUD, person="nora@acme.example", scope="acme/paie", profile="operator")
    grants.detach(MAUD, person="nora@acme.example", scope="acme/paie", comment="Fin de <mission>")
    with contextlib.suppress(HabilisError):
        scopes.rename(Acting("omar@acme.example", "courrier"), key="acme/paie", name="À moi")

    page = text_of(client_for("maud").get(PAGE))

    assert "Maud renomme « Salaires »" in page
    assert "Maud rattache Nora à « Salaires » <span" in page
    assert "— Opérateur" in page
    assert "Maud détache Nora de « Salaires »" in page
    assert "Fin de &lt;mission&gt;" in page
    refused = page[page.index("Omar renomme « Salaires »") :]
    assert refused.index("Refusé") < refused.index("</li>")


def test_nothing_of_another_organization_shows(client_for):
    scopes.rename(Acting("berthe@borea.example", "courrier"), key="borea", name="Boréa")

    assert "Boréa" not in text_of(client_for("maud").get(PAGE))
    assert "Berthe renomme « Boréa »" in text_of(client_for("berthe").get("/courrier/s/borea?tab=history"))


def test_a_long_history_has_pages(client_for):
    for n in range(55):
        scopes.rename(MAUD, key="acme/paie", name=f"Nom {n}")
    browser = client_for("maud")
    first = text_of(browser.get(PAGE))
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    assert 200 == browser.get(f"/courrier/s/acme{following}").status_code
    assert 400 == browser.get(f"{PAGE}&cursor=abc").status_code

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


# --- narrowed, and one's own ------------------------------------------------------------------------------------------


@pytest.fixture
def lived(courrier) -> None:
    """Some changes of several kinds, and a refusal."""
    scopes.rename(MAUD, key="acme/paie", name="Salaires")
    grants.attach(MAUD, person="lise@acme.example", scope="acme/paie", profile="operator")
    grants.detach(MAUD, person="lise@acme.example", scope="acme/paie", comment="Entre nous")
    grants.attach(Acting("luc@acme.example", "courrier"), person="nora@acme.example", scope="acme", profile="operator")
    with contextlib.suppress(HabilisError):
        scopes.rename(Acting("omar@acme.example", "courrier"), key="acme/paie", name="À moi")


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("who=luc", ["Luc rattache Nora"], ["Maud renomme", "Maud rattache Lise"]),
        ("who=LISE%40acme", ["Maud rattache Lise", "Maud détache Lise"], ["Luc rattache", "Maud renomme"]),
        ("what=scopes", ["Maud renomme", "Omar renomme"], ["rattache Lise"]),
        ("what=rights", ["Maud rattache Lise"], ["renomme"]),
        ("refused=1", ["Omar renomme"], ["Maud renomme", "rattache Lise"]),
        ("until=2020-01-01", ["Rien ne correspond"], ["Maud"]),
        ("since=2020-01-01", ["Maud renomme"], []),
        ("what=nonsense&since=tomorrow&until=0001-01-01", ["Maud renomme"], []),
        ("who=%00%25&what=%00", ["Rien ne correspond"], ["renomme"]),
    ],
)
def test_a_history_is_narrowed_by_who_what_and_when(client_for, lived, query, shown, hidden):
    page = text_of(client_for("maud").get(f"{PAGE}&{query}"))
    listed = page[page.index('class="total"') :]

    assert [] == [text for text in shown if text not in listed]
    assert [] == [text for text in hidden if text in listed]


def test_the_file_holds_what_the_narrowed_page_shows(client_for, lived):
    maud = client_for("maud")
    page = text_of(maud.get(f"{PAGE}&who=luc&what=rights"))
    link = next(part for part in page.split('href="') if part.startswith("/courrier/history/export/csv"))
    address = link.split('"')[0].replace("&amp;", "&")
    rows = b"".join(maud.get(address).streaming_content).decode().splitlines()

    assert "who=luc" in address
    assert len(rows) == 2
    assert "Luc rattache Nora" in rows[1]


def test_a_page_of_another_question_is_no_page_of_this_one(client_for, courrier):
    for n in range(55):
        scopes.rename(MAUD, key="acme/paie", name=f"Nom {n}")
    maud = client_for("maud")
    page = text_of(maud.get(f"{PAGE}&who=maud"))
    following = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    assert "who=maud" in following
    assert maud.get(f"/courrier/s/acme{following}").status_code == 200
    assert maud.get(f"/courrier/s/acme{following.replace('who=maud', 'who=luc')}").status_code == 400


@pytest.mark.row("CP-61")
def test_one_reads_back_what_one_did_and_what_was_done_about_one(client_for, lived):
    did = text_of(client_for("maud").get("/courrier/mine/history?tab=done"))
    assert "Maud détache Lise de « Salaires »" in did
    assert "Entre nous" in did
    assert "Luc rattache" not in did

    done = text_of(client_for("nora").get("/courrier/mine/history"))
    assert "Luc rattache Nora à « ACME »" in done
    assert "Lise" not in done
    assert "Omar renomme" in text_of(client_for("omar").get("/courrier/mine/history?tab=done"))


@pytest.mark.row("XX-08")
def test_what_one_sees_no_more_is_not_named_and_what_others_wrote_is_not_shown(client_for, lived):
    page = text_of(client_for("lise").get("/courrier/mine/history"))
    assert "Maud rattache Lise" in page
    assert "Entre nous" not in page
    grants.detach(MAUD, person="lise@acme.example", scope="acme")
    scopes.rename(MAUD, key="acme", name="Le nouveau nom secret")
    page = text_of(client_for("lise").get("/courrier/mine/history"))

    assert "Maud détache Lise de « un périmètre que vous ne voyez plus »" in page
    assert "secret" not in page
    assert "Salaires" not in page


def test_what_was_refused_to_others_about_me_is_not_mine_to_read(client_for, courrier):
    with contextlib.suppress(HabilisError):
        grants.attach(
            Acting("omar@acme.example", "courrier"), person="lise@acme.example", scope="acme/paie", profile="manager"
        )

    assert "Omar" not in text_of(client_for("lise").get("/courrier/mine/history"))


@pytest.mark.parametrize("name", ["stranger", "anonymous"])
def test_my_history_is_for_whoever_the_portal_knows(client_for, name):
    assert client_for(name).get("/courrier/mine/history").status_code in (302, 404)

"""Who gets which page: one row per person, one column per page."""

from __future__ import annotations

import html
import re

import pytest

ITEM = "/courrier/r/mail_item/view/pli/1"
PEOPLE = ("anonymous", "stranger", "nora", "yvan", "berthe", "lise", "omar", "maud")
MATRIX = {
    "/courrier/": (302, 404, 200, 200, 200, 200, 200, 200),
    "/courrier/theme.css": (302, 404, 200, 200, 200, 200, 200, 200),
    "/courrier/r/mail_item/": (302, 404, 404, 404, 200, 200, 200, 200),
    "/courrier/r/nothing/": (302, 404, 404, 404, 404, 404, 404, 404),
    "/courrier/r/mail_item/print": (302, 404, 404, 404, 200, 200, 200, 200),
    "/courrier/r/mail_item/new": (302, 404, 404, 404, 200, 403, 200, 200),
    ITEM: (302, 404, 404, 404, 404, 404, 200, 200),
    "/courrier/r/mail_item/view/pli-2": (302, 404, 404, 404, 404, 403, 200, 200),
    "/courrier/r/mail_item/view/unknown": (302, 404, 404, 404, 404, 404, 404, 404),
    "/courrier/r/mail_item/edit/pli/1": (302, 404, 404, 404, 404, 404, 200, 200),
    "/courrier/r/mail_item/edit/pli-2": (302, 404, 404, 404, 404, 403, 200, 200),
    "/courrier/r/mail_item/delete/pli/1": (302, 404, 404, 404, 404, 404, 200, 200),
    "/courrier/r/mail_item/print/pli/1": (302, 404, 404, 404, 404, 404, 200, 200),
    "/courrier/manage/": (302, 404, 403, 403, 200, 403, 403, 200),
    "/courrier/s/acme": (302, 404, 404, 404, 404, 200, 200, 200),
    "/courrier/s/acme?tab=people": (302, 404, 404, 404, 404, 404, 404, 200),
    "/courrier/s/unknown": (302, 404, 404, 404, 404, 404, 404, 404),
    "/courrier/scope/rename/acme/paie": (302, 404, 404, 404, 404, 404, 403, 200),
    "/courrier/scope/new/unit?parent=acme": (302, 404, 404, 404, 404, 403, 403, 200),
    "/courrier/people/new": (302, 404, 403, 403, 200, 403, 403, 200),
    "/courrier/people/omar@acme.example": (302, 404, 404, 404, 404, 404, 200, 200),
    "/courrier/people/omar@acme.example/attach": (302, 404, 404, 404, 404, 404, 403, 200),
    "/courrier/people/omar@acme.example/adjust?scope=acme&profile=operator": (302, 404, 404, 404, 404, 404, 403, 200),
    "/courrier/why?action=read&type=mail_item&key=pli/1": (302, 404, 404, 404, 404, 404, 200, 200),
    "/courrier/who?action=read&type=mail_item&key=pli/1": (302, 404, 404, 404, 404, 404, 403, 200),
    "/outbox/": (302, 404, 404, 404, 404, 404, 404, 404),
}


@pytest.mark.parametrize(("address", "statuses"), MATRIX.items(), ids=MATRIX)
def test_each_page_answers_each_kind_of_actor(client_for, address, statuses):
    answered = {name: client_for(name).get(address).status_code for name in PEOPLE}

    assert dict(zip(PEOPLE, statuses, strict=True)) == answered


def words_of(response):
    """A page without what changes at each request."""
    return re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", response.content.decode())


def test_an_invisible_thing_and_an_unknown_one_get_the_same_page(client_for):
    browser = client_for("berthe")

    assert words_of(browser.get("/courrier/r/mail_item/view/unknown")) == words_of(browser.get(ITEM))


def test_a_portal_where_one_is_unknown_and_one_that_does_not_exist_get_the_same_page(client_for):
    browser = client_for("stranger")

    assert words_of(browser.get("/nowhere/")) == words_of(browser.get("/courrier/"))


def test_whoever_holds_nothing_is_told_so_on_the_home(client_for):
    page = client_for("nora").get("/courrier/").content.decode()

    assert "Vous n'avez pas encore d'accès" in page.replace("&#x27;", "'")


def test_a_person_who_only_lists_sees_the_line_and_no_link(client_for):
    page = client_for("lise").get("/courrier/r/mail_item/").content.decode()

    assert "Voeux" in page
    assert "/view/pli-2" not in page


def test_a_refusal_says_which_access_was_weighed(client_for):
    page = client_for("lise").get("/courrier/r/mail_item/view/pli-2").content.decode()

    assert "Opérateur" in page
    assert "ne suffit pas" in page
    assert "maud@acme.example" not in page


def test_a_menu_holds_only_what_may_be_listed(client_for):
    nobody, manager = (client_for(name).get("/courrier/").content.decode() for name in ("nora", "maud"))

    assert "/courrier/r/mail_item/" not in nobody
    assert "/courrier/manage/" not in nobody
    assert "/courrier/r/mail_item/" in manager
    assert "/courrier/manage/" in manager


def test_every_page_of_a_portal_keeps_the_rules_of_the_browser(client_for):
    response = client_for("maud").get(ITEM)
    page = response.content.decode()

    assert "&lt;de&gt;" in page
    assert 1 == page.count("<h1")
    assert not re.search(r"<script>|<style|style=|onclick", page)
    assert "private, no-store" == response["Cache-Control"]
    assert response["X-Request-ID"]


def test_a_correlation_id_is_taken_from_the_request_when_it_is_one(client_for):
    browser = client_for("maud")

    assert "abcd-1234" == browser.get("/courrier/", headers={"X-Request-ID": "abcd-1234"})["X-Request-ID"]
    assert "a b" != browser.get("/courrier/", headers={"X-Request-ID": "a b"})["X-Request-ID"]


def test_the_language_is_the_persons_choice(client_for):
    browser = client_for("maud")
    assert "Bonjour Maud" in browser.get("/courrier/", headers={"Accept-Language": "en"}).content.decode()

    response = browser.post("/language/", {"language": "en", "next": "/courrier/"})

    assert "/courrier/" == response["Location"]
    assert "Hello Maud" in browser.get("/courrier/").content.decode()
    browser.cookies.pop("django_language")
    assert "Hello Maud" in browser.get("/courrier/").content.decode()  # kept in the account


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:1"])
def test_a_change_of_language_never_leaves_the_site(client_for, target):
    assert "/" == client_for("anonymous").post("/language/", {"language": "en", "next": target})["Location"]


def test_the_theme_is_the_portals_accent(client_for):
    response = client_for("maud").get("/courrier/theme.css")

    assert "text/css; charset=utf-8" == response["Content-Type"]
    assert "--accent:#003da5" in response.content.decode()


def test_a_bad_cursor_is_a_bad_request(client_for):
    assert 400 == client_for("maud").get("/courrier/r/mail_item/?cursor=abc").status_code


def test_an_approximate_address_never_breaks(client_for):
    browser = client_for("maud")
    for address in (
        "/courrier/r/mail_item/view/%00",
        "/courrier/s/%00",
        "/courrier/people/%00",
        "/courrier/people/not-an-address",
        "/courrier/why?action=%00&type=x&key=%00",
        "/courrier/why",
        "/courrier/who",
        "/courrier/who?type=nothing&key=x",
        "/courrier/r/mail_item/?scope=%00&q=%00&author=%00&sort=x&state=y",
        "/courrier/manage/?q=%00&kind=nothing",
        "/courrier/manage/children?of=acme",
        "/courrier/s/acme?tab=nothing",
        "/courrier/s/acme?tab=people&profile=nothing&below=x",
        "/courrier/s/acme?tab=scopes&kind=nothing&status=nothing",
        "/courrier/f/99999999999999999999",
    ):
        assert browser.get(address).status_code < 500, address


def test_whoever_may_create_nowhere_is_told_why(client_for):
    page = client_for("lise").get("/courrier/r/mail_item/new").content.decode()

    assert "Création de plis" in page
    assert "ne suffit pas" in page


def walk(browser):
    """Follow every link that is shown, from the door on: the addresses seen, and those that did not answer."""
    seen, ahead, refused = {"/"}, ["/"], []
    while ahead and len(seen) < 180:
        response = browser.get(ahead.pop(0), follow=True)
        text = response.getvalue().decode(errors="ignore") if response.status_code == 200 else ""
        text = "" if response.streaming else text  # a file is read to its end, and has no link
        base = response.request["PATH_INFO"]
        for link in re.findall(r'(?:href|hx-get)="([^"#]*)[#"]', text):
            address = html.unescape(base + link if link.startswith("?") else link)
            if address.startswith("/") and not address.startswith("/static/") and address not in seen:
                seen.add(address)
                ahead.append(address)
        if response.status_code != 200:
            refused.append((base, response.status_code))
    return seen, refused


@pytest.mark.parametrize("name", ["nora", "lise", "omar", "maud"])
def test_no_link_that_is_shown_leads_to_a_refusal(client_for, name):
    seen, refused = walk(client_for(name))

    assert [] == refused
    assert len(seen) > 3


@pytest.mark.parametrize(
    "path",
    ["", "r/mail_item/", "r/mail_item/new", "r/mail_item/view/pli-2", "manage/", "s/acme", "people/omar@acme.example"],
)
def test_a_page_asks_at_most_twenty_queries(client_for, django_assert_max_num_queries, path):
    browser = client_for("maud")
    browser.get("/courrier/")  # what a process reads once

    with django_assert_max_num_queries(20):
        assert 200 == browser.get(f"/courrier/{path}").status_code

"""Reading: the invisible is unknown, what may only be listed is refused, and counts, totals and pages are the list."""

from __future__ import annotations

import random

import pytest

from habilis.core import Invalid, NotFound, Ref, Refused
from habilis.store.models import Grant
from habilis.workflows import access, browse, grants, histories, resources, scopes
from tests.factories import ITEM, address, by, load, resource, world
from tests.workflows.test_attach import said

PEOPLE = (
    "ada",
    "maud",
    "omar",
    "olga",
    "otto",
    "paul",
    "mona",
    "bruno",
    "berthe",
    "noe",
    "nobody@elsewhere.example",
    "",
)


@pytest.fixture
def full(mail) -> str:
    """The same portal with forty items, titles and instants of which some are equal."""
    rng = random.Random(7)
    items = ""
    for n in range(40):
        scope = rng.choice(["acme", "acme/paie", "acme/juridique", "acme/vide", "borea", "borea/paie"])
        state = rng.choice(["draft", "deposited", "tracked"])
        title = rng.choice(["Émile", "emile", "Zoé", "%", "_", "a'b", "Vœux", "voeux", "100 %"])
        created = f"created = 2026-0{rng.randint(1, 3)}-01T00:00:00Z"
        items += resource(
            "mail_item", f"n{n}", scope, state=state, title=title, author=rng.choice(["omar", "olga"]), more=created
        )
    load(world("mailroom", "plis", more=items))
    return mail


def pages(read, limit, *, backwards=False):
    """Every page of a list, forwards; or back again from the last one."""
    found, page = [], read(limit=limit)
    found.append(page)
    while page.next:
        page = read(limit=limit, cursor=page.next)
        found.append(page)
        assert len(found) < 100
    if not backwards:
        return found
    found = [page]
    while page.previous:
        page = read(limit=limit, cursor=page.previous)
        found.insert(0, page)
        assert len(found) < 100
    return found


@pytest.mark.parametrize("who", ["ada", "olga", "noe"])
@pytest.mark.parametrize("sort", ["-created", "created", "title", "-title"])
def test_pages_of_any_size_both_ways_are_the_list(full, who, sort):
    expected = set(access.keys(full, address(who), "list", "mail_item"))

    def read(**more):
        return browse.resources(full, address(who), "mail_item", sort=sort, **more)

    whole = [r.key for r in read(limit=200).items]
    assert expected == set(whole)
    for limit in (3, 7, len(whole) or 1, len(whole) + 1):
        for backwards in (False, True):
            found = pages(read, limit, backwards=backwards)
            assert whole == [r.key for page in found for r in page.items], (limit, backwards)
            assert {len(whole)} == {page.total for page in found}
        assert found[0].previous is None


@pytest.mark.row("PF-29", "PF-34")
@pytest.mark.parametrize("who", PEOPLE)
def test_counts_and_narrowed_totals_are_the_list(full, who):
    whole = browse.resources(full, address(who), "mail_item", limit=200).items
    visible = set(access.keys(full, address(who), "list", "mail_item"))
    assert visible == {r.key for r in whole}

    counted = browse.counts(full, address(who), "mail_item")
    assert counted == {s: sum(r.state == s for r in whole) for s in {r.state for r in whole}}
    for state in ("draft", "deposited", "tracked", "nothing", "\x00"):
        assert browse.resources(full, address(who), "mail_item", states=[state]).total == counted.get(state, 0)
    for scope in ("", "acme", "acme/paie", "borea", "nowhere", "\x00", "\ud800"):
        below = [r for r in whole if not scope or r.scope.key == scope or r.scope.key.startswith(scope + "/")]
        page = browse.resources(full, address(who), "mail_item", scope=scope, limit=200)
        assert {r.key for r in below} == {r.key for r in page.items}
    for text in ("émile", "%", "_", "'", "\x00", "\ud800", "100 %", "\\", "VŒUX"):
        page = browse.resources(full, address(who), "mail_item", text=text, limit=200)
        wanted = text.replace("\x00", "").replace("\ud800", "").upper()
        assert {r.key for r in page.items} == {r.key for r in whole if wanted in r.title.upper()}
        assert page.total == len(page.items)
    for author in ("omar", "olga", "nobody"):
        page = browse.resources(full, address(who), "mail_item", author=address(author), limit=200)
        assert {r.key for r in page.items} == {r.key for r in whole if r.author_email == address(author)}


@pytest.mark.parametrize("who", PEOPLE)
def test_one_thing_is_read_where_the_rule_says_so_and_unknown_where_nothing_is_seen(full, who):
    for key in ("paie", "juridique", "libre", "borea", "zzzz"):
        ref = Ref("mail_item", key)
        for read in (
            lambda key=key: browse.resource(full, address(who), "mail_item", key),
            lambda key=key: browse.printable(full, address(who), "mail_item", key),
            lambda ref=ref: browse.thread(full, address(who), ref),
            lambda ref=ref: browse.files(full, address(who), ref),
        ):
            if access.check(full, address(who), "read", ref):
                read()
            else:
                assert said(read) == (NotFound, "not_found", f"unknown mail_item `{key}`")


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("key", ["", "acme", "acme/paie", "borea", "borea/paie", "nowhere", "acme\x00"])
def test_a_scope_its_people_and_its_journal_alike(full, who, key):
    ref = grants.scope_ref(full, key)
    unknown = (NotFound, "not_found", f"unknown scope `{key}`")
    for action, read in (
        ("read", lambda: browse.scope(full, address(who), key)),
        ("export", lambda: browse.people(full, address(who), key)),
        ("read_journal", lambda: histories.of_scope(full, address(who), key)),
    ):
        if access.check(full, address(who), action, ref):
            read()
        elif access.may_know(full, address(who), ref):
            assert said(read)[0] is Refused
        else:
            assert said(read) == unknown


def test_who_only_lists_is_refused_in_detail(full):
    grants.adjust(
        by("maud", full), person=address("omar"), scope="acme/paie", profile="operator", adjustments={"mail": "print"}
    )

    with pytest.raises(Refused):
        browse.resource(full, address("omar"), "mail_item", "paie")
    with pytest.raises(Refused):
        browse.thread(full, address("omar"), Ref("mail_item", "paie"))
    assert "paie" in {r.key for r in browse.resources(full, address("omar"), "mail_item", limit=200).items}


@pytest.mark.parametrize("type_", ["unit", "organization", "portal", "nothing", "", "mail_item\x00", "\ud800"])
def test_a_kind_of_scope_is_no_type_and_a_type_no_kind(full, type_):
    for who in ("ada", "maud", "noe"):
        with pytest.raises(NotFound):
            browse.resources(full, address(who), type_)
        with pytest.raises(NotFound):
            browse.counts(full, address(who), type_)
    for kind in ("mail_item", "nothing", "portal", "\x00"):
        with pytest.raises(NotFound):
            browse.scopes(full, address("ada"), kind=kind)


def test_an_unknown_order_or_action(full):
    with pytest.raises(Invalid):
        browse.resources(full, address("maud"), "mail_item", sort="row.id; --")
    assert browse.resources(full, address("maud"), "mail_item", action="nothing\x00").total == 0
    for limit in (-5, 0, 1, 10**9):
        assert 1 <= len(browse.resources(full, address("maud"), "mail_item", limit=limit).items) <= 200


@pytest.mark.parametrize("who", ["ada", "maud", "omar", "otto", "bruno", "noe"])
def test_scopes_by_pages_are_the_list(full, who):
    for kind in ("organization", "unit"):
        expected = set(access.keys(full, address(who), "list", kind))
        for limit in (1, 3):

            def read(**more):
                return browse.scopes(full, address(who), kind=kind, **more)  # noqa: B023 - called at once

            for backwards in (False, True):
                found = [s.key for page in pages(read, limit, backwards=backwards) for s in page.items]
                assert (sorted(expected), len(expected)) == (sorted(found), read(limit=1).total)


@pytest.mark.row("CP-49", "CP-51", "CP-54", "PF-11")
def test_people_by_pages_by_unit_and_by_name(bills):
    def names(who, scope, **more):
        return [p.email.split("@")[0] for p in browse.people(bills, address(who), scope, **more).items]

    assert names("paula", "ville") == ["max", "mia", "paula"]
    assert names("paula", "ville", below=False) == ["max", "paula"]
    assert names("paula", "ville/ecoles") == ["max"]
    assert names("paula", "ville", text="MI") == ["mia"]
    assert names("paula", "ville", profile="primary_manager") == ["paula"]
    assert names("paula", "ville", text="\x00\ud800") == ["max", "mia", "paula"]
    assert names("paula", "ville", profile="\x00") == []
    assert names("max", "ville") == ["max", "paula"]
    with pytest.raises(NotFound):
        browse.people(bills, address("prune"), "ville")
    for limit in (1, 2, 3):

        def read(**more):
            return browse.people(bills, address("paula"), "ville", **more)

        for backwards in (False, True):
            found = pages(read, limit, backwards=backwards)
            assert ["max", "mia", "paula"] == [p.email.split("@")[0] for page in found for p in page.items]
            assert {3} == {page.total for page in found}


@pytest.mark.row("CP-52", "PF-34")
def test_a_person_shows_only_the_grants_that_the_asker_may_list(bills):
    seen = {g.scope.key for g in browse.person(bills, address("prune"), address("paula")).grants}
    own = {g.scope.key for g in browse.person(bills, address("paula"), address("paula")).grants}

    assert (seen, own) == ({"asso"}, {"ville", "asso"})
    hidden = said(lambda: browse.person(bills, address("prune"), address("max")))
    missing = said(lambda: browse.person(bills, address("prune"), "nobody@x.example"))
    assert hidden[0] is missing[0] is NotFound
    assert hidden[2].replace(address("max"), "?") == missing[2].replace("nobody@x.example", "?")


def test_a_cursor_altered_anywhere_is_bad_input(full):
    def read(cursor):
        return browse.resources(full, address("maud"), "mail_item", limit=3, cursor=cursor)

    good = read(None).next
    rng = random.Random(3)
    for _ in range(100):
        at = rng.randrange(len(good))
        letter = rng.choice("abcXYZ019-_:.é\x00\ud800 ")
        for bad in (good[:at] + letter + good[at + 1 :], good[:at], good[:at] + letter + good[at:], good[at:] or "x"):
            if bad in ("", good):
                continue
            with pytest.raises(Invalid) as caught:
                read(bad)
            assert caught.value.code == "bad_cursor"


def test_a_cursor_of_another_list_or_person_is_bad_input(full):
    good = browse.resources(full, address("maud"), "mail_item", limit=3).next
    for who, more in (
        ("tom", {}),
        ("maud", {"states": ["draft"]}),
        ("maud", {"sort": "title"}),
        ("maud", {"text": "a"}),
        ("maud", {"scope": "acme"}),
        ("maud", {"awaiting": True}),
        ("maud", {"action": "read"}),
    ):
        with pytest.raises(Invalid):
            browse.resources(full, address(who), "mail_item", cursor=good, **more)
    with pytest.raises(Invalid):
        browse.people(full, address("maud"), "acme", cursor=good)
    with pytest.raises(Invalid):
        histories.of_scope(full, address("maud"), "acme", cursor=good)
    with pytest.raises(Invalid):
        browse.scopes(full, address("maud"), cursor=good)


def test_the_journal_of_a_scope_tells_of_it_and_below_only(full):
    scopes.rename(by("bruno", full), key="borea/paie", name="Salaires")
    scopes.rename(by("maud", full), key="acme/paie", name="Salaires")
    grants.attach(by("maud", full), person=address("otto"), scope="acme/paie", profile="operator")

    assert {"acme/paie"} == {e.scope for e in histories.of_scope(full, address("maud"), "acme").items}
    assert {"borea/paie"} == {e.scope for e in histories.of_scope(full, address("bruno"), "borea").items}
    first = histories.of_scope(full, address("maud"), "acme", limit=1)
    second = histories.of_scope(full, address("maud"), "acme", limit=1, cursor=first.next)
    assert ["grant:attach", "scope:rename"] == [p.items[0].tag for p in (first, second)]
    assert first.total == 2


def test_the_queries_do_not_grow_with_the_list(full, django_assert_max_num_queries):
    with django_assert_max_num_queries(11):
        browse.resources(full, address("maud"), "mail_item", limit=200)
    with django_assert_max_num_queries(11):
        browse.resources(full, address("maud"), "mail_item", limit=1)


def test_what_is_asked_of_an_unknown_portal(db):
    for read in (
        lambda: browse.resources("nowhere", "x@x.example", "mail_item"),
        lambda: browse.resource("nowhere\x00", "x@x.example", "mail_item", "x"),
        lambda: browse.scope("nowhere", "x@x.example", ""),
        lambda: access.check("\ud800", "x@x.example", "read", Ref("mail_item", "x")),
    ):
        with pytest.raises(NotFound):
            read()


def test_items_await_my_approval(books):
    key = resources.create(
        by("anna", books),
        type_="document",
        scope="sud/pain",
        title="F",
        fields={"kind": "purchase"},
        approvers=[address("fred")],
    )

    assert [key] == [r.key for r in browse.resources(books, address("fred"), "document", awaiting=True).items]
    assert browse.resources(books, address("anna"), "document", awaiting=True).total == 0


def test_the_same_words_of_another_portal_are_not_found(full):
    load(
        world(
            "mailroom",
            "autre",
            scopes="zeta organization Zeta",
            grants="zoe manager zeta",
            more=resource("mail_item", "paie", "zeta", fields=ITEM),
        )
    )

    assert access.keys("autre", address("zoe"), "list", "mail_item") == ["paie"]
    assert access.keys(full, address("zoe"), "list", "mail_item") == []
    assert browse.my_portals(address("zoe")) == (("autre", "Autre", 1),)


def test_what_is_read_once_is_read_again_by_the_next_question(mail, django_assert_num_queries):
    ref, omar = Ref("organization", "acme"), address("omar")
    before = access.actions(mail, omar, [ref])
    with access.one_reading():
        assert access.actions(mail, omar, [ref]) == before
        with django_assert_num_queries(0):
            assert access.actions(mail, omar, [ref]) == before
            assert access.model_of(mail).kinds
        assert access.actions(mail, address("maud"), [ref]) != before  # another person is another reading
    Grant.objects.filter(user__email=omar).delete()
    with access.one_reading():
        assert access.actions(mail, omar, [ref]) == {ref: frozenset()}


@pytest.mark.parametrize("name", PEOPLE)
def test_what_can_be_reached_is_what_has_a_branch(mail, name):
    rules = access.model_of(mail).rules
    asked = [(action, type_) for type_, known in rules.items() for action in (*known, "unheard_of")]
    found = access.reachable(mail, address(name) if name else "", asked)

    assert found == {one for one in asked if not access.branches(mail, address(name) if name else "", *one).empty}

"""Files: everything or nothing, twice is once, and what is dumped is what was loaded."""

from __future__ import annotations

import pytest
from django.db import connection

from habilis.blueprints.loader import HERE, SHIPPED
from habilis.core import Conflict, Invalid, Ref
from habilis.store.models import Grant, JournalEntry, Member, Portal, Profile, Resource, Scope, User
from habilis.workflows import access, journal, loading
from tests.factories import ADVICE, BILLS, BOOKS, ITEM, MAIL, address, load, resource, world
from tests.workflows.conftest import state

WORLDS = [HERE / blueprint / name for blueprint in SHIPPED for name in ("demo.toml", "scenarios.toml")]
HISTORIES = ("portal", "member", "scope", "license", "profile", "grant", "resource", "approver", "deputy")


def everything() -> dict[str, object]:
    """Every row but the journal's, the past included."""
    with connection.cursor() as cursor:
        rows: dict[str, object] = {}
        tables = ["token", "accessrequest", "accessrequestscope", "invitation", *(f"{t}_history" for t in HISTORIES)]
        for table in tables:
            cursor.execute(f"SELECT t::text FROM store_{table} t ORDER BY 1")
            rows[table] = cursor.fetchall()
    return rows | state()


@pytest.fixture(params=WORLDS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def path(request, db):
    return request.param


def test_twice_changes_nothing_and_a_dump_loads_as_it_was(path, as_owner, tmp_path):
    key = loading.load([path])[0].portal
    once = everything()
    loading.load([path])
    twice = everything()
    assert once == twice
    assert journal.verify(key) == (2, None)

    dumped = loading.dump(key)
    loading.load([written(tmp_path, dumped)])
    assert everything() == once
    empty(as_owner)
    loading.load([written(tmp_path, dumped)])
    assert dumped == loading.dump(key)


@pytest.mark.parametrize("blueprint", SHIPPED)
def test_the_second_file_of_a_demonstration_keeps_everything_of_the_first(blueprint, db):
    stage, more = (HERE / blueprint / name for name in ("demo.toml", "demo-more.toml"))

    first, second = loading.load([stage, more])
    key = first.portal

    portal = Portal.objects.get(key=key)
    assert second.portal == key
    assert Scope.objects.filter(portal=portal).count() == first.counts["scopes"] + second.counts["scopes"] + 1
    assert Member.objects.filter(portal=portal).count() == first.counts["people"] + second.counts["people"]
    assert Resource.objects.filter(portal=portal).count() == first.counts["resources"] + second.counts["resources"]


def written(folder, text):
    file = folder / "world.toml"
    file.write_text(text)
    return file


def empty(as_owner) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE store_portal, store_user CASCADE")


def test_a_dump_of_another_portal_answers_alike(mail, as_owner, tmp_path):
    before = access.subjects(mail, "read", Ref("mail_item", "paie"))
    other = loading.dump(mail).replace('key = "plis"', 'key = "copie"')
    loading.load([written(tmp_path, other)])

    assert before == access.subjects("copie", "read", Ref("mail_item", "paie"))
    assert loading.dump("copie") == other


def test_odd_texts_survive_a_dump(db, as_owner, tmp_path):
    title = "a\\\"b\\\\c é \U0001f600 \\u2028 ''' # {x} \\u200e"
    load(
        world(
            "mailroom",
            "plis",
            scopes="acme organization ACME",
            more=resource("mail_item", "k é#\\\\", "acme", title=title, fields=ITEM),
        )
    )
    dumped = loading.dump("plis")
    empty(as_owner)
    loading.load([written(tmp_path, dumped)])

    assert dumped == loading.dump("plis")
    assert "\U0001f600" in dumped


FAULTS = {
    "syntax": lambda t: t + "\n[[",
    "unknown key": lambda t: t + '[[people]]\nemail = "a@b.example"\nname = "A"\ncolor = "x"\n',
    "unknown scope": lambda t: t + f'[[grants]]\nperson = "{address("noe")}"\nscope = "zz"\nprofile = "operator"\n',
    "unknown person": lambda t: t + '[[grants]]\nperson = "zz@x.example"\nscope = "acme"\nprofile = "operator"\n',
    "unknown profile": lambda t: t + f'[[grants]]\nperson = "{address("noe")}"\nscope = "acme"\nprofile = "zz"\n',
    "wrong kind": lambda t: t + '[[scopes]]\nkey = "z"\nkind = "unit"\nname = "Z"\n',
    "circle": lambda t: t + '[[scopes]]\nkey = "z"\nkind = "unit"\nname = "Z"\nparent = "z"\n',
    "two profiles": lambda t: t + f'[[grants]]\nperson = "{address("otto")}"\nscope = "acme"\nprofile = "manager"\n',
    "overlap": lambda t: (
        t
        + f'[[grants]]\nperson = "{address("otto")}"\nscope = "acme"\nprofile = "operator"\nfrom = 2020-01-01T00:00:00Z\n'  # noqa: E501
    ),
    "backwards": lambda t: (
        t
        + f'[[grants]]\nperson = "{address("noe")}"\nscope = "acme"\nprofile = "operator"\nfrom = 2020-01-02T00:00:00Z\nuntil = 2020-01-01T00:00:00Z\n'  # noqa: E501
    ),
    "missing requirement": lambda t: (
        t + f'[[grants]]\nperson = "{address("noe")}"\nscope = "acme/paie"\nprofile = "operator"\n'
    ),
    "bad state": lambda t: t + resource("mail_item", "z", "acme", state="lost"),
    "bad field": lambda t: t + resource("mail_item", "z", "acme", fields="{ copies = 0 }"),
    "twice": lambda t: t + resource("mail_item", "paie", "acme"),
    "bad portal": lambda t: t.replace('key = "plis"', 'key = "accounts"'),
    "bad blueprint": lambda t: t.replace('"mailroom"', '"nothing"', 1),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("present", [False, True])
def test_a_fault_loads_nothing_of_any_file(db, tmp_path, fault, present):
    if present:
        load(MAIL)
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(BOOKS)
    bad.write_text(FAULTS[fault](MAIL))
    before, entries = everything(), JournalEntry.objects.count()

    for paths in ([good, bad], [bad, good]):
        with pytest.raises(Invalid) as caught:
            loading.load(paths)
        assert "bad.toml" in str(caught.value)
        assert before == everything()
        assert entries == JournalEntry.objects.count()


def test_two_portals_do_not_share_a_key(db, tmp_path):
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(MAIL)
    other.write_text(BOOKS.replace('key = "livres"', 'key = "plis"'))
    with pytest.raises(Invalid, match="key of another portal"):
        loading.load([one, other])
    assert not Portal.objects.exists()
    loading.load([one])
    with pytest.raises(Invalid, match="plis"):
        loading.load([other])


def test_an_account_of_another_portal_keeps_its_name_and_password(mail):
    user = User.objects.get(email=address("omar"))
    user.set_password("correct horse battery staple")
    user.save()
    text = world("mailroom", "autre", scopes="acme organization ACME", grants="omar manager acme")
    load(text.replace('name = "Omar"', 'name = "Un autre"\npassword = "another long password"\nlanguage = "en"'))

    user.refresh_from_db()
    assert (user.name, user.language, user.check_password("correct horse battery staple")) == ("Omar", "fr", True)
    assert access.check("autre", address("omar"), "edit", Ref("organization", "acme"))


def test_a_person_known_here_alone_is_renamed_but_keeps_the_password(mail):
    user = User.objects.get(email=address("omar"))
    user.set_password("correct horse battery staple")
    user.save()
    load(MAIL.replace('name = "Omar"', 'name = "Omar Benali"\npassword = "another long password"'))

    user.refresh_from_db()
    assert (user.name, user.check_password("correct horse battery staple")) == ("Omar Benali", True)


def moves(old: str, new: str) -> None:
    """Somebody changes their address in the browser."""
    from django.core import signing

    from habilis.workflows import addresses

    user = User.objects.get(email=old)
    addresses.confirm(old, signing.dumps([user.pk, old, new], salt=addresses.SALT, compress=True))


def who(pk: int) -> set[tuple[str, str]]:
    return set(Grant.objects.filter(user_id=pk).values_list("scope__key", "profile__key"))


def test_whoever_changed_address_is_found_by_the_one_they_left(mail):
    omar, olga = (User.objects.get(email=address(name)).pk for name in ("omar", "olga"))
    moves(address("omar"), "benali@y.example")
    moves("benali@y.example", "omar.benali@y.example")
    before = state()
    load(MAIL)

    assert state() == before
    assert {("acme", "operator"), ("acme/paie", "operator")} == who(omar)
    assert "omar.benali@y.example" == User.objects.get(pk=omar).email
    assert not User.objects.filter(email__in=(address("omar"), "benali@y.example")).exists()
    assert access.check(mail, "omar.benali@y.example", "read", Ref("mail_item", "paie"))
    assert address("olga") == User.objects.get(pk=olga).email


def test_an_address_that_somebody_else_holds_or_held_is_not_theirs(mail):
    omar = User.objects.get(email=address("omar"))
    moves(address("omar"), "omar@y.example")
    other = User.objects.create(email=address("omar"), name="Un autre")
    load(MAIL)
    assert {("acme", "operator"), ("acme/paie", "operator")} == who(other.pk)  # the address is theirs now

    moves(address("omar"), "other@y.example")  # left by two: whose it was is not guessed
    load(MAIL)
    assert User.objects.filter(email=address("omar")).exclude(pk__in=(omar.pk, other.pk)).exists()


def test_an_account_that_was_closed_or_that_the_file_names_is_left_alone(mail):
    from habilis.workflows import people
    from tests.factories import by

    moves(address("noe"), "noe@y.example")
    people.anonymize(by("ada", mail), email="noe@y.example")
    User.objects.create(email="noe@y.example", name="Une autre")  # the same address, another account
    moves(address("otto"), "otto@y.example")
    load(MAIL + '[[people]]\nemail = "otto@y.example"\nname = "Otto deux"\n')

    assert {address("noe"), address("otto"), "noe@y.example", "otto@y.example"} <= set(
        User.objects.values_list("email", flat=True)
    )


def test_an_upsert_never_removes(mail):
    load(world("mailroom", "plis", scopes="acme organization ACME-2"))

    assert Scope.objects.get(key="acme").name == "ACME-2"
    assert Scope.objects.filter(portal__key=mail).count() == 7
    assert access.check(mail, address("omar"), "read", Ref("mail_item", "paie"))


def test_a_scope_moves_with_all_below_when_its_parent_changes(advice):
    load(
        ADVICE.replace(
            'key = "bzh/29"\nkind = "territory"\nname = "Finistère"\nparent = "bzh"',
            'key = "bzh/29"\nkind = "territory"\nname = "Finistère"\nparent = "paca"',
        )
    )

    assert access.keys(advice, address("reg"), "list", "dossier") == []


def test_the_responsible_changes_from_a_scope_to_a_person_and_to_nobody(bills):
    line = 'name = "Écoles"\n'
    for value, expected in (("ville", ("ville", None)), (address("max"), (None, address("max"))), ("", (None, None))):
        load(BILLS.replace(line, line + (f'responsible = "{value}"\n' if value else "")))
        row = Scope.objects.select_related("responsible_scope", "responsible_user").get(key="ville/ecoles")
        assert expected == (
            row.responsible_scope and row.responsible_scope.key,
            row.responsible_user and row.responsible_user.email,
        )
        dumped = loading.dump(bills)
        assert (f'responsible = "{value}"' in dumped) is bool(value)


def test_licenses_and_derived_profiles_are_the_portals(db):
    loading.load([HERE / "licensing" / "scenarios.toml"])

    assert Profile.objects.exclude(derives="").exists()


class TestInit:
    def test_a_first_portal_and_its_administrator(self, db):
        link = loading.init_portal("premier", "mailroom", "Ada@X.example", name='Le "premier"')

        assert link.startswith("http")
        assert Portal.objects.get().name == 'Le "premier"'
        assert access.check("premier", "ada@x.example", "edit", Ref("portal", ""))
        with pytest.raises(Conflict):
            loading.init_portal("premier", "mailroom", "ada@x.example")
        assert loading.init_portal("second", "mailroom", "ada@x.example") == ""

    @pytest.mark.parametrize(
        ("key", "blueprint", "admin"),
        [
            ("static", "mailroom", "a@x.example"),
            ("A b", "mailroom", "a@x.example"),
            ("x", "nothing", "a@x.example"),
            ("x", "mailroom", "nobody"),
            ("x", 'm"\n[x', "a@x.example"),
            ("x", "mailroom", 'a"@x.example'),
            ("x", "mailroom", "a@x.example\n"),
        ],
    )
    def test_bad_words_make_nothing(self, db, key, blueprint, admin):
        if admin.endswith("\n"):
            with pytest.raises(Invalid):
                loading.init_portal(key, blueprint, "\x01")
            return
        with pytest.raises(Invalid):
            loading.init_portal(key, blueprint, admin)
        assert not Portal.objects.exists()
        assert not Member.objects.exists()


def large(rows: int) -> str:
    """A portal of *rows* rows: a fifth each of units, people, grants twice over, and items."""
    n = rows // 5
    orgs = max(1, n // 50)
    parts = ['blueprint = "mailroom"\n[portal]\nkey = "grand"\nname = "Grand"\n']
    parts += [f'[[scopes]]\nkey = "o{i}"\nkind = "organization"\nname = "Org {i}"\n' for i in range(orgs)]
    parts += [
        f'[[scopes]]\nkey = "o{i % orgs}/u{i}"\nkind = "unit"\nparent = "o{i % orgs}"\nname = "Unit {i}"\n'
        for i in range(n)
    ]
    parts += [f'[[people]]\nemail = "p{i}@x.example"\nname = "P {i}"\n' for i in range(n)]
    parts += [f'[[grants]]\nperson = "p{i}@x.example"\nscope = "o{i % orgs}"\nprofile = "operator"\n' for i in range(n)]
    parts += [
        f'[[grants]]\nperson = "p{i}@x.example"\nscope = "o{i % orgs}/u{i}"\nprofile = "operator"\n' for i in range(n)
    ]
    parts += [
        f'[[resources]]\ntype = "mail_item"\nkey = "r{i}"\nscope = "o{i % orgs}/u{i}"\nauthor = "p{i}@x.example"\nfields = {ITEM}\n'  # noqa: E501
        for i in range(n)
    ]
    return "".join(parts)


@pytest.mark.slow
def test_fifty_thousand_rows_load_and_load_again(as_in_a_new_session, tmp_path):
    file = written(tmp_path, large(50_000))
    loading.load([file])
    loading.load([file])
    assert len(access.keys("grand", "p7@x.example", "list", "mail_item")) == 1
    assert loading.dump("grand").count("[[grants]]") == 20_000

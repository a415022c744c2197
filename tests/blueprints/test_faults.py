# ruff: noqa: E501 - a fault is one line of the table
"""A file with a fault loads nothing, and says in one clear line each which line, which key, and what was expected."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from habilis.blueprints import loader, worlds
from habilis.blueprints.reading import Source
from habilis.core import Invalid

LINE = re.compile(r"^(?P<file>world\.toml|portal\.toml)(:(?P<line>\d+))?(: (?P<key>\S+))?: (?P<says>.+)$", re.DOTALL)

HEAD = """\
blueprint = "{blueprint}"
[portal]
key = "somewhere"
name = "Somewhere"
[[people]]
email = "lea@acme.example"
name = "Léa"
"""
PLACES = {
    "mailroom": """\
[[scopes]]
key = "acme"
kind = "organization"
name = "ACME"
[[scopes]]
key = "acme/paie"
kind = "unit"
parent = "acme"
name = "Paie"
""",
    "bookkeeping": """\
[[scopes]]
key = "liege"
kind = "office"
name = "Liège"
[[scopes]]
key = "garage"
kind = "dossier"
parent = "liege"
name = "Garage"
""",
    "licensing": """\
[[scopes]]
key = "office"
kind = "office"
name = "Office"
[[scopes]]
key = "dossier"
kind = "dossier"
parent = "office"
name = "Dossier"
""",
    "advisory": """\
[[scopes]]
key = "r"
kind = "territory"
name = "R"
""",
    "invoicing": "",
}


def world(blueprint: str, text: str) -> str:
    return HEAD.format(blueprint=blueprint) + PLACES[blueprint] + text


def faults_of(text: str) -> list[str]:
    with pytest.raises(Invalid) as told:
        worlds.read(worlds.open_source(Source("world.toml", text), Path()))
    return [str(fault) for fault in told.value.faults]


def test_the_worlds_of_these_tests_are_valid_before_they_are_spoiled():
    for blueprint in PLACES:
        worlds.read(worlds.open_source(Source("world.toml", world(blueprint, "")), Path()))


LEA = 'person = "lea@acme.example"'
GRANT = f"[[grants]]\n{LEA}\n"
ITEM = '[[resources]]\ntype = "mail_item"\nkey = "1"\n'

# blueprint, what is added to a valid world, the line in it that is wrong (1 is its first), the key named, what is said
FAULTS = [
    ("mailroom", GRANT + 'scope = "acme"\nprofile = "boss"', 4, "grants.profile", "unknown profile `boss`: expected `manager`, "),
    ("mailroom", GRANT + 'scope = "nowhere"\nprofile = "manager"', 3, "grants.scope", "unknown scope `nowhere`: expected "),
    ("mailroom", GRANT + 'profile = "manager"', 1, "grants", "lacks `scope`: expected "),
    ("mailroom", GRANT + 'scope = "acme/paie"\nprofile = "manager"', 4, "grants.profile", "`manager` cannot be held on a scope of kind `unit`: expected `organization`"),
    ("mailroom", GRANT + 'scope = "acme/paie"\nprofile = "operator"', 3, "grants.scope", "`operator` on a unit requires `operator` on its organization"),
    ("mailroom", GRANT + 'scope = "acme"\nprofile = "manager"\n' + GRANT + 'scope = "acme"\nprofile = "operator"', 4, "grants.profile", "holds `operator` there at the same time: expected one profile per organization"),
    ("mailroom", (GRANT + 'scope = "acme"\nprofile = "manager"\n') * 2, 2, "grants.person", "holds `manager` on `acme` twice at a time"),
    ("mailroom", GRANT + 'scope = "acme"\nprofile = "manager"\nadjustments = { fly = "edit" }', 5, "grants.adjustments.fly", "unknown feature `fly`: expected "),
    ("mailroom", GRANT + 'scope = "acme"\nprofile = "manager"\nadjustments = { mail = "all" }', 5, "grants.adjustments.mail", "unknown level `all`: expected `none`, `print`, `view` or `edit`"),
    ("mailroom", GRANT + 'scope = "acme"\nprofile = "manager"\nfrom = 2026-01-01', 5, "grants.from", "is not an instant: expected one with its offset"),
    ("mailroom", GRANT + 'scope = "acme"\nprofile = "manager"\nfrom = "yesterday"', 5, "grants.from", "`yesterday` is not an instant"),
    ("mailroom", GRANT + 'scope = "acme"\nprofile = "manager"\nfrom = 2026-02-01T00:00:00Z\nuntil = 2026-01-01T00:00:00Z', 6, "grants.until", "ends before it begins"),
    ("mailroom", '[[grants]]\nperson = "noe@acme.example"\nscope = "acme"\nprofile = "manager"', 2, "grants.person", "unknown person `noe@acme.example`: expected one of [[people]]"),
    ("mailroom", '[[grants]]\nperson = "noe"\nscope = "acme"\nprofile = "manager"', 2, "grants.person", "`noe` is not an e-mail address"),
    ("mailroom", GRANT + 'scope = "acme"\nprofile = "manager"\nlevel = "edit"', 5, "grants.level", "unknown key `level`: expected `adjustments`, "),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "galaxy"\nname = "X"', 3, "scopes.kind", "unknown `galaxy`: expected `organization` or `unit`"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "unit"\nparent = "nowhere"\nname = "X"', 4, "scopes.parent", "unknown scope `nowhere`"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "unit"\nparent = "acme/paie"\nname = "X"', 4, "scopes.parent", "`unit` cannot stand under `unit`: expected a parent of kind `organization`"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "unit"\nname = "X"', 3, "scopes.kind", "`unit` cannot stand under `portal`"),
    ("mailroom", '[[scopes]]\nkey = "acme"\nkind = "organization"\nname = "X"', 2, "scopes.key", "`acme` is there twice"),
    ("mailroom", '[[scopes]]\nkey = ":x"\nkind = "organization"\nname = "X"', 2, "scopes.key", "`:x` cannot be a key"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "organization"\nname = ""', 4, "scopes.name", "is empty: expected a text"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "organization"', 1, "scopes", "lacks `name`: expected a text"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "organization"\nname = 7', 4, "scopes.name", "expected a text, found `7`"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "organization"\nname = "X"\nstatus = "sleeping"', 5, "scopes.status", "unknown `sleeping`: expected `active`, `pending` or `inactive`"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "organization"\nname = "X"\nconfiguration = "B"', 5, "scopes.configuration", "this kind of scope carries no configuration"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "organization"\nname = "X"\nidentifiers = { siret = "1" }', 5, "scopes.identifiers.siret", "unknown identifier `siret`: expected `coclico` or `la_poste`"),
    ("mailroom", '[[scopes]]\nkey = "x"\nkind = "organization"\nname = "X"\nresponsible = "nobody"', 5, "scopes.responsible", "unknown `nobody`: expected "),
    ("mailroom", '[[people]]\nemail = "LEA@acme.example"\nname = "Twin"', 2, "people.email", "`lea@acme.example` is there twice"),
    ("mailroom", '[[people]]\nemail = "x@acme.example"\nname = "X"\nlanguage = "nl"', 4, "people.language", "unknown `nl`: expected `fr` or `en`"),
    ("mailroom", '[[people]]\nemail = "x@acme.example"\nname = "X"\nactive = "yes"', 4, "people.active", "expected true or false, found `yes`"),
    ("mailroom", '[[resources]]\ntype = "parcel"\nkey = "1"\nscope = "acme"', 2, "resources.type", "unknown `parcel`: expected `mail_item`, `sender` or `recipient`"),
    ("mailroom", ITEM + 'scope = "nowhere"', 4, "resources.scope", "unknown scope `nowhere`"),
    ("mailroom", '[[resources]]\ntype = "sender"\nkey = "1"\nscope = "acme/paie"', 4, "resources.scope", "`sender` cannot be on a scope of kind `unit`: expected `organization`"),
    ("mailroom", ITEM + 'scope = "acme"\nstate = "lost"', 5, "resources.state", "unknown state `lost`: expected `deposited`, `draft` or `tracked`"),
    ("mailroom", ITEM + 'scope = "acme"\nfields = { wings = 2 }', 5, "resources.fields.wings", "unknown field `wings` of `mail_item`: expected "),
    ("mailroom", ITEM + 'scope = "acme"\nfields = { copies = "two" }', 5, "resources.fields.copies", "expected a whole number, found `two`"),
    ("mailroom", ITEM + 'scope = "acme"\nfields = { copies = 0 }', 5, "resources.fields.copies", "expected at least 1, found `0`"),
    ("mailroom", ITEM + 'scope = "acme"\nfields = { format = "A0" }', 5, "resources.fields.format", "expected one of "),
    ("mailroom", ITEM + 'scope = "acme"\nauthor = "noe@acme.example"', 5, "resources.author", "unknown person `noe@acme.example`"),
    ("mailroom", ITEM + 'scope = "acme"\n' + ITEM + 'scope = "acme"', 7, "resources.key", "`mail_item:1` is there twice"),
    ("mailroom", '[[profiles]]\nkey = "p"\nderives = "operator"\nname = "P"', 1, "profiles", "this blueprint's profiles cannot be derived"),
    ("licensing", '[[profiles]]\nkey = "p"\nderives = "connect_pay"\nname = "P"\nlevels = { invoicing = "view" }', 5, "profiles.levels.invoicing", "`view` is above the ceiling of license `connect_pay`: expected at most `none`"),
    ("licensing", '[[profiles]]\nkey = "p"\nderives = "connect_pay"\nname = "P"\nlevels = { members = "view" }', 5, "profiles.levels.members", "`view` is above the ceiling of profile `connect_pay`: expected at most `none`"),
    ("licensing", '[[profiles]]\nkey = "p"\nderives = "nothing"\nname = "P"', 3, "profiles.derives", "unknown `nothing`: expected "),
    ("licensing", '[[profiles]]\nkey = "connect_pay"\nderives = "connect_pay"\nname = "P"', 2, "profiles.key", "`connect_pay` is taken"),
    ("licensing", '[[licenses]]\nkey = "gold"\nprice = 1', 2, "licenses.key", "unknown `gold`: expected `connect_pay`, "),
    ("licensing", '[[licenses]]\nkey = "connect_pay"\nprice = -1', 3, "licenses.price", "expected a price in EUR, 0 or more"),
    ("bookkeeping", '[[scopes]]\nkey = "x"\nkind = "dossier"\nparent = "liege"\nname = "X"\nconfiguration = "E"', 6, "scopes.configuration", "unknown configuration `E`: expected `B`, `C` or `D`, or a table"),
    ("bookkeeping", '[[scopes]]\nkey = "x"\nkind = "dossier"\nparent = "liege"\nname = "X"\nconfiguration = { settings = "none" }', 6, "scopes.configuration.settings", "unknown feature `settings`"),
    ("bookkeeping", '[[scopes]]\nkey = "x"\nkind = "dossier"\nparent = "liege"\nname = "X"\noptions = ["sauna"]', 6, "scopes.options", "unknown `sauna`: expected "),
    ("advisory", "".join(f'[[scopes]]\nkey = "{key}"\nkind = "territory"\nparent = "{parent}"\nname = "X"\n' for key, parent in ("ab", "ba")), 4, "scopes.parent", "parents turn in a circle: a < b < a"),
    ("advisory", '[[scopes]]\nkey = "self"\nkind = "territory"\nparent = "self"\nname = "X"', 4, "scopes.parent", "parents turn in a circle: self < self"),
    ("advisory", "".join(f'[[scopes]]\nkey = "r{n}"\nkind = "territory"\nparent = "r{n - 1 or ""}"\nname = "X"\n' for n in range(1, 7)), 29, "scopes.parent", "is 7 deep: expected at most 6"),
    ("invoicing", '[[scopes]]\nkey = "x"\nkind = "structure"\nname = "X"\nidentifiers = { siret = "12345678901234" }', 5, "scopes.identifiers.siret", "`12345678901234` is not a valid "),
    ("invoicing", '[[scopes]]\nkey = "x"\nkind = "structure"\nname = "X"\nidentifiers = { siret = 73282932000074 }', 5, "scopes.identifiers.siret", "expected a text between quotes, found `73282932000074`"),
    ("invoicing", '[[scopes]]\nkey = "x"\nkind = "structure"\nname = "X"\nidentifiers = { rna = "X1" }', 5, "scopes.identifiers.rna", "`X1` is not a valid RNA number"),
    ("mailroom", '[[requests]]\nkind = "beg"\nperson = "x@acme.example"', 2, "requests.kind", "unknown `beg`: expected `join`, `newcomer` or `change`"),
    ("mailroom", '[[requests]]\nkind = "join"\nperson = "x@acme.example"\nscopes = ["nowhere"]', 4, "requests.scopes", "unknown scope `nowhere`"),
    ("mailroom", '[[invitations]]\nemail = "x@acme.example"\nscope = "acme/paie"\nprofile = "manager"\nby = "lea@acme.example"', 4, "invitations.profile", "`manager` cannot be held on a scope of kind `unit`"),
    ("mailroom", "[[galaxies]]\nname = 1", 1, "galaxies", "unknown key `galaxies`: expected "),
    ("mailroom", "[scopes2]\nname = 1", 1, "scopes2", "unknown key `scopes2`: expected "),
]  # fmt: skip


@pytest.mark.parametrize(
    ("blueprint", "added", "line", "key", "says"), FAULTS, ids=[f"{n}-{f[3]}" for n, f in enumerate(FAULTS)]
)
def test_a_fault_says_its_file_its_line_its_key_and_what_was_expected(blueprint, added, line, key, says):
    text = world(blueprint, added)
    before = world(blueprint, "").count("\n")
    found = [LINE.match(fault) for fault in faults_of(text)]

    assert all(found)
    told = [(int(one["line"] or 0) - before, one["key"], one["says"]) for one in found]
    matching = [one for one in told if says in one[2]]
    assert matching, told
    assert (line, key) == matching[0][:2]
    assert len(told) <= 2, "one fault, one message; two where two rows contradict each other"
    assert all("\n" not in message and not message.endswith(".") for _, _, message in told)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "lacks `blueprint`: expected a text"),
        ('blueprint = "nothing"', "unknown blueprint `nothing`: expected mailroom, "),
        ('blueprint = "mailroom"', "lacks [portal]"),
        ('blueprint = "mailroom"\n[portal]\nkey = "Plis Verts"\nname = "P"', "`Plis Verts` cannot be an address"),
        ('blueprint = "mailroom"\n[portal]\nkey = "accounts"\nname = "P"', "`accounts` is an address of its own"),
        ('blueprint = "mailroom"\n[portal]\nkey = "p"\nname = "P"\ncolour = 1', "unknown key `colour`"),
        ('blueprint = "mailroom"\n[portal]\nkey = "p"\nname = "P"\ndefault_profile = "boss"', "unknown profile `boss`"),
        ("blueprint = 7", "expected a text, found `7`"),
        ("this is not TOML", "is not TOML: "),
        ('blueprint = "mailroom', "is not TOML: "),
        ("a = 1\na = 2", "is not TOML: "),
        ("[" * 5000, "is not TOML: "),
        ("a = " + "[" * 100_000, "is not TOML: "),
        ('blueprint = "\\u0000"', "blueprint"),
    ],
    ids=range(14),
)
def test_a_head_with_a_fault_is_one_message(text, says):
    (fault,) = faults_of(text)

    assert says in fault
    assert len(fault) < 500


def test_every_fault_of_a_file_is_told_and_a_flood_is_cut():
    few = faults_of(world("mailroom", GRANT + 'scope = "x"\nprofile = "y"'))
    many = faults_of(
        world("mailroom", "".join(f'[[scopes]]\nkey = "s{n}"\nkind = "galaxy"\nname = "X"\n' for n in range(500)))
    )

    assert 2 == len(few)
    assert 21 == len(many)
    assert "and 480 more faults" in many[-1]


@pytest.mark.parametrize(
    "content",
    [
        random.Random(1).randbytes(10_000_000),
        b"\x00" * 10_000_000,
        b"a" * 10_000_000,
        b"\xff\xfe" + "blueprint".encode("utf-16-le"),
        b"[[scopes]]\n" * 100,
        b"\xed\xa0\x80",
    ],
    ids=["random", "zeros", "one word", "utf-16", "empty tables", "half a character"],
)
def test_garbage_is_refused_in_one_line(content):
    with pytest.raises(Invalid) as told:
        worlds.open_source(Source.of_bytes("world.toml", content), Path())

    assert str(told.value).startswith("world.toml: ")
    assert len(str(told.value)) < 500


def test_what_is_too_large_is_not_even_parsed(monkeypatch):
    monkeypatch.setattr("habilis.blueprints.reading.LARGEST", 1024 * 1024)
    with pytest.raises(Invalid, match="is larger than 1 MB"):
        Source.of_bytes("world.toml", b" " * (1024 * 1024 + 1))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(Invalid, match=f"{path}: cannot be read: "):
            worlds.open_file(path)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lines_are_counted_alike_whatever_ends_them(line_end):
    text = world("mailroom", GRANT + 'scope = "acme"\nprofile = "boss"').replace("\n", line_end)
    with pytest.raises(Invalid) as told:
        worlds.read(worlds.open_source(Source.of_bytes("world.toml", text.encode()), Path()))

    assert f"world.toml:{world('mailroom', '').count(chr(10)) + 4}: grants.profile" in str(told.value)


def test_a_siret_is_kept_in_one_form():
    text = world(
        "invoicing",
        '[[scopes]]\nkey = "x"\nkind = "structure"\nname = "X"\nidentifiers = { siret = "732 829 320 00074" }',
    )
    read = worlds.read(worlds.open_source(Source("world.toml", text), Path()))

    assert {"siret": "73282932000074"} == dict(read.scopes[-1].identifiers)


# Blueprints

PORTAL = (loader.find("mailroom") / "portal.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('mail = "edit", post', 'mial = "edit", post', "unknown feature `mial`"),
        ('post = "edit/unattached"', 'post = "edit/sometimes"', "unknown level `edit/sometimes`"),
        ('reach = "node"', 'reach = "far"', "unknown `far`"),
        ('on = ["organization", "unit"]\nreach', 'on = ["organisation", "unit"]\nreach', "unknown `organisation`"),
        ('one_profile_per = "organization"', 'one_profile_per = "galaxy"', "unknown `galaxy`"),
        ('create = "post"', 'create = "posts"', "unknown feature `posts`"),
        ('under = ["portal"]', 'under = ["portals"]', "unknown `portals`"),
        ('deriving = false', 'deriving = "no"', "expected true or false, found `no`"),
        ('deriving = false', 'deriving = false\nderivign = true', "unknown key `derivign`"),
        ("[kinds.unit]", "[kinds.portal]", "the kind `portal` is built in"),
        ("[profiles.manager]", "[profiles.portal_admin]", "the profile `portal_admin` is built in"),
        ("[types.sender]", "[types.unit]", "`unit` names a kind of scope already"),
        ('list = "mail", read', 'read', "lacks `list`: expected the feature that governs it"),
        ('requires = { unit = "organization" }', 'requires = { unit = "galaxy" }', "unknown kind in `unit = galaxy`"),
        ("[kinds.unit]", '[kinds.unit]\nfounder_becomes = "boss"', "unknown `boss`"),
        ("[kinds.organization]", '[kinds.organization]\nfounder_becomes = "manager"', "an identifier that has a `check`"),
        ("[[menu]]", '[[menu]]\npage = "attic"', "unknown `attic`: expected `attach`"),
        ("[[menu]]", '[[menu]]\npage = "attach"', "expected `type` or `page`, and not both"),
        ('under = [{ fr = "Courriers", en = "Mail" }]', 'under = [{ fr = "Outils" }]', "lacks `en`: expected a text"),
        ("[words]", '[words]\nplace = { fr = "Lieu", en = "Place" }', "unknown key `place`"),
        ('people = { fr = "Utilisateurs", en = "Users" }', 'people = "Users"', "words.people: expected a table"),
    ],
)  # fmt: skip
def test_a_blueprint_with_a_fault_says_where(old, new, says):
    assert old in PORTAL
    with pytest.raises(Invalid) as told:
        loader.parse(Source("portal.toml", PORTAL.replace(old, new, 1)))

    matching = [fault for fault in map(str, told.value.faults) if says in fault]
    assert matching, str(told.value)
    assert re.match(r"portal\.toml(:\d+)?: ", matching[0])


def test_a_profile_above_its_license_is_refused():
    text = (loader.find("licensing") / "portal.toml").read_text(encoding="utf-8")
    text = text.replace(
        'archives = "edit", scopes = "view"', 'archives = "edit", invoicing = "view", scopes = "view"', 1
    )
    with pytest.raises(Invalid) as told:
        loader.parse(Source("portal.toml", text))

    assert "profiles.connect_pay.cells.invoicing: `view` is above the ceiling of license `connect_pay`" in str(
        told.value
    )

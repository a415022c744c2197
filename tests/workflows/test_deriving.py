"""Profiles derived by an office: duplicated, restricted, renamed, retired; the default one."""

from __future__ import annotations

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Grant, Portal, Profile
from habilis.workflows import access, browse, deriving, loading, people
from habilis.workflows import cells as cells_
from tests.factories import address, by, load, world
from tests.workflows.conftest import journal_of

OFFICES = world(
    "licensing",
    "cabinet",
    scopes="""
        sud office Sud
        sud/pain dossier Pain
        sud/vin dossier Vin
        nord office Nord
        nord/sel dossier Sel
    """,
    grants="""
        ada portal_admin /
        olga office_manager sud
        otto office_collaborator sud
        nils office_manager nord
        anna connect_pay sud/pain
        axel connect sud/vin
        alix connect nord/sel
        zoe - -
    """,
    more='[[profiles]]\nkey = "connect"\nderives = "connect_pay"\nname = "Connect"\nlevels = { payments = "none" }\n',
)
FEATURES = ("turnover", "payments", "import", "archives", "invoicing", "bookkeeping")


@pytest.fixture
def cabinet(db) -> str:
    return load(OFFICES)


def cells(portal: str, key: str) -> dict[str, str]:
    profile = access.model_of(portal).profiles[key]
    return {feature: cells_.level_of(profile, feature).key for feature in sorted({*FEATURES, *profile.cells})}


def seen(portal: str, key: str, name: str = "olga") -> deriving.Sheet:
    return deriving.sheet(portal, address(name), key, "fr")


def edit(name: str, portal: str, key: str, **levels: str):
    return deriving.edit(by(name, portal), profile=key, levels=levels, version=seen(portal, key).version)


def copy(portal: str, source: str = "connect_pay", name: str = "Connect sans Pay", who: str = "olga") -> str:
    return deriving.derive(by(who, portal), source=source, name=name)


@pytest.mark.row("WA-12", "WA-16", "WA-21", "WA-48")
def test_a_copy_has_the_permissions_and_the_license_of_its_source_and_no_user(cabinet):
    key = copy(cabinet)

    model = access.model_of(cabinet)
    assert cells(cabinet, "connect_pay") == cells(cabinet, key)
    assert "connect_pay" == model.profiles[key].license == model.profiles[key].derives
    assert (0, 0) == deriving.wearers(cabinet, address("olga"), key)
    (entry,) = [entry for entry in journal_of(cabinet) if entry.tag == "profile:derive"]
    assert (address("olga"), f"profile:{key}", "connect_pay") == (entry.actor, entry.target, entry.facts["source"])


@pytest.mark.row("WA-13")
def test_neither_a_copy_nor_its_source_follows_the_other(cabinet):
    key = copy(cabinet, "connect", "Connect bis")
    assert "none" == cells(cabinet, key)["payments"]

    edit("ada", cabinet, "connect", payments="view", archives="print")
    assert ("none", "edit") == (cells(cabinet, key)["payments"], cells(cabinet, key)["archives"])

    edit("olga", cabinet, key, turnover="none")
    assert ("edit", "edit") == (cells(cabinet, "connect")["turnover"], cells(cabinet, "connect_pay")["turnover"])


@pytest.mark.row("WA-13")
def test_what_a_file_derived_twice_keeps_what_it_had(db):
    more = '[[profiles]]\nkey = "lecture"\nderives = "connect"\nname = "Lecture"\nlevels = { import = "view" }\n'
    portal = load(OFFICES + more)
    before = cells(portal, "lecture")

    edit("ada", portal, "connect", payments="edit", turnover="none")

    assert before == cells(portal, "lecture")
    text = loading.dump(portal)
    Portal.objects.filter(key=portal).update(key="other")
    load(text)
    assert before == cells(portal, "lecture")


@pytest.mark.row("WA-11")
@pytest.mark.parametrize("base", ["connect_pay", "office_manager"])
def test_a_base_profile_is_locked_by_any_door(cabinet, refused, base):
    ada, version = by("ada", cabinet), seen(cabinet, base).version
    assert "base_locked" == seen(cabinet, base, "ada").locked
    with refused(cabinet, Refused, "base_locked"):
        deriving.edit(ada, profile=base, levels={"turnover": "none"}, version=version)
    with refused(cabinet, Refused, "base_locked"):
        deriving.rename(ada, profile=base, name="Autre", version=version)
    with refused(cabinet, Refused, "base_locked"):
        deriving.retire(ada, profile=base, version=version)
    text = f'[[profiles]]\nkey = "{base}"\nderives = "connect_pay"\nname = "X"\n'
    with pytest.raises(Invalid, match="is taken"):
        load(OFFICES + text)


@pytest.mark.row("WA-20")
@pytest.mark.parametrize(
    "name", ["", "   ", "\u00a0", "connect", "CONNECT & PAY", "Full accounting", "Portal administrator"]
)
def test_a_blank_name_and_that_of_another_are_refused(cabinet, refused, name):
    code = "name_taken" if name.strip() else "profile_name"
    with refused(cabinet, Invalid, code):
        copy(cabinet, name=name)
    key = copy(cabinet)
    with refused(cabinet, Invalid, code):
        deriving.rename(by("olga", cabinet), profile=key, name=name, version=seen(cabinet, key).version)


@pytest.mark.row("WA-28", "WA-48")
def test_a_level_holds_at_once_for_everybody_who_wears_it_and_the_journal_tells_the_cell(cabinet):
    def may(name: str, scope: str) -> bool:
        return access.check(cabinet, address(name), "create_document", Ref("dossier", scope))

    assert may("axel", "sud/vin")
    assert may("alix", "nord/sel")

    edit("ada", cabinet, "connect", **{"import": "view"})

    assert not may("axel", "sud/vin")
    assert not may("alix", "nord/sel")
    assert may("anna", "sud/pain")
    (entry,) = [entry for entry in journal_of(cabinet) if entry.tag == "profile:edit"]
    assert {"import": ["edit", "view"]} == entry.facts["cells"]


@pytest.mark.row("WA-17")
def test_restricting_leaves_the_license_as_it_is(cabinet):
    edit("ada", cabinet, "connect", turnover="none", archives="print", communication="view")
    assert "connect_pay" == access.model_of(cabinet).profiles["connect"].license


@pytest.mark.row("WA-04", "WA-19")
def test_nothing_passes_the_license_and_the_refusal_names_the_license_that_admits_it(cabinet, refused):
    key = copy(cabinet)
    assert ("license", ("easy_invoicing", "advanced_management")) == seen(cabinet, key).reasons["invoicing"]["view"]
    assert ("", ()) == seen(cabinet, key).reasons["payments"]["none"]
    assert ("feature", ()) == seen(cabinet, key).reasons["booking"]["print"]
    assert ("base", ()) == seen(cabinet, key).reasons["members"]["edit"]
    for feature in ("invoicing", "reminders", "bookkeeping", "members", "profiles", "booking"):
        with refused(cabinet, Invalid, "above_license"):
            edit("olga", cabinet, key, **{feature: "edit"})
    for levels in ({"galaxy": "edit"}, {"turnover": "all"}, {"turnover": ""}):
        with refused(cabinet, Invalid, "level"):
            edit("olga", cabinet, key, **levels)


def test_lowered_then_raised_again_it_is_as_it_was(cabinet):
    before = cells(cabinet, "connect")
    edit("ada", cabinet, "connect", archives="none", turnover="print")
    edit("ada", cabinet, "connect", archives="edit", turnover="edit")
    assert before == cells(cabinet, "connect")
    assert {"payments": "none"} == Profile.objects.get(key="connect").levels


@pytest.mark.parametrize("who", ["otto", "anna", "zoe"])
def test_only_whoever_holds_the_profiles_feature_changes_them(cabinet, refused, who):
    acting, version = by(who, cabinet), seen(cabinet, "connect", "ada").version
    with refused(cabinet, Refused, "derives_nothing"):
        copy(cabinet, who=who)
    with refused(cabinet, Refused, "derives_nothing"):
        deriving.edit(acting, profile="connect", levels={"turnover": "none"}, version=version)
    with refused(cabinet, Refused, "derives_nothing"):
        deriving.set_default(acting, profile="connect", seen="connect_pay")
    assert "derives_nothing" == seen(cabinet, "connect", who).locked


def test_an_office_changes_nothing_for_the_clients_of_another(cabinet, refused):
    assert "worn_elsewhere" == seen(cabinet, "connect").locked
    for name in ("olga", "nils"):
        with refused(cabinet, Refused, "worn_elsewhere"):
            edit(name, cabinet, "connect", turnover="none")
        with refused(cabinet, Refused, "worn_elsewhere"):
            deriving.rename(by(name, cabinet), profile="connect", name="X", version=seen(cabinet, "connect").version)

    Grant.objects.filter(user__email=address("alix")).update(valid_until="2026-01-01T00:00:00Z")

    assert "" == seen(cabinet, "connect").locked
    assert (1, 1) == deriving.wearers(cabinet, address("olga"), "connect")
    edit("olga", cabinet, "connect", turnover="none")


def test_nobody_lets_grow_what_they_do_not_hold_themselves(db, refused):
    more = OFFICES.replace('levels = { payments = "none" }', 'levels = { payments = "none", archives = "none" }')
    portal = load(
        more + '[[grants]]\nperson = "zoe@x.example"\nscope = "sud"\nprofile = "office_manager"\n'
        'adjustments = { payments = "view" }\n'
    )
    Grant.objects.filter(user__email=address("alix")).update(valid_until="2026-01-01T00:00:00Z")
    assert ("above_own_rights", ()) == seen(portal, "connect", "zoe").reasons["payments"]["edit"]
    assert ("", ()) == seen(portal, "connect", "zoe").reasons["payments"]["view"]

    with refused(portal, Refused, "above_own_rights"):
        edit("zoe", portal, "connect", payments="edit")
    with refused(portal, Refused, "above_own_rights"):
        copy(portal, "connect_pay", "Tout", who="zoe")
    edit("zoe", portal, "connect", archives="edit", payments="view")
    assert ("view", "edit") == (cells(portal, "connect")["payments"], cells(portal, "connect")["archives"])


def test_of_two_who_change_the_same_profile_the_second_is_told(cabinet, refused):
    key = copy(cabinet)
    version = seen(cabinet, key).version
    edit("olga", cabinet, key, payments="none")
    with refused(cabinet, Conflict, "stale"):
        deriving.edit(by("ada", cabinet), profile=key, levels={"turnover": "none"}, version=version)
    with refused(cabinet, Conflict, "stale"):
        deriving.rename(by("ada", cabinet), profile=key, name="Autre", version=version)


@pytest.mark.row("WA-31", "WA-32", "WA-33", "WA-48")
def test_the_star_moves_and_nobody_s_rights_do(cabinet, refused):
    before = set(Grant.objects.values_list("user", "scope", "profile", "valid_until"))
    assert "connect_pay" == browse.default_profile(cabinet)

    deriving.set_default(by("olga", cabinet), profile="connect", seen="connect_pay")

    assert "connect" == browse.default_profile(cabinet)
    assert [True] == [seen(cabinet, key).default for key in ("connect_pay", "connect") if seen(cabinet, key).default]
    assert before == set(Grant.objects.values_list("user", "scope", "profile", "valid_until"))
    (entry,) = [entry for entry in journal_of(cabinet) if entry.tag == "profile:set_default"]
    assert ("connect_pay", "connect") == (entry.facts["before"], entry.facts["after"])
    with refused(cabinet, Conflict, "stale"):
        deriving.set_default(by("nils", cabinet), profile="easy_invoicing", seen="connect_pay")
    with refused(cabinet, Conflict, "no_default"):
        deriving.set_default(by("olga", cabinet), profile="office_manager", seen="connect")
    with refused(cabinet, NotFound):
        deriving.set_default(by("olga", cabinet), profile="portal_admin", seen="connect")


@pytest.mark.row("WA-34")
def test_the_default_profile_is_never_retired(cabinet, refused):
    key = copy(cabinet)
    deriving.set_default(by("olga", cabinet), profile=key, seen="connect_pay")
    with refused(cabinet, Conflict, "default_retired"):
        deriving.retire(by("olga", cabinet), profile=key, version=seen(cabinet, key).version)
    text = loading.dump(cabinet).replace('name = "Connect sans Pay"', 'name = "Connect sans Pay"\nretired = true')
    with pytest.raises(Invalid, match="is the default profile"):
        load(text)


@pytest.mark.row("WA-47")
def test_a_profile_with_users_is_not_retired_and_one_without_is(cabinet, refused):
    with refused(cabinet, Conflict, "worn"):
        deriving.retire(by("ada", cabinet), profile="connect", version=seen(cabinet, "connect").version)
    people.deactivate(by("ada", cabinet), email=address("axel"))  # suspended, they would have it back
    Grant.objects.filter(user__email=address("alix")).update(valid_until="2026-01-01T00:00:00Z")
    with refused(cabinet, Conflict, "worn"):
        deriving.retire(by("olga", cabinet), profile="connect", version=seen(cabinet, "connect").version)

    Grant.objects.filter(user__email=address("axel")).update(valid_until="2026-01-01T00:00:00Z")
    deriving.retire(by("olga", cabinet), profile="connect", version=seen(cabinet, "connect").version)

    assert access.model_of(cabinet).profiles["connect"].retired
    with refused(cabinet, Refused, "retired_profile"):
        edit("ada", cabinet, "connect", turnover="none")
    with refused(cabinet, NotFound):
        copy(cabinet, "connect", "Connect ter")
    with refused(cabinet, Conflict, "no_default"):
        deriving.set_default(by("olga", cabinet), profile="connect", seen="connect_pay")
    copy(cabinet, name="Connect")  # its name is free again


@pytest.mark.row("WA-47")
def test_a_retired_profile_is_brought_back_as_it_was(cabinet, refused):
    olga, key = by("olga", cabinet), copy(cabinet, name="Parti")
    edit("olga", cabinet, key, payments="none")
    before, read = cells(cabinet, key), seen(cabinet, key).version
    deriving.retire(olga, profile=key, version=read)
    read = seen(cabinet, key).version
    with refused(cabinet, Refused, "derives_nothing"):
        deriving.reinstate(by("anna", cabinet), profile=key, version=read)
    with refused(cabinet, Refused, "base_locked"):
        deriving.reinstate(olga, profile="connect_pay", version=seen(cabinet, "connect_pay").version)
    with refused(cabinet, Conflict, "stale"):
        deriving.reinstate(olga, profile=key, version="another")

    deriving.reinstate(olga, profile=key, version=read)
    deriving.reinstate(olga, profile=key, version=seen(cabinet, key).version)  # twice is once

    assert not access.model_of(cabinet).profiles[key].retired
    assert before == cells(cabinet, key)
    deriving.retire(olga, profile=key, version=seen(cabinet, key).version)
    copy(cabinet, name="Parti")
    with refused(cabinet, Invalid, "name_taken"):
        deriving.reinstate(olga, profile=key, version=seen(cabinet, key).version)


def test_derived_default_and_retired_profiles_survive_a_dump(cabinet):
    olga = by("olga", cabinet)
    key, gone = copy(cabinet), copy(cabinet, "connect", "Parti")
    edit("olga", cabinet, key, payments="none", archives="print")
    deriving.set_default(olga, profile=key, seen="connect_pay")
    deriving.retire(olga, profile=gone, version=seen(cabinet, gone).version)
    text = loading.dump(cabinet)
    before = {one: cells(cabinet, one) for one in ("connect", key, gone)}

    Portal.objects.filter(key=cabinet).update(key="other")
    load(text)

    assert text == loading.dump(cabinet)
    assert before == {one: cells(cabinet, one) for one in ("connect", key, gone)}
    assert key == browse.default_profile(cabinet)
    assert [gone] == [one for one in before if access.model_of(cabinet).profiles[one].retired]


def test_where_a_blueprint_lets_nothing_be_derived_nothing_is(mail, refused):
    with refused(mail, NotFound):
        deriving.derive(by("ada", mail), source="operator", name="Bis")


def test_a_cheaper_license_that_would_do_is_said(db):
    from habilis.workflows import pricing

    prices = '[[licenses]]\nkey = "{}"\nprice = {}\n'
    portal = load(OFFICES + prices.format("connect_pay", "12.5") + prices.format("easy_invoicing", "19.9"))
    key = copy(portal, "easy_invoicing", "Sans facture")
    assert pricing.cheaper(portal, key) is None
    edit("olga", portal, key, invoicing="none", reminders="none")
    assert "connect_pay" == pricing.cheaper(portal, key)[0]
    assert "easy_invoicing" == access.model_of(portal).profiles[key].license

"""Founding: a checked number, once; its founder manages at once or once approved; nobody takes what is there."""

from __future__ import annotations

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from tests.factories import address, by
from tests.workflows.conftest import journal_of

SIRET, OTHER = "73282932000074", "44306184100047"


def found(portal: str, actor: str = "zoe", **changed):
    from habilis.workflows import founding

    asked = {"kind": "structure", "name": "Atelier Zoé", "identifiers": {"siret": SIRET}, **changed}
    return founding.found(by(actor, portal), **asked)


def at_once(portal: str) -> None:
    from habilis.workflows import publishing

    look = publishing.look(portal)
    publishing.configure(
        by("ada", portal), version=look.version, name="Factures", color=look.color, texts={}, founding="at_once"
    )


def may(portal: str, name: str, action: str, key: str) -> bool:
    from habilis.workflows import access

    return access.check(portal, address(name), action, Ref("structure", key))


@pytest.mark.row("CP-02")
def test_a_founder_manages_once_the_platform_has_approved(bills):
    from habilis.workflows import moderation

    key = found(bills)
    assert may(bills, "zoe", "read", key)
    assert not may(bills, "zoe", "attach", key)
    assert [key] == moderation.waiting(bills, address("ada"))
    with pytest.raises(NotFound):
        moderation.accept(by("paula", bills), key=key)

    moderation.accept(by("ada", bills), key=key)
    assert may(bills, "zoe", "attach", key)
    assert not may(bills, "zoe", "read", "ville")
    assert {"scope:found", "scope:accept", "grant:attach"} <= {entry.tag for entry in journal_of(bills)}


@pytest.mark.row("CP-02")
def test_a_founder_manages_at_once_where_the_portal_says_so(bills):
    from habilis.store.models import Scope

    at_once(bills)
    key = found(bills, identifiers={"siret": "732 829 320 00074"})

    assert may(bills, "zoe", "attach", key)
    assert {"siret": SIRET} == Scope.objects.get(key=key).identifiers
    assert not may(bills, "max", "list", key)


def test_a_second_founder_of_the_same_number_founds_nothing(bills, refused):
    at_once(bills)
    found(bills)
    with refused(bills, Conflict, "identifier_taken"):
        found(bills, "max", name="Autre nom")
    with refused(bills, Conflict, "identifier_taken"):
        found(bills, "max", identifiers={"siret": " 732 829 320 00074 ", "vat": "FR44732829320"})


@pytest.mark.parametrize(
    ("changed", "kind", "code"),
    [
        ({"identifiers": {}}, Invalid, "founding_number"),
        ({"identifiers": {"siret": ""}}, Invalid, "founding_number"),
        ({"identifiers": {"siret": "73282932000075"}}, Invalid, "identifier"),
        ({"identifiers": {"duns": "1"}}, Invalid, None),
        ({"name": "  "}, Invalid, "name"),
        ({"kind": "unit"}, NotFound, None),
        ({"kind": "galaxy"}, NotFound, None),
    ],
)
def test_a_structure_without_a_checked_number_is_not_founded(bills, changed, kind, code, refused):
    with refused(bills, kind, code):
        found(bills, **changed)


def test_where_nothing_is_founded_nobody_founds(mail, refused):
    with refused(mail, NotFound):
        found(mail, "noe", kind="organization", identifiers={"la_poste": "12345678"})


def test_whoever_is_suspended_founds_nothing(bills, refused):
    from habilis.workflows import people

    people.deactivate(by("ada", bills), email="zoe@x.example")
    with refused(bills, Refused, "suspended_here"):
        found(bills)


def test_what_was_turned_down_can_be_founded_by_whom_the_number_identifies(bills):
    from habilis.workflows import moderation

    key = found(bills)
    moderation.refuse(by("ada", bills), key=key, reason="Justificatif manquant")

    assert not may(bills, "zoe", "attach", key)
    again = found(bills, "max")
    assert again != key


def test_nobody_approves_what_they_founded_nor_floods_those_who_approve(bills, refused):
    from habilis.workflows import moderation

    key = found(bills, "ada")
    assert [] == moderation.waiting(bills, address("ada"))
    with refused(bills, Refused, "self"):
        moderation.accept(by("ada", bills), key=key)
    numbers = iter(("FR31502003007", "FR45603004003", "FR86704005008", "FR03805006004"))
    for n in range(3):
        found(bills, identifiers={"vat": next(numbers)}, name=f"N{n}")
    with refused(bills, Conflict, "many_pending"):
        found(bills, identifiers={"vat": next(numbers)})


def mails_of(name: str) -> list[str]:
    from habilis.workflows import delivery

    return [mail.subject for mail in delivery.sent_messages(address(name))]


def test_those_who_moderate_are_told_of_what_was_founded_and_nobody_else(bills):
    key = found(bills)

    assert ["Factures : Atelier Zoé attend votre accord"] == mails_of("ada")
    assert [] == [mail for name in ("zoe", "paula", "prune", "max") for mail in mails_of(name)]
    from habilis.workflows import delivery

    assert f"/{bills}/moderation/view/{key}" in delivery.sent_messages(address("ada"))[0].text


def test_nobody_is_asked_to_approve_what_is_founded_at_once(bills):
    at_once(bills)

    found(bills)

    assert [] == mails_of("ada")

"""Who hears of a position, what is left of one taken and left in a short time, and who advises a territory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from habilis.core import HabilisError
from habilis.store.models import JournalEntry, Message
from habilis.workflows import board, clock, digests, grants, positioned, positions
from tests.factories import ADVICE, address, by, load

FRICHE = "bzh/29/friche"


def told(name: str) -> list[str]:
    return [notice.subject for notice in board.page("conseil", address(name)).items]


def take(name: str = "reg") -> None:
    positions.take(by(name, "conseil"), scope=FRICHE, profile="advisor")


def leave(name: str = "reg") -> None:
    grants.detach(by(name, "conseil"), person=address(name), scope=FRICHE)


@pytest.mark.row("RT-25")
def test_a_position_taken_and_left_shortly_after_leaves_nothing_behind(advice):
    take()
    assert told("own") == ["Reg rejoint Friche"]
    assert {"own", "inv", "obs", "app"} >= {
        one.partition("@")[0] for one in Message.objects.values_list("recipient", flat=True)
    }
    leave()

    assert Message.objects.count() == 0
    assert told("own") == []
    with clock.frozen(clock.now() + timedelta(days=2)):
        digests.gather()
    assert Message.objects.count() == 0


@pytest.mark.row("RT-25")
def test_a_position_that_lasts_is_told_once_half_a_day_has_passed_and_its_end_too(advice):
    take()
    digests.gather()
    assert not Message.objects.filter(user=None).exists()
    later = clock.now() + timedelta(hours=13)
    with clock.frozen(later):
        digests.gather()
    assert address("own") in Message.objects.filter(user=None).values_list("recipient", flat=True)
    assert address("reg") not in Message.objects.values_list("recipient", flat=True)
    with clock.frozen(later):
        leave()
    assert told("own") == ["Reg quitte Friche", "Reg rejoint Friche"]


def test_nobody_elsewhere_hears_of_a_position(advice):
    take()
    assert {told(name) == [] for name in ("far", "nat", "zoe", "stan", "reg")} == {True}


@pytest.mark.row("RT-21")
def test_those_of_a_territory_are_its_local_advisors_and_the_national_ones_on_demand_only(advice):
    load(ADVICE.replace('key = "conseil"', 'key = "ailleurs"').replace('name = "Reg"', 'name = "Reg d’ailleurs"'))
    positions.set_territories(by("stan", advice), person=address("zoe"), profile="advisor", territories=["paca"])

    local = positioned.territory(advice, address("stan"), FRICHE)
    assert [(one.name, one.profile, one.territory) for one in local] == [("Reg", "advisor", "Bretagne")]
    everyone = positioned.territory(advice, address("stan"), FRICHE, everywhere=True)
    assert [one.name for one in everyone] == ["Reg", "Nat"]
    assert [one.name for one in positioned.territory(advice, address("stan"), "paca/port")] == ["Zoe"]


@pytest.mark.row("RT-21")
def test_who_may_not_list_the_people_of_a_dossier_is_told_nothing_of_its_territory(advice):
    for name in ("far", "zoe"):
        with pytest.raises(HabilisError):
            positioned.territory(advice, address(name), FRICHE)
    assert not JournalEntry.objects.filter(portal__key=advice, tag="grant:position").exists()

"""One access request, and several people at once who decide on it, each on a connection of their own."""

from __future__ import annotations

import pytest

from habilis.core import Conflict, NotFound
from habilis.store.models import AccessRequest, Grant, JournalEntry, Message, Scope
from habilis.workflows import asking, grants, journal, requests
from habilis.workflows.requests import Choice
from tests.factories import MAIL, address, by, load
from tests.workflows.test_races import refusals, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plis(transactional_db) -> str:
    portal = load(MAIL)
    Scope.objects.filter(key="acme").update(identifiers={"la_poste": "20417733"})
    return portal


def ask(portal: str, who: str) -> int:
    """A person asks to join ACME, found by its client reference."""
    wish = asking.Wish(["acme"], "operator", found=asking.Found("la_poste", "20417733"))
    return asking.ask(by(who, portal), kind="join", wish=wish)


@pytest.mark.row("AC-31", "PF-47", "XX-13")
def test_thirty_approvals_of_one_request_give_one_grant_and_the_others_are_told(plis):
    number = ask(plis, "noe")
    told = Message.objects.filter(message_id__startswith="<request_approved.")

    def approve(who: str) -> None:
        requests.approve(by(who, plis), request=number, version=1)

    found = together(*(lambda n=n: approve("tom" if n % 2 else "maud") for n in range(30)))

    assert refusals(found) == [Conflict] * 29
    by_whom = AccessRequest.objects.get(pk=number).decided_by.name
    assert {by_whom} == {error.facts["by"] for error in found if isinstance(error, Conflict)}
    assert 1 == Grant.objects.filter(user__email=address("noe")).count()
    assert 1 == JournalEntry.objects.filter(tag="request:approve", refused=False).count()
    assert 1 == JournalEntry.objects.filter(tag="grant:attach", subject=address("noe"), refused=False).count()
    assert [address("noe")] == list(told.values_list("recipient", flat=True))
    assert journal.verify(plis)[1] is None


@pytest.mark.row("PF-47", "AC-23")
def test_approved_refused_modified_and_taken_back_at_once_one_of_them_stands(plis):
    for n, who in enumerate(("noe", "berthe", "bruno")):
        number = ask(plis, who)
        acts = [
            lambda number=number: requests.approve(by("maud", plis), request=number, version=1),
            lambda number=number: requests.reject(by("tom", plis), request=number, version=1, reason="non"),
            lambda number=number, who=who: asking.withdraw(by(who, plis), request=number, version=1),
            lambda number=number: requests.modify(
                by("ada", plis), request=number, version=1, choice=Choice("operator", ["acme/paie"])
            ),
        ]
        found = together(*acts[n:], *acts[:n])

        assert refusals(found) == [Conflict] * 3
        row = AccessRequest.objects.get(pk=number)
        given = Grant.objects.filter(user__email=address(who), scope__key="acme").exists()
        assert 2 == row.version
        assert given is (row.state == "approved")


@pytest.mark.row("AC-33")
def test_who_loses_the_right_while_deciding_decided_before_or_not_at_all(plis):
    for who in ("noe", "berthe", "bruno"):
        number = ask(plis, who)
        found = together(
            lambda: grants.detach(by("ada", plis), person=address("tom"), scope="acme"),
            lambda number=number: requests.approve(by("tom", plis), request=number, version=1),
        )
        assert set(refusals(found)) <= {NotFound}
        tags = ["grant:detach", "request:approve"]
        order = list(JournalEntry.objects.filter(tag__in=tags).order_by("-number").values_list("tag", "refused")[:2])
        after = [("request:approve", True), ("grant:detach", False)]
        assert order == (after if refusals(found) else [("grant:detach", False), ("request:approve", False)])
        assert Grant.objects.filter(user__email=address(who), scope__key="acme").exists() is not bool(refusals(found))
        grants.attach(by("ada", plis), person=address("tom"), scope="acme", profile="manager")


def test_the_same_asked_twice_at_once_is_asked_once(plis):
    ask(plis, "berthe")
    found = together(*(lambda: ask(plis, "noe") for _ in range(5)))

    assert refusals(found) == [Conflict] * 4
    assert 1 == AccessRequest.objects.filter(requester__email=address("noe")).count()

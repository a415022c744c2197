"""What happens out of one's sight stays unknown and untouched: people, journals and territories of elsewhere."""

from __future__ import annotations

import pytest

from habilis.core import Invalid, NotFound, Refused
from habilis.store.models import Grant
from habilis.workflows import grants, histories, resources, scopes
from tests.factories import address, by
from tests.workflows.conftest import journal_of


def document(portal: str, approver: str) -> str:
    return resources.create(
        by("anna", portal),
        type_="document",
        scope="sud/pain",
        title="Facture",
        fields={"kind": "purchase"},
        approvers=[approver],
    )


@pytest.mark.parametrize("approver", ["axel", "fred", "dina", "pete", "otis", "ada"])
def test_the_approval_is_asked_of_whoever_could_give_it_there(books, approver):
    assert document(books, address(approver))


def test_ac71_an_approver_of_elsewhere_is_as_unknown_as_nobody(books):
    told = set()
    for approver in ("sara", "nils", "nobody"):
        with pytest.raises(Invalid) as caught:
            document(books, address(approver))
        told.add(str(caught.value).replace(address(approver), "…"))

    assert len(told) == 1


@pytest.mark.parametrize("key", ["borea", "borea/paie", "nowhere"])
def test_ac01_a_stranger_writes_nothing_in_the_journal_of_a_scope(mail, key):
    with pytest.raises(NotFound):
        scopes.reopen(by("maud", mail), key=key)

    entry = journal_of(mail)[-1]
    assert (entry.refused, entry.actor, entry.scope) == (True, address("maud"), "")
    assert entry.facts["asked"] == {"key": key}
    assert histories.of_scope(mail, address("bruno"), "borea").total == 0
    assert histories.of_scope(mail, address("ada"), "").items[0].number == entry.number


def test_a_refusal_that_is_seen_stays_in_the_journal_of_its_scope(mail):
    with pytest.raises(Refused):
        scopes.rename(by("omar", mail), key="acme/paie", name="X")

    assert journal_of(mail)[-1].scope == "acme/paie"


def test_i09_a_territory_is_not_given_by_a_change_of_profile(advice):
    with pytest.raises(Refused) as caught:
        grants.change_profile(by("nat", advice), person=address("stan"), scope="", profile="advisor")

    assert caught.value.code == "territory"
    assert not Grant.objects.exclude(valid_until=None).exists()

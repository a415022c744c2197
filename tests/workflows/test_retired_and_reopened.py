"""What is on its way out is not prolonged, and what reopens has somebody to manage it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from habilis.core import Conflict, Invalid, Refused
from habilis.store.models import Grant
from habilis.workflows import clock, grants, people, scopes
from tests.factories import BILLS, address, by, load
from tests.workflows.test_attach import holds

SECOND = """
[[people]]
email = "sec@x.example"
name = "Sec"
[[grants]]
person = "sec@x.example"
scope = "ville"
profile = "secondary_manager"
"""


def period(portal: str, end):
    grants.set_period(
        by("paula", portal),
        person=address("sec"),
        scope="ville",
        profile="secondary_manager",
        valid_from=None,
        valid_until=end,
    )


@pytest.mark.row("CP-12")
def test_a_retired_profile_is_shortened_and_never_prolonged(db, refused):
    bills = load(BILLS + SECOND)
    soon = clock.now() + timedelta(days=10)
    period(bills, soon)
    period(bills, soon - timedelta(days=1))
    for later in (soon, None):
        with refused(bills, Conflict, "retired"):
            period(bills, later)

    assert Grant.objects.get(user__email=address("sec")).valid_until == soon - timedelta(days=1)


class TestReopened:
    @pytest.fixture
    def closed(self, mail):
        """Borea, closed, whose only manager left meanwhile."""
        scopes.close(by("ada", mail), key="borea")
        grants.detach(by("ada", mail), person=address("bruno"), scope="borea")
        return mail

    @pytest.mark.row("XX-01", "AC-27")
    def test_not_without_a_manager(self, closed, refused):
        with refused(closed, Conflict, "no_manager"):
            scopes.reopen(by("ada", closed), key="borea")

    @pytest.mark.row("XX-01")
    def test_with_one_who_is_named(self, closed):
        scopes.reopen(by("ada", closed), key="borea", manager=address("noe"))

        assert holds("noe", "borea") == ["manager"]
        grants.attach(by("noe", closed), person=address("otto"), scope="borea", profile="operator")

    def test_not_with_oneself_nor_a_stranger_nor_one_suspended(self, closed, refused):
        with refused(closed, Refused, "self"):
            scopes.reopen(by("ada", closed), key="borea", manager=address("ada"))
        with refused(closed, Invalid):
            scopes.reopen(by("ada", closed), key="borea", manager="nobody@x.example")
        people.deactivate(by("ada", closed), email=address("noe"))
        with refused(closed, Conflict, "no_manager"):
            scopes.reopen(by("ada", closed), key="borea", manager=address("noe"))

    def test_what_has_no_manager_by_nature_just_reopens(self, mail, books, refused):
        scopes.close(by("maud", mail), key="acme/paie")
        scopes.reopen(by("maud", mail), key="acme/paie")
        scopes.close(by("otis", books), key="sud/eau")
        scopes.reopen(by("otis", books), key="sud/eau")
        scopes.close(by("maud", mail), key="acme/paie")
        with refused(mail, Invalid):
            scopes.reopen(by("maud", mail), key="acme/paie", manager=address("noe"))

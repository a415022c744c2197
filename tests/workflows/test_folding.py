"""Folding a portal's journal from the start rebuilds the grants, whatever changed them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from habilis.blueprints import worlds
from habilis.blueprints.reading import Source
from habilis.blueprints.rows import Known
from habilis.store.models import Grant, Member, Scope
from habilis.workflows import (
    addresses,
    asking,
    clock,
    grants,
    handover,
    moderation,
    moving,
    people,
    positions,
    requests,
    scopes,
    transfers,
)
from habilis.workflows.asking import Found, Wish
from habilis.workflows.moving import Chosen
from habilis.workflows.requests import Choice
from tests.factories import ADVICE, BILLS, BOOKS, MAIL, address, by, load
from tests.workflows import test_founding as founders
from tests.workflows import test_importing as tables
from tests.workflows import test_invitations as guests
from tests.workflows.conftest import journal_of
from tests.workflows.test_transfers import CABINET as OFFICE

FILES = {hashlib.sha256(text.encode()).hexdigest(): text for text in (MAIL, BOOKS, BILLS, ADVICE, OFFICE)}
FAR = datetime(2099, 1, 1, tzinfo=UTC)


class Fold:
    """The grants that the journal tells of: for each person, scope and profile, periods and adjustments."""

    def __init__(self, portal: str) -> None:
        self.rows: dict[tuple[str, str, str], list[dict[str, object]]] = {}
        self.suspended: set[str] = set()
        for entry in journal_of(portal):
            tell = getattr(self, f"_{entry.tag.replace(':', '_')}", None)
            if tell and not entry.refused:
                tell(entry, entry.facts)

    def told(self, instant: datetime | None = None) -> set[tuple[object, ...]]:
        """Every grant, or those in force at *instant*."""
        return {
            (*key, row["from"], row["until"], tuple(sorted(row["adjustments"].items())))
            for key, rows in self.rows.items()
            for row in rows
            if instant is None or (key[0] not in self.suspended and in_period(row["from"], row["until"], instant))
        }

    def _portal_load(self, _entry, facts):
        opened = worlds.open_source(Source("world", FILES[facts["sha256"]]), Path.cwd())
        for row in worlds.read(opened, Known()).grants:
            levels = {feature: level.key for feature, level in row.adjustments.items()}
            self._begin(row.person, row.scope, row.profile, row.valid_from, row.valid_until, levels)

    def _grant_attach(self, entry, facts):
        profile = entry.target.removeprefix("profile:")
        began = (instant_of(facts["from"]), instant_of(facts["until"]), facts["adjustments"])
        self._begin(entry.subject, entry.scope, profile, *began)

    _grant_position = _grant_attach

    def _grant_detach(self, entry, facts):
        row = self._lasting(entry, "from", instant_of(facts["from"]))
        row["until"] = instant_of(facts["until"])

    def _grant_adjust(self, entry, facts):
        row = self._lasting(entry, "from", instant_of(facts["from"]))
        assert row["adjustments"] == facts["before"]
        row["adjustments"] = facts["after"]

    def _grant_set_period(self, entry, facts):
        row = self._lasting(entry, "from", instant_of(facts["before"]["from"]))
        assert row["until"] == instant_of(facts["before"]["until"])
        row |= {side: instant_of(facts["after"][side]) for side in ("from", "until")}

    def _grant_change_profile(self, entry, facts):
        start, end = instant_of(facts["from"]), instant_of(facts["until"])
        self._lasting(entry, "until", end, facts["before"])["until"] = start
        if facts["after"]:
            self._begin(entry.subject, entry.scope, facts["after"], start, end, {})

    _grant_pass_role = _grant_change_profile

    def _profile_transfer(self, _entry, facts):
        for person, scope, before, after, *period, levels, _grant in facts["moved"]:
            start, until = map(instant_of, period)
            (row,) = [
                row
                for row in self.rows[person, scope, before]
                if row["until"] == until and (row["from"] is None or row["from"] != row["until"])
            ]
            assert row["adjustments"] == levels
            row["until"] = start
            self._begin(person, scope, after, start, until, levels)

    _profile_undo_transfer = _profile_transfer

    def _person_change_address(self, _entry, facts):
        self._rename(facts["before"], facts["after"])

    def _person_anonymize(self, entry, facts):
        self.suspended.add(facts["after"])
        self._rename(entry.subject, facts["after"])

    def _person_deactivate(self, entry, _facts):
        self.suspended.add(entry.subject)

    def _person_reactivate(self, entry, _facts):
        self.suspended.discard(entry.subject)

    def _begin(self, person, scope, profile, start, end, levels):
        rows = self.rows.setdefault((person, scope, profile), [])
        rows.append({"from": start, "until": end, "adjustments": levels})

    def _lasting(self, entry, side, instant, profile=None):
        """The one grant that an entry is about, not over when it was written."""
        key = (entry.subject, entry.scope, profile or entry.target.removeprefix("profile:"))
        (row,) = [
            row
            for row in self.rows[key]
            if row[side] == instant and (row["from"] is None or row["from"] != row["until"])
        ]
        return row

    def _rename(self, before, after):
        self.rows = {(after if key[0] == before else key[0], *key[1:]): rows for key, rows in self.rows.items()}


def in_period(start: datetime | None, end: datetime | None, instant: datetime) -> bool:
    return (start is None or start <= instant) and (end is None or instant < end)


def instant_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def stored(portal: str, instant: datetime | None = None) -> set[tuple[object, ...]]:
    suspended = set(Member.objects.filter(portal__key=portal, active=False).values_list("user__email", flat=True))
    return {
        (g.user.email, g.scope.key, g.profile.key, g.valid_from, g.valid_until, tuple(sorted(g.adjustments.items())))
        for g in Grant.objects.filter(portal__key=portal).select_related("user", "scope", "profile")
        if instant is None or (g.user.email not in suspended and in_period(g.valid_from, g.valid_until, instant))
    }


def told_by(portal: str, *tags: str) -> None:
    """The grants of the journal are those of the tables, now and later, and every one of *tags* was among the facts."""
    assert Fold(portal).told() == stored(portal)
    for instant in (clock.now(), clock.now() + timedelta(days=60), FAR):
        assert Fold(portal).told(instant) == stored(portal, instant)
    assert set(tags) <= {entry.tag for entry in journal_of(portal) if not entry.refused}


def test_what_was_loaded_is_told_by_the_fingerprint_of_its_file(mail, books, bills, advice):
    for portal in (mail, books, bills, advice):
        told_by(portal, "portal:load")


def test_given_adjusted_prolonged_exchanged_and_ended(mail):
    maud, soon = by("maud", mail), clock.now() + timedelta(days=30)
    grants.attach(maud, person=address("noe"), scope="acme/paie", profile="operator", adjustments={"mail": "view"})
    grants.attach(maud, person=address("otto"), scope="acme/vide", profile="operator", valid_from=soon)
    told_by(mail, "grant:attach")

    for levels in ({"mail": "print"}, {}, {"mail": "none"}):
        grants.adjust(maud, person=address("omar"), scope="acme/paie", profile="operator", adjustments=levels)
    grants.set_period(
        maud, person=address("olga"), scope="acme", profile="operator", valid_from=None, valid_until=soon
    )  # what is held below ends with it
    told_by(mail, "grant:adjust", "grant:set_period")

    grants.detach(maud, person=address("otto"), scope="acme/vide")  # before it has begun
    grants.attach(maud, person=address("otto"), scope="acme/vide", profile="operator", valid_from=soon)
    grants.change_profile(maud, person=address("omar"), scope="acme", profile="manager")
    grants.change_profile(maud, person=address("omar"), scope="acme", profile="operator")
    grants.detach(maud, person=address("olga"), scope="acme")
    grants.detach(by("otto", mail), person=address("otto"), scope="acme")
    told_by(mail, "grant:change_profile", "grant:detach")


def test_people_created_suspended_brought_back_moved_and_forgotten(mail):
    maud, ada = by("maud", mail), by("ada", mail)
    people.create(maud, email="ines@x.example", name="Inès", scopes=["acme/paie", "acme/vide"], profile="operator")
    people.deactivate(ada, email=address("omar"))
    told_by(mail, "person:create", "person:deactivate")

    people.reactivate(ada, email=address("omar"))
    handover.pass_role(maud, to=address("otto"), scope="acme")
    addresses.ask(address("omar"), "omar@ailleurs.example")
    told_by(mail, "person:reactivate", "grant:pass_role")

    people.anonymize(ada, email=address("olga"))
    scopes.close(by("otto", mail), key="acme/paie")
    scopes.move(ada, key="acme/vide", parent="acme")
    told_by(mail, "person:anonymize", "scope:close")


def test_invited_imported_and_asked_for(mail):
    Scope.objects.filter(key="acme").update(identifiers={"la_poste": "20417733"})
    guests.invite("maud", mail)
    guests.join()
    tables.run(mail, "noe@x.example;;;acme/juridique;operator;;31/12/2098\n")
    told_by(mail, "invitation:accept", "people:import")

    wish = Wish(scopes=["acme"], profile="operator", comment="Bonjour", found=Found("la_poste", "20417733"))
    number = asking.ask(by("bruno", mail), kind="join", wish=wish)
    requests.approve(by("maud", mail), request=number, version=1, choice=Choice("operator", ["acme/paie", "acme/vide"]))
    told_by(mail, "request:approve")


def test_transferred_by_the_hundred_and_back(db):
    portal = load(OFFICE)
    olga = by("olga", portal)
    grants.adjust(olga, person=address("axel"), scope="sud/pain", profile="connect", adjustments={"import": "view"})
    found = moving.plan(portal, address("olga"), Chosen("connect"), "connect_pay")
    number = transfers.transfer(olga, source="connect", to="connect_pay", version=found.version)
    told_by(portal, "profile:transfer")
    back = transfers.undoing(portal, address("olga"), number)
    transfers.undo(olga, number=number, version=back.version)
    told_by(portal, "profile:undo_transfer")


def test_founded_accepted_and_positioned(bills, advice):
    moderation.accept(by("ada", bills), key=founders.found(bills))
    told_by(bills, "scope:accept")
    founders.at_once(bills)
    founders.found(bills, "mia", name="Autre", identifiers={"siret": founders.OTHER})
    told_by(bills, "scope:found")

    key = moderation.submit(by("zoe", advice), parent="bzh/29", kind="dossier", name="Une école")
    moderation.accept(by("stan", advice), key=key)
    positions.take(by("reg", advice), scope=key, profile="observer")
    positions.take(by("reg", advice), scope=key, profile="advisor")
    positions.set_territories(by("stan", advice), person=address("zoe"), profile="advisor", territories=["bzh/29"])
    positions.set_territories(by("stan", advice), person=address("reg"), profile="advisor", territories=["paca"])
    positions.demote(by("stan", advice), person=address("nat"), profile="advisor")
    told_by(advice, "scope:accept", "grant:position", "person:set_territories", "person:demote")

"""Who leaves: suspended, anonymized, replaced; accesses that end soon, and scopes that nobody manages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Approver, Grant, Member, Message, Resource, Scope, User
from habilis.workflows import access, clock, ending, grants, handover, invitations, managers, people, scopes
from tests.factories import address, by, load, resource, world
from tests.workflows.conftest import journal_of
from tests.workflows.test_attach import holds


class TestAnonymized:
    def test_nothing_is_left_of_them_but_what_they_did(self, mail):
        invitations.invite(by("maud", mail), email=address("omar"), scope="acme/juridique", profile="operator")
        people.anonymize(by("ada", mail), email=address("omar"), comment="À sa demande")

        gone = User.objects.get(name="Compte anonyme")
        assert (gone.is_active, gone.has_usable_password(), "omar" in gone.email) == (False, False, False)
        assert not Grant.objects.filter(user=gone, valid_until=None).exists()
        assert Resource.objects.get(key="paie").author == gone
        assert not Message.objects.filter(recipient=address("omar")).exists()
        assert [("person:anonymize", address("omar"))] == [
            (e.tag, e.subject) for e in journal_of(mail) if e.comment == "À sa demande"
        ]

    @pytest.mark.row("AC-49")
    def test_a_new_account_of_the_same_address_inherits_nothing(self, mail):
        User.objects.filter(email=address("omar")).update(password="md5$x$y")
        people.anonymize(by("ada", mail), email=address("omar"))
        people.create(by("maud", mail), email=address("omar"), name="Autre", scopes=["acme"], profile="operator")

        assert access.keys(mail, address("omar"), "list", "mail_item") == ["libre"]
        assert Resource.objects.get(key="paie").author.email != address("omar")
        assert authenticate(email=address("omar"), password="x") is None
        assert 2 == User.objects.filter(name__in=["Autre", "Compte anonyme"]).count()

    @pytest.mark.row("RT-51")
    def test_it_is_not_undone(self, mail, refused):
        people.anonymize(by("ada", mail), email=address("omar"))
        gone = User.objects.get(name="Compte anonyme").email
        for verb in (people.reactivate, people.deactivate, people.anonymize):
            with refused(mail, Invalid, "anonymized"):
                verb(by("ada", mail), email=gone)

    @pytest.mark.row("AC-27", "XX-01")
    def test_never_the_last_manager_nor_oneself_nor_who_lives_elsewhere(self, mail, refused):
        with refused(mail, Conflict, "last_manager"):
            people.anonymize(by("ada", mail), email=address("bruno"))
        with refused(mail, Refused, "self"):
            people.anonymize(by("ada", mail), email=address("ada"))
        load(world("mailroom", "autre", scopes="z organization Z", grants="omar operator z\nada portal_admin /"))
        with refused(mail, Conflict, "known_elsewhere"):
            people.anonymize(by("ada", mail), email=address("omar"))

    @pytest.mark.parametrize("actor", ["maud", "omar", "bruno", "noe"])
    def test_by_nobody_who_does_not_hold_the_whole_portal(self, mail, refused, actor):
        with refused(mail, NotFound):
            people.anonymize(by(actor, mail), email=address("otto"))


@pytest.mark.row("RT-51")
def test_suspended_then_given_back_everything_is_as_it_was(mail):
    before = list(Grant.objects.order_by("id").values_list())
    people.deactivate(by("ada", mail), email=address("omar"))
    assert access.keys(mail, address("omar"), "list", "mail_item") == []
    people.reactivate(by("ada", mail), email=address("omar"))

    assert before == list(Grant.objects.order_by("id").values_list())
    assert {"libre", "paie"} == set(access.keys(mail, address("omar"), "list", "mail_item"))


class TestHandedOver:
    def give(self, portal, actor="maud", person="omar", to="olga", scope="acme"):
        return handover.hand_over(by(actor, portal), person=address(person), to=address(to), scope=scope)

    @pytest.mark.row("XX-10")
    def test_what_is_under_way_passes_at_once_and_the_rest_stays(self, mail):
        load(
            world("mailroom", "plis", scopes="acme organization ACME\nacme/paie unit Paie")
            + resource("mail_item", "parti", "acme/paie", author="omar", state="tracked")
        )
        Scope.objects.filter(key="acme/paie").update(responsible_user=User.objects.get(email=address("omar")))
        assert self.give(mail) == 1

        authors = dict(Resource.objects.filter(scope__key="acme/paie").values_list("key", "author__email"))
        assert authors == {"paie": address("olga"), "parti": address("omar")}
        assert Scope.objects.get(key="acme/paie").responsible_user.email == address("olga")
        assert [address("olga")] == list(Message.objects.values_list("recipient", flat=True))

    @pytest.mark.row("XX-10")
    def test_approvals_that_are_awaited_pass_too(self, books):
        load(
            world("bookkeeping", "livres", scopes="sud office Sud\nsud/pain dossier Pain")
            + resource(
                "document",
                "doc",
                "sud/pain",
                author="pete",
                state="imported",
                more=f'approvers = ["{address("fred")}"]',
            )
        )
        self.give(books, actor="otis", person="fred", to="axel", scope="sud/pain")

        assert [(address("axel"), False)] == list(Approver.objects.values_list("user__email", "approved"))

    def test_only_to_somebody_who_may_hold_them(self, mail, refused):
        for to in ("bruno", "otto", "noe"):
            with refused(mail, Conflict, "cannot_hold"):
                self.give(mail, to=to)
        with refused(mail, Invalid):
            self.give(mail, to="nobody")

    def test_only_by_whoever_may_change_them(self, mail, refused):
        for actor, kind in (("otto", Refused), ("bruno", NotFound), ("noe", NotFound), ("mona", NotFound)):
            with refused(mail, kind):
                self.give(mail, actor=actor)

    def test_nothing_to_pass_is_said(self, mail, refused):
        with refused(mail, NotFound):
            self.give(mail, person="tom")
        with refused(mail, Conflict, "same_person"):
            self.give(mail, to="omar")


class TestRole:
    @pytest.mark.row("CP-59", "XX-01")
    def test_the_manager_and_a_member_change_places(self, bills):
        assert handover.pass_role(by("paula", bills), to=address("max"), scope="ville") == "member"

        assert (holds("max", "ville"), holds("paula", "ville")) == (["primary_manager"], ["member"])
        assert access.check(bills, address("max"), "attach", Ref("unit", "ville/voirie"))
        assert not access.check(bills, address("paula"), "attach", Ref("structure", "ville"))

    @pytest.mark.row("CP-59")
    def test_somebody_of_a_unit_alone_becomes_the_manager_of_all(self, bills):
        handover.pass_role(by("paula", bills), to=address("mia"), scope="ville")

        assert (holds("mia", "ville"), holds("mia", "ville/voirie")) == (["primary_manager"], [])

    def test_nobody_else_passes_it_nor_to_a_stranger(self, bills, refused):
        with refused(bills, (Refused, NotFound)):
            handover.pass_role(by("max", bills), to=address("mia"), scope="ville")
        with refused(bills, NotFound):
            handover.pass_role(by("prune", bills), to=address("max"), scope="ville")
        with refused(bills, Refused, "not_manager"):
            handover.pass_role(by("ada", bills), to=address("max"), scope="ville")
        for who in ("zoe", "prune"):
            with refused(bills, NotFound):
                handover.pass_role(by("paula", bills), to=address(who), scope="ville")
        with refused(bills, Conflict, "same_person"):
            handover.pass_role(by("paula", bills), to=address("paula"), scope="ville")


@pytest.mark.row("RT-42")
def test_the_owner_of_a_dossier_stays_until_another_takes_over(advice, refused):
    for actor in ("reg", "inv", "stan", "own"):
        with refused(advice, Conflict, "last_manager"):
            grants.detach(by(actor, advice), person=address("own"), scope="bzh/29/friche")
    handover.pass_role(by("own", advice), to=address("app"), scope="bzh/29/friche")
    grants.detach(by("own", advice), person=address("own"), scope="bzh/29/friche")

    assert holds("app", "bzh/29/friche") == ["owner"]


@pytest.mark.row("RT-47")
def test_staff_make_a_member_an_advisor_of_the_dossier(advice, refused):
    grants.change_profile(by("stan", advice), person=address("app"), scope="bzh/29/friche", profile="advisor")
    assert access.check(advice, address("app"), "create_recommendation", Ref("dossier", "bzh/29/friche"))
    load(world("mailroom", "autre", scopes="z organization Z", grants="loin manager z"))
    with refused(advice, NotFound):
        grants.change_profile(by("stan", advice), person=address("loin"), scope="bzh/29/friche", profile="advisor")


class TestUnmanaged:
    def names(self, portal, who):
        return [scope.key for scope in managers.unmanaged(portal, address(who))[0]]

    @pytest.mark.row("CF-15")
    def test_a_dossier_without_an_administrator_is_shown_to_its_office_alone(self, books):
        assert self.names(books, "otis") == ["sud/eau"]
        assert self.names(books, "nils") == ["nord/sel"]
        grants.detach(by("otis", books), person=address("anna"), scope="sud/vin")
        assert self.names(books, "otis") == ["sud/eau", "sud/vin"]
        assert self.names(books, "anna") == self.names(books, "sara") == self.names(books, "zoe") == []
        grants.attach(by("otis", books), person=address("axel"), scope="sud/vin", profile="administrator")
        assert self.names(books, "otis") == ["sud/eau"]

    @pytest.mark.row("CP-58")
    def test_a_structure_whose_manager_was_suspended_elsewhere_waits_for_the_platform(self, bills):
        Member.objects.filter(user__email=address("prune")).update(active=False)

        assert (["asso"], 1) == (self.names(bills, "ada"), managers.unmanaged(bills, address("ada"))[1])
        assert self.names(bills, "paula") == []
        grants.attach(by("ada", bills), person=address("zoe"), scope="asso", profile="primary_manager")
        assert self.names(bills, "ada") == []

    @pytest.mark.row("CP-58")
    def test_only_an_active_account_is_appointed(self, bills, refused):
        Member.objects.filter(user__email=address("prune")).update(active=False)
        User.objects.filter(email=address("zoe")).update(is_active=False)
        with refused(bills, Invalid, "unknown_person"):
            grants.attach(by("ada", bills), person=address("zoe"), scope="asso", profile="primary_manager")
        with refused(bills, Refused):
            grants.attach(by("paula", bills), person=address("max"), scope="asso", profile="primary_manager")

    def test_what_is_closed_or_pending_is_not_shown(self, books):
        scopes.close(by("otis", books), key="sud/eau")

        assert self.names(books, "otis") == []


class TestEnding:
    @pytest.fixture
    def ends(self, mail):
        """Omar's access to his unit ends in ten days."""
        end = clock.now() + timedelta(days=10)
        grants.set_period(
            by("maud", mail),
            person=address("omar"),
            scope="acme/paie",
            profile="operator",
            valid_from=None,
            valid_until=end,
        )
        return mail

    def test_whoever_loses_something_soon_is_told_once(self, ends):
        assert (ending.tell_of_ends(), ending.tell_of_ends()) == (1, 0)

        message = Message.objects.get()
        assert message.recipient == address("omar")
        assert "prend fin le" in message.subject
        assert "/plis/extend?scope=acme%2Fpaie&profile=operator" in message.text

    def test_not_of_what_is_far_or_over_nor_who_is_suspended(self, ends):
        grants.attach(
            by("maud", ends),
            person=address("noe"),
            scope="acme",
            profile="operator",
            valid_until=clock.now() + timedelta(days=60),
        )
        Message.objects.all().delete()
        people.deactivate(by("ada", ends), email=address("omar"))

        assert ending.tell_of_ends() == 0
        with clock.frozen(clock.now() + timedelta(days=50)):
            assert ending.tell_of_ends() == 1

    def test_asking_for_more_tells_those_who_decide_and_gives_nothing(self, ends, refused):
        before = Grant.objects.get(user__email=address("omar"), scope__key="acme/paie").valid_until
        assert (
            ending.ask_longer(by("omar", ends), scope="acme/paie", profile="operator", comment="Mission prolongée") == 3
        )

        assert {address(who) for who in ("ada", "maud", "tom")} == set(
            Message.objects.values_list("recipient", flat=True)
        )
        assert all("Mission prolongée" in text for text in Message.objects.values_list("text", flat=True))
        assert before == Grant.objects.get(user__email=address("omar"), scope__key="acme/paie").valid_until
        with refused(ends, Conflict, "asked_already"):
            ending.ask_longer(by("omar", ends), scope="acme/paie", profile="operator")

    def test_nobody_asks_for_what_they_do_not_hold(self, ends, refused):
        for who in ("olga", "noe", "bruno"):
            with refused(ends, NotFound):
                ending.ask_longer(by(who, ends), scope="acme/paie", profile="operator")

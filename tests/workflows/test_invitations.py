"""Invitations: who may send, what their link opens and to whom, and what is left of them afterwards."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import connection

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Grant, Invitation, Message, User
from habilis.workflows import access, clock, grants, invitations, joining, people, scopes
from habilis.workflows.joining import Newcomer
from tests.factories import address, by, load, world
from tests.workflows.conftest import journal_of
from tests.workflows.test_attach import holds

INES = "ines@neuve.example"
PASSWORD = "une-phrase-assez-longue"


def invite(actor, portal, email=INES, scope="acme/paie", profile="operator", **more):
    return invitations.invite(by(actor, portal), email=email, scope=scope, profile=profile, **more)


def links(email=INES) -> list[str]:
    """The secrets in the mails to *email*, oldest first."""
    texts = Message.objects.filter(recipient=email, secret=True).order_by("id").values_list("text", flat=True)
    return [found for text in texts for found in re.findall(r"/accounts/invitation/([^/\s]+)/", text)]


def offer(email=INES):
    return joining.found(links(email)[-1])


def accept(email=INES, **more):
    one = offer(email)
    joining.accept(by(email, one.portal), offer=one, **more)


def join(email=INES, name="Inès Roy"):
    accept(email, newcomer=Newcomer(name, PASSWORD))


@pytest.mark.row("RT-34", "RC-27", "XX-06")
def test_a_newcomer_accepts_and_holds_what_was_offered_and_no_more(mail):
    invite("maud", mail)
    assert not User.objects.filter(email=INES).exists()
    join()

    assert authenticate(email=INES, password=PASSWORD).name == "Inès Roy"
    assert {"libre", "paie"} == set(access.keys(mail, INES, "read", "mail_item"))
    assert {("acme", "operator"), ("acme/paie", "operator")} == set(
        Grant.objects.filter(user__email=INES).values_list("scope__key", "profile__key")
    )
    told = [e for e in journal_of(mail) if e.subject == INES]
    assert ["invitation:invite", "grant:attach", "grant:attach", "invitation:accept"] == [e.tag for e in told]
    assert [address("maud")] * 3 + [INES] == [e.actor for e in told]


def test_its_sender_is_told_of_the_answer(mail):
    invite("maud", mail)
    join()
    invite("tom", mail, email=address("noe"))
    joining.decline(by("noe", mail), offer=offer(address("noe")))

    answers = Message.objects.filter(message_id__regex="invitation_(accepted|declined)").order_by("id")
    assert [(address("maud"), "a accepté"), (address("tom"), "a décliné")] == [
        (m.recipient, re.search("a (accepté|décliné)", m.text)[0]) for m in answers
    ]


@pytest.mark.row("AC-53")
def test_only_a_hash_of_the_link_is_kept(mail):
    invite("maud", mail)
    secret = links()[0]

    row = Invitation.objects.get()
    assert (row.digest, len(secret) > 40) == (invitations.digest(secret), True)
    assert all(secret not in str(e.facts) + e.comment for e in journal_of(mail))


@pytest.mark.row("AC-53")
def test_a_forged_or_altered_link_opens_nothing(mail):
    invite("maud", mail)
    secret = links()[0]
    forged = [secret[:n] for n in range(len(secret))]
    forged += [secret[:n] + ("A" if c != "A" else "B") + secret[n + 1 :] for n, c in enumerate(secret)]
    for token in [*forged, f"{secret}A", invitations.digest(secret), "\x00", "é", "\ud800"]:
        with pytest.raises(NotFound):
            joining.found(token)


@pytest.mark.row("AC-51", "RT-38")
def test_nobody_else_answers(mail, refused):
    invite("maud", mail)
    one = offer()
    for who in ("noe", "omar", "maud", "bruno"):
        for answer in (joining.accept, joining.decline):
            with refused(mail, Refused, "other_person"):
                answer(by(who, mail), offer=one)

    assert Invitation.objects.get().state == "pending"
    assert not Message.objects.filter(recipient=address("maud")).exists()


@pytest.mark.row("AC-51")
def test_an_offer_is_not_answered_in_another_portal(mail, books, refused):
    invite("maud", mail)
    with refused(books, NotFound):
        joining.accept(by(INES, books), offer=offer(), newcomer=Newcomer("I", PASSWORD))


@pytest.mark.row("RT-38", "RT-39")
def test_the_invited_person_declines_and_can_be_invited_again(mail, refused):
    invite("maud", mail, email=address("noe"))
    one = offer(address("noe"))
    joining.decline(by("noe", mail), offer=one)
    with refused(mail, Conflict, "invitation_declined"):
        joining.accept(by("noe", mail), offer=one)
    assert (holds("noe", "acme/paie"), Invitation.objects.get().state) == ([], "declined")

    invite("maud", mail, email=address("noe"))
    accept(address("noe"))

    assert holds("noe", "acme/paie") == ["operator"]
    assert ["declined", "accepted"] == list(Invitation.objects.order_by("id").values_list("state", flat=True))


@pytest.mark.row("AC-53", "RT-39")
def test_a_link_serves_once(mail, refused):
    invite("maud", mail)
    one = offer()
    join()
    for answer in (joining.accept, joining.decline):
        with refused(mail, Conflict, "invitation_accepted"):
            answer(by(INES, mail), offer=one)

    assert Grant.objects.filter(user__email=INES, scope__key="acme/paie").count() == 1


@pytest.mark.row("XX-05")
def test_an_expired_one_is_shown_apart_is_not_accepted_and_is_sent_again(mail, refused):
    number = invite("maud", mail)
    one = offer()
    later = Invitation.objects.get().expires
    with clock.frozen(later - timedelta(microseconds=1)):
        assert joining.found(links()[-1]).state == "pending"
    with clock.frozen(later):
        assert joining.found(links()[-1]).state == "expired"
        with refused(mail, Conflict, "invitation_expired"):
            joining.accept(by(INES, mail), offer=one, newcomer=Newcomer("I", PASSWORD))
        assert [True] == [record.expired for record in invitations.listed(mail, address("maud"), "acme")]
        invitations.resend(by("maud", mail), invitation=number)
        assert [False] == [record.expired for record in invitations.listed(mail, address("maud"), "acme")]
        join()

    assert holds(INES, "acme/paie") == ["operator"]


@pytest.mark.row("RT-41", "XX-05")
def test_sent_again_one_mail_leaves_and_the_old_link_is_dead(mail, refused):
    number = invite("maud", mail)
    old, before = links()[0], Message.objects.count()
    stale = offer()
    invitations.resend(by("tom", mail), invitation=number)

    assert Message.objects.count() == before + 1
    with pytest.raises(NotFound):
        joining.found(old)
    with refused(mail, Conflict, "invitation_replaced"):
        joining.accept(by(INES, mail), offer=stale, newcomer=Newcomer("I", PASSWORD))
    join()


@pytest.mark.row("RT-30", "RT-32")
def test_twice_is_one_invitation_and_two_mails_whatever_the_case(mail):
    first = invite("maud", mail)
    second = invite("tom", mail, email=" INES@Neuve.Example ", comment="Bienvenue")

    assert (first, 1) == (second, Invitation.objects.count())
    assert (2, address("tom")) == (len(links()), Invitation.objects.get().by.email)


@pytest.mark.row("RT-31")
def test_a_member_is_not_invited_but_one_who_left_is(mail, refused):
    with refused(mail, Conflict, "already_attached"):
        invite("maud", mail, email=address("omar"))
    grants.detach(by("maud", mail), person=address("omar"), scope="acme/paie")
    invite("maud", mail, email=address("omar"))
    accept(address("omar"))

    assert holds("omar", "acme/paie") == ["operator"]


@pytest.mark.row("XX-03")
def test_who_comes_back_has_the_new_profile_and_not_the_former(mail):
    grants.detach(by("maud", mail), person=address("tom"), scope="acme")
    invite("maud", mail, email=address("tom"), scope="acme")
    accept(address("tom"))

    assert holds("tom", "acme") == ["operator"]
    assert not access.check(mail, address("tom"), "invite", Ref("organization", "acme"))


class TestWhoMay:
    @pytest.mark.row("RT-26")
    @pytest.mark.parametrize(
        ("actor", "refusal"),
        [("zoe", NotFound), ("far", NotFound), ("app", Refused), ("obs", Refused)],
    )
    def test_not_a_stranger_to_the_dossier_nor_who_only_reads_it(self, advice, refused, actor, refusal):
        with refused(advice, refusal):
            invite(actor, advice, scope="bzh/29/friche", profile="applicant")

    @pytest.mark.row("RT-26", "RC-29")
    @pytest.mark.parametrize("actor", ["inv", "reg", "nat", "stan"])
    def test_an_advisor_of_the_dossier_or_of_its_territory_and_the_staff_invite_an_advisor(self, advice, actor):
        invite(actor, advice, scope="bzh/29/friche", profile="advisor")
        join()

        assert access.keys(advice, INES, "list", "dossier") == ["bzh/29/friche"]
        assert access.check(advice, INES, "create_recommendation", Ref("dossier", "bzh/29/friche"))

    @pytest.mark.row("RC-29")
    def test_an_applicant_has_less_than_an_advisor(self, advice):
        invite("own", advice, scope="bzh/29/friche", profile="applicant")
        join()

        assert access.keys(advice, INES, "list", "dossier") == ["bzh/29/friche"]
        assert not access.check(advice, INES, "create_recommendation", Ref("dossier", "bzh/29/friche"))
        assert not access.check(advice, INES, "create_internal_note", Ref("dossier", "bzh/29/friche"))

    @pytest.mark.row("XX-14", "AC-19")
    def test_nobody_offers_more_than_they_hold(self, advice, bills, refused):
        with refused(advice, Refused, "above_own_rights"):
            invite("own", advice, scope="bzh/29/friche", profile="advisor")
        with refused(bills, Refused):
            invite("max", bills, scope="ville", profile="member")

    @pytest.mark.row("RC-39")
    @pytest.mark.parametrize("profile", ["portal_staff", "portal_admin"])
    def test_an_invitation_on_a_dossier_or_a_territory_makes_no_staff(self, advice, refused, profile):
        for scope in ("bzh/29/friche", "bzh"):
            with refused(advice, Invalid, "profile"):
                invite("stan", advice, scope=scope, profile=profile)

    def test_a_territory_is_not_offered_by_who_does_not_moderate(self, advice, refused):
        with refused(advice, Refused, "territory"):
            invite("reg", advice, scope="bzh/29", profile="advisor")

    @pytest.mark.row("RC-24")
    def test_who_was_demoted_is_invited_on_one_dossier_and_reaches_it_alone(self, advice):
        grants.detach(by("stan", advice), person=address("reg"), scope="bzh")
        invite("inv", advice, email=address("reg"), scope="bzh/29/friche", profile="advisor")
        accept(address("reg"))

        assert access.keys(advice, address("reg"), "list", "dossier") == ["bzh/29/friche"]

    @pytest.mark.parametrize("actor", ["omar", "olga", "otto"])
    def test_no_operator(self, mail, refused, actor):
        with refused(mail, Refused):
            invite(actor, mail, scope="acme")

    @pytest.mark.parametrize("actor", ["noe", "paul", "mona", "bruno", ""])
    def test_no_stranger_nor_one_whose_right_has_ended(self, mail, refused, actor):
        with refused(mail, NotFound):
            invite(actor, mail)

    def test_never_oneself(self, mail, refused):
        with refused(mail, Refused, "self"):
            invite("maud", mail, email=address("maud"))

    @pytest.mark.row("XX-09")
    def test_the_unit_beside_stays_shut(self, mail):
        invite("maud", mail)
        join()

        assert not access.check(mail, INES, "read", Ref("mail_item", "juridique"))


class TestAcceptanceAsksAgain:
    def refuses(self, portal, refused, code="no_longer_given"):
        one = offer()
        with refused(portal, Conflict, code):
            joining.accept(by(INES, portal), offer=one, newcomer=Newcomer("Inès", PASSWORD))
        assert not User.objects.filter(email=INES).exists()

    def test_of_a_sender_who_became_an_operator(self, mail, refused):
        invite("tom", mail)
        Grant.objects.filter(user__email=address("tom")).update(adjustments={"members": "none"})

        self.refuses(mail, refused)

    def test_of_a_sender_whose_right_ends(self, mail, refused):
        invite("tom", mail)
        end = clock.now() + timedelta(days=1)
        grants.set_period(
            by("maud", mail), person=address("tom"), scope="acme", profile="manager", valid_from=None, valid_until=end
        )
        with clock.frozen(end):
            self.refuses(mail, refused)

    def test_of_a_scope_that_was_closed(self, mail, refused):
        invite("maud", mail)
        scopes.close(by("maud", mail), key="acme/paie")

        self.refuses(mail, refused)

    def test_of_a_profile_held_elsewhere_that_admits_no_other(self, mail, refused):
        invite("maud", mail, email=address("noe"), scope="acme", profile="manager")
        grants.attach(by("maud", mail), person=address("noe"), scope="acme/paie", profile="operator")
        with refused(mail, Conflict, "other_profile"):
            accept(address("noe"))

    def test_of_somebody_suspended(self, mail, refused):
        people.deactivate(by("ada", mail), email=address("noe"))
        invite("maud", mail, email=address("noe"))
        with refused(mail, Conflict, "suspended"):
            accept(address("noe"))

    def test_of_an_account_opened_meanwhile(self, mail, refused):
        invite("maud", mail)
        one = offer()
        people.create(by("tom", mail), email=INES, name="Inès", scopes=["acme"], profile="operator")
        with refused(mail, Conflict, "account_exists"):
            joining.accept(by(INES, mail), offer=one, newcomer=Newcomer("Autre", PASSWORD))


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"name": "a\x00"}, {"password": "court"}, {"password": "password1234"}, {"language": "xx"}],
)
def test_a_newcomer_with_a_poor_password_or_no_name_opens_no_account(mail, refused, wrong):
    invite("maud", mail)
    facts = {"name": "Inès", "password": PASSWORD} | wrong
    with refused(mail, Invalid):
        accept(newcomer=Newcomer(**facts))

    assert not User.objects.filter(email=INES).exists()


@pytest.mark.parametrize(
    "wrong", [{"email": "x"}, {"profile": "nope"}, {"comment": "c" * 2001}, {"comment": "\x00"}, {"language": "xx"}]
)
def test_bad_input_invites_nobody(mail, refused, wrong):
    with refused(mail, Invalid):
        invite("maud", mail, **wrong)


class TestAddress:
    @pytest.mark.row("AC-55")
    @pytest.mark.parametrize("other", ["INES@NEUVE.EXAMPLE", "ines@neuve.example.", " Ines@Neuve.Example"])
    def test_one_spelling_is_the_same_person(self, mail, other):
        invite("maud", mail, email=other)

        assert Invitation.objects.get().email == INES == Message.objects.get().recipient

    @pytest.mark.row("AC-55")
    @pytest.mark.parametrize("other", ["ınes@neuve.example", "İnes@neuve.example", "ineſ@neuve.example", "inés@x.fr"])
    def test_a_look_alike_is_refused(self, mail, refused, other):
        with refused(mail, Invalid, "address"):
            invite("maud", mail, email=other)

    @pytest.mark.row("AC-55")
    def test_a_domain_in_two_scripts_is_one(self, mail):
        invite("maud", mail, email="ines@bücher.example")
        invite("maud", mail, email="ines@xn--bcher-kva.example")

        assert Invitation.objects.count() == 1


class TestList:
    @pytest.mark.row("RC-28", "RC-30")
    def test_what_is_pending_shows_until_it_is_answered_or_cancelled(self, advice):
        for who in ("a", "b", "c"):
            invite("inv", advice, email=f"{who}@neuve.example", scope="bzh/29/friche", profile="applicant")

        def listed():
            return {one.email[0] for one in invitations.listed(advice, address("own"), "bzh/29/friche")}

        assert listed() == {"a", "b", "c"}
        invitations.cancel(by("own", advice), invitation=Invitation.objects.get(email__startswith="a").pk)
        join("b@neuve.example")
        one = offer("c@neuve.example")
        assert listed() == {"c"}
        joining.decline(by("c@neuve.example", advice), offer=one)
        assert listed() == set()

    def test_nobody_reads_those_of_scopes_where_they_do_not_invite(self, mail, advice):
        invite("maud", mail)
        invite("nat", advice, scope="paca/port", profile="applicant")

        assert len(invitations.listed(mail, address("maud"), "acme")) == 1
        for who in ("omar", "bruno", "noe", "paul"):
            assert invitations.listed(mail, address(who), "acme") == ()
        assert invitations.listed(advice, address("reg"), "") == ()
        assert invitations.listed(mail, address("maud"), "nowhere") == ()

    @pytest.mark.row("AC-01", "AC-03")
    @pytest.mark.parametrize("verb", [invitations.resend, invitations.cancel])
    def test_a_foreign_one_is_as_unknown_as_none(self, mail, bills, refused, verb):
        number = invite("maud", mail)
        for who in ("bruno", "noe", "paul"):
            with refused(mail, NotFound):
                verb(by(who, mail), invitation=number)
            with refused(mail, NotFound):
                verb(by(who, mail), invitation=number + 1000)
        with refused(bills, NotFound):
            verb(by("paula", bills), invitation=number)
        with refused(mail, Refused):
            verb(by("omar", mail), invitation=number)

    def test_one_that_was_cancelled_opens_nothing(self, mail, refused):
        number = invite("maud", mail)
        one = offer()
        invitations.cancel(by("tom", mail), invitation=number)
        with refused(mail, Conflict, "invitation_cancelled"):
            joining.accept(by(INES, mail), offer=one, newcomer=Newcomer("I", PASSWORD))
        with refused(mail, Conflict, "invitation_cancelled"):
            invitations.resend(by("maud", mail), invitation=number)

        assert joining.found(links()[-1]).state == "cancelled"

    def test_the_invited_find_theirs_without_the_link(self, mail):
        invite("maud", mail, email=address("noe"))

        assert [("acme/paie", "Opérateur")] == [
            (Invitation.objects.get(pk=one.id).scope.key, one.profile) for one in joining.addressed_to(address("noe"))
        ]
        assert joining.addressed_to(address("omar")) == ()


class TestLeaving:
    @pytest.mark.row("XX-02")
    def test_what_would_let_them_back_in_is_cancelled(self, mail):
        invite("tom", mail, email="autre@tom.example", scope="acme", profile="manager")
        invite("maud", mail, email=address("tom"), scope="acme/paie")
        grants.detach(by("maud", mail), person=address("tom"), scope="acme")

        assert {"cancelled"} == set(Invitation.objects.values_list("state", flat=True))
        assert 2 == sum(e.tag == "invitation:cancel" and not e.refused for e in journal_of(mail))

    @pytest.mark.row("XX-02")
    def test_what_others_sent_elsewhere_stays(self, mail):
        invite("maud", mail)
        invite("bruno", mail, email=address("tom"), scope="borea")
        grants.detach(by("maud", mail), person=address("tom"), scope="acme")

        assert {"pending"} == set(Invitation.objects.values_list("state", flat=True))

    @pytest.mark.row("XX-02")
    def test_suspended_or_with_a_lesser_profile_one_has_no_invitation_out(self, mail):
        invite("tom", mail, email="a@neuve.example")
        grants.change_profile(by("maud", mail), person=address("tom"), scope="acme", profile="operator")
        assert ["cancelled"] == list(Invitation.objects.values_list("state", flat=True))

        invite("maud", mail, email="b@neuve.example")
        grants.attach(by("ada", mail), person=address("noe"), scope="acme", profile="manager")
        people.deactivate(by("ada", mail), email=address("maud"))
        assert {"cancelled"} == set(Invitation.objects.values_list("state", flat=True))


@pytest.mark.row("AC-71")
def test_one_box_is_not_flooded_nor_by_many_senders(mail, refused):
    for n in range(invitations.TO_ONE_ADDRESS):
        invite(("maud", "tom")[n % 2], mail)
    with refused(mail, Conflict, "quota"):
        invite("maud", mail)
    with refused(mail, Conflict, "quota"):
        invite("bruno", mail, scope="borea")
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        invite("maud", mail)


@pytest.mark.row("AC-71")
def test_who_invites_learns_nothing_of_the_accounts_of_others(mail, books):
    known, unknown = invite("maud", mail, email=address("anna")), invite("maud", mail, email="nul@x.example")

    records = {one.id: one for one in invitations.listed(mail, address("maud"), "acme")}
    assert {(r.profile, r.sent, r.expired) for r in records.values()} == {("operator", True, False)}
    assert known != unknown


@pytest.mark.row("AC-49")
def test_an_invitation_gives_nothing_by_itself(mail):
    invite("maud", mail, email=address("noe"))

    assert access.keys(mail, address("noe"), "list", "mail_item") == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM store_grant g JOIN store_user u ON u.id = g.user_id WHERE u.email = %s",
            [address("noe")],
        )
        assert cursor.fetchone() == (0,)


def test_a_mail_speaks_the_language_of_whoever_is_invited(mail):
    invite("maud", mail, language="en", comment="See you <soon>")
    User.objects.filter(email=address("noe")).update(language="en")
    invite("maud", mail, email=address("noe"), language="fr")

    first, second = Message.objects.order_by("id")
    assert "invites you" in first.subject
    assert "invites you" in second.subject
    assert "See you <soon>" in first.text
    assert "See you &lt;soon&gt;" in first.html
    assert links()[0] in first.html


def test_loaded_invitations_are_sent_with_the_first_resend(db):
    load(
        world("mailroom", "plis", scopes="acme organization ACME", grants="maud manager acme")
        + f'[[invitations]]\nemail = "{INES}"\nscope = "acme"\nprofile = "operator"\nby = "{address("maud")}"\n'
    )
    (record,) = invitations.listed("plis", address("maud"), "acme")
    assert (record.sent, record.expired, links()) == (False, False, [])

    invitations.resend(by("maud", "plis"), invitation=record.id)
    join()

    assert holds(INES, "acme") == ["operator"]

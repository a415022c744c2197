"""Approval rules, what they hold back, what goes on by itself, and what loses its approvals."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import Approver, Member, Message, Resource, Scope
from habilis.workflows import approvals, delivery, desk, resources
from habilis.workflows.holding import Upload
from tests.factories import address, by
from tests.workflows.conftest import journal_of

PAIN = "sud/pain"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def version(scope=PAIN):
    return approvals.read(Scope.objects.get(key=scope).settings).version


def rule(portal, who="anna", scope=PAIN, *, kind="purchase", threshold="1000", approvers=("fred",), **more):
    given = {"type_": "document", "kind": kind, "threshold": Decimal(threshold)} | more
    approvals.add_rule(
        by(who, portal), scope=scope, version=version(scope), approvers=[address(a) for a in approvers], **given
    )


def document(portal, amount="1500", who="pete", kind="purchase", scope=PAIN):
    fields = {"kind": kind} | ({"amount": Decimal(amount)} if amount else {})
    key = resources.create(by(who, portal), type_="document", scope=scope, title="Facture", fields=fields)
    return Ref("document", key)


def do(portal, ref, action, who="pete"):
    row = Resource.objects.get(key=ref.id)
    return resources.transition(by(who, portal), ref=ref, version=row.version, action=action)


def awaited(ref):
    return {(a.user.email.split("@")[0], a.approved) for a in Approver.objects.filter(resource__key=ref.id)}


@pytest.mark.row("CF-10")
def test_a_document_that_a_rule_names_goes_no_further_without_its_approvers(books, refused):
    rule(books, approvers=("fred", "dina"))
    small, other, large = document(books, "999.99"), document(books, kind="sale"), document(books)

    assert [awaited(small), awaited(other)] == [set(), set()]
    assert awaited(large) == {("fred", False), ("dina", False)}
    do(books, large, "process")
    with refused(books, Conflict, "awaits_approval"):
        do(books, large, "send")
    do(books, large, "approve", "fred")
    with refused(books, Conflict, "awaits_approval"):
        do(books, large, "send")
    do(books, large, "approve", "dina")
    assert do(books, large, "send") == "sent"


def test_those_whose_approval_is_asked_are_told_and_nobody_else(books):
    rule(books)
    Message.objects.all().delete()
    document(books)

    assert [address("fred")] == list(Message.objects.values_list("recipient", flat=True))


@pytest.mark.row("XX-08")
def test_a_mail_about_what_its_reader_sees_no_more_is_held_back(books):
    rule(books)
    Message.objects.all().delete()
    document(books)
    mail = Message.objects.select_related("portal", "user").get()

    assert delivery.still_seen(mail)
    Member.objects.filter(user=mail.user).update(active=False)
    assert not delivery.still_seen(mail)


@pytest.mark.row("CF-09")
def test_what_is_processed_goes_by_itself_once_its_approvals_are_complete(books):
    rule(books)
    approvals.set_automatic(by("anna", books), scope=PAIN, version=version(), types=["document"])
    small, large = document(books, "10"), document(books)

    assert do(books, small, "process") == "sent"
    assert do(books, large, "process") == "processed"
    do(books, large, "approve", "fred")
    assert Resource.objects.get(key=large.id).state == "sent"
    assert "resource:transmit" in [entry.tag for entry in journal_of(books)]


def test_another_dossier_sends_nothing_by_itself(books):
    approvals.set_automatic(by("anna", books), scope=PAIN, version=version(), types=["document"])

    assert do(books, document(books, "10", "anna", scope="sud/vin"), "process", "anna") == "processed"


def test_what_a_document_does_not_say_counts_as_matching_once_it_is_processed(books, refused):
    rule(books)
    ref = document(books, amount="")
    assert awaited(ref) == set()

    do(books, ref, "process")

    assert awaited(ref) == {("fred", False)}
    with refused(books, Conflict, "awaits_approval"):
        do(books, ref, "send")


def test_a_document_changed_after_approval_loses_its_approvals(books, refused):
    rule(books)
    ref = document(books)
    do(books, ref, "approve", "fred")
    do(books, ref, "process")
    row = Resource.objects.get(key=ref.id)

    resources.edit(by("pete", books), ref=ref, version=row.version, fields={"amount": Decimal(9000)})

    assert awaited(ref) == {("fred", False)}
    with refused(books, Conflict, "awaits_approval"):
        do(books, ref, "send")


def test_saving_what_did_not_change_loses_nothing(books):
    rule(books)
    ref = document(books)
    do(books, ref, "approve", "fred")
    row = Resource.objects.get(key=ref.id)

    resources.edit(by("pete", books), ref=ref, version=row.version, title=row.title)

    assert awaited(ref) == {("fred", True)}


@pytest.mark.parametrize("gesture", ["attach", "remove"])
def test_another_file_is_another_document(books, gesture):
    rule(books)
    ref = document(books)
    one = resources.attach_file(by("pete", books), ref=ref, name="a.txt", media_type="", stream=io.BytesIO(b"a"))
    read = Resource.objects.get(key=ref.id).version
    do(books, ref, "approve", "fred")

    if gesture == "attach":
        resources.attach_file(by("pete", books), ref=ref, name="b.txt", media_type="", stream=io.BytesIO(b"b"))
    else:
        resources.remove_file(by("pete", books), file_id=one)

    assert awaited(ref) == {("fred", False)}
    with pytest.raises(Conflict, match="changed"):
        resources.transition(by("fred", books), ref=ref, version=read, action="approve")


@pytest.mark.row("CF-10", "CF-16")
@pytest.mark.parametrize(
    ("actor", "error"),
    [("fred", Refused), ("pete", Refused), ("dina", Refused), ("sara", NotFound), ("nils", NotFound)],
)
def test_rules_are_set_by_who_holds_the_settings_of_the_dossier(books, refused, actor, error):
    with refused(books, error):
        rule(books, actor)
    with refused(books, error):
        approvals.set_automatic(by(actor, books), scope=PAIN, version=version(), types=["document"])


def test_the_office_sets_them_too(books):
    rule(books, "otis")

    assert len(approvals.settings(books, address("anna"), PAIN).rules) == 1


@pytest.mark.parametrize("who", ["sara", "nils", "nobody"])
def test_a_rule_names_only_those_who_could_approve_there(books, who):
    with pytest.raises(Invalid) as caught:
        rule(books, approvers=("fred", who))

    assert caught.value.code == "cannot_approve"


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "song"}, {"threshold": "-1"}, {"threshold": "NaN"}, {"type_": "payment"}, {"approvers": ()}],
)
def test_a_rule_that_says_nothing_sensible_is_refused(books, wrong):
    with pytest.raises(Invalid):
        rule(books, **wrong)


def test_settings_changed_meanwhile_are_not_overwritten(books, refused):
    read = version()
    rule(books)

    with refused(books, Conflict, "stale"):
        approvals.set_automatic(by("axel", books), scope=PAIN, version=read, types=["document"])


def test_a_rule_reaches_what_is_there_already_and_lets_it_go_when_removed(books):
    ref, sent = document(books), document(books)
    do(books, sent, "process")
    do(books, sent, "send")

    rule(books)
    assert [awaited(ref), awaited(sent)] == [{("fred", False)}, set()]
    approvals.remove_rule(by("anna", books), scope=PAIN, version=version(), position=0)
    assert awaited(ref) == set()


def test_the_settings_keep_their_past(books):
    from django.db import connection

    rule(books)
    with connection.cursor() as cursor:
        cursor.execute("SELECT settings FROM store_scope_history WHERE key = %s ORDER BY sys_until", [PAIN])
        before = [row[0] for row in cursor.fetchall()]

    assert before[-1] in ("{}", {})
    assert Scope.objects.get(key=PAIN).settings["rules"]


def test_a_file_alone_makes_a_document_that_is_completed_and_sent(books):
    ref = Ref("document", take_in(books, "pete", "ticket été.pdf"))
    row = Resource.objects.get(key=ref.id)
    assert ("ticket été", "imported", {}) == (row.title, row.state, row.fields)

    fields = {"kind": "receipt", "date": date(2026, 11, 3), "amount": Decimal("12.40")}
    state = desk.handle(
        by("pete", books), ref=ref, version=1, actions=["process", "send"], title="Ticket de caisse", fields=fields
    )

    row.refresh_from_db()
    assert ("sent", "sent", "Ticket de caisse", "12.40") == (state, row.state, row.title, row.fields["amount"])


def test_at_the_desk_what_awaits_an_approval_is_processed_and_stays(books):
    rule(books)
    ref = Ref("document", take_in(books, "pete"))
    fields = {"kind": "purchase", "amount": Decimal(4000)}

    state = desk.handle(by("pete", books), ref=ref, version=1, actions=["process", "send"], fields=fields)

    assert ("processed", {("fred", False)}) == (state, awaited(ref))


@pytest.mark.parametrize(("actor", "error"), [("sara", NotFound), ("nils", NotFound), ("ada", None), ("dina", None)])
def test_files_are_taken_in_by_those_who_may_create_there(books, refused, actor, error):
    if error is None:
        assert take_in(books, actor)
    else:
        with refused(books, error):
            take_in(books, actor)


def test_nobody_handles_what_they_only_deliver(books, refused):
    ref = Ref("document", take_in(books, "dina"))

    with refused(books, Refused):
        desk.handle(by("dina", books), ref=ref, version=1, actions=["process"])


def take_in(portal, who, name="facture.pdf"):
    file = Upload(name, "application/pdf", io.BytesIO(b"%PDF-1.4"))
    return desk.take_in(by(who, portal), type_="document", scope=PAIN, file=file)

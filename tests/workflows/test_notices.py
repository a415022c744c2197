"""What one was told, in the portal and in digests: asked again of the rule when it is shown and when it leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from habilis.core import Invalid, NotFound, Ref
from habilis.store.models import Message
from habilis.workflows import asking, board, clock, digests, ending, grants, people, requests
from habilis.workflows.asking import Wish
from tests.factories import BOOKS, MAIL, address, by, load
from tests.mailserver import jobs, serving, work


@pytest.fixture
def owed(settings, db):
    """Nothing owed before."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def told(name: str, portal: str = "plis") -> list[str]:
    return [notice.subject for notice in board.page(portal, address(name)).items]


def attach(name: str, scope: str = "acme/vide", actor: str = "maud") -> None:
    grants.attach(by(actor, "plis"), person=address(name), scope=scope, profile="operator")


def test_a_mail_is_a_notice_for_whoever_it_is_to_in_that_portal_and_for_nobody_else(mail):
    load(MAIL.replace('key = "plis"', 'key = "autre"'))
    attach("otto")

    assert told("otto") == ["Un nouvel accès"]
    assert board.unread("plis", address("otto")) == 1
    assert (told("otto", "autre"), told("maud"), told("olga")) == ([], [], [])
    number = board.page("plis", address("otto")).items[0].id
    for who in ("maud", "noe"):
        with pytest.raises(NotFound):
            board.open_("plis", address(who), number)
    with pytest.raises(NotFound):
        board.mark("autre", address("otto"), number, read=True)


def test_a_notice_is_read_and_unread_and_all_are_read_up_to_the_page_that_was_seen(mail):
    attach("otto")
    first = board.page("plis", address("otto")).items[0]
    assert not first.read
    board.open_("plis", address("otto"), first.id)
    assert board.unread("plis", address("otto")) == 0
    board.mark("plis", address("otto"), first.id, read=False)
    attach("otto", "acme/paie")
    board.mark_all("plis", address("otto"), first.id)

    assert [notice.read for notice in board.page("plis", address("otto")).items] == [False, True]
    assert board.unread("plis", address("otto")) == 1


@pytest.mark.row("XX-08")
def test_a_notice_about_a_scope_says_nothing_once_its_reader_sees_it_no_more(mail):
    attach("noe", "acme")
    number = board.page("plis", address("noe")).items[0].id
    assert told("noe") == ["Un nouvel accès"]
    grants.detach(by("maud", "plis"), person=address("noe"), scope="acme")

    assert told("noe") == ["Fin d’un accès"]
    assert board.unread("plis", address("noe")) == 1
    with pytest.raises(NotFound):
        board.open_("plis", address("noe"), number)


@pytest.fixture
def asked(db) -> int:
    """Fred asks for another profile; axel and anna, who administer the dossier, are told."""
    load(BOOKS)
    wish = Wish(("sud/pain",), "document_delivery", "Pour les factures")
    return asking.ask(by("fred", "livres"), kind="change", wish=wish)


@pytest.mark.row("XX-08")
def test_a_request_is_told_to_those_who_may_decide_it_now_and_to_whoever_asked(asked):
    deciders = set(Message.objects.filter(request=asked).values_list("user__email", flat=True))
    assert deciders
    gone = sorted(deciders)[0]
    name = gone.partition("@")[0]
    assert len(told(name, "livres")) == 1
    people.deactivate(by("ada", "livres"), email=gone)

    assert told(name, "livres") == []
    assert len(told("fred", "livres")) == 1
    assert all(len(told(other.partition("@")[0], "livres")) == 1 for other in deciders - {gone})
    assert requests.record("livres", sorted(deciders - {gone})[0], asked).id == asked if deciders - {gone} else True


@pytest.mark.row("XX-08")
def test_a_mail_about_a_request_is_held_back_from_whoever_decides_it_no_more(owed, asked, settings):
    rows = list(Message.objects.filter(request=asked).select_related("user"))
    people.deactivate(by("ada", "livres"), email=rows[0].recipient)
    with serving(settings) as box:
        for row in rows:
            from habilis.workflows import delivery

            delivery.deliver(row.pk)

        assert rows[0].recipient not in {who for who, _ in box.mails}
        assert {row.recipient for row in rows[1:]} == {who for who, _ in box.mails}


@pytest.mark.row("XX-08")
def test_a_warning_that_an_access_ends_is_shown_while_it_lasts(mail):
    until = clock.now() + timedelta(days=3)
    grants.attach(by("maud", "plis"), person=address("noe"), scope="acme", profile="operator", valid_until=until)
    ending.tell_of_ends()
    assert len(told("noe")) == 2
    with clock.frozen(until + timedelta(seconds=1)):
        assert told("noe") == []


def test_an_access_that_begins_later_is_told_of_before_it_opens_anything(mail):
    later = clock.now() + timedelta(days=3)
    grants.attach(by("maud", "plis"), person=address("noe"), scope="acme", profile="operator", valid_from=later)

    assert told("noe") == ["Un nouvel accès"]


def test_pages_of_notices_lead_to_the_oldest_without_those_that_are_seen_no_more(mail):
    for n in range(130):
        visible = n % 3 == 0
        Message.objects.create(
            portal_id=_portal(),
            message_id=f"<{n}@x>",
            user_id=_user("otto"),
            recipient=address("otto"),
            sender="h@x",
            subject=f"n{n}",
            about=str(Ref("organization", "acme" if visible else "borea")),
        )
    found, cursor, pages = [], None, 0
    while True:
        page = board.page("plis", address("otto"), cursor=cursor)
        found += [notice.subject for notice in page.items]
        cursor, pages = page.next, pages + 1
        if cursor is None:
            break

    assert found == [f"n{n}" for n in range(129, -1, -1) if n % 3 == 0]
    assert pages == 3
    with pytest.raises(Invalid):
        board.page("plis", address("maud"), cursor=board.page("plis", address("otto")).next)


def _portal() -> int:
    from habilis.store.models import Portal

    return Portal.objects.get(key="plis").pk


def _user(name: str) -> int:
    from habilis.store.models import User

    return User.objects.get(email=address(name)).pk


# --- one mail a day ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.row("XX-08")
def test_a_digest_leaves_once_with_what_its_reader_may_still_see(transactional_db, settings):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    load(MAIL)
    digests.choose(address("otto"), {"plis": True})
    for scope in ("acme/vide", "acme/paie", "acme/juridique"):
        attach("otto", scope)
    attach("noe", "acme")
    with serving(settings) as box:
        work()
        assert [who for who, _ in box.mails] == [address("noe")]
        board.mark("plis", address("otto"), board.page("plis", address("otto")).items[0].id, read=True)
        digests.gather()
        grants.detach(by("maud", "plis"), person=address("otto"), scope="acme/paie")
        work()

        assert [who for who, _ in box.mails] == [address("noe"), address("otto")]
        digest = Message.objects.get(user=None, recipient=address("otto"))
        assert digest.subject == "Plis : une nouvelle depuis hier"
        assert digest.text.count("Un nouvel accès") == 1
        digests.gather()
        work()
        assert len(box.mails) == 3  # the detachment, told the next time
    assert set(jobs()) == {"succeeded"}


def test_what_nobody_may_see_any_more_makes_no_digest(mail, settings):
    digests.choose(address("noe"), {"plis": True})
    attach("noe", "acme")
    digests.gather()
    grants.detach(by("maud", "plis"), person=address("noe"), scope="acme")
    Message.objects.filter(message_id__startswith="<detached").delete()
    digest = Message.objects.get(user=None)
    with serving(settings) as box:
        digests.send(digest.pk)
    assert box.mails == []


def test_what_opens_an_account_never_waits_for_a_digest(mail):
    for name in ("otto", "noe"):
        digests.choose(address(name), {"plis": True})
    people.create(
        by("maud", "plis"),
        email="new@x.example",
        name="New",
        language="fr",
        scopes=["acme"],
        profile="operator",
    )

    first = Message.objects.get(message_id__startswith="<first_password")
    assert (first.due, first.secret) == (None, True)


def test_one_chooses_for_the_portals_one_is_known_to_only(mail):
    assert digests.choices(address("otto")) == {"plis": False}
    with pytest.raises(NotFound):
        digests.choose(address("otto"), {"autre": True})
    digests.choose(address("otto"), {"plis": True})
    assert digests.choices(address("otto")) == {"plis": True}

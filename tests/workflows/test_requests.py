"""Access requests: who may ask for what, who decides, what an approval gives and a refusal does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from habilis.core import Conflict, Invalid, NotFound, Ref, Refused
from habilis.store.models import AccessRequest, Grant, Member, Message, Portal, Scope, User
from habilis.workflows import access, approvers, asking, clock, grants, journal, people, requests
from habilis.workflows.asking import Found, Wish
from habilis.workflows.requests import Choice
from tests.factories import address, by
from tests.workflows.conftest import journal_of

ACME = Found("la_poste", "20417733")


@pytest.fixture
def acme(mail) -> str:
    Scope.objects.filter(key="acme").update(identifiers={"la_poste": "20417733"})
    Scope.objects.filter(key="borea").update(identifiers={"la_poste": "11112222"})
    return mail


def ask(portal: str, who: str = "noe", kind: str = "join", **changed: object) -> int:
    wish = {"scopes": ["acme"], "profile": "operator", "comment": "Bonjour", "found": ACME} | changed
    return asking.ask(by(who, portal), kind=kind, wish=Wish(**wish))


def mails(template: str) -> list[str]:
    rows = Message.objects.filter(message_id__startswith=f"<{template}.").order_by("recipient")
    return [row.recipient.split("@")[0] for row in rows]


def state_of(number: int) -> str:
    return AccessRequest.objects.get(pk=number).state


def held_by(who: str) -> list[tuple[str, str]]:
    now = clock.now()
    rows = Grant.objects.filter(user__email=address(who))
    return sorted((g.scope.key, g.profile.key) for g in rows if g.valid_until is None or g.valid_until > now)


# --- asking -----------------------------------------------------------------------------------------------------------


@pytest.mark.row("PF-37", "PF-38", "PF-39", "PF-45")
def test_a_stranger_asks_and_a_manager_approves_with_two_units(acme):
    number = ask(acme)
    assert not access.keys(acme, address("noe"), "list", "mail_item")
    assert not access.keys(acme, address("noe"), "list", "sender")
    assert not access.keys(acme, address("noe"), "list", "organization")

    choice = Choice("operator", ["acme/paie", "acme/juridique"])
    requests.approve(by("maud", acme), request=number, version=1, choice=choice)

    assert {"libre", "paie", "juridique"} == set(access.keys(acme, address("noe"), "read", "mail_item"))
    row = AccessRequest.objects.get(pk=number)
    assert ("approved", address("maud")) == (row.state, row.decided_by.email)
    assert ["acme", "acme/juridique", "acme/paie"] == [scope for scope, _ in held_by("noe")]


@pytest.mark.row("PF-46")
def test_approved_without_a_unit_one_is_an_operator_without_a_unit(acme):
    requests.approve(by("maud", acme), request=ask(acme), version=1)

    assert ["libre"] == access.keys(acme, address("noe"), "read", "mail_item")
    assert access.check(acme, address("noe"), "create_mail_item", Ref("organization", "acme"))
    assert not access.check(acme, address("noe"), "create_mail_item", Ref("unit", "acme/paie"))


@pytest.mark.row("PF-43", "PF-44")
def test_every_manager_of_the_organization_is_told_and_nobody_else(acme):
    Member.objects.filter(user__email=address("tom")).update(active=False)

    ask(acme)

    assert ["maud"] == mails("request_received")
    assert ["noe"] == mails("request_sent")


def test_both_managers_are_told(acme):
    ask(acme)

    assert ["maud", "tom"] == mails("request_received")
    row = Message.objects.get(recipient=address("maud"))
    assert "Bonjour" in row.text
    assert f"/{acme}/requests/" in row.html


def test_whoever_administers_the_portal_is_told_where_nobody_manages(acme):
    for who in ("maud", "tom"):
        Member.objects.filter(user__email=address(who)).update(active=False)

    ask(acme)

    assert ["ada"] == mails("request_received")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"scopes": []}, "empty"),
        ({"scopes": ["borea"]}, "not_offered"),
        ({"scopes": ["acme/paie"]}, "not_offered"),
        ({"scopes": ["nowhere"]}, "not_offered"),
        ({"scopes": ["acme", ""]}, "both"),
        ({"scopes": [""]}, "not_offered"),
        ({"profile": "manager"}, "profile"),
        ({"profile": "portal_admin"}, "profile"),
        ({"profile": ""}, "profile"),
        ({"comment": "x" * 1_000_000}, "comment"),
        ({"comment": "a\x00b"}, "comment"),
        ({"fields": {"role": "manager"}}, "fields"),
        ({"found": Found("la_poste", "99999999")}, "not_offered"),
        ({"found": Found("siret", "20417733")}, "not_offered"),
        ({"found": Found("la_poste", "2041\x007733")}, "not_offered"),
    ],
)
@pytest.mark.row("AC-13")
def test_what_was_not_found_or_is_not_offered_cannot_be_asked_for(acme, refused, changed, code):
    with refused(acme, Invalid, code):
        ask(acme, **changed)

    assert not AccessRequest.objects.exists()


def test_a_closed_organization_is_not_found(acme):
    Scope.objects.filter(key="acme").update(status="inactive", inactive_path=True)

    with pytest.raises(Invalid):
        ask(acme)


def test_the_same_is_not_asked_for_twice(acme, refused):
    ask(acme)

    with refused(acme, Conflict, "already_asked"):
        ask(acme)


def test_what_is_held_is_not_asked_for(acme, refused):
    with refused(acme, Conflict, "held_already"):
        ask(acme, "otto")


def test_nobody_floods_those_who_decide(acme, refused):
    number = ask(acme)
    row = AccessRequest.objects.get(pk=number)
    for _ in range(asking.MOST_PENDING - 1):
        row.pk = None
        row.save()

    with refused(acme, Conflict, "too_many"):
        ask(acme, scopes=["borea"], found=Found("la_poste", "11112222"))


def test_somebody_suspended_asks_for_nothing(acme, refused):
    Member.objects.filter(user__email=address("noe")).update(active=False)

    with refused(acme, NotFound):
        ask(acme)
    assert () == asking.forms(acme, address("noe"))


def test_somebody_whom_the_portal_does_not_know_may_ask(acme):
    User.objects.create_user("new@elsewhere.example", name="New")

    number = ask(acme, "new@elsewhere.example")
    assert not Member.objects.filter(user__email="new@elsewhere.example").exists()
    requests.approve(by("maud", acme), request=number, version=1)

    assert ["libre"] == access.keys(acme, "new@elsewhere.example", "read", "mail_item")


def test_an_operator_asks_for_a_unit_of_their_organization_and_for_no_other(acme):
    form = access.blueprint_of(acme).requests.forms["change"]
    offered = {scope.key for scope in asking.offered(acme, address("otto"), form)}

    assert {"acme", "acme/paie", "acme/juridique", "acme/vide"} == offered
    assert "change" not in [one.key for one in asking.forms(acme, address("noe"))]
    with pytest.raises(Invalid):
        ask(acme, "otto", "change", scopes=["borea/paie"])


# --- amending and withdrawing -----------------------------------------------------------------------------------------


def test_a_request_taken_back_is_decided_by_nobody(acme, refused):
    number = ask(acme)
    asking.withdraw(by("noe", acme), request=number, version=1)

    assert "withdrawn" == state_of(number)
    assert [] == requests.waiting(acme, address("maud"))
    with refused(acme, Conflict, "already_handled"):
        requests.approve(by("maud", acme), request=number, version=1)
    ask(acme)


@pytest.mark.parametrize("who", ["maud", "otto", "bruno", "ada", ""])
def test_nobody_takes_back_the_request_of_another(acme, refused, who):
    number = ask(acme)

    with refused(acme, NotFound):
        asking.withdraw(by(who, acme), request=number, version=1)
    assert "pending" == state_of(number)


@pytest.mark.row("AC-23")
def test_a_request_changed_since_it_was_read_is_not_decided_on_the_old_version(acme, refused):
    number = ask(acme)
    wish = Wish(["acme"], "operator", "Autre chose")
    asking.amend(by("noe", acme), request=number, version=1, wish=wish)

    for decide in (requests.approve, lambda *a, **k: requests.reject(*a, **k, reason="non")):
        with refused(acme, Conflict, "stale"):
            decide(by("maud", acme), request=number, version=1)
    with refused(acme, Conflict, "stale"):
        asking.amend(by("noe", acme), request=number, version=1, wish=wish)
    requests.approve(by("maud", acme), request=number, version=2)

    assert [("acme", "operator")] == held_by("noe")


def test_what_one_amends_stays_within_what_is_offered(acme, refused):
    number = ask(acme)

    with refused(acme, Invalid, "not_offered"):
        asking.amend(by("noe", acme), request=number, version=1, wish=Wish(["acme/paie"], "operator"))


# --- deciding ---------------------------------------------------------------------------------------------------------


@pytest.mark.row("PF-41", "AC-05")
@pytest.mark.parametrize("who", ["otto", "omar", "bruno", "berthe", "paul", "mona", "", "nobody@elsewhere.example"])
def test_who_does_not_decide_there_finds_no_request(acme, refused, who):
    number = ask(acme)

    assert [] == requests.waiting(acme, address(who) if who else "")
    with refused(acme, NotFound):
        requests.approve(by(who, acme), request=number, version=1)
    with refused(acme, NotFound):
        requests.reject(by(who, acme), request=number, version=1, reason="non")
    with refused(acme, NotFound):
        requests.modify(by(who, acme), request=number, version=1, choice=Choice("operator", ["acme"]))
    with pytest.raises(NotFound):
        requests.record(acme, address(who), number)
    assert "pending" == state_of(number)


def test_a_manager_from_whom_deciding_was_withdrawn_decides_nothing(acme, refused):
    Grant.objects.filter(user__email=address("tom"), scope__key="acme").update(adjustments={"requests": "none"})
    number = ask(acme)

    assert ["maud"] == mails("request_received")
    assert [] == requests.waiting(acme, address("tom"))
    with refused(acme, NotFound):
        requests.approve(by("tom", acme), request=number, version=1)


@pytest.mark.row("AC-21")
def test_nobody_decides_their_own_request_nor_one_for_themselves(acme, refused):
    Grant.objects.filter(user__email=address("maud")).update(
        adjustments={"post": "none"}
    )  # so that something is lacking
    number = ask(acme, "maud", "change", scopes=["acme/paie"])

    assert [] == requests.waiting(acme, address("maud"))
    assert [number] == requests.waiting(acme, address("tom"))
    with refused(acme, Refused, "own_request"):
        requests.approve(by("maud", acme), request=number, version=1)
    with refused(acme, Refused, "own_request"):
        requests.reject(by("maud", acme), request=number, version=1, reason="non")
    assert ["tom"] == mails("request_received")


@pytest.mark.row("PF-47", "XX-04")
def test_the_first_decision_stands_and_the_second_is_told_by_whom(acme, refused):
    number = ask(acme)
    requests.approve(by("maud", acme), request=number, version=1)

    with refused(acme, Conflict, "already_handled"):
        requests.reject(by("tom", acme), request=number, version=1, reason="non")
    with pytest.raises(Conflict) as caught:
        requests.approve(by("tom", acme), request=number, version=1)
    assert "Maud" == caught.value.facts["by"]
    assert [("acme", "operator")] == held_by("noe")


@pytest.mark.row("PF-42", "CP-41")
def test_the_inbox_holds_what_waits_and_falls_by_one_at_each_decision(acme):
    first, second = ask(acme), ask(acme, "berthe")
    assert [first, second] == requests.waiting(acme, address("maud"))
    assert [first, second] == requests.waiting(acme, address("ada"))
    assert [] == requests.waiting(acme, address("bruno"))

    requests.approve(by("maud", acme), request=first, version=1)

    assert [second] == requests.waiting(acme, address("maud"))
    assert [second] == requests.waiting(acme, address("tom"))
    assert [first] == requests.decided(acme, address("maud"))


@pytest.mark.row("PF-40", "CP-46", "CP-47")
def test_a_refusal_gives_nothing_and_its_reason_is_mailed_and_the_note_is_not(acme):
    number = ask(acme)

    requests.reject(by("maud", acme), request=number, version=1, reason="Qui êtes-vous ?", note="À surveiller")

    assert [] == held_by("noe")
    text = Message.objects.get(message_id__startswith="<request_rejected.").text
    assert "Qui êtes-vous ?" in text
    assert "maud@x.example" in text
    assert "À surveiller" not in text
    assert "Bonjour," not in text.split("Motif")[1]
    assert ["noe"] == mails("request_rejected")


@pytest.mark.row("XX-04")
def test_a_refusal_never_says_to_write_to_somebody_who_is_gone(acme):
    number = ask(acme)
    Member.objects.filter(user__email=address("tom")).update(active=False)

    requests.reject(by("maud", acme), request=number, version=1, reason="non")

    assert "tom@" not in Message.objects.get(message_id__startswith="<request_rejected.").text


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001, "a\x00b"])
def test_a_refusal_needs_a_reason_where_the_blueprint_says_so(acme, refused, reason):
    number = ask(acme)

    with refused(acme, Invalid, "reason"):
        requests.reject(by("maud", acme), request=number, version=1, reason=reason)


def test_asked_again_after_a_refusal_the_approver_sees_what_was_answered(acme):
    first = ask(acme)
    requests.reject(by("maud", acme), request=first, version=1, reason="Trop tôt")
    second = ask(acme)

    record = requests.record(acme, address("tom"), second)

    assert [(first, "Trop tôt")] == [(one.id, one.reason) for one in requests.before(acme, address("tom"), record)]


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        (Choice("operator", []), "empty"),
        (Choice("operator", ["borea"]), "not_offered"),
        (Choice("operator", ["borea/paie"]), "not_offered"),
        (Choice("portal_admin", ["acme"]), "profile"),
        (Choice("nothing", ["acme"]), "profile"),
        (Choice("manager", ["acme/paie"]), "profile"),
    ],
)
def test_an_approver_gives_only_what_is_there_to_give(acme, refused, choice, code):
    number = ask(acme)

    with refused(acme, Invalid, code):
        requests.approve(by("maud", acme), request=number, version=1, choice=choice)
    assert "pending" == state_of(number)


def test_a_period_is_chosen_at_the_approval(acme):
    until = clock.now() + timedelta(days=30)

    requests.approve(
        by("maud", acme), request=ask(acme), version=1, choice=Choice("operator", ["acme"], valid_until=until)
    )

    assert until == Grant.objects.get(user__email=address("noe")).valid_until


def test_what_was_modified_waits_on_and_is_what_is_granted(acme):
    number = ask(acme)
    requests.modify(by("maud", acme), request=number, version=1, choice=Choice("operator", ["acme/paie"]))
    assert "pending" == state_of(number)

    with pytest.raises(Conflict):
        requests.approve(by("tom", acme), request=number, version=1)
    requests.approve(by("tom", acme), request=number, version=2)

    assert [("acme", "operator"), ("acme/paie", "operator")] == held_by("noe")
    entry = next(e for e in journal_of(acme) if e.tag == "request:modify")
    assert {"before": {"profile": "operator", "scopes": ["acme"]}} == {"before": entry.facts["before"]}


def test_several_are_decided_each_by_itself(acme):
    first, second = ask(acme), ask(acme, "berthe")
    foreign = ask(acme, "otto", scopes=["borea"], found=Found("la_poste", "11112222"))

    done = requests.several(
        [(first, 1), (foreign, 1), (second, 7)],
        lambda number, version: requests.approve(by("maud", acme), request=number, version=version),
    )

    assert [None, NotFound, Conflict] == [error and type(error) for _, error in done]
    assert ["approved", "pending", "pending"] == [state_of(n) for n in (first, foreign, second)]


def test_the_journal_tells_the_whole_story_and_is_whole(acme):
    number = ask(acme)
    requests.modify(by("maud", acme), request=number, version=1, choice=Choice("operator", ["acme/paie"]))
    requests.approve(by("maud", acme), request=number, version=2)

    told = [(e.tag, e.actor.split("@")[0]) for e in journal_of(acme) if e.tag.startswith(("request", "grant"))]
    assert [
        ("request:ask", "noe"),
        ("request:modify", "maud"),
        ("grant:attach", "maud"),
        ("grant:attach", "maud"),
        ("request:approve", "maud"),
    ] == told
    assert journal.verify(acme)[1] is None


def test_a_closed_account_and_a_suspended_person_are_given_nothing(acme, refused):
    number = ask(acme, "berthe")
    Member.objects.filter(user__email=address("berthe")).update(active=False)
    with refused(acme, Conflict, "person_suspended"):
        requests.approve(by("maud", acme), request=number, version=1)
    User.objects.filter(email=address("berthe")).update(is_active=False)
    with refused(acme, Conflict, "closed_account"):
        requests.approve(by("maud", acme), request=number, version=1)


def test_another_portal_knows_nothing_of_it(acme, books):
    number = ask(acme)

    assert [] == requests.waiting(books, address("ada"))
    with pytest.raises(NotFound):
        requests.record(books, address("ada"), number)
    with pytest.raises(NotFound):
        requests.approve(by("ada", books), request=number, version=1)
    assert 2 == Portal.objects.count()


def test_who_decides_is_nearest_and_above(acme):
    who = approvers.of(acme, [Ref("unit", "acme/paie")], [address("noe")])

    assert ((address("maud"), address("tom")), (address("ada"),)) == (who.nearest, who.above)
    assert grants.grantable(acme, address("noe"), "acme") == ()


# --- what an approver may choose, and who leaves ----------------------------------------------------------------------


@pytest.mark.row("RC-39")
@pytest.mark.parametrize("profile", ["portal_staff", "portal_admin", "observer", "owner", "nothing", ""])
def test_an_approver_gives_no_profile_that_nobody_may_ask_for(advice, refused, profile):
    number = asking.ask(
        by("zoe", advice), kind="join", wish=Wish(["bzh/29"], "advisor", "Renfort", {"employer": "DDT"})
    )
    choice = Choice(profile, ["bzh/29"])

    for verb in (requests.modify, requests.approve):
        for who in ("stan", "ada"):
            with refused(advice, Invalid, "profile"):
                verb(by(who, advice), request=number, version=1, choice=choice)
        with refused(advice, Invalid, "profile"):
            verb(by("ada", advice), request=number, version=1, choice=Choice(profile, [""]))
    assert "pending" == state_of(number)
    assert [] == held_by("zoe")


@pytest.mark.parametrize("verb", [people.deactivate, people.anonymize])
def test_what_somebody_who_leaves_asked_for_waits_no_more(acme, verb):
    own, other = ask(acme), ask(acme, "otto", "change", scopes=["acme/paie"])

    verb(by("ada", acme), email=address("noe"))

    assert ["withdrawn", "pending"] == [state_of(own), state_of(other)]
    assert [other] == requests.waiting(acme, address("maud"))
    last = [entry for entry in journal_of(acme) if entry.tag == "request:withdraw"]
    assert [(address("ada"), f"request:{own}")] == [(entry.actor, entry.target) for entry in last]


def test_what_was_asked_for_somebody_who_leaves_waits_no_more(books):
    wish = Wish(["sud/vin"], "full_access")
    number = asking.ask(by("anna", books), kind="newcomer", wish=wish, person=address("pete"), name="Pete")

    people.deactivate(by("ada", books), email=address("pete"))

    assert "withdrawn" == state_of(number)

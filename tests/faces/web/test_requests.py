"""Access requests on the pages: asking, following, deciding; as whoever may, and as everybody who may not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from habilis.store.models import AccessRequest, Grant, Message, Scope, User
from habilis.workflows import access, asking, clock, requests
from habilis.workflows.acting import Acting
from habilis.workflows.asking import Found, Wish
from tests.factories import BOOKS, address, by, load

NORA = "nora@acme.example"
NUMBER = {"scheme": "la_poste", "number": "20417733"}
ASKED = {**NUMBER, "scopes": "acme", "profile": "operator", "comment": "Service paie"}
ACTORS = ("anonymous", "stranger", "nora", "berthe", "yvan", "lise", "omar", "maud")
BOX, ASK, MINE = "/courrier/requests/", "/courrier/ask/join", "/courrier/mine/"


@pytest.fixture
def acme(courrier) -> str:
    Scope.objects.filter(key="acme").update(identifiers={"la_poste": "20417733"})
    return courrier


def asks(
    who: str = NORA, kind: str = "join", scopes: tuple[str, ...] = ("acme",), comment: str = "Service paie"
) -> int:
    found = Found("la_poste", "20417733")
    return asking.ask(Acting(who, "courrier"), kind=kind, wish=Wish(scopes, "operator", comment, found=found))


def at(number: int, what: str = "") -> str:
    return f"{BOX}{number}" + (f"/{what}" if what else "")


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("\xa0", " ").replace("\u202f", " ")


def shown(response, number: int) -> str:
    """A page without its token and its address."""
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", text_of(response)).replace(f"requests/{number}", "")


def state_of(number: int) -> str:
    return AccessRequest.objects.get(pk=number).state


def held_by(who: str = NORA) -> list[str]:
    rows = Grant.objects.filter(user__email=who, valid_until=None)
    return sorted(f"{row.profile.key} {row.scope.key}" for row in rows)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_the_pages_that_ask_answer_each_kind_of_actor(acme, client_for):
    expected = {name: 302 if name == "anonymous" else 200 for name in ACTORS}

    for path in (ASK, MINE):
        assert expected == {name: client_for(name).get(path).status_code for name in ACTORS}
    assert not AccessRequest.objects.exists()


@pytest.mark.row("PF-33", "PF-37", "PF-38")
def test_one_asks_by_the_reference_of_the_organization_and_has_nothing_yet(acme, client_for):
    nora = client_for("nora")
    assert "ACME" not in text_of(nora.get(ASK))
    assert "ACME" in text_of(nora.get(ASK, NUMBER))

    answer = nora.post(ASK, ASKED, follow=True)

    assert "Votre demande est enregistrée" in text_of(answer)
    assert "Service paie" in text_of(answer)
    assert "Luc, Maud" in text_of(answer)
    assert 1 == AccessRequest.objects.filter(state="pending").count()
    assert [] == access.keys(acme, NORA, "list", "mail_item")
    assert 404 == nora.get("/courrier/s/acme").status_code


@pytest.mark.row("PF-37")
def test_somebody_whom_the_portal_does_not_know_asks(acme, client_for):
    zoe = client_for("stranger")

    assert 302 == zoe.post(ASK, ASKED).status_code
    assert "Service paie" in text_of(zoe.get(MINE))


@pytest.mark.parametrize(
    "sent",
    [
        {"scheme": "la_poste", "number": "99999999"},
        {"scheme": "la_poste", "number": "abc"},
        {"scheme": "siret", "number": "20417733"},
        {"scheme": "la_poste", "number": ""},
        {"scheme": "la_poste", "number": "2041\x007733"},
        {"scheme": "", "number": "20417733"},
        {"scheme": "la_poste", "number": "2" * 100_000},
    ],
)
def test_a_number_of_nothing_is_refused_in_words(acme, client_for, sent):
    nora = client_for("nora")

    for answer in (nora.get(ASK, {**sent, "number": sent["number"][:2000]}), nora.post(ASK, {**ASKED, **sent})):
        assert 400 == answer.status_code
        assert "ACME" not in text_of(answer)
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"scopes": "borea"},
        {"scopes": "acme/paie"},
        {"scopes": ""},
        {"scopes": "\x00"},
        {"profile": "manager"},
        {"profile": "portal_admin"},
        {"profile": ""},
        {"comment": "é" * 1_000_000},
        {"comment": "a\x00b"},
    ],
)
@pytest.mark.row("AC-13")
def test_what_is_not_offered_is_refused_and_what_was_typed_is_kept(acme, client_for, sent):
    answer = client_for("nora").post(ASK, {**ASKED, "comment": "Ma phrase", **sent})

    assert 400 == answer.status_code
    assert "comment" in sent or "Ma phrase" in text_of(answer)
    assert "Rien de votre saisie n'est perdu" in text_of(answer)
    assert not AccessRequest.objects.exists()


@pytest.mark.row("AC-13")
def test_fields_that_nobody_asks_for_change_nothing(acme, client_for):
    forged = {"state": "approved", "decided_by": "1", "beneficiary": "maud@acme.example", "person": "x@x.example"}

    client_for("nora").post(ASK, {**ASKED, **forged, "version": "9", "role": "manager"})

    row = AccessRequest.objects.get()
    assert ("pending", NORA, None, 1, "operator") == (
        row.state,
        row.beneficiary.email,
        row.decided_by,
        row.version,
        row.profile.key,
    )


def test_asked_twice_the_first_is_shown(acme, client_for):
    asks()
    nora = client_for("nora")

    assert 409 == nora.post(ASK, ASKED).status_code
    assert 302 == nora.get(ASK, NUMBER).status_code
    assert 1 == AccessRequest.objects.count()


def test_one_changes_and_takes_back_ones_own_request_alone(acme, client_for):
    number = asks()
    path = f"{MINE}{number}"
    sent = {"scopes": "acme", "profile": "operator", "comment": "Autre chose", "version": "1"}
    for name in set(ACTORS) - {"nora"}:
        for answer in (
            client_for(name).get(path),
            client_for(name).post(path, sent),
            client_for(name).post(f"{path}/withdraw", {"version": "1"}),
        ):
            assert (302 if name == "anonymous" else 404) == answer.status_code
    assert ("pending", 1) == AccessRequest.objects.values_list("state", "version").get()

    nora = client_for("nora")
    assert 302 == nora.post(path, sent).status_code
    assert "Autre chose" in text_of(nora.get(MINE))
    stale = nora.post(path, {**sent, "comment": "Perdu ?"})
    assert 409 == stale.status_code
    assert "Perdu ?" in text_of(stale)
    assert 409 == nora.post(f"{path}/withdraw", {"version": "1"}).status_code
    assert 405 == nora.get(f"{path}/withdraw").status_code
    assert 302 == nora.post(f"{path}/withdraw", {"version": "2"}).status_code
    assert "withdrawn" == state_of(number)


# --- the inbox --------------------------------------------------------------------------------------------------------


@pytest.mark.row("PF-41", "PF-42", "AC-11")
def test_the_inbox_and_a_request_answer_each_kind_of_actor(acme, client_for):
    number = asks()
    inbox = dict(zip(ACTORS, (302, 404, 403, 200, 403, 403, 403, 200), strict=True))
    detail = dict(zip(ACTORS, (302, 404, 404, 404, 404, 404, 404, 200), strict=True))

    assert inbox == {name: client_for(name).get(BOX).status_code for name in ACTORS}
    assert detail == {name: client_for(name).get(at(number)).status_code for name in ACTORS}
    assert "Nora" in text_of(client_for("maud").get(BOX))
    assert "Nora" not in text_of(client_for("berthe").get(BOX))
    unknown = [shown(client_for("berthe").get(at(n)), n) for n in (number, number + 1000)]
    assert unknown[0] == unknown[1]


@pytest.mark.row("PF-41", "AC-05", "AC-11")
def test_nobody_else_decides_by_any_door(acme, client_for):
    number = asks()
    several = {"request": f"{number}:1", "reason": "non"}
    for name in set(ACTORS) - {"maud"}:
        browser = client_for(name)
        for what in ("approve", "reject"):
            answer = browser.post(at(number, what), {"version": "1", "reason": "non"})
            assert (302 if name == "anonymous" else 404) == answer.status_code
            browser.post(f"{BOX}several", {**several, "decision": what})
    assert "pending" == state_of(number)
    assert [] == held_by()
    assert {405} == {client_for("maud").get(at(number, what)).status_code for what in ("approve", "reject")}


@pytest.mark.row("PF-39", "PF-42")
def test_approved_as_asked_it_holds_at_once_and_leaves_the_inbox(acme, client_for):
    number = asks()
    maud, nora = client_for("maud"), client_for("nora")
    assert "Service paie" in text_of(maud.get(at(number)))

    answer = maud.post(at(number, "approve"), {"version": "1"}, follow=True)

    assert "Nora" in text_of(answer)
    assert "Rien n'attend votre décision" in text_of(answer)
    assert ["operator acme"] == held_by()
    assert "Voeux" in text_of(nora.get("/courrier/r/mail_item/"))
    assert "Nora" in text_of(maud.get(f"{BOX}?tab=decided"))
    assert "Maud" in text_of(maud.get(at(number)))


@pytest.mark.row("PF-45")
def test_approved_as_chosen_with_two_units_and_a_period(acme, client_for):
    number = asks()
    chosen = {"version": "1", "chosen": "approve", "profile": "operator", "scopes": ["acme/paie", "acme/compta"]}

    assert 302 == client_for("maud").post(at(number, "approve"), chosen).status_code

    assert ["operator acme", "operator acme/compta", "operator acme/paie"] == held_by()


@pytest.mark.parametrize(
    "sent",
    [
        {"scopes": "borea"},
        {"scopes": ""},
        {"profile": "portal_admin"},
        {"profile": ""},
        {"version": ""},
        {"version": "9" * 40},
        {"since": "demain"},
        {"since": "2031-01-01", "until": "2030-01-01"},
        {"until": "1999-01-01"},
    ],
)
def test_what_cannot_be_given_is_said_on_the_form(acme, client_for, sent):
    number = asks()
    chosen = {"version": "1", "chosen": "approve", "profile": "operator", "scopes": "acme/paie", **sent}

    answer = client_for("maud").post(at(number, "approve"), chosen)

    assert answer.status_code in (400, 409)
    assert "Rien de votre saisie n'est perdu" in text_of(answer)
    assert "pending" == state_of(number)
    assert [] == held_by()


@pytest.mark.row("PF-40")
def test_refused_with_a_reason_it_is_read_and_the_note_is_not(acme, client_for):
    number = asks()
    maud, nora = client_for("maud"), client_for("nora")
    sent = {"version": "1", "reason": "Pas de poste ouvert", "note": "Vue avec Luc"}

    assert 302 == maud.post(at(number, "reject"), sent).status_code

    page = text_of(nora.get(MINE))
    assert "Pas de poste ouvert" in page
    assert "Vue avec Luc" not in page
    assert "Vue avec Luc" in text_of(maud.get(at(number)))
    assert [] == held_by()
    assert 404 == nora.get("/courrier/r/mail_item/").status_code


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1_000_000, "a\x00b"])
def test_without_a_reason_that_can_be_read_the_form_comes_back(acme, client_for, reason):
    number = asks()

    answer = client_for("maud").post(at(number, "reject"), {"version": "1", "reason": reason, "note": "Ma note"})

    assert 400 == answer.status_code
    assert "Ma note" in text_of(answer)
    assert "pending" == state_of(number)


@pytest.mark.row("AC-23")
def test_a_request_that_has_changed_is_shown_again_with_what_was_typed(acme, client_for):
    number = asks()
    asking.amend(Acting(NORA, acme), request=number, version=1, wish=Wish(["acme"], "operator", "Autre demande"))
    maud = client_for("maud")
    chosen = {"version": "1", "chosen": "approve", "profile": "operator", "scopes": "acme/compta"}

    modified = maud.post(at(number, "approve"), chosen)
    rejected = maud.post(at(number, "reject"), {"version": "1", "reason": "Ma raison"})

    assert (409, 409) == (modified.status_code, rejected.status_code)
    assert 'value="acme/compta"' in text_of(modified).split("checked")[0].rsplit("<input", 1)[-1]
    assert "Ma raison" in text_of(rejected)
    assert "Autre demande" in text_of(modified)
    assert 409 == maud.post(at(number, "approve"), {"version": "1"}).status_code
    assert 409 == maud.post(at(number, "approve")).status_code
    assert "pending" == state_of(number)


@pytest.mark.row("PF-47")
def test_the_second_to_decide_is_told_who_did(acme, client_for):
    number = asks()
    client_for("luc").post(at(number, "approve"), {"version": "1"})
    maud = client_for("maud")

    for what in ("approve", "reject"):
        answer = maud.post(at(number, what), {"version": "1", "reason": "non"})
        assert 409 == answer.status_code
        assert "Luc" in text_of(answer)
    assert ["operator acme"] == held_by()


@pytest.mark.row("AC-21")
def test_a_manager_decides_nothing_of_their_own(acme, client_for):
    Grant.objects.filter(user__email="maud@acme.example").update(adjustments={"post": "none"})
    number = asks("maud@acme.example", "change", ("acme/paie",))
    maud = client_for("maud")

    assert f'href="{at(number)}"' not in text_of(maud.get(BOX))
    assert 404 == maud.get(at(number)).status_code
    for what in ("approve", "reject"):
        assert 404 == maud.post(at(number, what), {"version": "1", "reason": "non"}).status_code
        maud.post(f"{BOX}several", {"request": f"{number}:1", "reason": "non", "decision": what})
    assert "pending" == state_of(number)
    sent = {"version": "1", "reason": "Inutile : vous gérez déjà l'organisation"}
    assert 302 == client_for("luc").post(at(number, "reject"), sent).status_code
    assert "rejected" == state_of(number)


@pytest.mark.row("AC-05")
def test_several_are_decided_at_once_and_those_of_elsewhere_are_not(acme, client_for):
    first, second = asks(), asks("zoe@nowhere.example")
    Scope.objects.filter(key="borea").update(identifiers={"la_poste": "11112222"})
    wish = Wish(["borea"], "operator", found=Found("la_poste", "11112222"))
    foreign = asking.ask(Acting(NORA, acme), kind="join", wish=wish)
    maud = client_for("maud")

    answer = maud.post(
        f"{BOX}several", {"decision": "approve", "request": [f"{first}:1", f"{foreign}:1", f"{second}:7"]}, follow=True
    )

    assert "1 demande est traitée" in text_of(answer)
    assert ["approved", "pending", "pending"] == [state_of(number) for number in (first, foreign, second)]
    assert ["operator acme"] == held_by()


def test_several_are_refused_with_one_reason_asked_for_first(acme, client_for):
    first, second = asks(), asks("zoe@nowhere.example")
    maud = client_for("maud")
    sent = {"decision": "reject", "request": [f"{first}:1", f"{second}:1"]}

    assert "Nora" in text_of(maud.post(f"{BOX}several", sent))
    assert 400 == maud.post(f"{BOX}several", {**sent, "reason": " "}).status_code
    assert {"pending"} == {state_of(first), state_of(second)}
    assert 302 == maud.post(f"{BOX}several", {**sent, "reason": "Trop tôt"}).status_code
    assert {"rejected"} == {state_of(first), state_of(second)}
    assert 2 == Message.objects.filter(text__contains="Trop tôt").count()


@pytest.mark.parametrize("ticked", [[], ["x"], ["0:1"], ["9" * 30 + ":1"], ["1"], ["-1:1"], ["²:1"], ["1:\x00"]])
def test_ticking_nonsense_decides_nothing(acme, client_for, ticked):
    number = asks()
    for decision in ("approve", "reject", "whatever"):
        answer = client_for("maud").post(f"{BOX}several", {"decision": decision, "request": ticked})
        assert answer.status_code in (302, 404)
    assert "pending" == state_of(number)


@pytest.mark.parametrize("path", ["?from=x", "?from=-1", "?from=999999999999", "?tab=x", "999999999", "9" * 30])
def test_odd_addresses_are_answered(acme, client_for, path):
    asks()

    assert client_for("maud").get(BOX + path).status_code in (200, 404)


def test_an_expired_request_is_decided_by_nobody(acme, client_for):
    number = asks()
    AccessRequest.objects.filter(pk=number).update(expires=clock.now() - timedelta(seconds=1))
    maud = client_for("maud")

    assert "Rien n'attend votre décision" in text_of(maud.get(BOX))
    assert 409 == maud.post(at(number, "approve"), {"version": "1"}).status_code
    assert 200 == maud.get(at(number)).status_code
    assert [] == held_by()


def test_a_right_just_ended_decides_nothing_more(acme, client_for):
    number = asks()
    maud = client_for("maud")
    assert 200 == maud.get(at(number)).status_code
    Grant.objects.filter(user__email="maud@acme.example").update(valid_until=clock.now())

    assert 404 == maud.post(at(number, "approve"), {"version": "1"}).status_code
    assert 403 == maud.get(BOX).status_code
    assert "pending" == state_of(number)


def test_what_was_modified_waits_and_is_granted(acme, client_for):
    number = asks()
    sent = {"version": "1", "chosen": "keep", "profile": "operator", "scopes": "acme/compta"}
    maud = client_for("maud")

    assert at(number) == maud.post(at(number, "approve"), sent).headers["Location"]
    assert "Compta" in text_of(client_for("luc").get(at(number)))
    assert 302 == client_for("luc").post(at(number, "approve"), {"version": "2"}).status_code
    assert ["operator acme", "operator acme/compta"] == held_by()


def test_what_is_typed_is_shown_as_text(acme, client_for):
    number = asks(comment="<script>alert(1)</script>\n\u202ebidi")

    for browser, path in (("maud", at(number)), ("nora", MINE)):
        assert "<script>alert(1)" not in text_of(client_for(browser).get(path))
        assert "&lt;script&gt;alert(1)" in text_of(client_for(browser).get(path))


def test_the_inbox_takes_few_queries_however_many_wait(acme, client_for, django_assert_max_num_queries):
    for n in range(20):
        User.objects.create_user(f"p{n}@x.example", name=f"P{n}")
        asks(f"p{n}@x.example")
    maud = client_for("maud")
    maud.get(BOX)

    with django_assert_max_num_queries(30):
        assert "P19" in text_of(maud.get(BOX))


# --- for somebody new -------------------------------------------------------------------------------------------------


NEW = {"person": "lea@x.example", "name": "Léa", "language": "fr", "scopes": "sud/pain", "profile": "full_access"}


@pytest.fixture
def anna(db) -> object:
    """The browser of a client who administers two dossiers."""
    from django.test import Client

    load(BOOKS)
    browser = Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    browser.force_login(User.objects.get(email=address("anna")), backend=backend)
    return browser


@pytest.mark.row("CF-50", "CF-54")
def test_somebody_new_is_asked_for_and_reaches_nothing_meanwhile(anna):
    assert 302 == anna.post("/livres/ask/newcomer", NEW).status_code

    assert "Léa" in text_of(anna.get("/livres/mine/"))
    assert [] == access.keys("livres", "lea@x.example", "list", "document")
    assert not Grant.objects.filter(user__email="lea@x.example").exists()
    requests.approve(by("otis", "livres"), request=AccessRequest.objects.get().pk, version=1, choice=None)
    assert ["full_access sud/pain"] == held_by("lea@x.example")
    assert Message.objects.filter(recipient="lea@x.example", secret=True).exists()


@pytest.mark.row("AC-55")
@pytest.mark.parametrize("like", ["FRED@x.example", " fred@X.EXAMPLE ", "ｆred@x.example"])
def test_an_address_spelled_otherwise_is_the_same_person_or_is_refused(anna, like):
    before = User.objects.count()

    answer = anna.post("/livres/ask/newcomer", {**NEW, "person": like, "scopes": "sud/vin"})

    assert before == User.objects.count()
    if answer.status_code == 302:
        assert address("fred") == AccessRequest.objects.get().beneficiary.email
        assert "Fred" == User.objects.get(email=address("fred")).name
    else:
        assert 400 == answer.status_code


@pytest.mark.parametrize(
    "sent",
    [
        {"person": "fréd"},
        {"person": "frеd@x.example"},  # a Cyrillic е
        {"person": "a" * 400 + "@x.example"},
        {"person": "l\u200bea@x.example"},
        {"person": "lea@x.example\r\nBcc: y@y.example"},
        {"person": ""},
        {"person": "lea\x00@x.example"},
        {"name": ""},
        {"name": "é" * 1_000_000},
        {"name": "L\x00a"},
        {"language": "xx"},
        {"scopes": "nord/sel"},
        {"scopes": "sud/eau"},
        {"profile": "office_manager"},
        {"person": "anna@x.example"},
    ],
)
@pytest.mark.row("AC-55", "AC-65")
def test_who_cannot_be_asked_for_is_refused_in_words(anna, sent):
    before = User.objects.count()

    answer = anna.post("/livres/ask/newcomer", {**NEW, **sent, "comment": "Ma phrase"})

    assert answer.status_code in (400, 403)
    assert "Ma phrase" in text_of(answer)
    assert before == User.objects.count()
    assert not AccessRequest.objects.exists()

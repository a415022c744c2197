"""Tokens of programs, and what people change of their own account."""

from __future__ import annotations

import pytest

from habilis.core import Invalid, NotFound
from habilis.store.models import Token, User
from habilis.workflows import accounts, tokens
from tests.factories import address
from tests.workflows.conftest import journal_of


def test_a_token_opens_its_portal_until_revoked_and_is_kept_as_a_hash(mail, books):
    raw = tokens.create(mail, "lecteur")

    assert tokens.find(raw) == mail
    assert raw not in str(list(Token.objects.values()))
    number = tokens.listed(mail)[0][0]
    with pytest.raises(NotFound):
        tokens.revoke(books, number)
    tokens.revoke(mail, number)
    assert tokens.find(raw) is None
    with pytest.raises(NotFound):
        tokens.revoke(mail, number)
    assert ["token:create", "token:revoke"] == [e.tag for e in journal_of(mail) if e.tag.startswith("token")]
    assert raw not in str([e.facts for e in journal_of(mail)])


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r[:-1],
        lambda r: r + "a",
        lambda r: r.upper(),
        lambda r: "",
        lambda r: r[:9] + "\x00",
        lambda r: "\ud800",
        lambda r: tokens.digest(r),
    ],
)
def test_an_altered_token_opens_nothing(mail, change):
    assert tokens.find(change(tokens.create(mail))) is None


def test_no_token_for_an_unknown_portal(db):
    with pytest.raises(NotFound):
        tokens.create("nowhere")


def test_a_language_is_one_of_ours(mail):
    accounts.set_language(address("omar"), "en")
    assert accounts.language_of(address("omar")) == "en"
    with pytest.raises(Invalid):
        accounts.set_language(address("omar"), "de")
    accounts.set_language("nobody@x.example", "en")
    assert accounts.language_of("nobody@x.example") == "fr"


def test_a_name_is_the_persons_own_choice(mail):
    accounts.set_name(address("omar"), "  Omar   Haddad ")
    assert accounts.name_of(address("omar")) == "Omar Haddad"
    for name in ("", "  ", "a\x00b", "x" * 201):
        with pytest.raises(Invalid):
            accounts.set_name(address("omar"), name)
    assert accounts.names_of([address("omar"), "nobody@x.example"]) == {address("omar"): "Omar Haddad"}


def test_a_first_password_link_dies_with_its_use(mail):
    from allauth.account.forms import default_token_generator

    user = User.objects.get(email=address("noe"))
    key = accounts.first_password_link(address("noe")).rstrip("/").rpartition("-")[2]
    assert accounts.first_password_link(address("noe")).startswith("http")
    made = default_token_generator.make_token(user)
    assert default_token_generator.check_token(user, made)
    user.set_password("correct horse battery staple")
    user.save()
    assert not default_token_generator.check_token(User.objects.get(pk=user.pk), made)
    assert key
    with pytest.raises(NotFound):
        accounts.first_password_link("nobody@x.example")

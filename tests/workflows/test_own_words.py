"""A portal's own words in its mails: placeholders of a closed list, and nothing that is computed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from habilis import workflows
from habilis.blueprints import loader, mails
from habilis.blueprints.loader import HERE
from habilis.core import Invalid
from habilis.store.models import Message, Portal
from habilis.workflows import grants
from tests.factories import address, by

TEXTS = Path(workflows.__file__).parent / "templates" / "mails"
OWN = """
[mails.attached]
subject = {{ fr = "{subject}", en = "Your access" }}
text = {{ fr = '''{text}''', en = "Hello {{name}}" }}
"""
NOT_TOLD = ("account_", "address_", "digest")  # about the account itself, or made of others
HOSTILE = (
    "{name.__class__}",
    "{0}",
    "{}",
    "{name!r}",
    "{name:>10}",
    "{settings}",
    "{link.__init__.__globals__}",
    "{SECRET_KEY}",
)
LITERAL = ("{{ settings.SECRET_KEY", "{% load i18n %", "%(name)s", "${name", "<%= name %>", "$(id)", "{# x")


def source(subject: str = "Accès", text: str = "Bonjour {name}") -> str:
    return (HERE / "mailroom" / "portal.toml").read_text() + OWN.format(subject=subject, text=text)


def adopt(text: str) -> None:
    Portal.objects.update(source=text)


def test_each_mail_has_its_texts_and_says_what_it_knows():
    texts = [path for path in TEXTS.glob("*.txt") if not path.name.startswith(NOT_TOLD)]
    files = {path.name for path in texts}
    assert files == {f"{mail}.{language}.txt" for mail in mails.MAILS for language in ("fr", "en")}

    strangers = {
        f"{path.name}: {word}"
        for path in texts
        for word in re.findall(r"{{\s*(\w+)|{%\s*if\s+(\w+)", path.read_text())
        for word in word
        if word and word not in (*mails.COMMON, *mails.MAILS[path.name.split(".")[0]])
    }
    assert strangers == set(), "name the placeholder in `blueprints/mails.py` and in docs/blueprints.md"


def test_the_manual_names_each_mail_and_its_placeholders():
    page = (HERE.parents[2] / "docs" / "blueprints.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith("| `")]

    for mail, words in mails.MAILS.items():
        (line,) = [line for line in lines if f"`{mail}`" in line.split("|")[1] and "{" in line]
        assert set(re.findall(r"{(\w+)}", line)) == set(words)


def test_the_portals_own_words_replace_ours(mail):
    adopt(source("{portal} : bienvenue {name}", "{actor} vous a ouvert {scope}.\n\n{link}"))
    grants.attach(by("maud", mail), person=address("noe"), scope="acme", profile="operator")

    message = Message.objects.get()
    assert message.subject == "Plis : bienvenue Noe"
    assert message.text.startswith("Maud vous a ouvert ACME.\n\nhttp")


@pytest.mark.row("AC-63")
@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_unknown_placeholder_is_a_fault_that_names_those_expected(hostile):
    for text in (source(text=hostile), source(subject=hostile)):
        with pytest.raises(Invalid) as caught:
            loader.of_text(text)
        assert "expected {portal}, {name}, {email}, {actor}, {profile}" in str(caught.value)


@pytest.mark.row("AC-63")
@pytest.mark.parametrize("literal", LITERAL)
def test_anything_else_stays_as_it_is_written(mail, literal):
    adopt(source(text=f"A {literal} B"))
    grants.attach(by("maud", mail), person=address("noe"), scope="acme", profile="operator")

    assert f"A {literal} B" in Message.objects.get().text


@pytest.mark.row("AC-63")
def test_a_name_is_never_looked_into(mail):
    from habilis.workflows import accounts

    accounts.set_name(address("noe"), "{link} {{ x }} %s <b>")
    adopt(source(text="Bonjour {name}"))
    grants.attach(by("maud", mail), person=address("noe"), scope="acme", profile="operator")

    message = Message.objects.get()
    assert message.text == "Bonjour {link} {{ x }} %s <b>\n"
    assert "&lt;b&gt;" in message.html
    assert "<b>" not in message.html


def test_no_mail_is_invented():
    with pytest.raises(Invalid, match="no mail is called `nope`"):
        loader.of_text(source() + '\n[mails.nope]\nsubject = { fr = "a", en = "b" }\ntext = { fr = "a", en = "b" }\n')

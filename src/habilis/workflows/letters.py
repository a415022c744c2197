"""How a mail looks: its words as a page, and where its links lead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings
from django.template.defaultfilters import linebreaksbr, urlize
from django.template.loader import render_to_string

from habilis.blueprints import mails
from habilis.blueprints.schema import Blueprint
from habilis.store.models import Portal
from habilis.workflows import access

WEB = re.compile(r"https?://\S+")


def written(template: str, language: str, words: Mapping[str, object]) -> tuple[str, str]:
    """The subject, which is the first line of a template, and the text."""
    subject, _, text = render_to_string(f"mails/{template}.{language}.txt", words).partition("\n")
    return subject, text.strip("\n") + "\n"


def told(blueprint: Blueprint, template: str, language: str, words: Mapping[str, str]) -> tuple[str, str]:
    """The subject and the text of a mail, in the portal's own words where its blueprint has some."""
    own = blueprint.mails.get(template)
    if own is None:
        return written(template, language, words)
    subject, text = mails.filled(own, language, words)
    return subject, text.strip("\n") + "\n"


def color_of(portal: Portal) -> str:
    """The accent of a portal: its own, else its blueprint's."""
    return str(portal.settings.get("color") or access.blueprint_of(portal.key).color)


def page_of(text: str, language: str, portal: str, color: str) -> str:
    """The same words as a page: each paragraph escaped, and an address that stands alone made a button."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    parts = []
    for paragraph in paragraphs:
        *before, last = paragraph.split("\n")
        link = last if WEB.fullmatch(last) else ""
        said = "\n".join(before) if link else paragraph
        parts.append({"text": _said(said) if WEB.search(said) else _said_to_many(said), "link": link})
    words = {"parts": parts, "language": language, "portal": portal, "color": color}
    return render_to_string("mails/page.html", words)


def _said(paragraph: str) -> str:
    return linebreaksbr(urlize(paragraph))


@lru_cache(maxsize=256)
def _said_to_many(paragraph: str) -> str:
    """The same, kept for the mails that follow: a paragraph without a link is often that of a thousand."""
    return _said(paragraph)


def portal_link(key: str) -> str:
    """The address of a portal, from the configured base and never from a request."""
    return f"{settings.HABILIS_URL.rstrip('/')}/{key}/"


def number(event: str, to: str) -> str:
    """The Message-ID of what *to* is told of *event*: it follows from the two, and is the same however often asked."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{event}.{to}@{domain}>"

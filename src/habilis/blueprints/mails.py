"""
The mails that every portal sends, and what each may say: a closed list of placeholders.

A blueprint may put its own words in place of the product's; it names placeholders, and nothing is ever computed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from habilis.blueprints.reading import Table
from habilis.blueprints.schema import NO_LABEL, Label, MailText

COMMON = ("portal", "name", "email", "actor")
MAILS: Mapping[str, tuple[str, ...]] = {
    "attached": ("profile", "scope", "link"),
    "deputy_named": ("person", "since", "until", "link"),
    "detached": ("scope",),
    "ending": ("profile", "scope", "until", "link"),
    "export_ready": ("title", "link"),
    "first_password": ("link",),
    "handed_over": ("person", "scope", "count", "link"),
    "import_done": ("lines", "given", "link"),
    "import_refused": ("lines", "link"),
    "invitation": ("profile", "scope", "link", "until", "comment"),
    "invitation_accepted": ("person", "profile", "scope", "link"),
    "invitation_declined": ("person", "profile", "scope", "link"),
    "longer_asked": ("profile", "scope", "until", "comment", "link"),
    "moderation_asked": ("requester", "requester_email", "scope", "link"),
    "scope_accepted": ("scope", "link"),
    "scope_refused": ("scope", "reason"),
    "approval_asked": ("scope", "title", "link"),
    "position_left": ("profile", "scope", "link"),
    "position_taken": ("profile", "scope", "link"),
    "request_approved": ("beneficiary", "beneficiary_email", "profile", "scope", "first", "own", "link"),
    "request_expired": ("beneficiary", "for_another", "scope", "link"),
    "request_received": (
        "requester",
        "requester_email",
        "beneficiary",
        "beneficiary_email",
        "for_another",
        "profile",
        "scope",
        "comment",
        "link",
        "absent",
    ),
    "request_rejected": ("beneficiary", "for_another", "scope", "reason", "contact"),
    "request_reminder": (
        "requester",
        "requester_email",
        "beneficiary",
        "for_another",
        "scope",
        "days",
        "link",
        "absent",
    ),
    "sign_up": ("link",),
    "sign_up_known": ("link", "reset"),
    "request_sent": ("beneficiary", "for_another", "profile", "scope", "answering", "link"),
}
"""For each mail, the placeholders that it knows besides the common ones."""

PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


def filled(own: MailText, language: str, words: Mapping[str, str]) -> tuple[str, str]:
    """The subject and the text with *words* in their places; a word is never looked into."""
    return _filled(own.subject.in_(language), words), _filled(own.text.in_(language), words)


def read(key: str, table: Table, label: Callable[[Table, str], Label]) -> MailText:
    """A blueprint's own words for the mail *key*, every fault noted on *table*."""
    if key not in MAILS:
        table.fault(None, f"no mail is called `{key[:60]}`: expected one of {', '.join(MAILS)}")
        return MailText(NO_LABEL, NO_LABEL)
    own = MailText(label(table, "subject"), label(table, "text"))
    known = (*COMMON, *MAILS[key])
    for name, said in (("subject", own.subject), ("text", own.text)):
        for found in dict.fromkeys(PLACEHOLDER.findall(said.fr + said.en)):
            if found not in known:
                expected = ", ".join(f"{{{word}}}" for word in known)
                table.fault(name, f"unknown placeholder `{{{found[:60]}}}`: expected {expected}")
    if "\n" in own.subject.fr + own.subject.en:
        table.fault("subject", "holds a line break: expected one line")
    table.done()
    return own


def _filled(text: str, words: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text)

"""The journal in sentences: who did what, to whom and where; what was refused is told alike, and marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from habilis.core import Ref
from habilis.faces.web.presenters import words
from habilis.workflows.histories import Wanted

EARLIEST, LATEST = 1900, 2999
SENTENCES = {
    "deputy:end": lazy("%(actor)s ends an absence during which %(subject)s decided"),
    "deputy:name": lazy("%(actor)s names %(subject)s to decide on their behalf"),
    "export:prepare": lazy("%(actor)s asks for a long list as a file"),
    "export:ready": lazy("A long list that %(actor)s asked for is ready"),
    "file:attach": lazy("%(actor)s adds a file: %(thing)s"),
    "file:remove": lazy("%(actor)s removes a file: %(thing)s"),
    "grant:adjust": lazy("%(actor)s adjusts the rights of %(subject)s on “%(scope)s”"),
    "grant:ask_longer": lazy("%(actor)s asks to keep an access to “%(scope)s” for longer"),
    "grant:attach": lazy("%(actor)s attaches %(subject)s to “%(scope)s”"),
    "grant:change_profile": lazy("%(actor)s changes the profile of %(subject)s on “%(scope)s”"),
    "grant:detach": lazy("%(actor)s detaches %(subject)s from “%(scope)s”"),
    "grant:pass_role": lazy("%(actor)s passes on the role of manager of “%(scope)s”"),
    "grant:position": lazy("%(actor)s takes a position on “%(scope)s”"),
    "grant:set_period": lazy("%(actor)s changes the period of %(subject)s on “%(scope)s”"),
    "invitation:accept": lazy("%(actor)s accepts an invitation to “%(scope)s”"),
    "invitation:cancel": lazy("The invitation of %(subject)s to “%(scope)s” is cancelled by %(actor)s"),
    "invitation:decline": lazy("%(actor)s declines an invitation to “%(scope)s”"),
    "invitation:invite": lazy("%(actor)s invites %(subject)s to “%(scope)s”"),
    "invitation:resend": lazy("%(actor)s sends the invitation of %(subject)s to “%(scope)s” again"),
    "people:import": lazy("%(actor)s imports people from a table"),
    "people:import_ended": lazy("A long table of people that %(actor)s imports has been carried out, or refused"),
    "people:import_later": lazy("%(actor)s leaves a long table of people to be imported"),
    "person:change_address": lazy("%(actor)s changes address"),
    "person:anonymize": lazy("%(actor)s anonymizes an account: %(subject)s"),
    "person:create": lazy("%(actor)s gives %(subject)s a first access"),
    "person:deactivate": lazy("%(actor)s suspends %(subject)s in the portal"),
    "person:demote": lazy("%(actor)s demotes %(subject)s to a standard account"),
    "person:hand_over": lazy("%(actor)s hands over what %(subject)s had under way on “%(scope)s”"),
    "person:reactivate": lazy("%(actor)s gives %(subject)s back what was suspended"),
    "person:set_places": lazy("%(actor)s says where %(subject)s works in “%(scope)s”"),
    "person:set_territories": lazy("%(actor)s sets the territories of %(subject)s"),
    "portal:load": lazy("%(actor)s loads the portal from its files"),
    "portal:set": lazy("%(actor)s changes the portal’s name, color or texts"),
    "portal:set_logo": lazy("%(actor)s changes the portal’s logo"),
    "profile:derive": lazy("%(actor)s creates the profile “%(profile)s”"),
    "profile:edit": lazy("%(actor)s changes what the profile “%(profile)s” opens"),
    "profile:rename": lazy("%(actor)s renames the profile “%(profile)s”"),
    "profile:retire": lazy("%(actor)s retires the profile “%(profile)s”"),
    "profile:reinstate": lazy("%(actor)s brings the retired profile “%(profile)s” back"),
    "profile:set_default": lazy("%(actor)s makes “%(profile)s” the default profile"),
    "profile:transfer": lazy("%(actor)s transfers people to the profile “%(profile)s” on “%(scope)s”"),
    "profile:undo_transfer": lazy("%(actor)s undoes a transfer: “%(profile)s” again on “%(scope)s”"),
    "request:amend": lazy("%(actor)s changes their request on “%(scope)s”"),
    "request:approve": lazy("%(actor)s approves the request for %(subject)s on “%(scope)s”"),
    "request:ask": lazy("%(actor)s asks for access for %(subject)s to “%(scope)s”"),
    "request:expire": lazy("The request for %(subject)s on “%(scope)s” expires unanswered"),
    "request:modify": lazy("%(actor)s modifies what is asked for %(subject)s on “%(scope)s”"),
    "request:reject": lazy("%(actor)s refuses the request for %(subject)s on “%(scope)s”"),
    "request:remind": lazy("Those who decide are reminded of the request for %(subject)s on “%(scope)s”"),
    "request:withdraw": lazy("%(actor)s takes back the request for %(subject)s on “%(scope)s”"),
    "resource:ask_approval": lazy("%(actor)s causes an approval to be asked: %(thing)s"),
    "resource:comment": lazy("%(actor)s comments: %(thing)s"),
    "resource:create": lazy("%(actor)s creates: %(thing)s"),
    "resource:delete": lazy("%(actor)s deletes: %(thing)s"),
    "resource:edit": lazy("%(actor)s changes: %(thing)s"),
    "resource:handle": lazy("%(actor)s handles: %(thing)s"),
    "resource:lose_approvals": lazy("%(actor)s changes what had been approved: %(thing)s"),
    "resource:take_in": lazy("%(actor)s drops a file: %(thing)s"),
    "resource:transition": lazy("%(actor)s moves along: %(thing)s"),
    "resource:transmit": lazy("Sent by itself, its approvals being complete: %(thing)s"),
    "scope:accept": lazy("%(actor)s accepts “%(scope)s”"),
    "scope:close": lazy("%(actor)s closes “%(scope)s”"),
    "scope:configure": lazy("%(actor)s configures “%(scope)s”"),
    "scope:create": lazy("%(actor)s creates “%(scope)s”"),
    "scope:establish": lazy("%(actor)s opens “%(scope)s” with its first manager"),
    "scope:found": lazy("%(actor)s founds “%(scope)s”"),
    "scope:move": lazy("%(actor)s moves “%(scope)s”"),
    "scope:refuse": lazy("%(actor)s refuses “%(scope)s”"),
    "scope:rename": lazy("%(actor)s renames “%(scope)s”"),
    "scope:reopen": lazy("%(actor)s reopens “%(scope)s”"),
    "scope:set": lazy("%(actor)s changes the settings of “%(scope)s”"),
    "scope:submit": lazy("%(actor)s submits “%(scope)s”"),
    "token:create": lazy("%(actor)s creates a token for the interfaces"),
    "token:revoke": lazy("%(actor)s revokes a token of the interfaces"),
}
"""The sentence for each tag of the journal."""


KINDS = {
    "rights": lazy("Accesses and invitations"),
    "requests": lazy("Requests for access"),
    "people": lazy("People"),
    "resources": lazy("Resources"),
    "scopes": lazy("Scopes"),
    "portal": lazy("The portal itself"),
}
"""The name of each kind of change that a history can be narrowed to."""


@dataclass(frozen=True)
class Told:
    """An entry ready to be shown."""

    at: Any
    says: str
    detail: str
    refused: bool
    comment: str


def asked_of(sent: Mapping[str, str]) -> Wanted:
    """What an address asks of a history; what it says badly is left out."""
    return Wanted(
        sent.get("who", "").strip()[:200],
        sent.get("what", "") if sent.get("what", "") in KINDS else "",
        day(sent.get("since", "")),
        day(sent.get("until", "")),
        sent.get("refused", "") == "1",
    )


def day(text: str) -> date | None:
    """A day as browsers send it; nothing where it is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST <= found.year <= LATEST else None


def told(here: Any, entries: Sequence[Any], people: Mapping[str, str], scopes: Mapping[str, str]) -> list[Told]:
    """Each of *entries* in a sentence; *people* and *scopes* give the names of those they speak of."""
    return [one(here, entry, people, scopes) for entry in entries]


def one(here: Any, entry: Any, people: Mapping[str, str], scopes: Mapping[str, str]) -> Told:
    """One entry."""
    names = {
        "actor": doer(entry, people),
        "subject": people.get(entry.subject, entry.subject) or _("somebody"),
        "scope": scopes.get(entry.scope, entry.scope) or words.root_name(),
        "thing": thing(here, entry),
        "profile": profile(here, entry),
    }
    sentence = SENTENCES.get(entry.tag)
    says = str(sentence) % names if sentence else f"{names['actor']} : {entry.tag}"
    return Told(entry.at, says, detail(here, entry), entry.refused, entry.comment)


def profile(here: Any, entry: Any) -> str:
    """The profile that an entry is about, as it is called today."""
    type_, _colon, key = entry.target.partition(":")
    found = (
        key
        if type_ == "profile"
        else str(asked(entry).get("profile") or asked(entry).get("to") or asked(entry).get("source") or "")
    )
    return words.profile_name(here, found)


def doer(entry: Any, people: Mapping[str, str]) -> str:
    """Who did it, and on whose behalf where a deputy did."""
    name = people.get(entry.actor, entry.actor) or _("The publisher")
    absent = str(entry.facts.get("for", ""))
    if not absent:
        return name
    return _("%(deputy)s (on behalf of %(absent)s)") % {"deputy": name, "absent": people.get(absent, absent)}


def thing(here: Any, entry: Any) -> str:
    """The resource that an entry is about, by its type and key; by its type alone where it was never made."""
    type_, _colon, key = entry.target.partition(":")
    if key:
        return words.ref_name(here, Ref(type_, key))
    return words.type_name(here.blueprint, str(asked(entry).get("type_", ""))) or _("a resource")


def detail(here: Any, entry: Any) -> str:
    """The profile that an entry gives or takes, or the button that was pressed."""
    type_, _colon, key = entry.target.partition(":")
    if entry.tag.startswith(("grant:", "invitation:")):
        profile = key if type_ == "profile" else str(asked(entry).get("profile", ""))
        return words.profile_name(here, profile)
    if entry.tag in ("profile:transfer", "profile:undo_transfer"):
        return moved(here, entry)
    if entry.tag == "resource:transition":
        action = str(entry.facts.get("action") or asked(entry).get("action", ""))
        return words.action_name(here.blueprint, action, type_)
    return ""


def moved(here: Any, entry: Any) -> str:
    """Whom a transfer moved, or how many, and from which profile."""
    rows = entry.facts.get("moved", ())
    before = ", ".join(dict.fromkeys(words.profile_name(here, row[2]) for row in rows))
    count = entry.subject or ngettext("%(count)s access", "%(count)s accesses", len(rows)) % {"count": len(rows)}
    return _("%(count)s, before: %(profile)s") % {"count": count, "profile": before} if rows else ""


def asked(entry: Any) -> Mapping[str, Any]:
    """What a refused entry had asked for."""
    found = entry.facts.get("asked", {})
    return found if isinstance(found, Mapping) else {}

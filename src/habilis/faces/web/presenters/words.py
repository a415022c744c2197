"""The words for what a blueprint does not name: actions, levels, statuses, faults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.blueprints.fields import loaded
from habilis.blueprints.fields import stored as to_store
from habilis.blueprints.schema import Blueprint, Field, Label
from habilis.core import PORTAL, Fault, HabilisError, Ref

LEVELS = {
    "none": (lazy("nothing"), "no-symbol"),
    "print": (lazy("list and print"), "printer"),
    "view": (lazy("list and read"), "eye"),
    "edit": (lazy("everything"), "pencil"),
}
"""For each level, its word and its pictogram."""

ACTIONS = {
    "list": lazy("see in the lists"),
    "read": lazy("read"),
    "print": lazy("print"),
    "edit": lazy("change"),
    "delete": lazy("delete"),
    "attach": lazy("attach people"),
    "detach": lazy("detach people"),
    "invite": lazy("invite people"),
    "adjust": lazy("adjust people's rights"),
    "export": lazy("see the people"),
    "read_members": lazy("read people's rights"),
    "decide": lazy("decide access requests"),
    "configure": lazy("set the configuration"),
    "set": lazy("change the settings"),
    "read_settings": lazy("read the settings"),
    "moderate": lazy("moderate"),
    "read_journal": lazy("read the history"),
    "derive": lazy("change the access profiles"),
}

SCOPE_STATUSES = {"active": lazy("Active"), "inactive": lazy("Closed"), "pending": lazy("Awaiting moderation")}
GRANT_STATUSES = {
    "in_force": lazy("In force"),
    "not_begun": lazy("Not begun"),
    "ended": lazy("Ended"),
    "asleep": lazy("Asleep: the scope is closed"),
}
LANGUAGES = {"fr": "Français", "en": "English"}

CODES = {
    "base_locked": lazy("A base profile is locked: duplicate it, then restrict the copy."),
    "default_retired": lazy("This is the default profile: choose another default first."),
    "derives_nothing": lazy("None of your accesses lets you change the access profiles."),
    "level": lazy("This level does not exist for this permission."),
    "name_taken": lazy("Another profile has this name already: choose another."),
    "no_default": lazy("This profile cannot be the default one."),
    "compare": lazy("Choose two profiles or licenses at least, and twelve at most."),
    "changed_since": lazy("It has changed since the transfer."),
    "elsewhere": lazy("The person holds this profile elsewhere too, and it changes there together or not at all."),
    "nobody_moves": lazy("Nobody is left to be transferred."),
    "price_rises": lazy("The price rises: it must be agreed to."),
    "retired_profile": lazy("This profile is retired: it changes no more."),
    "profile_name": lazy("A name is needed: 1 to 200 characters."),
    "worn": lazy("People still have this profile: transfer them to another first."),
    "worn_elsewhere": lazy("People out of your reach have this profile: duplicate it, and change the copy."),
    "account_exists": lazy("This address has an account already: sign in to answer."),
    "already_asked": lazy("You asked for this already: your request waits."),
    "deputy_already": lazy("Somebody decides for you already during some of these days."),
    "deputy_self": lazy("Choose somebody else: nobody stands in for themself."),
    "deputy_unknown": lazy("Nobody who is active in this portal has this address."),
    "deputy_until": lazy("Give the last day of the absence, within a year."),
    "decides_nothing": lazy("None of your accesses lets you decide access requests."),
    "held_already": lazy("You hold this already."),
    "keeps_period": lazy("A profile that changes keeps its period: leave both days empty."),
    "newcomer_self": lazy("This form is for somebody else: for yourself, ask for other rights."),
    "not_offered": lazy("One of these cannot be chosen here."),
    "note": lazy("The note is too long: 2000 characters at most."),
    "own_request": lazy("Nobody decides their own request: somebody else does."),
    "request_expired": lazy("This request has expired: the person may ask again."),
    "required_period": lazy("What the person holds above does not last as long."),
    "person_suspended": lazy("This person is suspended in the portal: reactivate them first."),
    "too_many": lazy("Too many of your requests wait already: take some back first."),
    "above_license": lazy("The license of this profile does not go that far."),
    "above_own_rights": lazy("Nobody gives more than they hold themselves there."),
    "address": lazy("This is not an e-mail address."),
    "address_link": lazy("This link is no longer good: it is too old, was used, or belongs to another account."),
    "address_taken": lazy("This address has an account already."),
    "same_address": lazy("This is the address of your account already."),
    "anonymized": lazy("This account was anonymized: nobody has it any more."),
    "asked_already": lazy("You asked already today: those concerned were told."),
    "cannot_hold": lazy("This person may not hold all of it: give them access first, or choose somebody else."),
    "known_elsewhere": lazy("Another portal knows this person: suspend them here instead."),
    "not_manager": lazy("Only whoever manages it in person passes the role on."),
    "not_yours_to_pass": lazy("You may not change everything this person has under way there."),
    "nothing_under_way": lazy("This person has nothing under way there."),
    "same_person": lazy("Choose somebody else: both are the same person."),
    "already_handled": lazy("Somebody else has decided on it already."),
    "already_approved": lazy("You approved it already."),
    "already_attached": lazy("The person holds this profile there already."),
    "attaches_nobody": lazy("None of your accesses lets you give access to others."),
    "awaits_approval": lazy("It awaits an approval: until then it goes no further."),
    "cannot_approve": lazy("One of these people could not approve here."),
    "closed_account": lazy("This account was closed."),
    "comment": lazy("The comment is empty, or too long."),
    "bad_link": lazy(
        "It may have been cut, or replaced by a newer one. Use the link of the last mail, or ask for another."
    ),
    "door": lazy("Choose who may ask for access."),
    "signup_link": lazy("It is too old, or was cut."),
    "color": lazy("This is not a color: #rrggbb is expected."),
    "configures_nothing": lazy("None of your accesses lets you configure anything here."),
    "contrast": lazy("Texts would be hard to read with this color: choose a darker one (WCAG AA asks for 4.5)."),
    "cycle": lazy("This place is below the scope itself. Choose another."),
    "depth": lazy("The tree would become more than six levels deep."),
    "file_empty": lazy("This file is empty."),
    "fields": lazy("Some of what was sent is not as expected."),
    "gone": lazy("It is no longer there, or no longer open to you."),
    "founding": lazy("Founding is either at once or approved."),
    "founding_number": lazy("A number that can be checked is needed: it tells this one from any other."),
    "identifier": lazy("This number is not valid."),
    "identifier_taken": lazy("This number identifies another scope already."),
    "invitation_accepted": lazy("An invitation is used once, and this one was. Sign in to find your access."),
    "invitation_cancelled": lazy("Whoever sent it has withdrawn it. Ask them for another if it is a mistake."),
    "invitation_declined": lazy("Nothing was opened. If you change your mind, ask for another invitation."),
    "invitation_expired": lazy("Its time is over. Ask whoever invited you to send it again."),
    "invitation_replaced": lazy("A newer link was sent to the same address: use that one."),
    "invites_nobody": lazy("None of your accesses lets you invite anybody."),
    "import_under_way": lazy("An import of yours is under way already: wait until it is done."),
    "key_taken": lazy("A scope has this key already."),
    "locked_out": lazy("You could not reopen it afterwards: ask whoever manages what is above."),
    "logo": lazy("This is not a picture that is read here: PNG, JPEG, WebP or GIF, 1 MB at most, is expected."),
    "many_files": lazy("Several files are being prepared for you already: wait until one is ready."),
    "stale_file": lazy("Your rights have changed since this file was written: ask for it again."),
    "many_pending": lazy("Several already wait: come back once one is decided."),
    "manages_nothing": lazy("None of your accesses gives you anything to manage here."),
    "name": lazy("A name of 1 to 200 characters is needed."),
    "manager": lazy("Nobody manages a scope of this kind."),
    "no_manager": lazy("Nobody is left to manage it. Name somebody, who becomes its manager as it reopens."),
    "no_longer_given": lazy("Whoever invited you may no longer give this access. Ask somebody who manages there."),
    "nowhere": lazy("None of your accesses lets you create this anywhere."),
    "other_person": lazy("It was sent to another address than yours. Nothing was changed."),
    "other_profile": lazy("The person holds another profile there, and only one is possible."),
    "prints_nothing": lazy("None of your accesses lets you print this."),
    "profile": lazy("This profile cannot be given there."),
    "quota": lazy("Too many invitations in one day. Try again tomorrow."),
    "responsible": lazy("Choose a person of the portal, or a scope above."),
    "retired": lazy("This profile is given to nobody any more: it can end sooner, not later."),
    "root": lazy("The root of the portal is changed by its publisher."),
    "rule_kind": lazy("This kind does not exist."),
    "rule_threshold": lazy("An amount of 0 or more is needed."),
    "rule_twice": lazy("There is such a rule already."),
    "rule_type": lazy("No rule can speak of this here."),
    "scopes": lazy("Choose at least one scope."),
    "sort": lazy("This order does not exist."),
    "text": lazy("A plain text of 1000 characters at most is expected."),
    "suspended_here": lazy("Your access to this portal is suspended."),
    "title": lazy("A title of 1 to 300 characters is needed."),
    "unknown_person": lazy("Nobody has an account with this address: add the person first."),
    "until": lazy("The end must come later than the beginning, and than now."),
    "both": lazy("Choose the whole country or a list, not both."),
    "empty": lazy("Tick at least one: nothing is inferred from an empty choice."),
    "moderates_nothing": lazy("None of your accesses lets you moderate anything here."),
    "parent": lazy("This cannot be submitted there. Choose another place."),
    "places": lazy("One of these is not offered here."),
    "position": lazy("One takes a position on an open dossier that one reaches from above."),
    "reason": lazy("A reason of 1 to 2000 characters is needed: its author will read it."),
    "suspended": lazy("Your access to this portal is suspended. Ask whoever manages it."),
    "territories": lazy("One of these is no territory."),
    "territory": lazy("Only whoever moderates the portal says who holds a territory."),
    "bad_cursor": lazy("This page of the list no longer exists. Go back to the beginning of the list."),
    "last_manager": lazy("Somebody must keep managing: this person is the last to do so here."),
    "stale": lazy("Somebody else has changed it since you opened it."),
    "wrong_state": lazy("It is no longer in a state that allows this."),
    "self": lazy("Nobody gives rights to themselves, nor changes their own."),
    "refused": lazy("The rules of the portal do not allow it."),
    "conflict": lazy("The present state does not allow it."),
    "invalid": lazy("Something that was sent is not as expected."),
}
"""Sentences for the codes of refusals; `of` says the code's own words where there is none."""
UNGROUPED = 10_000  # below it digits are read at a glance, and years are no quantities
VAGUE = {"invalid", "fields"}  # codes under which each fault says more than the code


def said(label: Label | None) -> str:
    """A blueprint's text in the person's language."""
    return label.in_((get_language() or "fr")[:2]) if label else ""


def of(error: HabilisError) -> str:
    """What a refusal says."""
    if error.code == "already_handled" and error.facts.get("by"):
        return _("%(name)s has decided on it already.") % {"name": error.facts["by"]}
    return str(CODES.get(error.code) or CODES.get(type(error).code) or error)


def code(key: str) -> str:
    """The sentence of a code of refusal."""
    return str(CODES[key])


def fault_of(error: HabilisError, one: Fault) -> str:
    """One thing wrong in what was given: in our words where its code is known, else in those of whoever refused it."""
    if error.code in CODES and error.code not in VAGUE:
        return str(CODES[error.code])
    return _("Not as expected: %(says)s") % {"says": one.says}


def kind_name(blueprint: Blueprint, kind: str) -> str:
    """The word for a kind of scope."""
    return said(blueprint.kinds[kind].label) if kind in blueprint.kinds else kind


WORDS = {
    "people": lazy("People"),
    "add_person": lazy("Add a person"),
    "manage": lazy("People and scopes"),
}
"""What every portal has, in the words of the product; a blueprint may have its own."""


def kinds_among(blueprint: Blueprint, scopes: Iterable[Any]) -> str:
    """What *scopes* are, where they are of one kind or two below the root; nothing otherwise."""
    present = {scope.kind for scope in scopes}
    named = [kind_name(blueprint, kind).lower() for kind in blueprint.kinds if kind in present]
    return _(" or ").join(named).capitalize() if 1 <= len(named) <= 2 and PORTAL not in present else ""


def word(blueprint: Blueprint, key: str) -> str:
    """What the portal calls one of `WORDS`."""
    return said(blueprint.words[key]) if key in blueprint.words else str(WORDS[key])


def place_word(blueprint: Blueprint, type_: str) -> str:
    """What the scope that a resource of this type stands on is called."""
    return said(blueprint.types[type_].place) or _("Scope")


def closing_word(blueprint: Blueprint, kind: str) -> str:
    """What closing a scope of this kind is called."""
    return said(blueprint.kinds[kind].close) or _("Close")


def type_name(blueprint: Blueprint, type_: str) -> str:
    """The word for a type of resource or a kind of scope."""
    return said(blueprint.types[type_].label) if type_ in blueprint.types else kind_name(blueprint, type_)


def action_name(blueprint: Blueprint, action: str, type_: str) -> str:
    """An action in a few words."""
    if action.startswith("create_"):
        return _("create: %(thing)s") % {"thing": type_name(blueprint, action.removeprefix("create_")).lower()}
    if type_ in blueprint.types:
        for transition in blueprint.types[type_].transitions:
            if transition.action == action:
                return said(transition.label).lower()
    return str(ACTIONS.get(action, action))


def level_name(key: str) -> str:
    """A level in a few words."""
    return str(LEVELS[key][0])


def profile_name(here: Any, key: str) -> str:
    """The name of a profile."""
    return here.profiles.get(key, key)


def scope_name(scope: Any) -> str:
    """A scope with those above it, as a trail."""
    return " › ".join(scope.path_names) if scope.path_names else root_name()


def itself(blueprint: Blueprint, type_: str, scope: Any) -> str:
    """What the blueprint says of a resource on such a scope that could stand below it; nothing for the others."""
    lower = type_ in blueprint.types and blueprint.model.types[type_].on - {scope.kind}
    return said(blueprint.kinds[scope.kind].itself) if lower and scope.kind in blueprint.kinds else ""


def place_name(blueprint: Blueprint, type_: str, scope: Any) -> str:
    """Where a resource stands: its scope as a trail, and what is said of standing on that scope itself."""
    own = itself(blueprint, type_, scope)
    return f"{scope_name(scope)} › {own}" if own else scope_name(scope)


def root_name() -> str:
    """What the root of the tree is called."""
    return _("The whole portal")


def ref_name(here: Any, ref: Ref) -> str:
    """What a decision is about, by its kind and key; whoever reads this asked with that key."""
    if ref.type == PORTAL:
        return root_name()
    return _("%(thing)s “%(key)s”") % {"thing": type_name(here.blueprint, ref.type), "key": ref.id}


def value(field: Field, stored: Any) -> str:
    """A field's value as people read it."""
    if stored is None or stored == "":
        return ""
    found = loaded(field, stored)
    match field.kind:
        case "choice":
            return said(field.choices[found]) if found in field.choices else str(found)
        case "boolean":
            return _("Yes") if found else _("No")
        case "date":
            return formats.date_format(found, "SHORT_DATE_FORMAT")
        case "amount":
            return f"{formats.number_format(found, 2, force_grouping=True, use_l10n=True)}\N{NO-BREAK SPACE}€"
        case "decimal" | "integer":
            return str(formats.number_format(found, use_l10n=True, force_grouping=abs(found) >= UNGROUPED))
    return str(found)


def typed_value(field: Field, typed: Any) -> str:
    """What a form's value would read once stored."""
    try:
        return value(field, to_store(field, typed))
    except ValueError:
        return str(typed)


def period(grant: Any) -> str:
    """A grant's period in words; nothing for one that is open on both sides."""
    since = formats.date_format(grant.valid_from, "SHORT_DATE_FORMAT") if grant.valid_from else ""
    until = formats.date_format(grant.valid_until, "SHORT_DATE_FORMAT") if grant.valid_until else ""
    if since and until:
        return _("from %(since)s to %(until)s") % {"since": since, "until": until}
    if since:
        return _("since %(since)s") % {"since": since}
    return _("until %(until)s") % {"until": until} if until else _("without limit")

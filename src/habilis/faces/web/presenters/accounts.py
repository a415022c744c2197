"""
The account of a decision, in sentences.

The person hears of their own grants; of others' only whoever may see the people of the scope.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import Account, HabilisError, Ref, Step, Unanswerable, Verdict
from habilis.faces.web.presenters import words
from habilis.workflows import browse

VERDICTS = {
    Verdict.DECISIVE: lazy("this is what allows it"),
    Verdict.INACTIVE_PERSON: lazy("does not count: the person is no longer active in this portal"),
    Verdict.NOT_BEGUN: lazy("does not count yet: its period has not begun"),
    Verdict.ENDED: lazy("no longer counts: its period has ended"),
    Verdict.ASLEEP: lazy("does not count: the scope it is held on is closed"),
    Verdict.OUT_OF_REACH: lazy("does not reach here: it is held on another scope"),
    Verdict.NOT_FROM_ABOVE: lazy("does not count: this is decided from a scope above"),
    Verdict.PENDING_SCOPE: lazy("does not count: the scope awaits moderation"),
    Verdict.CLOSED_SCOPE: lazy("does not count: the scope is closed, one can only look"),
    Verdict.LEVEL_TOO_LOW: lazy("is not enough: the profile gives too little on “%(feature)s”"),
    Verdict.ABOVE_LICENSE: lazy("is not enough: the license bounds “%(feature)s”"),
    Verdict.ABOVE_CONFIGURATION: lazy("is not enough: the configuration of the scope bounds “%(feature)s”"),
    Verdict.CONDITION_NOT_MET: lazy("is not enough: %(condition)s"),
}
CONDITIONS = {
    "own": lazy("on “%(feature)s” it only opens what is one's own or awaits one's approval"),
    "awaited": lazy("on “%(feature)s” it only opens what awaits one's approval"),
    "unattached": lazy("on “%(feature)s” it only counts for those attached to nothing below"),
    "direct": lazy("on “%(feature)s” it only counts on the very scope it is held on"),
}
UNANSWERABLE = {
    Unanswerable.UNKNOWN_ACTION: lazy("This portal knows no such action on such a thing."),
    Unanswerable.UNKNOWN_RESOURCE: lazy("Nothing of that name exists here."),
    Unanswerable.NO_GRANT: lazy("No access at all has been given in this portal."),
    Unanswerable.FAILED: lazy("Something went wrong while deciding, and whatever goes wrong refuses."),
}


@dataclass(frozen=True)
class Line:
    """One grant weighed: who gives it (profile and scope), what became of it, and whether it decides."""

    profile: str
    scope: str
    says: str
    decisive: bool


@dataclass(frozen=True)
class Told:
    """An account ready to be shown."""

    allowed: bool
    says: str
    lines: tuple[Line, ...]
    remedies: tuple[str, ...]


def told(here: Any, account: Account, action: str, ref: Ref) -> Told:
    """Tell the account of a decision about *action* on *ref*."""
    feature = feature_name(here, account.feature)
    if account.unanswerable is not None and not account.steps:
        says = str(UNANSWERABLE[account.unanswerable])
    else:
        says = _("“%(feature)s” is what governs this: %(action)s.") % {
            "feature": feature,
            "action": words.action_name(here.blueprint, action, ref.type),
        }
    known = {grant.scope.key: words.scope_name(grant.scope) for grant in here.grants}
    lines = tuple(line(here, step, known) for step in account.steps)
    return Told(account.allowed, says, lines, remedies(here, account, known))


def line(here: Any, step: Step, known: dict[str, str]) -> Line:
    """Tell one step."""
    decisive = step.verdict is Verdict.DECISIVE
    if step.grant is None:
        return Line(_("Author"), "", _("whoever asked for a scope reads it while it awaits moderation"), decisive)
    feature = feature_name(here, step.feature)
    condition = str(CONDITIONS.get(step.condition or "", "")) % {"feature": feature}
    says = str(VERDICTS[step.verdict]) % {"feature": feature, "condition": condition}
    return Line(words.profile_name(here, step.grant.profile), scope_of(here, step.grant.scope, known), says, decisive)


def remedies(here: Any, account: Account, known: dict[str, str]) -> tuple[str, ...]:
    """What would suffice, a sentence for each profile, the nearest scope first; scopes out of sight are left out."""
    found: dict[str, list[str]] = {}
    for remedy in account.remedies:
        scope = scope_of(here, remedy.scope, known)
        if scope:
            found.setdefault(scope, []).append(words.profile_name(here, remedy.profile))
    return tuple(
        _("on %(scope)s: %(profiles)s")
        % {"scope": scope, "profiles": _(" or ").join(_("“%(name)s”") % {"name": name} for name in names)}
        for scope, names in found.items()
    )


def scope_of(here: Any, key: str, known: dict[str, str]) -> str:
    """A scope's name where the person may read it, else nothing."""
    if key not in known:
        try:
            known[key] = words.scope_name(browse.scope(here.portal, here.me, key))
        except HabilisError:
            known[key] = ""
    return known[key]


def feature_name(here: Any, feature: str | None) -> str:
    """The name of a feature."""
    info = here.blueprint.features.get(feature or "")
    return words.said(info.label) if info else (feature or "")


def question_refused(here: Any, action: str, ref: Ref) -> str:
    """What was refused, in one sentence."""
    return _("The rules of the portal do not let you do this: %(action)s (%(thing)s).") % {
        "action": words.action_name(here.blueprint, action, ref.type),
        "thing": words.ref_name(here, ref),
    }

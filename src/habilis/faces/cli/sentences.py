"""An account as sentences, in the two languages of every portal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from habilis.blueprints.schema import Blueprint
from habilis.core import Account, Condition, Ref, Step, Unanswerable, Verb, Verdict

LANGUAGES = ("en", "fr")
REMEDIES_SHOWN = 10

ANSWER = {
    "en": ("`{subject}` may not do `{action}` on `{ref}`.", "`{subject}` may do `{action}` on `{ref}`."),
    "fr": ("`{subject}` n’a pas droit à `{action}` sur `{ref}`.", "`{subject}` a droit à `{action}` sur `{ref}`."),
}
UNANSWERABLE = {
    "en": {
        Unanswerable.UNKNOWN_ACTION: "The portal knows no such action on this type.",
        Unanswerable.UNKNOWN_RESOURCE: "The portal knows nothing of that name.",
        Unanswerable.NO_GRANT: "They hold no grant in this portal.",
        Unanswerable.FAILED: "The question could not be answered, and an error refuses.",
    },
    "fr": {
        Unanswerable.UNKNOWN_ACTION: "Le portail ne connaît pas cette action sur ce type.",
        Unanswerable.UNKNOWN_RESOURCE: "Le portail ne connaît rien de ce nom.",
        Unanswerable.NO_GRANT: "Cette personne n’a aucune habilitation dans ce portail.",
        Unanswerable.FAILED: "La question n’a pas pu être tranchée, et une erreur refuse.",
    },
}
VERDICTS = {
    "en": {
        Verdict.DECISIVE: "decides: it suffices by itself",
        Verdict.INACTIVE_PERSON: "does not count: the person is deactivated here",
        Verdict.NOT_BEGUN: "does not count yet: it begins on {valid_from}",
        Verdict.ENDED: "no longer counts: it ended on {valid_until}",
        Verdict.ASLEEP: "sleeps: its scope, or one above, is inactive",
        Verdict.OUT_OF_REACH: "does not reach that far",
        Verdict.NOT_FROM_ABOVE: "is held on the scope itself, and this asks for one held above",
        Verdict.PENDING_SCOPE: "does not reach into a scope that awaits moderation",
        Verdict.CLOSED_SCOPE: "only lets one look: the scope is inactive",
        Verdict.LEVEL_TOO_LOW: "does not hold {verb} on “{feature}”",
        Verdict.ABOVE_LICENSE: "is held back by its license: {verb} on “{feature}” is above it",
        Verdict.ABOVE_CONFIGURATION: "is held back by what its scope imposes: {verb} on “{feature}” is above it",
        Verdict.CONDITION_NOT_MET: "holds {verb} on “{feature}” on a condition that is not met: {condition}",
    },
    "fr": {
        Verdict.DECISIVE: "décide : elle suffit à elle seule",
        Verdict.INACTIVE_PERSON: "ne compte pas : la personne est désactivée ici",
        Verdict.NOT_BEGUN: "ne compte pas encore : elle commence le {valid_from}",
        Verdict.ENDED: "ne compte plus : elle a pris fin le {valid_until}",
        Verdict.ASLEEP: "dort : son périmètre, ou un autre au-dessus, est inactif",
        Verdict.OUT_OF_REACH: "ne va pas jusque-là",
        Verdict.NOT_FROM_ABOVE: "est tenue sur le périmètre lui-même, or il en faut une tenue au-dessus",
        Verdict.PENDING_SCOPE: "n’entre pas dans un périmètre en attente de modération",
        Verdict.CLOSED_SCOPE: "permet seulement de regarder : le périmètre est inactif",
        Verdict.LEVEL_TOO_LOW: "ne donne pas {verb} sur « {feature} »",
        Verdict.ABOVE_LICENSE: "est retenue par sa licence : {verb} sur « {feature} » la dépasse",
        Verdict.ABOVE_CONFIGURATION: "est retenue par ce qu’impose son périmètre : {verb} sur « {feature} » le dépasse",
        Verdict.CONDITION_NOT_MET: "donne {verb} sur « {feature} » à une condition non remplie : {condition}",
    },
}
VERBS = {
    "en": {Verb.LIST: "listing", Verb.READ: "reading", Verb.PRINT: "printing", Verb.WRITE: "writing"},
    "fr": {Verb.LIST: "la liste", Verb.READ: "la lecture", Verb.PRINT: "l’impression", Verb.WRITE: "l’écriture"},
}
CONDITIONS = {
    "en": {
        Condition.OWN: "being its author, or asked to approve it",
        Condition.AWAITED: "being the one whose approval it awaits",
        Condition.UNATTACHED: "holding nothing further below",
        Condition.DIRECT: "holding it on this very scope",
    },
    "fr": {
        Condition.OWN: "en être l’auteur, ou avoir à l’approuver",
        Condition.AWAITED: "être de ceux dont l’approbation est attendue",
        Condition.UNATTACHED: "n’avoir rien d’autre plus bas",
        Condition.DIRECT: "l’avoir sur ce périmètre même",
    },
}
AUTHOR = {
    "en": "- As the author of a scope that awaits moderation, they list and read it.",
    "fr": "- Auteur d’un périmètre en attente de modération, cette personne le voit et le lit.",
}
GRANT = {"en": "- “{profile}” on {scope} {verdict}.", "fr": "- L’habilitation « {profile} » sur {scope} {verdict}."}
REMEDY = {"en": "- “{profile}” on {scope}", "fr": "- « {profile} » sur {scope}"}
SUFFICES = {"en": "Any one of these grants would suffice:", "fr": "L’une de ces habilitations suffirait :"}
ONCE_ACTIVE = {
    "en": "Once the person is active here again, any one of these grants suffices, held already or given:",
    "fr": "Une fois la personne réactivée ici, l’une de ces habilitations suffit, déjà tenue ou donnée :",
}
NOTHING_SUFFICES = {
    "en": "No grant of a profile as it is would suffice.",
    "fr": "Aucune habilitation avec un profil tel quel ne suffirait.",
}
MORE = {"en": "- and {count} more", "fr": "- et {count} autres"}
ROOT = {"en": "the whole portal", "fr": "tout le portail"}


@dataclass(frozen=True)
class Words:
    """The words of one portal in one language."""

    language: str
    blueprint: Blueprint

    def account(self, account: Account, subject: str, action: str, ref: Ref) -> Iterator[str]:
        """The answer; each grant weighed, and why it counts or not; for a refusal, what would suffice."""
        yield ANSWER[self.language][account.allowed].format(subject=subject, action=action, ref=ref)
        if account.unanswerable is not None:
            yield UNANSWERABLE[self.language][account.unanswerable]
        for step in account.steps:
            yield self.step(step, account.verb)
        if account.allowed or account.unanswerable not in (None, Unanswerable.NO_GRANT):
            return
        inactive = any(step.verdict is Verdict.INACTIVE_PERSON for step in account.steps)
        heading = (ONCE_ACTIVE if inactive else SUFFICES) if account.remedies else NOTHING_SUFFICES
        yield heading[self.language]
        for remedy in account.remedies[:REMEDIES_SHOWN]:
            shown = {"profile": self.profile(remedy.profile), "scope": self.scope(remedy.scope)}
            yield REMEDY[self.language].format(**shown)
        if len(account.remedies) > REMEDIES_SHOWN:
            yield MORE[self.language].format(count=len(account.remedies) - REMEDIES_SHOWN)

    def step(self, step: Step, verb: Verb | None) -> str:
        """One grant weighed."""
        grant = step.grant
        if grant is None:
            return AUTHOR[self.language]
        verdict = VERDICTS[self.language][step.verdict].format(
            verb=VERBS[self.language][verb] if verb else "",
            feature=self.feature(step.feature),
            condition=CONDITIONS[self.language][step.condition] if step.condition else "",
            valid_from=grant.valid_from and f"{grant.valid_from:%Y-%m-%d %H:%M} UTC",
            valid_until=grant.valid_until and f"{grant.valid_until:%Y-%m-%d %H:%M} UTC",
        )
        shown = {"profile": self.profile(grant.profile), "scope": self.scope(grant.scope), "verdict": verdict}
        return GRANT[self.language].format(**shown)

    def profile(self, key: str) -> str:
        """A profile as people read it; a derived one by its key."""
        labelled = self.blueprint.profiles.get(key)
        return labelled.label.in_(self.language) if labelled else key

    def feature(self, key: str) -> str:
        """A feature as people read it."""
        labelled = self.blueprint.features.get(key)
        return labelled.label.in_(self.language) if labelled else key

    def scope(self, key: str) -> str:
        """A scope by its key; the root by what it is."""
        return f"`{key}`" if key else ROOT[self.language]

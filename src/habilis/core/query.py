"""Questions and answers: `AccessQuery`, `Decision`, `Step`, `Verdict`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from habilis.core.facts import Facts, Grant
from habilis.core.names import Ref

if TYPE_CHECKING:
    from habilis.core.model import Condition


class AccessQuery(NamedTuple):
    """May *subject* (an address) do *action* on *resource*?"""

    subject: str
    action: str
    resource: Ref


class Verdict(StrEnum):
    """What became of one grant weighed: it decides, or the first reason why it does not count."""

    DECISIVE = "decisive"
    INACTIVE_PERSON = "inactive_person"
    NOT_BEGUN = "not_begun"
    ENDED = "ended"
    ASLEEP = "asleep"
    OUT_OF_REACH = "out_of_reach"
    NOT_FROM_ABOVE = "not_from_above"
    PENDING_SCOPE = "pending_scope"
    CLOSED_SCOPE = "closed_scope"
    LEVEL_TOO_LOW = "level_too_low"
    ABOVE_LICENSE = "above_license"
    ABOVE_CONFIGURATION = "above_configuration"
    CONDITION_NOT_MET = "condition_not_met"


class Unanswerable(StrEnum):
    """Why a question is refused before any grant is weighed."""

    UNKNOWN_ACTION = "unknown_action"
    UNKNOWN_RESOURCE = "unknown_resource"
    NO_GRANT = "no_grant"
    FAILED = "failed"


@dataclass(frozen=True)
class Step:
    """One grant weighed. `grant` is none where the author of a pending scope reads it."""

    verdict: Verdict
    grant: Grant | None
    feature: str
    condition: Condition | None = None


@dataclass(frozen=True)
class Decision:
    """
    The answer, with its account.

    `steps` are computed when read: most answers are never explained.
    """

    allowed: bool
    query: AccessQuery
    facts: Facts
    unanswerable: Unanswerable | None = None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every grant of the subject, weighed; empty where the question itself has no meaning."""
        from habilis.core.decide import weigh_all  # the account is made by the rule itself

        return weigh_all(self.query, self.facts)

    def __bool__(self) -> bool:
        return self.allowed

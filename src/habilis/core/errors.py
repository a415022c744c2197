"""
The exception tree.

    HabilisError
    ├── Refused          the actor may not: 403, or 404 where they may not even know
    ├── NotFound         unknown, foreign or invisible: one and the same answer
    ├── Conflict         possible once, not in the present state
    └── Invalid          bad input; carries every fault

Messages start in lower case, have no full stop, and put the user's words between backticks. `code` is stable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class HabilisError(Exception):
    """Anything this product refuses, with a stable *code* and the facts of the failure."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.facts = facts


class Refused(HabilisError):
    """The rule does not allow it."""

    code = "refused"


class NotFound(HabilisError):
    """Nothing of that name that the person may know of."""

    code = "not_found"


class Conflict(HabilisError):
    """The present state does not admit it."""

    code = "conflict"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in what was given: where (file, line, key or field) and what was expected."""

    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}" if self.where else self.says


class Invalid(HabilisError):
    """Bad input. Nothing was changed."""

    code = "invalid"

    def __init__(self, *faults: Fault | str, code: str | None = None) -> None:
        self.faults = tuple(Fault("", fault) if isinstance(fault, str) else fault for fault in faults)
        super().__init__("\n".join(str(fault) for fault in self.faults), code=code)

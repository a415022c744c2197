"""
Who acts, on which portal; and `change`, which makes a function a verb: one transaction, one journal entry, refusals
included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.db import connection, transaction

from habilis.core import Conflict, NotFound, Refused


@dataclass(frozen=True)
class Acting:
    """
    A person acting in a portal. `person` is a canonical address; `correlation` ties what one gesture caused
    together. A deputy is `by`: they do it, on behalf of `person` and with that person's rights.
    """

    person: str
    portal: str
    correlation: str = ""
    by: str = ""

    @property
    def doer(self) -> str:
        """Who does it themself."""
        return self.by or self.person


P = ParamSpec("P")
R = TypeVar("R")
Verb = Callable[Concatenate[Acting, P], R]


def change(tag: str) -> Callable[[Verb[P, R]], Verb[P, R]]:
    """
    Make a function a verb that the journal calls *tag*: all of it happens or none, and a refusal is written down
    too.
    """

    def decorate(function: Verb[P, R]) -> Verb[P, R]:
        @wraps(function)
        def verb(acting: Acting, *args: P.args, **kwargs: P.kwargs) -> R:
            from habilis.workflows import journal

            try:
                with transaction.atomic():
                    return function(acting, *args, **kwargs)
            except (Refused, NotFound, Conflict) as error:
                journal.record_refusal(acting, tag, error, kwargs)
                raise

        verb.tag = tag  # type: ignore[attr-defined]  # read by the test that every verb is journaled
        return verb

    return decorate


def hold_rights(portal_id: int) -> None:
    """Until the transaction ends, nobody else changes rights in the portal, nor acts on rights read before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1, %s)", [portal_id])


def hold_still(portal_id: int) -> None:
    """Until the transaction ends, rights in the portal do not change; others may act meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(1, %s)", [portal_id])

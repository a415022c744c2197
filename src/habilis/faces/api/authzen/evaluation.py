"""
One question, and batches of them in three semantics.

A batch asks all its questions at once, in a fixed number of queries; what stops early is its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from habilis.faces.api.authzen import wire
from habilis.faces.api.authzen.wire import Object, Question
from habilis.faces.api.endpoint import question
from habilis.faces.api.problems import Malformed
from habilis.workflows import access

LARGEST_BATCH = 1000
MOST_ACCOUNTS = 100  # each costs about as much as a batch without any
DEFAULTS = ("subject", "action", "resource", "context")
Answer = dict[str, Any]

STOPS: dict[str, Callable[[Answer], bool]] = {
    "execute_all": lambda _: False,
    "deny_on_first_deny": lambda answer: not answer["decision"],
    "permit_on_first_permit": lambda answer: bool(answer["decision"]),
}


@question
def evaluation(portal: str, body: Object) -> Answer:
    """Answer one question."""
    return next(answers(portal, [wire.question(body)]))


@question
def evaluations(portal: str, body: Object) -> Answer:
    """Answer a batch; without questions of its own, it is the single question that its defaults make."""
    stops = semantic(body)
    items = body.get("evaluations")
    if items is not None and not isinstance(items, list):
        raise Malformed("`evaluations` must be an array")
    if not items:
        return next(answers(portal, [wire.question(body)]))
    if len(items) > LARGEST_BATCH:
        raise Malformed(f"a batch holds {LARGEST_BATCH} evaluations at most")
    defaults = {name: body[name] for name in DEFAULTS if body.get(name) is not None}
    questions = [_asked(defaults, item) for item in items]
    if sum(isinstance(one, Question) and one.explain for one in questions) > MOST_ACCOUNTS:
        raise Malformed(f"a batch asks {MOST_ACCOUNTS} accounts at most")
    told = []
    for answer in answers(portal, questions):
        told.append(answer)
        if stops(answer):
            break
    return {"evaluations": told}


def semantic(body: Object) -> Callable[[Answer], bool]:
    """What ends the batch."""
    name = wire.optional(body, "options").get("evaluations_semantic")
    if name is None:
        name = "execute_all"
    if not isinstance(name, str) or name not in STOPS:
        raise Malformed(f"unknown `evaluations_semantic`: expected {', '.join(STOPS)}")
    return STOPS[name]


def answers(portal: str, questions: Sequence[Question | Malformed]) -> Iterator[Answer]:
    """The answers in order. The questions that want an account are asked one by one, when their turn comes."""
    plain = [one for one in questions if isinstance(one, Question) and one.askable and not one.explain]
    allowed = iter(access.check_many(portal, [(str(q.subject), q.action, q.resource) for q in plain]) if plain else ())
    for one in questions:
        if isinstance(one, Malformed):
            yield wire.failed(one)
        elif not one.askable:
            yield wire.decision(False)
        elif one.explain:
            account = access.explain(portal, str(one.subject), one.action, one.resource)
            yield wire.decision(account.allowed, account)
        else:
            yield wire.decision(next(allowed))


def _asked(defaults: Object, item: Any) -> Question | Malformed:
    """The question of *item*; each of its members replaces the default as a whole."""
    if not isinstance(item, dict):
        return Malformed("an evaluation must be an object")
    own = {name: value for name, value in item.items() if value is not None}
    try:
        return wire.question({**defaults, **own})
    except Malformed as problem:
        return problem

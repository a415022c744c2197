"""What a mail or a notice may still say: asked again of the rule, when it is sent and whenever it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from habilis.core import Ref
from habilis.store.models import AccessRequestScope, Message
from habilis.workflows import access


def seen(portal: str, person: str, rows: Sequence[Message]) -> list[bool]:
    """For each of *rows*, messages to *person*, whether they may still see what it is about; in a few queries."""
    places = _places(rows)
    questions: dict[tuple[str, Ref], bool] = {}
    for row in rows:
        if row.about:
            questions.update(((action, Ref.parse(row.about)), False) for action in _actions(row))
        if row.request_id:
            questions.update((("decide", ref), False) for ref in places.get(row.request_id, ()))
    if questions:
        asked = [(person, action, ref) for action, ref in questions]
        questions = dict(zip(questions, access.check_many(portal, asked), strict=True))

    def shown(row: Message) -> bool:
        if row.about and not any(questions[action, Ref.parse(row.about)] for action in _actions(row)):
            return False
        if row.request is None or person in (row.request.requester.email, row.request.beneficiary.email):
            return True
        asked_on = places.get(row.request.pk, ())
        return bool(asked_on) and all(questions["decide", ref] for ref in asked_on)

    return [shown(row) for row in rows]


def _actions(row: Message) -> tuple[str, ...]:
    return (row.action,) if row.action else access.SEEN_BY


def _places(rows: Sequence[Message]) -> dict[int, list[Ref]]:
    """The scopes of each request that one of *rows* is about."""
    numbers = {row.request_id for row in rows if row.request_id}
    found: dict[int, list[Ref]] = {}
    if numbers:
        targets = AccessRequestScope.objects.filter(request__in=numbers)
        for number, kind, key in targets.values_list("request_id", "scope__kind", "scope__key"):
            found.setdefault(number, []).append(Ref(kind, key))
    return found

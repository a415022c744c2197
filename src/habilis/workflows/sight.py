"""What a mail or a notice may still say: asked again of the rule, when it is sent and whenever it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from habilis.core import Ref
from habilis.store.models import AccessRequestScope, Message
from habilis.workflows import access, standins


def seen(portal: str, person: str, rows: Sequence[Message]) -> list[bool]:
    """For each of *rows*, messages to *person*, whether they may still see what it is about; in a few queries."""
    places = _places(rows)
    holders = (person, *standins.absent_for(portal, person)) if places else ()
    questions: dict[tuple[str, str, Ref], bool] = {}
    for row in rows:
        if row.about:
            questions.update(((person, action, Ref.parse(row.about)), False) for action in _actions(row))
        if row.request_id:
            questions.update(((one, "decide", ref), False) for one in holders for ref in places.get(row.request_id, ()))
    if questions:
        questions = dict(zip(questions, access.check_many(portal, list(questions)), strict=True))

    def shown(row: Message) -> bool:
        if row.about and not any(questions[person, action, Ref.parse(row.about)] for action in _actions(row)):
            return False
        if row.request is None:
            return True
        parties = (row.request.requester.email, row.request.beneficiary.email)
        asked_on = places.get(row.request.pk, ())
        may = (all(questions[one, "decide", ref] for ref in asked_on) for one in holders if one not in parties)
        return person in parties or (bool(asked_on) and any(may))

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

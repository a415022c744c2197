"""`check`, `explain`, `list` and `who`: the four questions, now or at a past instant."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import click

from habilis.core import Account, Ref, canonical_address
from habilis.faces.cli import sentences
from habilis.faces.cli.output import Misuse, plainly, say, say_json

DENIED = 3


class Instant(click.ParamType):
    """An instant in ISO 8601, with its offset from UTC."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read *value*."""
        if isinstance(value, datetime):
            return value
        with contextlib.suppress(ValueError, OverflowError):
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is not None:
                return instant.astimezone(UTC)
        return self.fail(f"`{value}` is not an instant like 2026-06-01T09:00:00+02:00", param, ctx)


portal_argument = click.argument("portal")
person_argument = click.argument("person")
action_argument = click.argument("action")
thing_argument = click.argument("thing", metavar="TYPE:KEY")
type_argument = click.argument("type_", metavar="TYPE")


def question(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every question takes besides its own words."""
    as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
    as_of = click.option("--as-of", type=Instant(), help="Ask of what was true then (ISO 8601 with an offset).")
    return as_of(as_json(plainly(command)))


@click.command()
@portal_argument
@person_argument
@action_argument
@thing_argument
@question
@click.pass_context
def check(
    context: click.Context, portal: str, person: str, action: str, thing: str, as_of: datetime | None, *, as_json: bool
) -> None:
    """May PERSON do ACTION on TYPE:KEY? Exit code 0: allowed, 3: denied."""
    from habilis.workflows import access

    subject, ref = address(person), thing_of(thing)
    with at(as_of):
        known(portal, ref.type, action)
        allowed = storable(ref.id) and access.check(portal, subject, action, ref)
    if as_json:
        say_json({**asked(portal, as_of, subject, action, ref), "allowed": allowed})
    else:
        say("allowed" if allowed else "denied")
    context.exit(0 if allowed else DENIED)


@click.command()
@portal_argument
@person_argument
@action_argument
@thing_argument
@click.option("--lang", type=click.Choice(sentences.LANGUAGES), default="en", show_default=True)
@question
@click.pass_context
def explain(
    context: click.Context,
    portal: str,
    person: str,
    action: str,
    thing: str,
    lang: str,
    as_of: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Why may PERSON do ACTION on TYPE:KEY, or why not, and what would suffice? Exit codes as for check."""
    from habilis.workflows import access

    subject, ref = address(person), thing_of(thing)
    with at(as_of):
        known(portal, ref.type, action)
        account = access.explain(portal, subject, action, Ref(ref.type, ref.id if storable(ref.id) else "\ufffd"))
        words = sentences.Words(lang, access.blueprint_of(portal))
    lines = list(words.account(account, subject, action, ref))
    if as_json:
        say_json({**asked(portal, as_of, subject, action, ref), **told(account), "says": lines})
    else:
        for line in lines:
            say(line)
    context.exit(0 if account.allowed else DENIED)


@click.command("list")
@portal_argument
@person_argument
@action_argument
@type_argument
@question
def list_(portal: str, person: str, action: str, type_: str, as_of: datetime | None, *, as_json: bool) -> None:
    """On what of TYPE may PERSON do ACTION? One key a line."""
    from habilis.workflows import access

    subject = address(person)
    with at(as_of):
        known(portal, type_, action)
        keys = access.keys(portal, subject, action, type_)
    if as_json:
        say_json({**asked(portal, as_of, subject, action), "type": type_, "keys": keys})
    else:
        lines(keys)


@click.command()
@portal_argument
@action_argument
@thing_argument
@question
def who(portal: str, action: str, thing: str, as_of: datetime | None, *, as_json: bool) -> None:
    """Who may do ACTION on TYPE:KEY? One address a line."""
    from habilis.workflows import access

    ref = thing_of(thing)
    with at(as_of):
        known(portal, ref.type, action)
        people = access.subjects(portal, action, ref) if storable(ref.id) else []
    if as_json:
        say_json({**asked(portal, as_of, None, action, ref), "subjects": people})
    else:
        lines(people)


def address(text: str) -> str:
    """The canonical address; anything that cannot be one is a misuse."""
    try:
        return canonical_address(text)
    except ValueError as error:
        raise Misuse(error) from None


def thing_of(text: str) -> Ref:
    """The thing that `type:key` names."""
    try:
        return Ref.parse(text)
    except ValueError as error:
        raise Misuse(error) from None


def storable(text: str) -> bool:
    """Whether the database could hold *text*; if not, nothing has that name."""
    return not any(unicodedata.category(c) in ("Cc", "Cs") for c in text)


def known(portal: str, type_: str, action: str) -> None:
    """
    Refuse an unknown portal, type or action as a slip of the pen; an action that this type never admits is denied.
    """
    from habilis.workflows import access

    if not storable(portal):
        raise Misuse(f"unknown portal `{portal[:60]}`")
    rules = access.model_of(portal).rules
    if type_ not in rules:
        raise Misuse(f"unknown type `{type_[:60]}`: expected {', '.join(sorted(rules))}")
    if not any(action in actions for actions in rules.values()):
        raise Misuse(f"unknown action `{action[:60]}` on {type_}: expected {', '.join(sorted(rules[type_]))}")


@contextlib.contextmanager
def at(instant: datetime | None) -> Iterator[None]:
    """What is asked inside is asked of that instant; of now where there is none."""
    from habilis.workflows import clock

    with clock.as_of(instant) if instant is not None else contextlib.nullcontext():
        yield


def asked(
    portal: str, as_of: datetime | None, subject: str | None, action: str, ref: Ref | None = None
) -> dict[str, Any]:
    """The question, as JSON repeats it."""
    words: dict[str, Any] = {"portal": portal}
    if subject is not None:
        words["subject"] = subject
    words["action"] = action
    if ref is not None:
        words["resource"] = {"type": ref.type, "id": ref.id}
    if as_of is not None:
        words["as_of"] = as_of.isoformat()
    return words


def told(account: Account) -> dict[str, Any]:
    """The account, as JSON tells it: codes and keys."""
    return {
        "allowed": account.allowed,
        "feature": account.feature,
        "verb": account.verb,
        "unanswerable": account.unanswerable,
        "grants": [
            {
                "profile": step.grant.profile if step.grant else None,
                "scope": step.grant.scope if step.grant else None,
                "from": step.grant.valid_from if step.grant else None,
                "until": step.grant.valid_until if step.grant else None,
                "verdict": step.verdict,
                "feature": step.feature,
                "condition": step.condition,
            }
            for step in account.steps
        ],
        "remedies": [{"profile": remedy.profile, "scope": remedy.scope} for remedy in account.remedies],
    }


def lines(texts: Iterable[str]) -> None:
    """Print one a line."""
    for text in texts:
        say(text)

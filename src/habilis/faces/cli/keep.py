"""`token` and `journal`: what keeps the doors, and what remembers."""

from __future__ import annotations

import click

from habilis.faces.cli.ask import storable
from habilis.faces.cli.output import Misuse, plainly, say, say_table

TAMPERED = 1


@click.group()
def token() -> None:
    """Bearer tokens of the programs that ask a portal."""


@token.command()
@click.argument("portal")
@click.option("--name", default="", help="What the token is for.")
@plainly
def create(portal: str, name: str) -> None:
    """Create a token, and print it alone on the last line: it is shown this once."""
    from habilis.workflows import tokens

    name_of(portal)
    if not storable(name):
        raise Misuse("a token's name is one line of text")
    raw = tokens.create(portal, name)
    say(f"a token of `{portal}`, shown this once; send it as `Authorization: Bearer …`")
    click.echo(raw)


@token.command("list")
@click.argument("portal")
@plainly
def list_(portal: str) -> None:
    """The tokens of a portal, without what they are made of."""
    from habilis.workflows import tokens

    rows = tokens.listed(name_of(portal))
    say_table(("number", "name", "created", "revoked"), [(n, t, moment(c), moment(r)) for n, t, c, r in rows])


@token.command()
@click.argument("portal")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@plainly
def revoke(portal: str, number: int) -> None:
    """End a token, by its number: the next request that bears it is refused."""
    from habilis.workflows import tokens

    tokens.revoke(name_of(portal), number)
    say(f"token {number} is revoked")


@click.group()
def journal() -> None:
    """The journal of a portal."""


@journal.command()
@click.argument("portal", required=False)
@plainly
@click.pass_context
def verify(context: click.Context, portal: str | None) -> None:
    """Reread the journal of PORTAL, or of all, and say where it is not as it was written. Exit code 1 if it is not."""
    from habilis.store.queries import health
    from habilis.workflows import journal as kept

    broken = False
    for key in [name_of(portal)] if portal else health.portals():
        count, first = kept.verify(key)
        broken = broken or first is not None
        say(f"{key}: {count} entries, whole" if first is None else f"{key}: entry {first} is not as it was written")
    context.exit(TAMPERED if broken else 0)


def name_of(portal: str) -> str:
    """The key of a portal that there is."""
    from habilis.workflows import access

    if not storable(portal):
        raise Misuse(f"unknown portal `{portal[:60]}`")
    access.blueprint_of(portal)
    return portal


def moment(instant: object) -> str:
    """An instant, to the minute."""
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant is not None else ""

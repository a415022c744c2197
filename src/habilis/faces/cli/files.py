"""`init`, `load` and `dump`: a first portal, data files in, data files out."""

from __future__ import annotations

import click

from habilis.faces.cli.ask import address, storable
from habilis.faces.cli.output import Misuse, path_of, plainly, say


@click.command()
@click.argument("portal")
@click.option("--blueprint", required=True, help="A shipped id, or a folder that holds portal.toml.")
@click.option("--admin", required=True, metavar="ADDRESS", help="Who administers the portal.")
@click.option("--name", default="", help="The portal's name on screen.  [default: PORTAL]")
@click.option("--admin-name", default="", help="The administrator's name.  [default: the address, before the @]")
@plainly
def init(portal: str, blueprint: str, admin: str, name: str, admin_name: str) -> None:
    """Make a portal and its administrator, and print the link with which they choose their password."""
    from habilis.workflows import loading

    person = address(admin)
    for text in (portal, blueprint, name, admin_name):
        if not storable(text):
            raise Misuse(f"`{text[:60]}` holds characters that no name has")
    link = loading.init_portal(portal, blueprint, person, name=name, admin_name=admin_name)
    say(f"the portal `{portal}` is ready; `{person}` administers it")
    if not link:
        say("they have an account already, and sign in as before")
        return
    say("they choose their password here:")
    click.echo(link)


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@plainly
def load(files: tuple[str, ...]) -> None:
    """Load data files: all of them, or, where anything is wrong, nothing."""
    from habilis.workflows import loading

    for report in loading.load([path_of(file) for file in files]):
        counts = ", ".join(f"{count} {section}" for section, count in report.counts.items() if count)
        say(f"{report.portal}: {counts or 'nothing but its name'}")


@click.command()
@click.argument("portal")
@click.option("-o", "--output", metavar="FILE", help="Where to write it.  [default: the standard output]")
@plainly
def dump(portal: str, output: str | None) -> None:
    """Write the state of a portal as a data file; passwords and the past are not in it."""
    from habilis.workflows import loading

    if not storable(portal):
        raise Misuse(f"unknown portal `{portal[:60]}`")
    text = loading.dump(portal)
    if output is None or output == "-":
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        path_of(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"`{output}` cannot be written: {error.strerror}") from None
    say(f"`{portal}` is written to {output}")

"""
The command `habilis`.

What the commands say and ask is the business of `habilis.faces.cli`; here a command gets its database, started
only for those that need one, and a failure becomes one clear line and an exit code: 2 for a misuse, 1 for the rest.
"""

from __future__ import annotations

import copy
import functools
import importlib
import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from habilis import __version__
from habilis.config.boot import boot, close_connections, read_env_file

MISUSE, FAILURE = 2, 1


def bring_database() -> None:
    """Start or find the database, and give it back when the command ends."""
    context = click.get_current_context().find_root()
    server = boot(context.params.get("data"))
    if server:
        context.call_on_close(server.release)
        context.call_on_close(close_connections)


def with_database(command: click.Command, *, needed: bool = True) -> click.Command:
    """The same command, and the commands in it, with a database unless it says `needs_database = False`."""
    needed = getattr(command, "needs_database", needed)
    command = copy.copy(command)
    if isinstance(command, click.Group):
        command.commands = {name: with_database(each, needed=needed) for name, each in command.commands.items()}
    elif needed and (callback := command.callback):

        @functools.wraps(callback)
        def call(*arguments: Any, **options: Any) -> Any:
            bring_database()
            return callback(*arguments, **options)

        command.callback = call
    return command


class Habilis(click.Group):
    """Our commands and those of the command line's room, which is read only when one of its commands is asked for."""

    @functools.cached_property
    def asked(self) -> dict[str, click.Command]:
        """The commands of `habilis.faces.cli`, by name."""
        from habilis.faces.cli.main import commands

        listed: Iterable[click.Command] = commands
        return {command.name: with_database(command) for command in listed if command.name}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, sorted."""
        return sorted({*super().list_commands(ctx), *self.asked})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Ours first."""
        return super().get_command(ctx, cmd_name) or self.asked.get(cmd_name)


@click.group(cls=Habilis, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--data", metavar="DIR", help="Embedded database and files.  [default: .data]")
@click.version_option(__version__, prog_name="habilis")
def habilis(data: str | None) -> None:
    """A portal in which an organization runs its own access: who sees what, and why."""


port_option = click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
host_option = click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
workers_option = click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Web processes.")


@habilis.command()
@port_option
@host_option
@workers_option
def serve(port: int, host: str, workers: int) -> None:
    """Serve the portals, and run their worker, until Ctrl-C."""
    from habilis.config import processes

    port = processes.free_port(host, port)
    read_env_file()  # before the default, which would hide what it says
    os.environ.setdefault("HABILIS_URL", f"http://127.0.0.1:{port}")
    bring_database()
    _say_if_embedded()
    processes.serve(host, port, workers, ready=lambda: click.echo(f"habilis serves {os.environ['HABILIS_URL']}/"))


@habilis.command()
@port_option
@workers_option
@click.option("--anyway", is_flag=True, help="Even beside the portals of a database of your own.")
def demo(port: int, workers: int, *, anyway: bool) -> None:
    """Serve five portals with a cast of people, and print who to log in as."""
    from habilis.config import processes

    port = processes.free_port("127.0.0.1", port)
    os.environ["HABILIS_DEMO"] = "1"
    os.environ["HABILIS_URL"] = address = f"http://127.0.0.1:{port}"
    bring_database()
    try:
        stage = importlib.import_module("habilis.workflows.demo")
    except ModuleNotFoundError:
        raise click.ClickException("this copy has no demonstration: `habilis.workflows.demo` is missing") from None

    if not _is_embedded():
        if (others := stage.others()) and not anyway:
            raise click.ClickException(
                f"this database holds `{'`, `'.join(others[:3])}`: the demonstration would add people whose passwords "
                "everybody knows; unset DATABASE_URL, or say --anyway"
            )
        click.echo("this database is yours: the people of the demonstration have public passwords in it", err=True)
    stage.install()
    lines = list(introduce(_in_french(stage.cast()), address))
    processes.serve("127.0.0.1", port, workers, ready=lambda: click.echo("\n".join(lines)))


def _in_french(cast: Iterable[Any]) -> Iterable[Any]:
    for key, name, people in cast:
        yield key, name, [(p.name, p.email, p.password, p.role["fr"], p.tries["fr"], p.expects["fr"]) for p in people]


def introduce(cast: Iterable[Any], address: str) -> Iterable[str]:
    """One line per portal with its address; below, one per person: how to log in, what to try, what happens."""
    for key, name, people in cast:
        yield f"\n{name}  {address}/{key}/"
        for person, email, password, role, tries, expects in people:
            yield f"  {email}  {password}  {person}, {role}: {tries} → {expects}"
    yield f"\nhabilis serves {address}/ until Ctrl-C; mails are kept to be looked at, none is sent"


@habilis.command()
def worker() -> None:
    """Run the jobs (mails, reminders, expiries) until Ctrl-C."""
    from habilis.config import processes

    bring_database()
    processes.work()


@habilis.command()
def migrate() -> None:
    """Bring the tables up to date, as every command does, and stop."""
    bring_database()
    click.echo("the tables are up to date")


def _is_embedded() -> bool:
    return "host=%2F" in os.environ.get("DATABASE_URL", "")


def _say_if_embedded() -> None:
    if _is_embedded():
        click.echo("this database is embedded, for trials only: in production, name yours in DATABASE_URL", err=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code; no failure shows a traceback unless asked for."""
    try:
        given = hoisted(sys.argv[1:] if arguments is None else arguments)
        code = habilis.main(given, prog_name="habilis", standalone_mode=False)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Exception as error:  # the last resort: one line, whatever happened
        if os.environ.get("HABILIS_TRACEBACK"):
            raise
        code, line = describe(error)
        click.echo(f"Error: {line}", err=True)
    sys.exit(code if isinstance(code, int) else 0)


def hoisted(arguments: list[str]) -> list[str]:
    """*arguments* with `--data DIR` first, wherever it was written: it is every command's."""
    first: list[str] = []
    rest: list[str] = []
    given = iter(arguments)
    for argument in given:
        if argument == "--":
            return [*first, *rest, argument, *given]
        if argument == "--data":
            first += [argument, *[value for value in [next(given, None)] if value is not None]]
        elif argument.startswith("--data="):
            first.append(argument)
        else:
            rest.append(argument)
    return [*first, *rest]


def describe(error: Exception) -> tuple[int, str]:
    """The exit code and the one line of a failure."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    from habilis.config.database import DatabaseError
    from habilis.config.embedded import EmbeddedError
    from habilis.core.errors import HabilisError

    line = " ".join(str(error).split())
    match error:
        case HabilisError() | ImproperlyConfigured():
            return MISUSE, line
        case EmbeddedError() | DatabaseError():
            return FAILURE, line
        case OperationalError():
            return FAILURE, f"the database does not answer: {line}"
        case _:
            hint = "HABILIS_TRACEBACK=1 shows where"
            return FAILURE, f"unexpected {type(error).__name__}: {line or 'no message'} ({hint})"


if __name__ == "__main__":
    main()

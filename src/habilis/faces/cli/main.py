"""
The commands, for whoever wires them to a database.

A command that says `needs_database = False` runs without one. Exit codes: 0 done or allowed, 1 something is wrong with
what was examined, 2 misuse, 3 denied.
"""

from __future__ import annotations

import click

from habilis.faces.cli.ask import check, explain, list_, who
from habilis.faces.cli.blueprint import blueprint
from habilis.faces.cli.doctor import doctor
from habilis.faces.cli.files import dump, init, load
from habilis.faces.cli.keep import journal, token
from habilis.faces.cli.simulate import simulate

commands: list[click.Command] = [
    init,
    load,
    dump,
    check,
    explain,
    list_,
    who,
    simulate,
    blueprint,
    token,
    journal,
    doctor,
]

"""
Verbs, and levels as named sets of them.

Every action of a blueprint is `list`, `read`, `print` or a writing action, so a set of actions of one feature is a
set of
four verbs. Levels are compared by inclusion and never by rank: *print* and *view* overlap without one being above
the other.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class Verb(StrEnum):
    """What an action does to what it names."""

    LIST = "list"
    READ = "read"
    PRINT = "print"
    WRITE = "write"


Access = frozenset[Verb]  # the verbs held on one feature

NOTHING: Access = frozenset()


class Level(Enum):
    """One cell of a matrix, as people choose it."""

    NONE = NOTHING
    PRINT = frozenset({Verb.LIST, Verb.PRINT})
    VIEW = frozenset({Verb.LIST, Verb.READ})
    EDIT = frozenset(Verb)

    @property
    def key(self) -> str:
        """The word of the data files: none, print, view, edit."""
        return self.name.lower()

    def fits_within(self, other: Level) -> bool:
        """Whether every verb of this level also belongs to *other*."""
        return self.value <= other.value


LEVELS: dict[str, Level] = {level.key: level for level in Level}


def verb_of(action: str) -> Verb:
    """The verb of an action's name: its own for list, read and print; anything else writes."""
    try:
        return Verb(action)
    except ValueError:
        return Verb.WRITE

"""
People and their grants from a table: all of the lines, or none.

What the whole table names is read together, then each line is decided on what the lines before it would give; a
preview stops there, an import writes what was decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models.fields.json import KeyTextTransform

from habilis.core import Conflict, HabilisError, Invalid, NotFound, Ref, Refused
from habilis.store.facts import Loaded, storable
from habilis.store.models import Scope
from habilis.workflows import access, accounts, browse, giving, journal, lines, people
from habilis.workflows.acting import Acting, change
from habilis.workflows.lines import Asked, Line, Wrong

AT = {
    "above_license": "adjustments",
    "feature": "adjustments",
    "level": "adjustments",
    "above_own_rights": "profile",
    "already_attached": "profile",
    "closed_account": "email",
    "name": "name",
    "other_profile": "profile",
    "profile": "profile",
    "required_period": "until",
    "self": "email",
    "territory": "profile",
    "until": "until",
}
"""The column that a refusal of the verbs is about."""


@dataclass(frozen=True)
class Plan:
    """What a table does, line by line; *wrong* is about the headings. `digest` changes with any of it."""

    lines: tuple[Line, ...]
    wrong: tuple[Wrong, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, and there is something to do."""
        return not self.wrong and bool(self.lines) and not any(line.wrong for line in self.lines)

    @property
    def digest(self) -> str:
        """What tells this plan from what the same table would do at another time."""
        said = [(line.number, sorted(line.cells.items()), line.does, line.scope, line.profile) for line in self.lines]
        return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()

    def count(self, does: str) -> int:
        """How many lines do that."""
        return sum(line.does == does for line in self.lines)


class _Ground:
    """What the whole table names, found in a few queries before any line is decided."""

    def __init__(self, acting: Acting, read: Sequence[Line]) -> None:
        self.acting = acting
        self.words = lines.Words(acting.portal)
        schemes = tuple(access.blueprint_of(acting.portal).identifiers)
        self.scopes = _scopes(acting.portal, schemes, {line.cells.get("scope", "") for line in read})
        self.emails = {lines.address_of(line) for line in read} - {""}

    def arrivals(self, loaded: Loaded) -> people.Arrivals:
        """Those who arrive, none yet, over facts about all that the table names."""
        return people.Arrivals(self.acting, loaded, accounts.known(self.emails))

    @property
    def asked(self) -> list[str]:
        """The people whom the facts are about."""
        return [self.acting.person, *sorted(self.emails)]


def preview(acting: Acting, text: str) -> Plan:
    """What importing *text* would do. Nothing is changed, sent or recorded."""
    read, wrong = lines.of(text)
    return Plan(tuple(checked(acting, read)), tuple(wrong))


def checked(acting: Acting, read: Sequence[Line]) -> Iterator[Line]:
    """Each line of a table, one after the other, with what it would do or what is wrong in it."""
    ground = _Ground(acting, read)
    loaded = access.load(acting.portal, ground.asked, ground.scopes.values())
    yield from _decided(ground, ground.arrivals(loaded), read)


@change("people:import")
def run(acting: Acting, *, text: str, digest: str) -> Plan:
    """Import *text*, if that does what the preview of *digest* said; else nothing at all is imported."""
    read, wrong = lines.of(text)
    ground = _Ground(acting, read)
    arrivals = ground.arrivals(giving.hold(acting, ground.asked, *ground.scopes.values()))
    plan = Plan(tuple(_decided(ground, arrivals, read)), tuple(wrong))
    if not plan.sound:
        first = next((line for line in plan.lines if line.wrong), None)
        if first and first.refused:
            raise Refused(f"line {first.number} asks for what you may not give", code=first.wrong[0].code)
        raise Invalid("some lines are not as expected", code="lines")
    if plan.digest != digest:
        raise Conflict("this would no longer do what the preview said", code="stale")
    arrivals.write()
    counts = {does: plan.count(does) for does in ("new", "known", "nothing")}
    journal.record(acting, "people:import", facts={"lines": len(plan.lines), **counts})
    return plan


def _decided(ground: _Ground, arrivals: people.Arrivals, read: Iterable[Line]) -> Iterator[Line]:
    """Each line with what it does, or what is wrong in it."""
    for line in read:
        if not lines.spoilt(line):
            _one(ground, arrivals, line)
        yield line


def _one(ground: _Ground, arrivals: people.Arrivals, line: Line) -> None:
    asked, ref = lines.read(ground.words, line), _scope(ground, arrivals.loaded, line)
    if line.wrong or ref is None:
        line.wrong.sort(key=lambda one: list(lines.COLUMNS).index(one.column))
        return
    try:
        _arrive(arrivals, line, asked, ref)
    except HabilisError as error:
        line.refused = isinstance(error, Refused)
        code = "unknown_scope" if isinstance(error, NotFound) else error.code
        where = error.faults[0].where if isinstance(error, Invalid) and error.faults else ""
        column = AT.get(code, where if where in lines.COLUMNS else "scope")
        line.wrong.append(Wrong(column, code, line.cells.get(column, "")[:60]))


def _arrive(arrivals: people.Arrivals, line: Line, asked: Asked, ref: Ref) -> None:
    """Give what the line asks for, unless the person holds it already."""
    email, loaded, known = asked.email, arrivals.loaded, arrivals.known(asked.email)
    if not known and not asked.name:
        line.wrong.append(Wrong("name", "no_name"))
        return
    access.required(loaded, arrivals.acting, "attach", ref)
    held = arrivals.round.held(email)
    if giving.bound_profile(loaded, email, ref, asked.profile, held):
        raise giving.holds_another()
    lasting = [one for one in held if one.scope == ref.id and one.grant.profile == asked.profile]
    if any(one.grant.valid_until is None or one.grant.valid_until > loaded.facts.now for one in lasting):
        if any(asked.period.values()) or asked.adjustments:
            raise giving.held_already()
        line.does = "nothing"
        return
    arrivals.add(
        people.Arrival(
            email,
            asked.name,
            asked.language,
            (ref,),
            asked.profile,
            adjustments=asked.adjustments,
            **asked.period,
        )
    )
    line.does = "known" if known else "new"


def _scopes(portal: str, schemes: Iterable[str], typed: Iterable[str]) -> dict[str, Ref]:
    """For each text, the scope of that key; else the one, where it is one, that the number identifies."""
    wanted = {text for text in typed if text and storable(text)}
    rows = Scope.objects.filter(portal__key=portal).exclude(key="")
    found = {key: Ref(kind, key) for key, kind in rows.filter(key__in=wanted).values_list("key", "kind")}
    numbers = {text: "".join(text.split()) for text in wanted - set(found)}
    holders: dict[str, set[Ref]] = {}
    for scheme in schemes if numbers else ():
        numbered = rows.annotate(number=KeyTextTransform(scheme, "identifiers"))
        for number, key, kind in numbered.filter(number__in=set(numbers.values())).values_list("number", "key", "kind"):
            holders.setdefault(number, set()).add(Ref(kind, key))
    for text, number in numbers.items():
        if len(refs := holders.get(number, ())) == 1:
            (found[text],) = refs
    return found


def _scope(ground: _Ground, loaded: Loaded, line: Line) -> Ref | None:
    """The scope that the line names, where the actor may know of it. Whether they may give there comes later."""
    typed = line.cells.get("scope", "")
    if not typed:
        line.wrong.append(Wrong("scope", "no_scope"))
        return None
    ref = ground.scopes.get(typed)
    if ref is None or not access.knows(loaded, ground.acting.person, ref):
        line.wrong.append(Wrong("scope", "unknown_scope", typed[:60]))
        return None
    line.scope = ref.id
    return ref


def template(portal: str, subject: str, language: str) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """
    The headings of a table to fill in; and, to choose from, the scopes where *subject* may attach (key and name) and
    the profiles.
    """
    titles = [words.in_(language) for words in lines.TITLES.values()]
    scopes = [(scope.key, " › ".join(scope.path_names)) for scope in browse.choices(portal, subject, "attach")]
    names = browse.profile_names(portal, language)
    profiles = [names[key] for key, one in access.model_of(portal).profiles.items() if not one.retired]
    return titles, scopes, profiles

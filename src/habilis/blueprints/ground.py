"""Reads what the rest of a data file stands on: prices, people, and the tree of scopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal

from habilis.blueprints.identifiers import compact
from habilis.blueprints.reading import Table
from habilis.blueprints.rows import Known, Opened, PersonRow, RuleRow, ScopeRow
from habilis.core import PORTAL, Profile, canonical_address

DEPTH = 6
STATUSES = ("active", "pending", "inactive")
LANGUAGES = ("fr", "en")


class Ground:
    """Reads people and scopes, and remembers them for the sections that refer to them."""

    def __init__(self, opened: Opened, known: Known) -> None:
        self.opened, self.known = opened, known
        self.source, self.root, self.blueprint = opened.source, opened.root, opened.blueprint
        self.model = opened.blueprint.model
        self.people: set[str] = set(known.people)
        declared = set(self._declared())  # whom the file names by both addresses, it takes for two people
        self.former = {left: now for left, now in known.former.items() if now not in declared}
        self.kinds: dict[str, str] = {"": PORTAL} | {key: kind for key, (kind, _) in known.scopes.items()}
        self.parents: dict[str, str] = {key: parent for key, (_, parent) in known.scopes.items() if key}
        self.profiles: dict[str, Profile] = {**self.model.profiles, **known.profiles}

    @staticmethod
    def some(words: Mapping[str, object] | set[str]) -> str:
        """A few of *words*, for a sentence that says what was expected."""
        shown = [f"`{word}`" for word in sorted(words)[:12]]
        return (
            " or ".join([", ".join(shown[:-1]), shown[-1]])
            if len(shown) > 1
            else "".join(shown) or "nothing: none is known"
        )

    def licenses(self) -> dict[str, Decimal]:
        """The prices of this portal, by license."""
        prices = {}
        for table in self.root.tables("licenses"):
            key = table.one_of("key", self.model.licenses, required=True)
            price = table.raw("price")
            if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < 10**9:
                table.fault("price", "expected a price in EUR, 0 or more")
            else:
                prices[key] = Decimal(str(price)).quantize(Decimal("0.01"))
            table.done()
        return prices

    def address(self, table: Table, key: str, *, required: bool = False, known: bool = True) -> str:
        """
        The canonical address under *key*; of a person of the portal, unless any address will do. One that somebody of
        the portal left is the one that they have now.
        """
        text = table.text(key, required=required)
        if not text:
            return ""
        try:
            address = self._present(text)
        except ValueError as error:
            table.fault(key, str(error))
            return ""
        if known and address not in self.people:
            table.fault(key, f"unknown person `{address}`: expected one of [[people]]")
            return ""
        return address

    def _present(self, text: str) -> str:
        address = canonical_address(text)
        return self.former.get(address, address)

    def _declared(self) -> Iterator[str]:
        """The addresses of [[people]], whatever else is wrong there."""
        tables = self.root.data.get("people")
        for table in tables if isinstance(tables, list) else ():
            email = table.get("email") if isinstance(table, dict) else None
            with suppress(ValueError):
                yield canonical_address(email if isinstance(email, str) else "")

    def people_rows(self) -> tuple[PersonRow, ...]:
        """The people, whom later sections may name."""
        rows, seen = [], set()
        for table in self.root.tables("people"):
            email = self.address(table, "email", required=True, known=False)
            if email in seen:
                table.fault("email", f"`{email}` is there twice: expected each person once")
            seen.add(email)
            rows.append(
                PersonRow(
                    email,
                    table.text("name", required=True, largest=200),
                    table.one_of("language", LANGUAGES, "fr"),
                    table.flag("active", default=True),
                    table.text("password", largest=128),
                )
            )
            table.done()
        self.people |= seen
        return tuple(rows)

    def scope_rows(self) -> tuple[ScopeRow, ...]:
        """The scopes, parents first."""
        tables = list(self.root.tables("scopes"))
        for table in tables:
            key, kind = table.data.get("key"), table.data.get("kind")
            if isinstance(key, str) and isinstance(kind, str):
                self.kinds[key] = kind
                parent = table.data.get("parent", "")
                self.parents[key] = parent if isinstance(parent, str) else ""
        seen: set[str] = set()
        rows = [self.scope(table, seen) for table in tables]
        return tuple(sorted(rows, key=lambda row: len(self.trail(row.key))))

    def trail(self, key: str) -> list[str]:
        """The scope and its ancestors, nearest first; cut where it turns in a circle."""
        trail = [key]
        while trail[-1] and (above := self.parents.get(trail[-1], "")) not in trail:
            trail.append(above)
        return trail

    def scope(self, table: Table, seen: set[str]) -> ScopeRow:
        """One scope."""
        key = table.key("key")
        if key in seen:
            table.fault("key", f"`{key}` is there twice: expected each scope once")
        seen.add(key)
        kind_key = table.one_of("kind", [k for k in self.model.kinds if k != PORTAL], required=True)
        kind = self.model.kinds.get(kind_key)
        if key in self.known.scopes and kind and self.known.scopes[key][0] != kind_key:
            table.fault("kind", f"`{key}` exists and is of kind `{self.known.scopes[key][0]}`: a scope keeps its kind")
        parent = table.text("parent")
        if parent not in self.kinds:
            table.fault(
                "parent", f"unknown scope `{parent[:60]}`: expected the key of a scope, or none for the portal's root"
            )
        elif kind and self.kinds[parent] not in kind.under:
            table.fault(
                "parent" if table.has("parent") else "kind",
                f"`{kind_key}` cannot stand under `{self.kinds[parent]}`: "
                f"expected a parent of kind {self.some(set(kind.under))}",
            )
        else:
            trail = self.trail(key)
            if trail[-1]:
                circle = [*trail, self.parents[trail[-1]]]
                table.fault("parent", f"parents turn in a circle: {' < '.join(circle[:8])}")
            elif len(trail) - 1 > DEPTH:
                table.fault("parent", f"is {len(trail) - 1} deep: expected at most {DEPTH}")
        row = ScopeRow(
            key,
            kind_key,
            parent,
            table.text("name", required=True, largest=200),
            self.identifiers(table, kind.identifiers if kind else ()),
            table.one_of("status", STATUSES, "active"),
            table.texts("options", kind.options if kind else ()),
            self.configuration(table, configurable=bool(kind and kind.configurable)),
            self.responsible(table),
            self.address(table, "author"),
            self.automatic(table, kind_key),
            self.rules(table, kind_key),
        )
        table.done()
        return row

    def ruled(self, kind: str) -> list[str]:
        """The types to which approval rules apply on scopes of *kind*."""
        types = self.blueprint.types
        return [key for key, type_ in self.model.types.items() if kind in type_.on and types[key].approval]

    def automatic(self, table: Table, kind: str) -> tuple[str, ...] | None:
        """The types that go on by themselves once their approvals are complete; none where the file is silent."""
        return table.texts("automatic", self.ruled(kind)) if table.has("automatic") else None

    def rules(self, table: Table, kind: str) -> tuple[RuleRow, ...] | None:
        """The approval rules of a scope; none where the file is silent."""
        if not table.has("rules"):
            return None
        return tuple(row for part in table.tables("rules") if (row := self.rule(part, self.ruled(kind))))

    def rule(self, table: Table, ruled: list[str]) -> RuleRow | None:
        """One approval rule."""
        type_ = table.one_of("type", ruled, required=True)
        approval = self.blueprint.types[type_].approval if type_ else None
        if approval is None:
            return None
        fields = {field.key: field for field in self.blueprint.types[type_].fields}
        kind = table.one_of("kind", fields[approval.kind].choices)
        amount = table.raw("threshold", 0)
        threshold = Decimal(0)
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < 10**12:
            table.fault("threshold", "expected an amount in EUR, 0 or more")
        else:
            threshold = Decimal(str(amount)).quantize(Decimal("0.01"))
        row = RuleRow(type_, kind, threshold, self.addresses(table, "approvers"))
        if not table.has("approvers"):
            table.fault(None, "lacks `approvers`: expected the addresses of those whose approval is asked")
        table.done()
        return row

    def identifiers(self, table: Table, schemes: tuple[str, ...]) -> dict[str, str]:
        """The numbers of a scope, each of a scheme its kind carries."""
        numbers = {}
        for scheme, number in table.mapping("identifiers").items():
            path = (*table.path, "identifiers", scheme)
            if scheme not in schemes:
                self.source.fault(path, f"unknown identifier `{scheme[:60]}`: expected {self.some(set(schemes))}")
            elif not isinstance(number, str):
                self.source.fault(path, f"expected a text between quotes, found `{number}`")
            else:
                try:
                    numbers[scheme] = compact(self.blueprint.identifiers[scheme], number)
                except ValueError as error:
                    self.source.fault(path, str(error))
        return numbers

    def configuration(self, table: Table, *, configurable: bool) -> str | dict[str, str] | None:
        """A preset, a table of levels, or none."""
        value = table.raw("configuration")
        if value is None:
            return None
        if not configurable:
            table.fault("configuration", "this kind of scope carries no configuration")
        elif isinstance(value, dict):
            return {feature: level.key for feature, level in table.levels("configuration", self.model.features).items()}
        elif value not in self.model.configurations:
            table.fault(
                "configuration",
                f"unknown configuration `{str(value)[:60]}`: expected {self.some(set(self.model.configurations))}, "
                'or a table feature = "level"',
            )
        else:
            return str(value)
        return None

    def responsible(self, table: Table) -> str:
        """The address of a person, or the key of a scope."""
        text = table.text("responsible")
        if not text or text in self.kinds:
            return text
        try:
            address = self._present(text)
        except ValueError:
            address = ""
        if address not in self.people:
            table.fault(
                "responsible",
                f"unknown `{text[:60]}`: expected the address of one of [[people]], or the key of a scope",
            )
            return ""
        return address

    def addresses(self, table: Table, key: str) -> tuple[str, ...]:
        """The addresses of a list, each once, all of people of the portal."""
        found = []
        for text in table.texts(key):
            try:
                address = self._present(text)
            except ValueError as error:
                table.fault(key, str(error))
                continue
            if address not in self.people:
                table.fault(key, f"unknown person `{address}`: expected one of [[people]]")
            elif address not in found:
                found.append(address)
        return tuple(found)

    def scope_key(self, table: Table, key: str, text: str) -> str:
        """*text*, which must be the key of a scope."""
        if text not in self.kinds:
            table.fault(key, f"unknown scope `{text[:60]}`: expected the key of a scope")
        return text

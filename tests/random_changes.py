"""Random changes of a loaded world, as verbs write them, and all the answers that the heart gives before and after."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from habilis.core import AccessQuery, Facts, Ref, decide
from tests.random_worlds import LEVELS, NOW

OF_GRANTS = ("level", "period", "adjust", "profile", "member", "give")


def whole(portal: str, now: datetime) -> tuple[Facts, list[Ref]]:
    """Every fact of a portal, and everything that can be asked about."""
    from habilis.store import facts
    from habilis.store.models import Member, Resource, Scope

    people = Member.objects.filter(portal__key=portal).values_list("user__email", flat=True)
    refs = [Ref(*row) for row in Scope.objects.filter(portal__key=portal).values_list("kind", "key")]
    refs += [Ref(*row) for row in Resource.objects.filter(portal__key=portal).values_list("type", "key")]
    return facts.load(portal, people, refs, now=now).facts, refs


def answers(portal: str, now: datetime = NOW) -> dict[tuple[str, str, Ref], tuple[str, str]]:
    """All that is allowed, to anybody, with the feature that governs it and the scope on which it stands."""
    known, refs = whole(portal, now)
    found = {}
    for ref in refs:
        thing = known.resources.get(ref)
        scope, state = (thing.scope, thing.state) if thing else (ref.id, "")
        for action, rule in known.model.rules[ref.type].items():
            for person in known.active:
                if decide(AccessQuery(person, action, ref), known).allowed:
                    found[person, action, ref] = (rule.feature_in(state), scope)
    return found


class Changes:
    """Changes of one portal, by chance, as its verbs write them."""

    def __init__(self, portal: str, seed: str) -> None:
        from habilis.store.models import Portal

        self.portal, self.chance = Portal.objects.get(key=portal), random.Random(seed)
        self.kinds = cycle((*OF_GRANTS, "status", "parent", "configuration", "options", "author"))

    def one(self) -> tuple[str, Callable[[], object]]:
        """The next kind of change that the portal knows, made by chance."""
        while True:
            kind = next(self.kinds)
            made = getattr(self, kind)()
            if made:
                return kind, made

    def row(self, table: Any, **only: Any) -> Any:
        rows = list(table.objects.filter(portal=self.portal, **only).order_by("id"))
        return self.chance.choice(rows) if rows else None

    def levels(self) -> dict[str, str]:
        from habilis.workflows import access

        features = sorted(access.model_of(self.portal.key).features)
        return {f: self.chance.choice(LEVELS) for f in self.chance.sample(features, min(5, len(features)))}

    def level(self) -> Any:
        from habilis.store.models import Profile

        row, levels = self.row(Profile, derives__gt=""), self.levels()
        return row and (lambda: Profile.objects.filter(pk=row.pk).update(levels=levels))

    def period(self) -> Any:
        from habilis.store.models import Grant

        row = self.row(Grant)
        until = self.chance.choice([None, NOW, NOW + timedelta(days=3)])
        if row.valid_from and until and until <= row.valid_from:
            return None
        return lambda: Grant.objects.filter(pk=row.pk).update(valid_until=until)

    def adjust(self) -> Any:
        from habilis.store.models import Grant

        row, levels = self.row(Grant), self.levels()
        return lambda: Grant.objects.filter(pk=row.pk).update(adjustments=levels)

    def profile(self) -> Any:
        from habilis.store.models import Grant
        from habilis.workflows import access

        row, model = self.row(Grant), access.model_of(self.portal.key)
        others = [key for key, profile in model.profiles.items() if row.scope.kind in profile.on]
        other = self.row(type(row.profile), key=self.chance.choice(sorted(others)))
        return lambda: Grant.objects.filter(pk=row.pk).update(profile=other)

    def give(self) -> Any:
        from habilis.store.models import Grant, Member, Scope

        row, who, scope = self.row(Grant), self.row(Member), self.row(Scope)
        if scope.kind not in self.kinds_of(row.profile.key):
            return None
        made = {"portal": self.portal, "user_id": who.user_id, "scope": scope, "profile": row.profile}
        return lambda: Grant.objects.create(**made, valid_from=NOW - timedelta(days=1))

    def kinds_of(self, profile: str) -> frozenset[str]:
        from habilis.workflows import access

        return access.model_of(self.portal.key).profiles[profile].on

    def settled(self, row: Any, **values: Any) -> Callable[[], object]:
        from habilis.store import writing
        from habilis.workflows import access

        model = access.model_of(self.portal.key)

        def change() -> None:
            type(row).objects.filter(pk=row.pk).update(**values)
            writing.settle(self.portal.pk, model, row.pk)

        return change

    def status(self) -> Any:
        from habilis.store.models import Scope

        return self.settled(
            self.row(Scope, parent__isnull=False), status=self.chance.choice(["active", "inactive", "pending"])
        )

    def parent(self) -> Any:
        from habilis.store.models import Scope

        row = self.row(Scope, parent__isnull=False)
        others = Scope.objects.filter(portal=self.portal, kind=row.parent.kind).exclude(pk=row.parent_id)
        return self.settled(row, parent=self.chance.choice(list(others.order_by("id")))) if others else None

    def configuration(self) -> Any:
        from habilis.store.models import Scope
        from habilis.workflows import access

        kinds = [kind.key for kind in access.model_of(self.portal.key).kinds.values() if kind.configurable]
        row, levels = self.row(Scope, kind__in=kinds), self.levels()
        return row and (lambda: Scope.objects.filter(pk=row.pk).update(configuration=levels))

    def options(self) -> Any:
        from habilis.store.models import Scope
        from habilis.workflows import access

        kinds = {
            kind.key: sorted(kind.options) for kind in access.model_of(self.portal.key).kinds.values() if kind.options
        }
        row = self.row(Scope, kind__in=kinds)
        if row is None:
            return None
        options = [option for option in kinds[row.kind] if self.chance.random() < 0.5]
        return lambda: Scope.objects.filter(pk=row.pk).update(options=options)

    def member(self) -> Any:
        from habilis.store.models import Member

        row = self.row(Member)
        return lambda: Member.objects.filter(pk=row.pk).update(active=not row.active)

    def author(self) -> Any:
        from habilis.store.models import Member, Resource

        one, other = self.row(Member), self.row(Member)
        mine = Resource.objects.filter(portal=self.portal, author_id=one.user_id)
        return lambda: mine.update(author_id=other.user_id)

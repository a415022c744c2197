"""
Give grants, one or thousands: each is decided on what is held and on those before it, then all are written together.

Deciding asks nobody: it reads the facts that the round was opened with. Writing takes as many queries for one as for
a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from habilis.core import Conflict, Held, Invalid, Level, Profile, Ref, Refused, excess
from habilis.core import Grant as CoreGrant
from habilis.store.facts import Loaded
from habilis.store.models import Grant, JournalEntry, Member, Scope, User
from habilis.workflows import access, giving, journal, letters, notices
from habilis.workflows.acting import Acting

Tell = Callable[[JournalEntry], notices.Telling]


@dataclass(frozen=True)
class Wish:
    """
    A grant that is asked for. *action* is what the actor may do there, and must be allowed above too where more is
    required; whether they may do it there was checked by whoever asks.
    """

    person: str
    ref: Ref
    profile: str
    valid_from: datetime | None
    valid_until: datetime | None
    adjustments: Mapping[str, str]
    told: bool = True
    action: str = "attach"


class Round:
    """Grants given together: each that `agree` lets through counts for those that follow; `write` writes them all."""

    def __init__(self, acting: Acting, loaded: Loaded) -> None:
        self.acting, self.loaded = acting, loaded
        self._held: dict[str, list[Held]] = {}
        self._rows: list[tuple[str, giving.Row]] = []
        self._drafts: list[tuple[journal.Draft, Tell | None]] = []
        self._told: list[tuple[str, Ref]] = []
        self._giveable: dict[tuple[Ref, str, str], tuple[Profile, dict[str, Level]]] = {}
        self._users: Mapping[str, User] = {}
        self._scope_names: dict[int, str] = {}
        self._after = loaded

    def held(self, person: str) -> tuple[Held, ...]:
        """What *person* holds, with what this round gives them."""
        return (*self.loaded.facts.held.get(person, ()), *self._held.get(person, ()))

    def agree(self, wish: Wish) -> None:
        """Let the grant through, with what it requires above; raise, and let nothing through, where a rule refuses."""
        for agreed, row in self._decided(wish):
            grant = CoreGrant(agreed.person, row.scope, row.profile, row.start, row.end, row.levels)
            self._held.setdefault(agreed.person, []).append(Held(grant, self.loaded.facts))
            self._rows.append((agreed.person, row))
            facts = {"from": row.start, "until": row.end, "adjustments": dict(agreed.adjustments)}
            target = f"profile:{row.profile}"
            self.note(
                journal.Draft("grant:attach", subject=agreed.person, scope=row.scope, target=target, facts=facts),
                self._attached(agreed) if agreed.told else None,
            )
            if agreed.told:
                self._told.append((agreed.person, agreed.ref))

    def note(self, draft: journal.Draft, tell: Tell | None = None) -> None:
        """Have an entry written after those before it, and its mail owed."""
        self._drafts.append((draft, tell))

    def write(self, users: Mapping[str, User]) -> list[Grant]:
        """Write everything, *users* being the accounts of those who are given something; the grants, in their order."""
        self._users, loaded = users, self.loaded
        joining = {users[person].pk for person, _ in self._rows if person not in loaded.user_ids}
        if joining:
            members = [Member(portal_id=loaded.portal_id, user_id=pk) for pk in sorted(joining)]
            Member.objects.bulk_create(members, batch_size=giving.BATCH, ignore_conflicts=True)
        grants = giving.insert_all(loaded, [(users[person], row) for person, row in self._rows])
        entries = journal.record_all(self.acting, [draft for draft, _ in self._drafts])
        if self._told:
            self._after = access.load(self.acting.portal, *map(set, zip(*self._told, strict=True)))
            ids = {loaded.scope_ids[ref.id] for _, ref in self._told}
            self._scope_names = dict(Scope.objects.filter(pk__in=ids).values_list("id", "name"))
        tells = zip(entries, (tell for _, tell in self._drafts), strict=True)
        notices.tell_all([tell(entry) for entry, tell in tells if tell is not None])
        return grants

    def _decided(self, wish: Wish) -> list[tuple[Wish, giving.Row]]:
        """What is to be written for *wish*: what it requires above, then itself."""
        found, levels = self._allowed(wish)
        start, end = giving.period(wish.valid_from, wish.valid_until, self.loaded.facts.now)
        above = self._required(wish, found, (start, end))
        row = giving.Row(wish.ref.id, wish.profile, start, end, levels)
        giving.insist_free(self.loaded, self.held(wish.person), row)
        return [*above, (wish, row)]

    def _allowed(self, wish: Wish) -> tuple[Profile, dict[str, Level]]:
        """The profile and the levels, found once for all who are given the same."""
        insist_another(self.acting, wish.person)
        key = wish.ref, wish.profile, repr(dict(wish.adjustments))
        if key not in self._giveable:
            self._giveable[key] = giveable(
                self.acting, self.loaded, wish.person, wish.ref, wish.profile, wish.adjustments
            )
        return self._giveable[key]

    def _required(self, wish: Wish, profile: Profile, dates: giving.Period) -> list[tuple[Wish, giving.Row]]:
        """What *profile* requires on a scope above: nothing, where the person holds it for as long."""
        start, end = dates
        kind = profile.requires.get(wish.ref.type)
        if kind is None:
            return []
        above = nearest(self.loaded, wish.ref.id, kind)
        held = [h.grant for h in self.held(wish.person) if (h.scope, h.grant.profile) == (above, profile.key)]
        if any(giving.covers(g.valid_from, g.valid_until, start, end) for g in held):
            return []
        if any(giving.meets(g.valid_from, g.valid_until, start, end) for g in held):
            raise Conflict(f"what the person holds on the {kind} does not last as long", code="required_period")
        access.required(self.loaded, self.acting, wish.action, Ref(kind, above))
        wanted = Wish(wish.person, Ref(kind, above), profile.key, start, end, {}, told=False, action=wish.action)
        return self._decided(wanted)

    def _attached(self, wish: Wish) -> Tell:
        """The mail that tells of the grant; about its scope where they may see it already: it may begin later."""

        def tell(entry: JournalEntry) -> notices.Telling:
            user, loaded = self._users[wish.person], self.loaded
            name = loaded.profile_names.get(wish.profile)
            words = {
                "profile": name or loaded.blueprint.profiles[wish.profile].label.in_(user.language),
                "scope": self._scope_names[loaded.scope_ids[wish.ref.id]],
                "link": letters.portal_link(self.acting.portal),
            }
            about = wish.ref if access.knows(self._after, wish.person, wish.ref) else None
            return notices.Telling(entry, user, "attached", words, about=about)

        return tell


def give(acting: Acting, loaded: Loaded, user: User, wish: Wish) -> int:
    """Give one grant; return its number. Whoever was allowed to ask for it was checked; delegation is checked here."""
    one = Round(acting, loaded)
    one.agree(wish)
    return one.write({user.email: user})[-1].pk


def insist_another(acting: Acting, email: str) -> None:
    """Refuse whoever would give something to themselves."""
    if email == acting.person:
        raise Refused("nobody gives a right to themselves", code="self")


def giveable(
    acting: Acting, loaded: Loaded, email: str, ref: Ref, profile: str, adjustments: Mapping[str, str]
) -> tuple[Profile, dict[str, Level]]:
    """The profile and the levels, if delegation lets the actor give them to *email* there."""
    model = loaded.facts.model
    insist_another(acting, email)
    found = model.profiles.get(profile)
    if found is None or found.retired or ref.type not in found.on:
        raise Invalid(f"`{profile[:60]}` cannot be given on {ref.type} `{ref.id}`", code="profile")
    giving.require_territory(acting, loaded, ref.type, profile)
    levels = giving.checked_levels(model, found, adjustments)
    above = excess(acting.person, ref.id, profile, loaded.facts, levels)
    if above:
        raise Refused("this would give more than you hold there", code="above_own_rights", features=sorted(above))
    return found, levels


def nearest(loaded: Loaded, scope: str, kind: str) -> str:
    """The nearest scope of *kind* on the path of *scope*."""
    return next(key for key in loaded.facts.paths[scope] if loaded.facts.scopes[key].kind == kind)

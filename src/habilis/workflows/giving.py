"""
What every change of rights stands on: names to accounts and scopes, levels and periods that are checked, and the
row written.

The verbs are in `grants`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from habilis.blueprints.worlds import anchor
from habilis.core import (
    ADMINISTRATIVE,
    LEVELS,
    PORTAL,
    Conflict,
    Held,
    Invalid,
    Level,
    Model,
    Profile,
    Ref,
    Refused,
    canonical_address,
    excess,
)
from habilis.core import Grant as CoreGrant
from habilis.store import facts as stored
from habilis.store.facts import Loaded
from habilis.store.models import Grant, Scope, User
from habilis.store.models import Profile as ProfileRow
from habilis.store.queries.records import grant_version
from habilis.workflows import access, clock
from habilis.workflows.acting import Acting, hold_rights

Period = tuple[datetime, datetime | None]
BATCH = 1000  # rows of one statement


def scope_ref(portal: str, key: str) -> Ref:
    """The reference of the scope *key*, whatever its kind; an unknown one gives a reference to nothing."""
    if not stored.storable(portal + key):
        return Ref("scope", key)
    if read := access.read_already(portal, key):
        return read
    kind = Scope.objects.filter(portal__key=portal, key=key).values_list("kind", flat=True).first()
    return Ref(kind or "scope", key)


def hold(acting: Acting, people: Iterable[str], *refs: Ref) -> Loaded:
    """Take the portal's rights for this transaction, then read the facts."""
    hold_rights(access.load(acting.portal).portal_id)
    return access.load(acting.portal, people, refs)


def canonical(person: str) -> str:
    """The canonical address, `Invalid` where it is none."""
    try:
        return canonical_address(person)
    except ValueError as error:
        raise Invalid(str(error), code="address") from None


def account(person: str) -> User:
    """The account of an address; raises `Invalid` where there is none."""
    user = User.objects.filter(email=canonical(person), is_active=True).first()
    if user is None:
        raise Invalid(f"`{person[:80]}` has no account here: create the person, or invite them", code="unknown_person")
    return user


def checked_levels(model: Model, profile: Profile, adjustments: Mapping[str, str]) -> dict[str, Level]:
    """*adjustments* as levels, refused where a feature or level is unknown, or above the profile's license."""
    levels = {}
    for feature, level in adjustments.items():
        if feature not in model.features and feature not in ADMINISTRATIVE:
            raise Invalid(f"unknown feature `{str(feature)[:60]}`", code="feature")
        if not isinstance(level, str) or level not in LEVELS:
            raise Invalid(f"unknown level `{str(level)[:60]}`: expected none, print, view or edit", code="level")
        ceiling = model.license_ceiling(profile, feature)
        if ceiling is not None and not LEVELS[level].value <= ceiling:
            raise Invalid(f"`{level}` on `{feature}` is above the license `{profile.license}`", code="above_license")
        levels[feature] = LEVELS[level]
    return levels


def aware(*instants: datetime | None) -> None:
    """Refuse an instant that does not say where on Earth it is read."""
    if any(instant is not None and instant.tzinfo is None for instant in instants):
        raise Invalid("an instant without a time zone: expected one with it", code="instant")


def period(valid_from: datetime | None, valid_until: datetime | None, instant: datetime) -> Period:
    """The period of a new grant: it begins at *instant* at the earliest, and ends later than it begins."""
    aware(valid_from, valid_until)
    start = max(valid_from, instant) if valid_from else instant
    if valid_until is not None and valid_until <= start:
        raise Invalid("ends before it begins, or in the past: expected a later instant", code="until")
    return start, valid_until


def covers(
    start: datetime | None, end: datetime | None, inner_start: datetime | None, inner_end: datetime | None
) -> bool:
    """Whether the period of the last two instants lies in that of the first two; none is open."""
    return (start is None or (inner_start is not None and start <= inner_start)) and (
        end is None or (inner_end is not None and inner_end <= end)
    )


def lasting(instant: datetime) -> Q:
    """The grants that are in force at *instant* or later: not over, nor ended before they began."""
    return Q(valid_until=None) | Q(valid_until__gt=instant) & (Q(valid_from=None) | Q(valid_from__lt=F("valid_until")))


def meets(
    start: datetime | None, end: datetime | None, other_start: datetime | None, other_end: datetime | None
) -> bool:
    """Whether two half-open periods share an instant."""
    return (end is None or other_start is None or other_start < end) and (
        other_end is None or start is None or start < other_end
    )


def on_territory(loaded: Loaded, kind: str, profile: str) -> bool:
    """Whether *profile*, held on a scope of *kind*, is somebody's territory: one positions oneself below it."""
    model = loaded.facts.model
    found = model.profiles.get(profile)
    return found is not None and found.positioning and not model.kinds[kind].moderated


def may_give_there(portal: str, actor: str, loaded: Loaded, kind: str, profile: str) -> bool:
    """
    Whether nothing but delegation binds *actor*: only whoever moderates the portal says who advises on a territory.
    """
    return not on_territory(loaded, kind, profile) or access.check(portal, actor, "moderate", Ref(PORTAL, ""))


def require_territory(acting: Acting, loaded: Loaded, kind: str, profile: str) -> None:
    """Refuse whoever changes a territory without moderating the portal."""
    if not may_give_there(acting.portal, acting.person, loaded, kind, profile):
        raise Refused("only whoever moderates the portal says who holds a territory", code="territory")


def bound_profile(
    loaded: Loaded, email: str, ref: Ref, profile: str, among: Iterable[Held] | None = None
) -> str | None:
    """
    The other profile that *email* holds within the scope where *profile*, given on *ref*, would have to be the only
    one; *among* what is held, or about to be, where the facts alone do not tell.
    """
    facts = loaded.facts
    if profile not in facts.model.profiles:
        return None
    at = anchor_of(loaded, ref.id, facts.model.profiles[profile])
    for held in facts.held.get(email, ()) if among is None else among:
        ended = held.grant.valid_until is not None and held.grant.valid_until <= facts.now
        other = held.profile.key != profile and ref.type in held.profile.on
        if at is not None and not ended and other and anchor_of(loaded, held.scope, held.profile) == at:
            return held.profile.key
    return None


def levels_open(
    portal: str, actor: str, person: str, scope: str, profile: str
) -> Mapping[str, Mapping[str | None, str]]:
    """
    For each feature, each level that an adjustment may name, and none for the profile's own: why *actor* could not
    set it on what *person* holds there (`above_license`, `above_own_rights`), nothing where they could.
    """
    loaded = access.load(portal, [actor, person], [scope_ref(portal, scope)])
    facts, model = loaded.facts, loaded.facts.model
    ends = [h for h in facts.held.get(person, ()) if (h.scope, h.profile.key) == (scope, profile)]
    held = next((h for h in ends if h.grant.valid_until is None or h.grant.valid_until > facts.now), None)
    if held is None:
        return {}

    def why_not(feature: str, level: Level | None) -> str:
        ceiling = model.license_ceiling(held.profile, feature)
        if level is not None and ceiling is not None and not level.value <= ceiling:
            return "above_license"
        levels = {} if level is None else {feature: level}
        wanted = Held(CoreGrant(person, scope, profile, adjustments=levels), facts).wanted(feature)
        grows = not wanted <= held.wanted(feature)
        return "above_own_rights" if grows and feature in excess(actor, scope, profile, facts, levels) else ""

    return {
        feature: {key: why_not(feature, level) for key, level in {None: None, **LEVELS}.items()}
        for feature in (*model.features, *ADMINISTRATIVE)
    }


def anchor_of(loaded: Loaded, scope: str, profile: Profile) -> str | None:
    """The key of the scope within which *profile*, held on *scope*, admits no other."""
    facts = loaded.facts
    return anchor(facts.model, profile, [(key, facts.scopes[key].kind) for key in facts.paths[scope]])


@dataclass(frozen=True)
class Row:
    """A grant to be written: what is held where, when, and with which levels."""

    scope: str
    profile: str
    start: datetime
    end: datetime | None
    levels: Mapping[str, Level]


def insert(
    loaded: Loaded,
    user: User,
    scope: str,
    profile: str,
    start: datetime,
    end: datetime | None,
    levels: Mapping[str, Level],
) -> Grant:
    """Write one row; the database refuses what would overlap."""
    return insert_all(loaded, [(user, Row(scope, profile, start, end, levels))])[0]


def insert_all(loaded: Loaded, rows: Sequence[tuple[User, Row]]) -> list[Grant]:
    """Write the rows, in their order; the database refuses what would overlap."""
    keys = {row.profile for _, row in rows}
    profiles = {row.key: row for row in ProfileRow.objects.filter(portal_id=loaded.portal_id, key__in=keys)}
    anchors = {
        (row.scope, row.profile): anchor_of(loaded, row.scope, loaded.facts.model.profiles[row.profile])
        for _, row in rows
    }
    grants = [
        Grant(
            portal_id=loaded.portal_id,
            user=user,
            scope_id=loaded.scope_ids[row.scope],
            profile=profiles[row.profile],
            valid_from=row.start,
            valid_until=row.end,
            adjustments={feature: level.key for feature, level in row.levels.items()},
            anchor=None if at is None else loaded.scope_ids[at],
        )
        for user, row in rows
        for at in [anchors[row.scope, row.profile]]
    ]
    with _no_overlap():
        Grant.objects.bulk_create(grants, batch_size=BATCH)
    return grants


def save(grant: Grant, fields: list[str]) -> None:
    """Save a grant; a `Conflict` where its period meets another's."""
    with _no_overlap():
        grant.save(update_fields=fields)


@contextmanager
def _no_overlap() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "grant_once_at_a_time" in str(error):
            raise held_already() from None
        if "grant_one_profile_per_anchor" in str(error):
            raise holds_another() from None
        raise


def held_already() -> Conflict:
    """What to raise where the person holds the profile there at some time of the period."""
    return Conflict("the person holds this profile there already", code="already_attached")


def holds_another() -> Conflict:
    """What to raise where the person holds another profile within the scope that admits one."""
    return Conflict("the person holds another profile there", code="other_profile")


def insist_free(loaded: Loaded, held: Iterable[Held], row: Row) -> None:
    """Refuse *row* where a grant among *held* meets it, as the database would refuse it."""
    at = anchor_of(loaded, row.scope, loaded.facts.model.profiles[row.profile])
    for one in held:
        start, end = one.grant.valid_from, one.grant.valid_until
        if (start is not None and start == end) or not meets(start, end, row.start, row.end):
            continue
        same = one.profile.key == row.profile
        if same and one.scope == row.scope:
            raise held_already()
        if not same and at is not None and anchor_of(loaded, one.scope, one.profile) == at:
            raise holds_another()


def cut_below(grant: Grant, profile: Profile, kind: str, depth: int) -> list[tuple[Grant, dict[str, datetime | None]]]:
    """
    Keep within *grant* the grants of the same profile that require it; return those changed, with their old period.
    """
    kinds = [below for below, above in profile.requires.items() if above == kind]
    rows = Grant.objects.filter(user=grant.user, profile=grant.profile, scope__kind__in=kinds)
    rows = rows.filter(**{f"scope__a{depth}": grant.scope_id}).select_related("scope")
    changed = []
    for row in rows:
        old = {"from": row.valid_from, "until": row.valid_until}
        if covers(grant.valid_from, grant.valid_until, row.valid_from, row.valid_until):
            continue
        if not meets(row.valid_from, row.valid_until, clock.now(), None):
            continue  # over: the past is not rewritten
        if grant.valid_until is not None:
            row.valid_until = min(row.valid_until or grant.valid_until, grant.valid_until)
        if grant.valid_from is not None and row.valid_from is not None:
            row.valid_from = max(row.valid_from, grant.valid_from)
        if row.valid_until is not None and row.valid_from is not None:
            row.valid_from = min(row.valid_from, row.valid_until)
        save(row, ["valid_from", "valid_until"])
        changed.append((row, old))
    return changed


def version_of(grant: Grant) -> str:
    """What tells a grant as it is from the same one changed."""
    return grant_version(grant.pk, grant.valid_from, grant.valid_until, grant.adjustments)


def unchanged(held: Iterable[Grant], version: str) -> None:
    """Refuse to change what is no longer as it was read, where the reader says how it was."""
    if version and version not in {version_of(grant) for grant in held}:
        raise Conflict("the grant has changed since it was read", code="stale")

"""Transfers as pages show them: the profiles to choose from, who moves and who stays, prices and counts around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.presenters import words
from habilis.faces.web.presenters.profiles import license_name
from habilis.workflows import access, pricing, profiles

PAGE = 50
STAYS = {
    "already_attached": lazy("has this profile already"),
    "above_own_rights": lazy("this would give more than you hold there"),
    "changed_since": lazy("has changed since"),
    "elsewhere": lazy("the profile holds elsewhere too, out of this choice"),
    "profile": lazy("this profile cannot be held there"),
    "retired": lazy("the profile they had is retired"),
    "self": lazy("nobody changes their own profile"),
    "territory": lazy("only whoever moderates the portal says who holds a territory"),
}
"""Why somebody stays, in a few words."""


def targets(here: Any, keys: Iterable[str]) -> list[dict[str, Any]]:
    """The profiles to choose from, each with its license and price."""
    model, prices = access.model_of(here.portal), pricing.prices(here.portal)
    found = []
    for key in keys:
        license_ = model.profiles[key].license or ""
        price = prices.get(license_)
        detail = license_name(here, license_) if license_ else ""
        detail += f" · {money(price)}" if price is not None else ""
        found.append({"key": key, "name": words.profile_name(here, key), "detail": detail})
    return found


def plan(here: Any, found: Any, number: int) -> dict[str, Any]:
    """What a plan does: a page of those who move, those who stay and why, counts and prices before and after."""
    counted = profiles.around(here.portal, here.me, found.moves)
    return {
        "plan": found,
        "rows": rows(here, found.moves, number),
        "pages": pages(len(found.moves), number),
        "stays": [{**row(here, move), "why": str(STAYS[move.why])} for move in found.stays[:PAGE]],
        "stays_more": max(0, len(found.stays) - PAGE),
        "counts": [{"name": words.profile_name(here, key), **counts} for key, counts in counted.items()],
        "place": place_word(here, found.moves),
        "difference": signed_money(found.difference),
        "before": money(found.before),
        "after": money(found.after),
    }


def done(here: Any, told: Any, found: Any, number: int) -> dict[str, Any]:
    """A transfer that was done, with what undoing it would do."""
    moved = sorted((*found.moves, *found.stays), key=lambda move: (move.name.casefold(), move.email, move.scope))
    before = {one.grant: one for one in told.rows}
    shown = [
        {**row(here, move), "before": words.profile_name(here, before[move.id].before),
         "after": words.profile_name(here, before[move.id].after)}
        for move in slice_of(moved, number)
    ]  # fmt: skip
    names = here_names(told)
    return {
        "told": told,
        "actor": profiles.name_of(told.actor),
        "plan": found,
        "rows": shown,
        "people": len({move.user_id for move in moved}),
        "pages": pages(len(moved), number),
        "conflicts": [{**row(here, move), "why": str(STAYS[move.why])} for move in found.stays[:PAGE]],
        "counts": [
            {"name": words.profile_name(here, key), "pairs": pairs, "people": people, "key": key}
            for key, people, pairs in profiles.counted(here.portal, here.me, names)
        ],
        "place": place_word(here, moved),
        "undoable": not (told.undone or found.stays or found.lost) and bool(found.moves),
        "difference": signed_money(found.difference),
    }


def here_names(told: Any) -> list[str]:
    """The profiles that a transfer was about."""
    return list(dict.fromkeys(key for one in told.rows for key in (one.before, one.after)))


def rows(here: Any, moves: Sequence[Any], number: int) -> list[dict[str, Any]]:
    """A page of those who move."""
    return [row(here, move) for move in slice_of(moves, number)]


def row(here: Any, move: Any) -> dict[str, Any]:
    """One grant in words."""
    return {
        "name": move.name,
        "email": move.email,
        "scope": move.scope_name or words.root_name(),
        "profile": words.profile_name(here, move.profile),
        "sleeps": move.sleeps,
    }


def one(here: Any, email: str, place: tuple[str, str, str]) -> str:
    """Whose access moves, on which scope, and what they have there."""
    said = {"name": profiles.name_of(email), "scope": place[1], "profile": words.profile_name(here, place[2])}
    return _("%(name)s on %(scope)s, today: %(profile)s") % said


def slice_of(moves: Sequence[Any], number: int) -> Sequence[Any]:
    """One page of them."""
    return moves[(number - 1) * PAGE : number * PAGE]


def pages(total: int, number: int) -> dict[str, Any]:
    """The pages around one."""
    last = max(1, -(-total // PAGE))
    return {"number": number, "last": last, "previous": number - 1 if number > 1 else 0,
            "next": number + 1 if number < last else 0}  # fmt: skip


def place_word(here: Any, moves: Sequence[Any] = ()) -> str:
    """What the scopes concerned are called: their kind where they have but one."""
    kinds = {move.place[1] for move in moves}
    if not moves:
        kinds = {
            kind for p in access.model_of(here.portal).profiles.values() if p.client and p.license for kind in p.on
        }
    return words.kind_name(here.blueprint, kinds.pop()) if len(kinds) == 1 else _("Scope")


def money(amount: Decimal | None) -> str:
    """An amount in EUR; nothing where it is not known."""
    if amount is None:
        return ""
    return f"{formats.number_format(amount, 2, force_grouping=True, use_l10n=True)}\N{NO-BREAK SPACE}€"


def signed_money(amount: Decimal | None) -> str:
    """A difference in EUR, with its sign."""
    return "" if amount is None else f"{'+' if amount > 0 else '−' if amount < 0 else ''}{money(abs(amount))}"

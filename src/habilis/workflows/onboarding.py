"""Open a place with the person who will manage it, in one step: either both are there, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from habilis.core import Fault, Invalid, excess
from habilis.workflows import access, giving, people, scopes
from habilis.workflows.acting import Acting, change


@dataclass(frozen=True)
class FirstManager:
    """Who is to manage a place that is being opened: an address, with or without an account."""

    email: str
    name: str
    profile: str
    language: str = "fr"


def proposed(portal: str, actor: str, parent: str, kind: str) -> tuple[str, ...]:
    """
    The profiles that *actor* could give on a new scope of *kind* under *parent*, those who manage first.

    Giving decides again.
    """
    ref = giving.scope_ref(portal, parent)
    loaded = access.load(portal, [actor], [ref])
    model = loaded.facts.model
    if parent not in loaded.facts.scopes or kind not in model.kinds:
        return ()
    fitting = [
        key
        for key, profile in model.profiles.items()
        if not profile.retired
        and kind in profile.on
        and not excess(actor, parent, key, loaded.facts)
        and giving.may_give_there(portal, actor, loaded, kind, key)
    ]
    return tuple(sorted(fitting, key=lambda key: not model.profiles[key].managing))


@change("scope:establish")
def establish(
    acting: Acting,
    *,
    parent: str,
    kind: str,
    name: str,
    identifiers: Mapping[str, str] | None = None,
    manager: FirstManager,
) -> str:
    """
    Create a scope under the scope of key *parent*, and give *manager* their profile on it; return its key.

    It is creating a scope and then a person, each with its own check, entry and mail.
    """
    key = scopes.create(acting, parent=parent, kind=kind, name=name, identifiers=identifiers)
    try:
        people.create(
            acting,
            email=manager.email,
            name=manager.name,
            language=manager.language,
            scopes=[key],
            profile=manager.profile,
        )
    except Invalid as error:
        faults = (Fault(f"manager_{fault.where or error.code}", fault.says) for fault in error.faults)
        raise Invalid(*faults, code=error.code) from None
    return key

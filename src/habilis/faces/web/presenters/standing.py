"""What somebody is in a portal where one positions oneself: national, local, invited, or a standard account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from habilis.core import PORTAL
from habilis.faces.web.presenters import words


def territorial(here: Any) -> list[str]:
    """The profiles of positioning that are held on territories too, where the portal has moderated kinds."""
    kinds = here.blueprint.model.kinds
    if not here.moderated:
        return []
    return [
        key
        for key, profile in here.blueprint.model.profiles.items()
        if profile.positioning and any(not kinds[kind].moderated for kind in profile.on)
    ]


def reach(here: Any, grant: Any) -> str:
    """How far a grant of such a profile reaches, in a word; nothing for any other grant."""
    if grant.profile not in territorial(here):
        return ""
    if grant.scope.kind == PORTAL:
        return _("national")
    return _("on one dossier") if is_moderated(here, grant) else _("local")


def account_type(here: Any, grants: Iterable[Any]) -> str:
    """The type of the account of whoever holds *grants*: the widest of what they are."""
    held = [grant for grant in grants if grant.status != "ended"]
    advising = [grant for grant in held if grant.profile in territorial(here)]
    for grant in held:
        if grant.scope.kind == PORTAL and grant not in advising:
            return words.profile_name(here, grant.profile)
    for grant in sorted(advising, key=lambda grant: (is_moderated(here, grant), grant.scope.kind != PORTAL)):
        name = {"profile": words.profile_name(here, grant.profile)}
        if grant.scope.kind == PORTAL:
            return _("%(profile)s, national") % name
        return (_("%(profile)s, invited") if is_moderated(here, grant) else _("%(profile)s, local")) % name
    return _("Standard account")


def territories(here: Any, grants: Iterable[Any], profile: str) -> list[Any]:
    """The scopes, dossiers left out, on which *grants* lastingly give *profile*."""
    return [
        grant.scope
        for grant in grants
        if grant.status != "ended" and grant.profile == profile and not is_moderated(here, grant)
    ]


def is_moderated(here: Any, grant: Any) -> bool:
    """Whether a grant is held on a scope of a moderated kind."""
    return bool(here.blueprint.model.kinds[grant.scope.kind].moderated)

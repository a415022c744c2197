"""The scopes that a form proposes; where they are too many to be listed, a search within the form finds the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from habilis.faces.web.forms.base import SOUGHT, Form
from habilis.faces.web.shell import Here
from habilis.workflows import browse

MANY = 100


@dataclass(frozen=True)
class Picked:
    """The scopes to choose from, and whether there is more to be found by a search."""

    scopes: tuple[Any, ...]
    many: bool
    sought: str

    def on(self, form: Form, field: str) -> None:
        """Put the search beside the *field* of the *form*, where it is needed."""
        if self.many:
            form.picker, form.sought = field, self.sought


def pick(request: HttpRequest, here: Here, action: str, field: str) -> Picked:
    """The scopes on which the person may do *action*: what is sought, and what the form's *field* holds already."""
    asked = request.POST if request.method == "POST" else request.GET
    sought = asked.get(SOUGHT, "").strip()
    found = browse.choices(here.portal, here.me, action, text=sought)
    many = bool(sought) or len(found) > MANY
    known = {scope.key for scope in found}
    missing = [key for key in (*asked.getlist(field), *request.GET.getlist("scope")) if key and key not in known]
    if many and missing:
        found = (*browse.choices(here.portal, here.me, action, keys=missing), *found)
    return Picked(found, many, sought)

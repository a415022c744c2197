"""The forms of moderation and of territories: submit, turn down, say where somebody advises."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.forms.base import Form
from habilis.faces.web.presenters import words

NATIONAL, LISTED = "national", "listed"


class SubmitForm(Form):
    """Something to be moderated: its name, and where it stands."""

    name = forms.CharField(label=lazy("Name"), max_length=200)
    parent = forms.ChoiceField(label=lazy("Place"))

    def __init__(self, places: tuple[tuple[str, str], ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(key, _("%(name)s (%(key)s)") % {"name": name, "key": key}) for key, name in places]
        self.fields["parent"].choices = [("", _("Choose…")), *options]


class RefusalForm(Form):
    """Why something is turned down."""

    reason = forms.CharField(
        label=lazy("Reason"),
        max_length=2000,
        help_text=lazy("Its author will read it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class TerritoriesForm(Form):
    """Where somebody advises: the whole country, chosen in so many words, or what is ticked."""

    reach = forms.ChoiceField(label=lazy("Reach"), widget=forms.RadioSelect)
    territories = forms.MultipleChoiceField(
        label=lazy("Territories"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, scopes: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scopes = scopes
        self.fields["reach"].choices = [
            (NATIONAL, _("National: the whole country, whatever is ticked below")),
            (LISTED, _("Local: what is ticked below, and nothing else")),
        ]
        self.fields["territories"].choices = [(scope.key, label(scope)) for scope in scopes]

    def clean(self) -> dict[str, Any]:
        """A list holds at least one territory."""
        data = super().clean() or self.cleaned_data
        if data.get("reach") == LISTED and not data.get("territories") and "territories" not in self.errors:
            self.add_error("territories", str(words.CODES["empty"]))
        return data

    @property
    def keys(self) -> list[str]:
        """The keys that were chosen: that of the root alone for the whole country."""
        return [""] if self.cleaned_data["reach"] == NATIONAL else self.cleaned_data["territories"]

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        """The boxes by the highest scope above them, that scope's own box first."""
        found: dict[str, list[Any]] = {}
        for scope, box in zip(self.scopes, self["territories"], strict=True):
            found.setdefault(scope.path_names[0], []).append(box)
        return list(found.items())


def label(scope: Any) -> str:
    """A territory among those of its group."""
    if scope.depth == 1:
        return _("All of it: %(name)s") % {"name": scope.name}
    return " › ".join(scope.path_names[1:])

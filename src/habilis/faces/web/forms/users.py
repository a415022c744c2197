"""The forms of a domain *Users*: attach and detach somebody, at the level of a scope or of one below it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import canonical_address
from habilis.faces.web.forms.base import Form, dress


class LevelForm(Form):
    """
    A level, that of the *place* or of a kind below it, and then which one. Nothing is chosen in advance.

    *below* are the scopes under the place; the kinds that they are of are the other levels.
    """

    level = forms.ChoiceField(label=lazy("Level of attachment"), widget=forms.RadioSelect)

    def __init__(self, place: Any, below: tuple[Any, ...], kinds: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place, self.below = place, below
        levels = [place.kind, *dict.fromkeys(scope.kind for scope in below)]
        self.fields["level"].choices = [(kind, _("Level: %(kind)s") % {"kind": kinds[kind].lower()}) for kind in levels]
        for kind in levels[1:]:
            among = [(scope.key, scope.name) for scope in below if scope.kind == kind]
            field = forms.ChoiceField(
                label=kinds[kind],
                required=False,
                choices=[("", _("Choose…")), *among],
                help_text=_("Only for this level"),
            )
            dress(field)
            self.fields[f"at_{kind}"] = field

    def clean(self) -> dict[str, Any]:
        """A level below names which one; the level of the place names none below it."""
        data = super().clean() or self.cleaned_data
        level = data.get("level")
        for kind in {scope.kind for scope in self.below}:
            chosen = data.get(f"at_{kind}")
            if level == kind and not chosen and f"at_{kind}" not in self.errors:
                self.add_error(f"at_{kind}", _("Choose one: this level needs it"))
            if level and level != kind and chosen:
                self.add_error(f"at_{kind}", _("Leave it empty, or choose its level above"))
        return data

    @property
    def scope(self) -> str:
        """The key of the scope that was chosen."""
        level = self.cleaned_data["level"]
        return self.place.key if level == self.place.kind else self.cleaned_data[f"at_{level}"]

    @property
    def whom(self) -> str:
        """The address of the person who is spoken of."""
        return str(self.cleaned_data["person"])


class AttachUserForm(LevelForm):
    """General information: whom to attach, and at which level."""

    field_order = ("email", "level")
    email = forms.CharField(
        label=lazy("User's e-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def clean_email(self) -> str:
        """The address in its one spelling."""
        try:
            return canonical_address(self.cleaned_data["email"])
        except ValueError:
            raise forms.ValidationError(_("This is not an e-mail address")) from None

    @property
    def whom(self) -> str:
        """The address of the person who is spoken of."""
        return str(self.cleaned_data["email"])


class DetachUserForm(LevelForm):
    """Whom to detach, why, and at which level."""

    picked_by = lazy("There are many: search by name or address")
    person = forms.ChoiceField(label=lazy("User to detach"))
    comment = forms.CharField(
        label=lazy("Comment: the reasons of the detachment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, people: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("Choose…")), *people]
        self.fields["level"].label = _("Level of detachment")
        self.order_fields(["person", "comment", "level"])

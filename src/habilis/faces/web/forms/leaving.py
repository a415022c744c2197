"""The forms of departures: who receives what somebody leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import canonical_address
from habilis.faces.web.forms.base import Form, scope_options


class HeirForm(Form):
    """To whom, and why."""

    to = forms.CharField(
        label=lazy("E-mail address of whoever takes over"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    comment = forms.CharField(
        label=lazy("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_to(self) -> str:
        """The address in its one spelling."""
        try:
            return canonical_address(self.cleaned_data["to"])
        except ValueError:
            raise forms.ValidationError(_("This is not an e-mail address")) from None

    def field_of(self, where: str) -> str | None:
        """A fault about a person is about whoever takes over."""
        return super().field_of(where) or "to"


class HandOverForm(HeirForm):
    """To whom, and from which scope down."""

    field_order = ("scope", "to", "comment")
    scope = forms.ChoiceField(label=lazy("On this scope and below"))

    def __init__(self, scopes: tuple[Any, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scope_options(scopes)

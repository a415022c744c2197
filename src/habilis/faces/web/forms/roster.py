"""The form of a roster: where somebody works, among the scopes below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.forms.base import Form


class PlacesForm(Form):
    """The scopes below, ticked or not; what was ticked when the page was made travels along."""

    places = forms.MultipleChoiceField(
        label="",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=lazy("None, one or several. It takes effect at once."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, label: str, below: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["places"].label = label
        self.fields["places"].choices = list(below.items())

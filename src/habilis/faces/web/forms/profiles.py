"""The forms of access profiles: the name of a copy, another name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.forms.base import Form


class CopyForm(Form):
    """A profile to duplicate, and the name of the copy."""

    source = forms.ChoiceField(label=lazy("Profile to duplicate"))
    name = forms.CharField(
        label=lazy("Name of the new profile"),
        max_length=200,
        help_text=lazy("It begins with the same permissions and the same license, and has no user."),
    )

    def __init__(self, profiles: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = profiles


class NameForm(Form):
    """Another name for a profile; the version that was read travels along."""

    name = forms.CharField(label=lazy("Name of the profile"), max_length=200)
    version = forms.CharField(widget=forms.HiddenInput())

"""The forms of one's own account."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.forms.base import Form


class AddressForm(Form):
    """The address to which one's account would move."""

    email = forms.CharField(
        label=lazy("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=lazy("A link is sent to it. Nothing changes until you open that link, in this browser."),
    )

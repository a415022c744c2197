"""The form of a stranger who opens an account: an address, and where they were going."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import canonical_address
from habilis.faces.web.forms.base import Form


class SignUpForm(Form):
    """An address."""

    email = forms.CharField(
        label=lazy("Your e-mail address"),
        max_length=254,
        help_text=lazy("A link is sent to it: it confirms that the address is yours."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    next = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_email(self) -> str:
        """The address in its one spelling."""
        try:
            return canonical_address(self.cleaned_data["email"])
        except ValueError:
            raise forms.ValidationError(_("This is not an e-mail address")) from None

"""The forms of invitations: invite an address, and open an account with an invitation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import Invalid, canonical_address
from habilis.faces.web.forms.base import Form, scope_options
from habilis.faces.web.presenters.words import LANGUAGES


class InviteForm(Form):
    """An address, what it is offered and where, and a few words."""

    field_order = ("email", "scope", "profile", "language", "comment")
    email = forms.CharField(
        label=lazy("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    scope = forms.ChoiceField(label=lazy("Scope"))
    profile = forms.ChoiceField(label=lazy("Profile"), widget=forms.RadioSelect)
    language = forms.ChoiceField(label=lazy("Language of the mail"), choices=list(LANGUAGES.items()))
    comment = forms.CharField(
        label=lazy("Your message"),
        required=False,
        max_length=2000,
        help_text=lazy("It is written in the mail."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, scopes: tuple[Any, ...], profiles: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scope_options(scopes)
        self.fields["profile"].choices = profiles

    def clean_email(self) -> str:
        """The address in its one spelling."""
        try:
            return canonical_address(self.cleaned_data["email"])
        except ValueError:
            raise forms.ValidationError(_("This is not an e-mail address")) from None


class JoinForm(Form):
    """Who opens an account: a name, a language, a password typed twice."""

    name = forms.CharField(
        label=lazy("First and last name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=lazy("Language of the pages and of the mails"), choices=list(LANGUAGES.items()))
    password = forms.CharField(
        label=lazy("Password"),
        max_length=4096,
        strip=False,
        help_text=lazy("Twelve characters at least, not a common word, not your name."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=lazy("The same once more"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def blame(self, error: Invalid) -> None:
        """What is wrong with the password is said in the words of those who look at it."""
        said = [fault for fault in error.faults if fault.where == "password"]
        for fault in said:
            self.add_error("password", fault.says)
        if others := [fault for fault in error.faults if fault not in said]:
            super().blame(Invalid(*others, code=error.code))

    def clean(self) -> dict[str, Any]:
        """Both passwords are one."""
        data = super().clean() or self.cleaned_data
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("These two passwords differ"))
        return data

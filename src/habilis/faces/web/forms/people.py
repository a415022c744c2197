"""The forms of people and of their grants."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import canonical_address
from habilis.faces.web.forms.base import DateInput, Form, scope_options
from habilis.faces.web.presenters.words import LANGUAGES

FIRST_YEAR, LAST_YEAR = 1970, 2999


class PeriodMixin(forms.Form):
    """A period in days: both days are included, and either may be left open."""

    since = forms.DateField(label=lazy("First day"), required=False, widget=DateInput())
    until = forms.DateField(
        label=lazy("Last day"), required=False, widget=DateInput(), help_text=lazy("Left empty: without limit")
    )

    def clean(self) -> dict[str, Any]:
        """A period goes forward."""
        data = super().clean() or self.cleaned_data
        for name in ("since", "until"):
            if data.get(name) and not FIRST_YEAR <= data[name].year <= LAST_YEAR:
                self.add_error(name, _("A year between 1970 and 2999 is expected"))
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("The last day comes before the first"))
        return data

    @property
    def period(self) -> dict[str, datetime | None]:
        """The instants, the second one excluded."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return {
            "valid_from": midnight(since) if since else None,
            "valid_until": midnight(until + timedelta(days=1)) if until else None,
        }


def midnight(day: Any) -> datetime:
    """The instant at which *day* begins, where the portal is read."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


class PersonForm(PeriodMixin, Form):
    """A person to create, with their first grants."""

    field_order = ("email", "name", "language", "scopes", "profile", "since", "until")
    email = forms.CharField(
        label=lazy("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(label=lazy("First and last name"), max_length=200)
    language = forms.ChoiceField(label=lazy("Language"), choices=list(LANGUAGES.items()))
    scopes = forms.MultipleChoiceField(
        label=lazy("Scopes"), widget=forms.CheckboxSelectMultiple, help_text=lazy("One or several")
    )
    profile = forms.ChoiceField(label=lazy("Profile"), widget=forms.RadioSelect)

    def __init__(self, scopes: tuple[Any, ...], profiles: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = scope_options(scopes, empty=False)
        self.fields["profile"].choices = profiles

    def clean_email(self) -> str:
        """The address in its one spelling."""
        try:
            return canonical_address(self.cleaned_data["email"])
        except ValueError:
            raise forms.ValidationError(_("This is not an e-mail address")) from None


class TrialForm(Form):
    """What somebody who is not there would hold."""

    scopes = forms.MultipleChoiceField(
        label=lazy("Scopes"), widget=forms.CheckboxSelectMultiple, help_text=lazy("One or several")
    )
    profile = forms.ChoiceField(label=lazy("Profile"), widget=forms.RadioSelect)

    def __init__(self, scopes: tuple[Any, ...], profiles: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = scope_options(scopes, empty=False)
        self.fields["profile"].choices = profiles


class AttachForm(PeriodMixin, Form):
    """One more grant for a person."""

    field_order = ("scope", "profile", "since", "until")
    scope = forms.ChoiceField(label=lazy("Scope"))
    profile = forms.ChoiceField(label=lazy("Profile"), widget=forms.RadioSelect)

    def __init__(self, scopes: tuple[Any, ...], profiles: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scope_options(scopes)
        self.fields["profile"].choices = profiles


class PeriodForm(PeriodMixin, Form):
    """The period of a grant."""


class ProfileForm(Form):
    """The profile that a grant gives from now on."""

    profile = forms.ChoiceField(label=lazy("Profile"), widget=forms.RadioSelect)

    def __init__(self, profiles: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = profiles


class NameForm(Form):
    """The name under which one appears."""

    name = forms.CharField(
        label=lazy("First and last name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class CommentForm(Form):
    """Why a grant ends."""

    comment = forms.CharField(
        label=lazy("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

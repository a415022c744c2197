"""The form of an absence: who decides meanwhile, and on which days."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import canonical_address
from habilis.faces.web.forms.base import Form
from habilis.faces.web.forms.people import PeriodMixin


class DeputyForm(PeriodMixin, Form):
    """Who stands in, from the first day to the last."""

    field_order = ("deputy", "since", "until")
    deputy = forms.CharField(
        label=lazy("E-mail address of whoever decides meanwhile"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=lazy("Somebody active in this portal. They decide on your behalf, and never more than you could."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].help_text = lazy("Left empty: from now on")
        self.fields["until"].required = True
        self.fields["until"].help_text = lazy("Included; a year at most")

    def clean_deputy(self) -> str:
        """The address in its one spelling."""
        try:
            return canonical_address(self.cleaned_data["deputy"])
        except ValueError:
            raise forms.ValidationError(_("This is not an e-mail address")) from None

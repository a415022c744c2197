"""Two days to compare."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.forms.base import DateInput, Form
from habilis.faces.web.forms.people import FIRST_YEAR, LAST_YEAR, midnight


class TwoDaysForm(Form):
    """A day and a later one, each as it was in the evening."""

    first = forms.DateField(label=lazy("In the evening of"), widget=DateInput())
    second = forms.DateField(label=lazy("compared with the evening of"), widget=DateInput())

    def clean(self) -> dict[str, Any]:
        """Time goes forward."""
        data = super().clean() or self.cleaned_data
        for name in ("first", "second"):
            if data.get(name) and not FIRST_YEAR <= data[name].year <= LAST_YEAR:
                self.add_error(name, _("A year between 1970 and 2999 is expected"))
        if data.get("first") and data.get("second") and data["second"] < data["first"]:
            self.add_error("second", _("The last day comes before the first"))
        return data

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """The end of each day."""
        days = self.cleaned_data["first"], self.cleaned_data["second"]
        return midnight(days[0] + timedelta(days=1)), midnight(days[1] + timedelta(days=1))

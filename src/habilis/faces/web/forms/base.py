"""What every form of ours shares: the look of its controls, and faults put beside the fields they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import Invalid
from habilis.faces.web.presenters import words

LOOK, SOUGHT = "look", "sought"
"""The button that searches within a form, and the text that it searches for."""

CLASSES = {
    forms.CheckboxInput: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
    forms.RadioSelect: "form-check-input",
    forms.Select: "form-select",
}


class Form(forms.Form):
    """A form whose controls wear the classes of the stylesheet."""

    required_css_class = "required"
    picker: str = ""  # the field beside which one searches, where there is too much to be listed
    picked_by: Any = lazy("There are many: search by name, key or identifier")
    sought: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.codes: set[str] = set()
        for field in self.fields.values():
            dress(field)

    @property
    def looking(self) -> bool:
        """Whether the form was sent to search: what was typed is shown again, and nothing is done."""
        return LOOK in self.data

    def full_clean(self) -> None:
        """Find no fault with a form that is not finished."""
        if self.looking:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def is_valid(self) -> bool:
        """Whether it can be done: a search never is."""
        return not self.looking and bool(super().is_valid())

    def blame(self, error: Invalid) -> None:
        """Put each fault of *error* beside the field that it names, the others above."""
        self.codes.add(error.code)
        for fault in error.faults:
            name = self.field_of(fault.where) or self.field_of(error.code)
            self.add_error(name, words.fault_of(error, fault))
        if not error.faults:
            self.add_error(None, words.of(error))

    def field_of(self, where: str) -> str | None:
        """The field that a fault names, if it is one of ours."""
        last = where.rsplit(".", 1)[-1].strip("`")
        return next((name for name in (where, last, f"field_{last}") if name in self.fields), None)


def dress(field: forms.Field) -> None:
    """Give a field's control its class."""
    wanted = next((css for kind, css in CLASSES.items() if isinstance(field.widget, kind)), "form-control")
    field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} {wanted}".strip()


class DateInput(forms.DateInput):
    """A date, chosen with the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def scope_options(
    scopes: Iterable[Any], *, empty: bool = True, name: Callable[[Any], str] = words.scope_name
) -> list[tuple[str, str]]:
    """Scopes as the options of a choice, each with those above it."""
    options = [(scope.key, name(scope)) for scope in scopes]
    return [("", _("Choose…")), *options] if empty and len(options) != 1 else options

"""The forms of a scope's settings: one more approval rule, and what goes on by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.blueprints.schema import TypeInfo
from habilis.faces.web.forms.base import Form
from habilis.faces.web.presenters.words import said


class RuleForm(Form):
    """A kind, an amount, and those who approve."""

    kind = forms.ChoiceField(label=lazy("Kind"), required=False)
    threshold = forms.DecimalField(
        label=lazy("From an amount of"),
        min_value=Decimal(0),
        max_digits=14,
        decimal_places=2,
        localize=True,
        initial=0,
        help_text=lazy("In euros; 0 for every amount."),
    )
    approvers = forms.MultipleChoiceField(
        label=lazy("Who must approve"),
        widget=forms.CheckboxSelectMultiple,
        help_text=lazy("All of those ticked. Only those who may approve here are proposed."),
    )

    def __init__(self, info: TypeInfo, people: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = next(field for field in info.fields if info.approval and field.key == info.approval.kind)
        choices = [(key, said(label)) for key, label in field.choices.items()]
        self.fields["kind"].choices = [("", _("Every kind")), *choices]
        self.fields["kind"].label = said(field.label)
        self.fields["approvers"].choices = people

"""The form of a resource, made from what the blueprint says of its type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.blueprints.fields import LARGEST, loaded
from habilis.blueprints.schema import Field, TypeInfo
from habilis.core import canonical_address
from habilis.faces.web.forms.base import DateInput, Form, dress
from habilis.faces.web.presenters.words import said

PREFIX = "field_"
DATES = ["%Y-%m-%d", "%d/%m/%Y"]


def control(field: Field) -> forms.Field:
    """The control of one field of the blueprint."""
    common: dict[str, Any] = {"label": said(field.label), "required": field.required}
    least = {"min_value": field.min} if field.min is not None else {}
    match field.kind:
        case "longtext":
            return forms.CharField(max_length=LARGEST["longtext"], widget=forms.Textarea(attrs={"rows": 5}), **common)
        case "integer":
            return forms.IntegerField(**least, **common)
        case "decimal":
            return forms.DecimalField(max_digits=15, localize=True, **least, **common)
        case "amount":
            help_text = _("In euros, for instance %(example)s") % {"example": _("1234.50")}
            return forms.DecimalField(
                max_digits=14, decimal_places=2, localize=True, help_text=help_text, **least, **common
            )
        case "date":
            return forms.DateField(widget=DateInput(), input_formats=DATES, **common)
        case "boolean":
            return forms.BooleanField(label=said(field.label), required=False)
        case "email":
            return forms.EmailField(max_length=254, **common)
        case "choice":
            choices = [("", _("Choose…")), *((key, said(label)) for key, label in field.choices.items())]
            return forms.ChoiceField(choices=choices, **common)
    return forms.CharField(max_length=LARGEST["text"], **common)


class ResourceForm(Form):
    """Title, scope and typed fields of one resource; the version that was read travels along."""

    title = forms.CharField(label=lazy("Title"), max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        type_: TypeInfo,
        *args: Any,
        scopes: Sequence[tuple[str, str]] = (),
        approvable: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.type = type_
        added: dict[str, forms.Field] = {}
        if scopes:
            added["scope"] = forms.ChoiceField(label=said(type_.place) or _("Scope"), choices=scopes)
        self.asked = [field for field in type_.fields if field.key not in type_.stamped]
        for field in self.asked:
            added[PREFIX + field.key] = control(field)
            if field.suggests:
                added[PREFIX + field.key].widget.attrs["list"] = f"book-{field.suggests}"
                added[PREFIX + field.key].widget.attrs["autocomplete"] = "off"
                added[PREFIX + field.key].help_text = _("Chosen from the address book, or typed")
        if approvable:
            added["approvers"] = forms.CharField(
                label=_("Who must approve"),
                required=False,
                help_text=_("Their e-mail addresses, separated by commas or lines"),
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        for field in added.values():
            dress(field)
        self.fields.update(added)

    @property
    def values(self) -> dict[str, Any]:
        """The typed fields by their keys in the blueprint; nothing where one was left empty."""
        return {field.key: self.cleaned_data.get(PREFIX + field.key) or None for field in self.asked} | {
            field.key: self.cleaned_data.get(PREFIX + field.key)
            for field in self.asked
            if field.kind in ("boolean", "integer", "decimal", "amount")
        }

    def clean_approvers(self) -> tuple[str, ...]:
        """The addresses, each in its one spelling."""
        text = self.cleaned_data["approvers"].replace(",", " ").replace(";", " ")
        try:
            return tuple(dict.fromkeys(canonical_address(word) for word in text.split()))
        except ValueError as error:
            raise forms.ValidationError(
                _("“%(address)s” is not an e-mail address"), params={"address": str(error).split("`")[1]}
            ) from None


def initial_of(type_: TypeInfo, record: Any) -> dict[str, Any]:
    """What the form of an existing resource shows first."""
    fields = {PREFIX + field.key: loaded(field, record.fields.get(field.key)) for field in type_.fields}
    return {"title": record.title, "version": record.version, **fields}

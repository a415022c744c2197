"""The forms of scopes: create, rename, move, configure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.blueprints.schema import Blueprint
from habilis.faces.web.forms.base import Form, dress, scope_options
from habilis.faces.web.presenters.words import said

PREFIX = "identifier_"


class ScopeForm(Form):
    """A scope's name and its identifiers."""

    name = forms.CharField(label=lazy("Name"), max_length=200)

    def __init__(self, blueprint: Blueprint, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schemes = blueprint.model.kinds[kind].identifiers
        for scheme in self.schemes:
            field = forms.CharField(label=said(blueprint.identifiers[scheme].label), max_length=100, required=False)
            dress(field)
            self.fields[PREFIX + scheme] = field

    @property
    def identifiers(self) -> dict[str, str]:
        """The identifiers that were filled in, by scheme."""
        found = {scheme: self.cleaned_data[PREFIX + scheme].strip() for scheme in self.schemes}
        return {scheme: value for scheme, value in found.items() if value}

    def field_of(self, where: str) -> str | None:
        """Faults about identifiers name the scheme."""
        last = where.rsplit(".", 1)[-1].strip("`")
        return PREFIX + last if PREFIX + last in self.fields else super().field_of(where)


class MoveForm(Form):
    """The scope under which another goes."""

    parent = forms.ChoiceField(label=lazy("New parent"))

    def __init__(self, scopes: tuple[Any, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = scope_options(scopes)


class ConfigurationForm(Form):
    """What a scope imposes on the grants held on it or below: a preset, and the options switched on."""

    configuration = forms.ChoiceField(label=lazy("Configuration"), required=False)
    options = forms.MultipleChoiceField(
        label=lazy("Options switched on"), required=False, widget=forms.CheckboxSelectMultiple
    )

    TABLE = "table"

    def __init__(self, blueprint: Blueprint, kind: str, *args: Any, table: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about = blueprint.model.kinds[kind]
        kept = [(self.TABLE, _("The table of levels it has, kept as it is"))] if table else []
        presets = [(key, said(preset.label)) for key, preset in blueprint.configurations.items()]
        self.fields["configuration"].choices = [("", _("None: nothing is bounded")), *kept, *presets]
        self.fields["options"].choices = [(key, said(blueprint.options[key].label)) for key in sorted(about.options)]
        if not about.configurable or not (presets or kept):
            del self.fields["configuration"]
        if not about.options:
            del self.fields["options"]

"""The forms of scopes: create, rename, move, configure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.blueprints.schema import Blueprint
from habilis.core import canonical_address
from habilis.faces.web.forms.base import Form, dress, scope_options
from habilis.faces.web.presenters.words import said
from habilis.workflows.onboarding import FirstManager

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


class OpeningForm(ScopeForm):
    """A scope to create: where it stands if that is to be chosen, and who will manage it first, if somebody will."""

    manager_email = forms.CharField(
        label=lazy("First person: e-mail address"),
        max_length=254,
        required=False,
        help_text=lazy("Whoever has no account yet receives a mail to choose a password. Left empty: nobody for now."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    manager_name = forms.CharField(label=lazy("First person: first and last name"), max_length=200, required=False)
    manager_profile = forms.ChoiceField(label=lazy("First person: profile"), required=False)

    def __init__(
        self,
        blueprint: Blueprint,
        kind: str,
        *args: Any,
        parents: tuple[Any, ...] = (),
        profiles: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(blueprint, kind, *args, **kwargs)
        if len(parents) > 1:
            self.fields["parent"] = forms.ChoiceField(label=_("Under"), choices=scope_options(parents))
            dress(self.fields["parent"])
        if profiles:
            self.fields["manager_profile"].choices = profiles
            if blueprint.model.profiles[profiles[0][0]].managing:
                self.fields["manager_email"].label = _("First manager: e-mail address")
                self.fields["manager_name"].label = _("First manager: first and last name")
                self.fields["manager_profile"].label = _("First manager: profile")
        else:
            for name in ("manager_email", "manager_name", "manager_profile"):
                del self.fields[name]
        own = [name for name in self.fields if not name.startswith("manager_") and name != "parent"]
        self.order_fields(["parent", *own])

    def clean_manager_email(self) -> str:
        """The address in its one spelling, if one was given."""
        try:
            return canonical_address(typed) if (typed := self.cleaned_data["manager_email"]) else ""
        except ValueError:
            raise forms.ValidationError(_("This is not an e-mail address")) from None

    def clean(self) -> dict[str, Any]:
        """A manager has an address, a name and a profile."""
        data = super().clean() or self.cleaned_data
        told = [name for name in ("manager_email", "manager_name") if name in self.fields]
        if any(data.get(name) for name in told):
            for name in told:
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Needed to give them access"))
        return data

    @property
    def manager(self) -> FirstManager | None:
        """The first manager, if there is to be one."""
        data = self.cleaned_data
        if not data.get("manager_email"):
            return None
        return FirstManager(data["manager_email"], data["manager_name"], data["manager_profile"])


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

    responsible = forms.ChoiceField(
        label=lazy("Responsible"), required=False, help_text=lazy("Told of the requests about it; it gives no right.")
    )
    TABLE = "table"

    def __init__(
        self,
        blueprint: Blueprint,
        kind: str,
        *args: Any,
        table: bool = False,
        responsible: list[tuple[str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responsible"].choices = [("", _("Nobody")), *(responsible or ())]
        about = blueprint.model.kinds[kind]
        kept = [(self.TABLE, _("The table of levels it has, kept as it is"))] if table else []
        presets = [(key, said(preset.label)) for key, preset in blueprint.configurations.items()]
        self.fields["configuration"].choices = [("", _("None: nothing is bounded")), *kept, *presets]
        self.fields["options"].choices = [(key, said(blueprint.options[key].label)) for key in sorted(about.options)]
        if not about.configurable or not (presets or kept):
            del self.fields["configuration"]
        if not about.options:
            del self.fields["options"]


class ManagerForm(Form):
    """Who manages a scope from now on."""

    manager = forms.CharField(
        label=lazy("E-mail address of its manager"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=lazy("Somebody who has an account."),
    )

    def field_of(self, where: str) -> str | None:
        """There is one field, and every fault is about it."""
        return super().field_of(where) or "manager"

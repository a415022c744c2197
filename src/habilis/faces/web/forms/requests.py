"""The forms of access requests: name an organization, ask, decide, turn down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.blueprints.fields import loaded
from habilis.blueprints.schema import Field, Identifier, RequestForm
from habilis.core import PORTAL, canonical_address
from habilis.faces.web.forms.base import Form, dress
from habilis.faces.web.forms.people import PeriodMixin
from habilis.faces.web.forms.resources import PREFIX, control
from habilis.faces.web.presenters import words
from habilis.faces.web.presenters.words import LANGUAGES, said

NATIONAL, LISTED = "national", "listed"
LONGEST = 2000


class IdentifierForm(Form):
    """The number by which an organization is known; first at which level one asks for it, where there are several."""

    level = forms.ChoiceField(label=lazy("Level of attachment"), widget=forms.RadioSelect)
    scheme = forms.ChoiceField(label=lazy("Kind of identifier"))
    number = forms.CharField(label=lazy("Number"), max_length=100)

    def __init__(
        self, schemes: Sequence[Identifier], levels: Sequence[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [(key, _("Level: %(kind)s") % {"kind": name.lower()}) for key, name in levels]
        if not levels:
            del self.fields["level"]
        self.fields["scheme"].choices = [(one.key, said(one.label)) for one in schemes]


class PlacesForm(Form):
    """Scopes to choose among; where the root is one, the whole is chosen in so many words, and never by silence."""

    reach = forms.ChoiceField(label=lazy("Reach"), widget=forms.RadioSelect)
    scopes = forms.MultipleChoiceField(label=lazy("Scopes"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, scopes: Sequence[Any], *args: Any, called: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].label = called or self.fields["scopes"].label
        self.listed = [scope for scope in scopes if scope.kind != PORTAL]
        self.has_root = len(self.listed) < len(scopes)
        if self.has_root:
            self.fields["reach"].choices = [
                (NATIONAL, _("National: the whole country, whatever is ticked below")),
                (LISTED, _("Local: what is ticked below, and nothing else")),
            ]
        else:
            del self.fields["reach"]
        self.fields["scopes"].choices = [(scope.key, self.place(scope)) for scope in self.listed]

    def place(self, scope: Any) -> str:
        """A scope among the others of its group."""
        if not self.has_root:
            return words.scope_name(scope)
        if scope.depth == 1 and any(scope.id in other.path[:-1] for other in self.listed):
            return _("All of it: %(name)s") % {"name": scope.name}
        return _("%(name)s (%(key)s)") % {
            "name": " › ".join(scope.path_names[1:] or scope.path_names),
            "key": scope.key,
        }

    def clean(self) -> dict[str, Any]:
        """Something is chosen."""
        data = super().clean() or self.cleaned_data
        national = data.get("reach") == NATIONAL
        if not national and not data.get("scopes") and not {"scopes", "reach"} & set(self.errors):
            self.add_error("scopes", str(words.CODES["empty"]))
        return data

    @property
    def keys(self) -> list[str]:
        """The keys chosen: that of the root alone for the whole country."""
        return [""] if self.cleaned_data.get("reach") == NATIONAL else self.cleaned_data["scopes"]

    @property
    def wholes(self) -> list[str]:
        """The keys of those that have others below them among the boxes."""
        above = {id_ for scope in self.listed for id_ in scope.path[:-1]}
        return [scope.key for scope in self.listed if scope.id in above]

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        """The boxes by the highest scope above them, where there are many to go through."""
        found: dict[str, list[tuple[Any, Any]]] = {}
        for scope, box in zip(self.listed, self["scopes"], strict=True):
            found.setdefault(scope.path_names[0], []).append((scope, box))
        return [
            (name, [box for _scope, box in sorted(boxes, key=lambda one: (one[0].depth, one[0].key))])
            for name, boxes in found.items()
        ]


def chosen(scopes: Sequence[Any]) -> dict[str, Any]:
    """What a form of places shows first for *scopes*."""
    national = any(scope.kind == PORTAL for scope in scopes)
    return {"scopes": [scope.key for scope in scopes], "reach": NATIONAL if national else LISTED if scopes else None}


class IdentityForm(Form):
    """What is asked first of somebody who asks: the typed fields of the request."""

    def __init__(self, asked: RequestForm, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in asked.fields:
            self.fields[PREFIX + field.key] = control(field)
            dress(self.fields[PREFIX + field.key])


class AskForm(PlacesForm):
    """What somebody asks for."""

    person = forms.CharField(label=lazy("E-mail address"), max_length=254, widget=forms.EmailInput())
    name = forms.CharField(label=lazy("First and last name"), max_length=200)
    language = forms.ChoiceField(label=lazy("Language"), choices=list(LANGUAGES.items()))
    profile = forms.ChoiceField(label=lazy("Profile"), widget=forms.RadioSelect)
    comment = forms.CharField(label=lazy("Comment"), widget=forms.Textarea(attrs={"rows": 4}), max_length=LONGEST)
    level = forms.CharField(widget=forms.HiddenInput, required=False)
    scheme = forms.CharField(widget=forms.HiddenInput, required=False)
    number = forms.CharField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    anyway = forms.BooleanField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, asked: RequestForm, scopes: Sequence[Any], profiles: list[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(scopes, *args, **kwargs)
        self.asked = asked
        if asked.key != "newcomer":
            for name in ("person", "name", "language"):
                del self.fields[name]
        if len(self.listed) == 1 and not self.has_root:
            self.fields["scopes"].widget = forms.MultipleHiddenInput()
            self.initial["scopes"] = [self.listed[0].key]
        self.fields["profile"].choices = profiles
        if len(profiles) == 1:
            self.fields["profile"].widget = forms.HiddenInput()
            self.initial["profile"] = profiles[0][0]
        comment = self.fields["comment"]
        comment.label, comment.required = said(asked.comment) or comment.label, asked.comment_required
        for field in asked.fields:
            self.fields[PREFIX + field.key] = control(field)
            dress(self.fields[PREFIX + field.key])
        self.order_fields(["person", "name", "language", *self.typed, "reach", "scopes", "profile", "comment"])

    @property
    def typed(self) -> list[str]:
        """The names of the typed fields."""
        return [PREFIX + field.key for field in self.asked.fields]

    def hide_typed(self) -> None:
        """Carry what was typed on the step before."""
        for name in self.typed:
            self.fields[name].widget = self.fields[name].hidden_widget()

    def clean_person(self) -> str:
        """The address in its one spelling."""
        try:
            return canonical_address(self.cleaned_data["person"])
        except ValueError:
            raise forms.ValidationError(_("This is not an e-mail address")) from None

    @property
    def values(self) -> dict[str, Any]:
        """The typed fields by their keys in the blueprint."""
        return {field.key: self.cleaned_data.get(PREFIX + field.key) for field in self.asked.fields}


def typed_initial(fields: Sequence[Field], stored: dict[str, Any]) -> dict[str, Any]:
    """What the typed fields of a request that exists show first."""
    return {PREFIX + field.key: loaded(field, stored.get(field.key)) for field in fields}


class ChoiceForm(PeriodMixin, PlacesForm):
    """What an approver gives: a profile on scopes, for a period."""

    field_order = ("reach", "scopes", "profile", "since", "until")
    profile = forms.ChoiceField(label=lazy("Profile"), widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, scopes: Sequence[Any], profiles: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(scopes, *args, **kwargs)
        self.fields["profile"].choices = profiles


class RejectForm(Form):
    """Why a request is turned down: what the requester reads, and what stays between those who decide."""

    reason = forms.CharField(
        label=lazy("Reason"),
        max_length=LONGEST,
        help_text=lazy("Whoever asked reads it in the mail that tells of your decision."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    note = forms.CharField(
        label=lazy("Internal note"),
        required=False,
        max_length=LONGEST,
        help_text=lazy("Read by those who decide, and by nobody else."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, reason_required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = reason_required


class VersionForm(Form):
    """The version of what was read, for a button that decides on it."""

    version = forms.IntegerField(widget=forms.HiddenInput)

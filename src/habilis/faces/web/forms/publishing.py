"""The forms of a portal's own page: its look, its texts, its logo, and the tokens of programs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.forms.base import Form
from habilis.workflows.publishing import LONGEST, TEXTS, Look


def text(label: Any, help_text: Any) -> forms.CharField:
    """A text of the portal, in one language."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class LookForm(Form):
    """Name, accent and texts; the version that was read travels along."""

    name = forms.CharField(label=lazy("Name of the portal"), max_length=200)
    color = forms.CharField(
        label=lazy("Color of links and buttons"),
        help_text=lazy("Texts must be readable with it: a contrast of at least 4.5 (WCAG AA) is checked."),
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    founding = forms.ChoiceField(
        label=lazy("Whoever founds a place manages it"),
        choices=[("approved", lazy("once somebody who moderates has approved")), ("at_once", lazy("at once"))],
        widget=forms.RadioSelect,
    )
    door = forms.ChoiceField(
        label=lazy("Who may ask for access without being known here"),
        required=False,  # where it was not sent, it stays as it is
        choices=[
            ("open", lazy("anybody: the portal has a public home, with a button to the form")),
            ("address", lazy("whoever is given the address of the form; the portal is shown nowhere")),
            ("closed", lazy("nobody: only those whom the portal knows already")),
        ],
        widget=forms.RadioSelect,
    )
    welcome_fr = text(
        lazy("Welcome, in French"),
        lazy("Shown on the home page, the public one included. Plain text; left empty, nothing is shown."),
    )
    welcome_en = text(lazy("Welcome, in English"), "")
    contact_fr = text(lazy("Whom to write to, in French"), lazy("Shown to those who have no access yet."))
    contact_en = text(lazy("Whom to write to, in English"), "")
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, founds: bool, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not founds:
            del self.fields["founding"]
        if not asks:
            del self.fields["door"]

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """The texts by name and language."""
        return {
            name: {language: self.cleaned_data[f"{name}_{language}"] for language in ("fr", "en")} for name in TEXTS
        }

    def field_of(self, where: str) -> str | None:
        """A contrast is about the color; a text is told by its name."""
        return {"contrast": "color", "welcome": "welcome_fr", "contact": "contact_fr"}.get(where) or super().field_of(
            where
        )


def initial_of(name: str, look: Look) -> dict[str, str]:
    """What the form shows first."""
    texts = {
        f"{text}_{language}": look.texts.get(text, {}).get(language, "") for text in TEXTS for language in ("fr", "en")
    }
    said = {"name": name, "color": look.color, "founding": look.founding, "door": look.door, "version": look.version}
    return said | texts


class LogoForm(Form):
    """A picture."""

    logo = forms.FileField(
        label=lazy("Picture"),
        help_text=lazy("PNG, JPEG, WebP or GIF, 1 MB at most. It is drawn again: nothing else of the file is kept."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    version = forms.CharField(widget=forms.HiddenInput, required=False)


class TokenForm(Form):
    """A token to create: what it is for."""

    name = forms.CharField(
        label=lazy("What it is for"), max_length=200, help_text=lazy("The program that will ask with it, for instance.")
    )

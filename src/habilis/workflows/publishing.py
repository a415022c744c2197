"""
A portal's own name, logo, color and texts, how places are founded in it and who may come to its door: changed by
whoever may set its root.

They are how the portal looks and what it says; no right depends on them.
"""

from __future__ import annotations

import hashlib
import io
import json
import unicodedata
import uuid
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from PIL import Image, ImageOps

from habilis.blueprints import colors
from habilis.blueprints.schema import DOORS
from habilis.core import PORTAL, Conflict, Fault, Invalid, Ref
from habilis.store import blobs
from habilis.store.models import Portal, Scope
from habilis.workflows import access, journal
from habilis.workflows.acting import Acting, change, hold_rights
from habilis.workflows.scopes import named

ROOT = Ref(PORTAL, "")
TEXTS = ("welcome", "contact")
LANGUAGES = ("fr", "en")
LONGEST = 1000  # characters of a text
LARGEST = 1024 * 1024  # bytes of a picture that is sent
PIXELS = 16_000_000  # of a picture that is sent
SIDE = 512  # pixels of the longest side of a picture that is kept
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


@dataclass(frozen=True)
class Look:
    """How a portal looks: its accent, where its logo is, its texts by name and language."""

    color: str
    logo: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    founding: str = "approved"
    door: str = "closed"
    version: str = ""

    def text(self, name: str, language: str) -> str:
        """A text in *language*, in the other where it has none, else nothing."""
        said = self.texts.get(name, {})
        return said.get(language) or next((said[other] for other in LANGUAGES if said.get(other)), "")


def look(portal: str) -> Look:
    """How *portal* looks, for whoever is in it."""
    name, settings = Portal.objects.values_list("name", "settings").get(key=portal)
    return _look(portal, name, settings)


def _look(portal: str, name: str, settings: Mapping[str, Any]) -> Look:
    said = json.dumps([name, settings], sort_keys=True)
    return Look(
        settings.get("color") or access.blueprint_of(portal).color,
        settings.get("logo", ""),
        settings.get("texts", {}),
        settings.get("founding", "approved"),
        settings.get("door") or access.blueprint_of(portal).requests.door,
        hashlib.sha256(said.encode()).hexdigest()[:16],
    )


@change("portal:set")
def configure(
    acting: Acting,
    *,
    version: str,
    name: str,
    color: str,
    texts: Mapping[str, Mapping[str, str]],
    founding: str = "approved",
    door: str = "",
) -> None:
    """
    Give the portal its name, accent, texts and door (none: as it is). *version* is that of the look that was read.

    An accent on which texts would be hard to read is refused.
    """
    portal = _held(acting, version)
    if founding not in ("approved", "at_once"):
        raise Invalid(Fault("founding", "expected approved or at_once"), code="founding")
    if door and (door not in DOORS or "join" not in access.blueprint_of(acting.portal).requests.forms):
        raise Invalid(Fault("door", f"expected one of {', '.join(DOORS)}, where people ask for access"), code="door")
    before = {"name": portal.name, **{key: value for key, value in portal.settings.items() if key != "logo"}}
    portal.name = named(name)
    kept = {
        text: {language: _text(text, said.get(language, "")) for language in LANGUAGES} for text, said in texts.items()
    }
    unknown = set(texts) - set(TEXTS)
    if unknown:
        raise Invalid(Fault("texts", f"unknown text `{min(unknown)[:60]}`"), code="text")
    portal.settings |= {"color": readable(color), "texts": kept, "founding": founding}
    portal.settings |= {"door": door} if door else {}
    portal.save(update_fields=["name", "settings"])
    Scope.objects.filter(portal=portal, key="").update(name=portal.name)
    after = {"name": portal.name, **{key: value for key, value in portal.settings.items() if key != "logo"}}
    journal.record(acting, "portal:set", target=f"portal:{portal.key}", facts={"before": before, "after": after})


@change("portal:set_logo")
def set_logo(acting: Acting, *, version: str, stream: IO[bytes] | None) -> None:
    """Give the portal a logo, drawn again from the picture in *stream*; without one, it has none any more."""
    portal = _held(acting, version)
    old = portal.settings.get("logo", "")
    if stream is None:
        portal.settings.pop("logo", None)
    else:
        blob, _size = blobs.keep(io.BytesIO(drawn_again(stream)))
        portal.settings["logo"] = blob.hex
    portal.save(update_fields=["settings"])
    if old:
        transaction.on_commit(lambda: blobs.remove([uuid.UUID(old)]))
    facts = {"before": bool(old), "after": stream is not None}
    journal.record(acting, "portal:set_logo", target=f"portal:{portal.key}", facts=facts)


def logo(portal: str) -> Path | None:
    """Where the logo of *portal* is, if it has one: a PNG of our own making."""
    kept = look(portal).logo
    path = blobs.path_of(uuid.UUID(kept)) if kept else None
    return path if path and path.is_file() else None


def readable(color: str) -> str:
    """The accent, if texts can be read with it; `Invalid` says how far it is from that."""
    color = color.strip().lower()
    if not colors.COLOR.fullmatch(color):
        raise Invalid(Fault("color", f"`{color[:20]}` is not a color: expected #rrggbb"), code="color")
    ratio = colors.weakest(color)
    if ratio < colors.READABLE:
        says = f"`{color}` has a contrast of {ratio:.1f} where texts need {colors.READABLE}: expected a darker one"
        raise Invalid(Fault("color", says), code="contrast")
    return color


def drawn_again(stream: IO[bytes]) -> bytes:
    """The picture in *stream*, decoded within limits and written as a PNG: nothing else of the file is left."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Invalid(Fault("logo", f"is larger than {LARGEST // 1024} KB"), code="logo")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as sent:
                _bounded(sent)
                picture = ImageOps.exif_transpose(sent).convert("RGBA")
        picture.thumbnail((SIDE, SIDE))
        bare = Image.new("RGBA", picture.size)
        bare.paste(picture)
        kept = io.BytesIO()
        bare.save(kept, "PNG", optimize=True)
    except Invalid:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a hostile picture raises in the decoder is one and the same refusal
        says = f"is not a picture that is read here: expected PNG, JPEG, WebP or GIF ({type(error).__name__})"
        raise Invalid(Fault("logo", says), code="logo") from None
    return kept.getvalue()


def _bounded(sent: Image.Image) -> None:
    """Refuse a picture that would decode to too much."""
    if sent.width * sent.height > PIXELS:
        raise Invalid(Fault("logo", "has too many pixels"), code="logo")


def _held(acting: Acting, version: str) -> Portal:
    """The portal, for whoever may set its root, and has seen it as it is."""
    hold_rights(access.load(acting.portal).portal_id)
    access.require(acting, "set", ROOT)
    portal = Portal.objects.select_for_update().get(key=acting.portal)
    if version != _look(portal.key, portal.name, portal.settings).version:
        raise Conflict("somebody else has changed it meanwhile", code="stale")
    return portal


def _text(name: str, said: str) -> str:
    said = unicodedata.normalize("NFC", said.replace("\r\n", "\n")).strip()
    odd = any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in said)
    if len(said) > LONGEST or odd:
        raise Invalid(Fault(name, f"expected at most {LONGEST} characters, without control characters"), code="text")
    return said

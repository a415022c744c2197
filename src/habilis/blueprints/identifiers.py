"""Checks the numbers that identify an organization, with python-stdnum where it knows the scheme."""

from __future__ import annotations

import re
from importlib import import_module

from habilis.blueprints.schema import Identifier

RNA = re.compile(r"W\d{9}")
CHECKS = ("fr.siret", "fr.siren", "eu.vat", "fr.tva", "rna", "be.vat", "be.nn")


def compact(identifier: Identifier, number: str) -> str:
    """
    Return *number* in the one form in which it is stored; raise `ValueError` with a sentence when it is not valid.

    A scheme without a check accepts any text without spaces around.
    """
    text = number.strip()
    if not text:
        raise ValueError("is empty")
    if not identifier.check:
        return text
    if identifier.check == "rna":
        rna = text.replace(" ", "").upper()
        if not RNA.fullmatch(rna):
            raise ValueError(f"`{text[:40]}` is not a valid RNA number: W and nine digits")
        return rna
    scheme = import_module(f"stdnum.{identifier.check}")
    try:
        checked: str = scheme.validate(text)
    except Exception as error:  # noqa: BLE001 - stdnum raises ValidationError, and ValueError on odd input
        reason = str(error).strip().rstrip(".").lower() or "wrong number"
        raise ValueError(f"`{text[:40]}` is not a valid {identifier.label.en}: {reason}") from None
    return checked

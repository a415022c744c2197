"""The accent of a portal, its shades, and whether they can be read: WCAG's contrast, from the numbers alone."""

from __future__ import annotations

import colorsys
import re

COLOR = re.compile(r"#[0-9a-fA-F]{6}")
READABLE = 4.5  # WCAG 2.2 AA, for text of any size
GROUNDS = ("#ffffff", "#f5f6f8")  # the paper and the ground of pages


def shades(accent: str) -> dict[str, str]:
    """The accent and the shades that pages are drawn with."""
    return {
        "accent": accent,
        "accent-dark": shade(accent, 0.8),
        "accent-soft": tint(accent, 0.92),
        "accent-line": tint(accent, 0.7),
    }


def weakest(accent: str) -> float:
    """The least contrast at which pages with this *accent* would set a text: on each ground, and on its own tint."""
    drawn = shades(accent)
    pairs = [*((accent, ground) for ground in GROUNDS), (drawn["accent-dark"], drawn["accent-soft"])]
    return min(contrast(*pair) for pair in pairs)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG between two `#rrggbb`, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    """How light a `#rrggbb` is, from 0 to 1."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels(color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(color: str) -> tuple[float, float, float]:
    """A `#rrggbb` as three numbers between 0 and 1."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def css(color: tuple[float, ...]) -> str:
    """Three numbers as `#rrggbb`."""
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in color)


def shade(color: str, by: float) -> str:
    """The color, darker."""
    hue, light, saturation = colorsys.rgb_to_hls(*channels(color))
    return css(colorsys.hls_to_rgb(hue, light * by, saturation))


def tint(color: str, by: float) -> str:
    """The color, mixed with white."""
    return css(tuple(channel + (1 - channel) * by for channel in channels(color)))

"""Whether colours can be told apart: contrast as in WCAG 2, and how colours look to people with colour blindness. Pure.

A colour is three numbers from 0 to 1: red, green and blue as in sRGB.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

TEXT_CONTRAST: Final = 4.5
"""Level AA for text (WCAG 2.2, 1.4.3)."""
OTHER_CONTRAST: Final = 3.0
"""Level AA for borders, bars and other parts that are not text (WCAG 2.2, 1.4.11)."""

Blindness = Literal["protanopia", "deuteranopia", "tritanopia"]
Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
_SIMULATED: Mapping[Blindness, Matrix] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""For linear RGB, at severity 1.0. Machado, Oliveira, Fernandes: IEEE Trans. Vis. Comput. Graph. 15(6), 2009."""
BLINDNESS: tuple[Blindness, ...] = tuple(_SIMULATED)


class Rgb(NamedTuple):
    """A colour of the screen."""

    red: float
    green: float
    blue: float


def parse_hex(colour: str) -> tuple[Rgb, float]:
    """Return the colour and the opacity of `#rrggbb` or `#rrggbbaa`."""
    digits = colour.removeprefix("#")
    if len(digits) not in (6, 8):
        raise ValueError(f"not a colour: {colour}")
    red, green, blue, *alpha = (int(digits[place : place + 2], 16) / 255 for place in range(0, len(digits), 2))
    return Rgb(red, green, blue), alpha[0] if alpha else 1.0


def composite(colour: Rgb, opacity: float, beneath: Rgb) -> Rgb:
    """Return a colour of some opacity as it is drawn on another one."""
    return Rgb(*(over * opacity + under * (1 - opacity) for over, under in zip(colour, beneath, strict=True)))


def luminance(colour: Rgb) -> float:
    """Return the relative luminance: 0 is black, 1 is white."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def simulated(colour: Rgb, blindness: Blindness) -> Rgb:
    """Return a colour as it looks to a person with a kind of colour blindness."""
    linear = _linear(colour)
    seen = (sum(part * of for part, of in zip(row, linear, strict=True)) for row in _SIMULATED[blindness])
    return Rgb(*(_encoded(min(max(value, 0.0), 1.0)) for value in seen))


def difference(one: Rgb, other: Rgb) -> float:
    """Return how different two colours look: the distance in CIELAB (CIE76), in which 2.3 is just noticeable."""
    return float(sum((a - b) ** 2 for a, b in zip(_lab(one), _lab(other), strict=True)) ** 0.5)


def _linear(colour: Rgb) -> tuple[float, float, float]:
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour)
    return red, green, blue


def _encoded(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * float(value ** (1 / 2.4)) - 0.055


def _lab(colour: Rgb) -> tuple[float, float, float]:
    """Return a colour in CIELAB, for the white of sRGB (D65)."""
    red, green, blue = _linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (float(value ** (1 / 3)) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)

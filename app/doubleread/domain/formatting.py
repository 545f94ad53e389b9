"""How statistics are written: the one formatter of numbers, percentages, p values, intervals and counts.

Every table, screen, page and command uses it. The style is that of English medical journals: a percent sign without a
space ("91.7%"), a zero before the decimal point, a hyphen as the minus sign ("-0.12", which every terminal can show), a
hyphen inside an interval and the word "to" where an end has a sign, p values to three decimals down to "p < 0.001".
Zero has no sign. NaN is written as "undefined".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

Number = Callable[[float], str]
"""Writes a value as text."""

UNDEFINED = "undefined"


def percent(value: float, digits: int = 1) -> str:
    """Return a proportion as "53.3%"."""
    return f"{bare_percent(value, digits)}%" if isfinite(value) else UNDEFINED


def bare_percent(value: float, digits: int = 1) -> str:
    """Return a proportion as "53.3", for the ends of an interval."""
    return decimal(100 * value, digits)


def signed_percent(value: float, digits: int = 1) -> str:
    """Return a difference of proportions as "+6.7%"."""
    return f"{signed_bare_percent(value, digits)}%" if isfinite(value) else UNDEFINED


def signed_bare_percent(value: float, digits: int = 1) -> str:
    """Return a difference of proportions as "+6.7", for the ends of an interval."""
    return signed_decimal(100 * value, digits)


def decimal(value: float, digits: int = 2) -> str:
    """Return a rate or a coefficient as "0.53", with commas between thousands."""
    return f"{value:z,.{digits}f}" if isfinite(value) else UNDEFINED


def signed_decimal(value: float, digits: int = 2) -> str:
    """Return a difference as "+0.12"; one that rounds to zero has no sign."""
    text = decimal(value, digits)
    return f"+{text}" if isfinite(value) and text.strip("0.") and not text.startswith("-") else text


def measure(value: float) -> str:
    """Return a score from 0 to 1, such as an F1, as "0.418"."""
    return decimal(value, 3)


def signed_measure(value: float) -> str:
    """Return a difference of scores as "+0.027"."""
    return signed_decimal(value, 3)


def whole(value: float) -> str:
    """Return a value without decimals as "1,480"."""
    return decimal(value, 0)


def signed_whole(value: float) -> str:
    """Return a difference without decimals as "+12"."""
    return signed_decimal(value, 0)


def short(value: float) -> str:
    """Return a value in as few digits as it needs, four at most: "0.25"."""
    return f"{value:.4g}" if value else "0"


def signed_tick(value: float) -> str:
    """Return a number on an axis with zero in its middle: "+0.25"."""
    return "0" if abs(value) < 1e-9 else f"{value:+.4g}"


def gained(value: float) -> str:
    """Return gained points without a sign, as "5" or "2.5"; lost ones as "-8"."""
    return f"{value:.10g}"


def points(value: float) -> str:
    """Return the points of a criterion as "+5 points" or "-1 point"."""
    return f"{value:+.10g} {'point' if abs(value) == 1 else 'points'}"


def p_number(p: float) -> str:
    """Return a p value without its letter: "0.508", "<0.001", ">0.999". Raises ValueError outside 0 to 1."""
    if not isfinite(p):
        return UNDEFINED
    if not 0 <= p <= 1:
        raise ValueError(f"not a probability: {p}")
    if p < 0.001:
        return "<0.001"
    return ">0.999" if 0.9995 <= p < 1 else f"{p:.3f}"


def p_value(p: float, name: str = "p") -> str:
    """Return a p value as "p = 0.508" or "p < 0.001". Raises ValueError outside 0 to 1."""
    text = p_number(p)
    return f"{name} {text[0]} {text[1:]}" if text[0] in "<>" else f"{name} = {text}"


@dataclass(frozen=True, slots=True)
class Style:
    """The format of a kind of estimate: its value, and the ends of its interval."""

    value: Number
    end: Number

    def interval(self, low: float, high: float) -> str:
        """Return an interval as "(0.41-0.70)", or as "(-0.10 to +0.33)" where an end has a sign."""
        ends = self.end(low), self.end(high)
        return f"({(' to ' if any(end[0] in '+-' for end in ends) else '-').join(ends)})"


PROPORTION = Style(percent, bare_percent)
PROPORTION_DIFFERENCE = Style(signed_percent, signed_bare_percent)
RATE = Style(decimal, decimal)
RATE_DIFFERENCE = Style(signed_decimal, signed_decimal)
MEASURE = Style(measure, measure)
MEASURE_DIFFERENCE = Style(signed_measure, signed_measure)
COUNT = Style(whole, whole)
COUNT_DIFFERENCE = Style(signed_whole, signed_whole)


def fraction(count: int, n: int) -> str:
    """Return a count of a whole as "16/30"."""
    return f"{count:,}/{n:,}"


def of_whole(count: int, n: int) -> str:
    """Return a count of a whole as "3 of 12 (25.0%)"; as "0 of 0" where the whole is empty."""
    return f"{count:,} of {n:,} ({percent(count / n)})" if n else f"{count:,} of {n:,}"


def sample(n: int) -> str:
    """Return the number of observations as "n = 30"."""
    return f"n = {n:,}"

"""The scales of estimates: how each is written, and the axis on which it is drawn.

Tables, plots, screens and pages use the same axes and the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil, floor, log10

from doubleread.domain import formatting
from doubleread.domain.formatting import Number, Style, fraction, p_value, percent, sample, short, signed_tick
from doubleread.statistics import Adjusted, Estimate, McNemar, Proportion, Undefined

Statistic = Proportion | Estimate | Undefined
Test = McNemar | Adjusted | float | Undefined
"""A test's p values."""
SIGN_TEST = "sign test p"
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of a plot, its evenly spaced ticks, and how its numbers are written."""

    low: float
    high: float
    ticks: tuple[float, ...]
    number: Number

    @property
    def labels(self) -> tuple[str, ...]:
        """The words at the ticks."""
        return tuple(self.number(tick) for tick in self.ticks)

    def at(self, value: float) -> float:
        """Return where a value lies, from 0 to 1; what lies beyond the axis is drawn at its end."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def from_zero(statistics: Iterable[Statistic]) -> Axis:
    """Return an axis from zero that contains all estimates with their intervals."""
    high = max(_ends(statistics), default=0.0)
    step = _step(high / 4 or 0.25)
    count = max(1, ceil(high / step - 1e-9))
    return Axis(0, count * step, tuple(step * tick for tick in range(count + 1)), short)


def around_zero(statistics: Iterable[Statistic], number: Number = signed_tick) -> Axis:
    """Return an axis with zero in its middle that contains all estimates with their intervals."""
    far = max(map(abs, _ends(statistics)), default=0.0)
    step = _step(far / 2 or 0.25)
    count = max(1, ceil(far / step - 1e-9))
    return Axis(-count * step, count * step, tuple(step * tick for tick in range(-count, count + 1)), number)


def _signed_percent(value: float) -> str:
    text = signed_tick(100 * value)
    return text if text == "0" else f"{text}%"


def _step(rough: float) -> float:
    """Return the next round number from 1, 2, 2.5, 5 and their powers of ten."""
    size = 10.0 ** floor(log10(rough))
    return float(next(step * size for step in _STEPS if step * size >= rough - 1e-12))


def _ends(statistics: Iterable[Statistic]) -> Iterator[float]:
    for statistic in statistics:
        if not isinstance(statistic, Undefined):
            yield statistic.value
            if not isinstance(statistic.interval, Undefined):
                yield from (statistic.interval.low, statistic.interval.high)


@dataclass(frozen=True, slots=True)
class Scale:
    """What an estimate measures: how it is written, and the axis for estimates on this scale."""

    style: Style
    axis: Callable[[Iterable[Statistic]], Axis]
    difference: bool = False


_PROPORTIONS = Axis(0, 1, (0, 0.25, 0.5, 0.75, 1), lambda value: percent(value, 0))
_COEFFICIENTS = Axis(-1, 1, (-1, -0.5, 0, 0.5, 1), short)
PROPORTION = Scale(formatting.PROPORTION, lambda _: _PROPORTIONS)
_AGREEMENT = Axis(0, 1, (0, 0.25, 0.5, 0.75, 1), short)
COEFFICIENT = Scale(formatting.RATE, lambda _: _COEFFICIENTS)
AGREEMENT = Scale(formatting.RATE, lambda _: _AGREEMENT)
"""From 0 to 1: observed agreement, and F1."""
MEASURE = Scale(formatting.MEASURE, lambda _: _AGREEMENT)
"""From 0 to 1, where a third decimal matters: ROUGE, and F1 of codes."""
RATE = Scale(formatting.RATE, from_zero)
COUNT = Scale(formatting.COUNT, from_zero)
PROPORTION_DIFFERENCE = Scale(
    formatting.PROPORTION_DIFFERENCE, lambda statistics: around_zero(statistics, _signed_percent), difference=True
)
RATE_DIFFERENCE = Scale(formatting.RATE_DIFFERENCE, around_zero, difference=True)
MEASURE_DIFFERENCE = Scale(formatting.MEASURE_DIFFERENCE, around_zero, difference=True)
COUNT_DIFFERENCE = Scale(formatting.COUNT_DIFFERENCE, around_zero, difference=True)


class Words:
    """Writes estimates and tests: value, interval and n; or the reason why a value is undefined."""

    def undefined(self, reason: Undefined) -> str:
        """Return what is written in place of an undefined estimate."""
        return f"none: {reason.reason}"

    def no_interval(self, reason: Undefined) -> str:  # noqa: ARG002
        """Return what is written in place of an undefined interval."""
        return ""

    def statistic(self, statistic: Statistic, scale: Scale) -> str:
        """Return "53.3% (36.1-69.8) 16/30", or "0.53 (0.41-0.70) n = 30"."""
        if isinstance(statistic, Undefined):
            return self.undefined(statistic)
        style, interval = scale.style, statistic.interval
        if isinstance(statistic, Proportion):
            style, n = formatting.PROPORTION, fraction(statistic.successes, statistic.n)
        else:
            n = sample(statistic.n)
        ends = (
            self.no_interval(interval)
            if isinstance(interval, Undefined)
            else style.interval(interval.low, interval.high)
        )
        return " ".join(filter(None, (style.value(statistic.value), ends, n)))

    def test(self, test: Test, name: str = SIGN_TEST) -> str:
        """Return "p = 0.508, exact p = 0.625", "p = 0.012, Holm p = 0.240" or "sign test p = 0.125".

        `name` is that of a single p value.
        """
        if isinstance(test, Undefined):
            return self.undefined(test)
        if isinstance(test, McNemar):
            return f"{p_value(test.mid_p)}, {p_value(test.exact, 'exact p')}"
        if isinstance(test, Adjusted):
            return f"{p_value(test.p)}, {p_value(test.holm, 'Holm p')}"
        return p_value(test, name)


@dataclass(slots=True)
class NumberedReasons(Words):
    """Writes the mark of a reason, such as "[1]", where an estimate or its interval is undefined."""

    reasons: list[str] = field(default_factory=list)

    def undefined(self, reason: Undefined) -> str:
        """Return "none [1]"."""
        return f"none {self._mark(str(reason))}"

    def no_interval(self, reason: Undefined) -> str:
        """Return "[2]"."""
        return self._mark(f"no interval: {reason.reason}")

    def _mark(self, reason: str) -> str:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return f"[{self.reasons.index(reason) + 1}]"

    def lines(self) -> list[str]:
        """Return what the marks mean."""
        return [f"[{number}] {reason}" for number, reason in enumerate(self.reasons, start=1)]

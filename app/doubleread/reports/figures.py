"""Figures as words: value, interval, n; the same in the terminal's tables and on the report's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from doubleread.statistics import Adjusted, Estimate, Interval, McNemar, Proportion, Undefined

Number = Callable[[float], str]


def percent(value: float) -> str:
    """Return a share as "53.3%"."""
    return f"{value:.1%}"


def bare_percent(value: float) -> str:
    """Return a share as "53.3", for the ends of an interval."""
    return f"{100 * value:.1f}"


def signed_percent(value: float) -> str:
    """Return a difference of shares as "+6.7%"."""
    return f"{value:+.1%}"


def decimal(value: float) -> str:
    """Return a rate or a coefficient as "0.53", and never as "-0.00"."""
    return f"{value:z.2f}"


def signed_decimal(value: float) -> str:
    """Return a difference of rates as "+0.12"."""
    return f"{value:+.2f}"


def whole(value: float) -> str:
    """Return a count of words as "148"."""
    return f"{value:.0f}"


def signed_whole(value: float) -> str:
    """Return a difference of counts as "+12"."""
    return f"{value:+.0f}"


def p_value(p: float) -> str:
    """Return a p value with three decimals, "<0.001" below."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


@dataclass(slots=True)
class Notes:
    """Why figures, or their intervals, do not exist: each reason once, by the number that stands in its place."""

    reasons: list[str] = field(default_factory=list)

    def mark(self, reason: str) -> str:
        """Return the mark of a reason, such as "[1]"."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        return f"[{self.reasons.index(reason) + 1}]"

    def lines(self) -> list[str]:
        """Return what the marks mean."""
        return [f"[{number}] {reason}" for number, reason in enumerate(self.reasons, start=1)]

    def undefined(self, figure: Undefined) -> str:
        """Return what stands in the place of a figure that does not exist."""
        return f"none {self.mark(str(figure))}"

    def share(self, share: Proportion | Undefined) -> str:
        """Return "53.3% (36.1-69.8) 16/30"."""
        if isinstance(share, Undefined):
            return self.undefined(share)
        ends = f"{bare_percent(share.low)}-{bare_percent(share.high)}"
        return f"{percent(share.value)} ({ends}) {share.successes}/{share.n}"

    def rate(self, estimate: Estimate | Undefined, number: Number = decimal) -> str:
        """Return "0.53 (0.41-0.70) n 30"."""
        if isinstance(estimate, Undefined):
            return self.undefined(estimate)
        return f"{number(estimate.value)} {self._interval(estimate.interval, number, '-')} n {estimate.n}"

    def difference(self, estimate: Estimate | Undefined, number: Number = signed_decimal) -> str:
        """Return "+0.12 (-0.10 to +0.33) n 30"."""
        if isinstance(estimate, Undefined):
            return self.undefined(estimate)
        return f"{number(estimate.value)} {self._interval(estimate.interval, number, ' to ')} n {estimate.n}"

    def test(self, test: McNemar | Undefined) -> str:
        """Return "p 0.508, exact 0.625"."""
        if isinstance(test, Undefined):
            return self.undefined(test)
        return f"p {p_value(test.mid_p)}, exact {p_value(test.exact)}"

    def adjusted(self, p: Adjusted | Undefined) -> str:
        """Return "p 0.012, Holm 0.240"."""
        if isinstance(p, Undefined):
            return self.undefined(p)
        return f"p {p_value(p.p)}, Holm {p_value(p.holm)}"

    def _interval(self, interval: Interval | Undefined, number: Number, between: str) -> str:
        if isinstance(interval, Undefined):
            return self.mark(f"no interval: {interval.reason}")
        low, high = number(interval.low), number(interval.high)
        if between == "-" and low.startswith("-"):
            between = " to "
        return f"({low}{between}{high})"

"""Figures as text: value, interval, n; the same in the terminal's tables and on the report's page."""

from __future__ import annotations

from dataclasses import dataclass, field

from doubleread.domain.formatting import (
    PROPORTION,
    RATE,
    RATE_DIFFERENCE,
    Style,
    fraction,
    p_value,
    sample,
)
from doubleread.statistics import Adjusted, Estimate, Interval, McNemar, Proportion, Undefined


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

    def proportion(self, proportion: Proportion | Undefined) -> str:
        """Return "53.3% (36.1-69.8) 16/30"."""
        if isinstance(proportion, Undefined):
            return self.undefined(proportion)
        ends = PROPORTION.interval(proportion.low, proportion.high)
        return f"{PROPORTION.value(proportion.value)} {ends} {fraction(proportion.successes, proportion.n)}"

    def rate(self, estimate: Estimate | Undefined, style: Style = RATE) -> str:
        """Return "0.53 (0.41-0.70) n = 30"."""
        if isinstance(estimate, Undefined):
            return self.undefined(estimate)
        return f"{style.value(estimate.value)} {self._interval(estimate.interval, style)} {sample(estimate.n)}"

    def difference(self, estimate: Estimate | Undefined, style: Style = RATE_DIFFERENCE) -> str:
        """Return "+0.12 (-0.10 to +0.33) n = 30"."""
        return self.rate(estimate, style)

    def test(self, test: McNemar | Undefined) -> str:
        """Return "p = 0.508, exact p = 0.625"."""
        if isinstance(test, Undefined):
            return self.undefined(test)
        return f"{p_value(test.mid_p)}, {p_value(test.exact, 'exact p')}"

    def adjusted(self, p: Adjusted | Undefined) -> str:
        """Return "p = 0.012, Holm p = 0.240"."""
        if isinstance(p, Undefined):
            return self.undefined(p)
        return f"{p_value(p.p)}, {p_value(p.holm, 'Holm p')}"

    def _interval(self, interval: Interval | Undefined, style: Style) -> str:
        if isinstance(interval, Undefined):
            return self.mark(f"no interval: {interval.reason}")
        return style.interval(interval.low, interval.high)

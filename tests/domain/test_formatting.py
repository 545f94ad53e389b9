"""How numbers, percentages, p values and intervals are written, at their edges; and that nothing else writes them."""

from __future__ import annotations

import ast
import re
from math import inf, nan
from pathlib import Path

import pytest

import doubleread
from doubleread.domain import formatting as f

PACKAGE = Path(doubleread.__file__).parent


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f.percent(0), "0.0%"),
        (f.percent(1), "100.0%"),
        (f.percent(0.917), "91.7%"),
        (f.percent(1, 0), "100%"),
        (f.percent(-0.0001), "0.0%"),
        (f.percent(nan), "undefined"),
        (f.percent(inf), "undefined"),
        (f.bare_percent(2 / 3), "66.7"),
        (f.signed_percent(0.0667), "+6.7%"),
        (f.signed_percent(-0.0667), "-6.7%"),
        (f.signed_percent(0.0001), "0.0%"),
        (f.signed_percent(-0.0001), "0.0%"),
        (f.signed_percent(nan), "undefined"),
        (f.decimal(-0.0), "0.00"),
        (f.decimal(-0.004), "0.00"),
        (f.decimal(1234.5), "1,234.50"),
        (f.signed_decimal(0), "0.00"),
        (f.signed_decimal(-0.0), "0.00"),
        (f.signed_decimal(0.004), "0.00"),
        (f.signed_decimal(0.125, 1), "+0.1"),
        (f.signed_decimal(-1.5), "-1.50"),
        (f.measure(0.41757), "0.418"),
        (f.signed_measure(0.0267), "+0.027"),
        (f.signed_decimal(nan), "undefined"),
        (f.whole(1480.4), "1,480"),
        (f.signed_whole(0.2), "0"),
        (f.signed_whole(12), "+12"),
        (f.short(0.25), "0.25"),
        (f.short(-0.0), "0"),
        (f.signed_tick(0.5), "+0.5"),
        (f.signed_tick(-1e-17), "0"),
        (f.p_value(0), "p < 0.001"),
        (f.p_value(1e-300), "p < 0.001"),
        (f.p_value(0.000999), "p < 0.001"),
        (f.p_value(0.001), "p = 0.001"),
        (f.p_value(0.0495), "p = 0.050"),
        (f.p_value(0.9994), "p = 0.999"),
        (f.p_value(0.9996), "p > 0.999"),
        (f.p_value(1), "p = 1.000"),
        (f.p_value(nan), "p = undefined"),
        (f.p_value(0.02, "exact p"), "exact p = 0.020"),
        (f.p_number(0.0001), "<0.001"),
        (f.PROPORTION.interval(0.361, 0.698), "(36.1-69.8)"),
        (f.PROPORTION_DIFFERENCE.interval(-0.1, 0.23), "(-10.0 to +23.0)"),
        (f.PROPORTION_DIFFERENCE.interval(0, 0.23), "(0.0 to +23.0)"),
        (f.RATE.interval(0.41, 0.7), "(0.41-0.70)"),
        (f.RATE.interval(-0.2, 0.7), "(-0.20 to 0.70)"),
        (f.points(5), "+5 points"),
        (f.points(-1.0), "-1 point"),
        (f.points(2.5), "+2.5 points"),
        (f.gained(-717.0), "-717"),
        (f.gained(1234567.5), "1234567.5"),
        (f.fraction(16, 30), "16/30"),
        (f.of_whole(3, 12), "3 of 12 (25.0%)"),
        (f.of_whole(0, 0), "0 of 0"),
        (f.sample(0), "n = 0"),
        (f.sample(1200), "n = 1,200"),
    ],
)
def test_a_number_is_written_in_one_style(written, expected):
    assert written == expected


@pytest.mark.parametrize("p", [-0.001, 1.001])
def test_what_is_no_probability_is_not_written_as_one(p):
    with pytest.raises(ValueError, match="not a probability"):
        f.p_value(p)


MACHINE = (
    "engine",
    "bench",
    "cli/commands/bench.py",
    "cli/plan_table.py",
    "cli/plan_table.py",
    "cli/commands/models.py",
    "domain/wording.py",
    "runs/run_report.py",
)
"""What prints sizes, rates and times of a machine."""
DRAWING = ("reports/plots.py",)
"""What writes coordinates into drawings, to one or two decimals."""
TIMES = ("runs/pace.py", "read_model/history.py", "domain/events", "cli/run_progress.py", "cli/commands/report.py")


def test_nothing_else_writes_statistics():
    """A percentage, or a number with decimals, is written by this module alone."""
    stray = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name == "domain/formatting.py":
            continue
        for spec in _format_specs(path.read_text(encoding="utf-8")):
            exempt = name.startswith((*MACHINE, *DRAWING, *TIMES))
            if spec.endswith("%") or (not exempt and re.fullmatch(r".*\d[feg]|[+]?[feg]", spec)):
                stray.append((name, spec))
    assert stray == []


def _format_specs(source: str) -> list[str]:
    parts = (node.format_spec for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FormattedValue))
    return [
        "".join(str(piece.value) for piece in part.values if isinstance(piece, ast.Constant))
        for part in parts
        if isinstance(part, ast.JoinedStr)
    ]

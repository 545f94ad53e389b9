"""How many of 70,000 generated answers of known truth the choice scorer reads correctly, by form and by language.

50,000 use the phrases that the scorer was developed on, 20,000 use phrases and layouts held out from it. "Wrong" is
another letter than the true one, "false" a letter where the answer commits to none, "missed" none where there is one.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from benchmarks.measurements import Measurement
from doubleread.scoring.choice import extract_choice

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from answer_grammar import PARTS, GeneratedAnswer, Tally, calibration, generate, measure
from answer_grammar.measure import Found

ANSWERS, SEED = {"development": 50_000, "held-out": 20_000}, 2026
WRONG, MISSED, RIGHT_WHEN_SURE = 0.1, 2.0, 99.5
_COLUMNS = ("n", "right", "wrong", "missed", "false")


def run() -> list[Measurement]:
    """Print the tables of each part and return its measurements against the goals."""
    measurements: list[Measurement] = []
    for part in PARTS:
        found = measure((generate(SEED, index, part) for index in range(ANSWERS[part])), extract_choice)
        _print_table(f"{part}: form", found, lambda answer: answer.form)
        _print_table(f"{part}: language", found, lambda answer: answer.language)
        _print_table(f"{part}: kind of options", found, lambda answer: answer.option_kind)
        _print_calibration(part, found)
        measurements += _measurements(part, found)
    return measurements


def _measurements(part: str, found: list[Found]) -> list[Measurement]:
    total = Tally()
    for answer, extraction in found:
        total.add(answer, extraction)
    sure = [extraction.letter == answer.letter for answer, extraction in found if (extraction.confidence or 0) >= 0.9]
    return [
        Measurement(
            f"generated answers, {part}: wrong or false",
            100 * (total.wrong + total.false) / total.n,
            "%",
            WRONG,
            total.n,
        ),
        Measurement(f"generated answers, {part}: missed", 100 * total.missed / total.n, "%", MISSED, total.n),
        Measurement(
            f"generated answers, {part}: not right at a confidence of 0.9 or more",
            100 * sure.count(False) / max(len(sure), 1),
            "%",
            100 - RIGHT_WHEN_SURE,
            len(sure),
        ),
    ]


def _print_table(title: str, found: list[Found], group: Callable[[GeneratedAnswer], str]) -> None:
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for answer, extraction in found:
        tallies[group(answer)].add(answer, extraction)
    print(f"\n{title:<32}" + "".join(f"{column:>8}" for column in _COLUMNS))
    for name, tally in sorted(tallies.items()):
        print(f"{name:<32}" + "".join(f"{getattr(tally, column):>8}" for column in _COLUMNS))


def _print_calibration(part: str, found: list[Found]) -> None:
    print(f"\n{f'{part}: confidence':<32}{'n':>8}{'right':>8}")
    for (low, high), (n, right) in calibration(found).items():
        if n:
            print(f"{f'{low:g} to {min(high, 1):g}':<32}{n:>8}{100 * right / n:>7.1f}%")
    print(flush=True)

"""Proposed diagnoses on the pairs that ship with the tests: wrong proposals, diagnoses missed, calibration, time.

The pairs and the scorer's lists are of one hand, so answers of real models give lower measurements.
"""

from __future__ import annotations

import csv
import random
import time
from pathlib import Path

from benchmarks.measurements import Measurement, summary
from benchmarks.scoring import _FIRST, _SECOND, MEANT, _prose
from doubleread.domain.bond import BondGrade
from doubleread.domain.score import Score
from doubleread.scoring import propose_diagnosis
from doubleread.statistics.proportions import Proportion, Undefined
from doubleread.statistics.proposals import proposal_agreement

FOLDER = Path(__file__).parents[1] / "tests" / "scoring" / "diagnosis_pairs"
GRADED, HARD = ("development", "held_out"), ("hard", "hard_held_out")
BANDS = ((0.95, 1.0), (0.9, 0.95), (0.8, 0.9), (0.0, 0.8))
"""Confidence from the first up to, and not including, the second number; the topmost band includes it."""
ANSWERS, WORDS = 5_000, 300


def _pairs(part: str) -> list[tuple[str, str, bool]]:
    """Return text, answer key, and whether both are the same diagnosis."""
    with (FOLDER / f"{part}.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    if part in HARD:
        return [(row["text"].replace("\\n", "\n"), row["key"], row["same"] == "yes") for row in rows]
    exact = str(BondGrade.EXACT.value)
    return [(row["answer"].replace("\\n", "\n"), row["key"], row["grade"] == exact) for row in rows]


def run() -> list[Measurement]:
    measurements: list[Measurement] = []
    scored: list[tuple[Score, bool]] = []
    for part in (*GRADED, *HARD):
        found = [(propose_diagnosis(text, key), same) for text, key, same in _pairs(part)]
        scored += found
        agreement = proposal_agreement(
            (score.outcome == "proposed", BondGrade.EXACT if same else BondGrade.NOTHING_CLOSE) for score, same in found
        )
        name = part.replace("_", " ")
        measurements.append(_missing(f"diagnosis pairs, {name}: wrong proposals", agreement.precision, 2.0))
        measurements.append(_missing(f"diagnosis pairs, {name}: same diagnoses missed", agreement.recall, 15.0))
    return [*measurements, *_calibration(scored), *_speed()]


def _missing(name: str, found: Proportion | Undefined, goal: float) -> Measurement:
    if isinstance(found, Undefined):
        raise ValueError(f"{name}: {found}")
    return Measurement(name, 100 * (1 - found.value), "%", goal, found.n)


def _calibration(scored: list[tuple[Score, bool]]) -> list[Measurement]:
    """Return for each band of confidence the proportion of proposals that are the same diagnosis."""
    proposed = [(score.confidence or 0.0, same) for score, same in scored if score.outcome == "proposed"]
    measurements = []
    for low, high in BANDS:
        band = [same for confidence, same in proposed if low <= confidence < high or confidence == high == 1.0]
        if band:
            name = f"proposals with a confidence of {low:.2f} to {high:.2f}: right"
            measurements.append(Measurement(name, 100 * sum(band) / len(band), "%", None, len(band)))
    return measurements


def _answer(rng: random.Random) -> tuple[str, str]:
    """Return an answer of about 300 words and its answer key, in one of the ways in which models answer."""
    key = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)}"
    name = key if rng.random() < 0.5 else f"{rng.choice(_FIRST)} {rng.choice(_SECOND)}"
    match rng.randrange(5):
        case 0:
            return f"{_prose(rng, WORDS - 8)}\n\nThe most likely diagnosis is {name}.", key
        case 1:
            return f"**Diagnosis:** {name}\n\n{_prose(rng, WORDS - 4)}", key
        case 2:
            half = WORDS // 2 - 4
            return f"{_prose(rng, half)} The most likely diagnosis is {name}. {_prose(rng, half)}", key
        case 3:
            listed = [name, *(f"{rng.choice(_FIRST)} {rng.choice(_SECOND)}" for _ in range(4))]
            lines = (f"{place}. {each}: {_prose(rng, WORDS // 5 - 4)}" for place, each in enumerate(listed, 1))
            return "\n".join(lines), key
        case _:
            return _prose(rng, WORDS), key


def _speed() -> list[Measurement]:
    rng = random.Random(2026)
    answers = [_answer(rng) for _ in range(ANSWERS)]
    propose_diagnosis(*answers[0])  # the word lists are read once for all answers
    took: list[float] = []
    for text, key in answers:
        started = time.process_time()
        propose_diagnosis(text, key)
        took.append((time.process_time() - started) * 1000)
    total = sum(took) / ANSWERS * MEANT / 1000
    return [
        Measurement("scoring 100,000 diagnoses of 300 words, one core", total, "s", 60.0, ANSWERS),
        *summary("scoring one of them", took, "ms", 0.6, None),
    ]

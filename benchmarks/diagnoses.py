"""Proposed diagnoses on the graded pairs that ship with the tests: wrong proposals, diagnoses passed over, time.

The pairs and the matcher's lists are of one hand, so the shares are lower than on answers of real models.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path

from benchmarks.figures import Figure, summary
from doubleread.domain.bond import BondGrade
from doubleread.scoring import propose_diagnosis
from doubleread.statistics.proportions import Proportion, Undefined
from doubleread.statistics.proposals import proposal_agreement

FOLDER = Path(__file__).parents[1] / "tests" / "scoring" / "diagnosis_pairs"


def run() -> list[Figure]:
    figures: list[Figure] = []
    took: list[float] = []
    for part in ("development", "held_out"):
        with (FOLDER / f"{part}.tsv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        judged: list[tuple[bool, BondGrade]] = []
        for row in rows:
            text = row["answer"].replace("\\n", "\n")
            propose_diagnosis(text, row["key"])  # the lists and the key's names are read once for all its answers
            started = time.perf_counter()
            proposed = propose_diagnosis(text, row["key"]).outcome == "proposed"
            took.append((time.perf_counter() - started) * 1000)
            judged.append((proposed, BondGrade(int(row["grade"]))))
        found = proposal_agreement(judged)
        name = part.replace("_", "-")
        figures.append(_missing(f"diagnosis pairs, {name}: proposals that a person refuses", found.precision, 5.0))
        figures.append(_missing(f"diagnosis pairs, {name}: same diagnoses passed over", found.recall, 20.0))
    return [*figures, *summary("proposing for one answer", took, "ms", 1.0, None)]


def _missing(name: str, share: Proportion | Undefined, goal: float) -> Figure:
    if isinstance(share, Undefined):
        raise ValueError(f"{name}: {share}")
    return Figure(name, 100 * (1 - share.value), "%", goal, share.n)

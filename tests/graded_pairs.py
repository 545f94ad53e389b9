"""The pairs of answer and key in `scoring/diagnosis_pairs/`: graded on the scale of Bond, and difficult on purpose."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.bond import BondGrade

FOLDER = Path(__file__).parent / "scoring" / "diagnosis_pairs"
# What must never be proposed, whatever the proportion of errors elsewhere.
NEVER = frozenset(
    [
        "negated",
        "type",
        "hepatitis",
        "nephrotic/nephritic",
        "artery/vein",
        "left/right",
        "hypo/hyper",
        "primary/secondary",
        "acute/chronic",
        "cell type",
        "Paget",
        "acidosis/alkalosis",
        "opposite",
    ]
)


@dataclass(frozen=True)
class Pair:
    answer: str
    key: str
    grade: BondGrade
    kind: str


@dataclass(frozen=True)
class HardPair:
    text: str
    key: str
    same: bool
    why: str


def hard_pairs(part: str) -> list[HardPair]:
    with (FOLDER / f"{part}.tsv").open(encoding="utf-8", newline="") as lines:
        return [
            HardPair(row["text"].replace("\\n", "\n"), row["key"], row["same"] == "yes", row["why"])
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def pairs(part: str) -> list[Pair]:
    with (FOLDER / f"{part}.tsv").open(encoding="utf-8", newline="") as lines:
        return [
            Pair(row["answer"].replace("\\n", "\n"), row["key"], BondGrade(int(row["grade"])), row["kind"])
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]

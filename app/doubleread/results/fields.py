"""Extraction by field: precision, recall and F1 of each field's values over all cases, and of all fields together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.readings import Ratio, ratios_of_answers
from doubleread.statistics import PairedRates

ALL_FIELDS = ""
"""Stands for all fields together in place of a field's name."""

MOST_FIELDS = 60
"""How many fields are shown, the commonest first."""


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """Both arms' precision, recall and F1 of one field, or of all of them. `cases` have the field."""

    name: str
    cases: int
    f1: PairedRates
    precision: PairedRates
    recall: PairedRates


def field_comparisons(cases: Sequence[AnsweredCase], arms: Pair) -> tuple[FieldComparison, ...]:
    """Compare both arms by each field of extraction cases, all fields together first.

    Values are counted over all cases, and divided once: a case with many values counts for more.
    """
    counted: dict[str, Mapping[str, Counter[str]]] = {}
    for case in cases:
        for answer in case.answers.values():
            if case.kind == "extraction" and answer.measures:
                counted[answer.id] = _counts(answer)
    having = Counter(
        name
        for case in cases
        for name in dict.fromkeys(
            name for answer in case.answers.values() for name in counted.get(answer.id, ()) if name
        )
    )
    own = [case for case in cases if case.kind == "extraction"]
    # Where no more than one case has each field, the fields together say all.
    shown = [name for name, number in having.most_common(MOST_FIELDS) if number > 1]
    names = [ALL_FIELDS, *shown] if having else []
    ratios = [ratio for name in names for ratio in _ratios(name, counted)]
    found = ratios_of_answers(own, arms, ratios)
    return tuple(
        FieldComparison(name, having.get(name, len(own)), *found[3 * index : 3 * index + 3])
        for index, name in enumerate(names)
    )


def _counts(answer: ScoredAnswer) -> Mapping[str, Counter[str]]:
    """Return an answer's counts by field, and those of all its fields together."""
    from doubleread.scoring.extraction import field_and_count  # most studies have no extraction, and need no scorers

    found: dict[str, Counter[str]] = defaultdict(Counter)
    for measure, value in answer.measures.items():
        if (parts := field_and_count(measure)) is not None:
            name, count = parts
            found[name][count] += int(value)
            found[ALL_FIELDS][count] += int(value)
    return found


def _ratios(name: str, counted: Mapping[str, Mapping[str, Counter[str]]]) -> tuple[Ratio, Ratio, Ratio]:
    """Return F1, precision and recall of a field."""

    def ratio(weights: Mapping[str, int], nothing: str) -> Ratio:
        def parts(answer: ScoredAnswer) -> list[float]:
            counts = counted.get(answer.id, {}).get(name, Counter())
            whole = sum(weight * counts[count] for count, weight in weights.items())
            return [float(whole), float(weights["tp"] * counts["tp"])] if whole else []

        return Ratio(parts, nothing)

    return (
        ratio({"tp": 2, "fp": 1, "fn": 1}, "no answer and no key has a value"),
        ratio({"tp": 1, "fp": 1}, "no answer has a value"),
        ratio({"tp": 1, "fn": 1}, "no key has a value"),
    )

"""Rubrics: each arm's scores by readers, by tag and by theme, and how far readers agree on criteria."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from doubleread.domain.case import Criterion
from doubleread.domain.criteria import CANNOT_TELL, CRITERION_JUDGEMENTS, MET
from doubleread.domain.metrics import METRICS
from doubleread.domain.rubric import RUBRIC, tag_metric, tags_of
from doubleread.read_model.answers import AnswerReading, ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.measures import compare_measure
from doubleread.results.readings import rates_of_answers
from doubleread.statistics import (
    Estimate,
    PairedRates,
    Undefined,
    YesAndNo,
    compare_yes_and_no,
    gwet_ac1,
    observed_agreement,
)

NAMES: tuple[str, ...] = tuple(label.name for label in CRITERION_JUDGEMENTS)
LISTED = 20
"""How many criteria are listed, those with the most disagreement."""
LEAST = 0.08
"""The proportion of the cases with a rubric in which a tag must occur to get a score of its own."""
_NONE = "no criterion was judged in a committed reading"


@dataclass(frozen=True, slots=True)
class RubricScores:
    """Both arms' scores over cases. `judged` counts judgements of criteria by arm, each once for each reader; of these,
    `unknown` are "cannot tell".

    `by_tag` has the score of the criteria with a tag, `by_theme` that of the cases with one. `cannot_tell` is the
    proportion of the judgements.
    """

    cases: int
    judged: tuple[int, int]
    unknown: int
    overall: PairedRates
    by_tag: Mapping[str, PairedRates]
    by_theme: Mapping[str, PairedRates]
    cannot_tell: PairedRates


def overall_score(cases: Sequence[AnsweredCase], arms: Pair) -> PairedRates:
    """Compare the scores of rubrics, clipped as HealthBench does."""
    return compare_measure(METRICS[RUBRIC], cases, arms)


def rubric_scores(cases: Sequence[AnsweredCase], arms: Pair) -> RubricScores | None:
    """Compare both arms; None if no case has a rubric whose criteria were judged."""
    own = [case for case in cases if any(_judged(answer) for answer in case.answers.values())]
    if not own:
        return None
    tags = _common([tags_of(_criteria(case)) for case in own], "axis:")
    themes = _common([case.tags for case in own], "theme:")

    def unknown(answer: ScoredAnswer) -> list[float]:
        said = _judged(answer)
        return [float(len(said)), float(said.count(CANNOT_TELL))] if said else []

    first, second = (sum(len(_judged(case.answers[arm])) for case in own if arm in case.answers) for arm in arms)
    return RubricScores(
        cases=len(own),
        judged=(first, second),
        unknown=sum(_judged(answer).count(CANNOT_TELL) for case in own for answer in case.answers.values()),
        overall=overall_score(own, arms),
        by_tag={tag: compare_measure(METRICS[RUBRIC], own, arms, tag_metric(tag)) for tag in tags},
        by_theme={theme: overall_score([case for case in own if theme in case.tags], arms) for theme in themes},
        cannot_tell=rates_of_answers(own, arms, unknown, 1, _NONE)[0],
    )


def _criteria(case: AnsweredCase) -> tuple[Criterion, ...]:
    return next((answer.criteria for answer in case.answers.values()), ())


def _common(tags: Sequence[Iterable[str]], first: str) -> list[str]:
    """Return the tags of at least `LEAST` of the cases in order, those that begin with `first` before the others."""
    counts = Counter(tag for of_case in tags for tag in set(of_case))
    common = [tag for tag, count in counts.items() if count >= LEAST * len(tags)]
    return sorted(common, key=lambda tag: (not tag.startswith(first), tag))


def _judged(answer: ScoredAnswer) -> list[str]:
    return [said for reading in answer.readings for said in reading.criteria.values()]


@dataclass(frozen=True, slots=True)
class CriterionAgreement:
    """Agreement on the criterion of one text, wherever it occurs. `answers` were judged by two readers or more."""

    text: str
    answers: int
    observed: Estimate | Undefined
    ac1: Estimate | Undefined
    met: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class CriteriaAgreement:
    """How far readers agree on criteria. `overall` and `by_reader` count "cannot tell" as not met.

    `overall` compares every two readers both ways, so that its F1 is symmetric; `by_reader` compares each reader with
    all others. Of `criteria` with several readers, `listed` are those with the most disagreement.
    """

    overall: YesAndNo
    by_reader: Mapping[str, YesAndNo]
    criteria: int
    listed: tuple[CriterionAgreement, ...]


def criteria_agreement(cases: Sequence[AnsweredCase]) -> CriteriaAgreement | None:
    """Compare what readers said of the same criteria; None if no criterion was judged by two readers."""
    pairs = [(case.id, _pairs(case)) for case in cases]
    pairs = [(case_id, found) for case_id, found in pairs if found]
    if not pairs:
        return None
    readers = sorted({one.reader_id for _, found in pairs for one, _, _ in found})

    def compared(reader_id: str | None) -> YesAndNo:
        return compare_yes_and_no(
            [
                [
                    (one.criteria[criterion_id] == MET, other.criteria[criterion_id] == MET)
                    for one, other, criterion_id in found
                    if reader_id in (None, one.reader_id)
                ]
                for _, found in pairs
            ]
        )

    by_text = _by_text(cases)
    return CriteriaAgreement(
        overall=compared(None),
        by_reader={reader_id: compared(reader_id) for reader_id in readers},
        criteria=len(by_text),
        listed=tuple(
            _agreement(text, given)
            for text, given in sorted(by_text.items(), key=lambda item: (-_disagreements(item[1]), item[0]))[:LISTED]
        ),
    )


def _pairs(case: AnsweredCase) -> list[tuple[AnswerReading, AnswerReading, str]]:
    """Return every two readings of an answer in which a criterion was judged, both ways, with the criterion."""
    return [
        (one, other, criterion.id)
        for answer in case.answers.values()
        for one, other in permutations(answer.readings, 2)
        for criterion in answer.criteria
        if criterion.id in one.criteria and criterion.id in other.criteria
    ]


Said = tuple[str, list[str]]
"""The id of a case, and what several readers said of one criterion of one answer."""


def _by_text(cases: Sequence[AnsweredCase]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for case in cases:
        for answer in case.answers.values():
            for criterion in answer.criteria:
                said = [one.criteria[criterion.id] for one in answer.readings if criterion.id in one.criteria]
                if len(said) > 1:
                    found.setdefault(criterion.text, []).append((case.id, said))
    return found


def _disagreements(given: Sequence[Said]) -> int:
    """Return the number of pairs that disagree."""
    return sum(one != other for _, said in given for one, other in combinations(said, 2))


def _agreement(text: str, given: Sequence[Said]) -> CriterionAgreement:
    readers = max(len(said) for _, said in given)
    rows: list[list[Hashable | None]] = [[*said, *[None] * (readers - len(said))] for _, said in given]
    clusters = [case_id for case_id, _ in given]
    pairs: dict[str, list[tuple[bool, bool]]] = {}
    for case_id, said in given:
        pairs.setdefault(case_id, []).extend((one == MET, other == MET) for one, other in permutations(said, 2))
    return CriterionAgreement(
        text=text,
        answers=len(given),
        observed=observed_agreement(rows, clusters=clusters),
        ac1=gwet_ac1(rows, NAMES, clusters=clusters),
        met=compare_yes_and_no(list(pairs.values())).yes.f1,
    )


def criteria_by_reader(
    cases: Sequence[AnsweredCase], arm: str
) -> tuple[list[dict[str, Hashable | None]], list[Hashable]]:
    """Return, for each judged criterion of an arm's answers, what each reader said of it, and the id of its case."""
    given: list[dict[str, Hashable | None]] = []
    clusters: list[Hashable] = []
    for case in cases:
        answer = case.answers.get(arm)
        for criterion in answer.criteria if answer is not None else ():
            readings = answer.readings if answer is not None else ()
            said = {one.reader_id: one.criteria[criterion.id] for one in readings if criterion.id in one.criteria}
            if said:
                given.append({**said})
                clusters.append(case.id)
    return given, clusters

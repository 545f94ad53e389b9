"""What readers said of single sentences: proportions by model, compared over the same cases, and how far
readers agree.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.sentences import FAULTY, SENTENCE_JUDGEMENTS, not_judged, sentences_to_judge
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.readings import rates_of_answers
from doubleread.statistics import PairedRates

NAMES: tuple[str, ...] = tuple(label.name for label in SENTENCE_JUDGEMENTS)
_NONE = "no sentence was judged in a committed reading"


@dataclass(frozen=True, slots=True)
class SentenceCounts:
    """One model's sentences in committed readings whose reader judged any of the answer's, each once for each reader.

    `readings` counts those readings of an answer, `whole` those of them in which every sentence was judged. Of the
    answers' `sentences` were `judged`.
    """

    readings: int
    whole: int
    sentences: int
    judged: int
    by_judgement: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SentenceResults:
    """Both models' sentences. Rates are proportions of the judged sentences, `faulty` of unsupported or incorrect ones.

    Their intervals resample cases, so that the sentences of a case stay together; n counts cases.
    """

    counts: tuple[SentenceCounts, SentenceCounts]
    faulty: PairedRates
    by_judgement: Mapping[str, PairedRates]

    @property
    def any(self) -> bool:
        """Whether any sentence was judged."""
        return any(counts.judged for counts in self.counts)


def sentence_results(cases: Sequence[AnsweredCase], arms: Pair) -> SentenceResults:
    """Count and compare what readers said of sentences."""

    def given(answer: ScoredAnswer) -> list[float]:
        said = _said(answer)
        if not said:
            return []
        counts = [float(said.count(name)) for name in NAMES]
        return [float(len(said)), sum(said.count(name) for name in FAULTY), *counts]

    faulty, *proportions = rates_of_answers(cases, arms, given, 1 + len(NAMES), _NONE)
    first, second = (_counts([case.answers[arm] for case in cases if arm in case.answers]) for arm in arms)
    return SentenceResults((first, second), faulty, dict(zip(NAMES, proportions, strict=True)))


def _said(answer: ScoredAnswer) -> list[str]:
    return [said for reading in answer.readings for said in reading.sentences.values()]


def _counts(answers: Sequence[ScoredAnswer]) -> SentenceCounts:
    readings = whole = sentences = 0
    said: list[str] = []
    for answer in answers:
        for reading in answer.readings:
            if reading.sentences:
                readings += 1
                whole += not not_judged(answer.text, reading.sentences)
                sentences += len(sentences_to_judge(answer.text))
                said += reading.sentences.values()
    return SentenceCounts(readings, whole, sentences, len(said), {name: said.count(name) for name in NAMES})


def sentences_by_reader(
    cases: Sequence[AnsweredCase], arm: str
) -> tuple[list[dict[str, Hashable | None]], list[Hashable]]:
    """Return, for each judged sentence of a model, what each reader said of it, and the id of its case."""
    given: list[dict[str, Hashable | None]] = []
    clusters: list[Hashable] = []
    for case in cases:
        answer = case.answers.get(arm)
        readings = answer.readings if answer is not None else ()
        for span in sorted({span for reading in readings for span in reading.sentences}):
            given.append({one.reader_id: one.sentences[span] for one in readings if span in one.sentences})
            clusters.append(case.id)
    return given, clusters

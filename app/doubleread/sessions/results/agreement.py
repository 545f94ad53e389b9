"""How far readers agree, over the cases that several of them have read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

from doubleread.domain.labels import VERDICTS
from doubleread.sessions.judged import JudgedCase, Judgement
from doubleread.sessions.results.accuracy import Pair
from doubleread.sessions.results.sentences import NAMES, sentences_by_reader
from doubleread.statistics import (
    Estimate,
    MarkedText,
    SpanAgreement,
    Undefined,
    cohen,
    cohen_by_case,
    crosstable,
    fleiss,
    gwet_ac1,
    krippendorff,
    raw_agreement,
    span_agreement,
)

_PREFERENCES = ("first", "second", "tie", "both bad")
_WHERE_GIVEN = ("names the diagnosis", "sentence")
_YES_OR_NO = (True, False)

Rating = Callable[[Judgement], Hashable | None]


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Agreement in one judgement. `model` is the place of the model whose answers it is about, None for a preference.

    `readers` gave it in at least one case, `cases` were judged by two of them or more; the intervals draw cases.
    `cohen` exists for two readers alone. Of the subject "sentence" the figures compare sentences that several readers
    judged: there n counts sentences.
    """

    subject: str
    model: int | None
    readers: int
    cases: int
    raw: Estimate | Undefined
    cohen: Estimate | Undefined
    fleiss: Estimate | Undefined
    krippendorff: Estimate | Undefined
    ac1: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class ReadersAgreement:
    """Agreement in labels, and in the stretches of both answers that readers marked.

    `cases` counts the cases with several readers. Of more than two readers of a case, `spans` compares every two.
    """

    cases: int
    labels: tuple[LabelAgreement, ...]
    spans: SpanAgreement


def readers_agreement(cases: Sequence[JudgedCase], models: Pair) -> ReadersAgreement:
    """Compare what readers said of the same cases."""
    labels = []
    for subject, scale, rating in (
        ("verdict", tuple(label.name for label in VERDICTS), _verdict),
        ("any hallucination", _YES_OR_NO, _hallucinated),
        ("names the diagnosis", _YES_OR_NO, _named),
    ):
        for place, model in enumerate(models):
            given = [
                {judgement.reader_id: rating(judgement) for judgement in case.answers[model].judgements}
                for case in cases
                if model in case.answers
            ]
            labels.append(_agreement(subject, place, scale, given))
    preferred = dict(zip(models, _PREFERENCES[:2], strict=True))
    for place, model in enumerate(models):
        sentences, clusters = sentences_by_reader(cases, model)
        labels.append(_agreement("sentence", place, NAMES, sentences, clusters))
    labels.append(_agreement("preference", None, _PREFERENCES, [_preferences(case, preferred) for case in cases]))
    several = [case for case in cases if case.readers > 1]
    return ReadersAgreement(
        cases=len(several),
        labels=tuple(label for label in labels if label.readers or label.subject not in _WHERE_GIVEN),
        spans=span_agreement([_marked(case) for case in several]),
    )


def _verdict(judgement: Judgement) -> Hashable | None:
    return judgement.verdict


def _hallucinated(judgement: Judgement) -> Hashable | None:
    return bool(judgement.findings)


def _named(judgement: Judgement) -> Hashable | None:
    return judgement.names_key


def _preferences(case: JudgedCase, names: dict[str, str]) -> dict[str, Hashable | None]:
    by_answer = {answer.id: names[model] for model, answer in case.answers.items()}
    return {reader: by_answer.get(preferred, preferred) for reader, preferred in case.preferences.items()}


def _agreement(
    subject: str,
    model: int | None,
    scale: Sequence[Hashable],
    given: Sequence[dict[str, Hashable | None]],
    clusters: Sequence[Hashable] | None = None,
) -> LabelAgreement:
    """Return the agreement of what readers gave; `clusters` names the case of each, where several are of one case."""
    rated = [{reader: rating for reader, rating in item.items() if rating is not None} for item in given]
    readers = sorted({reader for item in rated for reader in item})
    rows = [[item.get(reader) for reader in readers] for item in rated if item]
    within = None if clusters is None else [name for name, item in zip(clusters, rated, strict=True) if item]
    several = [place for place, item in enumerate(rated) if len(item) > 1]
    return LabelAgreement(
        subject=subject,
        model=model,
        readers=len(readers),
        cases=len(several if clusters is None else {clusters[place] for place in several}),
        raw=raw_agreement(rows, clusters=within),
        cohen=_cohen(rows, readers, scale, within),
        fleiss=fleiss(rows, clusters=within),
        krippendorff=krippendorff(rows, clusters=within),
        ac1=gwet_ac1(rows, scale, clusters=within),
    )


def _cohen(
    rows: Sequence[Sequence[Hashable | None]],
    readers: Sequence[str],
    scale: Sequence[Hashable],
    clusters: Sequence[Hashable] | None,
) -> Estimate | Undefined:
    if len(readers) < 2:
        return Undefined("no case was judged by two readers")
    if len(readers) > 2:
        return Undefined(f"there are {len(readers)} readers, and it compares two")
    if clusters is not None:
        both = [(*row, name) for row, name in zip(rows, clusters, strict=True) if None not in row]
        return cohen_by_case([one for one, _, _ in both], [two for _, two, _ in both], scale, [c for _, _, c in both])
    return cohen(crosstable([row[0] for row in rows], [row[1] for row in rows], scale))


def _marked(case: JudgedCase) -> list[MarkedText]:
    return [
        MarkedText(answer.text, one.spans, other.spans)
        for answer in case.answers.values()
        for one, other in combinations(answer.judgements, 2)
    ]

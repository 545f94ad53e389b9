"""A reader's judgement of a training case beside the reference: what matches, what is missing, and the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.domain.annotation import Annotation
from doubleread.domain.reading import Judgement, Reading
from doubleread.domain.spans import Span
from doubleread.domain.training import ANSWERS, ReferenceAnnotation, TrainingCase, TrainingScore
from doubleread.statistics.spans import match_spans


@dataclass(frozen=True, slots=True)
class MatchedAnnotation:
    """A reader's annotation, and the reference's of the same span."""

    made: Annotation
    reference: ReferenceAnnotation


@dataclass(frozen=True, slots=True)
class TrainingComparison:
    """A judgement beside the reference. `verdicts` has by answer what the reader said and whether that is right."""

    matched: tuple[MatchedAnnotation, ...]
    missed: tuple[ReferenceAnnotation, ...]
    extra: tuple[Annotation, ...]
    verdicts: tuple[tuple[str, bool], tuple[str, bool]]
    score: TrainingScore


def compare_with_reference(training: TrainingCase, reading: Reading) -> TrainingComparison:
    """Compare a reading of a training case with its reference.

    Spans match as in `match_spans`, against the reference's span first and then against its alternatives.
    """
    judgement = reading.judgement
    ids = training.answer_ids
    matched: list[MatchedAnnotation] = []
    missed: list[ReferenceAnnotation] = []
    extra: list[Annotation] = []
    texts = dict.fromkeys(
        [
            *((ids[one.answer], one.place) for one in training.annotations),
            *((one.answer_id, one.place) for one in judgement.annotations),
        ]
    )
    for answer_id, place in texts:
        made = [one for one in judgement.annotations if (one.answer_id, one.place) == (answer_id, place)]
        wanted = [one for one in training.annotations if (ids[one.answer], one.place) == (answer_id, place)]
        pairs = _pairs(made, wanted)
        matched += [MatchedAnnotation(made[at], wanted[against]) for at, against in pairs]
        missed += [one for number, one in enumerate(wanted) if number not in {against for _, against in pairs}]
        extra += [one for number, one in enumerate(made) if number not in {at for at, _ in pairs}]
    missed = [one for one in missed if not one.optional]
    first, second = (_verdict(training, judgement, reading, answer) for answer in ANSWERS)
    score = _score([pair for pair in matched if not pair.reference.optional], missed, extra, (first[1], second[1]))
    if judgement.outside_field:
        asked = sum(not one.optional for one in training.annotations)
        score = TrainingScore(0.0, 0.0, missed=asked, declined=True)
    return TrainingComparison(tuple(matched), tuple(missed), tuple(extra), (first, second), score)


def _pairs(made: Sequence[Annotation], wanted: Sequence[ReferenceAnnotation]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for way in range(max((len(one.spans) for one in wanted), default=0)):
        left = [at for at in range(len(made)) if at not in {pair[0] for pair in found}]
        open_ = [
            against
            for against, one in enumerate(wanted)
            if against not in {pair[1] for pair in found} and way < len(one.spans)
        ]
        spans: list[Span] = [made[at].span for at in left]
        references = [wanted[against].spans[way] for against in open_]
        found += [(left[one], open_[other]) for one, other in match_spans(spans, references)]
    return found


def _verdict(training: TrainingCase, judgement: Judgement, reading: Reading, answer: int) -> tuple[str, bool]:
    said = judgement.verdicts.get(reading.side_of(training.answer_ids[answer]), "")
    return said, said in training.verdicts[answer]


def _score(
    matched: Sequence[MatchedAnnotation],
    missed: Sequence[ReferenceAnnotation],
    extra: Sequence[Annotation],
    right: tuple[bool, bool],
) -> TrainingScore:
    of_all = 2 * len(matched) + len(missed) + len(extra)
    return TrainingScore(
        span_f1=2 * len(matched) / of_all if of_all else 1.0,
        verdict_agreement=sum(right) / len(right),
        matched=len(matched),
        missed=len(missed),
        extra=len(extra),
    )

"""One case with both answers, their scores, and what readers who have committed say of them. For looking only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from doubleread.domain.annotation import Annotation
from doubleread.domain.bond import BondGrade
from doubleread.domain.case import Case
from doubleread.domain.model import Model
from doubleread.domain.reading import Reading
from doubleread.domain.redaction import redacted
from doubleread.domain.score import Score
from doubleread.domain.score_override import ScoreOverride
from doubleread.read_model.redactions import Redactions, with_redacted_quotes
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class ReadersWord:
    """What one reader says of one answer.

    `diagnosis` is None where nothing was said of the key's diagnosis, `grade` where it was not graded.
    """

    reader_id: str
    verdict: str
    preferred: bool
    diagnosis: bool | None
    annotations: tuple[Annotation, ...]
    grade: BondGrade | None = None


@dataclass(frozen=True, slots=True)
class SideInFull:
    """One model's answer, with its primary score, and what a person resolved of it.

    Without an answer the text is empty and `answered` False. `reasoning` is what the model thought before it, "" where
    it did not, and while models must not be named.
    """

    name: str
    answered: bool
    text: str
    score: Score | None
    words: tuple[ReadersWord, ...]
    reasoning: str = ""
    override: ScoreOverride | None = None


@dataclass(frozen=True, slots=True)
class CaseInFull:
    """The case with its key, and both sides in the order of the results."""

    case: Case
    sides: tuple[SideInFull, SideInFull]


def case_in_full(study: StudyFile, case_id: str, models: tuple[Model, Model], *, named: bool = True) -> CaseInFull:
    """Return a case as committed readings leave it. Raises KeyError for an unknown case, StudyFileError.

    Unless models are `named`, words by which answers name them are redacted.
    """
    redactions = None if named else Redactions(study)
    case = study.case(case_id)
    readings = [
        reading
        for reader_id in study.readers()
        if (reading := study.reading(reader_id, case_id)) is not None
        and reading.committed
        and not reading.judgement.outside_field
    ]
    sides = [_side(study, case, model, readings, redactions) for model in models]
    return CaseInFull(case, (sides[0], sides[1]))


def _side(
    study: StudyFile, case: Case, model: Model, readings: list[Reading], redactions: Redactions | None
) -> SideInFull:
    answer = study.answers_of(case.id).get(model.id)
    if answer is None:
        return SideInFull(model.name, answered=False, text="", score=None, words=())
    score = study.primary_score(answer.id)
    text, reasoning = answer.text, answer.reasoning
    if redactions is not None:
        spans = redactions.spans(answer, case)
        text = redacted(text, spans)
        reasoning = ""
        score = redactions.score(score, case, answer, spans) if score else None
        readings = [with_redacted_quotes(reading, {answer.id: spans}) for reading in readings]
    words = tuple(_words(reading, answer.id) for reading in readings)
    override = study.override_of(answer.id)
    if redactions is not None:
        words = tuple(_without_names(word, lambda note: redactions.about(note, case, answer, spans)) for word in words)
        override = override and replace(override, reason=redactions.about(override.reason, case, answer, spans))
    return SideInFull(
        model.name,
        answered=True,
        text=text,
        score=score,
        words=words,
        reasoning=reasoning,
        override=override,
    )


def _without_names(word: ReadersWord, cover: Callable[[str], str]) -> ReadersWord:
    return replace(word, annotations=tuple(replace(item, note=cover(item.note)) for item in word.annotations))


def _words(reading: Reading, answer_id: str) -> ReadersWord:
    side, held = reading.side_of(answer_id), reading.judgement
    return ReadersWord(
        reader_id=reading.reader_id,
        verdict=held.verdicts.get(side, ""),
        preferred=held.preference == side,
        diagnosis=held.diagnoses.get(side),
        annotations=tuple(annotation for annotation in held.annotations if annotation.answer_id == answer_id),
        grade=held.grades.get(side),
    )

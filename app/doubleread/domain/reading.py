"""One reader's judgement of both answers of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Literal

from doubleread.domain.annotation import Annotation
from doubleread.domain.answer_scales import AnswerScale, Level, ScaleRatings, scales_left
from doubleread.domain.axes import Rating
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.blinding_assessment import BlindingAssessment
from doubleread.domain.bond import BondGrade
from doubleread.domain.criteria import CriterionPlace, JudgedCriterion, criteria_left
from doubleread.domain.ordinal_scales import OrdinalScale
from doubleread.domain.sentences import (
    JudgedSentence,
    SentenceMode,
    SentencePlace,
    not_judged,
    of_answer,
    sentences_to_judge,
)
from doubleread.domain.wording import plural

Preference = Literal["A", "B", "tie", "both bad"]
PREFERENCES: tuple[Preference, ...] = ("A", "B", "tie", "both bad")

CONFIRMED = "confirmed the scorer's proposal"
GRADED = "graded against the key"
"""Reasons of the corrections that grade a free-text diagnosis after the commit."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader says about a case: annotations in the order of marking, verdicts by side, a preference.

    `verdicts` maps "A" and "B" to one of `labels.VERDICTS`. `diagnoses` maps a side to whether the answer names the
    key's diagnosis, where the reader said so, and `grades` to how close it comes; grade 5 is the same as True.
    `ratings` maps the protocol's axes to the better side, or to "tie". `levels` maps the names of ordinal scales to a
    level. `scale_ratings` has the levels of each answer by scale and side. `sentences` has the judgements of single
    sentences, by answer and place, `criteria` those of the criteria of a rubric, by answer and criterion.
    """

    annotations: tuple[Annotation, ...] = ()
    retracted: tuple[Annotation, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    preference: Preference | None = None
    outside_field: bool = False
    levels: Mapping[str, int] = field(default_factory=dict)
    diagnoses: Mapping[str, bool] = field(default_factory=dict)
    ratings: Mapping[str, Rating] = field(default_factory=dict)
    scale_ratings: ScaleRatings = field(default_factory=dict)
    sentences: Mapping[SentencePlace, JudgedSentence] = field(default_factory=dict)
    criteria: Mapping[CriterionPlace, JudgedCriterion] = field(default_factory=dict)
    grades: Mapping[str, BondGrade] = field(default_factory=dict)

    def annotation(self, annotation_id: str) -> Annotation | None:
        """Return an annotation that was not retracted, or None."""
        return next((annotation for annotation in self.annotations if annotation.id == annotation_id), None)


@dataclass(slots=True)
class JudgementDraft:
    """A judgement that the actions of a reading change one after the other; see `Judgement`.

    `labels` has the names that annotations have within the reading, by annotation id.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: dict[str, Annotation] = field(default_factory=dict)
    retracted: dict[str, Annotation] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    preference: Preference | None = None
    outside_field: bool = False
    levels: dict[str, int] = field(default_factory=dict)
    diagnoses: dict[str, bool] = field(default_factory=dict)
    ratings: dict[str, Rating] = field(default_factory=dict)
    scale_ratings: dict[str, dict[str, Level]] = field(default_factory=dict)
    sentences: dict[SentencePlace, JudgedSentence] = field(default_factory=dict)
    criteria: dict[CriterionPlace, JudgedCriterion] = field(default_factory=dict)
    grades: dict[str, BondGrade] = field(default_factory=dict)

    def judgement(self) -> Judgement:
        """Return the judgement as it is now."""
        return Judgement(
            annotations=tuple(self.annotations.values()),
            retracted=tuple(self.retracted.values()),
            verdicts=self.verdicts,
            preference=self.preference,
            outside_field=self.outside_field,
            levels=self.levels,
            diagnoses=self.diagnoses,
            ratings=self.ratings,
            scale_ratings=self.scale_ratings,
            sentences=self.sentences,
            criteria=self.criteria,
            grades=self.grades,
        )


Outcome = Literal["kept", "revised"]
OUTCOMES: tuple[Outcome, ...] = ("kept", "revised")


@dataclass(frozen=True, slots=True)
class Shown:
    """Another reading as it was shown in a consensus round: `head` is the hash of its last event that counts there."""

    reading_id: str
    head: str


@dataclass(frozen=True, slots=True)
class ConsensusRound:
    """The part of a reading that its reader made knowing other readings of the case.

    `before` is the judgement when the first of `shown` was seen, and `corrections_before` how many corrections had been
    made then. `outcome` is None until the reader is done with the case.
    """

    opened_at: str
    shown: tuple[Shown, ...]
    before: Judgement
    corrections_before: int
    closed_at: str | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as its events leave it. `answer_ids` are by side.

    `repeat` is 1 for the second reading of a repeated case, otherwise 0. `axes` are those of the protocol under which
    it was opened, whose hash is `protocol_sha256`. `undoable` and `redoable` have the ids of the actions that undo and
    redo would take, the next one last; an action that was saved in several steps counts once (see
    `ReadingAction.burst`). `confirmed` has the kinds of inconsistencies that the reader confirmed at the commit (see
    `domain.consistency`); None if the reader was not asked. `consensus` is None while the reader knows no other
    reading of the case.
    """

    id: str
    case_id: str
    reader_id: str
    answer_ids: Mapping[Side, str]
    judgement: Judgement = field(default_factory=Judgement)
    active_seconds: float = 0.0
    committed_at: str | None = None
    corrections: tuple[str, ...] = ()
    undoable: tuple[str, ...] = ()
    redoable: tuple[str, ...] = ()
    repeat: int = 0
    axes: tuple[str, ...] = ()
    protocol_sha256: str = ""
    label_set: str = ""
    opened_at: str = ""
    updated_at: str = ""
    blinding_assessment: BlindingAssessment | None = None
    confirmed: tuple[str, ...] | None = None
    consensus: ConsensusRound | None = None

    def changed(self, **values: Any) -> Reading:
        """Return it with some fields replaced, as `dataclasses.replace` does, but several times as fast."""
        return Reading(**{**dict(zip(_READING_FIELDS, _READING_VALUES(self), strict=True)), **values})

    @property
    def first(self) -> Reading:
        """The reading as it was before its reader knew others."""
        return self if self.consensus is None else self.changed(judgement=self.consensus.before, consensus=None)

    @property
    def revised(self) -> bool:
        """Whether the reader has revised it since they know others. Grading against the key is no revision."""
        before, now = (replace(one.judgement, diagnoses={}, grades={}) for one in (self.first, self))
        return before != now

    @property
    def committed(self) -> bool:
        """Whether the reader has committed it; from then on every action is a correction with a reason."""
        return self.committed_at is not None

    def side_of(self, answer_id: str) -> Side:
        """Return the side of an answer. Raises KeyError for an answer of another case."""
        for side, placed in self.answer_ids.items():
            if placed == answer_id:
                return side
        raise KeyError(answer_id)

    def missing_for_commit(self, scales: Iterable[OrdinalScale] = ()) -> tuple[str, ...]:
        """Return what must still be judged before the reading can be committed; nothing if the case is outside the
        reader's field. `scales` are those of the protocol.
        """
        if self.judgement.outside_field:
            return ()
        missing = [f"verdict on {side}" for side in ("A", "B") if side not in self.judgement.verdicts]
        if self.judgement.preference is None:
            missing.append("preference")
        missing += [f"comparison by {axis}" for axis in self.axes if axis not in self.judgement.ratings]
        missing += [scale.name for scale in scales if scale.name not in self.judgement.levels]
        return tuple(missing)

    def missing_answer_scales(self, scales: Sequence[AnswerScale]) -> tuple[str, ...]:
        """Return on how many scales each answer must still be rated before the commit. `scales` are the protocol's."""
        if self.judgement.outside_field:
            return ()
        return tuple(
            f"{len(left)} of {plural(len(scales), 'scale')} of answer {side}"
            for side in SIDES
            if (left := scales_left(scales, self.judgement.scale_ratings, side))
        )

    def missing_sentences(self, answers: Mapping[str, str], mode: SentenceMode) -> tuple[str, ...]:
        """Return how many sentences must still be judged before the commit. `answers` holds both texts by answer id."""
        if mode != "required" or self.judgement.outside_field:
            return ()
        missing = []
        for side in SIDES:
            text = answers[self.answer_ids[side]]
            if left := not_judged(text, of_answer(self.judgement.sentences, self.answer_ids[side])):
                missing.append(f"{len(left)} of {plural(len(sentences_to_judge(text)), 'sentence')} of answer {side}")
        return tuple(missing)

    def missing_criteria(self, criterion_ids: Sequence[str]) -> tuple[str, ...]:
        """Return how many criteria must still be judged before the commit. `criterion_ids` are those of the case."""
        if self.judgement.outside_field:
            return ()
        missing = []
        for side in SIDES:
            if left := criteria_left(criterion_ids, self.judgement.criteria, self.answer_ids[side]):
                of_them = plural(len(criterion_ids), "criterion", "criteria")
                missing.append(f"{len(left)} of {of_them} of answer {side}")
        return tuple(missing)


@dataclass(slots=True)
class ReadingDraft:
    """A reading that its events change one after the other, without what its actions add up to; see `Reading`."""

    id: str
    case_id: str
    reader_id: str
    answer_ids: Mapping[Side, str]
    repeat: int
    axes: tuple[str, ...]
    protocol_sha256: str
    label_set: str
    opened_at: str
    committed_at: str | None = None
    corrections: tuple[str, ...] = ()
    blinding_assessment: BlindingAssessment | None = None
    confirmed: tuple[str, ...] | None = None
    consensus: ConsensusRound | None = None

    @property
    def committed(self) -> bool:
        """Whether the reader has committed it."""
        return self.committed_at is not None


_READING_FIELDS = tuple(item.name for item in fields(Reading))
_READING_VALUES = attrgetter(*_READING_FIELDS)

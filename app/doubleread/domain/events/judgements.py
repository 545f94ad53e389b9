"""The events by which a reader judges answers, compares them, and judges single sentences and criteria."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from doubleread.domain.answer_scales import NOT_APPLICABLE, Level, put_rating
from doubleread.domain.axes import RATINGS, Rating
from doubleread.domain.blinding import SIDES
from doubleread.domain.bond import GRADES, BondGrade
from doubleread.domain.criteria import JudgedCriterion, criterion_from_body, put_criterion
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import Words
from doubleread.domain.events.reading_event import ReadingAction, ReadingAggregate, judgement_refused, said_how
from doubleread.domain.labels import VERDICTS
from doubleread.domain.ordinal_scales import CONFIDENCE, OrdinalScale
from doubleread.domain.reading import PREFERENCES, JudgementDraft, Preference, Reading
from doubleread.domain.reading_checks import criterion_refused, scale_refused, sentence_refused
from doubleread.domain.sentences import JudgedSentence, put_sentence, sentence_from_body
from doubleread.errors import InputRefusedError

_VERDICT_NAMES = frozenset(label.name for label in VERDICTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingJudged(ReadingAction):
    """Verdicts, diagnoses and their grades by side, a preference, or whether the case lies outside one's field.

    Empty fields were not stated.
    """

    kind: ClassVar[str] = "reading.judged"
    verdicts: Mapping[str, str] = field(default_factory=dict)
    diagnoses: Mapping[str, bool] = field(default_factory=dict)
    grades: Mapping[str, int] = field(default_factory=dict)
    preference: Preference | None = None
    outside_field: bool | None = None

    def to_body(self) -> dict[str, Any]:
        return {name: value for name, value in ReadingAction.to_body(self).items() if value != {}}

    def changes_comparison(self, before: ReadingAggregate) -> bool:
        # Readers confirm a diagnosis after their commit, which is nothing that an adjudicator compares.
        return bool(self.verdicts) or self.preference is not None or self.outside_field is not None

    def check(self, before: Reading) -> None:
        if not isinstance(self.verdicts, Mapping) or not isinstance(self.diagnoses, Mapping):
            raise judgement_refused("verdicts are given by side")
        if unknown := (set(self.verdicts) | set(self.diagnoses)) - set(SIDES):
            raise judgement_refused(f"there is no side {', '.join(sorted(unknown))}")
        if unknown := {verdict for verdict in self.verdicts.values() if verdict not in _VERDICT_NAMES}:
            raise judgement_refused(f"{', '.join(map(repr, unknown))} is not a verdict")
        if not all(isinstance(value, bool) for value in self.diagnoses.values()):
            raise judgement_refused("a proposed diagnosis is confirmed or rejected")
        self._check_grades()
        if self.preference not in (None, *PREFERENCES):
            raise judgement_refused(f"{self.preference!r} is not a preference")
        if not isinstance(self.outside_field, bool | None):
            raise judgement_refused("outside the field must be yes or no")

    def _check_grades(self) -> None:
        if not isinstance(self.grades, Mapping) or set(self.grades) - set(SIDES):
            raise judgement_refused("grades are given by side")
        for side, grade in self.grades.items():
            if type(grade) is not int or grade not in GRADES:
                raise judgement_refused(f"{grade!r} is not a grade of Bond's scale")
            if self.diagnoses.get(side, BondGrade(grade).same) != BondGrade(grade).same:
                raise judgement_refused(f"a diagnosis of grade {grade} is not one that is {self.diagnoses[side]}")

    def judge(self, draft: JudgementDraft, at: str) -> None:
        diagnoses, grades = draft.diagnoses, draft.grades
        for side, right in self.diagnoses.items():
            diagnoses[side] = right
            if side in grades and grades[side].same != right:
                # A diagnosis without a grade leaves no earlier grade that says otherwise.
                del grades[side]
        for side, number in self.grades.items():
            grades[side] = BondGrade(number)
            diagnoses[side] = grades[side].same
        draft.verdicts.update(self.verdicts)
        if self.preference is not None:
            draft.preference = self.preference
        if self.outside_field is not None:
            draft.outside_field = bool(self.outside_field)

    def describe(self, words: Words) -> str:
        said = [f"{side} {verdict}" for side, verdict in sorted(self.verdicts.items())]
        said += [
            f"{side} {'names' if right else 'does not name'} the diagnosis"
            for side, right in sorted(self.diagnoses.items())
            if side not in self.grades
        ]
        said += [f"{side} grade {grade} ({BondGrade(grade).label})" for side, grade in sorted(self.grades.items())]
        if self.preference:
            said.append(f"preferred {self.preference}")
        if self.outside_field is not None:
            said.append("outside the field" if self.outside_field else "not outside the field")
        return f"judged {', '.join(said)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingGiven(ReadingAction):
    """The answers were compared on one axis of the protocol."""

    kind: ClassVar[str] = "rating.given"
    axis: str
    value: Rating

    def check(self, before: Reading) -> None:
        if self.axis not in before.axes:
            raise judgement_refused(f"{self.axis!r} is not an axis of the protocol")
        if self.value not in RATINGS:
            raise judgement_refused(f"{self.value!r} is neither a side nor a tie")

    def judge(self, draft: JudgementDraft, at: str) -> None:
        draft.ratings[self.axis] = self.value

    def describe(self, words: Words) -> str:
        return f"compared by {self.axis}: {'tie' if self.value == 'tie' else f'{self.value} is better'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRated(ReadingAction):
    """The answer on a side was rated on one scale of the protocol; `level` is None where the scale does not apply."""

    kind: ClassVar[str] = "answer.rated"
    compared: ClassVar[bool] = False
    side: str
    scale: str
    level: Level

    def to_body(self) -> dict[str, Any]:
        return {**ReadingAction.to_body(self), "level": self.level}

    def check(self, before: Reading) -> None:
        if self.side not in SIDES:
            raise scale_refused(f"there is no side {self.side!r}")
        if not isinstance(self.scale, str) or not (self.level is None or type(self.level) is int):
            raise scale_refused("a level of a scale is a number, or null where the scale does not apply")

    def judge(self, draft: JudgementDraft, at: str) -> None:
        put_rating(draft.scale_ratings, self.scale, self.side, self.level)

    def describe(self, words: Words) -> str:
        return f"rated {self.side} on {self.scale}: {NOT_APPLICABLE if self.level is None else self.level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStated(ReadingAction):
    """The reader rated the reading on an ordinal scale: its subclasses say on which."""

    compared: ClassVar[bool] = False
    scale: ClassVar[OrdinalScale]
    value: int

    def check(self, before: Reading) -> None:
        if type(self.value) is not int or self.value not in self.scale.levels:
            raise judgement_refused(f"{self.value!r} is not a {self.scale.name} from 1 to {self.scale.highest}")

    def judge(self, draft: JudgementDraft, at: str) -> None:
        draft.levels[self.scale.name] = self.value

    def describe(self, words: Words) -> str:
        return f"stated a {self.scale.name} of {self.value} ({self.scale.levels[self.value]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceStated(LevelStated):
    """The reader said how certain they are of the reading."""

    kind: ClassVar[str] = "confidence.stated"
    scale: ClassVar[OrdinalScale] = CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceJudged(ReadingAction):
    """One sentence of an answer was judged. The log's entry has the time."""

    kind: ClassVar[str] = "sentence.judged"
    compared: ClassVar[bool] = False
    sentence: JudgedSentence

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(sentence=sentence_from_body(body, ""), **said_how(body))

    @classmethod
    def from_entry(cls, entry: Event) -> Self:
        return cls(sentence=sentence_from_body(entry.body, entry.at), **said_how(entry.body))

    def to_body(self) -> dict[str, Any]:
        names = ("answer_id", "start", "end", "quote", "judgement", "segmentation")
        return {**{name: getattr(self.sentence, name) for name in names}, **self._how_body()}

    @classmethod
    def incomplete(cls, error: Exception) -> InputRefusedError:
        return sentence_refused(f"it is not complete ({error})")

    def check(self, before: Reading) -> None:
        if self.sentence.answer_id not in before.answer_ids.values():
            raise sentence_refused("its answer does not belong to this reading")

    def judge(self, draft: JudgementDraft, at: str) -> None:
        put_sentence(draft.sentences, self.sentence)

    def describe(self, words: Words) -> str:
        sentence = self.sentence
        quote = words.quote("answer", sentence.answer_id, sentence.start, sentence.quote)
        return f'judged a sentence of {words.side(sentence.answer_id) or "?"} {sentence.judgement}: "{quote}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionJudged(ReadingAction):
    """One criterion was judged of an answer, or its judgement was cleared. The log's entry has the time."""

    kind: ClassVar[str] = "criterion.judged"
    criterion: JudgedCriterion

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(criterion=criterion_from_body(body, ""), **said_how(body))

    @classmethod
    def from_entry(cls, entry: Event) -> Self:
        return cls(criterion=criterion_from_body(entry.body, entry.at), **said_how(entry.body))

    def to_body(self) -> dict[str, Any]:
        return {**self.criterion.as_body(), **self._how_body()}

    @classmethod
    def incomplete(cls, error: Exception) -> InputRefusedError:
        return criterion_refused(f"it is not complete ({error})")

    def check(self, before: Reading) -> None:
        if self.criterion.answer_id not in before.answer_ids.values():
            raise criterion_refused("its answer does not belong to this reading")
        if before.committed and not self.criterion.judgement:
            raise criterion_refused("a committed reading has a judgement of every criterion")

    def judge(self, draft: JudgementDraft, at: str) -> None:
        put_criterion(draft.criteria, self.criterion)

    def describe(self, words: Words) -> str:
        criterion, evidence = self.criterion, self.criterion.evidence
        about = f"criterion {criterion.criterion_id} of {words.side(criterion.answer_id) or '?'}"
        if not criterion.judgement:
            return f"cleared the judgement of {about}"
        said = f"judged {about} {criterion.judgement}"
        if evidence is None:
            return said
        return f'{said}: "{words.quote("answer", criterion.answer_id, evidence.start, evidence.quote)}"'


LEVELS: Mapping[str, type[LevelStated]] = {event.scale.name: event for event in (ConfidenceStated,)}
"""The event of each ordinal scale, by the scale's name."""

JUDGEMENTS: tuple[type[ReadingAction], ...] = (
    ReadingJudged,
    RatingGiven,
    AnswerRated,
    *LEVELS.values(),
    SentenceJudged,
    CriterionJudged,
)

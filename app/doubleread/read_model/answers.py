"""An answer with its score, override and status, and what its readers say of it: the one type that every part shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from doubleread.domain.annotation import ANSWER, Annotation, Passage
from doubleread.domain.answer_status import INDETERMINATE, AnswerStatus, answer_status
from doubleread.domain.bond import BondGrade
from doubleread.domain.case import CATEGORICAL, Criterion
from doubleread.domain.rubric import rubric_measures
from doubleread.domain.score import Outcome, Score
from doubleread.domain.score_override import ScoreOverride
from doubleread.domain.spans import Span


class CountedAnnotation(NamedTuple):
    """What results need of an annotation. A large study has very many, so that each is small and quick to make."""

    place: str
    start: int
    end: int
    category: str
    severity: str
    passage: Passage | None = None

    @property
    def in_answer(self) -> bool:
        """Whether it marks the answer, as in an annotation with its words."""
        return self.place == ANSWER


Marked = Annotation | CountedAnnotation
"""An annotation with its words, or without them where all cases were asked for."""


@dataclass(frozen=True, slots=True)
class AnswerReading:
    """What one committed reading says of one answer.

    `confirms` is the reader's statement whether the answer names the diagnosis of the key, None if none was made;
    `grade` says how close it comes. `annotations` are those that were not retracted, without the `omissions`.
    `sentences` has the judgements of single sentences, `criteria` those of the rubric's criteria by their ids, `scales`
    the levels on the protocol's scales for answers. `words` are the words of the answer that the annotations mark, as
    `marked_words` returns them, where they are needed: in answers of which there are several readings.
    """

    reader_id: str
    verdict: str | None = None
    preferred: bool = False
    confirms: bool | None = None
    grade: BondGrade | None = None
    annotations: tuple[Marked, ...] = ()
    omissions: tuple[Marked, ...] = ()
    sentences: Mapping[Span, str] = field(default_factory=dict)
    scales: Mapping[str, int | None] = field(default_factory=dict)
    criteria: Mapping[str, str] = field(default_factory=dict)
    words: int = 0

    @property
    def located(self) -> tuple[Marked, ...]:
        """The annotations in the answer's own text."""
        return located(self.annotations)


@dataclass(frozen=True, slots=True)
class GivenPassages:
    """What an arm with retrieval was given: how many `passages`, and how many of the case's `gold` ones."""

    passages: int
    gold: int
    gold_given: int


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """An answer with its primary score, its override, and its committed readings.

    `added_measures` are those of alternative scorers. `kind` is the case's. `words` counts those of the text. `repeats`
    are second readings by the same readers; they count only for intra-rater reliability. `text` is empty if it was not
    loaded, `reasoning` also if it must not be shown. `retrieval` is None if it was generated without. `criteria` are
    those of the case's rubric, `characters` the length of the text, which a list of cases does without.

    `status` is what the answer counts as; with a rubric it is measured once a reader judged its criteria.
    `annotations` are those of all readers, without `omissions`. They are computed once: results ask for them often.
    """

    id: str
    arm_id: str
    kind: str
    text: str
    words: int
    score: Score | None = None
    override: ScoreOverride | None = None
    readings: tuple[AnswerReading, ...] = ()
    repeats: tuple[AnswerReading, ...] = ()
    finish_reason: str = ""
    reasoning: str = ""
    added_measures: Mapping[str, float] = field(default_factory=dict)
    retrieval: GivenPassages | None = None
    criteria: tuple[Criterion, ...] = ()
    characters: int = 0
    status: AnswerStatus = field(init=False, compare=False)
    annotations: tuple[Marked, ...] = field(init=False, compare=False)
    omissions: tuple[Marked, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        measured = bool(self.criteria and self.measures)
        status = "measured" if measured else answer_status(self.outcome, self.override, self._confirmations)
        object.__setattr__(self, "status", status)
        object.__setattr__(self, "annotations", _together([reading.annotations for reading in self.readings]))
        object.__setattr__(self, "omissions", _together([reading.omissions for reading in self.readings]))

    @property
    def outcome(self) -> Outcome | None:
        """The primary score's outcome; None if there is no score."""
        return None if self.score is None else self.score.outcome

    @property
    def measures(self) -> Mapping[str, float]:
        """The measures of the primary score and of alternative ones, by the names of `metrics.METRICS`.

        With a rubric they follow from the readers' judgements instead: the mean over the readers.
        """
        if self.criteria:
            return self._rubric_measures
        own = {} if self.score is None else self.score.measures
        return {**own, **self.added_measures}

    @property
    def _rubric_measures(self) -> Mapping[str, float]:
        by_reader = [rubric_measures(self.criteria, one.criteria, self.characters) for one in self.readings]
        scored = [measures for measures in by_reader if measures]
        return {name: sum(one[name] for one in scored) / len(scored) for name in scored[0]} if scored else {}

    @property
    def automatic_status(self) -> AnswerStatus:
        """What the answer would count as without score review: by the scorer, and for a diagnosis by its readers."""
        if self.override is None and self.status != "measured":
            return self.status
        return answer_status(self.outcome, None, self._confirmations)

    @property
    def _confirmations(self) -> Sequence[bool | None]:
        return [reading.confirms for reading in self.readings] if self.kind == "diagnosis" else ()

    @property
    def correct(self) -> bool | None:
        """Whether the answer is correct; None if that is open or indeterminate."""
        return {"correct": True, "incorrect": False}.get(self.status)

    @property
    def counts(self) -> bool:
        """Whether the answer counts in a proportion of correct answers.

        It does not if it is measured, pending, disputed or unscored.

        An indeterminate answer to a diagnosis case counts once somebody has read the case. Until then proposed matches
        are pending, and counting the others alone would make the model look worse than it is.
        """
        return self._counts(self.status, overridden=self.override is not None)

    @property
    def counts_without_override(self) -> bool:
        """Whether the answer would count without score review."""
        return self._counts(self.automatic_status, overridden=False)

    def _counts(self, status: AnswerStatus, *, overridden: bool) -> bool:
        if self.kind not in CATEGORICAL:
            return False
        if status in INDETERMINATE:
            return self.kind != "diagnosis" or overridden or bool(self.readings)
        return status in ("correct", "incorrect")

    @property
    def rank(self) -> int | None:
        """The rank at which the answer names the key's diagnosis, None if it does not: the scorer's, or overridden.

        A grade of 5 upholds the scorer's rank, or means rank 1 if the scorer found none. Any other grade rejects a
        proposed match, and leaves a match at a later rank as it is.
        """
        # A proposed match without a rank is the first diagnosis.
        found = None if self.score is None else self.score.rank
        found = 1 if found is None and self.outcome == "proposed" else found
        if self.override is None or self.override.grade is None:
            return found
        if self.override.grade.same:
            return found or 1
        return None if found == 1 else found

    @property
    def grades(self) -> tuple[BondGrade, ...]:
        """The grades that the readers gave."""
        return tuple(reading.grade for reading in self.readings if reading.grade is not None)

    @property
    def grade(self) -> BondGrade | None:
        """How close the diagnosis comes: the override's grade, else the readers', None if they differ."""
        if self.override is not None and self.override.grade is not None:
            return self.override.grade
        return self.grades[0] if len(set(self.grades)) == 1 else None

    @property
    def marked(self) -> tuple[tuple[str, Annotation], ...]:
        """All annotations and omissions with their readers, in the order of the texts, those in the case last.

        Raises TypeError as `with_words` does.
        """
        found = [
            (one.reader_id, item) for one in self.readings for item in with_words((*one.annotations, *one.omissions))
        ]
        return tuple(sorted(found, key=lambda pair: (not pair[1].in_answer, pair[1].place, pair[1].start, pair[1].end)))


def located(annotations: Iterable[Marked]) -> tuple[Marked, ...]:
    """Return the annotations in the answer's own text."""
    return tuple([annotation for annotation in annotations if annotation.place == ANSWER])


def with_words(annotations: Iterable[Marked]) -> tuple[Annotation, ...]:
    """Return annotations that were loaded with their words. Raises TypeError for others."""
    found: list[Annotation] = []
    for annotation in annotations:
        if not isinstance(annotation, Annotation):
            raise TypeError("annotations of all cases have no words")
        found.append(annotation)
    return tuple(found)


def _together(parts: list[tuple[Marked, ...]]) -> tuple[Marked, ...]:
    return parts[0] if len(parts) == 1 else tuple(chain.from_iterable(parts))

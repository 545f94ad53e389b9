"""The cases of a study with their answers, scores and committed readings: the basis of all results.

Uncommitted readings, and readings whose reader declined the case, are in none of the lists. Second readings of a case
by the same reader are kept apart: they serve intra-rater reliability only.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from sys import intern as _shared
from types import MappingProxyType
from typing import Any, Literal

from doubleread.domain.adjudication import Adjudication
from doubleread.domain.annotation import Annotation, Passage
from doubleread.domain.bond import BondGrade
from doubleread.domain.case import parts_from_record
from doubleread.domain.labels import LabelSet
from doubleread.domain.marked_words import marked_words
from doubleread.domain.ordinal_scales import SCALES
from doubleread.domain.retrieval import given_passages, gold_given, gold_passages
from doubleread.domain.score import Outcome, Score
from doubleread.domain.spans import Span
from doubleread.parallel import batched
from doubleread.progress import Progress, untold
from doubleread.read_model.answers import (
    AnswerReading,
    CountedAnnotation,
    GivenPassages,
    Marked,
    ScoredAnswer,
    located,
)
from doubleread.read_model.consensus import RevisableReading, revisable_readings
from doubleread.read_model.readers import ReaderProgress, reader_progress
from doubleread.store import StudyFile
from doubleread.store.branches.current_adjudications import CurrentAdjudications
from doubleread.store.log.projections import Projection, project
from doubleread.store.records import marks, score_from_row
from doubleread.store.score_overrides import override_from_row
from doubleread.store.scores import ADDED_MEASURES, PRIMARY_SCORES
from doubleread.store.sqlite.connection import Snapshot
from doubleread.store.sqlite.faults import intact

Place = Literal[0, 1]
"""Which of the two arms: the first or the second of the results."""
PLACES: tuple[Place, Place] = (0, 1)

Lead = Literal["first", "second", "even"]

_NOTHING: dict[Any, Any] = {}
"""What most readings say of sentences, criteria and scales. It must not be changed."""

_SAID = (
    *("id", "case_id", "reader_id", "repeat", "outside_field", "preference", "preferred_answer_id"),
    *("verdicts_by_answer", "diagnoses_by_answer", "grades_by_answer", "ratings_by_answer"),
    "scale_ratings_by_answer",
    *(scale.name for scale in SCALES),
)
"""The columns of a reading that results need."""

_CASE_IDS = "SELECT id FROM cases ORDER BY position"
_CASES_AT_ONCE = 250
_COUNTED = ("scorer", "version", "outcome", "confidence", "rank", "measures")
"""The columns of a score that all results need."""
_PLACED = ("place", "start", "end", "category", "severity")
"""The columns of an annotation that all results need."""


@dataclass(frozen=True, slots=True)
class AnsweredCase:
    """One case: each arm's first answer by arm id, and what each reader preferred: an answer's id, "tie" or "both bad".

    `number` counts from 1 in the study's order. By reader: `ratings` have the better answer's id or "tie" for each
    axis. `levels` are by ordinal scale, then by reader. `declined` are the readers outside whose field the case is.
    `repeat_preferences` and `repeat_ratings` are of second readings by the same reader. `tags` are the case's.
    """

    id: str
    number: int
    title: str
    kind: str
    specialty: str
    answers: Mapping[str, ScoredAnswer] = field(default_factory=dict)
    preferences: Mapping[str, str] = field(default_factory=dict)
    ratings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    repeat_preferences: Mapping[str, str] = field(default_factory=dict)
    repeat_ratings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    declined: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def readers(self) -> int:
        """How many readers have committed a reading of it."""
        return max((len(answer.readings) for answer in self.answers.values()), default=0)

    @property
    def repeat_readers(self) -> frozenset[str]:
        """The readers who read it twice."""
        return frozenset(reading.reader_id for answer in self.answers.values() for reading in answer.repeats)

    def in_order(self, arms: tuple[str, str]) -> tuple[ScoredAnswer | None, ScoredAnswer | None]:
        """Return the answers of two arms, by their ids; None if one is missing."""
        return self.answers.get(arms[0]), self.answers.get(arms[1])

    def read_both(self, arms: tuple[str, str]) -> bool:
        """Return whether both answers were read; a reader of a case reads both."""
        return all(answer is not None and answer.readings for answer in self.in_order(arms))

    def pair(self, arms: tuple[str, str]) -> str:
        """Return the cell of the two-by-two table that the case is in, with indeterminate counted as incorrect.

        It is "both", "first_only", "second_only" or "neither"; "" if an answer is not counted.
        """
        one, other = self.in_order(arms)
        if one is None or other is None or not (one.counts and other.counts):
            return ""
        if one.correct:
            return "both" if other.correct else "first_only"
        return "second_only" if other.correct else "neither"

    def lead(self, arms: tuple[str, str], axis: str = "") -> Lead | None:
        """Return which model more readers preferred, or rated better by an axis; None if no reader did either."""
        chosen = (
            [rated[axis] for rated in self.ratings.values() if axis in rated] if axis else self.preferences.values()
        )
        if not chosen:
            return None
        first, second = (
            sum(answer is not None and choice == answer.id for choice in chosen) for answer in self.in_order(arms)
        )
        return "even" if first == second else "first" if first > second else "second"

    def without_texts(self) -> AnsweredCase:
        """Return the case without the text of its answers, which a list of cases does not need."""
        return replace(
            self,
            answers={
                arm_id: replace(
                    answer,
                    text="",
                    reasoning="",
                    score=answer.score and replace(answer.score, chosen=None, reason="", evidence=()),
                    override=answer.override and replace(answer.override, reason=""),
                )
                for arm_id, answer in self.answers.items()
            },
        )


@dataclass(slots=True)
class _Reading:
    """A committed reading. Verdicts, confirmations and grades are by the ids of answers, scales then by them."""

    id: str
    reader_id: str
    repeat: bool
    outside_field: bool
    preference: str | None
    preferred_answer_id: str | None
    verdicts: Mapping[str, str]
    confirmations: Mapping[str, bool]
    grades: Mapping[str, int]
    ratings: Mapping[str, str | None]
    scales: Mapping[str, Mapping[str, int | None]]
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AnsweredStudy:
    """All cases in the study's order and all readers, registered ones and those for whom a file was made.

    `adjudicated` are the cases that an adjudicator has resolved, each with the adjudication as its one reading.
    `revisable` are the readings that were opened in a consensus round, and `first` are the cases with the readings as
    they were before it.
    """

    cases: tuple[AnsweredCase, ...]
    readers: tuple[ReaderProgress, ...]
    labels: LabelSet
    adjudicated: tuple[AnsweredCase, ...] = ()
    revisable: tuple[RevisableReading, ...] = ()
    first: tuple[AnsweredCase, ...] = ()


def answered_study(study: StudyFile, db: Snapshot, progress: Progress = untold) -> AnsweredStudy:
    """Return the study as one snapshot of its file shows it. Raises StudyFileError if a row was damaged."""
    labels = study.protocol.labels
    with intact(study.path, "its cases, answers or readings"):
        cases = tuple(answered_cases(db, labels, progress=progress))
        resolved = {adjudication.case_id: adjudication for adjudication in CurrentAdjudications(db).resolving()}
        adjudicated = tuple(_adjudicated(case, resolved[case.id]) for case in cases if case.id in resolved)
        revisable = tuple(revisable_readings(db))
        before = {one.reading.id: project(one.reading.first) for one in revisable}
        first = tuple(answered_cases(db, labels, before=before)) if before else cases
        return AnsweredStudy(cases, tuple(reader_progress(db)), labels, adjudicated, revisable, first)


def answered_cases(
    db: Snapshot,
    labels: LabelSet,
    case_ids: Sequence[str] | None = None,
    *,
    first: int = 1,
    before: Mapping[str, Projection] = MappingProxyType({}),
    progress: Progress = untold,
) -> Iterator[AnsweredCase]:
    """Yield cases in the study's order: all of them, or those of some ids with all their text.

    If all cases are wanted, texts that results do not need are empty, because they need memory: answers (save those
    of which a sentence was judged), reasoning, quotes, notes, the ids of annotations, and what a score says in words.
    Only then do readings have `words`.
    `first` is the number of the first case. Readings in `before`, by their ids, are taken from there.
    """
    whole = case_ids is None
    wanted = [row["id"] for row in db.execute(_CASE_IDS)] if case_ids is None else case_ids
    for done, some in enumerate(batched(wanted, _CASES_AT_ONCE)):
        progress("Reading cases", done * _CASES_AT_ONCE, len(wanted))
        yield from _page(db, labels, some, first, before, whole=whole)
        first += len(some)


def _page(
    db: Snapshot,
    labels: LabelSet,
    some: Sequence[str],
    first: int,
    before: Mapping[str, Projection],
    *,
    whole: bool,
) -> Iterator[AnsweredCase]:
    """Yield the cases of some ids as `answered_cases` does; `whole` says that all cases are wanted."""
    readings = _readings(db, some, before)
    annotations = _annotations(db, some, whole=whole)
    sentences = _sentences(db, some)
    criteria = _criteria(db, some)
    for reading in chain.from_iterable(readings.values()):
        if reading.id in before:
            _put_before(reading.id, before[reading.id], annotations, sentences, criteria)
    answers: dict[str, dict[str, ScoredAnswer]] = defaultdict(dict)

    def said_of(answer_id: str, case_id: str, text: str) -> Iterator[tuple[bool, AnswerReading]]:
        heeded = [reading for reading in readings.get(case_id, ()) if not reading.outside_field]
        # Words are needed to compare readings.
        marked_in = text if whole and len(heeded) > 1 else None
        for reading in heeded:
            place = (reading.id, answer_id)
            yield (
                reading.repeat,
                _answer_reading(
                    reading,
                    answer_id,
                    marked_in,
                    annotations.get(place, ()),
                    sentences.get(place, _NOTHING),
                    criteria.get(place, _NOTHING),
                    labels.omission.name,
                ),
            )

    for case_id, answer in _answers(db, some, said_of, whole=whole):
        answers[case_id][answer.arm_id] = answer
    rows = _rows(db, "SELECT id, title, kind, tags FROM cases WHERE 1", "id", some, "ORDER BY position")
    for number, row in enumerate(rows, start=first):
        own = readings.get(row["id"], ())
        heeded = [reading for reading in own if not reading.outside_field]
        unrepeated = [reading for reading in heeded if not reading.repeat]
        repeats = [reading for reading in heeded if reading.repeat]
        tags = tuple(json.loads(row["tags"]))
        yield AnsweredCase(
            id=row["id"],
            number=number,
            title=row["title"],
            kind=_shared(row["kind"]),
            specialty=next(iter(tags), ""),
            tags=tags,
            answers=answers[row["id"]],
            preferences=_preferences(unrepeated),
            ratings=_ratings(unrepeated),
            repeat_preferences=_preferences(repeats),
            repeat_ratings=_ratings(repeats),
            levels=_levels(unrepeated),
            declined=tuple([reading.reader_id for reading in own if reading.outside_field and not reading.repeat]),
        )


def _readings(db: Snapshot, some: Sequence[str], before: Mapping[str, Projection]) -> dict[str, list[_Reading]]:
    """Return the committed readings by case, in the order in which they were opened."""
    found: dict[str, list[_Reading]] = defaultdict(list)
    sql = f"SELECT {', '.join(_SAID)} FROM readings WHERE committed_at IS NOT NULL"
    for now in _rows(db, sql, "case_id", some, "ORDER BY opened_at, id"):
        earlier = before.get(now["id"])
        found[now["case_id"]].append(_reading(now if earlier is None else earlier.reading))
    return found


def _reading(row: Any) -> _Reading:
    # Rows have a text of their own for each of these, which most of them share.
    preferred = row["preferred_answer_id"]
    levels = {scale.name: row[scale.name] for scale in SCALES if row[scale.name] is not None}
    return _Reading(
        id=row["id"],
        reader_id=_shared(row["reader_id"]),
        repeat=bool(row["repeat"]),
        outside_field=bool(row["outside_field"]),
        preference=row["preference"] and _shared(row["preference"]),
        preferred_answer_id=preferred and _shared(preferred),
        verdicts={answer_id: _shared(said) for answer_id, said in _parsed(row["verdicts_by_answer"]).items()},
        confirmations=_parsed(row["diagnoses_by_answer"]),
        grades=_parsed(row["grades_by_answer"]),
        ratings=_parsed(row["ratings_by_answer"]),
        scales=_parsed(row["scale_ratings_by_answer"]),
        levels=levels or _NOTHING,
    )


def _parsed(text: str) -> Any:
    """Parse a column of a reading. Most are empty."""
    return _NOTHING if text == "{}" else json.loads(text)


def _put_before(
    reading_id: str,
    projection: Projection,
    annotations: dict[tuple[str, str], list[Marked]],
    sentences: dict[tuple[str, str], dict[Span, str]],
    criteria: dict[tuple[str, str], dict[str, str]],
) -> None:
    """Put what a reading said before in place of what it says now."""
    for said in (annotations, sentences, criteria):
        for key in [key for key in said if key[0] == reading_id]:
            del said[key]
    kept = [row for row in projection.annotations.values() if row["retracted_at"] is None]
    for row in sorted(kept, key=lambda row: (row["marked_at"], row["id"])):
        passage = None
        if row["passage_source"] is not None:
            where = row["passage_start"], row["passage_end"]
            passage = Passage(*where, "", row["passage_source"], row["passage_relation"])
        annotation = CountedAnnotation(**{name: row[name] for name in _PLACED}, passage=passage)
        annotations.setdefault((reading_id, row["answer_id"]), []).append(annotation)
    for row in sorted(projection.sentences.values(), key=lambda row: row["start"]):
        span = Span(row["start"], row["end"])
        sentences.setdefault((reading_id, row["answer_id"]), {})[span] = row["judgement"]
    for row in projection.criteria.values():
        criteria.setdefault((reading_id, row["answer_id"]), {})[row["criterion_id"]] = row["judgement"]


def _rows(db: Snapshot, sql: str, column: str, some: Sequence[str], order: str = "") -> Iterator[Any]:
    """Run a statement that ends with its conditions, for some cases by their ids."""
    wanted = marks(some)
    if column == "reading_id":
        # These tables have no index by case.
        wanted = f"(SELECT id FROM readings WHERE case_id IN {wanted})"
    return iter(db.execute(f"{sql} AND {column} IN {wanted} {order}", some))


def _answers(
    db: Snapshot,
    some: Sequence[str],
    said_of: Callable[[str, str, str], Iterable[tuple[bool, AnswerReading]]],
    *,
    whole: bool,
) -> Iterator[tuple[str, ScoredAnswer]]:
    """Yield each first answer with its case's id. `said_of` yields its readings, each with whether it is a repeat."""
    overrides = {
        row["answer_id"]: override_from_row(row)
        for row in _rows(db, "SELECT * FROM score_overrides WHERE 1", "case_id", some)
    }
    scores = dict(_scores(db, some, whole=whole))
    added: dict[str, dict[str, float]] = defaultdict(dict)
    for row in _rows(db, ADDED_MEASURES, "answers.case_id", some):
        added[row["answer_id"]] |= json.loads(row["measures"])
    rubrics = {
        row["id"]: parts_from_record(json.loads(row["parts"])).get("criteria", ())
        for row in _rows(db, "SELECT id, parts FROM cases WHERE kind = 'rubric'", "id", some)
    }
    reasoning = "''" if whole else "reasoning"
    for row in _rows(
        db,
        f"SELECT answers.id, case_id, arm_id, kind, answers.text, finish_reason, {reasoning} AS reasoning,"
        " json_extract(manifest, '$.retrieval') AS retrieval,"
        " json_quote(json_extract(cases.extra, '$.gold_passages')) AS gold"
        " FROM answers JOIN cases ON cases.id = case_id WHERE sample = 0",
        "case_id",
        some,
        "ORDER BY answers.rowid",
    ):
        text = row["text"]
        said = list(said_of(row["id"], row["case_id"], text))
        # Results need the texts of those answers alone of which readers judged sentences.
        kept = not whole or any(reading.sentences for _, reading in said)
        yield (
            row["case_id"],
            ScoredAnswer(
                # Rows have a text of their own for each of these, which most of them share.
                id=_shared(row["id"]),
                arm_id=_shared(row["arm_id"]),
                kind=_shared(row["kind"]),
                text=text if kept else "",
                words=len(text.split()),
                score=scores.get(row["id"]),
                override=overrides.get(row["id"]),
                readings=tuple([reading for repeat, reading in said if not repeat]),
                repeats=tuple([reading for repeat, reading in said if repeat]),
                finish_reason=_shared(row["finish_reason"]),
                reasoning=row["reasoning"],
                added_measures=added.get(row["id"], _NOTHING),
                retrieval=_given(row["retrieval"], row["gold"]),
                criteria=rubrics.get(row["case_id"], ()),
                characters=len(text),
            ),
        )


def _scores(db: Snapshot, some: Sequence[str], *, whole: bool) -> Iterator[tuple[str, Score]]:
    """Yield the id of each scored answer with its primary score."""
    for row in _rows(db, f"{PRIMARY_SCORES} WHERE 1", "answers.case_id", some):
        yield row["answer_id"], _counted_score(*[row[name] for name in _COUNTED]) if whole else score_from_row(row)


@lru_cache(maxsize=1024)
def _counted_score(
    scorer: str, version: str, outcome: Outcome, confidence: float | None, rank: int | None, measures: str
) -> Score:
    """Return what results need of a score, which many answers share. It must not be changed."""
    return Score(
        scorer, version, outcome, None, "", confidence=confidence, rank=rank, measures=dict(json.loads(measures))
    )


def _given(retrieval: str | None, gold: str) -> GivenPassages | None:
    passages = None if retrieval is None else given_passages({"retrieval": json.loads(retrieval)})
    if passages is None:
        return None
    wanted = gold_passages(json.loads(gold))
    return GivenPassages(len(passages), len(wanted), gold_given(wanted, passages))


def _answer_reading(
    reading: _Reading,
    answer_id: str,
    text: str | None,
    marked: Sequence[Marked],
    sentences: Mapping[Span, str],
    criteria: Mapping[str, str],
    omission: str,
) -> AnswerReading:
    """Return what a reading says of an answer, with the words that it marks in its text where that is given."""
    grade = reading.grades.get(answer_id)
    omissions = tuple([item for item in marked if item.category == omission])
    annotations = tuple([item for item in marked if item.category != omission] if omissions else marked)
    return AnswerReading(
        reader_id=reading.reader_id,
        verdict=reading.verdicts.get(answer_id),
        preferred=reading.preferred_answer_id == answer_id,
        confirms=reading.confirmations.get(answer_id),
        grade=None if grade is None else BondGrade(grade),
        annotations=annotations,
        omissions=omissions,
        sentences=sentences,
        scales={scale: levels[answer_id] for scale, levels in reading.scales.items() if answer_id in levels}
        or _NOTHING,
        criteria=criteria,
        words=0 if text is None else marked_words(text, located(annotations)),
    )


def _preferences(readings: Sequence[_Reading]) -> Mapping[str, str]:
    given = {one.reader_id: one.preferred_answer_id or one.preference for one in readings}
    return {reader_id: preferred for reader_id, preferred in given.items() if preferred} or _NOTHING


def _ratings(readings: Sequence[_Reading]) -> Mapping[str, Mapping[str, str]]:
    return {
        one.reader_id: {axis: better or "tie" for axis, better in one.ratings.items()}
        for one in readings
        if one.ratings
    } or _NOTHING


def _levels(readings: Sequence[_Reading]) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for one in readings:
        for scale, level in one.levels.items():
            found[scale][one.reader_id] = level
    return dict(found) or _NOTHING


def _annotations(db: Snapshot, some: Sequence[str], *, whole: bool) -> dict[tuple[str, str], list[Marked]]:
    """Return the annotations that were not retracted, by reading and answer, in the order of marking."""
    columns = 'reading_id, answer_id, place, start, "end", category, severity'
    columns += ", passage_source, passage_start, passage_end, passage_relation"
    columns += ", '' AS passage_quote" if whole else ", passage_quote, id, quote, basis, harm, certainty, note, label"
    found: dict[tuple[str, str], list[Marked]] = defaultdict(list)
    # Rows have texts and numbers of their own, most of which they share.
    offset = dict[int, int]().setdefault
    sql = f"SELECT {columns} FROM annotations WHERE retracted_at IS NULL"
    rows = _rows(db, sql, "reading_id", some, "ORDER BY marked_at, id")
    for reading_id, answer_id, place, start, end, category, severity, source, low, high, relation, said, *words in rows:
        counted = CountedAnnotation(
            _shared(place),
            offset(start, start),
            offset(end, end),
            _shared(category),
            _shared(severity),
            None if source is None else Passage(low, high, said, source, relation),
        )
        found[reading_id, answer_id].append(counted if whole else _annotation(counted, answer_id, *words))
    return found


def _annotation(
    counted: CountedAnnotation,
    answer_id: str,
    own_id: str,
    quote: str,
    basis: str | None,
    harm: str | None,
    certainty: str | None,
    note: str,
    label: str,
) -> Annotation:
    place, start, end, category, severity, passage = counted
    rated = (category, severity, basis, harm, certainty)
    return Annotation(own_id, answer_id, place, start, end, quote, *rated, note, passage, label)


def _sentences(db: Snapshot, some: Sequence[str]) -> dict[tuple[str, str], dict[Span, str]]:
    """Return the judgements of single sentences, by reading and answer, in the order of the text."""
    found: dict[tuple[str, str], dict[Span, str]] = defaultdict(dict)
    sql = 'SELECT reading_id, answer_id, start, "end", judgement FROM sentences WHERE 1'
    for row in _rows(db, sql, "reading_id", some, "ORDER BY start"):
        found[row["reading_id"], row["answer_id"]][Span(row["start"], row["end"])] = row["judgement"]
    return found


def _criteria(db: Snapshot, some: Sequence[str]) -> dict[tuple[str, str], dict[str, str]]:
    """Return the judgements of criteria by their ids, by reading and answer."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    sql = "SELECT reading_id, answer_id, criterion_id, judgement FROM criteria WHERE 1"
    for row in _rows(db, sql, "reading_id", some):
        found[row["reading_id"], row["answer_id"]][row["criterion_id"]] = row["judgement"]
    return found


def _adjudicated(case: AnsweredCase, adjudication: Adjudication) -> AnsweredCase:
    """Return a case with its adjudication in place of its readings."""
    if adjudication.resolution is None:
        raise ValueError("an adjudicated case has a resolution")
    held = adjudication.resolution.judgement(adjudication.answer_ids)
    sides = {answer_id: side for side, answer_id in adjudication.answer_ids.items()}
    answers = {}
    for arm_id, answer in case.answers.items():
        own = [annotation for annotation in held.annotations if annotation.answer_id == answer.id]
        reading = AnswerReading(
            reader_id=adjudication.adjudicator_id,
            verdict=held.verdicts.get(sides[answer.id]),
            annotations=tuple(item for item in own if item.in_answer),
            omissions=tuple(item for item in own if not item.in_answer),
            criteria={
                criterion_id: item.judgement
                for (answer_id, criterion_id), item in held.criteria.items()
                if answer_id == answer.id
            },
        )
        answers[arm_id] = replace(answer, readings=(reading,))
    choices: dict[str, str] = dict(adjudication.answer_ids.items())
    preference = held.preference
    preferences = {adjudication.adjudicator_id: choices.get(preference, preference)} if preference else {}
    return replace(case, answers=answers, preferences=preferences)

"""Every case of a study with what the scorer and the readers say of its answers: what results are counted from.

Readings that are not committed, and those whose reader declined the case, are in none of the lists. What a reader said
when a case came a second time, unmarked, stands apart from all else: it tells how far readers agree with themselves.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from doubleread.domain.adjudication import Adjudication
from doubleread.domain.bond import BondGrade
from doubleread.domain.labels import LabelSet
from doubleread.domain.score_override import ScoreOverride
from doubleread.domain.spans import Span
from doubleread.store import StudyFile
from doubleread.store.assignments import assigned_cases
from doubleread.store.branches.current_adjudications import CurrentAdjudications
from doubleread.store.log.adjudication_log import is_adjudicator
from doubleread.store.participation import withdrawn_readers
from doubleread.store.score_overrides import SUBJECT, override_from_row
from doubleread.store.scores import primary_scores
from doubleread.store.sqlite.connection import Snapshot
from doubleread.store.sqlite.faults import intact

_STATUS = {"correct": "correct", "proposed": "waiting"}
INDETERMINATE = frozenset({"unparsed", "refused", "truncated"})
"""What an answer can be that does not say what was asked."""

ADJUDICATOR = "adjudicator"
"""The role of those who review, and read only what they are assigned."""

Marked = tuple[str, str]
"""Category and severity of an annotation that was not retracted."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One committed reading of one answer. `spans` are the places of `annotations` in the answer's text, `at_spans`
    which annotation is at each.

    `names_key` is the reader's word on a free-text diagnosis, None where it was not given; `grade` how close it comes,
    where that was said. `sentences` holds what was said of single sentences.
    """

    reader_id: str
    verdict: str | None
    names_key: bool | None
    annotations: tuple[Marked, ...]
    omissions: tuple[Marked, ...]
    spans: tuple[Span, ...]
    at_spans: tuple[Marked, ...] = ()
    sentences: Mapping[Span, str] = field(default_factory=dict)
    grade: BondGrade | None = None


@dataclass(slots=True)
class JudgedAnswer:
    """One answer. `outcome` and `rank` are the scorer's; `outcome` is None where there is no score.

    `override` is what a person has reviewed of the score. It counts in place of the score, and of what readers say.
    `again` are the judgements of readers who got the case a second time.
    """

    id: str
    kind: str
    text: str
    words: int
    outcome: str | None
    rank: int | None
    override: ScoreOverride | None = None
    judgements: list[Judgement] = field(default_factory=list)
    again: list[Judgement] = field(default_factory=list)

    @property
    def status(self) -> str:
        """What the answer counts as: correct, incorrect, unparsed, refused, truncated, waiting, disputed or
        unscored.
        """
        if self.override is not None:
            return _STATUS.get(self.override.outcome, self.override.outcome)
        return self.automatic_status

    @property
    def automatic_status(self) -> str:
        """What it would count as had nobody reviewed its score: by the scorer, and for a diagnosis by its readers."""
        if self.kind == "diagnosis":
            said = {judgement.names_key for judgement in self.judgements} - {None}
            if said:
                return "disputed" if len(said) > 1 else "correct" if True in said else "incorrect"
        if self.outcome is None:
            return "unscored"
        return _STATUS.get(self.outcome, self.outcome)

    @property
    def correct(self) -> bool | None:
        """Whether it is right; None where it is indeterminate or not reviewed."""
        return {"correct": True, "incorrect": False}.get(self.status)

    @property
    def reviewed(self) -> bool:
        """Whether it counts in a proportion of right answers: it does not wait, and readers do not differ on it.

        An indeterminate answer to a diagnosis case counts once somebody has read the case. Before, those that the
        scorer proposes wait for a reader, and counting the others alone would make the model look worse than it is.
        """
        return self._counts(self.status, reviewed=self.override is not None)

    @property
    def counts_automatic(self) -> bool:
        """Whether it would count had nobody reviewed its score."""
        return self._counts(self.automatic_status, reviewed=False)

    def _counts(self, status: str, *, reviewed: bool) -> bool:
        if status in INDETERMINATE:
            return self.kind != "diagnosis" or reviewed or bool(self.judgements)
        return status in ("correct", "incorrect")

    @property
    def place(self) -> int | None:
        """The place at which it names the key's diagnosis, None where it does not: the scorer's, unless reviewed.

        A person who grades it 5 upholds the scorer's place, or says that its diagnosis is the key's where the scorer
        found none; one who says otherwise refutes a proposal, and leaves a name at a later place where it is.
        """
        # An early scorer told no place of what it proposed: the first.
        found = 1 if self.rank is None and self.outcome == "proposed" else self.rank
        if self.override is None or self.override.grade is None:
            return found
        if self.override.grade.same:
            return found or 1
        return None if found == 1 else found

    @property
    def grades(self) -> tuple[BondGrade, ...]:
        """The grades that its readers gave."""
        return tuple(judgement.grade for judgement in self.judgements if judgement.grade is not None)

    @property
    def grade(self) -> BondGrade | None:
        """How close its diagnosis comes: as reviewed, else as all its readers who graded it say; None if they
        differ.
        """
        if self.override is not None and self.override.grade is not None:
            return self.override.grade
        return self.grades[0] if len(set(self.grades)) == 1 else None

    @property
    def annotations(self) -> tuple[Marked, ...]:
        """All annotations in it that stand, by all its readers; omissions are apart."""
        return tuple(marked for judgement in self.judgements for marked in judgement.annotations)

    @property
    def omissions(self) -> tuple[Marked, ...]:
        """All omissions laid to it that stand, by all its readers."""
        return tuple(marked for judgement in self.judgements for marked in judgement.omissions)


@dataclass(slots=True)
class JudgedCase:
    """One case: its answers by model id, and what each reader preferred: an answer's id, "tie" or "both bad".

    `ratings` have, for each reader, the better answer's id or "tie" by axis. Those that end with `again` are of readers
    who got the case a second time.
    """

    id: str
    title: str
    kind: str
    specialty: str
    answers: dict[str, JudgedAnswer] = field(default_factory=dict)
    preferences: dict[str, str] = field(default_factory=dict)
    ratings: dict[str, dict[str, str]] = field(default_factory=dict)
    preferences_again: dict[str, str] = field(default_factory=dict)
    ratings_again: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def readers(self) -> int:
        """How many readers have judged it."""
        return max((len(answer.judgements) for answer in self.answers.values()), default=0)


@dataclass(frozen=True, slots=True)
class ReaderProgress:
    """How far one reader is. `left` counts the cases that this reader has still to commit: none once withdrawn.

    `outside_field` counts those of the committed readings whose reader declined the case; `active_seconds` is the time
    spent on all readings, without pauses.
    """

    reader_id: str
    opened: int
    committed: int
    outside_field: int
    left: int
    active_seconds: float
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class JudgedStudy:
    """All cases in the study's order and all readers, registered ones and those for whom a file was made.

    `adjudicated` are the cases that an adjudicator has reviewed, each with what is reviewed as its one judgement.
    """

    cases: tuple[JudgedCase, ...]
    readers: tuple[ReaderProgress, ...]
    labels: LabelSet
    adjudicated: tuple[JudgedCase, ...] = ()


def judged_study(study: StudyFile, db: Snapshot) -> JudgedStudy:
    """Return the study as one snapshot of its file shows it. Of an answer's scores the main one counts.

    Raises StudyFileError where a row is not what was written.
    """
    labels = study.protocol.labels
    with intact(study.path, "its cases, answers or readings"):
        cases = {
            row["id"]: JudgedCase(row["id"], row["title"], row["kind"], next(iter(json.loads(row["tags"])), ""))
            for row in db.execute("SELECT id, title, kind, tags FROM cases ORDER BY position")
        }
        answers = dict(_answers(db, cases))
        marked = _Marked(_annotations(db), _sentences(db), labels.omission.name)
        for reading in db.execute(
            "SELECT * FROM readings WHERE committed_at IS NOT NULL AND NOT outside_field ORDER BY opened_at, id"
        ):
            _add_reading(reading, cases[reading["case_id"]], answers, marked)
        reviewed = {adjudication.case_id: adjudication for adjudication in CurrentAdjudications(db).resolving()}
        adjudicated = tuple(_adjudicated(case, reviewed[case.id]) for case in cases.values() if case.id in reviewed)
        readers = tuple(reader_progress(db, len(cases)))
        return JudgedStudy(tuple(cases.values()), readers, labels, adjudicated)


def _adjudicated(case: JudgedCase, adjudication: Adjudication) -> JudgedCase:
    """Return a case with what is reviewed of it in the place of what its readers say."""
    if adjudication.override is None:
        raise ValueError("a case is reviewed by an override")
    held = adjudication.override.judgement(adjudication.answer_ids)
    sides = {answer_id: side for side, answer_id in adjudication.answer_ids.items()}
    answers = {}
    for model_id, answer in case.answers.items():
        own = [annotation for annotation in held.annotations if annotation.answer_id == answer.id]
        judgement = Judgement(
            reader_id=adjudication.adjudicator_id,
            verdict=held.verdicts.get(sides[answer.id]),
            names_key=None,
            annotations=tuple((item.category, item.severity) for item in own if item.place == "answer"),
            omissions=tuple((item.category, item.severity) for item in own if item.place == "case"),
            spans=tuple(item.span for item in own if item.place == "answer"),
        )
        answers[model_id] = replace(answer, judgements=[judgement])
    choices: dict[str, str] = dict(adjudication.answer_ids.items())
    preference = held.preference
    preferences = {adjudication.adjudicator_id: choices.get(preference, preference)} if preference else {}
    return replace(case, answers=answers, preferences=preferences)


def _answers(db: Snapshot, cases: Mapping[str, JudgedCase]) -> Iterator[tuple[str, JudgedAnswer]]:
    reviewed = {
        row["answer_id"]: override_from_row(row)
        for row in db.execute("SELECT * FROM adjudications WHERE subject = ?", [SUBJECT])
    }
    scores = {answer_id: (row["outcome"], row["rank"]) for answer_id, row in primary_scores(db).items()}
    for row in db.execute("SELECT id, case_id, model_id, text FROM answers"):
        case = cases[row["case_id"]]
        outcome, rank = scores.get(row["id"], (None, None))
        answer = JudgedAnswer(row["id"], case.kind, row["text"], len(row["text"].split()), outcome, rank)
        answer.override = reviewed.get(answer.id)
        case.answers[row["model_id"]] = answer
        yield answer.id, answer


def _annotations(db: Snapshot) -> dict[tuple[str, str], list[Any]]:
    """Return the rows of annotations that stand, by reading and answer."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in db.execute(
        'SELECT reading_id, answer_id, place, start, "end", category, severity FROM annotations'
        " WHERE retracted_at IS NULL ORDER BY marked_at, id"
    ):
        found[row["reading_id"], row["answer_id"]].append(row)
    return found


def _sentences(db: Snapshot) -> dict[tuple[str, str], dict[Span, str]]:
    """Return what was said of single sentences, by reading and answer, in the order of the text."""
    found: dict[tuple[str, str], dict[Span, str]] = defaultdict(dict)
    for row in db.execute('SELECT reading_id, answer_id, start, "end", judgement FROM sentences ORDER BY start'):
        found[row["reading_id"], row["answer_id"]][Span(row["start"], row["end"])] = row["judgement"]
    return found


@dataclass(frozen=True, slots=True)
class _Marked:
    """What was marked and judged in the answers, by reading and answer, and what an omission is called."""

    annotations: Mapping[tuple[str, str], list[Any]]
    sentences: Mapping[tuple[str, str], dict[Span, str]]
    omission: str


def _add_reading(reading: Any, case: JudgedCase, answers: Mapping[str, JudgedAnswer], found: _Marked) -> None:
    again = bool(reading["repeat"])
    verdicts, diagnoses = json.loads(reading["verdicts_by_answer"]), json.loads(reading["diagnoses_by_answer"])
    grades = json.loads(reading["grades_by_answer"])
    for answer_id in (reading["answer_a"], reading["answer_b"]):
        rows = found.annotations.get((reading["id"], answer_id), [])
        marked = [row for row in rows if row["category"] != found.omission]
        located = [row for row in marked if row["place"] == "answer"]
        answer = answers[answer_id]
        (answer.again if again else answer.judgements).append(
            Judgement(
                reader_id=reading["reader_id"],
                verdict=verdicts.get(answer_id),
                names_key=diagnoses.get(answer_id),
                annotations=tuple((row["category"], row["severity"]) for row in marked),
                omissions=tuple(
                    (row["category"], row["severity"]) for row in rows if row["category"] == found.omission
                ),
                spans=tuple(Span(row["start"], row["end"]) for row in located),
                at_spans=tuple((row["category"], row["severity"]) for row in located),
                sentences=found.sentences.get((reading["id"], answer_id), {}),
                grade=BondGrade(grades[answer_id]) if answer_id in grades else None,
            )
        )
    if preferred := reading["preferred_answer_id"] or reading["preference"]:
        (case.preferences_again if again else case.preferences)[reading["reader_id"]] = preferred
    if rated := json.loads(reading["ratings_by_answer"]):
        ratings = {axis: better or "tie" for axis, better in rated.items()}
        (case.ratings_again if again else case.ratings)[reading["reader_id"]] = ratings


def reader_progress(db: Snapshot, cases: int) -> Iterator[ReaderProgress]:
    """Yield how far each reader is, in the order of registration; `cases` says how many there are.

    Cases that come a second time, unmarked, are left to be read like the others, and count in nothing else. An
    adjudicator who neither was assigned cases nor has opened one is no reader. One who was withdrawn has nothing left
    to read, and what they have committed counts.
    """
    withdrawn = set(withdrawn_readers(db))
    assigned = {reader_id: len(items) for reader_id, items in assigned_cases(db).items()}
    rows = db.execute(
        "SELECT reader_id, coalesce(sum(repeat = 0), 0) AS opened,"
        " coalesce(sum(repeat = 0 AND committed_at IS NOT NULL), 0) AS committed, count(committed_at) AS done,"
        " coalesce(sum(repeat = 0 AND outside_field AND committed_at IS NOT NULL), 0) AS outside,"
        " coalesce(sum(active_seconds), 0.0) AS seconds, max(role) AS role"
        " FROM (SELECT id AS reader_id, registered_at, role FROM readers UNION"
        "  SELECT json_extract(body, '$.reader_id'), min(at), '' FROM events WHERE kind = 'study.split'"
        "   AND json_extract(body, '$.reader_id') NOT IN (SELECT id FROM readers) GROUP BY 1)"
        " LEFT JOIN readings USING (reader_id) GROUP BY reader_id ORDER BY min(registered_at), reader_id"
    )
    adjudicators = {row["id"] for row in db.execute("SELECT id, role FROM readers") if is_adjudicator(row["role"])}
    for row in rows:
        if row["reader_id"] in adjudicators - assigned.keys() and not row["opened"]:
            continue
        yield ReaderProgress(
            reader_id=row["reader_id"],
            opened=row["opened"],
            committed=row["committed"],
            outside_field=row["outside"],
            left=0 if row["reader_id"] in withdrawn else assigned.get(row["reader_id"], cases) - row["done"],
            active_seconds=row["seconds"],
            withdrawn=row["reader_id"] in withdrawn,
        )

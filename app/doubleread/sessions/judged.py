"""Every case of a study with what the scorer and the readers say of its answers: what results are counted from.

Readings that are not committed, and those whose reader declined the case, are in none of the lists. What a reader said
when a case came a second time, unmarked, stands apart from all else: it tells how far readers agree with themselves.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from doubleread.domain.labels import LabelSet
from doubleread.domain.spans import Span
from doubleread.store import StudyFile
from doubleread.store.assignments import assigned_cases
from doubleread.store.connection import Snapshot
from doubleread.store.faults import intact
from doubleread.store.scores import IS_MAIN

_STANDING = {"correct": "right", "proposed": "waiting"}
UNCLEAR = frozenset({"unparsed", "refused", "truncated"})
"""What an answer can be that does not say what was asked."""

Marked = tuple[str, str]
"""Category and severity of a finding that stands."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One committed reading of one answer. `spans` are the places of `findings` in the answer's text, `at_spans` which
    finding is at each.

    `names_key` is the reader's word on a free-text diagnosis, None where it was not given.
    """

    reader_id: str
    verdict: str | None
    names_key: bool | None
    findings: tuple[Marked, ...]
    omissions: tuple[Marked, ...]
    spans: tuple[Span, ...]
    at_spans: tuple[Marked, ...] = ()


@dataclass(slots=True)
class JudgedAnswer:
    """One answer. `outcome` and `rank` are the scorer's; `outcome` is None where there is no score.

    `again` are the judgements of readers who got the case a second time.
    """

    id: str
    kind: str
    text: str
    words: int
    outcome: str | None
    rank: int | None
    judgements: list[Judgement] = field(default_factory=list)
    again: list[Judgement] = field(default_factory=list)

    @property
    def standing(self) -> str:
        """What the answer counts as: right, wrong, unparsed, refused, truncated, waiting, disputed or unscored."""
        if self.kind == "diagnosis":
            said = {judgement.names_key for judgement in self.judgements} - {None}
            if said:
                return "disputed" if len(said) > 1 else "right" if True in said else "wrong"
        if self.outcome is None:
            return "unscored"
        return _STANDING.get(self.outcome, self.outcome)

    @property
    def right(self) -> bool | None:
        """Whether it is right; None where it is unclear or not settled."""
        return {"right": True, "wrong": False}.get(self.standing)

    @property
    def settled(self) -> bool:
        """Whether it counts in a share of right answers: it does not wait, and readers do not differ on it.

        An unclear answer to a diagnosis case counts once somebody has read the case. Before, those that the scorer
        proposes wait for a reader, and counting the others alone would make the model look worse than it is.
        """
        if self.standing in UNCLEAR:
            return self.kind != "diagnosis" or bool(self.judgements)
        return self.right is not None

    @property
    def findings(self) -> tuple[Marked, ...]:
        """All findings in it that stand, by all its readers; omissions are apart."""
        return tuple(marked for judgement in self.judgements for marked in judgement.findings)

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
    """How far one reader is. `left` counts the cases that this reader has still to commit.

    `outside_field` counts those of the committed readings whose reader declined the case; `active_seconds` is the time
    spent on all readings, without pauses.
    """

    reader_id: str
    opened: int
    committed: int
    outside_field: int
    left: int
    active_seconds: float


@dataclass(frozen=True, slots=True)
class JudgedStudy:
    """All cases in the study's order and all readers, registered ones and those for whom a file was made."""

    cases: tuple[JudgedCase, ...]
    readers: tuple[ReaderProgress, ...]
    labels: LabelSet


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
        findings = _findings(db)
        for reading in db.execute(
            "SELECT * FROM readings WHERE committed_at IS NOT NULL AND NOT outside_field ORDER BY opened_at, id"
        ):
            _add_reading(reading, cases[reading["case_id"]], answers, findings, labels.omission.name)
        return JudgedStudy(tuple(cases.values()), tuple(reader_progress(db, len(cases))), labels)


def _answers(db: Snapshot, cases: Mapping[str, JudgedCase]) -> Iterator[tuple[str, JudgedAnswer]]:
    scores = {
        row["answer_id"]: (row["outcome"], row["rank"])
        for row in db.execute(f"SELECT answer_id, outcome, rank FROM scores WHERE {IS_MAIN} ORDER BY id")
    }
    for row in db.execute("SELECT id, case_id, model_id, text FROM answers"):
        case = cases[row["case_id"]]
        outcome, rank = scores.get(row["id"], (None, None))
        answer = JudgedAnswer(row["id"], case.kind, row["text"], len(row["text"].split()), outcome, rank)
        case.answers[row["model_id"]] = answer
        yield answer.id, answer


def _findings(db: Snapshot) -> dict[tuple[str, str], list[Any]]:
    """Return the rows of findings that stand, by reading and answer."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in db.execute(
        'SELECT reading_id, answer_id, place, start, "end", category, severity FROM findings'
        " WHERE retracted_at IS NULL ORDER BY marked_at, id"
    ):
        found[row["reading_id"], row["answer_id"]].append(row)
    return found


def _add_reading(
    reading: Any,
    case: JudgedCase,
    answers: Mapping[str, JudgedAnswer],
    findings: Mapping[tuple[str, str], list[Any]],
    omission: str,
) -> None:
    again = bool(reading["repeat"])
    verdicts, diagnoses = json.loads(reading["verdicts_by_answer"]), json.loads(reading["diagnoses_by_answer"])
    for answer_id in (reading["answer_a"], reading["answer_b"]):
        rows = findings.get((reading["id"], answer_id), [])
        marked = [row for row in rows if row["category"] != omission]
        located = [row for row in marked if row["place"] == "answer"]
        answer = answers[answer_id]
        (answer.again if again else answer.judgements).append(
            Judgement(
                reader_id=reading["reader_id"],
                verdict=verdicts.get(answer_id),
                names_key=diagnoses.get(answer_id),
                findings=tuple((row["category"], row["severity"]) for row in marked),
                omissions=tuple((row["category"], row["severity"]) for row in rows if row["category"] == omission),
                spans=tuple(Span(row["start"], row["end"]) for row in located),
                at_spans=tuple((row["category"], row["severity"]) for row in located),
            )
        )
    if preferred := reading["preferred_answer_id"] or reading["preference"]:
        (case.preferences_again if again else case.preferences)[reading["reader_id"]] = preferred
    if rated := json.loads(reading["ratings_by_answer"]):
        ratings = {axis: better or "tie" for axis, better in rated.items()}
        (case.ratings_again if again else case.ratings)[reading["reader_id"]] = ratings


def reader_progress(db: Snapshot, cases: int) -> Iterator[ReaderProgress]:
    """Yield how far each reader is, in the order of registration; `cases` says how many there are.

    Cases that come a second time, unmarked, are left to be read like the others, and count in nothing else.
    """
    assigned = {reader_id: len(turns) for reader_id, turns in assigned_cases(db).items()}
    rows = db.execute(
        "SELECT reader_id, coalesce(sum(repeat = 0), 0) AS opened,"
        " coalesce(sum(repeat = 0 AND committed_at IS NOT NULL), 0) AS committed, count(committed_at) AS done,"
        " coalesce(sum(repeat = 0 AND outside_field AND committed_at IS NOT NULL), 0) AS outside,"
        " coalesce(sum(active_seconds), 0.0) AS seconds"
        " FROM (SELECT id AS reader_id, registered_at FROM readers UNION"
        "  SELECT json_extract(body, '$.reader_id'), min(at) FROM events WHERE kind = 'study.split'"
        "   AND json_extract(body, '$.reader_id') NOT IN (SELECT id FROM readers) GROUP BY 1)"
        " LEFT JOIN readings USING (reader_id) GROUP BY reader_id ORDER BY min(registered_at), reader_id"
    )
    for row in rows:
        yield ReaderProgress(
            reader_id=row["reader_id"],
            opened=row["opened"],
            committed=row["committed"],
            outside_field=row["outside"],
            left=assigned.get(row["reader_id"], cases) - row["done"],
            active_seconds=row["seconds"],
        )

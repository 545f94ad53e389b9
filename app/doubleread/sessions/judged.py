"""Every answer of a study with what the scorer and the readers say of it: the rows that results are counted from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doubleread.store import StudyFile

_READINGS = "SELECT reader_id, preference, outside_field, committed_at, repeat FROM readings"
_STANDING = {"correct": "right", "proposed": "waiting"}


@dataclass(slots=True)
class JudgedAnswer:
    """One answer. Lists have one entry for each committed reading of it whose reader did not decline the case.

    `outcome` is the scorer's, None where there is no score. `findings` are (category, severity) of all that stand;
    `findings_each` and `omissions_each` count them by reading. `confirmations` are the readers' words on a diagnosis.
    """

    id: str
    case_id: str
    model_id: str
    kind: str
    words: int
    outcome: str | None
    readings: list[str] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)
    findings_each: list[int] = field(default_factory=list)
    omissions_each: list[int] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    confirmations: list[bool] = field(default_factory=list)
    preferred: int = 0

    @property
    def standing(self) -> str:
        """What the answer counts as: right, wrong, unparsed, refused, truncated, waiting, disputed or unscored."""
        if self.kind == "diagnosis" and self.confirmations:
            if len(set(self.confirmations)) > 1:
                return "disputed"
            return "right" if self.confirmations[0] else "wrong"
        if self.outcome is None:
            return "unscored"
        return _STANDING.get(self.outcome, self.outcome)


@dataclass(frozen=True, slots=True)
class ReadingCounts:
    """How far the readers are. `still_reading` maps those who are not done to the number of cases they have left."""

    readers: int
    opened: int
    committed: int
    outside_field: int
    preferences: Mapping[str, int]
    still_reading: Mapping[str, int]


def judged_answers(study: StudyFile) -> list[JudgedAnswer]:
    """Return all answers in the study's order. Where an answer has several scores, the last one counts."""
    rows = study.connection.rows(
        "SELECT answers.id, answers.case_id, answers.model_id, answers.text, cases.kind,"
        " (SELECT outcome FROM scores WHERE answer_id = answers.id ORDER BY scores.id DESC LIMIT 1) AS outcome"
        " FROM answers JOIN cases ON cases.id = answers.case_id JOIN models ON models.id = answers.model_id"
        " ORDER BY cases.position, models.position"
    )
    answers = {
        row["id"]: JudgedAnswer(
            row["id"], row["case_id"], row["model_id"], row["kind"], len(row["text"].split()), row["outcome"]
        )
        for row in rows
    }
    marked = _marked(study)
    omission = study.protocol.labels.omission.name
    for reading in study.connection.rows(
        "SELECT * FROM readings WHERE committed_at IS NOT NULL AND NOT outside_field AND repeat = 0"
        " ORDER BY opened_at, id"
    ):
        verdicts, diagnoses = json.loads(reading["verdicts_by_answer"]), json.loads(reading["diagnoses_by_answer"])
        for answer_id in (reading["answer_a"], reading["answer_b"]):
            found = marked.get((reading["id"], answer_id), [])
            omissions = sum(category == omission for category, _ in found)
            _judge(answers[answer_id], reading, found, omissions, verdicts, diagnoses)
    return list(answers.values())


def _judge(
    answer: JudgedAnswer,
    reading: Any,
    findings: list[tuple[str, str]],
    omissions: int,
    verdicts: Mapping[str, str],
    diagnoses: Mapping[str, bool],
) -> None:
    answer.readings.append(reading["id"])
    answer.findings.extend(findings)
    answer.findings_each.append(len(findings) - omissions)
    answer.omissions_each.append(omissions)
    if answer.id in verdicts:
        answer.verdicts.append(verdicts[answer.id])
    if answer.id in diagnoses:
        answer.confirmations.append(diagnoses[answer.id])
    answer.preferred += reading["preferred_answer_id"] == answer.id


def _marked(study: StudyFile) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return (category, severity) of the findings that stand, by (reading id, answer id)."""
    marked: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in study.connection.rows(
        "SELECT reading_id, answer_id, category, severity FROM findings"
        " WHERE retracted_at IS NULL ORDER BY marked_at, id"
    ):
        marked[row["reading_id"], row["answer_id"]].append((row["category"], row["severity"]))
    return marked


def reading_counts(study: StudyFile) -> ReadingCounts:
    """Count readers and readings. What a reader reads again is only part of what they have left."""
    committed_by = dict.fromkeys(study.readers(), 0)
    opened = committed = outside = 0
    preferences = {"tie": 0, "both bad": 0, "none given": 0}
    for row in study.connection.rows(_READINGS):
        again = row["repeat"] > 0
        opened += not again
        if row["committed_at"] is None:
            continue
        committed_by[row["reader_id"]] += 1
        if again:
            continue
        committed += 1
        if row["outside_field"]:
            outside += 1
        elif row["preference"] not in ("A", "B"):
            preferences[row["preference"] or "none given"] += 1
    turns = {reader: len(study.turns(reader)) for reader in committed_by}
    still = {reader: turns[reader] - done for reader, done in committed_by.items() if done < turns[reader]}
    return ReadingCounts(len(committed_by), opened, committed, outside, preferences, still)

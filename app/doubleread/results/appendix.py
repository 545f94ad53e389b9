"""Every case with both answers and all annotations: the data behind a report's figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from doubleread.domain.case import Case
from doubleread.domain.redaction import redacted, redacted_quote
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.read_model.blinding import Blinding, blinding_of
from doubleread.read_model.redactions import Redactions
from doubleread.results import CaseOutcome, Results
from doubleread.store import StudyFile
from doubleread.store.records import case_from_row, score_from_row
from doubleread.store.score_overrides import SUBJECT, override_from_row
from doubleread.store.scores import primary_score
from doubleread.store.sqlite.connection import Snapshot
from doubleread.store.sqlite.faults import intact

_PAGE = 100


@dataclass(frozen=True, slots=True)
class ShownAnnotation:
    """An annotation of a committed reading that stands. `label` is the one that its reader saw, such as "A1"."""

    label: str
    reader_id: str
    in_case: bool
    span: Span
    quote: str
    category: str
    severity: str
    ratings: tuple[str, ...]
    note: str
    passage: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One model's answer with its primary score, what each reader said of it, and all annotations in it.

    `said` holds reader, verdict (or ""), whether it names the key's diagnosis (or None), and its grade (or None).
    `reviewed` says what a person decided about the score, and who; it is empty where nobody did.
    """

    text: str
    reasoning: str
    finish_reason: str
    status: str
    score: Score | None
    said: tuple[tuple[str, str, bool | None, int | None], ...]
    annotations: tuple[ShownAnnotation, ...]
    reviewed: str = ""


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case with both answers in the order of the results; None where one is missing.

    While models must not be named, `labels` holds a label of each answer's own, and the order is drawn for each case.
    `preferred` holds reader and "first", "second", "tie" or "both bad"; `declined` are the readers outside whose field
    the case lies.
    """

    number: int
    case: Case
    outcome: CaseOutcome
    answers: tuple[ShownAnswer | None, ShownAnswer | None]
    preferred: tuple[tuple[str, str], ...]
    declined: tuple[str, ...]
    labels: tuple[str, str] | None = None


def shown_cases(study: StudyFile, results: Results) -> Iterator[ShownCase]:
    """Yield all cases in the study's order, some at a time, so that a large study needs little memory.

    A reading that is not committed shows nothing. While models must not be named, words by which answers name them are
    redacted, reasoning is left out, and no two answers can be laid to the same model. Raises StudyFileError where the
    file cannot be read.
    """
    redactions = None if results.blindness.named else Redactions(study)
    blinding = blinding_of(study)
    for start in range(0, len(results.by_case), _PAGE):
        outcomes = results.by_case[start : start + _PAGE]
        with study.connection.snapshot() as db, intact(study.path, "its cases, answers or annotations"):
            page = list(_page(db, start, outcomes))
        yield from (
            page if redactions is None else (_drawn(_redacted(study, redactions, shown), blinding) for shown in page)
        )


def _redacted(study: StudyFile, redactions: Redactions, shown: ShownCase) -> ShownCase:
    def side(answer_id: str | None, held: ShownAnswer | None) -> ShownAnswer | None:
        if answer_id is None or held is None:
            return held
        answer = study.answer(answer_id)
        spans = redactions.spans(answer, shown.case)
        return replace(
            held,
            text=redacted(held.text, spans),
            reasoning="",
            score=redactions.score(held.score, shown.case, answer, spans) if held.score else None,
            annotations=tuple(
                replace(
                    item,
                    quote=item.quote if item.in_case else redacted_quote(item.quote, item.span.start, spans),
                    note=redactions.about(item.note, shown.case, answer, spans),
                )
                for item in held.annotations
            ),
            reviewed=redactions.about(held.reviewed, shown.case, answer, spans),
        )

    first, second = map(side, shown.outcome.answer_ids, shown.answers)
    return replace(shown, answers=(first, second))


def _drawn(shown: ShownCase, blinding: Blinding) -> ShownCase:
    """Return a case with its answers in the drawn order, each under a label of its own."""
    swapped = blinding.swapped(shown.case.id)
    names = {"first": "second", "second": "first"} if swapped else {}
    ids = blinding.in_drawn_order(shown.case.id, shown.outcome.answer_ids)
    first, second = ("no answer" if answer_id is None else blinding.label(answer_id) for answer_id in ids)
    return replace(
        shown,
        answers=blinding.in_drawn_order(shown.case.id, shown.answers),
        preferred=tuple((reader, names.get(choice, choice)) for reader, choice in shown.preferred),
        labels=(first, second),
    )


def _page(db: Snapshot, start: int, outcomes: Sequence[CaseOutcome]) -> Iterator[ShownCase]:
    for number, outcome in enumerate(outcomes, start=start + 1):
        row = db.execute("SELECT * FROM cases WHERE id = ?", [outcome.case_id]).fetchone()
        readings = db.execute(
            "SELECT * FROM readings WHERE case_id = ? AND committed_at IS NOT NULL AND repeat = 0"
            " ORDER BY opened_at, id",
            [outcome.case_id],
        ).fetchall()
        heeded = [reading for reading in readings if not reading["outside_field"]]
        names = dict(zip(outcome.answer_ids, ("first", "second"), strict=True))
        first, second = (
            _answer(db, answer_id, status, heeded) if answer_id else None
            for answer_id, status in zip(outcome.answer_ids, outcome.status, strict=True)
        )
        yield ShownCase(
            number=number,
            case=case_from_row(row),
            outcome=outcome,
            answers=(first, second),
            preferred=tuple(
                (reading["reader_id"], names.get(reading["preferred_answer_id"]) or str(reading["preference"]))
                for reading in heeded
                if reading["preference"]
            ),
            declined=tuple(reading["reader_id"] for reading in readings if reading["outside_field"]),
        )


def _answer(db: Snapshot, answer_id: str, status: str, readings: Sequence[Any]) -> ShownAnswer:
    row = db.execute("SELECT text, reasoning, finish_reason FROM answers WHERE id = ?", [answer_id]).fetchone()
    score = primary_score(db, answer_id)
    return ShownAnswer(
        text=row["text"],
        reasoning=row["reasoning"],
        finish_reason=row["finish_reason"],
        status=status,
        score=score_from_row(score) if score else None,
        said=tuple(
            (
                reading["reader_id"],
                json.loads(reading["verdicts_by_answer"]).get(answer_id, ""),
                json.loads(reading["diagnoses_by_answer"]).get(answer_id),
                json.loads(reading["grades_by_answer"]).get(answer_id),
            )
            for reading in readings
        ),
        annotations=tuple(_annotations(db, answer_id, {reading["id"]: reading["reader_id"] for reading in readings})),
        reviewed=_reviewed(db, answer_id),
    )


def _reviewed(db: Snapshot, answer_id: str) -> str:
    row = db.execute("SELECT * FROM adjudications WHERE subject = ? AND answer_id = ?", [SUBJECT, answer_id]).fetchone()
    if row is None:
        return ""
    held = override_from_row(row)
    why = f" ({held.reason})" if held.reason else ""
    return f"{held.adjudicator_id}: {held.said}, {held.outcome}{why}"


def _annotations(db: Snapshot, answer_id: str, readers: dict[str, str]) -> Iterator[ShownAnnotation]:
    rows = db.execute(
        "SELECT * FROM annotations WHERE answer_id = ? AND retracted_at IS NULL"
        " ORDER BY place = 'case', start, \"end\", marked_at, id",
        [answer_id],
    )
    for row in rows:
        if row["reading_id"] not in readers:
            continue
        in_case = row["place"] == "case"
        yield ShownAnnotation(
            label=row["label"],
            reader_id=readers[row["reading_id"]],
            in_case=in_case,
            span=Span(row["start"], row["end"]),
            quote=row["quote"],
            category=row["category"],
            severity=row["severity"],
            ratings=tuple(
                f"{name}: {row[column]}"
                for name, column in (("basis", "basis"), ("harm", "harm"), ("certainty", "certainty"))
                if row[column]
            ),
            note=row["note"],
            passage=row["passage_quote"] or "",
        )

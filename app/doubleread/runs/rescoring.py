"""Score answers again after a change of the scorer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doubleread.domain.score import Score
from doubleread.parallel import Helpers
from doubleread.progress import Progress, untold
from doubleread.scoring import score
from doubleread.store import StudyFile
from doubleread.store.answer_store import CaseToScore
from doubleread.store.records import case_from_row, score_from_row, score_row

Chunk = tuple[Mapping[str, Any], list[tuple[str, str]]]
"""The row of a case, and text and finish reason of each of its answers."""

_WRITTEN_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """An answer whose outcome has changed; `before` is None if it had none."""

    case_id: str
    arm: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Rescored:
    """How many answers were scored, and which results changed.

    `under_overrides` are answers whose outcome or choice is no longer what a person overrode; `before` is the outcome
    at that time. An override still counts.
    """

    scored: int
    changes: tuple[Change, ...]
    under_overrides: tuple[Change, ...] = ()


def score_again(study: StudyFile, progress: Progress = untold) -> Rescored:
    """Score every answer of a study again, and replace the scores that differ.

    Alternative scores stay as they are: they come from the model, not from the answer. What was scored is written in
    steps; when this returns, all of it is in the file.
    """
    names = {arm.id: arm.name for arm in study.arms()}
    overrides = study.overrides.all()
    total = study.answers.count()
    changes: list[Change] = []
    under: list[Change] = []
    waiting: list[tuple[str, list[Score]]] = []
    seen = scored = 0
    pages: deque[list[CaseToScore]] = deque()

    def chunks() -> Iterator[list[Chunk]]:
        for page in study.answers.to_score():
            pages.append(page)
            yield [(case.row, [(answer.text, answer.finish_reason) for answer in case.answers]) for case in page]

    with Helpers() as helpers:
        for rows in helpers.map(score_rows, chunks()):
            answers = [(case, answer) for case in pages.popleft() for answer in case.answers]
            for (case, answer), row in zip(answers, rows, strict=True):
                seen += 1
                if row is None:
                    continue
                scored += 1
                new = score_from_row(row)
                case_id, arm = case.case.id, names[answer.arm_id]
                held = overrides.get(answer.id)
                if held is not None and not held.fits(new):
                    under.append(Change(case_id, arm, held.scored_outcome, new.outcome))
                if list(answer.scores) == [new]:
                    continue
                waiting.append((answer.id, [new]))
                before = answer.scores[0].outcome if answer.scores else None
                if before != new.outcome:
                    changes.append(Change(case_id, arm, before, new.outcome))
            if len(waiting) >= _WRITTEN_AT_ONCE:
                study.answers.replace_all_scores(waiting)
                waiting.clear()
            progress("Scoring", seen, total)
    if waiting:
        study.answers.replace_all_scores(waiting)
    return Rescored(scored, tuple(changes), tuple(under))


def score_rows(cases: list[Chunk]) -> list[dict[str, Any] | None]:
    """Return the row of the score of each answer, of one case after the other; None if only people judge it."""
    rows: list[dict[str, Any] | None] = []
    for row, answers in cases:
        case = case_from_row(row)
        for text, finish_reason in answers:
            new = score(text, case, finish_reason)
            rows.append(None if new is None else score_row("", new))
    return rows

"""Answers that were made elsewhere, as JSON Lines: `case_id` and `text` on each line, and what else is known.

| field | what |
|---|---|
| case_id | the case's id in the study |
| text | the answer, kept as it stands to the character |
| thinking | what a reasoning model wrote before its answer, kept apart and never scored |
| finish_reason | "stop", or "length" where the answer was cut off at its longest; stop where it is left out |
| started_at, finished_at | ISO 8601 with a time zone, where known |

Every other field is kept beside the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from doubleread.cases.json_lines import json_type, read_lines
from doubleread.cases.problems import Problem, read_bytes

FINISH_REASONS = ("stop", "length")
_KNOWN = ("case_id", "text", "thinking", "finish_reason", "started_at", "finished_at")


@dataclass(frozen=True, slots=True)
class ForeignAnswer:
    """One answer as it stands in the file. Times are ISO 8601, empty where unknown; `extra` are the other fields."""

    line: int
    case_id: str
    text: str
    thinking: str
    finish_reason: str
    started_at: str
    finished_at: str
    extra: Mapping[str, Any]


def answers_and_problems(path: Path) -> tuple[list[ForeignAnswer], list[Problem]]:
    """Read a file of answers, and name every problem of every line.

    Raises CaseFileError where the file cannot be read at all.
    """
    file = str(path)
    answers: list[ForeignAnswer] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for line in read_lines(read_bytes(path), file):
        problems.extend(line.problems)
        if line.record is None:
            continue
        found = list(_problems(line.record, file, line.number))
        problems.extend(found)
        if found or line.problems:
            continue
        answer = _answer(line.record, line.number)
        if answer.case_id in first:
            message = f'the case "{answer.case_id}" has an answer already, in line {first[answer.case_id]}; keep one'
            problems.append(Problem(file, line.number, "case_id", message))
        first.setdefault(answer.case_id, line.number)
        answers.append(answer)
    if not answers and not problems:
        problems.append(Problem(file, 0, "", "the file has no answers"))
    return answers, problems


def _answer(record: Mapping[str, Any], number: int) -> ForeignAnswer:
    return ForeignAnswer(
        line=number,
        case_id=record["case_id"],
        text=record["text"],
        thinking=record.get("thinking", ""),
        finish_reason=record.get("finish_reason", "stop"),
        started_at=record.get("started_at", ""),
        finished_at=record.get("finished_at", ""),
        extra={name: value for name, value in record.items() if name not in _KNOWN},
    )


def _problems(record: Mapping[str, Any], file: str, number: int) -> Iterator[Problem]:
    checks: tuple[tuple[str, bool, Callable[[str], str] | None], ...] = (
        ("case_id", True, lambda value: "" if value else "is empty"),
        ("text", True, None),
        ("thinking", False, None),
        ("finish_reason", False, _wrong_reason),
        ("started_at", False, _wrong_time),
        ("finished_at", False, _wrong_time),
    )
    for name, needed, wrong in checks:
        if name not in record:
            if needed:
                yield Problem(file, number, name, "is missing")
        elif not isinstance(record[name], str):
            yield Problem(file, number, name, f"is {json_type(record[name])}; it must be a text")
        elif wrong is not None and (message := wrong(record[name])):
            yield Problem(file, number, name, message)


def _wrong_reason(value: str) -> str:
    if value in FINISH_REASONS:
        return ""
    return f'is "{value[:40]}"; write "stop", "length" for an answer that was cut off, or leave it out'


def _wrong_time(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return f'"{value[:40]}" is no time such as 2026-01-31T12:00:00Z'
    return "" if moment.tzinfo is not None else f'"{value}" does not say its time zone; add Z for UTC'

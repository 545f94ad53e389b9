"""External answers: what a file says of each, whatever its format, and what must hold of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import msgspec

from doubleread.cases.fields import Complaint, wrong_fields
from doubleread.cases.json_lines import quoted
from doubleread.cases.problems import Problem


class AnswerRecord(msgspec.Struct):
    """The fields of one answer."""

    case_id: str | int
    text: str
    reasoning: str = ""
    finish_reason: Literal["stop", "length", "content_filter"] = "stop"
    started_at: str = ""
    finished_at: str = ""
    sample: int = 0


FIELDS = AnswerRecord.__struct_fields__


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer on its way from a file: the fields of `AnswerRecord` and others, or None if `problems` says why not.

    Logs of other programs also say what was asked: `asked` is the question as it was put, and `options` are its options
    by letter. `end_known` is whether the file says why the answer ended; our own files leave out "stop". `names` maps
    our fields to the source's. `recorded` are entries of the answer's manifest.
    """

    number: int
    record: Mapping[str, Any] | None
    problems: tuple[Problem, ...] = ()
    unit: str = "line"
    asked: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    end_known: bool = True
    names: Mapping[str, str] = field(default_factory=dict)
    recorded: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForeignAnswer:
    """One answer as it is in the file; a time or a finish reason is empty if unknown. `extra` are the other fields.

    `named` is the `case_id` as the file has it, which may be the original id of the case, or empty if the case is named
    by what was `asked` alone. `name_field` is the field that names the case, for problems.
    """

    line: int
    case_id: str
    named: str
    text: str
    reasoning: str
    finish_reason: str
    started_at: str
    finished_at: str
    sample: int
    extra: Mapping[str, Any]
    unit: str = "line"
    asked: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    name_field: str = "case_id"
    recorded: Mapping[str, Any] = field(default_factory=dict)

    def to_case(self, case_id: str) -> ForeignAnswer:
        """Return the answer as that to a case of the study."""
        return replace(self, case_id=case_id)

    def problem(self, file: str, name: str, message: str) -> Problem:
        """Return a problem of this answer."""
        return Problem(file, self.line, name, message, self.case_id, unit=self.unit)


def checked_answers(lines: Iterable[AnswerLine], file: str) -> tuple[list[ForeignAnswer], list[Problem]]:
    """Return the answers of the good lines, and every problem of every line.

    Several lines with one `case_id` are left to `repeated`.
    """
    answers: list[ForeignAnswer] = []
    problems: list[Problem] = []
    for line in lines:
        problems.extend(line.problems)
        if line.record is None:
            continue
        case_id = line.record.get("case_id")
        known_id = str(case_id) if isinstance(case_id, str | int) and not isinstance(case_id, bool) else ""
        found = [
            Problem(file, line.number, line.names.get(name, name), message, known_id, unit=line.unit)
            for name, message in _complaints(line.record, asked=bool(line.asked))
        ]
        problems.extend(found)
        if not found and not line.problems:
            answers.append(_answer(line))
    if not answers and not problems:
        problems.append(Problem(file, 0, "", "the file contains no answers"))
    return answers, problems


def _answer(line: AnswerLine) -> ForeignAnswer:
    record = line.record or {}
    read = msgspec.structs.asdict(msgspec.convert(record, AnswerRecord))
    case_id = str(read["case_id"])
    return ForeignAnswer(
        line=line.number,
        named=case_id,
        extra={name: value for name, value in record.items() if name not in read},
        unit=line.unit,
        asked=line.asked,
        options=line.options,
        name_field=line.names.get("case_id", "case_id"),
        recorded=line.recorded,
        **{**read, "case_id": case_id, "finish_reason": read["finish_reason"] if line.end_known else ""},
    )


def repeated(answers: list[ForeignAnswer], file: str) -> tuple[list[ForeignAnswer], list[Problem]]:
    """Return the only answer to each case and sample, and a problem for every line of one that has several. Of
    identical lines, the first counts.
    """
    by_case: dict[tuple[str, int], list[ForeignAnswer]] = defaultdict(list)
    for answer in answers:
        by_case[answer.case_id, answer.sample].append(answer)
    kept: list[ForeignAnswer] = []
    problems: list[Problem] = []
    for (case_id, _), several in by_case.items():
        unit = several[0].unit
        if all((item.text, item.reasoning) == (several[0].text, several[0].reasoning) for item in several):
            kept.append(several[0])
            several = several[1:]
            what = f"has this answer already, in {unit}"
            others = {item.line: [kept[-1].line] for item in several}
        else:
            what = f"has another answer in {unit}"
            others = {item.line: [other.line for other in several if other is not item][:1] for item in several}
        for item in several:
            message = f'the case "{case_id}" {what} {others[item.line][0]}; keep one'
            problems.append(item.problem(file, item.name_field, message))
    return sorted(kept, key=lambda item: item.line), problems


def _complaints(record: Mapping[str, Any], *, asked: bool) -> list[Complaint]:
    complaints = list(wrong_fields(record, AnswerRecord, "every answer"))
    if isinstance(case_id := record.get("case_id"), str) and not case_id.strip() and not asked:
        complaints.append(("case_id", "is empty; write the id of the case"))
    if isinstance(sample := record.get("sample"), int) and sample < 0:
        complaints.append(("sample", f"must be 0 or more, but is {sample}"))
    for name in ("started_at", "finished_at"):
        complaints += ((name, message) for message in _wrong_time(record.get(name)))
    return complaints


def _wrong_time(value: Any) -> Iterator[str]:
    if not isinstance(value, str) or not value:
        return
    try:
        if datetime.fromisoformat(value).tzinfo is None:
            yield f"{quoted(value)} has no time zone; add Z for UTC"
    except ValueError:
        yield f"{quoted(value)} is not a time such as 2026-01-31T12:00:00Z"

"""Import external answers: all valid lines of a file in one step, or none."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doubleread.cases.answers_file import ForeignAnswer, answers_and_problems, repeated
from doubleread.cases.case_ids import CaseNames
from doubleread.cases.problems import Problem, expect_usable
from doubleread.cases.record import ORIGINAL_ID
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.left_out import left_out_record
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.domain.times import iso_utc
from doubleread.file_hash import file_sha256
from doubleread.runs.imported_reasoning import SplitAnswer, split_answer
from doubleread.runs.saving import scores_of
from doubleread.store import StudyFile

_SIMILAR = 100
"""Unknown ids that are compared with all of the study's: each comparison takes a while."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of importing a file.

    `added` answers are new in the study, `same` ones existed; `missing` are the model's answers that the study still
    lacks. Of the new ones, `reasoned` had reasoning split off, and `unfinished` never ended it. `left_out` lists every
    problem of the skipped lines; `suspects` maps cases to what looks like a reasoning marker in an answer.
    """

    added: int
    same: int
    missing: int
    reasoned: int
    unfinished: int
    left_out: tuple[Problem, ...]
    suspects: Mapping[str, tuple[str, ...]]


def import_answers(
    study: StudyFile, file: Path, arm: Arm, *, skip_bad: bool = False, columns: Mapping[str, str] | None = None
) -> Imported:
    """Add a file's answers to one of the study's models, scored, in one step.

    `columns` maps fields to the columns of a table, where their names differ.

    An identical existing answer is skipped, so the same file can be imported again. Raises CaseFileError naming every
    problem if a line is bad, names an unknown case, or differs from an existing answer; with `skip_bad` such lines are
    left out and recorded in the study's log.
    """
    answers, problems = answers_and_problems(file, columns)
    known, unknown, hint = _named(study, answers, str(file))
    numbered, beyond = _within(known, study.protocol.samples, str(file))
    single, several = repeated(numbered, str(file))
    split, refused = _split(single, study.protocol.reasoning, str(file))
    added, same, clashes = _to_add(study, split, arm, str(file))
    problems = sorted([*problems, *unknown, *beyond, *several, *refused, *clashes], key=lambda problem: problem.line)
    expect_usable(problems, len(added) + same, title="Nothing imported", skip_bad=skip_bad, hint=hint)
    now = iso_utc(datetime.now(UTC))
    source = {"file": file.name, "sha256": file_sha256(file), "at": now}
    made = [(_answer(item, arm, source), item) for item in added]
    about = {
        "arm_id": arm.id,
        **source,
        "added": len(made),
        "same": same,
        "reasoned": sum(item.format != "" for item in added),
        **left_out_record([problem.as_record() for problem in problems]),
    }
    study.answers.record_all(
        [(answer, scores_of(study, answer)) for answer, _ in made],
        about=about if made or problems else None,
    )
    return Imported(
        added=len(made),
        same=same,
        missing=sum(arm_id == arm.id for _, arm_id, _ in study.missing_samples()),
        reasoned=sum(item.format != "" for item in added),
        unfinished=sum(not item.closed for item in added),
        left_out=tuple(problems),
        suspects={item.given.case_id: item.suspects for item in added if item.suspects},
    )


def _named(
    study: StudyFile, answers: Sequence[ForeignAnswer], file: str
) -> tuple[list[ForeignAnswer], list[Problem], str]:
    """Return the answers by the study's case ids, the problems of the others, and a hint about those."""
    names = CaseNames((case.id, str(case.extra.get(ORIGINAL_ID) or "")) for case in study.cases())
    found: list[ForeignAnswer] = []
    unknown: list[ForeignAnswer] = []
    for item in answers:
        case_id = names.meant(item.case_id)
        if case_id is None:
            unknown.append(item)
        else:
            found.append(item.to_case(case_id))
    problems = [
        Problem(file, item.line, "case_id", names.why_not(item.case_id, similar=number < _SIMILAR), item.case_id)
        for number, item in enumerate(unknown)
    ]
    return found, problems, names.systematic([item.case_id for item in unknown])


def _within(answers: Sequence[ForeignAnswer], samples: int, file: str) -> tuple[list[ForeignAnswer], list[Problem]]:
    """Return the answers that the protocol asks for, and a problem for each whose sample is too large."""
    most = f"must be below {samples}, because the protocol has samples = {samples}"
    problems = [Problem(file, item.line, "sample", most, item.case_id) for item in answers if item.sample >= samples]
    return [item for item in answers if item.sample < samples], problems


def _split(
    answers: Sequence[ForeignAnswer], own: Sequence[OwnMarkers], file: str
) -> tuple[list[SplitAnswer], list[Problem]]:
    """Split off reasoning, by the published markers and the study's own ones."""
    split: list[SplitAnswer] = []
    problems: list[Problem] = []
    for item in answers:
        found = split_answer(item, own)
        if isinstance(found, str):
            problems.append(Problem(file, item.line, "text", found, item.case_id))
        else:
            split.append(found)
    return split, problems


def _to_add(
    study: StudyFile, answers: Sequence[SplitAnswer], arm: Arm, file: str
) -> tuple[list[SplitAnswer], int, list[Problem]]:
    """Return the new answers, the number of existing ones, and a problem for each that differs."""
    added: list[SplitAnswer] = []
    same = 0
    problems: list[Problem] = []
    for item in answers:
        case_id, sample = item.given.case_id, item.given.sample
        own = (answer for answer in study.answers.all_of_case(case_id) if answer.arm_id == arm.id)
        existing = next((answer for answer in own if answer.sample == sample), None)
        if existing is None:
            added.append(item)
        elif existing.text == item.text:
            same += 1
        else:
            which = f" for sample {sample}" if sample else ""
            message = f'{arm.name} already has a different answer to "{case_id}"{which}, and answers never change'
            problems.append(Problem(file, item.given.line, "text", message, case_id))
    return added, same, problems


def _answer(item: SplitAnswer, arm: Arm, source: dict[str, str]) -> Answer:
    given = item.given
    # The time of the import is not that of the answer: what the file does not say stays unknown.
    times = {"started_at": _utc(given.started_at), "finished_at": _utc(given.finished_at)}
    manifest: dict[str, Any] = {
        "imported": source,
        "finish_reason": item.finish_reason,
        **{name: time for name, time in times.items() if time},
        **({"given_case_id": given.named} if given.named != given.case_id else {}),
        **({"given": given.extra} if given.extra else {}),
        **({"sample": given.sample} if given.sample else {}),
        **item.entries(),
    }
    return Answer(
        id=str(uuid.uuid4()),
        case_id=given.case_id,
        arm_id=arm.id,
        text=item.text,
        reasoning=item.reasoning,
        sample=given.sample,
        **times,
        finish_reason="length" if item.finish_reason == "length" else "imported",
        manifest=manifest,
    )


def _utc(time: str) -> str:
    """Return a time in UTC; "" if the file does not give it."""
    return iso_utc(datetime.fromisoformat(time).astimezone(UTC)) if time else ""

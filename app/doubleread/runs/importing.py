"""Import external answers: all valid lines of a file in one step, or none."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doubleread.cases.answer_formats import read_answers
from doubleread.cases.answers import ForeignAnswer, repeated
from doubleread.cases.asked import AskedCases
from doubleread.cases.case_ids import CaseNames
from doubleread.cases.problems import Problem, expect_usable
from doubleread.cases.record import ORIGINAL_ID
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.left_out import left_out_record
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.domain.times import iso_utc
from doubleread.errors import WrongSettingsError
from doubleread.file_hash import file_sha256
from doubleread.read_model.blinding import blinding_of
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
    problem of the skipped lines; `suspects` maps cases to what looks like a reasoning marker in an answer. `format` is
    the file's.
    """

    added: int
    same: int
    missing: int
    reasoned: int
    unfinished: int
    left_out: tuple[Problem, ...]
    suspects: Mapping[str, tuple[str, ...]]
    format: str


def arm_named(study: StudyFile, name: str) -> Arm:
    """Return the arm of this name. Raises WrongSettingsError, which names the arms if the study may."""
    known = {arm.name: arm for arm in study.arms()}
    if name not in known:
        named = blinding_of(study).named
        remedy = f"use {' or '.join(known)}" if named else "use the name that the arm has in the study"
        raise WrongSettingsError("Unknown arm", f'the study has no arm "{name}"', remedy)
    return known[name]


def import_answers(
    study: StudyFile,
    file: Path,
    arm: Arm,
    *,
    skip_bad: bool = False,
    format_name: str = "",
    columns: Mapping[str, str] | None = None,
) -> Imported:
    """Add a file's answers to one of the study's models, scored, in one step.

    `format_name` is a name in `ANSWER_FORMATS`; by default, the format is recognised. `columns` maps fields to the
    columns of a table, where their names differ.

    An identical existing answer is skipped, so the same file can be imported again. Raises CaseFileError naming every
    problem if a line is bad, names an unknown case, or differs from an existing answer; with `skip_bad` such lines are
    left out and recorded in the study's log.
    """
    read = read_answers(file, format_name, columns)
    known, unknown, hint = _named(study, read.answers, str(file))
    numbered, beyond = _within(known, study.protocol.samples, str(file))
    single, several = repeated(numbered, str(file))
    split, refused = _split(single, study.protocol.reasoning, str(file))
    added, same, clashes = _to_add(study, split, arm, str(file))
    problems = sorted(
        [*read.problems, *unknown, *beyond, *several, *refused, *clashes], key=lambda problem: problem.line
    )
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
        format=read.format,
    )


def _named(
    study: StudyFile, answers: Sequence[ForeignAnswer], file: str
) -> tuple[list[ForeignAnswer], list[Problem], str]:
    """Return the answers by the study's case ids, the problems of the others, and a hint about those."""
    cases = list(study.cases())
    names = CaseNames((case.id, str(case.extra.get(ORIGINAL_ID) or "")) for case in cases)
    asked = AskedCases(cases) if any(item.asked for item in answers) else None
    found: list[ForeignAnswer] = []
    unknown: list[ForeignAnswer] = []
    problems: list[Problem] = []
    for item in answers:
        by_id = names.meant(item.named) if item.named else None
        by_question = asked.meant(item.asked) if asked and item.asked and by_id is None else []
        case_id = by_id or (by_question[0] if len(by_question) == 1 else None)
        differs = asked.differs(case_id, item.asked, item.options) if asked and case_id else ""
        if differs:
            named = f'the case "{case_id}" of the study {differs}, so that its answers cannot be compared'
            problems.append(item.problem(file, item.name_field, named))
        elif case_id is not None:
            found.append(item.to_case(case_id))
        elif len(by_question) > 1:
            several = f"{len(by_question)} cases of the study ask this, {' and '.join(by_question[:2])} among them"
            problems.append(item.problem(file, item.name_field, f"{several}; name the case by its id"))
        else:
            unknown.append(item)
    for number, item in enumerate(unknown):
        why = (
            names.why_not(item.named, similar=number < _SIMILAR)
            if item.named
            else "the study has no case with this question"
        )
        why += " (nor is its question that of a case)" if item.named and item.asked else ""
        problems.append(item.problem(file, item.name_field, why))
    return found, problems, names.systematic([item.named for item in unknown])


def _within(answers: Sequence[ForeignAnswer], samples: int, file: str) -> tuple[list[ForeignAnswer], list[Problem]]:
    """Return the answers that the protocol asks for, and a problem for each whose sample is too large."""
    most = f"must be below {samples}, because the protocol has samples = {samples}"
    problems = [item.problem(file, "sample", most) for item in answers if item.sample >= samples]
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
            problems.append(item.problem(file, "text", found))
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
            problems.append(item.given.problem(file, "text", message))
    return added, same, problems


def _answer(item: SplitAnswer, arm: Arm, source: dict[str, str]) -> Answer:
    given = item.given
    # The time of the import is not that of the answer: what the file does not say stays unknown.
    times = {"started_at": _utc(given.started_at), "finished_at": _utc(given.finished_at)}
    manifest: dict[str, Any] = {
        **given.recorded,
        "imported": source,
        **({"finish_reason": item.finish_reason} if item.finish_reason else {}),
        **{name: time for name, time in times.items() if time},
        **({"given_case_id": given.named} if given.named not in ("", given.case_id) else {}),
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

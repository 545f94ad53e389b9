"""Taking answers into a study that were made elsewhere: all of a file, or none."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from doubleread.cases.answers_file import ForeignAnswer, answers_and_problems
from doubleread.cases.problems import Problem
from doubleread.domain.answer import Answer
from doubleread.domain.model import Model
from doubleread.domain.times import iso_utc
from doubleread.domain.wording import plural
from doubleread.errors import CaseFileError
from doubleread.file_hash import file_sha256
from doubleread.scoring import score
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: answers taken in, answers that were there already, and those the study still misses."""

    added: int
    same: int
    missing: int


def import_answers(study: StudyFile, file: Path, model: Model) -> Imported:
    """Take a file's answers in as those of one of the study's models, scored, in one step.

    An answer that is there to the letter is passed over, so the same file can be given again. Raises CaseFileError,
    naming every problem, where a line is bad, names an unknown case, or has another text than an answer that is there.
    """
    answers, problems = answers_and_problems(file)
    added, clashes = _to_add(study, answers, model, str(file))
    problems = sorted([*problems, *clashes], key=lambda problem: problem.line)
    if problems:
        raise CaseFileError(
            "Nothing imported",
            f"{plural(len(problems), 'problem')} in {file}",
            "put them right and try again",
            problems=tuple(map(str, problems)),
        )
    source = {"file": file.name, "sha256": file_sha256(file), "at": iso_utc(datetime.now(UTC))}
    made = [_answer(item, model, source) for item in added]
    study.record_answers(
        [(answer, [score(answer.text, study.case(answer.case_id), item.finish_reason)]) for answer, item in made]
    )
    missing = sum(model_id == model.id for _, model_id in study.missing_answers())
    return Imported(len(made), len(answers) - len(made), missing)


def _to_add(
    study: StudyFile, answers: Sequence[ForeignAnswer], model: Model, file: str
) -> tuple[list[ForeignAnswer], list[Problem]]:
    known = set(study.case_ids())
    added: list[ForeignAnswer] = []
    problems: list[Problem] = []
    for item in answers:
        if item.case_id not in known:
            message = f'the study has no case "{item.case_id}"'
            problems.append(Problem(file, item.line, "case_id", message))
            continue
        there = study.answers_of(item.case_id).get(model.id)
        if there is None:
            added.append(item)
        elif there.text != item.text:
            message = f'{model.name} has another answer to "{item.case_id}" already, and answers never change'
            problems.append(Problem(file, item.line, "text", message))
    return added, problems


def _answer(item: ForeignAnswer, model: Model, source: dict[str, str]) -> tuple[Answer, ForeignAnswer]:
    # The time of the import is not that of the answer: what the file does not say stays unknown.
    times = {"started_at": _utc(item.started_at), "finished_at": _utc(item.finished_at)}
    manifest = {
        "imported": source,
        "finish_reason": item.finish_reason,
        **{name: time for name, time in times.items() if time},
        **({"given": item.extra} if item.extra else {}),
    }
    answer = Answer(
        id=str(uuid.uuid4()),
        case_id=item.case_id,
        model_id=model.id,
        text=item.text,
        thinking=item.thinking,
        **times,
        finish_reason="length" if item.finish_reason == "length" else "imported",
        manifest=manifest,
    )
    return answer, item


def _utc(time: str) -> str:
    return iso_utc(datetime.fromisoformat(time).astimezone(UTC)) if time else ""

"""LongHealth (github kbressem/LongHealth): questions about the long records of fictional patients.

One JSON object: patient id -> `texts` (name -> text), `name`, `birthday`, `diagnosis`, and `questions`, each with `No`,
`question`, `answer_a` to `answer_e`, `correct` (the text of an option) and `answer_location` (names of the texts that
contain the answer). Each question becomes a case of kind "choice" without a text: its documents are the texts.

| task | documents | options | key |
|---|---|---|---|
| 1 | all texts of the patient; those with the answer are needed | A to E | the correct one |
| 2 | those with the answer, which are needed, and `DISTRACTORS` texts of other patients | A to F | the correct one |
| 3 | `DISTRACTORS` texts of other patients | A to F | F: the documents do not answer the question |

The texts of other patients are chosen by a seed, for each question. The line of a problem counts the questions of
the file from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubleread.cases.case_file import CaseFile
from doubleread.cases.json_lines import json_type, lone_surrogates, quoted
from doubleread.cases.problems import Problem
from doubleread.cases.record import Pack, Row
from doubleread.domain.hashes import text_sha256
from doubleread.domain.longhealth import LongHealthTask, task_tag

DISTRACTORS = 10
"""How many texts of other patients tasks 2 and 3 add."""

UNANSWERABLE = "Question cannot be answered with provided documents"
_LETTERS = "ABCDE"
_FIELDS = frozenset({"No", "question", "correct", *(f"answer_{letter.lower()}" for letter in _LETTERS)})

Complaint = tuple[str, str]
"""A field's name, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A question as the file has it; `row` counts those of the file."""

    row: int
    patient: str
    fields: Mapping[str, Any]
    number: int | str


def longhealth_pack(source: CaseFile, *, task: LongHealthTask = 1, seed: int = 1) -> Pack:
    """Return the questions of a LongHealth file as cases for one of its three tasks, and every problem."""
    file = source.name
    if source.problems:
        return Pack(file, (), (), tuple(source.problems))
    try:
        patients, twice = source.one_object()
    except ValueError as error:
        return _refused(file, str(error))
    if twice:
        return _refused(file, f"{quoted(twice[0][0])} {twice[0][1]}")
    if not isinstance(patients, dict) or not patients:
        return _refused(file, "must be one object from patient ids to patients, as LongHealth's benchmark_v5.json is")
    if broken := next(lone_surrogates(patients, ""), ""):
        shown = broken.encode("utf-8", "backslashreplace").decode("utf-8")[:200]
        return _refused(file, f"{shown} holds half a surrogate pair (\\ud800-\\udfff); write the character")
    texts: dict[str, dict[str, str]] = {}
    for patient_id, patient in patients.items():
        found = patient.get("texts") if isinstance(patient, dict) else None
        if not isinstance(found, dict) or not found or not all(_is_text(one) for one in found.values()):
            return _refused(file, f"{quoted(patient_id)} has no `texts`, an object from names to texts")
        if not isinstance(patient.get("questions"), list):
            return _refused(file, f"{quoted(patient_id)} has no list of `questions`")
        texts[patient_id] = found
    return source.pack(_row(question, patients, texts, task, seed, file) for question in _questions(patients))


def _refused(file: str, message: str) -> Pack:
    return Pack(file, (), (), (Problem(file, 0, "", message),))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _questions(patients: Mapping[str, Mapping[str, Any]]) -> Iterator[_Question]:
    row = 0
    for patient_id, patient in patients.items():
        for position, question in enumerate(patient["questions"]):
            row += 1
            fields = question if isinstance(question, dict) else {}
            number = fields.get("No", position)
            yield _Question(row, patient_id, fields, number if isinstance(number, int | str) else position)


def _row(
    question: _Question,
    patients: Mapping[str, Mapping[str, Any]],
    texts: Mapping[str, Mapping[str, str]],
    task: LongHealthTask,
    seed: int,
    file: str,
) -> Row:
    case_id = f"{task_tag(task)}-{question.patient}-{question.number}"
    options: dict[str, Any] = {letter: question.fields.get(f"answer_{letter.lower()}") for letter in _LETTERS}
    located = question.fields.get("answer_location")
    complaints = list(_complaints(question.fields, options, texts[question.patient], task))
    if complaints:
        where = f"{question.patient}, question {question.number}"
        problems = tuple(
            Problem(file, question.row, f"{where}, {name}", message, case_id) for name, message in complaints
        )
        return Row(question.row, None, problems)
    needed = [name for name in texts[question.patient] if name in (located or {})]
    own = dict.fromkeys(needed, True) if task > 1 else {name: name in needed for name in texts[question.patient]}
    documents = [
        {"id": f"{question.patient}-{name}", "text": texts[question.patient][name], "needed": is_needed}
        for name, is_needed in (own.items() if task < 3 else ())
    ]
    if task > 1:
        documents += _distractors(question.patient, texts, f"{seed} {case_id}")
        options["F"] = UNANSWERABLE
    correct = question.fields["correct"].strip()
    patient = patients[question.patient]
    record = {
        "id": case_id,
        "kind": "choice",
        "text": "",
        "question": question.fields["question"],
        "options": options,
        "key": "F" if task == 3 else next(letter for letter in _LETTERS if options[letter].strip() == correct),
        "documents": [_plain(document) for document in documents],
        "tags": [task_tag(task)],
        "title": f"{patient.get('name') or question.patient}, question {question.number}",
        "source": f"LongHealth, {Path(file).name}",
        "patient": {"id": question.patient, **{name: patient.get(name) for name in ("name", "birthday", "diagnosis")}},
        "correct": question.fields["correct"],
        "seed": seed,
        **{name: value for name, value in question.fields.items() if name not in _FIELDS},
    }
    return Row(question.row, record)


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not False}


def _distractors(patient: str, texts: Mapping[str, Mapping[str, str]], seed: str) -> list[dict[str, Any]]:
    """Return texts of other patients, the same ones for the same seed on every machine."""
    others = {f"{other}-{name}": text for other, own in texts.items() if other != patient for name, text in own.items()}
    chosen = sorted(others, key=lambda name: text_sha256(f"{seed}\n{name}"))[:DISTRACTORS]
    return [{"id": name, "text": others[name]} for name in chosen]


def _complaints(
    fields: Mapping[str, Any], options: Mapping[str, Any], texts: Mapping[str, str], task: LongHealthTask
) -> Iterator[Complaint]:
    if not fields:
        yield "question", "must be an object"
        return
    if not _is_text(fields.get("question")):
        yield "question", "is missing or empty"
    missing = [letter for letter, option in options.items() if not _is_text(option)]
    for letter in missing:
        yield f"answer_{letter.lower()}", "is missing or empty"
    if not missing:
        yield from _unclear_key(fields.get("correct"), options)
    located = fields.get("answer_location")
    if not isinstance(located, dict | None):
        yield "answer_location", f"must be an object from names of texts, but is {json_type(located)}"
        return
    for name in located or {}:
        if name not in texts:
            yield "answer_location", f"{quoted(name)} is none of the patient's texts ({', '.join(texts)})"
    if task == 2 and not located:
        yield "answer_location", "is missing or empty; task 2 needs the texts that contain the answer"


def _unclear_key(correct: Any, options: Mapping[str, str]) -> Iterator[Complaint]:
    """Yield a complaint unless exactly one option has the key's text, apart from blanks around it."""
    if not _is_text(correct):
        yield "correct", "is missing or empty; it holds the text of the correct option"
        return
    found = [letter for letter, option in options.items() if option.strip() == correct.strip()]
    if not found:
        within = [letter for letter, option in options.items() if correct.strip() in option]
        hint = f"; option {within[0]} contains it, but is longer" if within else ""
        yield "correct", f"{quoted(correct)} is not the text of any option{hint}"
    elif len(found) > 1:
        yield "correct", f"{quoted(correct)} is the text of the options {' and '.join(found)}"

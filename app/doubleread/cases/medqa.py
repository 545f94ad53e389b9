"""MedQA and its relatives in JSON Lines, as the medagents benchmark ships them.

One object per line: `question` (vignette and question in one), `options` (an object of letters or a list), `answer_idx`
(a letter, or a position from 0) and `answer` (the option's text), which must agree; `realidx` or `id` if any. Of what
medagents adds, `reason` or `answer_rationale` is the explanation, and `subject` or `category` a tag. Options "n/a",
which fill up a fixed number, are left out. Everything else is kept as an unknown field.

lm-evaluation-harness reads MedQA from GBaker/MedQA-USMLE-4-options-hf on Hugging Face, which has `sent1`, `ending0` to
`ending3` and `label`, a position from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from doubleread.cases.case_file import CaseFile
from doubleread.cases.choices import by_letter, option_at, without_placeholders
from doubleread.cases.foreign import Layout, Source, text_of
from doubleread.cases.json_lines import json_type
from doubleread.cases.keys import KeyRefusedError, agreed_option
from doubleread.cases.problems import Problem
from doubleread.cases.questions import ask
from doubleread.cases.record import Pack, Row

_NAMES = {"question": "question", "text": "question", "key": "answer_idx"}
_EXTRAS = {"explanation": ("reason", "answer_rationale"), "tags": ("subject", "category")}


def medqa_pack(source: CaseFile) -> Pack:
    """Return the items of a MedQA file as cases of kind "choice", and every problem.

    The id is `realidx` or `id` as the file has it, or else the file's stem with the line's number.
    """
    return source.pack(_rows(source))


def _rows(source: CaseFile) -> Iterator[Row]:
    for line in source.lines():
        if line.record is None:
            yield Row(line.number, None, line.problems, {}, line.unit, line.file)
            continue
        record, complaints = _native(line.record, source.id_of(line), Path(source.name).name)
        own = tuple(
            Problem(line.file or source.name, line.number, name, message, record.get("id", ""), unit=line.unit)
            for name, message in complaints
        )
        names = {**_NAMES, "id": "realidx" if line.record.get("realidx") is not None else "id"}
        yield Row(line.number, None if own else record, (*line.problems, *own), names, line.unit, line.file)


def _native(source: Mapping[str, Any], without_id: str, file: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return an item as a native record, and (field, message) for what is wrong; then the record has only the id."""
    complaints: list[tuple[str, str]] = []
    name = next((name for name in ("realidx", "id") if source.get(name) is not None), "")
    number = source[name] if name else without_id
    if not isinstance(number, str | int) or isinstance(number, bool):
        complaints.append((name, f"must be a number or a text, but is {json_type(number)}"))
        number = ""
    question = source.get("question")
    if not isinstance(question, str) or not question.strip():
        complaints.append(("question", "is missing or empty; it holds the vignette and the question"))
        question = ""
    options = source.get("options")
    if isinstance(options, list) and len(options) <= len(ascii_uppercase):
        options = dict(zip(ascii_uppercase, options, strict=False))
    key = ""
    if not isinstance(options, dict) or not options:
        complaints.append(("options", "must be an object with letters or a list of 2 to 26 texts"))
    else:
        index = source.get("answer_idx")
        try:
            key = agreed_option(index, source.get("answer"), options)
        except KeyRefusedError as error:
            complaints.append(("answer" if index is None and source.get("answer") else "answer_idx", str(error)))
    if complaints or not isinstance(options, dict):
        return {"id": str(number)}, complaints
    record = {
        "id": str(number),
        "kind": "choice",
        "options": without_placeholders(options, key),
        "key": key,
        "source": file,
    }
    ask(record, question)
    used = {"question", "options", "answer_idx", "answer", "realidx", "id"}
    for field, names in _EXTRAS.items():
        if name := next((name for name in names if isinstance(source.get(name), str) and source[name].strip()), ""):
            record[field] = [source[name]] if field == "tags" else source[name]
            used.add(name)
    record.update({name: value for name, value in source.items() if name not in used and name not in record})
    return record, []


_ENDINGS = ("ending0", "ending1", "ending2", "ending3")


def _refine(source: Source, record: dict[str, Any]) -> None:
    ask(record, text_of(source, "sent1"))
    record["options"] = by_letter([text_of(source, name) for name in _ENDINGS], _ENDINGS[0])
    record["key"] = option_at(source, "label", record["options"])


MEDQA_ENDINGS = Layout(
    "json",
    {"id": "id", "text": "sent1"},
    {"kind": "choice", "source": "MedQA (Jin et al. 2020)"},
    _refine,
    also=(*_ENDINGS, "label"),
    optional=("id",),
    used=frozenset({*_ENDINGS, "label", "sent2"}),
)

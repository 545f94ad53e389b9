"""MedQA and its relatives in JSON Lines, as the medagents benchmark ships them.

One object a line: `question` (vignette and question in one), `options` (an object of letters or a list), `answer_idx`
(a letter, or a position from 0) and `answer` (the option's text), which must agree; `realidx` or `id` if any.
Everything else is kept as an unknown field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from doubleread.cases.case_file import CaseFile
from doubleread.cases.json_lines import json_type
from doubleread.cases.keys import KeyRefusedError, agreed_option
from doubleread.cases.problems import Problem
from doubleread.cases.record import Pack, Row
from doubleread.domain.spans import sentences

FALLBACK_QUESTION = "Which option is best?"

_ASKS = re.compile(
    r"\b(?:which|what|who|whom|whose|why|how|when|where)\b.*\bfollowing\b|^(?:which|what|how|why)\b", re.I
)
_CLOSING = "\"'\u201d\u2019)"
_MISSED_BREAK = re.compile(r"[.)]\s+(?=(?:Which|What) )")
_NAMES = {"question": "question", "text": "question", "key": "answer_idx"}


def split_question(whole: str) -> tuple[str, str]:
    """Return (vignette, question) of an examination item: the last sentence that asks, and everything around it.

    If tables or an abstract follow the question, they go to the vignette. If nothing asks, the last sentence is
    taken, since unfinished stems ("... is most at risk for:") end there. If there is one sentence only, it is the
    vignette, and the question becomes `FALLBACK_QUESTION`.
    """
    text = whole.strip()
    if text.endswith('"') and text.count('"') % 2:
        text = text[:-1].rstrip()
    spans = sentences(text)
    if len(spans) < 2 and not _MISSED_BREAK.search(text):
        return text, FALLBACK_QUESTION
    asking = [span for span in spans if span.of(text).rstrip(_CLOSING).endswith("?")]
    if not asking or spans[-1].of(text).endswith(":"):
        asking = [span for span in spans if _ASKS.search(span.of(text))] or [spans[-1]]
    chosen = asking[-1]
    missed = list(_MISSED_BREAK.finditer(text, chosen.start, chosen.end))
    start = missed[-1].end() if missed else chosen.start
    question = text[start : chosen.end]
    if question.endswith('"') and question.count('"') == 1:
        question = question[:-1]
    before, after = text[:start].rstrip(), text[chosen.end :].strip()
    return "\n".join(part for part in (before, after) if part), question


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
    if complaints:
        return {"id": str(number)}, complaints
    text, asked = split_question(question)
    used = {"question", "options", "answer_idx", "answer", "realidx", "id"}
    record = {
        "id": str(number),
        "kind": "choice",
        "text": text,
        "question": asked,
        "options": options,
        "key": key,
        "source": file,
    }
    record.update({name: value for name, value in source.items() if name not in used and name not in record})
    return record, []

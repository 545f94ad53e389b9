"""MedQA and its relatives in JSON Lines, as the medagents benchmark ships them.

One object a line: `question` (vignette and question in one), `options` (an object of letters or a list), `answer_idx`
(a letter, or a position from 0) and `answer` (the option's text); `realidx` or `id` where there is one. Everything
else is kept as an unknown field.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from doubleread.cases.json_lines import json_type, read_lines
from doubleread.cases.problems import Problem, raise_for, read_bytes
from doubleread.cases.record import Row, cases_from_rows
from doubleread.domain.case import Case
from doubleread.domain.spans import sentences

FALLBACK_QUESTION = "Which option is best?"

_ASKS = re.compile(
    r"\b(?:which|what|who|whom|whose|why|how|when|where)\b.*\bfollowing\b|^(?:which|what|how|why)\b", re.I
)
_CLOSING = "\"'\u201d\u2019)"
_MISSED_BREAK = re.compile(r"[.)]\s+(?=(?:Which|What) )")
_NAMES = {"question": "question", "text": "question", "key": "answer_idx"}


def split_question(whole: str) -> tuple[str, str]:
    """Return (vignette, question) of an examination item: the last sentence that asks, and all that stands around it.

    Where tables or an abstract follow the question, they go to the vignette. Where nothing asks, the last sentence is
    taken, since unfinished stems ("... is most at risk for:") end there. Where there is one sentence only, it is the
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


def read_medqa(path: str | os.PathLike[str]) -> list[Case]:
    """Return the items of a MedQA file as cases of kind "choice".

    The id is the file's stem with `realidx`, `id` or the line's number. Raises CaseFileError with every problem.
    """
    file = os.fspath(path)
    prefix = re.sub(r"[^\w.-]+", "-", Path(file).stem)
    rows = []
    for line in read_lines(read_bytes(path), file):
        if line.record is None:
            rows.append(Row(line.number, None, line.problems))
            continue
        record, complaints = _native(line.record, f"{prefix}-", line.number, Path(file).name)
        own = tuple(Problem(file, line.number, name, message) for name, message in complaints)
        rows.append(Row(line.number, None if own else record, (*line.problems, *own), _NAMES))
    cases, problems = cases_from_rows(rows, file)
    raise_for(problems, file)
    return cases


def _native(
    source: Mapping[str, Any], prefix: str, line: int, file: str
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    complaints: list[tuple[str, str]] = []
    question = source.get("question")
    if not isinstance(question, str) or not question.strip():
        complaints.append(("question", "is missing or empty; it holds the vignette and the question"))
        question = ""
    options = source.get("options")
    if isinstance(options, list):
        options = dict(zip(ascii_uppercase, options, strict=False)) if len(options) <= len(ascii_uppercase) else options
    if not isinstance(options, dict):
        complaints.append(("options", "must be an object of letters or a list of 2 to 26 texts"))
        options = {}
    key = _key(source, options)
    if key is None and options:
        complaints.append(("answer_idx", "neither `answer_idx` nor `answer` names one of the options"))
    if complaints:
        return {}, complaints
    text, asked = split_question(question)
    number = source.get("realidx", source.get("id", line))
    if not isinstance(number, str | int) or isinstance(number, bool):
        return {}, [("realidx", f"must be a number or a text, but is {json_type(number)}")]
    used = {"question", "options", "answer_idx", "answer", "realidx", "id"}
    record = {
        "id": f"{prefix}{number}",
        "kind": "choice",
        "text": text,
        "question": asked,
        "options": options,
        "key": key,
        "source": file,
    }
    record.update({name: value for name, value in source.items() if name not in used and name not in record})
    return record, []


def _key(source: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
    index, answer = source.get("answer_idx"), source.get("answer")
    letters = list(options)
    if isinstance(index, str) and index.strip() in options:
        return index.strip()
    if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(letters):
        return letters[index]
    if isinstance(answer, str):
        same = [letter for letter, text in options.items() if isinstance(text, str) and text.strip() == answer.strip()]
        if len(same) == 1:
            return same[0]
        if answer.strip() in options:
            return answer.strip()
    return None

"""MMLU (github hendrycks/test) and MMLU-Pro (github TIGER-AI-Lab/MMLU-Pro): examination questions of many subjects.

MMLU's authors distribute a CSV file without a header for each subject, `test/anatomy_test.csv`: question, four options,
letter. The copy on Hugging Face (cais/mmlu) has `question`, `subject`, `choices` and `answer`, a position from 0.

MMLU-Pro has `question_id`, `question`, `options`, `answer` (a letter), `answer_index` (its position from 0),
`cot_content`, `category` and `src`. Where a question has fewer than ten options, version 1.1 fills up with "N/A", which
is left out, as in the authors' own scripts. Letters stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from doubleread.cases.case_file import CaseFile
from doubleread.cases.choices import letter_of, option_at, options_of, without_placeholders
from doubleread.cases.foreign import FieldRefusedError, Layout, Source, text_of
from doubleread.cases.problems import Problem
from doubleread.cases.questions import ask
from doubleread.cases.record import Pack, Row

_MMLU = {"kind": "choice", "source": "MMLU (Hendrycks et al. 2021)", "licence": "MIT"}
_CELLS = ("question", "A", "B", "C", "D", "answer")
_OF_SUBJECT = re.compile(r"(.+)_(?:test|dev|val)")


def is_mmlu_row(cells: Sequence[str]) -> bool:
    """Return whether cells are a question, four options and the letter of one of them."""
    return len(cells) == len(_CELLS) and cells[-1].strip() in _CELLS[1:-1]


def mmlu_csv_pack(source: CaseFile) -> Pack:
    """Return the questions of a CSV file without a header, whose name has the subject, and every problem."""
    table = source.table(lambda cells: int(is_mmlu_row(cells)))
    if table is None:
        problem = Problem(source.name, 0, "", f"the file is {source.container}, not a table without a header")
        return Pack(source.name, (), (), (problem,))
    return source.pack(_csv_rows(source))


def _csv_rows(source: CaseFile) -> Iterator[Row]:
    table = source.table(lambda cells: int(is_mmlu_row(cells)))
    stem = Path(source.name).stem
    named = _OF_SUBJECT.fullmatch(stem)
    lines = [(table.header_line, table.columns)] if table and table.columns else []
    lines += [(row.line, row.cells) for row in table.rows] if table else []
    for problem in table.problems if table else ():
        yield Row(problem.line, None, (problem,))
    for line, cells in lines:
        if len(cells) != len(_CELLS):
            message = f"has {len(cells)} cells; a line has a question, four options and a letter"
            yield Row(line, None, (Problem(source.name, line, "", message),))
            continue
        values = dict(zip(_CELLS, cells, strict=True))
        record: dict[str, Any] = {**_MMLU, "id": f"{stem}-{line}", "options": {name: values[name] for name in "ABCD"}}
        ask(record, values["question"])
        record["key"] = values["answer"].strip()
        record["tags"] = [named[1].replace("_", " ")] if named else []
        yield Row(line, record, (), {"key": "answer", "text": "question"})


def _refine(source: Source, record: dict[str, Any]) -> None:
    ask(record, text_of(source, "question"))
    record["options"] = options_of(source, "choices")
    answer = source.get("answer")
    by_letter = isinstance(answer, str) and answer.strip() in record["options"]
    find = letter_of if by_letter else option_at
    record["key"] = find(source, "answer", record["options"])
    if isinstance(subject := source.get("subject"), str) and subject.strip():
        record["tags"] = [subject.replace("_", " ")]


def _refine_pro(source: Source, record: dict[str, Any]) -> None:
    ask(record, text_of(source, "question"))
    options = options_of(source, "options")
    key = option_at(source, "answer_index", options)
    if (letter := letter_of(source, "answer", options)) != key:
        raise FieldRefusedError("answer_index", f"is the position of option {key}, but `answer` is {letter}")
    record["options"] = without_placeholders(options, key)
    record["key"] = key
    if isinstance(category := source.get("category"), str) and category.strip():
        record["tags"] = [category]


MMLU = Layout(
    "json",
    {"id": "id", "text": "question"},
    _MMLU,
    _refine,
    also=("choices", "answer"),
    optional=("id",),
    used=frozenset({"choices", "answer", "subject"}),
)
MMLU_PRO = Layout(
    "json",
    {"id": "question_id", "text": "question", "explanation": "cot_content"},
    {"kind": "choice", "source": "MMLU-Pro (Wang et al. 2024)", "licence": "MIT"},
    _refine_pro,
    also=("options", "answer", "answer_index"),
    optional=("id", "explanation"),
    used=frozenset({"options", "answer", "answer_index", "category"}),
)

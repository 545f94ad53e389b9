"""The formats of external answers, by their names on the command line, and how a file is recognised as one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from doubleread.cases.answer_file import answer_file_lines
from doubleread.cases.answers import AnswerLine, ForeignAnswer, checked_answers
from doubleread.cases.formats import FORMATS, FormatNotRecognisedError, recognised
from doubleread.cases.inspect_log import inspect_lines, is_inspect_archive
from doubleread.cases.lm_eval import OneDocument
from doubleread.cases.lm_eval_answers import lm_eval_lines
from doubleread.cases.log_json import log_lines, log_value
from doubleread.cases.openai_batch import openai_batch_lines
from doubleread.cases.problems import Problem, read_bytes
from doubleread.domain.case import Case

_TRIED = 20

OWN = "answers"
"""The name of our own format."""


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """A format of external answers. A file of JSON objects is recognised by `names`, which the first one must have.

    `read` takes a file's bytes and its name for problems.
    """

    about: str
    read: Callable[[bytes, str], Iterator[AnswerLine]]
    names: tuple[str, ...]


def case_of(doc: Mapping[str, Any]) -> Case | None:
    """Return the case that a record of a dataset is, or None if it is of no known format."""
    source = OneDocument(doc)
    try:
        pack = FORMATS[recognised(source)].read(source)
    except FormatNotRecognisedError:
        return None
    return next(iter(pack.cases), None)


ANSWER_FORMATS: Mapping[str, AnswerFormat] = MappingProxyType(
    {
        OWN: AnswerFormat(
            "JSON Lines or a table with case_id and text", lambda data, file: answer_file_lines(data, file, {}), ()
        ),
        "inspect": AnswerFormat("a log of Inspect (inspect_ai), .eval or .json", inspect_lines, ("eval", "samples")),
        "lm-eval": AnswerFormat(
            "samples of lm-evaluation-harness, JSON Lines",
            lambda data, file: lm_eval_lines(data, file, case_of),
            ("doc", "resps"),
        ),
        "openai-batch": AnswerFormat(
            "output of OpenAI's Batch API, JSON Lines", openai_batch_lines, ("custom_id", "response")
        ),
    }
)
"""By name on the command line."""


@dataclass(frozen=True, slots=True)
class AnswersRead:
    """The answers of a file's good lines, every problem of every line, and the file's format."""

    answers: list[ForeignAnswer]
    problems: list[Problem]
    format: str


def read_answers(path: Path, format_name: str = "", columns: Mapping[str, str] | None = None) -> AnswersRead:
    """Read a file of external answers, in the format of this name or the one that it is recognised as.

    `columns` maps fields to the columns of a table, where their names differ. Raises CaseFileError if the file cannot
    be read at all.
    """
    file = str(path)
    data = read_bytes(path)
    name = format_name or (OWN if columns else recognised_answers(data, file))
    lines = answer_file_lines(data, file, columns or {}) if name == OWN else ANSWER_FORMATS[name].read(data, file)
    answers, problems = checked_answers(lines, file)
    return AnswersRead(answers, problems, name)


def recognised_answers(data: bytes, file: str) -> str:
    """Return the name of a file's format: our own one, unless it has the fields of another."""
    if data.startswith(b"PK"):
        return "inspect" if is_inspect_archive(data) else OWN
    found = _first_object(data, file)
    for name, form in ANSWER_FORMATS.items():
        if form.names and all(one in found for one in form.names):
            return name
    return OWN


def _first_object(data: bytes, file: str) -> Mapping[str, Any]:
    """Return the first object of a JSON file: of its lines, of its array, or the whole file."""
    start = data.lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if start not in (b"{", b"["):
        return {}
    # A whole object over several lines has no line that is an object, and may have millions of lines.
    first = islice(log_lines(data, file), _TRIED)
    record = next((line.record for line in first if line.record is not None), None)
    if record is not None:
        return record
    try:
        whole = log_value(data.decode("utf-8-sig"))
    except ValueError:
        return {}
    return whole if isinstance(whole, dict) else {}

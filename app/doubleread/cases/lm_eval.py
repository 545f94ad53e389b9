"""Sample files of lm-evaluation-harness (github EleutherAI/lm-evaluation-harness): `samples_TASK_DATE.jsonl`.

A line has `doc_id`, `doc` (the dataset's record), `target`, `arguments`, `resps`, `filtered_resps`, `filter`,
`doc_hash` and `prompt_hash` (SampleResult of its source). There is a line for each document and each filter. `resps`
has a list for each request, with a text for each repeat where the task generates texts. Where the task compares
options, there are likelihoods, which are no answers.

Here, documents become cases; `lm_eval_answers.py` reads the answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from doubleread.cases.case_file import CaseFile, JsonText, Known, plain_stem
from doubleread.cases.json_lines import Line, json_type
from doubleread.cases.log_json import log_lines_of
from doubleread.cases.problems import Problem

_TASK = re.compile(r"samples_(.+)_\d{4}-\d\d-\d\dT.*")


class Documents(CaseFile):
    """The documents of a sample file as the records of a case file: one line for each, whatever the filters.

    A document without an id of its own is named by the task and its number.
    """

    shapes = frozenset({"json"})

    def __init__(self, samples: CaseFile) -> None:
        super().__init__(samples.name, samples.container)
        self._samples = samples
        self.filling = samples.filling
        self.encoding = samples.encoding
        named = _TASK.fullmatch(plain_stem(samples.name))
        self._task = named[1] if named else plain_stem(samples.name)

    def lines(self) -> Iterator[Line]:
        """Yield each document once, under the number of its first line."""
        seen = set()
        for line in _sample_lines(self._samples):
            source = line.record or {}
            key = repr((source.get("doc_id"), source.get("doc")))
            if line.record is not None and key in seen:
                continue
            seen.add(key)
            doc = source.get("doc")
            if line.record is not None and not isinstance(doc, dict):
                message = f"must be an object, but is {json_type(doc)}"
                yield replace(line, record=None, problems=(Problem(self.name, line.number, "doc", message),))
            else:
                number = source.get("doc_id", line.number)
                yield replace(line, record=doc, name=f"{self._task}-{number}" if doc is not None else "")

    def columns(self, _known: Known) -> list[str]:
        """Return the names of the fields of the first document."""
        return next((list(line.record) for line in self.lines() if line.record is not None), [])

    @property
    def total(self) -> int:
        """About how many documents there are."""
        return self._samples.total


def _sample_lines(samples: CaseFile) -> Iterator[Line]:
    """Yield the lines of a sample file, in which NaN is allowed."""
    if isinstance(samples, JsonText):
        return log_lines_of(samples.text, samples.problems, samples.name)
    return samples.lines()


class OneDocument(CaseFile):
    """One document as a case file."""

    shapes = frozenset({"json"})

    def __init__(self, doc: Mapping[str, Any]) -> None:
        super().__init__("doc", "one document")
        self._doc = doc

    def lines(self) -> Iterator[Line]:
        """Yield the document."""
        yield Line(1, dict(self._doc))

    def columns(self, _known: Known) -> list[str]:
        """Return the names of its fields."""
        return list(self._doc)

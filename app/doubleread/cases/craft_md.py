"""CRAFT-MD (github rajpurkarlab/craft-md): vignettes and the diagnosis to find, among four or without options.

A CSV file with `case_vignette`, `choice_1` to `choice_4`, `answer` (the text of a choice), `category`, `dataset` and
`case_id`. The authors ask each question both ways, so there are two formats: with options, and open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doubleread.cases.choices import by_letter
from doubleread.cases.foreign import FieldRefusedError, Layout, Source, text_of
from doubleread.cases.keys import KeyRefusedError, agreed_option

_CHOICES = ("choice_1", "choice_2", "choice_3", "choice_4")


def _refine(source: Source, record: dict[str, Any]) -> None:
    _tag(source, record)
    record["options"] = by_letter([text_of(source, name) for name in _CHOICES], _CHOICES[0])
    try:
        record["key"] = agreed_option(None, text_of(source, "answer"), record["options"])
    except KeyRefusedError as error:
        raise FieldRefusedError("answer", str(error)) from None


def _tag(source: Source, record: dict[str, Any]) -> None:
    tags = (source.get(name) for name in ("category", "dataset"))
    record["tags"] = [tag for tag in tags if isinstance(tag, str) and tag.strip()]


CRAFT_MD = Layout(
    "table",
    {"id": "case_id", "text": "case_vignette", "key": "answer"},
    {
        "kind": "choice",
        "question": "What is the most likely diagnosis?",
        "source": "CRAFT-MD (Johri et al. 2025)",
        "licence": "MIT",
    },
    _refine,
    also=_CHOICES,
    used=frozenset({*_CHOICES, "category", "dataset"}),
)
CRAFT_MD_OPEN = replace(CRAFT_MD, fixed={**CRAFT_MD.fixed, "kind": "diagnosis"}, refine=_tag)
"""The same questions without options."""

"""MedXpertQA Text (github TsinghuaC3I/MedXpertQA): hard examination questions with ten options.

JSON Lines with `id`, `question`, `options`, `label`, `medical_task`, `body_system` and `question_type`. `options` has
a text for each letter. In the files for the authors' evaluation it is a list of objects with `letter` and `content`,
and `label` is a list. `question` ends with the options in one line after "Answer Choices:", which is left out if it has
all of them. Questions with `images` (MedXpertQA MM) are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doubleread.cases.choices import letter_of, options_of
from doubleread.cases.foreign import FieldRefusedError, Layout, Source, text_of
from doubleread.cases.questions import ask

_CHOICES = "\nAnswer Choices:"


def _refine(source: Source, record: dict[str, Any]) -> None:
    if source.get("images"):
        raise FieldRefusedError("images", "needs an image, which models and readers are not shown here")
    options = _options(source)
    whole, mark, listed = text_of(source, "question").rpartition(_CHOICES)
    repeated = mark and all(f"({letter}) {text}" in listed for letter, text in options.items())
    ask(record, whole if repeated else text_of(source, "question"))
    label = source.get("label")
    only = {**source, "label": label[0]} if isinstance(label, list) and len(label) == 1 else source
    record["options"] = options
    record["key"] = letter_of(only, "label", options)
    tags = (source.get(name) for name in ("body_system", "medical_task", "question_type"))
    record["tags"] = [tag for tag in tags if isinstance(tag, str) and tag.strip()]


def _options(source: Source) -> dict[str, Any]:
    given = source.get("options")
    if not isinstance(given, list):
        return options_of(source, "options")
    options = {}
    for position, one in enumerate(given, start=1):
        if not isinstance(one, Mapping) or not isinstance(one.get("letter"), str):
            raise FieldRefusedError("options", f"entry {position} must be an object with letter and content")
        options[one["letter"]] = one.get("content")
    return options


MEDXPERTQA = Layout(
    "json",
    {"id": "id", "text": "question"},
    {"kind": "choice", "source": "MedXpertQA (Zuo et al. 2025)", "licence": "MIT"},
    _refine,
    also=("options", "label", "medical_task", "body_system"),
    used=frozenset({"options", "label", "images", "medical_task", "body_system", "question_type"}),
)

"""A clinical case: a text, a question, and the reference answer that its kind needs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field
from typing import Any, Literal, get_args

from doubleread.domain.hashes import json_sha256

CaseKind = Literal["choice", "diagnosis", "inference", "summary", "coding", "extraction", "rubric"]
KINDS: tuple[CaseKind, ...] = get_args(CaseKind)
CATEGORICAL: tuple[CaseKind, ...] = ("choice", "diagnosis", "inference")
"""The kinds whose answers are correct or incorrect. Answers of the other kinds are measured."""

INFERENCE_LABELS = ("entailment", "neutral", "contradiction")
"""What the text of an inference case can be to its statement: implies it, leaves it open, contradicts it."""

FieldValue = str | int | float | bool | tuple[str, ...] | None
"""A value to extract. None means that the text does not state it."""

Comparison = Literal["exact", "numeric", "set", "text"]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a long case. Its `id` is unique within the case.

    A `needed` document contains the answer. It is never left out where a prompt is too long for a model's context.
    """

    id: str
    text: str
    title: str = ""
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of a rubric. `points` are gained if it is met; negative ones are lost. `id` is unique in its case.

    Tags group criteria, such as `axis:accuracy`.
    """

    id: str
    text: str
    points: float
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation that a case continues. `role` is "system", "user" or "assistant"."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """How one field is extracted and compared.

    `about` tells the model what belongs there. `compare` is "exact" (texts), "numeric" (within `tolerance`), "set"
    (lists of texts, in any order) or "text" (as "exact", and measured by ROUGE-1 besides). `accept` has further texts
    that count as the value.
    """

    about: str = ""
    compare: Comparison = "exact"
    tolerance: float = 0.0
    accept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One case, as read from a case pack. Immutable: a changed case has another `sha256`.

    `text` and `question` are what is asked: a vignette and a question; for "inference", the premise and the statement
    to judge. `documents` make it a long case, and are read before the text. `turns` are an earlier conversation, whose
    last turn is the user's; models get them as they are.

    The reference answer, by kind:

    - choice: `key` is a letter of `options`, which maps letters to texts in the order shown.
    - diagnosis: `key` is its name, and `accept` has further names.
    - inference: `key` is one of `INFERENCE_LABELS`.
    - summary: `key` is the reference text.
    - coding: `codes` are the ICD-10-CM codes.
    - extraction: `values` by field; `fields` says how they are compared.
    - rubric: `criteria`; `key` is an ideal answer, or empty.

    `extra` keeps every unknown field of the source for export.
    """

    id: str
    kind: CaseKind
    text: str
    question: str
    key: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    accept: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    values: Mapping[str, FieldValue] = field(default_factory=dict)
    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    criteria: tuple[Criterion, ...] = ()
    turns: tuple[Turn, ...] = ()
    documents: tuple[Document, ...] = ()
    title: str = ""
    explanation: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    licence: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def specialty(self) -> str:
        """The first tag, or an empty string."""
        return self.tags[0] if self.tags else ""

    @property
    def key_text(self) -> str:
        """The reference answer in words: "B  Acute pericarditis" for a choice, a list of codes, a line a field."""
        if self.kind == "choice":
            return f"{self.key}  {self.options.get(self.key, '')}".rstrip()
        if self.kind == "coding":
            return ", ".join(self.codes)
        if self.kind == "extraction":
            return "\n".join(f"{name}: {value_text(value)}" for name, value in self.values.items())
        return self.key

    @property
    def key_record(self) -> Any:
        """The reference answer as JSON, as `key` has it in a case file."""
        if self.kind == "coding":
            return list(self.codes)
        if self.kind == "extraction":
            return {name: list(value) if isinstance(value, tuple) else value for name, value in self.values.items()}
        return self.key

    @property
    def parts(self) -> dict[str, Any]:
        """Its documents, criteria, turns and fields as JSON, as in a case file; those that are empty left out."""
        found = {name: getattr(self, name) for name in _PARTS}
        return {name: _plain(value) for name, value in found.items() if value}

    def field_spec(self, name: str) -> FieldSpec:
        """Return how a field is compared: as the case says, or by the type of its value."""
        if name in self.fields:
            return self.fields[name]
        value = self.values.get(name)
        if isinstance(value, tuple):
            return FieldSpec(compare="set")
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        return FieldSpec(compare="numeric" if numeric else "exact")

    def as_record(self) -> dict[str, Any]:
        """Return the case in the native JSON form. Empty optional fields are left out; unknown ones are included."""
        record: dict[str, Any] = {}
        for item in dataclasses.fields(self):
            if item.name in ("extra", "codes", "values"):
                continue
            value = self.key_record if item.name == "key" else getattr(self, item.name)
            needed = item.default is MISSING and item.default_factory is MISSING
            if value or needed or (item.name == "key" and self.kind != "rubric"):
                record[item.name] = _plain(value)
        record.update(self.extra)
        return record

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON form, in hexadecimal."""
        return json_sha256(self.as_record())


def choosable(kind: str, options: Mapping[str, str]) -> Mapping[str, str]:
    """Return what an answer can choose, by what a score calls it: options by letter, or the labels of an inference."""
    return {label: label for label in INFERENCE_LABELS} if kind == "inference" else options


def chosen_words(chosen: str) -> str:
    """Return what an answer chooses in words: "option B", or the label of an inference."""
    return chosen if chosen in INFERENCE_LABELS else f"option {chosen}"


def parts_from_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Rebuild the arguments of `Case` from `Case.parts`. Raises TypeError or KeyError for what it does not return."""
    made: dict[str, Any] = {}
    for name, value in record.items():
        form = _PARTS[name]
        if name == "fields":
            made[name] = {field_name: _rebuilt(form, spec) for field_name, spec in value.items()}
        else:
            made[name] = tuple(_rebuilt(form, part) for part in value)
    return made


def _rebuilt(form: type, record: Mapping[str, Any]) -> Any:
    return form(**{name: tuple(value) if isinstance(value, list) else value for name, value in record.items()})


_PARTS: Mapping[str, type] = {"documents": Document, "criteria": Criterion, "turns": Turn, "fields": FieldSpec}


def value_text(value: FieldValue) -> str:
    """Return the value of a field in words."""
    if value is None:
        return "not stated"
    if isinstance(value, tuple):
        return "; ".join(value) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, without the defaults of its parts."""
    if isinstance(value, Document | Criterion | Turn | FieldSpec):
        defaults = {item.name: item.default for item in dataclasses.fields(value)}
        return {name: _plain(inner) for name, inner in asdict(value).items() if inner != defaults[name]}
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value

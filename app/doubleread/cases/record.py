"""The native case format: the fields of one record, and what must hold between them.

The types below are the only description of the fields. `check_record` and `case_from_record` read them, and
`docs/generate.py` writes `cases/case.schema.json` from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doubleread.cases.fields import Complaint, wrong_fields
from doubleread.cases.json_lines import quoted
from doubleread.cases.keys import KeyRefusedError, option_named, same_text
from doubleread.cases.problems import Problem, bad_lines
from doubleread.domain.case import Case, CaseKind, Criterion, Document, FieldSpec, Turn

Text = Annotated[str, Meta(pattern=r"\S")]
Letter = Annotated[str, Meta(pattern="^[A-Z]$", max_length=1, description="one capital letter A to Z")]
_OWN_ID = "every case needs its own id"

ORIGINAL_ID = "original_id"
"""The field that keeps a case's id in its source, if the case has another one here."""


class DocumentRecord(msgspec.Struct, kw_only=True):
    """One document of a long case."""

    id: Annotated[Text, Meta(description="A name for the document, unique within the case.")]
    text: Text
    title: str = ""
    needed: Annotated[bool, Meta(description="Contains the answer; never left out of a long prompt.")] = False


class CriterionRecord(msgspec.Struct, kw_only=True):
    """One criterion of a rubric."""

    id: Annotated[Text, Meta(description="A name for the criterion, unique within the case.")]
    text: Annotated[Text, Meta(description="What an answer must do, or must not do.")]
    points: Annotated[
        float, Meta(description="Added to the score if the criterion is met; negative points are subtracted.")
    ]
    tags: tuple[Text, ...] = ()


class TurnRecord(msgspec.Struct, kw_only=True):
    """One turn of an earlier conversation."""

    role: Literal["system", "user", "assistant"]
    content: Text


class FieldRecord(msgspec.Struct, kw_only=True):
    """How one field is extracted and compared."""

    about: Annotated[str, Meta(description="Tells the model what belongs there.")] = ""
    compare: Literal["exact", "numeric", "set", "text"] = "exact"
    tolerance: Annotated[float, Meta(description="For numbers: the largest difference that counts as equal.")] = 0.0
    accept: Annotated[tuple[Text, ...], Meta(description="Further texts that count as the value.")] = ()


class CaseRecord(msgspec.Struct, kw_only=True):
    """The fields of every kind of case."""

    id: Annotated[Text, Meta(description="A name for the case, unique within the pack.")]
    text: Annotated[
        str, Meta(description="The vignette, or another text that the question is about; empty only with documents.")
    ]
    question: Annotated[Text, Meta(description="What is asked.")]
    documents: Annotated[
        tuple[DocumentRecord, ...], Meta(description="Documents of a long case, read before the text.")
    ] = ()
    title: Annotated[str, Meta(description="Shown in lists; must not reveal the key.")] = ""
    explanation: Annotated[str, Meta(description="Shown after the reading is committed.")] = ""
    tags: Annotated[tuple[Text, ...], Meta(description="The first tag is the specialty.")] = ()
    source: str = ""
    licence: str = ""
    original_id: Annotated[
        str, Meta(description="The id in the source, if it differs. Answers can be imported by it.")
    ] = ""


class ChoiceRecord(CaseRecord, kw_only=True, tag_field="kind", tag="choice"):
    """A question with options."""

    options: Annotated[
        dict[Letter, Text],
        Meta(
            min_length=2,
            max_length=26,
            description="The options by letter, in the order shown.",
            examples=[{"A": "...", "B": "..."}],
        ),
    ]
    key: Annotated[Letter, Meta(description="The letter of the correct option.")]
    accept: Annotated[tuple[Text, ...], Meta(description="Further names of the correct answer.")] = ()


class WithoutOptions(CaseRecord, kw_only=True):
    """The fields of every kind of case without options."""

    options: Annotated[
        UnsetType,
        Meta(
            description='only a case of kind "choice" has options; omit them, or use that kind',
            extra_json_schema={"not": {}},
        ),
    ] = UNSET


class DiagnosisRecord(WithoutOptions, kw_only=True, tag_field="kind", tag="diagnosis"):
    """A question that is answered with a diagnosis."""

    key: Annotated[Text, Meta(description="The name of the correct diagnosis.")]
    accept: Annotated[tuple[Text, ...], Meta(description="Further names of the correct diagnosis.")] = ()


class InferenceRecord(WithoutOptions, kw_only=True, tag_field="kind", tag="inference"):
    """A statement, in `question`, that the text implies, leaves open or contradicts."""

    key: Annotated[
        Literal["entailment", "neutral", "contradiction"], Meta(description="How the text relates to the statement.")
    ]


class SummaryRecord(WithoutOptions, kw_only=True, tag_field="kind", tag="summary"):
    """A text to summarise or to rewrite."""

    key: Annotated[Text, Meta(description="The reference text.")]


class CodingRecord(WithoutOptions, kw_only=True, tag_field="kind", tag="coding"):
    """A text to code in ICD-10-CM."""

    key: Annotated[tuple[Text, ...], Meta(min_length=1, description="The ICD-10-CM codes.", examples=[["E11.9"]])]


class ExtractionRecord(WithoutOptions, kw_only=True, tag_field="kind", tag="extraction"):
    """Fields to extract from a text."""

    key: Annotated[
        dict[
            Text,
            Annotated[
                str | int | float | bool | tuple[str, ...] | None,
                Meta(description="a text, a number, true, false, a list of texts, or null for not stated"),
            ],
        ],
        Meta(
            min_length=1,
            max_length=200,
            description="The value of each field; null if the text does not state it.",
            examples=[{"haemoglobin": 9.1, "drugs": ["aspirin"]}],
        ),
    ]
    fields: Annotated[
        dict[Text, FieldRecord],
        Meta(
            max_length=200,
            description="How fields are compared, where it does not follow from their values.",
            examples=[{"haemoglobin": {"compare": "numeric", "tolerance": 0.1}}],
        ),
    ] = {}


class RubricRecord(WithoutOptions, kw_only=True, tag_field="kind", tag="rubric"):
    """A request whose answers are judged criterion by criterion."""

    criteria: Annotated[
        tuple[CriterionRecord, ...],
        Meta(
            min_length=1,
            description="What answers are judged by.",
            examples=[[{"id": "1", "text": "...", "points": 5}]],
        ),
    ]
    turns: Annotated[
        tuple[TurnRecord, ...],
        Meta(description="An earlier conversation; models get it as it is, and its last turn is the user's."),
    ] = ()
    key: Annotated[str, Meta(description="An ideal answer.")] = ""


FORMS: Mapping[str, type[CaseRecord]] = {
    "choice": ChoiceRecord,
    "diagnosis": DiagnosisRecord,
    "inference": InferenceRecord,
    "summary": SummaryRecord,
    "coding": CodingRecord,
    "extraction": ExtractionRecord,
    "rubric": RubricRecord,
}
"""The fields of each kind of case."""

KNOWN_FIELDS = frozenset(name for form in FORMS.values() for name in form.__struct_fields__) - {ORIGINAL_ID} | {"kind"}
"""The fields of all kinds that become fields of a `Case`."""


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of a record."""
    schema = msgspec.json.schema(
        ChoiceRecord
        | DiagnosisRecord
        | InferenceRecord
        | SummaryRecord
        | CodingRecord
        | ExtractionRecord
        | RubricRecord
    )
    for form in FORMS.values():
        schema["$defs"][form.__name__]["anyOf"] = _TEXT_OR_DOCUMENTS
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "doubleread case",
        "description": "One line of a case pack in the native format (JSON Lines, UTF-8). Other fields are kept. The"
        " program also checks what a schema cannot say: ids are unique within a pack, the key names one of the options,"
        " no two options have the same text, and documents and criteria have ids of their own.",
        **schema,
    }


_TEXT_OR_DOCUMENTS = [
    {"properties": {"text": {"pattern": r"\S"}}},
    {"required": ["documents"], "properties": {"documents": {"minItems": 1}}},
]
"""A case has a text, documents, or both."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record on its way to a case: its place, what is wrong with it, its fields' names in the source.

    `line` counts from 1, in the `unit` of the file. `record` is None if the line could not be read at all. `names` maps
    our field's name to the source's if they differ, so that a problem names the column that its author knows. `file` is
    the file of the line, if a folder is read.
    """

    line: int
    record: Mapping[str, Any] | None
    problems: tuple[Problem, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    unit: str = "line"
    file: str = ""

    def problem(self, file: str, name: str, message: str) -> Problem:
        """Return a problem of one of our fields, under the source's name."""
        return Problem(self.file or file, self.line, self.names.get(name, name), message, unit=self.unit)


def check_record(record: Mapping[str, Any]) -> list[Complaint]:
    """Return (field, message) for everything wrong with one record; empty if it is a case."""
    kind = record.get("kind")
    form = FORMS.get(kind) if isinstance(kind, str) else None
    needed_by = f'a case of kind "{kind}"' if form else "every case"
    complaints = list(wrong_fields(record, form or CaseRecord, needed_by))
    if isinstance(case_id := record.get("id"), str) and "\0" in case_id:
        # SQLite's JSON functions, which queries use for lists of ids, end a text there.
        complaints.append(("id", "contains a NUL character; choose another id"))
    if form is None:
        known = " or ".join(f'"{name}"' for name in FORMS)
        but = f"must be {known}, but is {quoted(kind)}" if "kind" in record else f"is missing; write {known}"
        complaints.append(("kind", but))
    elif form is ChoiceRecord:
        options, key = record.get("options"), record.get("key")
        if isinstance(options, dict):
            complaints += _same_texts(options)
            if isinstance(key, str) and key.strip():
                # Which option is meant says more than what a letter looks like.
                complaints = [item for item in complaints if item[0] != "key"]
                complaints += [*_key(key, options), *_accepted(record, options)]
    if isinstance(text := record.get("text"), str) and not text.strip() and not record.get("documents"):
        complaints.append(("text", "is empty"))
    if form is not None and not complaints:
        complaints += _parts(record)
    return complaints


def _parts(record: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what does not fit together in a record whose fields are each valid."""
    known = FORMS[record["kind"]].__struct_fields__
    for name in ("documents", "criteria"):
        first: dict[str, int] = {}
        for position, part in enumerate(record.get(name, ()) if name in known else (), start=1):
            if (other := first.setdefault(part["id"], position)) != position:
                yield name, f"entries {other} and {position} have the same id, {quoted(part['id'])}"
    criteria = record.get("criteria", ()) if record["kind"] == "rubric" else ()
    if criteria and not any(criterion["points"] > 0 for criterion in criteria):
        yield "criteria", "no criterion has positive points, so that no score can be computed"
    if record["kind"] == "rubric" and (turns := record.get("turns")) and turns[-1]["role"] != "user":
        yield "turns", f"the last turn must be the user's, but is the {turns[-1]['role']}'s"
    if record["kind"] == "coding":
        written = [code.replace(".", "").strip().upper() for code in record["key"]]
        if repeated := next(
            (code for code in record["key"] if written.count(code.replace(".", "").strip().upper()) > 1), ""
        ):
            yield "key", f"has the code {quoted(repeated)} more than once"
    if record["kind"] == "extraction":
        for name, spec in record.get("fields", {}).items():
            value = record["key"].get(name)
            if name not in record["key"]:
                yield "fields", f"{quoted(name)} is not among the fields of the key"
            elif value is not None and (fault := _unlike(value, spec.get("compare", "exact"))):
                yield (
                    "fields",
                    f"{quoted(name)} is compared as {quoted(spec.get('compare', 'exact'))}, but its value is {fault}",
                )


def _unlike(value: Any, compare: str) -> str:
    """Return what a value is, if it can't be compared that way."""
    if compare == "set":
        return "" if isinstance(value, list) else "not a list"
    if compare == "numeric":
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else "not a number"
    if compare == "text" and not isinstance(value, str):
        return "not a text"
    return "a list" if isinstance(value, list) else ""


def _key(key: str, options: Mapping[str, Any]) -> Iterator[Complaint]:
    if key in options:
        return
    try:
        hint = f'; write "{option_named(key, options)}" if that option is meant'
    except KeyRefusedError:
        hint = ""
    yield "key", f"must be one of the options' letters ({', '.join(options)}), but is {quoted(key)}{hint}"


def _accepted(record: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield a complaint for each further name of the key that is another option's."""
    accept = record.get("accept")
    for position, name in enumerate(accept if isinstance(accept, list) else (), start=1):
        if not isinstance(name, str) or not name.strip():
            continue
        other = {
            letter
            for letter, text in options.items()
            if name.strip() == letter or (isinstance(text, str) and same_text(name) == same_text(text))
        }
        if other and record["key"] not in other:
            yield (
                "accept",
                f"entry {position}, {quoted(name)}, names option {min(other)}, but the key is {record['key']}",
            )


def _same_texts(options: Mapping[str, Any]) -> Iterator[Complaint]:
    first: dict[str, str] = {}
    for letter, text in options.items():
        if isinstance(text, str) and text.strip():
            other = first.setdefault(" ".join(text.split()), letter)
            if other != letter:
                yield "options", f"options {other} and {letter} have the same text; no answer could tell them apart"


def case_from_record(record: Mapping[str, Any]) -> Case:
    """Return the case of a record without problems. Unknown fields go to `extra`."""
    kind = cast("CaseKind", record["kind"])
    form = FORMS[kind]
    read = msgspec.structs.asdict(msgspec.convert(record, form))
    extra = {name: value for name, value in record.items() if name not in (*form.__struct_fields__, "kind")}
    if original := read.pop(ORIGINAL_ID):
        extra[ORIGINAL_ID] = original
    values = {name: _of_case(value) for name, value in read.items() if value is not UNSET}
    if kind == "coding":
        values["codes"] = values.pop("key")
    elif kind == "extraction":
        values["values"] = values.pop("key")
    return Case(kind=kind, **values, extra=extra)


_PARTS: Mapping[type[msgspec.Struct], type] = {
    DocumentRecord: Document,
    CriterionRecord: Criterion,
    TurnRecord: Turn,
    FieldRecord: FieldSpec,
}


def _of_case(value: Any) -> Any:
    """Return a value with the domain's types in place of the records'."""
    if isinstance(value, msgspec.Struct):
        return _PARTS[type(value)](**msgspec.structs.asdict(value))
    if isinstance(value, tuple):
        return tuple(map(_of_case, value))
    if isinstance(value, dict):
        return {name: _of_case(inner) for name, inner in value.items()}
    return value


RecordProgress = Callable[[int, int], None]
"""Is told how many records of how many have been done (0: unknown), and raises CancelledError to stop."""

_TOLD_EVERY = 200


class CancelledError(Exception):
    """Raised by a function that is told the progress, to stop the work. Nothing has been written then."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The good cases of one file in its order, the line of each, and every problem. `format` is the file's.

    `container` is what kind of file it is, in words, and `encoding` that of its text ("" if it has none of its own).
    `columns` are the names found in the file, and `mapping` maps our fields to those that they were read from, where
    the names are the user's or a table's. `files` are the files of the lines, if a folder was read; `unit` is what
    `lines` count. `notes` say what no case can keep. `likely_encodings`
    are those of a text that is not UTF-8, each with a word that would be in it.
    """

    file: str
    cases: tuple[Case, ...]
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]
    format: str = "native"
    container: str = ""
    encoding: str = ""
    columns: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unit: str = "line"
    likely_encodings: Mapping[str, str] = field(default_factory=dict)

    @property
    def how_read(self) -> str:
        """How the file was read, such as "read as medqa in cp1252"; "" for a native one in UTF-8."""
        parts = [] if self.format == "native" else [f"as {self.format}"]
        if self.encoding not in ("", "utf-8"):
            parts.append(f"in {self.encoding}")
        return f"read {' '.join(parts)}" if parts else ""

    def as_record(self) -> dict[str, Any]:
        """Return what is known of the file and how it was read, as JSON."""
        mapped = {name: column for name, column in self.mapping.items() if name != column}
        return {
            "file": Path(self.file).name,
            "format": self.format,
            "container": self.container,
            **({"encoding": self.encoding} if self.encoding else {}),
            **({"mapping": mapped} if mapped else {}),
            "cases": len(self.cases),
        }

    @property
    def left_out(self) -> int:
        """How many lines are not among the cases."""
        return bad_lines(self.problems)


def pack_from_rows(
    rows: Iterable[Row],
    file: str,
    defaults: Mapping[str, Any] | None = None,
    progress: RecordProgress | None = None,
    total: int = 0,
) -> Pack:
    """Return the good cases and every problem of all rows.

    Rows with the same id are all bad, unless all are the same record; then the first is good. A record gets `defaults`
    for what it does not give.
    """
    good: dict[int, tuple[Row, Case]] = {}
    problems: list[Problem] = []
    first: dict[str, tuple[int, Row]] = {}
    ambiguous: dict[str, Row] = {}
    number, unit = 0, "line"
    for number, row in enumerate(rows, start=1):
        if progress is not None and number % _TOLD_EVERY == 0:
            progress(number, max(total, number))
        found, unit = list(row.problems), row.unit
        record = row.record or {}
        if row.record is not None:
            if defaults:
                missing = {name: value for name, value in defaults.items() if record.get(name) in (None, "", [])}
                record = {**record, **missing}
                row = replace(row, record=record)
            complaints = check_record(record)
            if known := first.get(record["id"]) if isinstance(record.get("id"), str) else None:
                earlier = known[1]
                where = f"{earlier.unit} {earlier.line}"
                where += f" of {earlier.file}" if earlier.file != row.file else ""
                complaints.append(("id", f"{quoted(record['id'])} is already the id in {where}; {_OWN_ID}"))
                if earlier.record != record:
                    ambiguous.setdefault(record["id"], row)
            elif isinstance(record.get("id"), str) and record["id"].strip():
                first[record["id"]] = number, row
            found += [row.problem(file, name, message) for name, message in complaints]
            if not found:
                good[number] = row, case_from_record(record)
        case_id = record.get("id")
        problems += [replace(item, id=case_id) for item in found] if isinstance(case_id, str) else found
    for case_id, other in ambiguous.items():
        number_of_first, row = first[case_id]
        good.pop(number_of_first, None)
        where = f"{other.unit} {other.line}" + (f" of {other.file}" if other.file != row.file else "")
        message = f"{quoted(case_id)} is also the id of another case in {where}; {_OWN_ID}"
        problems.append(replace(row.problem(file, "id", message), id=case_id))
    if progress is not None:
        progress(number, number)
    if not number:
        problems.append(Problem(file, 0, "", "the file contains no cases"))
    order = {name: position for position, name in enumerate(dict.fromkeys(item.file for item in problems))}
    problems.sort(key=lambda problem: (order[problem.file], problem.line))
    files = tuple(row.file for row, _ in good.values())
    return Pack(
        file,
        tuple(case for _, case in good.values()),
        tuple(row.line for row, _ in good.values()),
        tuple(problems),
        files=files if any(files) else (),
        unit=unit,
    )

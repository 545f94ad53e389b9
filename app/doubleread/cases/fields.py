"""Check the fields of a JSON object against a msgspec type, with messages for the person who wrote the file.

`msgspec.convert` stops at the first mistake and does not name the entry of an object, so the type is walked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from doubleread.cases.json_lines import json_type, quoted

_LIST = 'must be a list of texts, such as ["one", "two"]'
_LIST_OF_OBJECTS = 'must be a list of objects, such as [{"id": "1", "text": "..."}]'

Complaint = tuple[str, str]
"""A field's name, and what is wrong with it."""


def wrong_fields(record: Mapping[str, Any], form: type[msgspec.Struct], needed_by: str) -> Iterator[Complaint]:
    """Yield what is wrong with each field of a record. `needed_by` says what needs the required fields."""
    for field in _fields(form):
        if field.name in record:
            yield from ((field.name, message) for message in _wrong(record[field.name], field.type))
        elif field.required:
            example = f", such as {_example(field.type)}" if _example(field.type) else ""
            yield field.name, f"is missing; {needed_by} needs it{example}"


@cache
def _fields(form: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    described = inspect.type_info(form)
    assert isinstance(described, inspect.StructType)
    return described.fields


def _wrong(value: Any, kind: inspect.Type) -> Iterator[str]:
    but = f", but is {json_type(value)}"
    described = _said(kind, "description")
    match kind.type if isinstance(kind, inspect.Metadata) else kind:
        case inspect.StrType(pattern=pattern, max_length=most):
            if not isinstance(value, str):
                yield f"must be a text in quotes{but}"
            # A pattern's $ also matches before a line feed at the end.
            elif (pattern and not re.search(pattern, value)) or len(value) > (most or len(value)):
                yield f"must be {described}, but is {quoted(value)}" if value.strip() else "is empty"
        case inspect.LiteralType(values=values):
            if value not in values:
                yield f"must be {' or '.join(map(quoted, values))}, but is {quoted(value)}"
        case inspect.UnionType(types=types):
            if all(any(_wrong(value, inner)) for inner in types):
                yield f"must be {described or 'a text or a whole number'}{but}"
        case inspect.NoneType():
            if value is not None:
                yield f"must be null{but}"
        case inspect.BoolType():
            if not isinstance(value, bool):
                yield f"must be true or false{but}"
        case inspect.FloatType():
            if not isinstance(value, int | float) or isinstance(value, bool):
                yield f"must be a number{but}"
        case inspect.StructType(cls=form):
            if not isinstance(value, dict):
                yield f"must be an object{but}"
            else:
                yield from (f"{name} {message}" for name, message in wrong_fields(value, form, "it"))
                if unknown := sorted(set(value) - set(form.__struct_fields__)):
                    yield f"has {quoted(unknown[0])}, which is not known there"
        case inspect.IntType():
            if not isinstance(value, int) or isinstance(value, bool):
                yield f"must be a whole number{but}"
        case inspect.VarTupleType(item_type=inner, min_length=least):
            if not isinstance(value, list):
                example = _example(kind)
                without = _LIST_OF_OBJECTS if isinstance(inner, inspect.StructType) else _LIST
                yield f"must be a list such as {example}{but}" if example else f"{without}{but}"
            elif len(value) < (least or 0):
                yield "is empty"
            else:
                for position, item in enumerate(value, start=1):
                    yield from (f"entry {position} {message}" for message in _wrong(item, inner))
        case inspect.DictType(key_type=key_type, value_type=value_type, min_length=least, max_length=most):
            if not isinstance(value, dict):
                yield f"must be an object such as {_example(kind)}{but}"
                return
            if not (least or 0) <= len(value) <= (most or len(value)):
                yield f"must have {least} to {most} entries, but has {len(value)}"
            for name, item in value.items():
                yield from (f"the name of an entry {message}" for message in _wrong(name, key_type))
                yield from (f"entry {quoted(name)} {message}" for message in _wrong(item, value_type))
        case _:
            yield described


def _said(kind: inspect.Type, what: str) -> Any:
    return (kind.extra_json_schema or {}).get(what) if isinstance(kind, inspect.Metadata) else None


def _example(kind: inspect.Type) -> str:
    examples = _said(kind, "examples")
    return json.dumps(examples[0]) if examples else ""

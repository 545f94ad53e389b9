"""The fields of a form: what each asks, and the check of what was typed.

`value_of` turns what a field's widget holds into a value, or raises DoublereadError with the words that the command
line has for the same mistake.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from doubleread.domain.formatting import short, whole
from doubleread.errors import DoublereadError
from doubleread.typed_paths import from_home, meant_path

Values = Mapping[str, Any]
"""The values of a form by the names of its fields: str, Path, number, bool or a tuple of chosen ids; None if empty."""

PathKind = Literal["file", "folder", "new file", "new folder"]


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    `help` is one sentence below its label. `check` gets the value and all values, and raises DoublereadError if it will
    not do. `when` says for which values the field is shown; one that is not shown has no value.
    """

    name: str
    label: str
    help: str = ""
    required: bool = field(default=True, kw_only=True)
    check: Callable[[Any, Values], object] | None = field(default=None, kw_only=True)
    when: Callable[[Values], bool] | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class TextField(Field):
    """A line of text. `offered` completes what is typed; what is `secret` is not shown."""

    value: str = field(default="", kw_only=True)
    offered: Sequence[str] = field(default=(), kw_only=True)
    secret: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class NumberField(Field):
    """A number, `whole` unless told otherwise."""

    value: float | None = field(default=None, kw_only=True)
    whole: bool = field(default=True, kw_only=True)
    minimum: float = field(default=-math.inf, kw_only=True)
    maximum: float = field(default=math.inf, kw_only=True)


@dataclass(frozen=True, slots=True)
class PathField(Field):
    """A file or folder that is there, or the name of a new one.

    Of files, only those with one of the `suffixes`, such as ".jsonl", are listed, and none with one of `without`.

    If `value` is a folder where a file is wanted, the list begins with what is in it.
    """

    value: Path | None = field(default=None, kw_only=True)
    kind: PathKind = field(default="file", kw_only=True)
    suffixes: tuple[str, ...] = field(default=(), kw_only=True)
    without: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class FormChoice:
    """One of the things to choose from, with a few words about it."""

    id: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceField(Field):
    """One of several; `value` is the id of the one that is chosen at first, by default the first."""

    choices: Sequence[FormChoice] = field(default=(), kw_only=True)
    value: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class ChoicesField(Field):
    """Any of several, at least one if required."""

    choices: Sequence[FormChoice] = field(default=(), kw_only=True)
    value: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class SwitchField(Field):
    """Yes or no."""

    value: bool = field(default=False, kw_only=True)


def refused(happened: str, remedy: str) -> DoublereadError:
    """Return the error for a value that will not do."""
    return DoublereadError("Not accepted", happened, remedy)


def value_of(asked: Field, raw: Any) -> Any:
    """Return the value of what was typed or chosen; None for an empty one. Raises DoublereadError."""
    if isinstance(asked, SwitchField):
        return bool(raw)
    if isinstance(asked, ChoicesField):
        chosen = tuple(choice.id for choice in asked.choices if choice.id in raw)
        if asked.required and not chosen:
            raise refused("nothing is chosen", "choose at least one with the space bar")
        return chosen
    typed = str(raw or "") if isinstance(asked, TextField) and asked.secret else str(raw or "").strip()
    if not typed:
        if asked.required:
            raise refused("this is missing", "choose one" if isinstance(asked, ChoiceField) else "please fill it in")
        return None
    if isinstance(asked, NumberField):
        return _number(asked, typed)
    if isinstance(asked, PathField):
        untouched = asked.kind == "file" and asked.value is not None and Path(typed) == asked.value
        if untouched and not asked.required and Path(typed).is_dir():
            return None  # the folder in which the list began
        return _path(asked, typed)
    return typed


def checked(fields: Sequence[Field], raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, DoublereadError]]:
    """Return the values of all fields that are shown, and the errors of those whose value will not do.

    A field is shown or not by the values of the fields before it.
    """
    values: dict[str, Any] = {}
    errors: dict[str, DoublereadError] = {}
    for asked in fields:
        if asked.when is not None and not asked.when(values):
            continue
        try:
            values[asked.name] = value_of(asked, raw.get(asked.name))
        except DoublereadError as error:
            values[asked.name] = None
            errors[asked.name] = error
    for asked in fields:
        if asked.name in values and asked.name not in errors and asked.check is not None:
            try:
                asked.check(values[asked.name], values)
            except DoublereadError as error:
                errors[asked.name] = error
    return values, errors


def shown(fields: Sequence[Field], values: Values) -> list[Field]:
    """Return the fields that are asked, given the values of the others."""
    return [asked for asked in fields if asked.name in values]


def _number(asked: NumberField, typed: str) -> float:
    try:
        found = int(typed) if asked.whole else float(typed.replace(",", "."))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise refused(f'"{typed}" is not a {"whole " if asked.whole else ""}number', "type digits")
    if not asked.minimum <= found <= asked.maximum:
        raise refused(f"{typed} is out of range", f"use {_range(asked)}")
    return found


def _range(asked: NumberField) -> str:
    low, high = (whole(end) if asked.whole else short(end) for end in (asked.minimum, asked.maximum))
    if math.isinf(asked.maximum):
        return f"{low} or more"
    return f"{high} or less" if math.isinf(asked.minimum) else f"a number from {low} to {high}"


def _path(asked: PathField, typed: str) -> Path:
    path = meant_path(typed) if asked.kind in ("file", "folder") else from_home(typed)
    try:
        is_file, is_folder, has_parent = path.is_file(), path.is_dir(), path.parent.is_dir()
        filled = is_folder and asked.kind == "new folder" and any(path.iterdir())
    except (OSError, ValueError) as error:
        raise refused(f"{typed}: {getattr(error, 'strerror', None) or error}", "choose another") from error
    if asked.kind == "file":
        if is_folder:
            raise refused(f"{typed} is a folder", "choose a file in it")
        if not is_file:
            raise refused(f"there is no file {typed}", "check its name, or choose it from the list")
    elif asked.kind == "folder":
        if not is_folder:
            raise refused(f"there is no folder {typed}", "check its name, or choose it from the list")
    elif is_file or filled or (is_folder and asked.kind == "new file"):
        raise refused(f"{typed} exists already", "choose another name")
    elif not has_parent:
        raise refused(f"there is no folder {path.parent}", "create it first, or choose another")
    return path

"""Check a protocol's own labels, axes and scales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doubleread.domain.answer_scales import INSTRUMENTS
from doubleread.domain.labels import CREOLA, LABEL_SETS

LONGEST_NAME = 40
LONGEST_TEXT = 400
MOST_CATEGORIES = 20
MOST_SCALES = 20
NOTE_KEY = "t"
_LETTERED = {"categories": (1, MOST_CATEGORIES), "severities": (1, 5)}
_NUMBERED = {"bases": (1, 3), "harms": (1, 3), "certainties": (1, 3)}
_LABEL = ("name", "key", "definition")
_DEFINED = ("name", "definition")
_AXIS = ("name", "question")
_SCALE = ("name", "question", "levels", "first", "not_applicable", "higher_is_better")


def label_set_mistakes(record: Mapping[str, Any]) -> Iterator[str]:
    """Name every mistake in [own_labels] and in the `label_set` beside it."""
    own = record.get("own_labels")
    known = list(LABEL_SETS)
    if isinstance(own, Mapping):
        yield from _own_mistakes(own)
        known = [own["name"]] if isinstance(own.get("name"), str) else known
    elif own is not None:
        yield "own_labels must be a table, [own_labels]"
    if isinstance(record.get("label_set"), str) and record["label_set"] not in known:
        yield f"label_set must be one of {', '.join(known)}, not {record['label_set']!r}"


def axes_mistakes(record: Mapping[str, Any]) -> Iterator[str]:
    """Name every mistake in [[axes]]."""
    if "axes" in record:
        yield from _list_mistakes("axes", record["axes"], _AXIS, (0, 20))


def scales_mistakes(record: Mapping[str, Any]) -> Iterator[str]:
    """Name every mistake in `answer_scales` and [[own_scales]]."""
    named = record.get("answer_scales", [])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        yield f"answer_scales must be a list of texts, of {', '.join(INSTRUMENTS)}"
        named = []
    yield from (
        f"answer_scales: {name!r} is not one of {', '.join(INSTRUMENTS)}" for name in named if name not in INSTRUMENTS
    )
    own = record.get("own_scales", [])
    if not isinstance(own, list) or len(own) > MOST_SCALES:
        yield f"own_scales must be at most {MOST_SCALES} tables, [[own_scales]]"
        own = []
    for number, scale in enumerate(own, start=1):
        yield from (f"own_scales, number {number}: {mistake}" for mistake in _scale_mistakes(scale))
    known = [INSTRUMENTS[name] for name in named if name in INSTRUMENTS]
    names = [scale.name for one in known for scale in one.scales]
    names += [one.grid.name for one in known if one.grid is not None]
    names += [scale["name"] for scale in own if isinstance(scale, Mapping) and isinstance(scale.get("name"), str)]
    yield from (f"answer_scales and own_scales: {name!r} occurs twice" for name in _twice(names))


def _scale_mistakes(scale: Any) -> Iterator[str]:
    if not isinstance(scale, Mapping):
        yield "must be a table"
        return
    yield from (f"{field} is not known (there are: {', '.join(_SCALE)})" for field in sorted(set(scale) - {*_SCALE}))
    for field, longest in (("name", LONGEST_NAME), ("question", LONGEST_TEXT)):
        if mistake := _text_mistake(scale.get(field), longest):
            yield f"{field} {mistake}"
    for field in ("not_applicable", "higher_is_better"):
        if not isinstance(scale.get(field, True), bool):
            yield f"{field} must be true or false"
    first, levels = scale.get("first", 1), scale.get("levels")
    if type(first) is not int or first not in (0, 1):
        yield f"first must be 0 or 1, not {first!r}"
    elif not isinstance(levels, list) or not 2 <= len(levels) <= 10 - first:
        yield f"levels must be 2 to {10 - first} texts, from the lowest to the highest"
    else:
        for number, level in enumerate(levels, start=first):
            if mistake := _text_mistake(level, LONGEST_TEXT):
                yield f"level {number} {mistake}"


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _own_mistakes(own: Mapping[str, Any]) -> Iterator[str]:
    parts = {**_LETTERED, **_NUMBERED}
    for name in own:
        if name not in ("name", "omission", *parts):
            yield f"own_labels.{name} is not known (there are: name, omission, {', '.join(parts)})"
    if name_mistake := _text_mistake(own.get("name"), LONGEST_NAME):
        yield f"own_labels.name {name_mistake}"
    elif own["name"] in LABEL_SETS:
        yield f"own_labels.name {own['name']!r} is a built-in label set; choose another name, such as mine-1"
    if "categories" not in own:
        yield "own_labels.categories is missing: write one table [[own_labels.categories]] for each"
    for name, bounds in parts.items():
        if name in own:
            # Ratings are chosen by digits, in order; only letters can be set.
            expected = _LABEL if name in _LETTERED else _DEFINED
            yield from _list_mistakes(f"own_labels.{name}", own[name], expected, bounds)
    omission = own.get("omission", {"name": "omission"})
    if "omission" in own:
        yield from _table_mistakes("own_labels.omission", omission, _DEFINED)
    yield from _key_mistakes(own)
    left_out = omission.get("name") if isinstance(omission, Mapping) else None
    if left_out in [label.get("name") for label in _labels(own.get("categories"))]:
        yield f"own_labels.categories: {left_out!r} is counted separately; see [own_labels.omission]"


def _key_mistakes(own: Mapping[str, Any]) -> Iterator[str]:
    taken = {NOTE_KEY: "the note"}
    if "severities" not in own:
        taken |= {label.key: f"the severity {label.name}" for label in CREOLA.severities}
    for part in _LETTERED:
        for number, label in enumerate(_labels(own.get(part)), start=1):
            key = label.get("key")
            where = f"own_labels.{part}, number {number}: key"
            if not isinstance(key, str) or len(key) != 1 or not ("a" <= key <= "z"):
                if "key" in label:
                    yield f"{where} must be one letter from a to z, not {key!r}"
            elif key in taken:
                yield f"{where} {key!r} is taken by {taken[key]}"
            else:
                taken[key] = str(label.get("name"))


def _list_mistakes(name: str, value: Any, expected: tuple[str, ...], bounds: tuple[int, int]) -> Iterator[str]:
    if not isinstance(value, list) or not bounds[0] <= len(value) <= bounds[1]:
        yield f"{name} must be {bounds[0]} to {bounds[1]} tables, [[{name}]]"
        return
    for number, item in enumerate(value, start=1):
        yield from _table_mistakes(f"{name}, number {number}", item, expected)
    names = [item["name"] for item in _labels(value) if isinstance(item.get("name"), str)]
    yield from (f"{name}: {twice!r} occurs twice" for twice in _twice(names))


def _table_mistakes(name: str, value: Any, expected: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{name} must be a table"
        return
    yield from (
        f"{name}: {field} is not known (there are: {', '.join(expected)})" for field in set(value) - {*expected}
    )
    for field in expected:
        mistake = _text_mistake(value.get(field), LONGEST_NAME if field == "name" else LONGEST_TEXT)
        if mistake and (field in value or field != "key"):
            yield f"{name}: {field} {mistake}"
        elif field not in value:
            yield f"{name}: {field} is missing"


def _text_mistake(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        return f"must be a text of 1 to {longest} printable characters on one line"
    return ""


def _labels(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []

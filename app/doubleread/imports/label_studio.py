"""Label Studio's JSON: tasks with annotations or predictions, whose results mark regions of the task's text.

The results of one region have its id: the labels, and where a project asks for them choices, ratings and text areas
about it. Choices named severity, basis, harm or certainty become ratings, text areas and comments on a region its note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doubleread.cases.case_file import JsonText
from doubleread.cases.json_lines import Line, json_type
from doubleread.cases.problems import Problem, read_bytes
from doubleread.domain.hashes import bytes_sha256
from doubleread.imports.foreign_annotation import RATINGS, AnnotationFile, AnsweredBy, ForeignAnnotation
from doubleread.imports.offsets import Marked

_WORK = ("annotations", "completions")
_TEXT_KEYS = ("text", "answer")


@dataclass(slots=True)
class _Region:
    """The results of one region: its offsets and quote, its labels, and what is said about it."""

    marked: Marked | None = None
    labels: list[str] = field(default_factory=list)
    ratings: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    reader: str = ""
    repeat: bool = False
    fault: tuple[str, str] | None = None


def read_label_studio(path: Path, columns: Mapping[str, str]) -> AnnotationFile:
    """Return the annotations of an export of Label Studio. `columns` is not used. Raises CaseFileError."""
    del columns
    file = str(path)
    data = read_bytes(path)
    found: list[ForeignAnnotation] = []
    problems: list[Problem] = []
    ignored: Counter[str] = Counter()
    lines = list(JsonText(file, data, None).lines())
    own_work = any(_work(line.record or {}, _WORK) for line in lines)
    for line in lines:
        problems += line.problems
        if line.record is not None and not line.problems:
            _read_task(line, file, own_work, found, problems, ignored)
    if not lines:
        problems.append(Problem(file, 0, "", "the file contains no tasks"))
    return AnnotationFile("label-studio", tuple(found), tuple(problems), bytes_sha256(data), dict(ignored))


def _read_task(
    line: Line,
    file: str,
    own_work: bool,
    found: list[ForeignAnnotation],
    problems: list[Problem],
    ignored: Counter[str],
) -> None:
    assert line.record is not None
    task = line.record
    data = task.get("data")
    if not isinstance(data, dict):
        message = f"must be an object with the text, but is {json_type(data)}" if "data" in task else "is missing"
        if "annotator" in task or "lead_time" in task:
            message += "; export the project as JSON, not as JSON-MIN"
        problems.append(Problem(file, line.number, "data", message, unit=line.unit))
        return
    about = _about(data)
    if own_work and _work(task, ("predictions",)):
        ignored["predictions"] += len(_work(task, ("predictions",)))
    for work in _work(task, _WORK if own_work else ("predictions",)):
        if not isinstance(work, dict) or not isinstance(work.get("result", []), list):
            problems.append(Problem(file, line.number, "annotations", "has no list of results", unit=line.unit))
            continue
        if work.get("was_cancelled"):
            ignored["skipped annotations"] += 1
            continue
        reader = _reader(work)
        for region in _regions(work.get("result", []), ignored):
            problem = region.fault or (("result", "a region has no label") if not region.labels else None)
            if problem is not None or region.marked is None:
                name, message = problem or ("value", "a region has no offsets")
                problems.append(Problem(file, line.number, name, message, about.case_id, unit=line.unit))
                continue
            note = "\n".join(region.notes or region.comments)
            found += (
                ForeignAnnotation(
                    file,
                    line.number,
                    line.unit,
                    about,
                    region.marked,
                    label,
                    region.ratings,
                    note,
                    region.reader or reader,
                    repeat=int(region.repeat or work.get("repeat") == 1),
                )
                for label in region.labels
            )


def _work(task: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    return [work for name in names if isinstance(task.get(name), list) for work in task[name]]


def _about(data: Mapping[str, Any]) -> AnsweredBy:
    def said(*names: str) -> str:
        return next((str(data[name]) for name in names if isinstance(data.get(name), str | int)), "")

    texts = [value for value in data.values() if isinstance(value, str)]
    named = (data[key] for key in _TEXT_KEYS if isinstance(data.get(key), str))
    text = next(named, max(texts, key=len, default=None))
    return AnsweredBy(said("answer_id"), said("case_id"), said("arm", "arm_name"), said("side"), text)


def _reader(work: Mapping[str, Any]) -> str:
    if isinstance(named := work.get("reader"), str) and named:
        return named
    by = work.get("completed_by", work.get("model_version"))
    if isinstance(by, dict):
        by = next((by[name] for name in ("email", "username", "id") if by.get(name) not in (None, "")), "")
    return str(by) if isinstance(by, str | int) and not isinstance(by, bool) else ""


def _regions(results: list[Any], ignored: Counter[str]) -> Iterator[_Region]:
    regions: dict[str, _Region] = {}
    for number, item in enumerate(results):
        if not isinstance(item, dict):
            yield _Region(fault=("result", f"a result must be an object, but is {json_type(item)}"))
            continue
        kind, value = item.get("type"), item.get("value")
        if kind == "relation":
            ignored["relations"] += 1
            continue
        if not isinstance(value, dict):
            yield _Region(fault=("value", f"must be an object, but is {json_type(value)}"))
            continue
        region_id = item.get("id")
        region = regions.setdefault(region_id if isinstance(region_id, str) else f"#{number}", _Region())
        _add(region, item, value, ignored)
    yield from (region for region in regions.values() if region.labels or region.fault or region.marked is not None)


def _add(region: _Region, item: Mapping[str, Any], value: Mapping[str, Any], ignored: Counter[str]) -> None:
    labelled = str(item.get("type", "labels")).endswith("labels")
    labels = next((value[key] for key in value if labelled and key.endswith("labels")), None)
    is_region = "start" in value or "globalOffsets" in value
    name = item.get("from_name")
    if isinstance(labels, list):
        region.labels += [str(label) for label in labels if str(label) not in region.labels]
        _mark(region, value)
        _read_meta(region, item.get("meta"))
    elif not is_region:
        ignored[f"{item.get('type') or 'results'} about a whole task"] += 1
    elif isinstance(choices := value.get("choices"), list):
        if isinstance(name, str) and (rating := name.strip().lower()) in RATINGS and len(choices) == 1:
            region.ratings[rating] = str(choices[0])
        else:
            ignored["choices"] += len(choices)
    elif item.get("type") == "textarea" and isinstance(text := value.get("text"), list | str):
        region.notes += [text] if isinstance(text, str) else map(str, text)
    else:
        ignored[str(item.get("type") or "results")] += 1


def _mark(region: _Region, value: Mapping[str, Any]) -> None:
    placed = value.get("globalOffsets") if isinstance(value.get("globalOffsets"), dict) else value
    assert isinstance(placed, Mapping)
    offsets = [_whole(placed.get(name)) for name in ("start", "end")]
    if offsets[0] is None or offsets[1] is None:
        region.fault = ("value", "start and end must be whole numbers")
        return
    quote = value.get("text")
    region.marked = Marked(offsets[0], offsets[1], quote if isinstance(quote, str) and quote else None)


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _read_meta(region: _Region, meta: Any) -> None:
    if not isinstance(meta, dict):
        return
    if isinstance(text := meta.get("text"), list):
        region.comments += map(str, text)
    if isinstance(named := meta.get("reader"), str):
        region.reader = named
    region.repeat = meta.get("repeat") == 1

"""Standoff files of brat: a text (.txt) and the annotations of it (.ann), one on each line.

`T` lines mark words, `A` and `M` lines say something about them, `#` lines are notes. What the other lines say
(relations, events, equivalences, normalisations) has no place here and is counted. As in brat's own parser, offsets
count the text with every line end as one character.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from doubleread.cases.encodings import decoded
from doubleread.cases.json_lines import read_lines
from doubleread.cases.problems import Problem, read_bytes
from doubleread.domain.hashes import bytes_sha256, text_sha256
from doubleread.errors import CaseFileError
from doubleread.imports.foreign_annotation import RATINGS, AnnotationFile, AnsweredBy, ForeignAnnotation
from doubleread.imports.offsets import Marked

DOCUMENTS = "documents.jsonl"
"""Beside our own export: which answer and reader each pair of files is about."""

_NOT_IN_LABELS = re.compile(r"[^A-Za-z0-9_-]")

_IGNORED = {"R": "relations", "E": "events", "*": "equivalences", "N": "normalisations"}
_SPANS = re.compile(r"(\S+) (\d{1,12} \d{1,12}(?:;\d{1,12} \d{1,12})*)\s*")
_ABOUT = re.compile(r"(\S+) (\S+)(?: (.+))?")


def brat_name(label: str) -> str:
    """Return the name of a label in brat, which allows letters without accents, digits, hyphens and underscores."""
    return _NOT_IN_LABELS.sub("_", label)


@dataclass(slots=True)
class _Mark:
    line: int
    label: str
    marked: Marked
    ratings: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Document:
    about: AnsweredBy = field(default_factory=AnsweredBy)
    reader: str = ""
    repeat: int = 0


def read_brat(path: Path, columns: Mapping[str, str]) -> AnnotationFile:
    """Return the annotations of one .ann file, or of all in a folder. `columns` is not used. Raises CaseFileError."""
    del columns
    # Of a folder, files alone: opening a pipe would wait for somebody who writes.
    files = sorted(filter(Path.is_file, path.rglob("*.ann"))) if path.is_dir() else [path.with_suffix(".ann")]
    if not files:
        raise CaseFileError("Nothing imported", f"{path} has no .ann files", "give the folder that contains them")
    found: list[ForeignAnnotation] = []
    problems: list[Problem] = []
    ignored: Counter[str] = Counter()
    documents = _documents(path, problems)
    hashes = []
    for file in files:
        data = read_bytes(file)
        hashes.append(f"{bytes_sha256(data)} {file.name}\n")
        document = documents.get(file.resolve()) or _Document()
        _read_file(file, data, document, found, problems, ignored)
    sha256 = text_sha256("".join(hashes)) if path.is_dir() else hashes[0].split()[0]
    return AnnotationFile("brat", tuple(found), tuple(problems), sha256, dict(ignored))


def _documents(path: Path, problems: list[Problem]) -> dict[Path, _Document]:
    """Return what our own export says about its files."""
    folders = [path] if path.is_dir() else list(path.parents)[:2]
    index = next((folder / DOCUMENTS for folder in folders if (folder / DOCUMENTS).is_file()), None)
    if index is None:
        return {}
    found = {}
    for line in read_lines(read_bytes(index), str(index)):
        problems += line.problems
        record = line.record or {}
        texts = [record.get(name) for name in ("file", "answer_id", "case_id", "reader_id")]
        name, answer_id, case_id, reader = (value if isinstance(value, str) else "" for value in texts)
        if name and "\0" not in name:
            repeat = 1 if record.get("repeat") == 1 else 0
            document = _Document(AnsweredBy(answer_id, case_id), reader, repeat)
            found[(index.parent / name).with_suffix(".ann").resolve()] = document
    return found


def _read_file(
    file: Path,
    data: bytes,
    document: _Document,
    found: list[ForeignAnnotation],
    problems: list[Problem],
    ignored: Counter[str],
) -> None:
    name = str(file)
    text, faults = decoded(data, name)
    problems += faults
    if faults and not text:
        return
    about = _with_text(document.about, file, problems)
    if about is None:
        return
    found += (
        ForeignAnnotation(
            name,
            mark.line,
            "line",
            about,
            mark.marked,
            mark.label,
            mark.ratings,
            "\n".join(mark.notes),
            document.reader,
            repeat=document.repeat,
        )
        for mark in _marks(text, name, {fault.line for fault in faults}, problems, ignored)
    )


def _with_text(about: AnsweredBy, file: Path, problems: list[Problem]) -> AnsweredBy | None:
    path = file.with_suffix(".txt")
    if not path.is_file():
        if about.answer_id:
            return about
        problems.append(Problem(str(file), 0, "", f"the text is missing; put {path.name} beside it", whole=True))
        return None
    try:
        # As in brat, a byte order mark would count.
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(Problem(str(path), 0, "", f"byte {error.start + 1} is not UTF-8; save it as UTF-8", whole=True))
        return None
    return AnsweredBy(about.answer_id, about.case_id, text=text)


def _marks(text: str, file: str, bad: set[int], problems: list[Problem], ignored: Counter[str]) -> list[_Mark]:
    marks: dict[str, _Mark] = {}
    about: list[tuple[int, str, str, str, str]] = []
    for number, line in enumerate(_lines(text), start=1):
        if number in bad or not line.strip():
            continue
        line_id, tab, rest = line.partition("\t")
        what = line_id[:1]
        if not tab or what not in "TAM#REN*":
            problems.append(Problem(file, number, "", "is not a line of a standoff file, such as T1, a tab, a label"))
        elif what in _IGNORED:
            ignored[_IGNORED[what]] += 1
        elif what == "T":
            if line_id in marks:
                problems.append(Problem(file, number, "", f"{line_id[:20]} is used twice"))
            elif (mark := _mark(number, rest)) is None:
                message = "must be a label, start and end, then a tab and the words marked"
                problems.append(Problem(file, number, "", message))
            else:
                marks[line_id] = mark
        else:
            data, _, tail = rest.partition("\t")
            if (match := _ABOUT.fullmatch(data.rstrip())) is None:
                problems.append(Problem(file, number, "", f"{line_id[:20]} does not say what it is about"))
            else:
                about.append((number, what, match[1], match[2], tail if what == "#" else match[3] or ""))
    for _, what, kind, target, value in about:
        _say(marks.get(target), what, kind, value, ignored)
    return list(marks.values())


def _lines(text: str) -> Iterator[str]:
    """Yield the lines, which end with LF or CR LF alone: a quote may have any other character."""
    for line in text.split("\n"):
        yield line.removesuffix("\r")


def _mark(number: int, rest: str) -> _Mark | None:
    data, tab, quote = rest.partition("\t")
    if (match := _SPANS.fullmatch(data)) is None:
        return None
    parts = [(int(start), int(end)) for start, end in (part.split(" ") for part in match[2].split(";"))]
    marked = Marked(
        min(start for start, _ in parts),
        max(end for _, end in parts),
        quote if tab and quote else None,
        tuple(sorted(parts)) if len(parts) > 1 else (),
    )
    return _Mark(number, match[1], marked)


def _say(mark: _Mark | None, what: str, kind: str, value: str, ignored: Counter[str]) -> None:
    if mark is None:
        ignored["notes and attributes about other things"] += 1
    elif what == "#":
        mark.notes.append(value)
    elif kind.lower() in RATINGS and value:
        mark.ratings[kind.lower()] = value
    else:
        ignored["attributes"] += 1

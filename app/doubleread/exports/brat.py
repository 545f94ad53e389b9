"""brat: a text and a standoff file for each answer and reader."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from doubleread.domain.annotation import RATED_FIELDS
from doubleread.domain.labels import LabelSet
from doubleread.domain.spans import Span
from doubleread.domain.wording import plural, verb
from doubleread.errors import InputRefusedError
from doubleread.exports.by_case import CaseRows, by_case
from doubleread.exports.exporter import Exporter, Written, text_file
from doubleread.exports.jsonl import write_jsonl
from doubleread.exports.label_studio import in_answer, left_out
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource
from doubleread.imports.brat import DOCUMENTS, brat_name
from doubleread.imports.offsets import MeasuredText, OffsetConvention

_LINE_FEEDS = OffsetConvention(line_feeds=True)
_BREAK = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
"""At these brat ends a line of a standoff file."""

_STRETCH = re.compile(rf"[^{_BREAK}]+")
_NOTE_BREAK = re.compile(rf"\r\n|[{_BREAK}]")
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 60
_README = f"""\
# Annotations of a doubleread study for brat

A folder for each reader has two files for each answer that the reader has read: the answer's text (`.txt`) and what the
reader marked in it (`.ann`). `{DOCUMENTS}` says which answer and reader each pair is about. `annotation.conf` declares
the labels, `visual.conf` how brat shows them. Copy the folder into brat's `data` folder.

- Offsets count Unicode code points of the text in the `.txt` file; the end is exclusive. Its lines end with LF, also
  where the answer has CR LF, because brat counts every line end as one.
- Names of labels have underscores where brat allows no other sign, such as `unsupported_by_the_case`.
- Words of several lines are one annotation of several fragments, as in brat. A mark that begins or ends in a line break
  cannot be written, and is left out.
- Severity, basis, harm and certainty are attributes. Each line of a note is a note of its own.
- Omissions mark the case and not the answer, and are left out. So are verdicts, preferences, ratings, sentences,
  criteria and links to passages: brat has no place for them. The formats jsonl and csv contain them.

`doubleread import-annotations STUDY FOLDER` reads this folder, also after changes in brat.
"""


@dataclass(slots=True)
class _Names:
    """The names of files and folders. Each is used once, whatever case the file system ignores."""

    taken: dict[str, int] = field(default_factory=dict)
    """By name, the number that was last put behind it: ids may have the same beginning by the thousand."""

    def new(self, wanted: str) -> str:
        """Return a name that is not taken."""
        plain = _NOT_IN_NAMES.sub("-", wanted)[:_LONGEST_NAME].strip(".-") or "x"
        name, number = plain, self.taken.get(plain.lower(), 1)
        while name.lower() in self.taken:
            number += 1
            name = f"{plain}-{number}"
        self.taken[name.lower()] = 1
        self.taken[plain.lower()] = number
        return name


def _write(source: ExportSource, folder: Path) -> Written:
    counts: Counter[str] = Counter()
    names = _Names()

    @lru_cache(None)
    def folder_of(reader_id: str) -> str:
        name = names.new(reader_id)
        (folder / name).mkdir()
        return name

    files: defaultdict[str, _Names] = defaultdict(_Names)
    _write_config(source.study.protocol.labels, folder)
    with text_file(folder / DOCUMENTS) as index:
        for rows in by_case(source, "readings", "annotations"):
            for reading in rows["readings"]:
                for side in ("a", "b"):
                    answer = rows.answers[reading[f"answer_{side}"]]
                    reader = folder_of(reading["reader_id"])
                    again = "-repeat" if reading["repeat"] else ""
                    name = f"{reader}/{files[reader].new(f'{rows.case_id}-{side}{again}')}"
                    _write_pair(folder / name, rows, reading, answer, counts)
                    about = {column: reading[column] for column in ("reader_id", "reading_id", "repeat", "case_id")}
                    write_jsonl(index, [{"file": f"{name}.txt", **about, "answer_id": answer["answer_id"]}])
                    counts["documents"] += 1
    written = {"documents": counts["documents"], "annotations": counts["annotations"]}
    return Written(written, _README, left_out=(*left_out(counts), *_left_out(counts)))


def _left_out(counts: Counter[str]) -> Iterator[str]:
    if cut := counts["cut"]:
        yield f"{plural(cut, 'annotation')} {verb(cut, 'begins or ends', 'begin or end')} in a line break"
    if notes := counts["notes"]:
        yield f"{plural(notes, 'note')} {verb(notes, 'has', 'have')} line breaks; each line is a note of its own"


def _write_pair(path: Path, rows: CaseRows, reading: Record, answer: Record, counts: Counter[str]) -> None:
    text = MeasuredText(answer["text"])
    lines: list[str] = []
    notes = attributes = 0
    for number, row in enumerate(in_answer(rows, reading["reading_id"], answer["answer_id"], counts), start=1):
        spans = fragments(text, Span(row["start"], row["end"]))
        if not spans:
            counts["cut"] += 1
            continue
        counts["annotations"] += 1
        offsets = ";".join(f"{start} {end}" for start, end, _ in spans)
        quote = " ".join(words for _, _, words in spans)
        lines.append(f"T{number}\t{brat_name(row['category'])} {offsets}\t{quote}\n")
        for name in RATED_FIELDS[1:]:
            if row[name] is not None:
                attributes += 1
                lines.append(f"A{attributes}\t{name.capitalize()} T{number} {brat_name(row[name])}\n")
        noted = _NOTE_BREAK.split(row["note"]) if row["note"] else []
        counts["notes"] += len(noted) > 1
        for line in noted:
            notes += 1
            lines.append(f"#{notes}\tAnnotatorNotes T{number}\t{line}\n")
    plain = answer["text"].replace("\r\n", "\n").replace("\r", "\n")
    path.with_name(f"{path.name}.txt").write_bytes(plain.encode())
    path.with_name(f"{path.name}.ann").write_bytes("".join(lines).encode())


def fragments(text: MeasuredText, span: Span) -> list[tuple[int, int, str]]:
    """Return start, end and words of each stretch of a span without line breaks, in the text with LF alone.

    Nothing if the span begins or ends in a line break, which stretches cannot say.
    """
    found = [Span(*match.span()) for match in _STRETCH.finditer(text.text, span.start, span.end)]
    if not found or (found[0].start, found[-1].end) != (span.start, span.end):
        return []
    parts = []
    for one in found:
        offsets = text.offsets(_LINE_FEEDS, one)
        if offsets is None:
            return []
        parts.append((*offsets, one.of(text.text)))
    return parts


def _write_config(labels: LabelSet, folder: Path) -> None:
    rated = {name: [label.name for label in labels.ratings(name)] for name in RATED_FIELDS}
    rated["category"] = [label.name for label in labels.categories]
    for names in rated.values():
        _expect_distinct(names)
    attributes = [
        f"{name.capitalize()}\tArg:<ENTITY>, Value:{'|'.join(map(brat_name, names))}"
        for name, names in rated.items()
        if name != "category" and names
    ]
    entities = [brat_name(name) for name in rated["category"]]
    with text_file(folder / "annotation.conf") as file:
        parts = ("[entities]", *entities, "", "[relations]", "", "[events]", "", "[attributes]", *attributes, "")
        file.write("\n".join(parts))
    with text_file(folder / "visual.conf") as file:
        shown = [f"{brat_name(name)} | {name}" for names in rated.values() for name in names]
        file.write("\n".join(("[labels]", *dict.fromkeys(shown), "", "[drawing]", "")))


def _expect_distinct(names: Iterable[str]) -> None:
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(brat_name(name), name)
        if other != name:
            happened = f'brat cannot tell the labels "{other}" and "{name}" apart'
            raise InputRefusedError("Nothing exported", happened, "use another format")


BRAT = Exporter("texts and standoff files for brat, one pair an answer and reader", _write)

"""What every parser of annotation files returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doubleread.cases.problems import Problem
from doubleread.domain.annotation import ANSWER, Relation
from doubleread.imports.offsets import Marked, OffsetConvention

RATINGS = ("severity", "basis", "harm", "certainty")
"""The ratings of an annotation besides its category."""


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """Which answer an annotation is about, as far as its file says: by id, by case and arm or side, or by its text.

    `sha256` is the hash of the answer's text.
    """

    answer_id: str = ""
    case_id: str = ""
    arm: str = ""
    side: str = ""
    text: str | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ForeignPassage:
    """A linked passage, in code points of its source."""

    start: int
    end: int
    quote: str | None
    source: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class ForeignAnnotation:
    """One annotation as it is in its file. `line` counts what `unit` says.

    Ratings are None if the file does not give them, `reader` is empty. `place_sha256` is the hash of the text that the
    offsets count in, where the file has it.
    """

    file: str
    line: int
    unit: str
    answer: AnsweredBy
    marked: Marked
    category: str
    ratings: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    reader: str = ""
    place: str = ANSWER
    repeat: int = 0
    passage: ForeignPassage | None = None
    place_sha256: str = ""

    def problem(self, name: str, message: str) -> Problem:
        """Return a problem of this annotation."""
        return Problem(self.file, self.line, name, message, self.answer.case_id, unit=self.unit)


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """The annotations of a file or a folder, and every problem in it.

    `ignored` counts, in words, what it has besides annotations. `offsets` is the convention, where the format has one.
    `sha256` is the hash of the file, of a folder that of the names and hashes of what was read of it.
    """

    format_name: str
    annotations: tuple[ForeignAnnotation, ...]
    problems: tuple[Problem, ...]
    sha256: str
    ignored: Mapping[str, int] = field(default_factory=dict)
    offsets: OffsetConvention | None = None

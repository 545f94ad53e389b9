"""Studies with drawn texts and annotations, and what a format gives back: for every format that can be imported."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import strategies as st

from doubleread.domain.annotation import Annotation
from doubleread.domain.spans import Span
from doubleread.exports.export import export_study
from doubleread.read_model.blinding import unblind
from doubleread.runs.importing_annotations import AnnotationImport, ImportedAnnotations, import_annotations
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from exports.attested import ATTESTED
from exports.hostile_texts import filled_texts, texts
from imports.texts_study import fresh_copy, side_of, study_of

CATEGORIES = ("fabrication", "negation", "causality", "contextual")
SEVERITIES = ("minor", "major")
BASES = (None, "contradicted by the case", "unsupported by the case", "medically false")
READERS = ("R-01", "R-02")
EMPTY = "empty.doubleread"


@dataclass(frozen=True)
class Drawn:
    """One annotation to be: its reader, the arm of its answer, where it is, and what is said about it."""

    reader: str
    arm: str
    start: int
    end: int
    category: str
    severity: str
    basis: str | None
    note: str


@dataclass(frozen=True)
class DrawnStudy:
    """The texts of both answers of one case, and annotations of them."""

    answers: tuple[str, str]
    annotations: tuple[Drawn, ...]

    def text(self, one: Drawn) -> str:
        """The text that an annotation marks."""
        return self.answers[one.arm == "two"]


@st.composite
def drawn_studies(
    draw: st.DrawFn,
    answers: st.SearchStrategy[str] = filled_texts,
    notes: st.SearchStrategy[str] = texts,
    most: int = 4,
) -> DrawnStudy:
    """Draw a study with up to `most` annotations, no two of the same words in the same category by the same reader."""
    pair = (draw(answers), draw(answers))
    found: dict[tuple[object, ...], Drawn] = {}
    for _ in range(draw(st.integers(1, most))):
        arm = draw(st.sampled_from(("one", "two")))
        length = len(pair[arm == "two"])
        start = draw(st.integers(0, length - 1))
        one = Drawn(
            draw(st.sampled_from(READERS)),
            arm,
            start,
            draw(st.integers(start + 1, length)),
            draw(st.sampled_from(CATEGORIES)),
            draw(st.sampled_from(SEVERITIES)),
            draw(st.sampled_from(BASES)),
            draw(notes),
        )
        found[one.reader, one.arm, one.start, one.end, one.category] = one
    return DrawnStudy(pair, tuple(found.values()))


@contextmanager
def annotated(drawn: DrawnStudy) -> Iterator[StudyFile]:
    """Make a study with the annotations, in open readings; the file `empty.doubleread` beside it has none."""
    with tempfile.TemporaryDirectory() as folder, study_of(Path(folder, "study"), [drawn.answers]) as study:
        for reader in READERS:
            study.readers.register(reader)
        fresh_copy(study, study.path.with_name(EMPTY)).close()
        for reader in READERS:
            session = ReadingSession(study, reader)
            session.answers()
            for one in drawn.annotations:
                if one.reader == reader:
                    session.mark(
                        side_of(session, one.arm), "answer", Span(one.start, one.end), one.category, one.severity,
                        basis=one.basis, note=one.note,
                    )  # fmt: skip
            session.leave()
        unblind(study, "lead", "to compare with the original texts")
        yield study


def annotations_of(study: StudyFile) -> dict[str, list[Annotation]]:
    """Return the annotations of each reader, without ids and in one order."""
    found = {}
    for reader in READERS:
        reading = study.reading(reader, "case-0")
        made = () if reading is None else reading.judgement.annotations
        found[reader] = sorted((replace(one, id="") for one in made), key=lambda one: one.mark)
    return found


def there_and_back(
    study: StudyFile,
    format_name: str,
    changed: Callable[[Annotation], Sequence[Annotation]] = lambda one: [one],
) -> ImportedAnnotations:
    """Export a study of `annotated`, import it into a fresh copy, and compare.

    `changed` is what the format makes of an annotation.
    """
    out = study.path.with_name(format_name)
    export_study(study, format_name, out, attestation=ATTESTED)
    expected = {reader: [new for one in made for new in changed(one)] for reader, made in annotations_of(study).items()}
    shutil.copyfile(study.path.with_name(EMPTY), fresh := study.path.with_name(f"{format_name}.doubleread"))
    with StudyFile.open(fresh, device="elsewhere") as empty:
        done = import_annotations(empty, out, AnnotationImport(format_name=format_name))
        assert done.left_out == ()
        assert annotations_of(empty) == expected
    return done

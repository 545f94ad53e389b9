"""The readers: their progress, the versions of the protocol by which they read, and the blinding assessment."""

from __future__ import annotations

from doubleread.domain.formatting import whole
from doubleread.results.blinding_assessment import AssessmentCounts
from doubleread.results.counting import Results
from doubleread.results.scales import COEFFICIENT, PROPORTION
from doubleread.results.section import Bar, Bars, Cell, Count, Part, Row, Section, Value
from doubleread.results.versions import SHOWN


def versions(results: Results) -> Section | None:
    """The versions of the protocol: what each changed, and the readings made under it."""
    if len(results.versions) < 2:
        return None
    rows = tuple(
        Row(
            version.sha256,
            f"version {version.number}" if version.number else "of a copy",
            {
                "sha256": version.sha256[:SHOWN],
                "readings": Count(version.readings),
                "repeats": Count(version.repeats),
                "changed": ", ".join(version.changed),
            },
        )
        for version in results.versions
    )
    columns = ("sha256", "readings", "repeats", "changed")
    return Section("versions", "Versions of the protocol", "methods", columns, rows)


def progress(results: Results) -> Section | None:
    """The progress of each reader."""
    readers = results.progress.readers
    if not readers:
        return None
    rows = tuple(
        Row(
            reader.reader_id,
            reader.reader_id,
            {
                "committed": Count(reader.committed),
                "left": "withdrawn" if reader.withdrawn else Count(reader.left),
                "outside_field": Count(reader.outside_field),
                "minutes": whole(reader.active_seconds / 60),
                "inconsistencies": Count(reader.inconsistencies),
            },
        )
        for reader in readers
    )
    bars = tuple(
        Bar(
            f"readings of {reader.reader_id}",
            None,
            (Part("committed", "done", reader.committed), Part("missing", "left", max(0, reader.left))),
        )
        for reader in readers
    )
    columns = ("committed", "left", "outside field", "minutes", "inconsistencies")
    return Section("readers", "Readers", "progress", columns, rows, bars=(Bars("readings-progress", "Readings", bars),))


def blinding_assessment(results: Results) -> Section | None:
    """How well readers identify the arms: replies by reader, and Bang's index."""
    found = results.blinding_assessments
    if not found.all.asked:
        return None
    about = f" ({found.about})" if found.about else ""
    rows = [
        Row("all", "all readers", _replies(found.all)),
        *(Row(f"reader {reader}", reader, _replies(counts)) for reader, counts in found.by_reader.items()),
        Row(
            "index",
            "Bang's index",
            {"index": Value(found.index, COEFFICIENT)},
            tuple(
                Row(side, f"on {side}", {"index": Value(index, COEFFICIENT)})
                for side, index in found.index_by_side.items()
            ),
        ),
    ]
    columns = ("correct, of named", "incorrect", "no idea", "skipped")
    return Section(
        "blinding-assessment",
        f"Blinding assessment: which answer is whose{about}",
        "progress",
        columns,
        tuple(rows),
    )


def _replies(counts: AssessmentCounts) -> dict[str, Cell]:
    return {
        "correct": Value(counts.proportion, PROPORTION),
        "incorrect": Count(counts.incorrect),
        "no_idea": Count(counts.no_idea),
        "skipped": Count(counts.skipped),
    }

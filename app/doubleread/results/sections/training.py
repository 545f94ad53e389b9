"""Readers and training: who reached the threshold, and whether they drift."""

from __future__ import annotations

from doubleread.domain.formatting import percent
from doubleread.results.counting import Results
from doubleread.results.scales import AGREEMENT, RATE_DIFFERENCE
from doubleread.results.section import Cell, Count, Row, Section, Value
from doubleread.results.training import TrainedReader


def training(results: Results) -> Section | None:
    """The training of each reader, and the hidden repeats of training cases."""
    found = results.training
    if found is None:
        return None
    rows = [_row(reader) for reader in found.readers]
    if found.drift is not None:
        rows.append(
            Row(
                "drift",
                "hidden repeats",
                {"score": Value(found.drift.first, AGREEMENT)},
                (
                    Row("qualification", "same cases in training", {"score": Value(found.drift.second, AGREEMENT)}),
                    Row("difference", "difference", {"difference": Value(found.drift.difference, RATE_DIFFERENCE)}),
                ),
            )
        )
    title = f"Readers and training: {found.metric}, threshold {percent(found.threshold)}"
    columns = ("result", "rounds", "attempts", "first round")
    return Section("training", title, "progress", columns, tuple(rows))


def _row(reader: TrainedReader) -> Row:
    result = "in training"
    if reader.qualified and reader.overall is not None:
        result = f"passed, {percent(reader.overall)}"
    elif reader.waived:
        result = "waived"
    cells: dict[str, Cell] = {
        "result": result,
        "rounds": Count(reader.rounds),
        "attempts": Count(reader.attempts),
        "first": percent(reader.first) if reader.first is not None else "",
    }
    return Row(f"reader {reader.reader_id}", reader.reader_id, cells)

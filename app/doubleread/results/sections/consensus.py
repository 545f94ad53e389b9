"""The consensus round: agreement before and after it, and what readers revised."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.domain.wording import plural
from doubleread.results.cases_behind import Behind
from doubleread.results.consensus import REVISIONS, ConsensusReader
from doubleread.results.counting import Results
from doubleread.results.labels import LabelAgreement
from doubleread.results.reliability import InterRaterReliability
from doubleread.results.scales import AGREEMENT, COEFFICIENT
from doubleread.results.section import Cell, Count, Row, Section, Value, arm_heads

CHAPTER = "agreement"
_COEFFICIENTS = (("krippendorff", "Krippendorff"), ("ac1", "Gwet AC1"))


def agreement(results: Results) -> Section | None:
    """Inter-rater agreement of first readings, and of readings as they are after the round."""
    found = results.consensus
    if found is None:
        return None
    rows = [*_labels(results, results.inter_rater, found.after), *_spans(results.inter_rater, found.after)]
    cases = f"{plural(results.inter_rater.cases, 'case')} read by several readers"
    return Section(
        "consensus-agreement",
        f"Agreement before and after the consensus round, {cases}",
        CHAPTER,
        ("before", "after"),
        tuple(rows),
    )


def _labels(results: Results, before: InterRaterReliability, after: InterRaterReliability) -> Iterator[Row]:
    now = {(label.subject, label.arm): label for label in (*after.labels, *after.matched)}
    heads = arm_heads(results)
    for label in (*before.labels, *before.matched):
        later = now.get((label.subject, label.arm))
        if not label.cases or later is None:
            continue
        of_arm = f", {heads[label.arm]}" if label.arm is not None else ""
        below = tuple(Row(name, words, _both(label, later, name)) for name, words in _COEFFICIENTS)
        arm = "both" if label.arm is None else ("first", "second")[label.arm]
        yield Row(f"{label.subject} {arm}", f"{label.subject}{of_arm}", _both(label, later, "observed"), below)


def _both(before: LabelAgreement, after: LabelAgreement, name: str) -> dict[str, Cell]:
    scale, behind = AGREEMENT if name == "observed" else COEFFICIENT, Behind("several")
    return {when: Value(getattr(label, name), scale, behind) for when, label in (("before", before), ("after", after))}


def _spans(before: InterRaterReliability, after: InterRaterReliability) -> Iterator[Row]:
    behind = Behind("several")
    for key, label, name in (
        ("annotated-words", "annotated words F1", "words"),
        ("annotated-spans", "annotated spans", "spans"),
    ):
        values: dict[str, Cell] = {
            when: Value(getattr(found.spans, name), AGREEMENT, behind)
            for when, found in (("before", before), ("after", after))
        }
        yield Row(key, label, values)


def revisions(results: Results) -> Section | None:
    """What each reader did in the round: readings that they opened, kept and revised, and their revisions."""
    found = results.consensus
    if found is None:
        return None
    rows = [_row(reader) for reader in found.readers]
    return Section(
        "consensus-revisions",
        f"Consensus round: {plural(found.cases, 'case')}",
        CHAPTER,
        ("opened", "revised", "kept", "closer to others", "farther"),
        tuple(rows),
    )


def _row(reader: ConsensusReader) -> Row:
    cells: dict[str, Cell] = {
        "opened": Count(reader.opened),
        "revised": Count(reader.revised, reader.opened),
        "kept": Count(reader.kept, reader.opened),
        "toward": Count(reader.toward, reader.opened),
        "away": Count(reader.away, reader.opened),
    }
    below = tuple(Row(kind, kind, {"n": Count(reader.revisions[kind])}) for kind in REVISIONS if reader.revisions[kind])
    return Row(f"reader {reader.reader_id}", reader.reader_id, cells, below)

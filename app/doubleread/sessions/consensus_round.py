"""Who can take part in a consensus round, with which cases, and how readings of a case differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from doubleread.domain.adjudication import ComparedReading, Difference
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.blinding import randomised_order
from doubleread.domain.carried_readings import carried_reading
from doubleread.domain.comparison import compare
from doubleread.domain.hashes import json_sha256
from doubleread.domain.reading import Reading
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError
from doubleread.sessions.worklist import committed_items
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class OtherReadings:
    """How one reader's reading of a case differs from others, who are numbered in an order of this case only."""

    own: Reading
    others: tuple[ComparedReading, ...]
    differences: tuple[Difference, ...]

    @property
    def shown_sha256(self) -> str:
        """The hash of what these readers said of the differences."""
        said = [[item.id, [asdict(held) for held in item.held[1:]]] for item in self.differences]
        return json_sha256(said)


def other_readings(study: StudyFile, reading: Reading) -> OtherReadings:
    """Compare a reading with the other committed readings of its case, by its reader's sides. Numbers begin at 1."""
    compared = study.compared_readings(reading.case_id)
    order = randomised_order(study.secret, reading.reader_id, reading.case_id, compared.keys() - {reading.id})
    others = tuple(compared[reading_id] for reading_id in order)
    if not others or reading.id not in compared:
        return OtherReadings(reading, (), ())
    found = compare([reading, *(other.reading for other in others)], reading.answer_ids)
    return OtherReadings(reading, others, found.differences)


def round_items(study: StudyFile, reader_id: str) -> list[WorklistItem]:
    """Return the cases in which a reader differs from another one, and those they opened in the round before."""
    items = []
    for item in study.readers.worklist(reader_id):
        reading = None if item.repeat else study.reading(reader_id, item.case_id)
        if reading is None or not reading.committed or reading.judgement.outside_field:
            continue
        if reading.consensus is not None or other_readings(study, reading).differences:
            items.append(item)
    return items


def round_done(study: StudyFile, reader_id: str, items: Iterable[WorklistItem]) -> set[WorklistItem]:
    """Return the items with which a reader is done in the round."""
    readings = ((item, study.reading(reader_id, item.case_id)) for item in items)
    return {item for item, reading in readings if reading and reading.consensus and reading.consensus.outcome}


def round_left(study: StudyFile, reader_id: str) -> set[WorklistItem]:
    """Return the cases with which a reader is not done in the round."""
    items = round_items(study, reader_id)
    return set(items) - round_done(study, reader_id, items)


def expect_round(study: StudyFile, reader_id: str) -> None:
    """Raise InputRefusedError if a reader cannot take part in a consensus round now."""
    if not study.protocol.consensus:
        raise _none("the protocol has none", "the study lead can change that: set consensus = true")
    if study.split_reader is not None and not study.for_consensus:
        raise _none("this file has no other readings", "ask your study lead for a file for the consensus round")
    left = set(study.readers.worklist(reader_id)) - committed_items(study, reader_id)
    if left:
        # Other readers' judgements must not influence a first reading.
        raise _none(f"{reader_id} has {plural(len(left), 'case')} to read first", "commit these, then come back")
    if not round_items(study, reader_id):
        raise _none(f"no other reader's readings differ from those of {reader_id}", "wait for the other readers")


def rounds_to_send(study: StudyFile, reader_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return what a reader's own file carries for a consensus round: the other readings of its cases, without names.

    Raises InputRefusedError if the reader cannot take part in it now.
    """
    expect_round(study, reader_id)
    retrieved = study.protocol.show_passages == "blind"
    carried = {}
    for item in round_items(study, reader_id):
        reading = study.reading(reader_id, item.case_id)
        if reading is not None:
            others = other_readings(study, reading).others
            carried[item.case_id] = [carried_reading(other, retrieved=retrieved) for other in others]
    return carried


def _none(happened: str, remedy: str) -> InputRefusedError:
    return InputRefusedError("No consensus round", happened, remedy)

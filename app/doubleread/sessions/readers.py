"""The readers of a study: what each is to read, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.domain.assignment import Plan, balanced_blocks, readers_needed, reading_order
from doubleread.domain.events import STUDY_SPLIT
from doubleread.errors import InputRefusedError
from doubleread.sessions.admission import not_listed
from doubleread.store import StudyFile
from doubleread.store.log.adjudication_log import is_adjudicator


@dataclass(frozen=True, slots=True)
class RegisteredReader:
    """A reader and how far they are. `cases` are different ones; `repeats` of them come a second time.

    `committed` counts readings, repeated ones among them. `assigned` is False where nobody assigned cases to this
    reader, who then reads all; an adjudicator then reads none. `withdrawn_at` is None for those who take part; of a
    withdrawn reader `cases` counts what they have begun.
    """

    reader_id: str
    role: str
    qualification: str
    assigned: bool
    cases: int
    repeats: int
    committed: int
    withdrawn_at: str | None = None
    withdrawal_reason: str = ""


def registered_readers(study: StudyFile) -> list[RegisteredReader]:
    """Return all readers in the order of their registration, then those who so far have only a file of their own."""
    assigned = study.assigned()
    committed = {
        row["reader_id"]: row["n"]
        for row in study.connection.rows(
            "SELECT reader_id, count(*) AS n FROM readings WHERE committed_at IS NOT NULL GROUP BY reader_id"
        )
    }
    found = []
    rows = study.connection.rows(
        "SELECT id, role, qualification, withdrawn_at, withdrawal_reason FROM readers ORDER BY registered_at, id"
    ) + study.connection.rows(
        "SELECT json_extract(body, '$.reader_id') AS id, '' AS role, '' AS qualification, NULL AS withdrawn_at,"
        " '' AS withdrawal_reason FROM events WHERE kind = ?"
        " AND json_extract(body, '$.reader_id') NOT IN (SELECT readers.id FROM readers)"
        " GROUP BY 1 ORDER BY min(position)",
        [STUDY_SPLIT],
    )
    for row in rows:
        reader_id = row["id"]
        reads = reader_id in assigned or reader_id in committed or not is_adjudicator(row["role"])
        items = study.worklist(reader_id) if reads else ()
        if row["withdrawn_at"]:
            items = tuple(study.items_read(reader_id))
        repeats = sum(item.repeat > 0 for item in items)
        counts = (len(items) - repeats, repeats, committed.get(reader_id, 0))
        withdrawal = (row["withdrawn_at"], row["withdrawal_reason"])
        about = (reader_id, row["role"], row["qualification"], reader_id in assigned)
        found.append(RegisteredReader(*about, *counts, *withdrawal))
    return found


def adjudicators(study: StudyFile) -> list[str]:
    """Return those who take part with the role "adjudicator", in the order of their registration."""
    found = registered_readers(study)
    return [reader.reader_id for reader in found if is_adjudicator(reader.role) and reader.withdrawn_at is None]


def assign_cases(study: StudyFile, plan: Plan, readers: Sequence[str], *, seed: int, each: int) -> dict[str, list[str]]:
    """Assign all cases by a plan, in the order and with the repeats that the protocol asks for; return the lists.

    What a reader has read a second time stays in their list. Raises InputRefusedError where a reader is unknown, would
    get no case, or would lose one that they have begun to read.
    """
    if unknown := [reader_id for reader_id in readers if reader_id not in study.readers()]:
        raise not_listed("Nothing assigned", unknown[0], study)
    cases, protocol = study.case_ids(), study.protocol
    counts = readers_needed(plan, cases, len(readers), each=each, proportion=protocol.read_twice, seed=seed)
    blocks = balanced_blocks(dict(zip(cases, counts, strict=True)), readers, seed)
    order, proportion = protocol.order, protocol.repeat_proportion
    assigned = {
        reader_id: reading_order(
            [case_id for case_id in cases if reader_id in blocks[case_id]],
            reader_id,
            order=order,
            repeat_proportion=proportion,
            seed=seed,
        )
        for reader_id in readers
    }
    for reader_id, listed in assigned.items():
        again = {item.case_id for item in study.items_read(reader_id) if item.repeat}
        listed += sorted(case_id for case_id in again if listed.count(case_id) == 1)
    if idle := [reader_id for reader_id, listed in assigned.items() if not listed]:
        raise InputRefusedError(
            "Nothing assigned", f"{', '.join(idle)} would get no case", "name fewer readers, or raise --each"
        )
    how = {"plan": plan, "seed": seed, "order": order, "repeat_proportion": proportion}
    if plan != "all":
        how["each"] = each
    if plan == "proportion":
        how["proportion"] = protocol.read_twice
    study.assign(assigned, how)
    return assigned

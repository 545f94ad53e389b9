"""The assignment of cases to readers."""

from __future__ import annotations

from collections.abc import Sequence

from doubleread.domain.assignment import Plan, balanced_blocks, readers_needed, reading_order
from doubleread.errors import InputRefusedError
from doubleread.read_model.readers import registered_readers
from doubleread.sessions.admission import not_listed
from doubleread.store import StudyFile
from doubleread.store.participation import is_adjudicator


def adjudicators(study: StudyFile) -> list[str]:
    """Return the active adjudicators, in the order of their registration."""
    found = registered_readers(study)
    return [reader.reader_id for reader in found if is_adjudicator(reader.role) and reader.withdrawn_at is None]


def assign_cases(study: StudyFile, plan: Plan, readers: Sequence[str], *, seed: int, each: int) -> dict[str, list[str]]:
    """Assign all cases by a plan, in the order and with the repeats that the protocol asks for; return the lists.

    What a reader has read a second time stays in their list. Raises InputRefusedError if a reader is unknown, would
    get no case, or would lose one that they have begun to read.
    """
    if unknown := [reader_id for reader_id in readers if reader_id not in study.readers.ids()]:
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
        again = {item.case_id for item in study.readers.items_read(reader_id) if item.repeat}
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
    study.readers.assign(assigned, how)
    return assigned

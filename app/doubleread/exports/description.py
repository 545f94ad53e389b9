"""What an export says of its study, beside the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from doubleread.domain.arm import arm_differences
from doubleread.domain.events.study import ConflictResolved
from doubleread.exports.case_text import without_examples
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource
from doubleread.read_model.readers import registered_readers

_NAMING = frozenset({"readers", "assigned", "branches", "resolutions"})
"""What names people."""


def description(source: ExportSource, *, with_branches: bool = True) -> Record:
    """Return protocol, readers, assignments and arms as JSON, within what the export may contain.

    `branches` of readings, which take long to find and have no free text, are left out if nobody needs them.
    """
    study, blinded, readers = source.study, source.blinded, source.selection.readers
    shown: Callable[[Record], Record] = dict if source.with_case_text else without_examples

    def selected(reader_id: str) -> bool:
        return not readers or reader_id in readers

    resolutions = [
        {"at": event.at, "by": event.actor, **event.body}
        for event in study.events(kind=ConflictResolved.kind)
        if selected(event.body["reader_id"])
    ]
    if blinded is not None:
        resolutions = [{**made, "reason": blinded.reason(str(made.get("reason", "")))} for made in resolutions]
    about = {
        "study_id": study.study_id,
        "title": study.protocol.title,
        "protocol": shown(study.protocol.as_record()),
        "protocol_sha256": study.protocol_sha256,
        "protocols": [
            {"sha256": sha256, "protocol": shown(protocol.as_record()), "labels": asdict(protocol.labels)}
            for sha256, protocol in study.protocols()
        ],
        "readers": [asdict(one) for one in registered_readers(study) if selected(one.reader_id)],
        "assigned": {
            reader_id: [asdict(turn) for turn in turns]
            for reader_id, turns in study.readers.assigned().items()
            if selected(reader_id)
        },
        "branches": [asdict(one) for one in study.conflicts.branches() if selected(one.reader_id)]
        if with_branches
        else [],
        "resolutions": resolutions,
        "label_set": asdict(study.protocol.labels),
        "arms_differ_in": [*arm_differences(study.arms(), study.protocol)],
        "arms": []
        if blinded is not None
        else [
            {
                **shown(arm.summary()),
                "role": arm.role,
                "metadata": dict(arm.model.metadata) if arm.model is not None else {},
            }
            for arm in study.arms()
        ],
    }
    told: Record = {
        name: source.pseudonyms.in_value(value) if name in _NAMING else value for name, value in about.items()
    }
    # In the order of the registered pseudonyms, new ones would tell who is who.
    for name in ("readers", "branches"):
        told[name].sort(key=lambda one: one["reader_id"])
    told["assigned"] = dict(sorted(told["assigned"].items()))
    return told

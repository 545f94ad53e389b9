"""An adjudication as a fold over its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from doubleread.domain import events as log
from doubleread.domain.adjudication import (
    MARKED,
    VALUED,
    Adjudication,
    Decided,
    ReadingHead,
    decision_from_body,
    override_from_body,
)
from doubleread.domain.events import Event

_Action = tuple[Event, tuple[ReadingHead, ...]]
"""A decision, with the readings that its numbers refer to."""


def fold_adjudication(events: Iterable[Event]) -> Adjudication | None:
    """Return the adjudication that these events describe, or None where none was opened.

    `events` are those of one adjudication in the order of the log. Undo never reaches behind a commit or a reopening.
    """
    found: Adjudication | None = None
    standing: list[_Action] = []
    undone: list[_Action] = []
    barrier = 0
    for event in events:
        body = event.body
        if event.kind == log.ADJUDICATION_OPENED:
            found = found or _opened(event)
        elif found is None:
            raise ValueError(f"event {event.id} belongs to an adjudication that was never opened")
        elif event.kind == log.ADJUDICATION_DECIDED:
            undone.clear()
            standing.append((event, found.readings))
        elif event.kind == log.ADJUDICATION_UNDONE:
            _expect(event, standing[barrier:])
            undone.append(standing.pop())
        elif event.kind == log.ADJUDICATION_REDONE:
            _expect(event, undone)
            standing.append(undone.pop())
        elif event.kind in (log.ADJUDICATION_COMMITTED, log.ADJUDICATION_REOPENED):
            barrier = len(standing)
            undone.clear()
            if event.kind == log.ADJUDICATION_COMMITTED:
                override = override_from_body(body["override"])
                found = replace(found, committed=True, committed_at=event.at, override=override)
            else:
                reasons = (*found.reasons, str(body["reason"]))
                found = replace(found, committed=False, readings=_heads(body), reasons=reasons)
        elif event.kind == log.ADJUDICATION_TIMED:
            found = replace(found, active_seconds=found.active_seconds + float(body["seconds"]))
    if found is None:
        return None
    decided = (_decided(event, readings, found.readings) for event, readings in standing)
    return replace(
        found,
        decided={item.difference_id: item for item in decided},
        undoable=tuple(event.id for event, _ in standing[barrier:]),
        redoable=tuple(event.id for event, _ in undone),
    )


def _opened(event: Event) -> Adjudication:
    body = event.body
    return Adjudication(
        id=str(body["adjudication_id"]),
        case_id=str(body["case_id"]),
        adjudicator_id=str(body["adjudicator_id"]),
        answer_ids=dict(body["answer_ids"]),
        readings=_heads(body),
        label_set=str(body["label_set"]),
        protocol_sha256=str(body["protocol_sha256"]),
    )


def _heads(body: Mapping[str, Any]) -> tuple[ReadingHead, ...]:
    return tuple(ReadingHead(str(item["reading_id"]), str(item["head"])) for item in body["readings"])


def _expect(event: Event, actions: Sequence[_Action]) -> None:
    if not actions or actions[-1][0].id != event.body["action_id"]:
        raise ValueError(f"event {event.id} undoes or redoes a decision that is not the last one")


def _decided(event: Event, then: tuple[ReadingHead, ...], now: tuple[ReadingHead, ...]) -> Decided:
    body = event.body
    if body["subject"] not in MARKED | VALUED:
        raise ValueError(f"{body['subject']!r} cannot be resolved")
    return Decided(
        difference_id=str(body["difference_id"]),
        subject=body["subject"],
        answer_id=None if body["answer_id"] is None else str(body["answer_id"]),
        axis=str(body["axis"]),
        annotation_ids=tuple(map(str, body["annotation_ids"])),
        decision=decision_from_body(body["decision"]).on(then, now),
        at=event.at,
    )

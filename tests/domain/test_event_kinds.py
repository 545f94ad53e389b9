"""Events have a class for each kind, which writes the body that it was read from."""

from __future__ import annotations

import inspect

import pytest

from doubleread.domain import events as log
from doubleread.domain.events.adjudications import ADJUDICATION_EVENTS
from doubleread.domain.events.aggregate import Actions
from doubleread.domain.events.readers import READER_EVENTS
from doubleread.domain.events.readings import READING_EVENTS
from doubleread.domain.events.study import STUDY_EVENTS

ANNOTATION = {
    "id": "f",
    "answer_id": "x",
    "place": "answer",
    "start": 0,
    "end": 3,
    "quote": "the",
    "category": "invented",
    "severity": "minor",
    "basis": None,
    "harm": None,
    "certainty": None,
    "note": "",
    "passage": {"start": 1, "end": 2, "quote": "q"},
}
SENTENCE = {"answer_id": "x", "start": 0, "end": 3, "quote": "the", "judgement": "unsure", "segmentation": "1"}
OPENED = {
    "case_id": "c",
    "answer_ids": {"A": "x", "B": "y"},
    "answer_sha256": {"A": "1", "B": "2"},
    "case_sha256": "3",
    "protocol_sha256": "4",
    "label_set": "l",
}
HEADS = [{"reading_id": "r", "head": "h"}, {"reading_id": "s", "head": "i"}]
DECISION = {
    "difference_id": "d",
    "subject": "annotation",
    "answer_id": "x",
    "axis": "",
    "annotation_ids": ["f", "g"],
    "decision": {"how": "join", "reader": 1, "ratings": {"severity": "major"}},
}
VALUE = {"id": "v", "subject": "verdict", "answer_id": "x", "axis": "", "value": "correct", "source": "agreed"}
RESOLUTION = {
    "annotations": [{"annotation": ANNOTATION, "source": "own", "annotation_ids": ["f"]}],
    "values": [VALUE],
    "rejected": ["d"],
}
BODIES = [
    (log.READING_OPENED, {"reading_id": "r", "reader_id": "R-01", **OPENED}),
    (
        log.READING_OPENED,
        {
            "reading_id": "r",
            "reader_id": "R-01",
            **OPENED,
            "repeat": 1,
            "redacted": {"A": 0, "B": 2},
            "axes": ["safety"],
        },
    ),
    (log.ANNOTATION_MARKED, {"annotation": ANNOTATION}),
    (log.ANNOTATION_MARKED, {"annotation": ANNOTATION, "burst": "b", "reason": "missed"}),
    (log.ANNOTATION_CHANGED, {"annotation_id": "f", "changes": {"passage": None, "note": "n"}, "burst": "b"}),
    (log.ANNOTATION_RETRACTED, {"annotation_id": "f", "reason": "not one"}),
    (log.READING_JUDGED, {"verdicts": {"A": "correct"}, "preference": "both bad"}),
    (log.READING_JUDGED, {"outside_field": False}),
    (log.READING_JUDGED, {"diagnoses": {"A": False}, "grades": {"A": 3}, "reason": "graded"}),
    (log.RATING_GIVEN, {"axis": "safety", "value": "tie"}),
    (log.SENTENCE_JUDGED, SENTENCE),
    (log.ACTION_UNDONE, {"action_id": "a"}),
    (log.ACTION_REDONE, {"action_id": "a", "reason": "redone"}),
    (log.READING_COMMITTED, {}),
    (log.TIME_ADDED, {"seconds": 1.5}),
    (log.BLINDING_ASSESSED, {"said": "no idea", "about": "large"}),
    (log.ADJUDICATION_OPENED, {"adjudication_id": "j", "adjudicator_id": "S-01", "readings": HEADS, **OPENED}),
    (log.ADJUDICATION_DECIDED, DECISION),
    (log.ADJUDICATION_UNDONE, {"action_id": "a"}),
    (log.ADJUDICATION_REDONE, {"action_id": "a"}),
    (log.ADJUDICATION_COMMITTED, {"resolution": RESOLUTION}),
    (log.ADJUDICATION_REOPENED, {"reason": "corrected", "readings": HEADS}),
    (log.ADJUDICATION_TIMED, {"seconds": 0.5}),
    (log.READER_REGISTERED, {"reader_id": "R-01"}),
    (log.READER_REGISTERED, {"reader_id": "R-01", "enrolled": True}),
    (log.READER_DESCRIBED, {"reader_id": "R-01", "role": "", "qualification": "internist"}),
    (log.READER_WITHDRAWN, {"reader_id": "R-01", "reason": "ill"}),
    (log.READER_REINSTATED, {"reader_id": "R-01", "reason": "well"}),
    (log.STUDY_SPLIT, {"split_id": "s", "reader_id": "R-01"}),
    (log.STUDY_UNBLINDED, {"reason": "safety"}),
    (
        log.PROTOCOL_CHANGED,
        {"before_sha256": "1", "protocol_sha256": "2", "protocol": {"redact": True}, "reason": "asked"},
    ),
    (log.CONFLICT_RESOLVED, {"reader_id": "R-01", "case_id": "c", "repeat": 1, "head": "h", "reason": "newer"}),
    (log.CASES_ASSIGNED, {"plan": "balanced", "seed": 1, "cases": {"R-01": ["a", "b"]}}),
]
EVENTS = {**READING_EVENTS, **ADJUDICATION_EVENTS, **READER_EVENTS, **STUDY_EVENTS}


def test_every_linked_kind_has_one_class_and_one_body_here():
    assert set(READING_EVENTS) == log.READING_KINDS
    assert set(ADJUDICATION_EVENTS) == log.ADJUDICATION_KINDS
    assert {kind for kind, _ in BODIES} == set(EVENTS)
    assert not [kind for kind in EVENTS.values() if inspect.isabstract(kind)]


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_a_body_is_written_as_it_was_read(kind, body):
    linked = {**body, log.AFTER: "hash"}
    if kind in log.READING_KINDS:
        linked["reading_id"] = body.get("reading_id", "r")
    event = EVENTS[kind].from_body(linked)
    assert event.to_body() == body
    assert event.draft() == log.EventDraft(kind, body)
    assert EVENTS[kind].from_body(event.to_body()) == event


def test_events_are_frozen():
    assert all(kind.__dataclass_params__.frozen for kind in EVENTS.values())


def test_undo_takes_a_whole_burst_and_stops_at_what_was_closed():
    actions: Actions[str] = Actions()
    actions.do("1", "a", "typing")
    actions.do("2", "b", "typing")
    actions.do("3", "c")
    assert actions.undoable == ("1", "3")
    actions.undo("3")
    with pytest.raises(ValueError, match="not the last one"):
        actions.undo("2")
    actions.undo("1")
    assert (actions.items, actions.redoable) == ([], ("3", "1"))
    with pytest.raises(ValueError, match="not the last one"):
        actions.redo("3")
    actions.redo("1")
    assert actions.items == ["a", "b"]
    actions.close()
    assert (actions.undoable, actions.redoable) == ((), ())
    with pytest.raises(ValueError, match="not the last one"):
        actions.undo("1")
    actions.do("4", "d", "typing")
    assert actions.undoable == ("4",)

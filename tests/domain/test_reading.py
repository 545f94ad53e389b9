"""The fold of a reading against a plain model: a list of states and a finger on one of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doubleread.domain import consistency
from doubleread.domain.events import GENESIS, Event
from doubleread.domain.events.readings import ReadingCommitted, fold_reading
from doubleread.domain.hashes import canonical_json
from doubleread.domain.reading import PREFERENCES, Judgement, Reading
from doubleread.domain.sentences import SEGMENTATION, SENTENCE_JUDGEMENTS
from doubleread.errors import InputRefusedError

State = dict[str, Any]
EMPTY: State = {
    "annotations": {},
    "retracted": {},
    "verdicts": {},
    "preference": None,
    "outside_field": False,
    "sentences": {},
}


@dataclass
class Plain:
    """What a reader expects: every action makes a state, undo and redo move between them, a commit is a wall."""

    states: list[State] = field(default_factory=lambda: [EMPTY])
    at: int = 0
    wall: int = 0
    burst: str | None = None

    def act(self, state: State, burst: str | None = None) -> None:
        joins = burst is not None and burst == self.burst and self.at > self.wall
        del self.states[self.at + 1 :]
        if joins:
            self.states[self.at] = state
        else:
            self.states.append(state)
            self.at += 1
        self.bursts = [*self.bursts[: self.at - 1], burst]
        self.burst = burst

    bursts: list[str | None] = field(default_factory=list)

    def move(self, step: int) -> None:
        self.at += step
        self.burst = self.bursts[self.at - 1] if self.at else None

    def commit(self) -> None:
        del self.states[self.at + 1 :]
        self.wall = self.at


def as_state(judgement: Judgement) -> State:
    return {
        "annotations": {annotation.id: annotation.note for annotation in judgement.annotations},
        "retracted": {annotation.id: annotation.note for annotation in judgement.retracted},
        "verdicts": dict(judgement.verdicts),
        "preference": judgement.preference,
        "outside_field": judgement.outside_field,
        "sentences": {place: sentence.judgement for place, sentence in judgement.sentences.items()},
    }


class Log:
    """Events of one reading, read back from JSON as after a restart."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        opened = {"reading_id": "r", "case_id": "c", "reader_id": "R-01", "answer_ids": {"A": "x", "B": "y"}}
        self.add("reading.opened", opened)

    def add(self, kind: str, body: dict[str, Any]) -> Reading:
        number = len(self.events)
        stored = json.loads(canonical_json(body))
        self.events.append(Event(f"e{number}", "d", number, f"t{number}", "R-01", kind, stored, GENESIS, ""))
        return self.fold()

    def fold(self) -> Reading:
        reading = fold_reading(self.events)
        assert reading is not None
        return reading


def annotation(annotation_id: str) -> dict[str, Any]:
    return {
        "id": annotation_id,
        "answer_id": "x",
        "place": "answer",
        "start": 0,
        "end": 1,
        "quote": "x",
        "category": "fabrication",
        "severity": "minor",
    }


SAID = [label.name for label in SENTENCE_JUDGEMENTS]


def sentence(number: int, judgement: str) -> dict[str, Any]:
    start = 10 * number
    body = {"answer_id": "x", "start": start, "end": start + 5, "quote": "It is", "segmentation": SEGMENTATION}
    return {**body, "judgement": judgement}


KINDS = ["mark", "mark", "note", "note", "retract", "judge", "sentence", "undo", "undo", "redo", "commit", "time"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "mark",
                "mark",
                "note",
                "note",
                "retract",
                "judge",
                "sentence",
                "sentence",
                "undo",
                "undo",
                "redo",
                "commit",
                "time",
            ],
        ),
        st.integers(0, 5),
        st.sampled_from([None, "b1", "b2"]),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_undo_and_redo_without_end(steps):
    plain, events = Plain(), Log()
    reading = events.fold()
    seconds = 0.0
    for number, (step, choice, burst) in enumerate(steps):
        state = plain.states[plain.at]
        current = list(state["annotations"])
        reason = {"reason": "slip"} if reading.committed else {}
        if step == "mark":
            events.add("annotation.marked", {"annotation": annotation(f"f{number}"), **reason})
            plain.act({**state, "annotations": {**state["annotations"], f"f{number}": ""}})
        elif step == "note" and current:
            chosen = current[choice % len(current)]
            body = {"annotation_id": chosen, "changes": {"note": str(number)}, "burst": burst, **reason}
            events.add("annotation.changed", body)
            plain.act({**state, "annotations": {**state["annotations"], chosen: str(number)}}, burst)
        elif step == "retract" and current:
            chosen = current[choice % len(current)]
            events.add("annotation.retracted", {"annotation_id": chosen, **reason})
            left = {key: note for key, note in state["annotations"].items() if key != chosen}
            plain.act(
                {
                    **state,
                    "annotations": left,
                    "retracted": {**state["retracted"], chosen: state["annotations"][chosen]},
                }
            )
        elif step == "judge":
            preference, outside = PREFERENCES[choice % 4], choice == 5
            body = {"preference": preference, "outside_field": outside, "verdicts": {"A": "correct"}, **reason}
            events.add("reading.judged", body)
            plain.act({**state, "preference": preference, "outside_field": outside, "verdicts": {"A": "correct"}})
        elif step == "sentence":
            events.add("sentence.judged", {**sentence(choice % 3, SAID[number % 4]), **reason})
            place = ("x", 10 * (choice % 3), 10 * (choice % 3) + 5)
            plain.act({**state, "sentences": {**state["sentences"], place: SAID[number % 4]}})
        elif step == "undo" and plain.at > plain.wall:
            events.add("action.undone", {"action_id": reading.undoable[-1]})
            plain.move(-1)
        elif step == "redo" and plain.at < len(plain.states) - 1:
            events.add("action.redone", {"action_id": reading.redoable[-1]})
            plain.move(+1)
        elif step == "commit" and not reading.committed:
            events.add("reading.committed", {})
            plain.commit()
        elif step == "time":
            events.add("time.added", {"seconds": 1.5})
            seconds += 1.5
        reading = events.fold()
        assert as_state(reading.judgement) == plain.states[plain.at]
        assert len(reading.undoable) == plain.at - plain.wall
        assert len(reading.redoable) == len(plain.states) - 1 - plain.at
        assert reading.active_seconds == seconds
    for _ in range(len(reading.undoable)):
        reading = events.add("action.undone", {"action_id": reading.undoable[-1]})
    assert as_state(reading.judgement) == plain.states[plain.wall]
    for _ in range(len(reading.redoable)):
        reading = events.add("action.redone", {"action_id": reading.redoable[-1]})
    assert as_state(reading.judgement) == plain.states[-1]


def test_nothing_opened_is_no_reading():
    assert fold_reading([]) is None


def test_an_event_before_the_opening_is_refused():
    events = Log().events[1:]
    events.append(Event("e", "d", 1, "t", "R", "time.added", {"seconds": 1}, GENESIS, ""))
    with pytest.raises(ValueError, match="never opened"):
        fold_reading(events)


@pytest.mark.parametrize("kind", ["action.undone", "action.redone"])
def test_undo_of_another_action_than_the_last_is_refused(kind):
    events = Log()
    with pytest.raises(ValueError, match="not the last"):
        events.add(kind, {"action_id": "e1"})


def test_the_order_of_annotations_survives_undo_and_redo():
    events = Log()
    for name in "abc":
        events.add("annotation.marked", {"annotation": annotation(name)})
    reading = events.add("annotation.retracted", {"annotation_id": "a"})
    assert [item.id for item in reading.judgement.annotations] == ["b", "c"]
    reading = events.add("action.undone", {"action_id": reading.undoable[-1]})
    assert [item.id for item in reading.judgement.annotations] == ["a", "b", "c"]
    assert reading.judgement.retracted == ()


def test_a_commit_is_a_wall_and_corrections_can_be_undone():
    events = Log()
    events.add("annotation.marked", {"annotation": annotation("a")})
    reading = events.add("reading.committed", {})
    assert (reading.committed_at, reading.undoable) == ("t2", ())
    reading = events.add("annotation.retracted", {"annotation_id": "a", "reason": "not so"})
    assert reading.corrections == ("not so",)
    reading = events.add("action.undone", {"action_id": reading.undoable[-1]})
    assert len(reading.judgement.annotations) == 1
    assert reading.undoable == ()


def test_a_commit_keeps_what_the_reader_confirmed():
    events, kinds = Log(), consistency.KINDS
    events.add("reading.judged", {"outside_field": True})
    assert events.add("reading.committed", {"confirmed": list(kinds[:2])}).confirmed == kinds[:2]
    assert Log().add("reading.committed", {}).confirmed is None, "nobody was asked"
    declined = Reading("r", "c", "R-01", {"A": "x", "B": "y"}, Judgement(outside_field=True))
    ReadingCommitted(confirmed=kinds[:1]).check(declined)
    for wrong in (["another kind"], kinds[0], 3, [[]]):
        with pytest.raises(InputRefusedError, match="not kinds of inconsistencies"):
            ReadingCommitted(confirmed=wrong).check(declined)


def test_what_is_missing_for_a_commit():
    events = Log()
    assert events.fold().missing_for_commit() == ("verdict on A", "verdict on B", "preference")
    events.add("reading.judged", {"verdicts": {"A": "incorrect"}, "preference": "tie"})
    assert events.fold().missing_for_commit() == ("verdict on B",)
    events.add("reading.judged", {"outside_field": True})
    assert events.fold().missing_for_commit() == ()


def test_sides():
    reading = Log().fold()
    assert [reading.side_of("x"), reading.side_of("y")] == ["A", "B"]
    with pytest.raises(KeyError):
        reading.side_of("z")

"""An adjudication is a fold over its events: decisions, undo and redo against plain lists, corrections and numbers."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.adjudication import Decision, ReadingHead, Resolution, decision_from_body
from doubleread.domain.branches import branches
from doubleread.domain.events import GENESIS, Event
from doubleread.domain.events.adjudications import fold_adjudication
from doubleread.domain.events.reading_event import ReadingAggregate
from doubleread.domain.events.readings import add_to_reading, fold_reading

NUMBERS = itertools.count()
HEADS = (ReadingHead("r", "1"), ReadingHead("s", "2"))


def event(kind: str, **body) -> Event:
    number = next(NUMBERS)
    return Event(f"e{number}", "d", number, "2026-01-01T00:00:00.000Z", "Z", kind, body, GENESIS, f"h{number}")


def heads(*found: ReadingHead) -> list[dict[str, str]]:
    return [{"reading_id": head.reading_id, "head": head.head} for head in found]


def opened(*found: ReadingHead) -> Event:
    return event(
        "adjudication.opened",
        adjudication_id="a",
        case_id="c",
        adjudicator_id="Z",
        answer_ids={"A": "one", "B": "two"},
        readings=heads(*(found or HEADS)),
        label_set="creola-1",
        protocol_sha256="p",
    )


def decided(difference_id: str, decision: Decision) -> Event:
    return event(
        "adjudication.decided",
        adjudication_id="a",
        difference_id=difference_id,
        subject="verdict",
        answer_id="one",
        axis="",
        annotation_ids=[],
        decision=decision.as_body(),
    )


COMMITTED = {"resolution": Resolution().as_body()}


@given(st.lists(st.tuples(st.sampled_from(["decide", "undo", "redo", "commit", "reopen", "time"]), st.integers(0, 3))))
def test_the_fold_is_what_lists_of_done_and_undone_decisions_say(steps):
    events = [opened()]
    done: list[tuple[str, Decision, str]] = []
    undone: list[tuple[str, Decision, str]] = []
    fixed, committed, seconds = 0, False, 0
    for step, number in steps:
        if step == "decide" and not committed:
            decision = Decision.own_value(f"value {number}") if number % 2 else Decision.take(number // 2)
            events.append(decided(f"d{number % 3}", decision))
            done.append((f"d{number % 3}", decision, events[-1].id))
            undone.clear()
        elif step == "undo" and len(done) > fixed:
            undone.append(done.pop())
            events.append(event("adjudication.undone", action_id=undone[-1][2]))
        elif step == "redo" and undone:
            done.append(undone.pop())
            events.append(event("adjudication.redone", action_id=done[-1][2]))
        elif step == "commit" and not committed:
            events.append(event("adjudication.committed", **COMMITTED))
            committed, fixed = True, len(done)
            undone.clear()
        elif step == "reopen" and committed:
            events.append(event("adjudication.reopened", reason="slip", readings=heads(*HEADS)))
            committed = False
        elif step == "time":
            events.append(event("adjudication.timed", seconds=number))
            seconds += number
    found = fold_adjudication(events)
    assert found.decisions == {difference_id: decision for difference_id, decision, _ in done}
    assert found.undoable == tuple(item[2] for item in done[fixed:])
    assert found.redoable == tuple(item[2] for item in undone)
    assert (found.committed, found.active_seconds) == (committed, seconds)
    assert (found.resolution is not None) == any(item.kind == "adjudication.committed" for item in events)


def test_numbers_stay_with_their_readings_when_the_adjudication_is_opened_again():
    moved = (ReadingHead("t", "3"), ReadingHead("s", "2"))
    events = [opened(), decided("d", Decision.take(1)), decided("gone", Decision.take(0))]
    events.append(event("adjudication.reopened", reason="corrected", readings=heads(*moved)))
    events.append(decided("later", Decision.take(0)))
    found = fold_adjudication(events)
    assert found.decisions["d"] == Decision.take(1)
    assert found.decisions["later"] == Decision.take(0)
    assert found.readings == moved
    assert found.reasons == ("corrected",)
    swapped = found.on((moved[1], moved[0]))
    assert (swapped.decisions["d"], swapped.decisions["later"]) == (Decision.take(0), Decision.take(1))


def test_undoing_what_is_not_the_last_decision_does_not_fit():
    first, second = decided("d", Decision.take(0)), decided("e", Decision.take(0))
    with pytest.raises(ValueError, match="not the last one"):
        fold_adjudication([opened(), first, second, event("adjudication.undone", action_id=first.id)])
    with pytest.raises(ValueError, match="never opened"):
        fold_adjudication([first])


@pytest.mark.parametrize(
    "decision",
    [Decision.take(3), Decision.join(0, severity="minor", basis=None), Decision.own_value("tie"), Decision.reject()],
)
def test_a_decision_comes_back_from_its_body(decision):
    assert decision_from_body(decision.as_body()) == decision


def test_the_head_of_a_reading_is_what_last_changed_what_is_compared():
    started = event("reading.opened", reading_id="r", case_id="c", reader_id="R", answer_ids={"A": "x", "B": "y"})
    reading = add_to_reading(ReadingAggregate(), [started])
    assert reading.head == ""
    committed = event("reading.committed")
    unheard = [event("time.added", seconds=3), event("reading.judged", diagnoses={"A": True})]
    later = add_to_reading(reading, [event("reading.judged", preference="A"), committed, *unheard])
    assert later.head == committed.hash
    corrected = event("reading.judged", verdicts={"A": "incorrect"}, reason="slip")
    assert add_to_reading(later, [corrected]).head == corrected.hash


def test_more_events_leave_the_reading_before_them_as_it_was():
    def marked(number: int) -> Event:
        given = {"id": f"f{number}", "answer_id": "x", "place": "answer", "start": 0, "end": 1, "quote": "q"}
        return event("annotation.marked", annotation={**given, "category": "k", "severity": "minor"}, burst="typed")

    started = event("reading.opened", reading_id="r", case_id="c", reader_id="R", answer_ids={"A": "x", "B": "y"})
    entries = [started, marked(1), event("time.added", seconds=3)]
    first = add_to_reading(ReadingAggregate(), entries)
    before = first.reading()
    more = [marked(2), event("reading.committed"), event("time.added", seconds=4)]
    assert add_to_reading(first, more).reading() == fold_reading([*entries, *more])
    assert first.reading() == before == fold_reading(entries)


def test_a_committed_adjudication_counts_more_than_a_longer_one():
    first = opened()
    linked = [
        event("adjudication.committed", after=first.hash),
        event("adjudication.timed", after=first.hash),
    ]
    linked.append(event("adjudication.timed", after=linked[1].hash))
    found, loose = branches([first, *linked])
    assert found == [(first, linked[0]), (first, linked[1], linked[2])]
    assert loose == []

"""The label of an annotation (A1, B2, o1) is its own for good, whatever is retracted, undone, redone or opened
again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.events import Event
from doubleread.domain.events.readings import fold_reading
from doubleread.domain.reading import Reading

SIDES = {"A": "answer-1", "B": "answer-2"}
steps = st.lists(st.sampled_from(["mark A", "mark B", "omit", "retract", "undo", "redo"]), max_size=40)


@dataclass
class Script:
    """A reader who does one thing after the other."""

    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.add("reading.opened", reading_id="r", case_id="c", reader_id="R-01", answer_ids=SIDES)

    def add(self, kind: str, **body: Any) -> None:
        number = len(self.events)
        self.events.append(Event(f"e{number}", "d", number + 1, "2026-01-01", "R-01", kind, body, "", str(number)))

    def reading(self, until: int | None = None) -> Reading:
        reading = fold_reading(self.events[:until])
        assert reading is not None
        return reading

    def mark(self, side: str, place: str = "answer") -> None:
        number = len(self.events)
        annotation = {"id": f"f{number}", "answer_id": SIDES[side], "place": place, "start": number, "end": number + 1}
        self.add(
            "annotation.marked",
            annotation={**annotation, "quote": "x", "category": "fabrication", "severity": "minor"},
        )

    def do(self, step: str) -> None:
        now = self.reading()
        if step.startswith("mark"):
            self.mark(step[-1])
        elif step == "omit":
            self.mark("A", "case")
        elif step == "retract" and now.judgement.annotations:
            self.add("annotation.retracted", annotation_id=now.judgement.annotations[0].id)
        elif step == "undo" and now.undoable:
            self.add("action.undone", action_id=now.undoable[-1])
        elif step == "redo" and now.redoable:
            self.add("action.redone", action_id=now.redoable[-1])


@given(steps)
def test_a_label_never_changes_and_is_never_used_again(done: list[str]) -> None:
    script = Script()
    for step in done:
        script.do(step)
    by_id: dict[str, str] = {}
    for end in range(1, len(script.events) + 1):
        held = script.reading(end).judgement
        for annotation in (*held.annotations, *held.retracted):
            assert by_id.setdefault(annotation.id, annotation.label) == annotation.label
    assert len(set(by_id.values())) == len(by_id)
    for annotation_id, label in by_id.items():
        marked = next(
            e.body["annotation"] for e in script.events if e.body.get("annotation", {}).get("id") == annotation_id
        )
        assert label[0] == ("o" if marked["place"] == "case" else "A" if marked["answer_id"] == SIDES["A"] else "B")


def test_the_next_mark_gets_a_new_label_after_the_last_one_was_retracted_or_undone() -> None:
    script = Script()
    for step in ("mark A", "retract", "mark A", "undo", "mark A"):
        script.do(step)
    assert [annotation.label for annotation in script.reading().judgement.annotations] == ["A3"]


def test_a_label_is_no_part_of_what_a_reader_says() -> None:
    script = Script()
    script.do("mark B")
    (annotation,) = script.reading().judgement.annotations
    assert annotation.label == "B1"
    assert "label" not in annotation.as_body()

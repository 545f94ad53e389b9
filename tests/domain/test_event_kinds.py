"""Events have a class for each kind, which writes the body that it was read from."""

from __future__ import annotations

import inspect
from dataclasses import asdict

import pytest

from doubleread.domain.annotation import Passage, document_source, retrieved_source
from doubleread.domain.events import AFTER, EventDraft
from doubleread.domain.events.aggregate import Actions
from doubleread.domain.events.annotations import AnnotationChanged
from doubleread.domain.events.event_kind import EventKind
from doubleread.domain.events.kinds import EVENTS
from doubleread.domain.events.readings import READING_EVENTS

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
    "passage": {"start": 1, "end": 2, "quote": "q", "source": "document:d", "relation": "supports"},
}
SENTENCE = {"answer_id": "x", "start": 0, "end": 3, "quote": "the", "judgement": "unsure", "segmentation": "1"}
EVIDENCE = {"start": 1, "end": 2, "quote": "q"}
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
    ("reading.opened", {"reading_id": "r", "reader_id": "R-01", **OPENED}),
    (
        "reading.opened",
        {
            "reading_id": "r",
            "reader_id": "R-01",
            **OPENED,
            "repeat": 1,
            "redacted": {"A": 0, "B": 2},
            "axes": ["safety"],
        },
    ),
    ("reading.committed", {"confirmed": ["preference against verdicts"]}),
    ("annotation.marked", {"annotation": ANNOTATION}),
    ("annotation.marked", {"annotation": ANNOTATION, "burst": "b", "reason": "missed"}),
    ("annotation.changed", {"annotation_id": "f", "changes": {"passage": None, "note": "n"}, "burst": "b"}),
    ("annotation.retracted", {"annotation_id": "f", "reason": "not one"}),
    ("reading.judged", {"verdicts": {"A": "correct"}, "preference": "both bad"}),
    ("reading.judged", {"outside_field": False}),
    ("reading.judged", {"diagnoses": {"A": False}, "grades": {"A": 3}, "reason": "graded"}),
    ("rating.given", {"axis": "safety", "value": "tie"}),
    ("answer.rated", {"side": "A", "scale": "risk", "level": 2}),
    ("answer.rated", {"side": "B", "scale": "synthesized", "level": None, "reason": "r"}),
    ("confidence.stated", {"value": 4}),
    ("sentence.judged", SENTENCE),
    ("criterion.judged", {"answer_id": "x", "criterion_id": "1", "judgement": "", "burst": "b"}),
    ("criterion.judged", {"answer_id": "x", "criterion_id": "1", "judgement": "met", "evidence": EVIDENCE}),
    ("action.undone", {"action_id": "a"}),
    ("action.redone", {"action_id": "a", "reason": "redone"}),
    ("reading.committed", {}),
    ("time.added", {"seconds": 1.5}),
    ("blinding.assessed", {"said": "no idea", "about": "large"}),
    ("consensus.opened", {"readings": [{"reading_id": "o", "head": "h"}], "shown_sha256": "7"}),
    ("consensus.closed", {"outcome": "kept"}),
    ("adjudication.opened", {"adjudication_id": "j", "adjudicator_id": "S-01", "readings": HEADS, **OPENED}),
    ("adjudication.decided", DECISION),
    ("adjudication.undone", {"action_id": "a"}),
    ("adjudication.redone", {"action_id": "a"}),
    ("adjudication.committed", {"resolution": RESOLUTION}),
    ("adjudication.reopened", {"reason": "corrected", "readings": HEADS}),
    ("adjudication.timed", {"seconds": 0.5}),
    ("reader.registered", {"reader_id": "R-01"}),
    ("reader.registered", {"reader_id": "R-01", "enrolled": True}),
    ("reader.described", {"reader_id": "R-01", "role": "", "qualification": "internist"}),
    ("reader.withdrawn", {"reader_id": "R-01", "reason": "ill"}),
    ("reader.reinstated", {"reader_id": "R-01", "reason": "well"}),
    ("training.set", {"cases": [{"case": {"id": "t"}, "answers": ["a", "b"]}], "sha256": "5"}),
    (
        "training.acted",
        {
            "training_id": "x",
            "reader_id": "R-01",
            "training_case": "t",
            "round": 1,
            "act": "reading.judged",
            "said": {"preference": "tie"},
        },
    ),
    (
        "training.attempted",
        {
            "training_id": "x",
            "reader_id": "R-01",
            "training_case": "t",
            "round": 0,
            "reference_sha256": "6",
            "score": {"span_f1": 0.5, "verdict_agreement": 1.0},
            "seconds": 1.5,
            "judgement": {"verdicts": ["correct", "unsure"]},
        },
    ),
    ("reader.qualified", {"reader_id": "R-01", "how": "waived", "reason": "trained elsewhere"}),
    ("reader.qualified", {"reader_id": "R-01", "how": "passed", "overall": 0.9, "threshold": 0.8, "rounds": 2}),
    ("reader.background", {"reader_id": "R-01", "background": {"specialty": "cardiology", "years": 7}}),
    ("study.split", {"split_id": "s", "reader_id": "R-01"}),
    ("study.unblinded", {"reason": "safety"}),
    (
        "protocol.changed",
        {"before_sha256": "1", "protocol_sha256": "2", "protocol": {"redact": True}, "reason": "asked"},
    ),
    ("conflict.resolved", {"reader_id": "R-01", "case_id": "c", "repeat": 1, "head": "h", "reason": "newer"}),
    ("cases.assigned", {"plan": "balanced", "seed": 1, "cases": {"R-01": ["a", "b"]}}),
]
OVERRIDE = {"answer_id": "x", "case_id": "c", "answer_sha256": "1", "scorer": "choice", "version": "2"} | {
    "scored_outcome": "unparsed",
    "scored_chosen": None,
    "outcome": "correct",
    "chosen": "B",
    "grade": None,
    "reason": "",
    "adjudicator_id": "S-01",
}
CREATED = {
    "study_id": "s",
    "protocol_sha256": "1",
    "secret_sha256": "2",
    "cases": 1,
    "cases_sha256": "3",
    "arms": [{"id": "m", "name": "M", "model_sha256": ""}],
}
SPLIT = {
    **CREATED,
    "created": "h",
    "split_id": "s",
    "reader_id": "R-01",
    "answers_sha256": "4",
    "redactions": {},
    "absent": [],
}
BODIES += [
    ("study.created", {**CREATED, "arms_differ_in": ["model"]}),
    ("study.created", {**CREATED, "arms_differ_in": [], "case_files": [{"file": "x.csv", "format": "table"}]}),
    ("study.created", {**CREATED, "arms_differ_in": [], "left_out": {"count": 1, "problems": 1, "listed": []}}),
    ("split.created", SPLIT),
    (
        "split.created",
        {
            **SPLIT,
            "asks": "00",
            "protocols": [{}],
            "assigned": ["c"],
            "resolved": [{"case_id": "c", "repeat": 0, "head": "h"}],
            "qualified": True,
        },
    ),
    ("study.merged", {"events": 2, "answers": 1, "quarantined": 0, "heads": ["h"]}),
    (
        "export.attested",
        {"statement": "checked", "format": "csv", "filters": {}, "with_case_text": True, "blinded": False}
        | {"identifiers": {"date": 2}, "folder": "out", "manifest_sha256": "1"},
    ),
    ("study.recovered", {"lost": ["h"], "unread": 1}),
    (
        "answer.recorded",
        {
            "answer_id": "x",
            "case_id": "c",
            "arm_id": "m",
            "sha256": "1",
            "manifest_sha256": "2",
            "reasoning_sha256": "3",
        },
    ),
    ("answers.imported", {"arm_id": "m", "file": "f", "added": 1}),
    (
        "annotations.imported",
        {"import_id": "i", "added": {"R-01": 2}, "same": {}, "about": {"file": "f", "sha256": "1", "format": "brat"}},
    ),
    ("generation.failed", {"case_id": "c", "arm_id": "m", "title": "Stopped", "happened": "it ended"}),
    ("configuration.drifted", {"arm_id": "m", "differences": [{"entry": "n_ctx", "before": 1, "now": 2}]}),
    ("score.overridden", OVERRIDE),
]


def test_every_kind_has_one_class_and_a_body_here():
    classes: list[type[EventKind]] = [EventKind]
    for event in classes:
        classes += event.__subclasses__()
    concrete = [event for event in classes if not inspect.isabstract(event) and "kind" in event.__dict__]
    assert {event.kind for event in concrete} == set(EVENTS)
    assert {kind for kind, _ in BODIES} == set(EVENTS)


class _Names:
    def known(self, annotation_id: str) -> str:
        return f"annotation {annotation_id}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"note": "n", "severity": "minor"}, "changed note, severity of annotation f"),
        ({"passage": None}, "removed the link of annotation f to a passage"),
        ({"passage": asdict(Passage(0, 1, "q"))}, "linked annotation f, contradicted by a passage"),
        (
            {"passage": asdict(Passage(0, 1, "q", retrieved_source("e" * 64), "supports"))},
            "linked annotation f, supported by a passage",
        ),
        (
            {"passage": asdict(Passage(0, 1, "q", document_source("d")))},
            "linked annotation f, contradicted by a passage",
        ),
    ],
)
def test_a_link_to_a_passage_in_words(changes, words):
    assert AnnotationChanged(annotation_id="f", changes=changes).describe(_Names()) == words


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_a_body_is_written_as_it_was_read(kind, body):
    linked = dict(body) if kind == "answers.imported" else {**body, AFTER: "hash"}
    if kind in READING_EVENTS:
        linked["reading_id"] = body.get("reading_id", "r")
    event = EVENTS[kind].from_body(linked)
    assert event.to_body() == body
    assert event.draft() == EventDraft(kind, body)
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

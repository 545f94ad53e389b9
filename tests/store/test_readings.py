"""What a reader does, and what is refused."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.annotation import Passage, retrieved_source
from doubleread.domain.events import EventDraft
from doubleread.domain.hashes import text_sha256
from doubleread.domain.retrieval import RetrievedPassage
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from store.making import (
    ARMS,
    DEVICE,
    READER,
    SCORE,
    act,
    commit,
    judge,
    make_answer,
    make_study,
    mark,
    mark_draft,
    open_reading,
    opening,
)


def rows(study: StudyFile, table: str) -> list[dict[str, Any]]:
    return [dict(zip(row.keys(), row, strict=True)) for row in study.connection.rows(f"SELECT * FROM {table}")]


def test_a_reading_from_opening_to_correction(study: StudyFile, path: Path) -> None:
    reading = open_reading(study)
    text = study.case("case-0").text
    reading = mark(
        study,
        reading,
        3,
        12,
        side="B",
        severity="minor",
        basis="contradicted by the case",
        harm="possible",
        certainty="certain",
        note="no murmur 🫀",
        passage=asdict(Passage(8, 20, text[8:20])),
    )
    reading = mark(study, reading, 10, 20, category="omission")
    annotation, omission = reading.judgement.annotations
    reading = act(study, reading, "annotation.retracted", annotation_id=omission.id)
    reading = act(study, reading, "time.added", seconds=12.5)
    reading = commit(study, reading)
    assert reading.committed
    with pytest.raises(InputRefusedError, match="needs a reason"):
        act(study, reading, "annotation.changed", annotation_id=annotation.id, changes={"severity": "major"})
    reading = act(
        study,
        reading,
        "annotation.changed",
        annotation_id=annotation.id,
        changes={"severity": "major"},
        reason="slip",
    )
    assert reading.corrections == ("slip",)
    with StudyFile.open(path, device=DEVICE, read_only=True) as again:
        assert again.reading(READER, "case-0") == reading
        assert again.reading(READER, "case-1") is None
        summary = again.reading_summaries(READER)["case-0"]
    assert (summary.annotations, summary.active_seconds, summary.committed_at) == (1, 12.5, reading.committed_at)
    row = rows(study, "readings")[0]
    assert row["preference"] == "A"
    assert row["preferred_answer_id"] == "case-0/m-general"
    assert row["verdicts"] == '{"A":"correct","B":"incorrect"}'
    assert row["verdicts_by_answer"] == '{"case-0/m-biomedical":"incorrect","case-0/m-general":"correct"}'
    assert row["corrections"] == '["slip"]'
    kept = {row["id"]: row for row in rows(study, "annotations")}
    assert (kept[annotation.id]["side"], kept[annotation.id]["severity"], kept[annotation.id]["retracted_at"]) == (
        "B",
        "major",
        None,
    )
    assert kept[annotation.id]["passage_quote"] == text[8:20]
    assert (kept[omission.id]["place"], kept[omission.id]["quote"]) == ("case", text[10:20])
    assert kept[omission.id]["retracted_at"]
    assert verify(path).ok


def test_undo_and_redo_go_on_after_a_restart(study: StudyFile, path: Path) -> None:
    reading = open_reading(study)
    states = [reading.judgement]
    for start in range(4):
        reading = mark(study, reading, start, start + 3)
        states.append(reading.judgement)
    study.close()
    with StudyFile.open(path, device="device-2") as later:
        for state in reversed(states[:-1]):
            reading = act(later, reading, "action.undone", action_id=reading.undoable[-1])
            assert reading.judgement == state
        assert rows(later, "annotations") == []
        for state in states[1:]:
            reading = act(later, reading, "action.redone", action_id=reading.redoable[-1])
            assert reading.judgement == state
        assert len(rows(later, "annotations")) == 4
    assert verify(path).ok


def test_a_note_typed_in_several_saves_is_one_action(study: StudyFile) -> None:
    reading = mark(study, open_reading(study))
    annotation_id = reading.judgement.annotations[0].id
    for note in ("n", "no", "no murmur"):
        change = {"annotation_id": annotation_id, "changes": {"note": note}, "burst": "b1"}
        reading = act(study, reading, "annotation.changed", **change)
    assert len(reading.undoable) == 2
    reading = act(study, reading, "action.undone", action_id=reading.undoable[-1])
    assert reading.judgement.annotations[0].note == ""
    assert rows(study, "annotations")[0]["note"] == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"quote": "something else"},
        {"start": 5, "end": 5, "quote": ""},
        {"start": -3, "end": 2},
        {"end": 100_000},
        {"start": "0"},
        {"start": 0.0},
        {"start": True},
        {"start": 1},
        {"category": "typo"},
        {"category": "omission"},
        {"place": "case"},
        {"place": "title"},
        {"severity": "huge"},
        {"severity": None},
        {"basis": "hearsay"},
        {"harm": "certain"},
        {"certainty": ""},
        {"note": None},
        {"note": "half \ud83d"},
        {"id": ""},
        {"id": None},
        {"answer_id": "case-1/m-general"},
        {"answer_id": "nobody"},
        {"passage": {"start": 0, "end": 4, "quote": "nope"}},
        {"passage": {"start": 0, "end": 4, "quote": "Case", "relation": "causes"}},
        {"passage": {"start": 0, "end": 4, "quote": "Case", "source": "retrieved:0000"}},
        {"passage": {"start": 0, "end": 4, "quote": "Case", "source": "document:none"}},
        {"passage": {"start": 0, "end": 4, "quote": "Case", "source": None}},
        {"passage": {"start": 0, "end": 4}},
        {"passage": "Case"},
        {"colour": "red", "quote": None},
    ],
)
def test_annotations_that_are_refused(study: StudyFile, changes: dict[str, Any]) -> None:
    reading = mark(study, open_reading(study), 20, 30)
    before = list(study.events())
    draft = mark_draft(study, reading)
    draft.body["annotation"].update(changes)
    with pytest.raises(InputRefusedError) as caught:
        study.append(READER, reading.id, [draft])
    assert caught.value.title
    assert list(study.events()) == before
    assert study.reading(READER, "case-0") == reading
    assert len(rows(study, "annotations")) == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("annotation.marked", {}),
        ("annotation.marked", {"annotation": "x"}),
        ("reading.judged", {"verdicts": {"C": "correct"}}),
        ("reading.judged", {"verdicts": {"A": "brilliant"}}),
        ("reading.judged", {"verdicts": "correct"}),
        ("reading.judged", {"diagnoses": {"A": "yes"}}),
        ("reading.judged", {"grades": {"A": 1}}),
        ("reading.judged", {"grades": {"A": True}}),
        ("reading.judged", {"grades": {"C": 5}}),
        ("reading.judged", {"grades": [5]}),
        ("reading.judged", {"grades": {"A": 5}, "diagnoses": {"A": False}}),
        ("reading.judged", {"grades": {"A": 4}, "diagnoses": {"A": True}}),
        ("reading.judged", {"preference": "C"}),
        ("reading.judged", {"outside_field": "no"}),
        ("time.added", {}),
        ("time.added", {"seconds": -1}),
        ("time.added", {"seconds": float("nan")}),
        ("time.added", {"seconds": True}),
        ("reading.committed", {}),
    ],
)
def test_judgements_that_are_refused(study: StudyFile, kind: str, body: dict[str, Any]) -> None:
    reading = open_reading(study)
    with pytest.raises(InputRefusedError):
        act(study, reading, kind, **body)
    assert study.reading(READER, "case-0") == reading


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("annotation.changed", {"annotation_id": "gone", "changes": {"note": "x"}}),
        ("annotation.retracted", {"annotation_id": "gone"}),
        ("annotation.retracted", {}),
        ("action.undone", {"action_id": "other"}),
        ("action.undone", {}),
        ("action.redone", {"action_id": "other"}),
    ],
)
def test_actions_that_do_not_fit(study: StudyFile, kind: str, body: dict[str, Any]) -> None:
    reading = mark(study, open_reading(study))
    with pytest.raises(StudyChangedError):
        act(study, reading, kind, **body)
    assert study.reading(READER, "case-0") == reading


@pytest.mark.parametrize(
    "changes",
    [{}, {"answer_id": "x"}, {"id": "x"}, {"place": "case"}, {"note": 5}, {"passage": {"start": 1}}, {"end": 9}],
)
def test_changes_that_are_refused(study: StudyFile, changes: dict[str, Any]) -> None:
    reading = mark(study, open_reading(study))
    with pytest.raises(InputRefusedError):
        act(study, reading, "annotation.changed", annotation_id=reading.judgement.annotations[0].id, changes=changes)
    assert study.reading(READER, "case-0") == reading


def test_a_passage_that_an_answer_was_given_can_be_linked(tmp_path: Path) -> None:
    text = "Renal dose 🫘: 5 mg."
    passage, digest = RetrievedPassage(1, "d", "", 0, len(text), text, 1.0), text_sha256(text)
    with make_study(tmp_path / "other.study", answers=False) as study:
        for arm in ARMS:
            answer = make_answer("case-0", arm)
            given = {"retrieval": {"passages": [passage.as_record()]}} if arm is ARMS[1] else {}
            study.answers.record(replace(answer, manifest={**answer.manifest, **given}), [SCORE])
        source = retrieved_source(digest)
        reading = mark(study, open_reading(study), passage=asdict(Passage(14, 18, text[14:18], source, "supports")))
        assert reading.judgement.annotations[0].passage == Passage(14, 18, "5 mg", source, "supports")
        (row,) = rows(study, "annotations")
        assert (row["passage_source"], row["passage_relation"]) == (f"retrieved:{digest[:16]}", "supports")
        changed = {"passage": asdict(Passage(0, 5, "Renal", source))}
        reading = act(
            study, reading, "annotation.changed", annotation_id=reading.judgement.annotations[0].id, changes=changed
        )
        assert reading.judgement.annotations[0].passage == Passage(0, 5, "Renal", source, "contradicts")
        with pytest.raises(InputRefusedError, match="linked passage"):
            mark(study, reading, 20, 30, passage=asdict(Passage(0, 5, "renal", source)))
    assert verify(tmp_path / "other.study").ok


def test_duplicates_are_refused_however_they_come_about(study: StudyFile) -> None:
    reading = mark(study, open_reading(study))
    with pytest.raises(InputRefusedError, match="Duplicate"):
        mark(study, reading)
    reading = mark(study, reading, category="negation")
    reading = mark(study, reading, side="B")
    with pytest.raises(InputRefusedError, match="Duplicate"):
        act(
            study,
            reading,
            "annotation.changed",
            annotation_id=reading.judgement.annotations[1].id,
            changes={"category": "fabrication"},
        )
    reading = act(study, reading, "annotation.retracted", annotation_id=reading.judgement.annotations[0].id)
    assert len(mark(study, reading).judgement.annotations) == 3


def test_an_id_is_used_once(study: StudyFile) -> None:
    reading = mark(study, open_reading(study), id="f-1")
    with pytest.raises(InputRefusedError, match="this id already exists"):
        mark(study, reading, 1, 4, id="f-1")
    reading = act(study, reading, "annotation.retracted", annotation_id="f-1")
    with pytest.raises(InputRefusedError, match="this id already exists"):
        mark(study, reading, 1, 4, id="f-1")
    with pytest.raises(InputRefusedError, match="another reading"):
        mark(study, open_reading(study, "case-1"), id="f-1")


def test_a_commit_is_complete_and_made_once(study: StudyFile) -> None:
    reading = act(study, open_reading(study), "reading.judged", verdicts={"A": "correct"})
    with pytest.raises(InputRefusedError, match="verdict on B, preference"):
        act(study, reading, "reading.committed")
    reading = commit(study, reading)
    with pytest.raises(InputRefusedError, match="already"):
        act(study, reading, "reading.committed")
    for reason in (None, "", "  ", 3):
        with pytest.raises(InputRefusedError, match="reason"):
            act(study, reading, "reading.judged", preference="B", reason=reason)
    outside = act(study, open_reading(study, "case-1"), "reading.judged", outside_field=True)
    assert act(study, outside, "reading.committed").committed


@pytest.mark.parametrize("preference", ["tie", "both bad"])
def test_no_preference_names_no_answer(study: StudyFile, preference: str) -> None:
    act(study, open_reading(study), "reading.judged", preference=preference)
    row = rows(study, "readings")[0]
    assert (row["preference"], row["preferred_answer_id"]) == (preference, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"reader_id": "R-99"},
        {"case_id": "case-99"},
        {"answer_ids": {"A": "case-0/m-general"}},
        {"answer_ids": {"A": "case-0/m-general", "B": "case-0/m-general"}},
        {"answer_ids": {"A": "case-0/m-general", "B": "case-1/m-general"}},
        {"answer_ids": ["case-0/m-general"]},
        {"protocol_sha256": "0"},
        {"label_set": "mine"},
    ],
)
def test_openings_that_are_refused(study: StudyFile, changes: dict[str, Any]) -> None:
    draft = opening(study, **changes)
    with pytest.raises(InputRefusedError):
        study.append(READER, draft.body["reading_id"], [draft])
    assert study.reading(READER, "case-0") is None
    assert rows(study, "readings") == []


def test_programming_mistakes_are_not_hidden(study: StudyFile) -> None:
    reading = open_reading(study)
    for drafts in ([], [EventDraft("study.created", {})], [EventDraft("time.added", {"reading_id": "other"})]):
        with pytest.raises(ValueError):
            study.append(READER, reading.id, drafts)
    with pytest.raises(StudyChangedError, match="never opened"):
        study.append(READER, "nobody", [EventDraft("time.added", {"seconds": 1})])


def test_several_drafts_land_together_or_not_at_all(study: StudyFile) -> None:
    reading = open_reading(study)
    good, bad = mark_draft(study, reading), mark_draft(study, reading, 3, 9, quote="no")
    with pytest.raises(InputRefusedError):
        study.append(READER, reading.id, [good, bad])
    assert study.reading(READER, "case-0") == reading
    reading = study.append(READER, reading.id, [good, EventDraft("time.added", {"seconds": 3})])
    assert (len(reading.judgement.annotations), reading.active_seconds) == (1, 3.0)
    assert judge(study, reading).judgement.preference == "A"


@pytest.mark.parametrize(
    "note",
    [
        "\x1b]52;c;aGk=\x07",
        "\x9b2J",
        "\u202eabc\u2066",
        "[/][@click=app.quit]x",
        "\x00",
        "e\u0301" * 500,
        "'; DROP TABLE events;--",
    ],
)
def test_hostile_notes_come_back_as_they_were(study: StudyFile, path: Path, note: str) -> None:
    mark(study, open_reading(study), note=note)
    with StudyFile.open(path, device=DEVICE, read_only=True) as again:
        reading = again.reading(READER, "case-0")
        assert reading is not None
        assert reading.judgement.annotations[0].note == note
    assert rows(study, "annotations")[0]["note"] == note
    assert verify(path).ok

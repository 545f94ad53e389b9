"""Sentences that readers judged: checked, stored, shown in the tables, merged, split and told of."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.read_model.history import Wanted, history
from doubleread.store import StudyFile
from doubleread.store.branches.current_readings import superseded_readings
from doubleread.store.branches.merge import MergedFile, merge
from doubleread.store.branches.split import split
from doubleread.store.log.event_log import entry
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.state import study_state
from store.forging import log_of
from store.making import (
    DEVICE,
    READER,
    act,
    commit,
    judge,
    judge_sentence,
    open_reading,
    opening,
    ready_study,
    sentence_draft,
)

REQUIRED = Protocol(sentences="required")


def said(study: StudyFile) -> list[tuple[str, int, str]]:
    rows = study.connection.rows("SELECT side, start, judgement FROM sentences ORDER BY reading_id, side, start")
    return [tuple(row) for row in rows]


def put_unchecked(study: StudyFile, reading_id: str, kind: str, body: dict[str, Any]) -> None:
    """Write an event as another program might, with nothing checked but a chain that holds."""
    with study.connection.transaction() as db:
        events = [event for _, event in log_of(study).of_reading(reading_id)]
        item = entry(READER, kind, {**body, "reading_id": reading_id})
        log_of(study).add(db, log_of(study).chained(db, [item], events[-1].hash))


def merged(path: Path, *others: Path) -> list[MergedFile]:
    with StudyFile.open(path, device="merger") as study:
        return merge(study, others)


def copy(path: Path, name: str) -> Path:
    return Path(shutil.copyfile(path, path.with_name(name)))


def test_the_last_judgement_of_a_sentence_counts_and_is_undone_like_any_action(path: Path) -> None:
    with ready_study(path) as study:
        reading = judge_sentence(study, open_reading(study), 0, "unsupported")
        reading = judge_sentence(study, reading, 1, "unsure")
        first = [row["judged_at"] for row in study.connection.rows("SELECT judged_at FROM sentences ORDER BY start")]
        reading = judge_sentence(study, reading, 0, "supported", side="B")
        reading = judge_sentence(study, reading, 0, "incorrect")
        start = sentence_draft(study, reading, 1).body["start"]
        assert said(study) == [("A", 0, "incorrect"), ("A", start, "unsure"), ("B", 0, "supported")]
        reading = act(study, reading, "action.undone", action_id=reading.undoable[-1])
        assert said(study)[0] == ("A", 0, "unsupported")
        # Undone, a judgement is again the one of the moment when it was made.
        rows = study.connection.rows("SELECT judged_at FROM sentences WHERE side = 'A' ORDER BY start")
        assert [row["judged_at"] for row in rows] == first
        reading = act(study, reading, "action.undone", action_id=reading.undoable[-1])
        assert [side for side, _, _ in said(study)] == ["A", "A"]
        (row,) = study.connection.rows("SELECT * FROM sentences WHERE start = 0")
        assert row["quote"] == study.answers.by_id(row["answer_id"]).text[row["start"] : row["end"]]
        before = study_state(study.connection)
        study.rebuild_projections()
        assert study_state(study.connection) == before
    assert verify(path).ok


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"judgement": "fine"}, "'fine' is not a judgement of a sentence"),
        ({"judgement": None}, "not complete .no text in judgement"),
        ({"segmentation": None}, "not complete .no text in segmentation"),
        ({"answer_id": "case-1/m-general"}, "its answer does not belong to this reading"),
        ({"answer_id": 7}, "not complete .no text in answer_id"),
        ({"start": "0"}, "not complete .no number in start"),
        ({"start": 9}, "differ from the quote"),
        ({"start": -1}, "not complete .*no stretch"),
        ({"end": 10_000}, "not a span of a text of"),
        ({"quote": "never said"}, "differ from the quote"),
        ({"start": 0, "end": 7, "quote": "General"}, "not a sentence of the answer"),
    ],
)
def test_what_is_no_sentence_is_refused_with_a_reason(path: Path, changes: dict[str, Any], words: str) -> None:
    with ready_study(path) as study:
        reading = open_reading(study)
        with pytest.raises(InputRefusedError, match=words):
            judge_sentence(study, reading, **changes)
        assert said(study) == []
        assert study.reading(READER, "case-0") == reading
        # Under another segmentation it need not be a sentence of ours, but its words must stand there.
        other = {"start": 0, "end": 7, "quote": "General", "segmentation": "0"}
        reading = judge_sentence(study, reading, **other)
        with pytest.raises(InputRefusedError, match="differ from the quote"):
            judge_sentence(study, reading, **{**other, "quote": "Gener"})
        # Said anew of the whole sentence, it takes that place.
        judge_sentence(study, reading)
        assert said(study) == [("A", 0, "incorrect")]


def test_a_correction_needs_a_reason(path: Path) -> None:
    with ready_study(path) as study:
        reading = commit(study, judge_sentence(study, open_reading(study)))
        with pytest.raises(InputRefusedError, match="needs a reason"):
            judge_sentence(study, reading, 0, "unsure")
        draft = sentence_draft(study, reading, 0, "unsure")
        reading = act(study, reading, draft.kind, **draft.body, reason="slip")
        assert (said(study), reading.corrections) == ([("A", 0, "unsure")], ("slip",))


def test_a_protocol_may_have_no_sentences_judged(path: Path) -> None:
    with ready_study(path) as study:
        study.change_protocol(Protocol(sentences="off"), "spans are enough")
        draft = opening(study)
        reading = study.append(READER, str(draft.body["reading_id"]), [draft])
        with pytest.raises(InputRefusedError, match="has no sentence judgements"):
            judge_sentence(study, reading)


def test_where_the_protocol_requires_it_the_commit_waits_for_every_sentence(path: Path) -> None:
    with ready_study(path) as study:
        study.change_protocol(REQUIRED, "every sentence")
        draft = opening(study)
        reading = judge(study, study.append(READER, str(draft.body["reading_id"]), [draft]))
        with pytest.raises(InputRefusedError, match="2 of 2 sentences of answer A, 2 of 2 sentences of answer B"):
            act(study, reading, "reading.committed")
        for side, numbers in (("A", 2), ("B", 1)):
            for number in range(numbers):
                reading = judge_sentence(study, reading, number, "supported", side)
        with pytest.raises(InputRefusedError, match="still missing: 1 of 2 sentences of answer B"):
            act(study, reading, "reading.committed")
        reading = judge_sentence(study, reading, 1, "unsure", "B")
        assert act(study, reading, "reading.committed").committed
        # Outside one's field nothing is required.
        draft = opening(study, "case-1")
        reading = study.append(READER, str(draft.body["reading_id"]), [draft])
        reading = act(study, reading, "reading.judged", outside_field=True)
        assert act(study, reading, "reading.committed").committed
    assert verify(path).ok


def test_sentences_are_merged_in_any_order_and_one_branch_counts(path: Path, tmp_path: Path) -> None:
    with ready_study(path) as study:
        reading = judge_sentence(study, open_reading(study))
        split(study, READER, tmp_path / "own.study")
    first, own = copy(path, "first.study"), tmp_path / "own.study"
    with StudyFile.open(first, device="one") as study:
        judge_sentence(study, reading, 1, "supported")
    with StudyFile.open(own, device="two") as study:
        assert said(study) == [("A", 0, "incorrect")]
        longer = judge_sentence(study, study.reading(READER, "case-0"), 0, "unsure")
        judge_sentence(study, longer, 1, "unsupported")
    states = set()
    for order in ((first, own), (own, first), (own, first, own)):
        target = copy(path, "target.study")
        for file in merged(target, *order):
            assert (file.refused, file.quarantined, file.waiting) == (None, [], 0)
        with StudyFile.open(target, device=DEVICE) as study:
            assert [judgement for _, _, judgement in said(study)] == ["unsure", "unsupported"]
            assert len(superseded_readings(study.connection.db)) == 1
            states.add(study_state(study.connection))
        assert verify(target).ok
    assert len(states) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quote": "never said"}, "differ from the quote"),
        ({"judgement": "fine"}, "not a judgement of a sentence"),
        ({"start": 0, "end": 7, "quote": "General"}, "not a sentence of the answer"),
    ],
)
def test_a_file_with_sentences_that_are_none_is_not_merged(path: Path, changes: dict[str, Any], words: str) -> None:
    ready_study(path).close()
    bad = copy(path, "bad.study")
    with StudyFile.open(bad, device="two") as study:
        draft = sentence_draft(study, reading := open_reading(study), **changes)
        put_unchecked(study, reading.id, draft.kind, dict(draft.body))
    (file,) = merged(path, bad)
    assert words in str(file.refused)
    with StudyFile.open(path, device=DEVICE) as study:
        assert said(study) == []


@pytest.mark.parametrize("changes", [{"start": "0"}, {"quote": 7}, {"segmentation": None}, {"answer_id": "nowhere"}])
def test_a_malformed_sentence_sets_its_reading_aside_and_breaks_nothing(path: Path, changes: dict[str, Any]) -> None:
    ready_study(path).close()
    bad = copy(path, "bad.study")
    with StudyFile.open(bad, device="two") as study:
        draft = sentence_draft(study, reading := open_reading(study), **changes)
        put_unchecked(study, reading.id, draft.kind, dict(draft.body))
    (file,) = merged(path, bad)
    assert (file.refused, [item.reason for item in file.superseded]) == (None, ["its entries are inconsistent"])
    assert verify(path).ok
    with StudyFile.open(path, device=DEVICE) as study:
        study.rebuild_projections()
        assert said(study) == []


def test_the_log_tells_of_sentences(path: Path) -> None:
    with ready_study(path) as study:
        reading = judge_sentence(study, open_reading(study), 1, "unsupported", side="B")
        (told,) = history(study, Wanted(kind="sentence"))
        quote = sentence_draft(study, reading, 1, side="B").body["quote"]
        assert told.what == f'judged a sentence of B unsupported: "{quote}"'
        assert (told.actor, told.case_id) == (READER, "case-0")

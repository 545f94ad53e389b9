"""Random histories: the tables always say what the log says, and both say what a plain dictionary says."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from doubleread.domain.events import EventDraft
from doubleread.domain.reading import Reading
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.errors import InputRefusedError
from doubleread.store import StudyFile
from doubleread.store.branches.current_readings import superseded_readings
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import recover
from doubleread.store.sqlite.state import study_state
from store.making import (
    CATEGORIES,
    DEVICE,
    READER,
    SCORE,
    act,
    mark,
    mark_draft,
    open_reading,
    ready_study,
    sentence_draft,
)

CASES = ("case-0", "case-1")
SAID = [label.name for label in SENTENCE_JUDGEMENTS]
TABLES = {"readers": "id", "readings": "id", "annotations": "id", "sentences": "reading_id, answer_id, start"}


def tables(study: StudyFile) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: [tuple(row) for row in study.connection.rows(f"SELECT * FROM {name} ORDER BY {order}")]
        for name, order in TABLES.items()
    }


class Histories(RuleBasedStateMachine):
    """A reader at work on two cases, with restarts, crashes, refusals, copies, merges and rebuilding in between."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "trial.study"
        self.numbers = itertools.count()
        self.devices = itertools.count(2)
        self.expected: dict[str, dict[str, tuple[Any, ...]]] = {}
        self.sentences: dict[str, dict[tuple[str, int, int], str]] = {}
        self.study: StudyFile

    @initialize()
    def begin(self) -> None:
        self.study = ready_study(self.path, 2)
        self.hurry()
        for case_id in CASES:
            open_reading(self.study, case_id)
            self.expected[case_id] = {}
            self.sentences[case_id] = {}

    def hurry(self) -> None:
        """Power cuts are not the subject here, and waiting for the disk is most of the time."""
        self.study.connection.db.execute("PRAGMA synchronous = OFF")

    def teardown(self) -> None:
        self.study.close()
        report = verify(self.path)
        shutil.rmtree(self.folder)
        assert report.ok, report.as_record()

    def reading(self, case_id: str) -> Reading:
        reading = self.study.reading(READER, case_id)
        assert reading is not None
        return reading

    def reason(self, case_id: str) -> dict[str, str]:
        return {"reason": "slip"} if self.reading(case_id).committed else {}

    @rule(
        case_id=st.sampled_from(CASES),
        start=st.integers(0, 60),
        length=st.integers(1, 20),
        category=st.sampled_from((*CATEGORIES, "omission")),
        side=st.sampled_from("AB"),
        note=st.text(max_size=12),
    )
    def mark(self, case_id: str, start: int, length: int, category: str, side: str, note: str) -> None:
        reading = self.reading(case_id)
        annotation = {"category": category, "side": side, "note": note, "id": f"f{next(self.numbers)}"}
        row = (reading.answer_ids[side], start, start + length, category)
        same = row in [kept[:4] for kept in self.expected[case_id].values()]
        if reading.committed or same or any(0xD800 <= ord(character) < 0xE000 for character in note):
            with pytest.raises(InputRefusedError):
                mark(self.study, reading, start, start + length, **annotation)
        else:
            mark(self.study, reading, start, start + length, **annotation)
            self.expected[case_id][annotation["id"]] = (*row, note)

    @rule(case_id=st.sampled_from(CASES), choice=st.integers(0, 9), note=st.text("ab\x00\x1b", max_size=4))
    def change(self, case_id: str, choice: int, note: str) -> None:
        if expected := self.expected[case_id]:
            annotation_id = sorted(expected)[choice % len(expected)]
            body = {
                "annotation_id": annotation_id,
                "changes": {"note": note, "severity": "minor"},
                "burst": f"b{choice % 2}",
            }
            act(self.study, self.reading(case_id), "annotation.changed", **body, **self.reason(case_id))
            expected[annotation_id] = (*expected[annotation_id][:4], note)

    @rule(case_id=st.sampled_from(CASES), choice=st.integers(0, 9))
    def retract(self, case_id: str, choice: int) -> None:
        if expected := self.expected[case_id]:
            annotation_id = sorted(expected)[choice % len(expected)]
            act(
                self.study,
                self.reading(case_id),
                "annotation.retracted",
                annotation_id=annotation_id,
                **self.reason(case_id),
            )
            del expected[annotation_id]

    @rule(case_id=st.sampled_from(CASES), preference=st.sampled_from(["A", "B", "tie", "both bad"]))
    def judge(self, case_id: str, preference: str) -> None:
        body = {"verdicts": {"A": "correct", "B": "unsure"}, "preference": preference}
        act(self.study, self.reading(case_id), "reading.judged", **body, **self.reason(case_id))

    @rule(
        case_id=st.sampled_from(CASES), side=st.sampled_from("AB"), choice=st.integers(0, 9), said=st.sampled_from(SAID)
    )
    def judge_a_sentence(self, case_id: str, side: Any, choice: int, said: str) -> None:
        draft = sentence_draft(self.study, self.reading(case_id), choice, said, side)
        act(self.study, self.reading(case_id), draft.kind, **draft.body, **self.reason(case_id))
        place = (draft.body["answer_id"], draft.body["start"], draft.body["end"])
        self.sentences[case_id][place] = said

    @rule(case_id=st.sampled_from(CASES), times=st.integers(1, 4), back=st.booleans())
    def undo_and_maybe_redo(self, case_id: str, times: int, back: bool) -> None:
        reading = before = self.reading(case_id)
        times = min(times, len(reading.undoable))
        for _ in range(times):
            reading = act(self.study, reading, "action.undone", action_id=reading.undoable[-1])
        for _ in range(times if back else 0):
            reading = act(self.study, reading, "action.redone", action_id=reading.redoable[-1])
        if back:
            assert reading.judgement == before.judgement
        self.expected[case_id] = {
            item.id: (item.answer_id, item.start, item.end, item.category, item.note)
            for item in reading.judgement.annotations
        }
        self.sentences[case_id] = {place: item.judgement for place, item in reading.judgement.sentences.items()}

    @precondition(lambda self: all(len(expected) > 2 for expected in self.expected.values()))
    @rule(case_id=st.sampled_from(CASES))
    def commit(self, case_id: str) -> None:
        reading = self.reading(case_id)
        if reading.committed or reading.missing_for_commit():
            with pytest.raises(InputRefusedError):
                act(self.study, reading, "reading.committed")
        else:
            act(self.study, reading, "reading.committed")

    @rule()
    def restart(self) -> None:
        self.study.close()
        self.study = StudyFile.open(self.path, device=f"{DEVICE}-{next(self.devices) % 3}")
        self.hurry()

    def free_span(self, case_id: str) -> tuple[int, int]:
        taken = {kept[1:3] for kept in self.expected[case_id].values()}
        return next((start, start + 1) for start in range(80) if (start, start + 1) not in taken)

    def mark_in(self, study: StudyFile, case_id: str) -> tuple[str, tuple[Any, ...]]:
        """Mark in another file of the study; return what a merge must bring home."""
        reading = study.reading(READER, case_id)
        assert reading is not None
        start, end = self.free_span(case_id)
        annotation_id = f"f{next(self.numbers)}"
        draft = mark_draft(study, reading, start, end, id=annotation_id)
        study.append(READER, reading.id, [EventDraft(draft.kind, {**draft.body, **self.reason(case_id)})])
        return annotation_id, (reading.answer_ids["A"], start, end, "fabrication", "")

    def come_home(self, path: Path, aside: int = 0) -> None:
        for _ in range(2):
            (file,) = merge(self.study, [path])
            assert (file.refused, file.quarantined, file.waiting) == (None, [], 0)
            assert len(file.superseded) == (aside if file.changed else 0)
        path.unlink()

    @rule(case_id=st.sampled_from(CASES), own=st.booleans())
    def read_in_another_file(self, case_id: str, own: bool) -> None:
        path = self.folder / "other.study"
        if own:
            split(self.study, READER, path)
        else:
            self.study.backup(path)
        with StudyFile.open(path, device=f"{DEVICE}-{next(self.devices) % 3}") as other:
            annotation_id, row = self.mark_in(other, case_id)
        self.come_home(path, aside=self.aside(case_id))
        self.expected[case_id][annotation_id] = row

    @rule(case_id=st.sampled_from(CASES), same_device=st.booleans())
    def read_in_both_copies(self, case_id: str, same_device: bool) -> None:
        path = self.folder / "other.study"
        self.study.backup(path)
        known = self.aside(case_id)
        act(self.study, self.reading(case_id), "time.added", seconds=1.0)
        with StudyFile.open(path, device=self.study.device if same_device else "elsewhere") as other:
            act(other, self.reading_in(other, case_id), "time.added", seconds=2.0)
            annotation_id, row = self.mark_in(other, case_id)
        self.come_home(path, aside=known + 1)
        self.expected[case_id][annotation_id] = row

    def aside(self, case_id: str) -> int:
        """How many versions of the reading of a case do not count."""
        return sum(item.case_id == case_id for item in superseded_readings(self.study.connection.db))

    def reading_in(self, study: StudyFile, case_id: str) -> Reading:
        reading = study.reading(READER, case_id)
        assert reading is not None
        return reading

    @rule()
    def be_cut_off_in_a_write(self) -> None:
        """What lies on the disk while a transaction is half in the file is what a crash leaves."""
        db = self.study.connection.db
        db.execute("PRAGMA cache_size = 1")
        db.execute("PRAGMA cache_spill = 1")
        db.execute("BEGIN IMMEDIATE")
        for number in range(60):
            db.execute("INSERT INTO readers (id, registered_at) VALUES (?, 'x')", [f"{number}" + "y" * 2000])
        left = {path: path.read_bytes() for path in (self.path, Path(f"{self.path}-journal")) if path.exists()}
        db.execute("ROLLBACK")
        self.study.close()
        for path, data in left.items():
            path.write_bytes(data)
        self.study = StudyFile.open(self.path, device=DEVICE)
        self.hurry()

    @rule()
    def save_what_can_be_saved(self) -> None:
        path = self.folder / "saved.study"
        state = study_state(self.study.connection)
        assert recover(self.path, path, device="saver").lost == 0
        with StudyFile.open(path, device=DEVICE) as saved:
            assert study_state(saved.connection) == state
        path.unlink()

    @rule()
    def score_again(self) -> None:
        self.study.answers.replace_scores("case-0/m-general", [SCORE])

    @rule()
    def rebuild(self) -> None:
        before = tables(self.study)
        self.study.rebuild_projections()
        assert tables(self.study) == before

    @invariant()
    def the_tables_say_what_was_done(self) -> None:
        for case_id, expected in self.expected.items():
            rows = self.study.connection.rows(
                'SELECT id, answer_id, start, "end", category, note, place, quote FROM annotations'
                " WHERE case_id = ? AND retracted_at IS NULL",
                [case_id],
            )
            assert {row["id"]: tuple(row)[1:6] for row in rows} == expected
            for row in rows:
                text = (
                    self.study.case(case_id).text
                    if row["place"] == "case"
                    else self.study.answers.by_id(row["answer_id"]).text
                )
                assert text[row["start"] : row["end"]] == row["quote"]
        for case_id, held in self.sentences.items():
            rows = self.study.connection.rows("SELECT * FROM sentences WHERE case_id = ?", [case_id])
            assert {(row["answer_id"], row["start"], row["end"]): row["judgement"] for row in rows} == held
            for row in rows:
                assert self.study.answers.by_id(row["answer_id"]).text[row["start"] : row["end"]] == row["quote"]


Histories.TestCase.settings = settings(
    max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestHistories = Histories.TestCase

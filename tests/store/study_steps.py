"""What readers do, and what happens to the file and its copies, as steps of the state machine."""

from __future__ import annotations

import functools
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition

from doubleread.errors import DoublereadError, InputRefusedError
from doubleread.exports.export import export_study
from doubleread.store.branches.current_readings import superseded_readings
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.recovery import recover
from doubleread.store.sqlite.state import study_state
from store.one_study import (
    DEVICES,
    FILES,
    PLACES,
    Killed,
    OneStudy,
    numbers,
    places,
    shown,
    step,
    step_with_files,
)
from store.plain_study import Annotation, Opinion, Place, PlainStudy


class ReadingSteps(OneStudy):
    """What readers do."""

    @step(place=places, number=numbers)
    def mark(self, place: Place, number: int) -> None:
        self.act(place, "mark", number)

    @step(place=places, number=numbers)
    def change(self, place: Place, number: int) -> None:
        self.act(place, "change", number)

    @step(place=places, number=numbers)
    def retract(self, place: Place, number: int) -> None:
        self.act(place, "retract", number)

    @step(place=places, number=numbers)
    def judge(self, place: Place, number: int) -> None:
        self.act(place, "judge", number)

    @step(place=places, number=numbers)
    def rate(self, place: Place, number: int) -> None:
        self.act(place, "rate", number)

    @step(place=places, number=numbers)
    def judge_criterion(self, place: Place, number: int) -> None:
        self.act(place, "criterion", number)

    @step(place=places, times=st.integers(1, 5))
    def undo(self, place: Place, times: int) -> None:
        for _ in range(times):
            self.act(place, "undo", 0)

    @step(place=places, times=st.integers(1, 5))
    def redo(self, place: Place, times: int) -> None:
        for _ in range(times):
            self.act(place, "redo", 0)

    @step(place=places, number=numbers)
    def spend_time(self, place: Place, number: int) -> None:
        self.act(place, "time", number)

    @step(place=places, number=numbers)
    def see_others(self, place: Place, number: int) -> None:
        self.act(place, "see_others", number)

    @step(place=places, number=numbers)
    def close_round(self, place: Place, number: int) -> None:
        self.act(place, "close_round", number)

    @step(place=places)
    def commit(self, place: Place) -> None:
        self.act(place, "commit", 0)

    @step(place=places, number=numbers)
    def judge_all_and_commit(self, place: Place, number: int) -> None:
        for shift in range(4 if place[1] == "case-0" else 0):
            self.act(place, "criterion", 48 * number + 4 * (number % 3) + shift)
        for kind, shift in (("judge", 12 * number + 5), ("rate", 0), ("rate", 1), ("commit", 0)):
            self.act(place, kind, shift)

    @step(place=places, number=numbers)
    def be_withdrawn_and_reinstated(self, place: Place, number: int) -> None:
        """A withdrawn reader can do nothing, and finds everything as it was when reinstated."""
        self.short_steps += 1
        events = self.study.chain_head()
        self.study.readers.withdraw(place[0], f"ill {number}", "lead")
        withdrawn = self.study.chain_head()
        with pytest.raises(InputRefusedError, match="withdrawn"):
            self.act_in(self.study, self.plain.copy(), place, "judge", number)
        assert self.study.chain_head() == withdrawn != events
        self.compare(place)
        self.study.readers.reinstate(place[0], "well again", "lead")
        self.compare(place)

    @step(
        place=places, number=numbers, kind=st.sampled_from(["mark", "change", "retract", "judge", "rate", "criterion"])
    )
    def correct(self, place: Place, number: int, kind: str) -> None:
        self.act(place, kind, number, correcting=True)


class FileSteps(OneStudy):
    """What happens to the file, and to its copies."""

    @precondition(lambda self: self.short_steps > 0)
    @step(device=st.sampled_from(DEVICES))
    def reopen(self, device: str) -> None:
        self.study.close()
        self.study = self.opened(self.path, device)

    @step(place=places, number=numbers, kind=st.sampled_from(["mark", "judge", "time"]), landed=st.booleans())
    def be_killed(self, place: Place, number: int, kind: str, landed: bool) -> None:
        """The process ends inside the commit of an action: before it reaches the disk, or after it.

        What then lies on the disk is what the next process finds, a journal to be rolled back among it.
        """
        device = self.study.device
        if self.plain.current(place) is None:
            self.act(place, "time", 0)
        before = self.plain.copy()
        with self.killed_in_commit(landed=landed) as left:
            try:
                self.act_in(self.study, self.plain, place, kind, number)
            except Killed:
                # Whoever was killed could not say what was saved; the file decides, and here it is known.
                self.plain = before
        self.study.close()
        for ending, data in left.items():
            Path(f"{self.path}{ending}").write_bytes(data)
        self.study = self.opened(self.path, device)
        if left and landed:
            self.see_what_landed(place, kind, number)
        self.compare(place)

    @contextmanager
    def killed_in_commit(self, *, landed: bool) -> Iterator[dict[str, bytes]]:
        """Let the next commit be cut off; yield what lies on the disk then, by the endings of the files' names."""
        connection, left = self.study.connection, {}

        def cut_off(of: Connection) -> None:
            if landed:
                of.db.execute("COMMIT")
            left.update({end: file.read_bytes() for end in FILES if (file := Path(f"{self.path}{end}")).exists()})
            raise Killed

        # Pages of a transaction reach the file before its end where there is no memory to keep them.
        connection.db.execute("PRAGMA cache_size = 1")
        connection.db.execute("PRAGMA cache_spill = 1")
        connection._commit = functools.partial(cut_off, connection)  # type: ignore[method-assign]
        try:
            yield left
        finally:
            del connection._commit

    def see_what_landed(self, place: Place, kind: str, number: int) -> None:
        """Do the action in the model alone: the file has it already."""
        head = self.study.connection.row("SELECT hash FROM events ORDER BY position DESC LIMIT 1")["hash"]
        before = self.plain.current(place)
        assert before is not None
        reading = self.stored(self.study, place)
        if kind == "mark":
            # The id was drawn by the process that is gone.
            (new,) = [
                annotation
                for annotation in reading.judgement.annotations
                if annotation.id not in before.opinion.annotations
            ]
            after = before.acted(before.opinion.with_annotation(shown(new.as_body())))
        else:
            after = getattr(self, f"plan_{kind}")(self.study, place, before, number)[2]
        if before.committed and kind != "time":
            after = replace(after, corrections=(*before.corrections, f"slip {number}"))
        self.plain.put(place, before, after.saved(head, said=kind != "time"))

    @step(place=places, number=numbers)
    def fail_and_go_on(self, place: Place, number: int) -> None:
        """Something goes wrong before the end of a transaction; the next action finds everything as it was."""
        self.short_steps += 1

        def fail() -> None:
            raise DoublereadError("Stopped", "in the middle")

        self.study.connection._commit = fail  # type: ignore[method-assign]
        try:
            before = self.plain.copy()
            with pytest.raises(DoublereadError):
                self.act_in(self.study, self.plain, place, "time", number)
            self.plain = before
        finally:
            del self.study.connection._commit
        self.compare(place)

    @step_with_files(
        place=places,
        here=st.integers(0, 2),
        there=st.integers(1, 3),
        number=numbers,
        kind=st.sampled_from(["mark", "change", "retract", "undo", "judge", "time", "criterion"]),
        device=st.sampled_from(DEVICES),
    )
    def copy_and_merge(self, place: Place, here: int, there: int, number: int, kind: str, device: str) -> None:
        """Read on in a copy, maybe on the same device and maybe in both, and bring the copy home twice."""
        path = self.folder / "copy.study"
        self.study.backup(path)
        self.read_apart_and_merge(path, device, place, here, there, number, kind)

    @step_with_files(
        place=places,
        here=st.integers(0, 2),
        there=st.integers(1, 3),
        number=numbers,
        kind=st.sampled_from(["mark", "change", "retract", "redo", "rate", "time", "criterion"]),
        device=st.sampled_from(DEVICES),
    )
    def split_and_merge(self, place: Place, here: int, there: int, number: int, kind: str, device: str) -> None:
        """Read on in a reader's own file, maybe in both, and bring it home twice."""
        path = self.folder / "own.study"
        split(self.study, place[0], path)
        self.read_apart_and_merge(path, device, place, here, there, number, kind)

    @step_with_files(place=places, here=st.integers(0, 2), device=st.sampled_from(DEVICES))
    def withdraw_in_a_copy_and_merge(self, place: Place, here: int, device: str) -> None:
        """A reader reads on here while a copy withdraws them; the copy comes home, and nothing of theirs is lost."""
        path = self.folder / "copy.study"
        self.study.backup(path)
        for extra in range(here):
            self.act(place, "time", extra)
        with self.opened(path, device) as other:
            other.readers.withdraw(place[0], "left", "lead")
        for _ in range(2):
            (file,) = merge(self.study, [path])
            assert (file.refused, file.quarantined, file.waiting) == (None, [], 0)
        path.unlink()
        assert list(self.study.readers.withdrawn()) == [place[0]]
        before = study_state(self.study.connection)
        self.study.rebuild_projections()
        assert study_state(self.study.connection) == before
        for each in PLACES:
            self.compare(each)
        self.study.readers.reinstate(place[0], "came back", "lead")

    def read_apart_and_merge(
        self, path: Path, device: str, place: Place, here: int, there: int, number: int, kind: str
    ) -> None:
        elsewhere = self.plain.copy()
        for extra in range(here):
            self.act(place, "time", number + extra)
        with self.opened(path, device) as other:
            for extra in range(there):
                self.act_in(other, elsewhere, place, kind, number + extra)
            mine, theirs = self.plain.current(place), elsewhere.current(place)
            if mine and theirs and mine.head != theirs.head and len(mine.line) == len(theirs.line):
                # Else the hash would decide, and a replay of these steps would not be the same.
                self.act_in(other, elsewhere, place, "time", 1)
        # A file of one reader's holds nothing of the others'.
        self.plain.take_in(PlainStudy({place: elsewhere.versions[place]} if place in elsewhere.versions else {}))
        for _ in range(2):
            (file,) = merge(self.study, [path])
            assert (file.refused, file.quarantined, file.waiting) == (None, [], 0)
        path.unlink()
        for each in PLACES:
            self.compare(each)
        self.count_versions()

    def count_versions(self) -> None:
        versions = Counter((item.reader_id, item.case_id) for item in superseded_readings(self.study.connection.db))
        expected: Counter[tuple[str, str]] = Counter()
        for place, found in self.plain.versions.items():
            expected[place[:2]] += len(found) - 1
        assert versions == +expected

    @precondition(lambda self: any(len(found) > 1 for found in self.plain.versions.values()))
    @step(number=numbers)
    def resolve_conflict(self, number: int) -> None:
        self.short_steps += 1
        several = sorted(place for place, found in self.plain.versions.items() if len(found) > 1)
        place = several[number % len(several)]
        found = sorted(self.plain.versions[place], key=lambda branch: len(branch.line))
        branch = found[number // 4 % len(found)]
        chosen_already = self.plain.chosen.get(place) in branch.line and branch == self.plain.current(place)
        if self.plain.chosen.get(place) is not None and chosen_already:
            with pytest.raises(InputRefusedError):
                self.study.conflicts.resolve("lead", branch.head, "x")
        else:
            self.study.conflicts.resolve("lead", branch.head[:20], "it is the right one")
            self.plain.chosen[place] = branch.head
        self.compare(place)

    @step_with_files()
    def export(self) -> None:
        """What is exported has the model's annotations, and every quote is in the exported text.

        While the study is blind, words by which an answer names its model are covered in both.
        """
        out = self.folder / "export"
        export_study(self.study, "jsonl", out)
        exported: dict[Place, dict[str, Annotation]] = {}
        for line in (out / "annotations.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if not row["retracted"]:
                place = (row["reader_id"], row["case_id"], int(row["repeat"]))
                exported.setdefault(place, {})[row["annotation_id"]] = shown({**row, "id": row["annotation_id"]})
        texts = {
            row["answer_id"]: row["text"]
            for row in map(json.loads, (out / "answers.jsonl").read_text(encoding="utf-8").splitlines())
        }
        shutil.rmtree(out)
        for place in PLACES:
            plain = self.plain.current(place)
            expected = (plain.opinion if plain else Opinion()).annotations
            for annotation in expected.values():
                span = slice(annotation["start"], annotation["end"])
                in_answer = annotation["place"] == "answer"
                # What is quoted from a case is case text, which stays out unless it is asked for.
                quote = texts[annotation["answer_id"]][span] if in_answer else None
                expected = {**expected, annotation["id"]: {**annotation, "quote": quote}}
            assert exported.get(place, {}) == expected

    @step_with_files()
    def rebuild(self) -> None:
        before = study_state(self.study.connection)
        self.study.rebuild_projections()
        assert study_state(self.study.connection) == before
        for place in PLACES:
            self.compare(place)

    @step_with_files()
    def verify_whole(self) -> None:
        report = verify(self.path)
        assert report.ok, report.as_record()
        assert report.state == study_state(self.study.connection)

    @step_with_files()
    def recover_whole(self) -> None:
        path = self.folder / "recovered.study"
        done = recover(self.path, path, device="saver")
        assert done.losses() == [] or all("in part" in loss for loss in done.losses())
        with self.opened(path, "one") as recovered:
            assert study_state(recovered.connection) == study_state(self.study.connection)
        path.unlink()

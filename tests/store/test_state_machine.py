"""Ten thousand steps of readers, crashes, copies and merges over a whole study, against plain values without a log.

Whatever happens in whatever order, the file holds exactly what was acknowledged: the fold of the log, the tables, the
exports and the model say the same after every step. `DOUBLEREAD_TEST_STEPS` asks for another number of steps.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.arbitration import Decision, Difference
from doubleread.domain.axes import RATINGS, Axis
from doubleread.domain.events import EventDraft
from doubleread.domain.finding import Finding as DomainFinding
from doubleread.domain.reading import PREFERENCES, Reading
from doubleread.domain.study import Protocol
from doubleread.errors import DoublereadError, InputRefusedError
from doubleread.exports.export import export_study
from doubleread.sessions.arbitration import ArbitrationSession
from doubleread.store import StudyFile
from doubleread.store.connection import Connection
from doubleread.store.merge import merge
from doubleread.store.projections import Projection, put_changes
from doubleread.store.recovery import recover
from doubleread.store.split import split
from doubleread.store.standing import set_aside
from doubleread.store.state import study_state
from doubleread.store.verify import verify
from store.making import CATEGORIES, MODELS, make_answer, make_case
from store.plain_study import Finding, Opinion, Place, PlainArbitration, PlainReading, PlainStudy

STEPS = int(os.environ.get("DOUBLEREAD_TEST_STEPS", "10000"))
STEPS_EACH = 100
ARBITER, BOTH_READ = "arbiter", "case-0"
PLACES: tuple[Place, ...] = (("R-01", "case-0", 0), ("R-01", "case-1", 0), ("R-01", "case-0", 1), ("R-02", "case-0", 0))
AXES = ("reasoning", "harm")
DEVICES = ("one", "two", "three")
FILES = ("", "-journal", "-wal")
REST = 6
"""Steps that lie at least between two of those that take the files as wholes and long."""

declared: set[str] = set()
made: Counter[str] = Counter()
numbers = st.integers(0, 9999)
places = st.sampled_from(PLACES)


def step(**given: Any) -> Callable[[Any], Any]:
    """A rule whose steps are counted when they have been made."""

    def declare(function: Callable[..., None]) -> Any:
        @functools.wraps(function)
        def counted(self: Any, **drawn: Any) -> None:
            function(self, **drawn)
            made[function.__name__] += 1

        declared.add(function.__name__)
        return rule(**given)(counted)

    return declare


def step_with_files(**given: Any) -> Callable[[Any], Any]:
    """A counted rule that takes long, and so comes only after some of the short ones."""

    def declare(function: Callable[..., None]) -> Any:
        @functools.wraps(function)
        def resting(self: Any, **drawn: Any) -> None:
            self.short_steps = 0
            function(self, **drawn)

        return precondition(lambda self: self.short_steps >= REST)(step(**given)(resting))

    return declare


class Killed(BaseException):
    """The process ends here."""


@cache
def blank_study() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.study"
        protocol = Protocol(axes=tuple(Axis(name, f"Which is better by {name}?") for name in AXES))
        cases = [make_case(number) for number in range(2)]
        with StudyFile.create(path, cases=cases, models=MODELS, protocol=protocol, device="lead") as study:
            for case, model in itertools.product(cases, MODELS):
                study.record_answer(make_answer(case.id, model))
            for reader_id in sorted({reader_id for reader_id, _, _ in PLACES}):
                study.register_reader(reader_id)
            study.register_reader(ARBITER)
            study.describe_reader(ARBITER, "arbiter", "")
        return path.read_bytes()


class OneStudy(RuleBasedStateMachine):
    """A study file and what it must hold, and how one action is done in both."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "trial.study"
        self.path.write_bytes(blank_study())
        self.texts = {make_case(number).id: make_case(number).text for number in range(2)}
        self.ids = itertools.count()
        self.short_steps = 0
        self.plain = PlainStudy()
        self.study: StudyFile

    @initialize(device=st.sampled_from(DEVICES))
    def begin(self, device: str) -> None:
        self.study = self.opened(self.path, device)

    def opened(self, path: Path, device: str) -> StudyFile:
        """Open a file. Power cuts are not the subject here, and waiting for the disk is most of the time."""
        study = StudyFile.open(path, device=device)
        study.connection.db.execute("PRAGMA synchronous = OFF")
        return study

    def teardown(self) -> None:
        for place in PLACES:
            self.compare(place)
        self.study.close()
        report = verify(self.path)
        shutil.rmtree(self.folder)
        assert report.ok, report.as_record()

    # How an action is done in a file and in its model.

    def act(self, place: Place, kind: str, number: int, *, correcting: bool = False) -> None:
        """Do an action in the study, and see that the study and the model say the same of this reading."""
        self.short_steps += 1
        self.act_in(self.study, self.plain, place, kind, number, correcting=correcting)
        self.compare(place)

    def act_in(
        self, study: StudyFile, plain: PlainStudy, place: Place, kind: str, number: int, *, correcting: bool = False
    ) -> None:
        before = plain.standing(place) or self.open_in(study, plain, place)
        planned = getattr(self, f"plan_{kind}")(study, place, before, number)
        if planned is None:
            return
        event, body, after = planned
        if before.committed and event in CORRECTIONS:
            if correcting:
                with pytest.raises(InputRefusedError, match="needs a reason"):
                    self.save(study, place, before.id, event, body)
            body = {**body, "reason": f"slip {number}"}
            after = after and replace(after, corrections=(*before.corrections, body["reason"]))
        if after is None:
            with pytest.raises(InputRefusedError):
                self.save(study, place, before.id, event, body)
        else:
            head = self.save(study, place, before.id, event, body)
            plain.put(place, before, after.saved(head, said=kind != "time"))

    def open_in(self, study: StudyFile, plain: PlainStudy, place: Place) -> PlainReading:
        reader_id, case_id, repeat = place
        body = {
            "case_id": case_id,
            "reader_id": reader_id,
            "answer_ids": {"A": f"{case_id}/m-general", "B": f"{case_id}/m-biomedical"},
            "protocol_sha256": study.protocol_sha256,
            "label_set": study.protocol.label_set,
            "axes": list(AXES),
            "repeat": repeat,
        }
        reading_id = f"reading-{next(self.ids)}"
        opened = PlainReading(reading_id, (self.save(study, place, reading_id, log.READING_OPENED, body),))
        plain.put(place, None, opened)
        return opened

    def save(self, study: StudyFile, place: Place, reading_id: str, event: str, body: dict[str, Any]) -> str:
        """Append one event and return what the store calls it. That is all the model learns of the log."""
        study.append(place[0], reading_id, [EventDraft(event, body)])
        return study.chain_head()[1]

    # What each kind of action does: the event's kind and body, and the reading after it; None where it is refused.

    def plan_mark(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        side = "AB"[number % 2]
        category = (*CATEGORIES, "omission")[number // 2 % 5]
        omitted = category == "omission"
        answer_id = f"{place[1]}/{MODELS[number % 2].id}"
        text = self.texts[place[1]] if omitted else self.text_of(study, answer_id)
        start = number // 10 % 40
        end = start + 1 + number // 400 % 25
        finding: Finding = {
            "id": f"f{next(self.ids)}",
            "answer_id": answer_id,
            "place": "case" if omitted else "answer",
            "start": start,
            "end": end,
            "quote": text[start:end],
            "category": category,
            "severity": "major",
            "note": ("", f"note {side} \x1b[31m", "ünsure 🫀")[number % 3],
        }
        after = None if before.opinion.marks(finding) else before.acted(before.opinion.with_finding(finding))
        return log.FINDING_MARKED, {"finding": finding}, after

    def plan_change(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        if not (finding := _one_of(before.opinion.findings, number)):
            return None
        changes = {"note": f"changed {number}", "severity": ("minor", "major")[number % 2]}
        if number % 3 == 0 and finding["place"] == "answer":
            changes["category"] = CATEGORIES[number // 3 % 4]
        changed = {**finding, **changes}
        burst = f"b{number % 2}"
        opinion = before.opinion.with_finding(changed)
        after = None if before.opinion.marks(changed) else before.acted(opinion, burst)
        return log.FINDING_CHANGED, {"finding_id": finding["id"], "changes": changes, "burst": burst}, after

    def plan_retract(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        if not (finding := _one_of(before.opinion.findings, number)):
            return None
        body = {"finding_id": finding["id"]}
        return log.FINDING_RETRACTED, body, before.acted(before.opinion.without(finding["id"]))

    def plan_judge(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        verdict = ("correct", "partly", "wrong", "unsure")[number // 2 % 4]
        verdicts = dict.fromkeys(("A", "B", "AB")[number % 3], verdict)
        body: dict[str, Any] = {"verdicts": verdicts}
        opinion = replace(before.opinion, verdicts={**before.opinion.verdicts, **verdicts})
        if number % 4:
            body["preference"] = preference = PREFERENCES[number // 4 % 4]
            opinion = replace(opinion, preference=preference)
        if number % 7 == 0:
            body["outside_field"] = outside = number % 2 == 0
            opinion = replace(opinion, outside_field=outside)
        return log.READING_JUDGED, body, before.acted(opinion)

    def plan_rate(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        body = {"axis": AXES[number % 2], "value": RATINGS[number // 2 % 3]}
        ratings = {**before.opinion.ratings, body["axis"]: body["value"]}
        return log.RATING_GIVEN, body, before.acted(replace(before.opinion, ratings=ratings))

    def plan_undo(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        stored = self.stored(study, place)
        assert len(stored.undoable) == len(before.done)
        if not before.done:
            return None
        return log.ACTION_UNDONE, {"action_id": stored.undoable[-1]}, before.took_back()

    def plan_redo(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        stored = self.stored(study, place)
        assert len(stored.redoable) == len(before.undone)
        if not before.undone:
            return None
        return log.ACTION_REDONE, {"action_id": stored.redoable[-1]}, before.did_again()

    def plan_commit(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        refused = before.committed or before.opinion.missing(AXES)
        return log.READING_COMMITTED, {}, None if refused else before.after_commit()

    def plan_time(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        return log.TIME_ADDED, {"seconds": number / 4}, replace(before, seconds=before.seconds + number / 4)

    # What the file must hold.

    def stored(self, study: StudyFile, place: Place) -> Reading:
        reading = study.reading(*place)
        assert reading is not None
        return reading

    def text_of(self, study: StudyFile, answer_id: str) -> str:
        if answer_id not in self.texts:
            self.texts[answer_id] = study.answer(answer_id).text
        return self.texts[answer_id]

    def compare(self, place: Place) -> None:
        """Fold, tables and model say the same of one reading."""
        plain = self.plain.standing(place)
        if plain is None:
            assert self.study.reading(*place) is None
            return
        reading, opinion = self.stored(self.study, place), plain.opinion
        judgement = reading.judgement
        assert reading.id == plain.id
        assert (reading.committed, reading.active_seconds) == (plain.committed, plain.seconds)
        assert reading.corrections == plain.corrections
        assert (dict(judgement.verdicts), judgement.preference) == (opinion.verdicts, opinion.preference)
        assert (dict(judgement.ratings), judgement.outside_field) == (opinion.ratings, opinion.outside_field)
        assert {finding.id: _shown(finding.as_body()) for finding in judgement.findings} == opinion.findings
        assert {finding.id: _shown(finding.as_body()) for finding in judgement.retracted} == opinion.retracted
        standing: dict[str, Finding] = {}
        retracted: dict[str, Finding] = {}
        for row in self.study.connection.rows("SELECT * FROM findings WHERE reading_id = ?", [plain.id]):
            finding = _shown(dict(row))
            (retracted if row["retracted_at"] else standing)[row["id"]] = finding
            text = (
                self.texts[place[1]] if finding["place"] == "case" else self.text_of(self.study, finding["answer_id"])
            )
            assert text[finding["start"] : finding["end"]] == finding["quote"]
        assert (standing, retracted) == (opinion.findings, opinion.retracted)
        row = self.study.connection.row("SELECT * FROM readings WHERE id = ?", [plain.id])
        assert json.loads(row["verdicts"]) == opinion.verdicts
        assert (row["preference"], bool(row["committed_at"])) == (opinion.preference, plain.committed)


SHOWN = ("id", "answer_id", "place", "start", "end", "quote", "category", "severity", "note")
CORRECTIONS = frozenset(
    {log.FINDING_MARKED, log.FINDING_CHANGED, log.FINDING_RETRACTED, log.READING_JUDGED, log.RATING_GIVEN}
)


def _shown(body: dict[str, Any]) -> Finding:
    return {name: body[name] for name in SHOWN}


def _one_of(findings: dict[str, Finding], number: int) -> Finding | None:
    return findings[sorted(findings)[number % len(findings)]] if findings else None


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

    @step(place=places)
    def commit(self, place: Place) -> None:
        self.act(place, "commit", 0)

    @step(place=places, number=numbers)
    def judge_all_and_commit(self, place: Place, number: int) -> None:
        for kind, shift in (("judge", 12 * number + 5), ("rate", 0), ("rate", 1), ("commit", 0)):
            self.act(place, kind, shift)

    @step(place=places, number=numbers, kind=st.sampled_from(["mark", "change", "retract", "judge", "rate"]))
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
        if self.plain.standing(place) is None:
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
        before = self.plain.standing(place)
        assert before is not None
        reading = self.stored(self.study, place)
        if kind == "mark":
            # The id was drawn by the process that is gone.
            (new,) = [finding for finding in reading.judgement.findings if finding.id not in before.opinion.findings]
            after = before.acted(before.opinion.with_finding(_shown(new.as_body())))
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
        kind=st.sampled_from(["mark", "change", "retract", "undo", "judge", "time"]),
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
        kind=st.sampled_from(["mark", "change", "retract", "redo", "rate", "time"]),
        device=st.sampled_from(DEVICES),
    )
    def split_and_merge(self, place: Place, here: int, there: int, number: int, kind: str, device: str) -> None:
        """Read on in a reader's own file, maybe in both, and bring it home twice."""
        path = self.folder / "own.study"
        split(self.study, place[0], path)
        self.read_apart_and_merge(path, device, place, here, there, number, kind)

    def read_apart_and_merge(
        self, path: Path, device: str, place: Place, here: int, there: int, number: int, kind: str
    ) -> None:
        elsewhere = self.plain.copy()
        for extra in range(here):
            self.act(place, "time", number + extra)
        with self.opened(path, device) as other:
            for extra in range(there):
                self.act_in(other, elsewhere, place, kind, number + extra)
            mine, theirs = self.plain.standing(place), elsewhere.standing(place)
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
        versions = Counter((item.reader_id, item.case_id) for item in set_aside(self.study.connection.db))
        expected: Counter[tuple[str, str]] = Counter()
        for place, found in self.plain.versions.items():
            expected[place[:2]] += len(found) - 1
        assert versions == +expected

    @precondition(lambda self: any(len(found) > 1 for found in self.plain.versions.values()))
    @step(number=numbers)
    def choose_version(self, number: int) -> None:
        self.short_steps += 1
        several = sorted(place for place, found in self.plain.versions.items() if len(found) > 1)
        place = several[number % len(several)]
        found = sorted(self.plain.versions[place], key=lambda version: len(version.line))
        version = found[number // 4 % len(found)]
        chosen_already = self.plain.chosen.get(place) in version.line and version == self.plain.standing(place)
        if self.plain.chosen.get(place) is not None and chosen_already:
            with pytest.raises(InputRefusedError):
                self.study.choose_version("lead", version.head, "x")
        else:
            self.study.choose_version("lead", version.head[:20], "it is the right one")
            self.plain.chosen[place] = version.head
        self.compare(place)

    @step_with_files()
    def export(self) -> None:
        """What is exported has the model's findings, and every quote stands in the exported text."""
        out = self.folder / "export"
        export_study(self.study, "jsonl", out)
        exported: dict[Place, dict[str, Finding]] = {}
        for line in (out / "findings.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if not row["retracted"]:
                place = (row["reader_id"], row["case_id"], int(row["repeat"]))
                exported.setdefault(place, {})[row["finding_id"]] = _shown({**row, "id": row["finding_id"]})
        texts = {
            row["answer_id"]: row["text"]
            for row in map(json.loads, (out / "answers.jsonl").read_text(encoding="utf-8").splitlines())
        }
        shutil.rmtree(out)
        for place in PLACES:
            plain = self.plain.standing(place)
            assert exported.get(place, {}) == (plain.opinion if plain else Opinion()).findings
            for finding in exported.get(place, {}).values():
                text = self.texts[place[1]] if finding["place"] == "case" else texts[finding["answer_id"]]
                assert text[finding["start"] : finding["end"]] == finding["quote"]

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


class ArbitrationSteps(OneStudy):
    """What an arbiter does with the case that both readers read."""

    @contextmanager
    def arbitrating(self) -> Iterator[ArbitrationSession]:
        """Go to the case, and see before and after that the study and the model say the same of it."""
        self.short_steps += 1
        session = ArbitrationSession(self.study, ARBITER, clock=lambda: 0.0)
        session.goto(BOTH_READ)
        self.compare_arbitration(session)
        yield session
        self.compare_arbitration(session)
        self.compare_arbitration(ArbitrationSession(self.study, ARBITER, clock=lambda: 0.0))

    def stale(self) -> bool:
        plain = self.plain.arbitration
        return plain is not None and plain.basis != self.plain.compared(BOTH_READ)

    def compare_arbitration(self, session: ArbitrationSession) -> None:
        plain = self.plain.arbitration or PlainArbitration(self.plain.compared(BOTH_READ))
        stale = self.stale()
        assert (session.stale, session.committed) == (stale, plain.committed and not stale)
        assert (session.can_undo, session.can_redo) == (bool(plain.done), bool(plain.undone))
        for difference in session.differences:
            decision = session.decision_of(difference.id)
            taken = None if decision is None else _taken(difference, decision.reader)
            assert taken == plain.decided.get(difference.id)

    @precondition(lambda self: len(self.plain.compared(BOTH_READ)) > 1)
    @step(number=numbers, reader=st.integers(0, 1))
    def decide(self, number: int, reader: int) -> None:
        with self.arbitrating() as session:
            if not session.differences:
                return
            differences = sorted(session.differences, key=lambda difference: difference.id)
            difference = differences[number % len(differences)]
            if session.committed:
                with pytest.raises(InputRefusedError, match="settled"):
                    session.decide(difference.id, Decision.take(reader))
                return
            session.decide(difference.id, Decision.take(reader))
            self.plain.arbitration = self.begun().decide(difference.id, _taken(difference, reader))

    @precondition(lambda self: self.plain.arbitration and len(self.plain.compared(BOTH_READ)) > 1)
    @step(back=st.booleans())
    def undo_decision(self, back: bool) -> None:
        with self.arbitrating() as session:
            plain = self.plain.arbitration
            assert session.undo() == bool(plain.done)
            plain = plain.took_back() if plain.done else plain
            if back:
                assert session.redo() == bool(plain.undone)
                plain = plain.did_again() if plain.undone else plain
            self.plain.arbitration = plain

    @precondition(lambda self: len(self.plain.compared(BOTH_READ)) > 1)
    @step(reader=st.integers(0, 1))
    def settle(self, reader: int) -> None:
        """Decide all that is open, and commit; what is settled then is what the readers agree on and what was taken."""
        with self.arbitrating() as session:
            if session.committed:
                with pytest.raises(InputRefusedError):
                    session.commit()
                return
            for difference in session.differences:
                if session.decision_of(difference.id) is None:
                    with pytest.raises(InputRefusedError, match="still open"):
                        session.commit()
                    session.decide(difference.id, Decision.take(reader))
                    self.plain.arbitration = self.begun().decide(difference.id, _taken(difference, reader))
            session.commit()
            self.plain.arbitration = self.begun().settled()
            self.compare_settled(session)

    def begun(self) -> PlainArbitration:
        """The arbitration as the next act finds it: opened, or opened again where the readers say something else."""
        plain, basis = self.plain.arbitration, self.plain.compared(BOTH_READ)
        if plain is None:
            return PlainArbitration(basis)
        return plain.opened_again(basis) if plain.basis != basis else plain

    def compare_settled(self, session: ArbitrationSession) -> None:
        (settled,) = self.study.settled()
        assert settled.settlement is not None
        found: dict[str, Any] = {item.finding.id: _said(item.finding) for item in settled.settlement.findings}
        found |= {item.id: item.value for item in settled.settlement.values}
        for difference in session.differences:
            assert found.get(difference.id) == self.plain.arbitration.decided[difference.id]
        rows = self.study.connection.rows("SELECT * FROM adjudicated_findings")
        assert {row["quote"] for row in rows} == {item.finding.quote for item in settled.settlement.findings}
        for row in rows:
            text = self.texts[BOTH_READ] if row["place"] == "case" else self.text_of(self.study, row["answer_id"])
            assert text[row["start"] : row["end"]] == row["quote"]

    @precondition(lambda self: self.plain.arbitration and len(self.plain.compared(BOTH_READ)) > 1)
    @step()
    def open_again(self) -> None:
        with self.arbitrating() as session:
            if self.plain.arbitration.committed or self.stale():
                session.reopen("a second look")
                self.plain.arbitration = self.plain.arbitration.opened_again(self.plain.compared(BOTH_READ))
            else:
                with pytest.raises(InputRefusedError, match="the case is open"):
                    session.reopen("a second look")


def _taken(difference: Difference, reader: int | None) -> Any:
    """What one reader holds, in words that compare."""
    assert reader is not None
    held = difference.held[reader]
    return _said(held.finding) if held.finding else held.value


def _said(finding: DomainFinding) -> Finding:
    return {name: value for name, value in _shown(finding.as_body()).items() if name != "id"}


class WholeStudy(ReadingSteps, FileSteps, ArbitrationSteps):
    """All steps together. What a study comes to hold besides gets a class of steps of its own."""


@pytest.mark.timeout(60 + STEPS // 20)
def test_whatever_happens_the_file_holds_what_was_acknowledged() -> None:
    made.clear()
    # Which steps are made is drawn; now and then one of the rarer ones wants a few more.
    while (left := STEPS - made.total()) > 0 or (STEPS >= 10_000 and set(made) != declared):
        each = settings(
            max_examples=max(1, left // STEPS_EACH),
            stateful_step_count=STEPS_EACH,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(WholeStudy, settings=each)
    print(f"{made.total()} steps: {', '.join(f'{name} {count}' for name, count in made.most_common())}")
    assert made.total() >= STEPS


def test_a_row_that_is_forgotten_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine can fail: here the tables keep findings that were taken back."""

    def forgetful(db: Database, before: Projection, after: Projection) -> None:
        put_changes(db, Projection(before.reading), after)

    monkeypatch.setattr("doubleread.store.reading_log.put_changes", forgetful)
    few = settings(
        max_examples=30,
        stateful_step_count=50,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(WholeStudy, settings=few)

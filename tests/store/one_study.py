"""One study file beside the plain values that it must hold, and how one action is done in both."""

from __future__ import annotations

import functools
import itertools
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from doubleread.domain.axes import RATINGS, Axis
from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.events import EventDraft
from doubleread.domain.reading import PREFERENCES, Reading
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from store.making import ARMS, CATEGORIES, make_answer, make_case, make_rubric_case, text_hashes
from store.plain_study import Annotation, Place, PlainReading, PlainStudy

ADJUDICATOR = "adjudicator"
PLACES: tuple[Place, ...] = (("R-01", "case-0", 0), ("R-01", "case-1", 0), ("R-01", "case-0", 1), ("R-02", "case-0", 0))
AXES = ("reasoning", "harm")
DEVICES = ("one", "two", "three")
FILES = ("", "-journal", "-wal")
SHOWN = ("id", "answer_id", "place", "start", "end", "quote", "category", "severity", "note")
CORRECTIONS = frozenset(
    {"annotation.marked", "annotation.changed", "annotation.retracted", "reading.judged", "rating.given"}
    | {"criterion.judged"}
)
CASES = (make_rubric_case(0), make_case(1))
RUBRIC = ("c1", "c2")
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


UNSAID = ("time", "see_others", "close_round")
"""Kinds of actions that change nothing of what a reader says."""


class Killed(BaseException):
    """The process ends here."""


@cache
def blank_study() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.study"
        axes = tuple(Axis(name, f"Which is better by {name}?") for name in AXES)
        # What a session shows is compared with what is stored, so that no words may be covered.
        protocol = Protocol(axes=axes, redact=False)
        with StudyFile.create(
            path, cases=CASES, arms=ARMS, protocol=protocol, device="lead", secret=b"s" * 32
        ) as study:
            for case, arm in itertools.product(CASES, ARMS):
                study.answers.record(make_answer(case.id, arm))
            for reader_id in sorted({reader_id for reader_id, _, _ in PLACES}):
                study.readers.register(reader_id)
            study.readers.register(ADJUDICATOR)
            study.readers.describe(ADJUDICATOR, "adjudicator", "")
        return path.read_bytes()


class OneStudy(RuleBasedStateMachine):
    """A study file and what it must hold, and how one action is done in both."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "trial.study"
        self.path.write_bytes(blank_study())
        self.texts = {case.id: case.text for case in CASES}
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
        before = plain.current(place) or self.open_in(study, plain, place)
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
            plain.put(place, before, after.saved(head, said=kind not in UNSAID))

    def open_in(self, study: StudyFile, plain: PlainStudy, place: Place) -> PlainReading:
        reader_id, case_id, repeat = place
        sides = {"A": f"{case_id}/m-general", "B": f"{case_id}/m-biomedical"}
        body = {
            "case_id": case_id,
            "reader_id": reader_id,
            "answer_ids": sides,
            **text_hashes(study, case_id, sides),
            "protocol_sha256": study.protocol_sha256,
            "label_set": study.protocol.label_set,
            "axes": list(AXES),
            "repeat": repeat,
        }
        reading_id = f"reading-{next(self.ids)}"
        opened = PlainReading(reading_id, (self.save(study, place, reading_id, "reading.opened", body),))
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
        answer_id = f"{place[1]}/{ARMS[number % 2].id}"
        text = self.texts[place[1]] if omitted else self.text_of(study, answer_id)
        start = number // 10 % 40
        end = start + 1 + number // 400 % 25
        annotation: Annotation = {
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
        after = None if before.opinion.marks(annotation) else before.acted(before.opinion.with_annotation(annotation))
        return "annotation.marked", {"annotation": annotation}, after

    def plan_change(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        if not (annotation := one_of(before.opinion.annotations, number)):
            return None
        changes = {"note": f"changed {number}", "severity": ("minor", "major")[number % 2]}
        if number % 3 == 0 and annotation["place"] == "answer":
            changes["category"] = CATEGORIES[number // 3 % 4]
        changed = {**annotation, **changes}
        burst = f"b{number % 2}"
        opinion = before.opinion.with_annotation(changed)
        after = None if before.opinion.marks(changed) else before.acted(opinion, burst)
        return "annotation.changed", {"annotation_id": annotation["id"], "changes": changes, "burst": burst}, after

    def plan_retract(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        if not (annotation := one_of(before.opinion.annotations, number)):
            return None
        body = {"annotation_id": annotation["id"]}
        return "annotation.retracted", body, before.acted(before.opinion.without(annotation["id"]))

    def plan_judge(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        verdict = ("correct", "partly", "incorrect", "unsure")[number // 2 % 4]
        verdicts = dict.fromkeys(("A", "B", "AB")[number % 3], verdict)
        body: dict[str, Any] = {"verdicts": verdicts}
        opinion = replace(before.opinion, verdicts={**before.opinion.verdicts, **verdicts})
        if number % 4:
            body["preference"] = preference = PREFERENCES[number // 4 % 4]
            opinion = replace(opinion, preference=preference)
        if number % 7 == 0:
            body["outside_field"] = outside = number % 2 == 0
            opinion = replace(opinion, outside_field=outside)
        return "reading.judged", body, before.acted(opinion)

    def plan_rate(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        body = {"axis": AXES[number % 2], "value": RATINGS[number // 2 % 3]}
        ratings = {**before.opinion.ratings, body["axis"]: body["value"]}
        return "rating.given", body, before.acted(replace(before.opinion, ratings=ratings))

    def plan_criterion(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        """Judge a criterion, now and then with words of the answer, or clear what was said of it."""
        answer_id, criterion_id = f"{place[1]}/{ARMS[number % 2].id}", RUBRIC[number // 2 % 2]
        judgement = (*(label.name for label in CRITERION_JUDGEMENTS), "")[number // 4 % 4]
        body: dict[str, Any] = {"answer_id": answer_id, "criterion_id": criterion_id, "judgement": judgement}
        start = number // 16 % 40
        quote = self.text_of(study, answer_id)[start : start + 5]
        if judgement and number % 3 == 0:
            body["evidence"] = {"start": start, "end": start + 5, "quote": quote}
        held = dict(before.opinion.criteria)
        held.pop((answer_id, criterion_id), None)
        if judgement:
            held[answer_id, criterion_id] = (judgement, body.get("evidence", {}).get("quote"))
        unknown, clearing = place[1] != "case-0", before.committed and not judgement
        after = None if (unknown and judgement) or clearing else before.acted(replace(before.opinion, criteria=held))
        return "criterion.judged", body, after

    def plan_undo(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        stored = self.stored(study, place)
        assert len(stored.undoable) == len(before.done)
        if not before.done:
            return None
        return "action.undone", {"action_id": stored.undoable[-1]}, before.took_back()

    def plan_redo(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        stored = self.stored(study, place)
        assert len(stored.redoable) == len(before.undone)
        if not before.undone:
            return None
        return "action.redone", {"action_id": stored.redoable[-1]}, before.did_again()

    def plan_commit(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        criteria = len(RUBRIC) if place[1] == "case-0" else 0
        refused = before.committed or before.opinion.missing(AXES, criteria)
        return "reading.committed", {}, None if refused else before.after_commit()

    def plan_time(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        return "time.added", {"seconds": number / 4}, replace(before, seconds=before.seconds + number / 4)

    def plan_see_others(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        if before.first is not None:
            return None
        refused = not before.committed or before.opinion.outside_field or place[2]
        body = {"readings": [{"reading_id": f"other-{number}", "head": "h"}], "shown_sha256": "0"}
        return "consensus.opened", body, None if refused else before.saw_others()

    def plan_close_round(self, study: StudyFile, place: Place, before: PlainReading, number: int) -> Any:
        if before.first is None or before.outcome is not None:
            return None
        did = "kept" if before.opinion == before.first else "revised"
        said = ("kept", "revised")[number % 2] if number % 5 == 0 else did
        return "consensus.closed", {"outcome": said}, None if said != did else replace(before, outcome=did)

    # What the file must hold.

    def stored(self, study: StudyFile, place: Place) -> Reading:
        reading = study.reading(*place)
        assert reading is not None
        return reading

    def text_of(self, study: StudyFile, answer_id: str) -> str:
        if answer_id not in self.texts:
            self.texts[answer_id] = study.answers.by_id(answer_id).text
        return self.texts[answer_id]

    def compare_round(self, reading: Reading, plain: PlainReading) -> None:
        """What the reader said before they saw others is kept, whatever they revise."""
        found, first = reading.consensus, plain.first
        assert (found is None) == (first is None)
        row = self.study.connection.rows("SELECT * FROM readings WHERE id = ?", [plain.id])[0]
        assert row["consensus_outcome"] == plain.outcome
        if found is None or first is None:
            return
        before = found.before
        assert (found.outcome, before.preference, dict(before.verdicts)) == (
            plain.outcome,
            first.preference,
            first.verdicts,
        )
        assert {one.id: shown(one.as_body()) for one in before.annotations} == first.annotations

    def compare(self, place: Place) -> None:
        """Fold, tables and model say the same of one reading."""
        plain = self.plain.current(place)
        if plain is None:
            assert self.study.reading(*place) is None
            return
        reading, opinion = self.stored(self.study, place), plain.opinion
        judgement = reading.judgement
        assert reading.id == plain.id
        assert (reading.committed, reading.active_seconds) == (plain.committed, plain.seconds)
        assert reading.corrections == plain.corrections
        self.compare_round(reading, plain)
        assert (dict(judgement.verdicts), judgement.preference) == (opinion.verdicts, opinion.preference)
        assert (dict(judgement.ratings), judgement.outside_field) == (opinion.ratings, opinion.outside_field)
        assert {
            annotation.id: shown(annotation.as_body()) for annotation in judgement.annotations
        } == opinion.annotations
        assert {annotation.id: shown(annotation.as_body()) for annotation in judgement.retracted} == opinion.retracted
        assert {
            place: (item.judgement, item.evidence and item.evidence.quote) for place, item in judgement.criteria.items()
        } == opinion.criteria
        rows = self.study.connection.rows("SELECT * FROM criteria WHERE reading_id = ?", [plain.id])
        kept = {(row["answer_id"], row["criterion_id"]): (row["judgement"], row["quote"]) for row in rows}
        assert kept == opinion.criteria
        current: dict[str, Annotation] = {}
        retracted: dict[str, Annotation] = {}
        for row in self.study.connection.rows("SELECT * FROM annotations WHERE reading_id = ?", [plain.id]):
            annotation = shown(dict(row))
            (retracted if row["retracted_at"] else current)[row["id"]] = annotation
            text = (
                self.texts[place[1]]
                if annotation["place"] == "case"
                else self.text_of(self.study, annotation["answer_id"])
            )
            assert text[annotation["start"] : annotation["end"]] == annotation["quote"]
        assert (current, retracted) == (opinion.annotations, opinion.retracted)
        row = self.study.connection.row("SELECT * FROM readings WHERE id = ?", [plain.id])
        assert json.loads(row["verdicts"]) == opinion.verdicts
        assert (row["preference"], bool(row["committed_at"])) == (opinion.preference, plain.committed)


def shown(body: dict[str, Any]) -> Annotation:
    return {name: body[name] for name in SHOWN}


def one_of(annotations: dict[str, Annotation], number: int) -> Annotation | None:
    return annotations[sorted(annotations)[number % len(annotations)]] if annotations else None

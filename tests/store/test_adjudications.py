"""Adjudications in the file: copies that come together, tables made again, entries that nobody's program wrote."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.events import EventDraft
from doubleread.domain.events.adjudications import ADJUDICATION_EVENTS
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.results import adjudicated
from doubleread.sessions.adjudicable import case_state
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.branches.merge import MergedFile, merge
from doubleread.store.branches.split import split
from doubleread.store.log.event_log import entry
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import recover
from sessions.adjudicated_study import ADJUDICATOR, DEVICE, READERS, read, read_study
from store.forging import log_of

SECOND = "Senior-02"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "trial.study"
    with read_study(path, cases=2) as study:
        study.readers.register(SECOND)
        study.readers.describe(SECOND, "adjudicator", "")
    return path


@pytest.fixture
def study(path: Path) -> Iterator[StudyFile]:
    with StudyFile.open(path, device=DEVICE) as opened:
        yield opened


def copy(path: Path, name: str) -> Path:
    return Path(shutil.copy(path, path.with_name(name)))


def state(path: Path) -> str:
    report = verify(path)
    assert report.ok, report.as_record()
    return report.state


def merged(path: Path, *others: Path) -> list[MergedFile]:
    with StudyFile.open(path, device="merger") as study:
        return merge(study, others)


def adjudicate(path: Path, device: str, *readers: int, adjudicator: str = ADJUDICATOR, commit: bool = False) -> None:
    """Decide the first differences of case-0 by taking what these readers hold; then all others, and commit."""
    with StudyFile.open(path, device=device) as study:
        session = AdjudicationSession(study, adjudicator)
        session.goto("case-0")
        ids = sorted(difference.id for difference in session.differences)
        for difference_id, reader in zip(ids, readers, strict=False):
            session.decide(difference_id, Decision.take(reader))
        if commit:
            for difference_id in ids[len(readers) :]:
                session.decide(difference_id, Decision.take(0))
            session.commit()
        session.leave()


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def decided(path: Path) -> list[tuple[Any, ...]]:
    return rows(
        path,
        "SELECT difference_id, json_extract(decision, '$.reader') FROM adjudications WHERE value IS NULL ORDER BY 1",
    )


def test_every_decision_has_a_row_that_says_whether_it_counts(path: Path) -> None:
    adjudicate(path, DEVICE, 0, 1)
    assert rows(path, "SELECT count(*), sum(resolves), count(value) FROM adjudications") == [(2, 0, 0)]
    assert rows(path, "SELECT count(*) FROM adjudicated_annotations") == [(0,)]
    adjudicate(path, DEVICE, 0, 1, commit=True)
    counts = dict(rows(path, "SELECT subject, count(*) FROM adjudications WHERE resolves GROUP BY subject"))
    assert counts == {"annotation": 1, "omission": 1, "verdict": 2, "preference": 1, "rating": 2}
    values = rows(path, "SELECT value, answer_id FROM adjudications WHERE subject = 'verdict' ORDER BY answer_id")
    assert values[0] == ("correct", "answer-0-0")
    assert {value for (value,) in rows(path, "SELECT value FROM adjudications WHERE subject = 'rating'")} == {
        "answer-0-0"
    }
    sources = dict(rows(path, "SELECT quote, source FROM adjudicated_annotations"))
    assert sources["angina pectoris"] == "agreed"
    assert set(sources.values()) <= {"agreed", "taken"}
    state(path)


def test_the_tables_can_be_made_again_and_verify_tells_where_they_were_changed(path: Path) -> None:
    adjudicate(path, DEVICE, 0, 1, commit=True)
    before = state(path)
    for change in (
        "UPDATE adjudications SET decision = '{\"how\":\"reject\"}' WHERE subject = 'annotation'",
        "UPDATE adjudications SET value = 'incorrect' WHERE value = 'correct'",
        "DELETE FROM adjudications WHERE subject = 'rating'",
        "UPDATE adjudicated_annotations SET severity = 'minor'",
        "DELETE FROM adjudicated_annotations",
        "INSERT INTO adjudicated_annotations SELECT id || 'x', adjudication_id, adjudicator_id, case_id, answer_id,"
        " place,"
        ' start, "end", quote, category, severity, basis, harm, certainty, note, passage_start, passage_end,'
        " passage_quote, passage_source, passage_relation,"
        " source, annotation_ids, label_set, resolved_at FROM adjudicated_annotations",
    ):
        with closing(sqlite3.connect(path)) as db:
            db.execute(change)
            db.commit()
        assert [check.name for check in verify(path).checks if not check.ok] == ["adjudications"], change
        with StudyFile.open(path, device=DEVICE) as study:
            study.rebuild_projections()
        assert state(path) == before


def test_scores_that_were_resolved_are_left_alone(path: Path) -> None:
    with StudyFile.open(path, device=DEVICE) as study:
        answer = next(iter(study.answers.of_case("case-0").values()))
        study.answers.replace_scores(answer.id, [Score("choice", "2", "unparsed", None, "no option named")])
        study.overrides.decide(ADJUDICATOR, answer.id, Ruling(refused=True), before=None)
    adjudicate(path, DEVICE, 0)
    adjudicate(path, DEVICE, 0, 1)
    before = rows(path, "SELECT * FROM score_overrides")
    assert len(before) == 1
    with StudyFile.open(path, device=DEVICE) as study:
        study.rebuild_projections()
    assert rows(path, "SELECT * FROM score_overrides") == before
    state(path)


def test_copies_that_were_adjudicated_apart_come_together_in_any_order(path: Path) -> None:
    """One adjudication, gone on with in three copies: one commits, one decides more, and one is of another
    adjudicator.
    """
    adjudicate(path, DEVICE, 0)
    copies = [copy(path, f"{name}.study") for name in ("committed", "longer", "other")]
    adjudicate(copies[0], "device-2", 0, commit=True)
    adjudicate(copies[1], "device-3", 0, *[1, 0, 1] * 6)
    adjudicate(copies[1], "device-3", 1, *[1, 0, 1] * 6)
    adjudicate(copies[2], "device-4", 1, 1, adjudicator=SECOND)
    states = set()
    for number, order in enumerate(itertools.permutations(copies)):
        target = copy(path, f"target-{number}.study")
        found = merged(target, *order, order[0])
        assert all(item.refused is None and not item.quarantined and not item.waiting for item in found)
        assert found[-1].events == 0
        states.add(state(target))
        with StudyFile.open(target, device=DEVICE) as study:
            (case,) = adjudicated(study)
            assert case.adjudicator_id == ADJUDICATOR
            study.rebuild_projections()
        states.add(state(target))
        assert rows(target, "SELECT count(DISTINCT adjudication_id) FROM adjudications") == [(2,)]
        assert rows(target, "SELECT DISTINCT adjudicator_id FROM adjudications WHERE resolves") == [(ADJUDICATOR,)]
    assert len(states) == 1
    reasons = {item.reason for file in merged(copy(path, "last.study"), *copies) for item in file.superseded}
    assert reasons == {"it was resolved in two copies of the study; the other branch counts (committed)"}


def test_a_case_resolved_by_two_adjudicators_in_two_copies_counts_once(path: Path) -> None:
    other = copy(path, "other.study")
    adjudicate(path, DEVICE, 0, 0, 0, 0, commit=True)
    adjudicate(other, "device-2", 1, 1, 1, 1, adjudicator=SECOND)
    adjudicate(other, "device-2", 0, 0, 0, 0, adjudicator=SECOND, commit=True)
    first, second = copy(path, "first.study"), copy(other, "second.study")
    (found,) = merged(first, other)
    merged(second, path)
    assert state(first) == state(second)
    assert rows(first, "SELECT DISTINCT adjudicator_id FROM adjudications WHERE resolves") == [(SECOND,)]
    assert rows(first, "SELECT count(DISTINCT adjudicator_id) FROM adjudicated_annotations") == [(1,)]
    assert found.superseded == []
    (report,) = [check for check in verify(first).checks if check.name == "adjudications"]
    assert "1 branch of adjudications superseded" in report.seen


def test_an_adjudicator_who_had_read_the_case_in_another_copy_does_not_resolve_it(path: Path) -> None:
    reading = copy(path, "reading.study")
    with StudyFile.open(reading, device="device-2") as study:
        read(study, SECOND, "case-0")
    adjudicate(path, DEVICE, 0, adjudicator=SECOND, commit=True)
    first, second = copy(path, "first.study"), copy(reading, "second.study")
    merged(first, reading)
    (found,) = merged(second, path)
    assert [item.reason for item in found.superseded] == ["its adjudicator has read the case"]
    assert state(first) == state(second)
    assert rows(first, "SELECT count(*) FROM adjudicated_annotations") == [(0,)]


def test_going_on_with_a_version_that_was_set_aside_is_refused(path: Path) -> None:
    adjudicate(path, DEVICE, 0)
    other = copy(path, "other.study")
    adjudicate(other, "device-2", 0, commit=True)
    with StudyFile.open(path, device=DEVICE) as study:
        session = AdjudicationSession(study, ADJUDICATOR)
        session.decide(session.differences[-1].id, Decision.take(0))
        merge(study, [other])
        with pytest.raises((StudyChangedError, InputRefusedError)):
            session.undo()
        assert session.committed


def test_a_case_opened_in_two_copies_continues_with_the_branch_that_counts(path: Path) -> None:
    other = copy(path, "other.study")
    adjudicate(other, "device-2", 0, commit=True)
    with StudyFile.open(path, device=DEVICE) as study:
        now = [0.0]
        session = AdjudicationSession(study, ADJUDICATOR, clock=lambda: now[0])
        session.decide(session.differences[0].id, Decision.take(0))
        merge(study, [other])
        now[0] = 20.0
        session.leave()
        assert session.committed
        session.reopen("gone on with")
        session.decide(session.differences[0].id, Decision.take(1))
    state(path)


def test_a_readers_own_file_brings_readings_and_no_adjudication(path: Path, study: StudyFile) -> None:
    own = path.with_name("own.study")
    split(study, "Carla-Reads", own)
    with StudyFile.open(own, device="device-2") as opened:
        read(opened, "Carla-Reads", "case-2")
    (found,) = merge(study, [own])
    assert found.refused is None
    assert found.events
    forged(own, "adjudication.opened", {"adjudication_id": "x", "case_id": "case-0", "adjudicator_id": ADJUDICATOR})
    (found,) = merge(study, [own])
    assert "contains an adjudication" in str(found.refused)


def forged(path: Path, kind: str, body: dict[str, Any], after: str = "") -> str:
    """Write an entry that chains as it must and says what no program of ours would write; return its hash."""
    with StudyFile.open(path, device="forger") as study, study.connection.transaction() as db:
        (event,) = log_of(study).chained(db, [entry(ADJUDICATOR, kind, body)], after or None)
        log_of(study).add(db, [event])
        return event.hash


def opened(path: Path) -> tuple[str, str]:
    """The adjudication of case-0: its id, and the hash of its last event."""
    with StudyFile.open(path, device=DEVICE) as study:
        events = [event for event in study.events() if event.kind in ADJUDICATION_EVENTS]
    return events[-1].body["adjudication_id"], events[-1].hash


def override(path: Path) -> dict[str, Any]:
    """What a commit of a copy would resolve."""
    other = copy(path, "resolved.study")
    adjudicate(other, "device-9", commit=True)
    with StudyFile.open(other, device=DEVICE) as study:
        (event,) = study.events(kind="adjudication.committed")
    return json.loads(json.dumps(event.body["resolution"]))


BROKEN_OVERRIDES = {
    "no override": lambda it: "nothing",
    "no annotations": lambda it: {key: it[key] for key in ("values", "rejected")},
    "other words": lambda it: it["annotations"][0]["annotation"].update(quote="never written"),
    "other place": lambda it: it["annotations"][0]["annotation"].update(start="3"),
    "unknown source": lambda it: it["annotations"][0].update(source="hearsay"),
    "no id": lambda it: it["annotations"][0]["annotation"].update(id=""),
    "a rating that is none": lambda it: it["annotations"][0]["annotation"].update(severity={"how": "much"}),
    "a verdict that is none": lambda it: it["values"][-1].update(value="splendid"),
    "a value of a strange type": lambda it: it["values"][-1].update(value=["correct"]),
    "a value about nothing": lambda it: it["values"][0].update(answer_id="elsewhere"),
    "an annotation twice": lambda it: it["annotations"].append(it["annotations"][0]),
    "a mark twice": lambda it: it["annotations"].append(
        {**it["annotations"][0], "annotation": {**it["annotations"][0]["annotation"], "id": "another"}}
    ),
}


@pytest.mark.parametrize("name", BROKEN_OVERRIDES)
def test_a_override_that_cannot_be_is_refused_at_the_merge_and_counts_nowhere(path: Path, name: str) -> None:
    adjudicate(path, DEVICE, 0)
    body = override(path)
    body = BROKEN_OVERRIDES[name](body) or body
    adjudication_id, last = opened(path)
    target, broken = copy(path, "target.study"), copy(path, "broken.study")
    forged(broken, "adjudication.committed", {"adjudication_id": adjudication_id, "resolution": body}, last)
    before = target.read_bytes()
    (found,) = merged(target, broken)
    assert isinstance(found.refused, StudyFileError)
    assert "was changed" in str(found.refused)
    assert target.read_bytes() == before
    # In the file itself the adjudication is set aside as a whole, like a reading with such an entry.
    with StudyFile.open(broken, device=DEVICE) as study:
        study.rebuild_projections()
        assert adjudicated(study) == []
        assert study.adjudications.load(ADJUDICATOR, "case-0") is None
    assert verify(broken).ok


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"difference_id": "d", "subject": "annotation", "answer_id": "answer-0-0", "axis": "", "annotation_ids": []},
        {"decision": {"how": "blinding_assessment"}},
        {"decision": {"how": "take", "reader": "0"}},
        {"decision": {"how": "take", "reader": 0, "more": 1}},
        {"decision": {"how": "own", "annotation": {"id": "x"}}},
        {"decision": {"how": "join", "reader": 0, "ratings": {"start": 3}}},
        {"decision": "take"},
        {"decision": {"how": "take", "reader": 0}, "subject": "score"},
        {"decision": {"how": "take", "reader": 0}, "answer_id": "of another case"},
    ],
)
def test_a_decision_that_is_none_is_refused_at_the_merge(path: Path, body: dict[str, Any]) -> None:
    adjudicate(path, DEVICE, 0)
    adjudication_id, last = opened(path)
    whole = {"difference_id": "d", "subject": "annotation", "answer_id": "answer-0-0", "axis": "", "annotation_ids": []}
    full = {"adjudication_id": adjudication_id, **(whole if "decision" in body else {}), **body}
    broken = copy(path, "broken.study")
    forged(broken, "adjudication.decided", full, last)
    (found,) = merged(path, broken)
    assert "was changed" in str(found.refused)
    with StudyFile.open(broken, device=DEVICE) as study:
        study.rebuild_projections()
    assert verify(broken).ok


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"adjudicator_id": READERS[0]}, "no role"),
        ({"case_id": "nowhere"}, "not a case"),
        ({"case_id": "case-2"}, "another|fewer than two|both answers"),
        ({"readings": []}, "corrected or committed"),
        ({"answer_ids": {"A": "answer-0-0", "B": "answer-0-0"}}, "both answers"),
        ({"answer_sha256": {}}, "its texts are not"),
        ({"case_sha256": "0"}, "its texts are not"),
        ({"protocol_sha256": "0"}, "protocol"),
        ({"label_set": "mine"}, "label set"),
        ({"label_set": None}, "label set"),
        ({"readings": "all"}, "not complete"),
    ],
)
def test_an_opening_that_shows_something_else_is_refused(study: StudyFile, change: dict[str, Any], said: str) -> None:
    body = {**opening_body(study), **change}
    adjudicator, case_id = str(body["adjudicator_id"]), str(body["case_id"])
    before = study.chain_heads()
    with pytest.raises((InputRefusedError, StudyChangedError), match=said):
        study.adjudications.append(adjudicator, case_id, [EventDraft("adjudication.opened", body)])
    assert study.chain_heads() == before
    assert verify(study.path).ok


def opening_body(study: StudyFile) -> dict[str, Any]:
    """What an adjudication of case-0 is opened with, as a copy of the study has it."""
    with StudyFile.open(copy(study.path, "opened.study"), device="copy") as other:
        session = AdjudicationSession(other, ADJUDICATOR)
        session.decide(session.differences[0].id, Decision.take(0))
        (event,) = other.events(kind="adjudication.opened")
        return dict(event.body)


def _opened_id(study: StudyFile) -> str:
    (opened,) = study.events(kind="adjudication.opened")
    return str(opened.body["adjudication_id"])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("adjudication.undone", {"action_id": "another"}),
        ("adjudication.redone", {"action_id": "another"}),
        ("adjudication.timed", {"seconds": -1}),
        ("adjudication.timed", {"seconds": "long"}),
        ("adjudication.timed", {}),
        ("adjudication.reopened", {"reason": "why not"}),
        ("adjudication.reopened", {"reason": 3, "readings": []}),
        ("adjudication.committed", {"resolution": {"annotations": [], "values": [], "rejected": []}}),
        ("adjudication.committed", {}),
        ("adjudication.opened", {}),
        ("adjudication.decided", {}),
    ],
)
def test_entries_that_do_not_fit_are_refused_with_nothing_written(
    study: StudyFile, kind: str, body: dict[str, Any]
) -> None:
    session = AdjudicationSession(study, ADJUDICATOR)
    session.decide(session.differences[0].id, Decision.take(0))
    full = {"adjudication_id": _opened_id(study), **body}
    before = study.chain_heads()
    with pytest.raises((InputRefusedError, StudyChangedError)):
        study.adjudications.append(ADJUDICATOR, "case-0", [EventDraft(kind, full)])
    assert study.chain_heads() == before
    with pytest.raises(ValueError, match="not events of an adjudication"):
        study.adjudications.append(ADJUDICATOR, "case-0", [EventDraft("time.added", {"seconds": 1})])


def test_a_commit_must_say_what_was_decided(study: StudyFile) -> None:
    session = AdjudicationSession(study, ADJUDICATOR)
    for difference in session.differences:
        session.decide(difference.id, Decision.take(0))
    body = case_state(study, ADJUDICATOR, "case-0").resolution.as_body()
    body["values"][-1]["value"] = "unsure"
    resolved = {"adjudication_id": _opened_id(study), "resolution": body}
    draft = EventDraft("adjudication.committed", resolved)
    with pytest.raises(InputRefusedError, match="does not match the decisions"):
        study.adjudications.append(ADJUDICATOR, "case-0", [draft])
    session.commit()


def test_another_window_of_the_same_adjudicator_goes_on_with_the_same_adjudication(study: StudyFile) -> None:
    first, second = AdjudicationSession(study, ADJUDICATOR), AdjudicationSession(study, ADJUDICATOR)
    ids = [difference.id for difference in first.differences]
    first.decide(ids[0], Decision.take(0))
    with pytest.raises(StudyChangedError):
        second.decide(ids[1], Decision.take(1))
    second.decide(ids[1], Decision.take(1))
    with pytest.raises(StudyChangedError, match="not the last one"):
        first.undo()
    assert first.undo()
    assert first.decision_of(ids[1]) is None


def test_an_adjudication_is_recovered_from_a_damaged_file(path: Path) -> None:
    adjudicate(path, DEVICE, 0, 1, commit=True)
    before = rows(path, "SELECT * FROM adjudicated_annotations ORDER BY id")
    out = path.with_name("recovered.study")
    recover(path, out, device=DEVICE)
    state(out)
    assert rows(out, "SELECT * FROM adjudicated_annotations ORDER BY id") == before


def test_a_reader_confirming_a_diagnosis_changes_nothing_that_was_adjudicated(study: StudyFile) -> None:
    session = AdjudicationSession(study, ADJUDICATOR)
    session.decide(session.differences[0].id, Decision.take(0))
    reader = ReadingSession(study, READERS[0])
    reader.goto("case-0")
    reader.confirm_diagnosis("A", True)
    again = AdjudicationSession(study, ADJUDICATOR)
    assert not again.stale

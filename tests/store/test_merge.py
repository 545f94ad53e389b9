"""Readers' files come together: in any order, as often as one likes, with nothing lost and nothing mixed."""

from __future__ import annotations

import random
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain import events as log
from doubleread.domain.blinding import randomised_sides
from doubleread.domain.reading import Reading
from doubleread.errors import StudyFileError
from doubleread.results import results
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.branches.current_readings import superseded_readings
from doubleread.store.branches.merge import MergedFile, merge
from doubleread.store.branches.split import split
from doubleread.store.log.event_log import Entry, entry
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.schema import TRIGGERS
from doubleread.store.sqlite.state import study_state
from store.forging import log_of
from store.making import (
    ARMS,
    DEVICE,
    READER,
    act,
    commit,
    judge,
    make_answer,
    make_study,
    mark,
    mark_draft,
    open_reading,
    opening,
    ready_study,
)


def copy(path: Path, name: str) -> Path:
    return Path(shutil.copy(path, path.with_name(name)))


def state(path: Path) -> str:
    report = verify(path)
    assert report.ok, report.as_record()
    return report.state


def merged(path: Path, *others: Path, device: str = DEVICE) -> list[MergedFile]:
    before = {other: other.read_bytes() for other in others if other.exists() and other != path}
    with StudyFile.open(path, device=device) as study:
        files = merge(study, others)
    assert {other: other.read_bytes() for other in before} == before
    report = verify(path)
    assert report.ok, report.as_record()
    return files


def read_a_lot(path: Path, reader_id: str, device: str, source: random.Random, actions: int) -> None:
    """Let a reader mark, change, retract, undo, judge and commit, as it comes."""
    with StudyFile.open(path, device=device) as study:
        study.connection.db.execute("PRAGMA synchronous = OFF")
        study.readers.register(reader_id)
        for _ in range(actions):
            case_id = source.choice(study.case_ids())
            reading = study.reading(reader_id, case_id) or study.append(
                reader_id, f"{reader_id}-{case_id}", [own_opening(study, case_id, reader_id)]
            )
            reason = {"reason": "slip"} if reading.committed else {}
            choice = source.random()
            current = reading.judgement.annotations
            if choice < 0.1 and not reading.committed:
                commit(study, reading)
            elif choice < 0.2 and reading.undoable and not reading.committed:
                act(study, reading, "action.undone", action_id=reading.undoable[-1])
            elif choice < 0.3 and current:
                act(study, reading, "annotation.retracted", annotation_id=source.choice(current).id, **reason)
            elif choice < 0.4:
                act(study, reading, "time.added", seconds=source.random())
            elif not reading.committed:
                start = source.randrange(60)
                mine = {(annotation.start, annotation.end) for annotation in current}
                if (start, start + 9) not in mine:
                    mark(study, reading, start, start + 9, note=source.choice(["", "ünsure", "x" * 40]))


def own_opening(study: StudyFile, case_id: str, reader_id: str) -> log.EventDraft:
    first, second = study.answers.of_case(case_id).values()
    order = randomised_sides(study.secret, reader_id, case_id)
    sides = {"A": (first, second)[order[0]].id, "B": (first, second)[order[1]].id}
    return opening(study, case_id, reader_id, reading_id=f"{reader_id}-{case_id}", answer_ids=sides)


@pytest.fixture(scope="module")
def readers_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A study, and ten files in which readers read: copies and files of their own, two readers in two files."""
    folder = tmp_path_factory.mktemp("readers")
    source = random.Random(7)
    study_path = folder / "trial.study"
    ready_study(study_path, 6).close()
    files: list[Path] = []
    for number in range(10):
        path = folder / f"file-{number}.study"
        reader_id = f"R-{number % 8}"
        if number % 2:
            with StudyFile.open(study_path, device=DEVICE) as study:
                split(study, reader_id, path)
        else:
            shutil.copy(study_path, path)
        read_a_lot(path, reader_id, f"device-{number}", source, 60)
        files.append(path)
    return study_path, files


def test_any_order_and_any_number_of_times_gives_the_same_state(
    readers_files: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    study_path, files = readers_files
    states, logs = set(), set()
    source = random.Random(1)
    for number in range(6):
        target = Path(shutil.copy(study_path, tmp_path / f"{number}.study"))
        order = source.sample(files, len(files))
        order += source.sample(files, 3)
        found = merged(target, *order, device=f"merger-{number}")
        assert all(item.refused is None and not item.quarantined and not item.waiting for item in found)
        assert [item.events for item in found[10:]] == [0, 0, 0]
        states.add(state(target))
        with StudyFile.open(target, device=DEVICE) as study:
            logs.add(frozenset(event.hash for event in study.events() if event.kind != "study.merged"))
            study.rebuild_projections()
        states.add(state(target))
    assert len(states) == len(logs) == 1


def test_two_merged_studies_merged_into_each_other_say_the_same(
    readers_files: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    study_path, files = readers_files
    first, second = (Path(shutil.copy(study_path, tmp_path / f"{name}.study")) for name in ("first", "second"))
    merged(first, *files[:6])
    merged(second, *files[4:])
    merged(first, second)
    merged(second, first)
    assert state(first) == state(second)


def test_both_copies_of_a_file_that_one_device_wrote_are_kept(path: Path) -> None:
    with ready_study(path) as study:
        reading = mark(study, open_reading(study))
    twin = copy(path, "twin.study")
    with StudyFile.open(path, device=DEVICE) as study:
        act(study, reading, "time.added", seconds=1.0)
        mark(study, open_reading(study, "case-1"), 0, 5)
    with StudyFile.open(twin, device=DEVICE) as other:
        commit(other, mark(other, reading, 9, 14))
        mark(other, open_reading(other, "case-2"), 0, 5)
        ids = {event.id for event in other.events()}
    ours, theirs = copy(path, "a.study"), copy(twin, "b.study")
    (file,) = merged(path, twin)
    (back,) = merged(theirs, ours, device="elsewhere")
    assert state(path) == state(theirs)
    assert "1 fork" in next(check.seen for check in verify(path).checks if check.name == "chain")
    (aside,) = file.superseded
    assert (aside.reader_id, aside.case_id, aside.events) == (READER, "case-0", 1)
    assert "committed" in aside.reason
    assert back.superseded == file.superseded
    with StudyFile.open(path, device=DEVICE) as study:
        assert ids <= {event.id for event in study.events()}
        assert {"case-0", "case-1", "case-2"} == set(study.reading_summaries(READER))
        current = study.reading(READER, "case-0")
        assert current is not None
        assert current.committed
        assert len(current.judgement.annotations) == 2
        # Both branches go on to be one chain each, and writing goes on.
        act(study, current, "annotation.retracted", annotation_id=current.judgement.annotations[0].id, reason="slip")
    report = verify(path)
    assert report.ok
    assert {name.partition("#")[0] for name in report.heads} == {DEVICE}
    assert len(report.heads) == 2


def test_a_case_opened_on_two_devices_has_one_reading_that_counts(path: Path) -> None:
    ready_study(path).close()
    second = copy(path, "second.study")
    with StudyFile.open(path, device="one") as study:
        draft = opening(study, reading_id="first")
        reading = study.append(READER, "first", [draft])
        for start in range(4):
            reading = mark(study, reading, start, start + 5)
        window = StudyFile.open(path, device="one")
        mine = window.reading(READER, "case-0")
        assert mine is not None
    with StudyFile.open(second, device="two") as other:
        commit(other, other.append(READER, "second", [opening(other, reading_id="second")]))
    (file,) = merged(path, second)
    assert [item.reading_id for item in file.superseded] == ["first"]
    with StudyFile.open(path, device="one") as study:
        current = study.reading(READER, "case-0")
        assert current is not None
        assert current.id == "second"
        assert len(superseded_readings(study.connection.db)) == 1
    with window, pytest.raises(Exception, match="another branch") as caught:
        mark(window, mine, 20, 25)
    assert "this change was not saved" in str(caught.value)
    assert state(path)


def test_a_reading_carried_from_one_device_to_the_other_is_one_reading(path: Path, tmp_path: Path) -> None:
    with ready_study(path) as study:
        reading = mark(study, open_reading(study))
    there = copy(path, "there.study")
    with StudyFile.open(there, device="two") as study:
        reading = act(study, reading, "annotation.retracted", annotation_id=reading.judgement.annotations[0].id)
        reading = mark(study, reading, 5, 9)
    back = copy(there, "back.study")
    with StudyFile.open(back, device=DEVICE) as study:
        reading = commit(study, act(study, reading, "action.undone", action_id=reading.undoable[-1]))
    for name, order in {"x": (there, back), "y": (back, there)}.items():
        target = copy(path, f"{name}.study")
        assert [file.superseded for file in merged(target, *order)] == [[], []]
        with StudyFile.open(target, device=DEVICE) as study:
            assert study.reading(READER, "case-0") == reading


def test_answers_that_another_machine_made_come_along(path: Path) -> None:
    make_study(path, 2, answers=False).close()
    other = copy(path, "other.study")
    with StudyFile.open(other, device="gpu") as study:
        for arm in ARMS:
            study.answers.record(make_answer("case-0", arm))
        study.answers.record(make_answer("case-1", ARMS[0]))
        commit(study, open_reading(study))
    with StudyFile.open(path, device=DEVICE) as study:
        study.answers.record(replace(make_answer("case-1", ARMS[0], "another text"), id="mine"))
    (file,) = merged(path, other)
    assert (file.answers, len(file.quarantined)) == (2, 1)
    assert "case-1" in file.quarantined[0]
    with StudyFile.open(path, device=DEVICE) as study:
        assert study.answers.by_id("mine").text == "another text"
        assert study.reading(READER, "case-0") is not None
        kept = study.connection.rows("SELECT content FROM quarantine")[0]["content"]
        assert make_answer("case-1", ARMS[0]).text in kept
    assert merged(path, other)[0].changed is False


def test_readings_of_other_texts_are_refused_for_their_case_alone(path: Path) -> None:
    make_study(path, 2, answers=False).close()
    other = copy(path, "other.study")
    for where, suffix in ((path, ""), (other, " And more.")):
        with StudyFile.open(where, device=f"gpu{len(suffix)}") as study:
            for arm in ARMS:
                answer = make_answer("case-0", arm)
                study.answers.record(replace(answer, id=f"{answer.id}{suffix}", text=answer.text + suffix))
    with StudyFile.open(other, device="two") as study:
        first, second = study.answers.of_case("case-0").values()
        draft = opening(study, reading_id="r0", answer_ids={"A": first.id, "B": second.id})
        mark(study, study.append(READER, "r0", [draft]), 0, 4)
    (file,) = merged(path, other)
    assert [(item.case_id, item.reason) for item in file.superseded] == [("case-0", "its answers differ in this study")]
    assert len(file.quarantined) == 2


def test_what_waits_for_a_newer_copy_comes_in_with_it(path: Path, tmp_path: Path) -> None:
    ready_study(path).close()
    older = copy(path, "older.study")
    with StudyFile.open(path, device=DEVICE) as study:
        study.readers.register("R-05")
        study.readers.register("R-02")
        reading = mark(study, open_reading(study, reader_id="R-02"))
        split(study, "R-02", tmp_path / "own.study")
    with StudyFile.open(tmp_path / "own.study", device="laptop") as own:
        mark(own, reading, 10, 14)
    first, second = copy(older, "first.study"), copy(older, "second.study")
    (file,) = merged(first, tmp_path / "own.study")
    assert file.waiting == 3
    assert [item.reason for item in file.superseded] == ["the entries that they follow are not in this file"]
    merged(first, path)
    merged(second, path, tmp_path / "own.study")
    assert state(first) == state(second)
    with StudyFile.open(first, device=DEVICE) as study:
        found = study.reading("R-02", "case-0")
        assert found is not None
        assert len(found.judgement.annotations) == 2


def tamper(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as other:
        for name in TRIGGERS:
            other.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            other.execute(statement)
        for trigger in TRIGGERS.values():
            other.execute(trigger)
    other.close()


def test_an_id_with_other_content_is_kept_apart_with_all_that_follows_it(path: Path) -> None:
    ready_study(path).close()
    other = copy(path, "other.study")
    with StudyFile.open(path, device="one") as study:
        study.append(READER, "mine", [opening(study, "case-1", reading_id="mine")])
        event = next(study.events(kind="reading.opened"))
    with StudyFile.open(other, device="two") as study:
        with study.connection.transaction() as db:
            made = log_of(study).chained(db, [log_entry(event.id, study)])
            log_of(study).add(db, made)
        study.rebuild_projections()
        mark(study, open_reading(study, "case-2"), 0, 4)
    (file,) = merged(path, other)
    assert file.events == 0
    assert len(file.quarantined) == 3
    assert "has the id of a" in file.quarantined[0]
    assert merged(path, other)[0].changed is False


def log_entry(event_id: str, study: StudyFile) -> Entry:
    draft = opening(study, "case-0", reading_id="theirs")
    return Entry(event_id, READER, draft.kind, draft.body)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE events SET actor = 'x' WHERE seq = 3", "chain: event 3"),
        ("DELETE FROM events WHERE seq = 3", "chain"),
        ("UPDATE meta SET value = 'x' WHERE key = 'study_id'", "not belong to this study"),
        ("UPDATE meta SET value = 'x' WHERE key = 'protocol_sha256'", "different protocol"),
    ],
)
def test_changed_files_are_refused_and_the_others_come_in(path: Path, statement: str, message: str) -> None:
    ready_study(path).close()
    bad, good = copy(path, "bad.study"), copy(path, "good.study")
    tamper(bad, statement)
    with StudyFile.open(good, device="two") as study:
        open_reading(study)
    first, second = merged(path, bad, good)
    assert message in str(first.refused)
    assert (second.refused, second.events) == (None, 1)


def test_files_that_are_no_studies_of_this_one_are_refused(path: Path, tmp_path: Path) -> None:
    ready_study(path).close()
    make_study(tmp_path / "else.study", 3).close()
    (tmp_path / "text.study").write_text("x" * 5000)
    others = [tmp_path / "else.study", tmp_path / "text.study", tmp_path / "nowhere.study", path]
    messages = [str(file.refused) for file in merged(path, *others)]
    assert "created separately from the same cases and models" in messages[0]
    assert "not a SQLite file" in messages[1]
    assert "does not exist" in messages[2]
    assert "is the study itself" in messages[3]


def test_a_quote_that_does_not_match_keeps_the_file_out(path: Path) -> None:
    ready_study(path).close()
    bad = copy(path, "bad.study")
    with StudyFile.open(bad, device="two") as study:
        reading = open_reading(study)
        draft = mark_draft(study, reading)
        draft.body["annotation"]["quote"] = "never said"
        with study.connection.transaction() as db:
            item = entry(READER, draft.kind, {**draft.body, "reading_id": reading.id})
            events = [event for _, event in log_of(study).of_reading(reading.id)]
            log_of(study).add(db, log_of(study).chained(db, [item], events[-1].hash))
    (file,) = merged(path, bad)
    assert "not match the quote" in str(file.refused)


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("confidence.stated", {"value": 9}, "9 is not a confidence"),
        ("confidence.stated", {"value": True}, "True is not a confidence"),
        ("reading.judged", {"preference": "C"}, "'C' is not a preference"),
        ("reading.judged", {"preference": ["A"]}, "is not a preference"),
        ("reading.judged", {"verdicts": {"A": "good"}}, "'good' is not a verdict"),
        ("rating.given", {"axis": "tone", "value": "A"}, "'tone' is not an axis"),
        ("answer.rated", {"side": "A", "scale": "tone", "level": 1}, "'tone' is not a scale of the protocol"),
        ("answer.rated", {"side": "C", "scale": "risk", "level": 1}, "there is no side 'C'"),
        ("answer.rated", {"side": "A", "scale": "risk", "level": "1"}, "a level of a scale is a number"),
        ("time.added", {"seconds": "nan"}, "'nan' is not a number of seconds"),
    ],
)
def test_a_file_with_a_value_that_is_none_is_refused_and_its_reading_stays_as_it_was(
    path: Path, kind: str, body: dict[str, object], words: str
) -> None:
    with ready_study(path) as study:
        reading = commit(study, open_reading(study))
    other = copy(path, "other.study")
    with StudyFile.open(other, device="two") as study, study.connection.transaction() as db:
        last = log_of(study).of_reading(reading.id)[-1][1]
        item = entry(READER, kind, {**body, "reading_id": reading.id, "reason": "read again"})
        log_of(study).add(db, log_of(study).chained(db, [item], last.hash))
    (file,) = merged(path, other)
    assert words in str(file.refused)
    with StudyFile.open(path, device=DEVICE) as study:
        assert study.reading(READER, reading.case_id) == reading
        results(study)


def test_a_readers_own_file_tells_no_model(path: Path, tmp_path: Path) -> None:
    secret_words = ("General", "Biomedical", "a" * 64, "b" * 64, "gguf", '"tokens":17', "2026-01-01T10:00:05")
    with make_study(path, 12, answers=False) as study:
        for number, case_id in enumerate(study.case_ids()):
            for arm in ARMS:
                text = f"Answer {number} says B."
                study.answers.record(replace(make_answer(case_id, arm, text), id=f"{number}-{arm.role[::-1]}"))
        study.readers.register("R-02")
        mark(study, open_and_draw(study, "case-0", "R-02"))
        mark(study, open_and_draw(study, "case-0", READER))
        done = split(study, "R-02", tmp_path / "own.study")
        assert (done.cases, done.unanswered, done.readings) == (12, 0, 1)
        secret = study.secret.hex()
        sides = {case_id: drawn_ids(study, "R-02", case_id) for case_id in study.case_ids()}
        by_arm = {answer.id: answer.arm_id for case_id in sides for answer in study.answers.of_case(case_id).values()}
    assert verify(tmp_path / "own.study").ok
    data = (tmp_path / "own.study").read_bytes()
    for word in (*secret_words, secret):
        assert word.encode() not in data, word
    with StudyFile.open(tmp_path / "own.study", device="laptop") as own:
        assert own.readers.ids() == ["R-02"]
        assert {case_id: drawn_ids(own, "R-02", case_id) for case_id in sides} == sides
        mixed = {
            (answer.arm_id, by_arm[answer.id]) for case_id in sides for answer in own.answers.of_case(case_id).values()
        }
        assert len(mixed) == 4
        for refused in (lambda: own.readers.register("R-03"), lambda: split(own, "R-02", tmp_path / "x.study")):
            with pytest.raises(Exception, match=r"created for R-02|own file"):
                refused()
        with pytest.raises(StudyFileError, match="names no model"):
            own.answers.record(make_answer("case-0", ARMS[0]))
        with pytest.raises(StudyFileError, match="names no model"):
            merge(own, [path])
        session = ReadingSession(own, "R-02")
        session.goto("case-5")
        assert {side: answer.answer_id for side, answer in session.answers().items()} == sides["case-5"]
        judge(own, own.reading("R-02", "case-5"))
        commit(own, own.reading("R-02", "case-5"))
        session.goto("case-5")
        revealed = session.reveal()
        assert revealed is not None
        assert revealed.names == {}
    (file,) = merged(path, tmp_path / "own.study")
    assert file.refused is None
    with StudyFile.open(path, device=DEVICE) as study:
        home = study.reading("R-02", "case-5")
        assert home is not None
        assert home.committed
        assert dict(home.answer_ids) == sides["case-5"]


def open_and_draw(study: StudyFile, case_id: str, reader_id: str) -> Reading:
    study.readers.register(reader_id)
    return study.append(reader_id, f"{reader_id}-{case_id}", [own_opening(study, case_id, reader_id)])


def drawn_ids(study: StudyFile, reader_id: str, case_id: str) -> dict[str, str]:
    return own_opening(study, case_id, reader_id).body["answer_ids"]


def test_several_readers_may_use_one_device(path: Path, tmp_path: Path) -> None:
    with ready_study(path) as study:
        for reader_id in ("R-02", "R-03"):
            split(study, reader_id, tmp_path / f"{reader_id}.study")
    for reader_id in ("R-02", "R-03"):
        with StudyFile.open(tmp_path / f"{reader_id}.study", device=DEVICE) as own:
            commit(own, open_and_draw(own, "case-0", reader_id))
    merged(path, tmp_path / "R-03.study", tmp_path / "R-02.study")
    report = verify(path)
    assert "fork" not in next(check.seen for check in report.checks if check.name == "chain")
    with StudyFile.open(path, device=DEVICE) as study:
        assert [study.reading(name, "case-0") is not None for name in ("R-02", "R-03")] == [True, True]


def test_a_reader_file_of_another_study_is_refused_even_with_its_id(path: Path, tmp_path: Path) -> None:
    with ready_study(path) as study:
        split(study, "R-02", tmp_path / "own.study")
    tamper(
        tmp_path / "own.study",
        "UPDATE meta SET value = 'ff' WHERE key = 'secret'",
        "UPDATE meta SET value = 'R-09' WHERE key = 'split_reader'",
    )
    assert not verify(tmp_path / "own.study").ok


def test_nothing_is_split_where_nothing_can_be_read(path: Path, tmp_path: Path) -> None:
    with make_study(path, answers=False) as study:
        with pytest.raises(StudyFileError, match="no case has both answers"):
            split(study, "R-02", tmp_path / "own.study")
        study.answers.record(make_answer("case-0", ARMS[0]))
        study.answers.record(make_answer("case-0", ARMS[1]))
        study.answers.record(make_answer("case-1", ARMS[1]))
        assert split(study, "R-02", tmp_path / "own.study").unanswered == 2
    with StudyFile.open(tmp_path / "own.study", device="x") as own:
        assert [len(own.answers.of_case(case_id)) for case_id in own.case_ids()] == [2, 0, 0]
        assert study_state(own.connection)


def test_a_readers_own_file_has_the_schema_of_a_study(path: Path, tmp_path: Path) -> None:
    with ready_study(path) as study:
        commit(study, mark(study, open_reading(study)))
        split(study, READER, tmp_path / "own.study")
        with StudyFile.open(tmp_path / "own.study", device=DEVICE, read_only=True) as own:
            assert schema_of(own) == schema_of(study)


def schema_of(study: StudyFile) -> set[tuple[str, ...]]:
    return {tuple(row) for row in study.connection.rows("SELECT type, name, sql FROM sqlite_master")}

"""A protocol that is changed in mid-study: readings keep theirs, and answers come about as before."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain.axes import Axis
from doubleread.domain.labels import HEGSELMANN
from doubleread.domain.study import Decoding, Protocol
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.state import study_state
from store.forging import log_of
from store.making import DEVICE, READER, act, commit, judge, make_study, mark, open_reading, opening, ready_study

ELEVEN = Protocol(label_set=HEGSELMANN.name)
AXES = Protocol(axes=(Axis("tone", "Which answer is kinder?"), Axis("length", "Which answer has the better length?")))


def open_under(study: StudyFile, case_id: str):
    """Open a reading under the protocol in force."""
    protocol = study.protocol
    changes = {"protocol_sha256": study.protocol_sha256, "label_set": protocol.label_set}
    draft = opening(study, case_id, **changes, axes=[axis.name for axis in protocol.axes])
    return study.append(READER, str(draft.body["reading_id"]), [draft])


def test_readings_keep_the_version_under_which_they_were_opened(path: Path) -> None:
    with ready_study(path) as study:
        first = study.protocol_sha256
        early = mark(study, open_reading(study), category="negation")
        study.change_protocol(ELEVEN, "more kinds are needed")
        assert (study.protocol, study.protocol_sha256) == (ELEVEN, ELEVEN.sha256)
        late = mark(study, open_under(study, "case-1"), category="contradicted fact")
        # Each goes on with its own labels.
        commit(study, mark(study, early, 8, 12, category="causality"))
        with pytest.raises(InputRefusedError, match="not a category of the label set hegselmann-1"):
            mark(study, late, 8, 12, category="causality")
        assert [sha256 for sha256, _ in study.protocols()] == [first, ELEVEN.sha256]
        rows = study.connection.rows("SELECT protocol_sha256, label_set FROM readings ORDER BY case_id")
        assert list(map(tuple, rows)) == [(first, "creola-1"), (ELEVEN.sha256, "hegselmann-1")]
        study.rebuild_projections()
        (event,) = study.events(kind="protocol.changed")
        assert event.body["before_sha256"] == first
        assert event.body["reason"] == "more kinds are needed"
    report = verify(path)
    assert report.ok, report
    assert any("2 versions of the protocol" in check.seen for check in report.checks)
    with StudyFile.open(path, device=DEVICE) as again:
        assert again.protocol == ELEVEN
        assert again.protocol_of(first) == Protocol()


def test_a_new_reading_under_an_earlier_version_is_refused(path: Path) -> None:
    with ready_study(path) as study:
        before = opening(study)
        study.change_protocol(ELEVEN, "why not")
        with pytest.raises(InputRefusedError, match="its protocol, label set"):
            study.append(READER, str(before.body["reading_id"]), [before])


@pytest.mark.parametrize(
    ("changed", "reason", "message"),
    [
        (Protocol(), "because", "protocol is identical"),
        (ELEVEN, " ", "reason is empty"),
        (Protocol(n_ctx=512), "because", "a different n_ctx"),
        (Protocol(decoding=Decoding(seed=2)), "because", "a different decoding"),
        (replace(ELEVEN, prompt=replace(Protocol().prompt, system="Hello")), "because", "a different prompt"),
        (Protocol(label_set="mine"), "because", "not one of"),
    ],
)
def test_what_must_not_be_changed_is_refused(path: Path, changed: Protocol, reason: str, message: str) -> None:
    with ready_study(path) as study:
        with pytest.raises(InputRefusedError, match=message):
            study.change_protocol(changed, reason)
        assert study.protocol == Protocol()
        assert not list(study.events(kind="protocol.changed"))


def test_without_answers_the_conditions_of_answers_may_change(path: Path) -> None:
    with make_study(path, answers=False) as study:
        study.change_protocol(Protocol(n_ctx=512, decoding=Decoding(max_tokens=100)), "smaller models")
        assert study.protocol.n_ctx == 512


def test_two_programs_do_not_change_it_over_each_others_heads(path: Path) -> None:
    with ready_study(path) as study, StudyFile.open(path, device=DEVICE) as other:
        study.change_protocol(ELEVEN, "mine")
        with pytest.raises(StudyChangedError):
            other.change_protocol(AXES, "no, mine")


def test_a_protocol_that_is_not_the_one_named_is_found(path: Path) -> None:
    with ready_study(path) as study:
        study.change_protocol(ELEVEN, "why not")
        (event,) = study.events(kind="protocol.changed")
        body = {**event.body, "protocol": AXES.as_record()}
        study.connection.write(lambda db: log_of(study).record(db, _entry(body)), lambda _: None)
    assert {check.name for check in verify(path).checks if not check.ok} == {"settings and cases"}


def _entry(body):
    from doubleread.store.log.event_log import entry

    return entry("doubleread", "protocol.changed", body)


def test_a_readers_own_file_has_every_version_and_not_the_reasons(path: Path, tmp_path: Path) -> None:
    with ready_study(path) as study:
        mark(study, open_reading(study), category="negation")
        study.change_protocol(ELEVEN, "General writes too long")
        split(study, READER, tmp_path / "own.study")
    assert b"too long" not in (tmp_path / "own.study").read_bytes()
    with StudyFile.open(tmp_path / "own.study", device="theirs") as own:
        assert own.protocol == ELEVEN
        assert own.reading(READER, "case-0") is not None
        sides = {side: answer.id for side, answer in zip("AB", own.answers.of_case("case-1").values(), strict=True)}
        named = {"protocol_sha256": own.protocol_sha256, "label_set": "hegselmann-1", "answer_ids": sides}
        draft = opening(own, "case-1", reading_id="new", **named)
        mark(own, own.append(READER, "new", [draft]), category="unsupported word")
        with pytest.raises(StudyFileError, match="own file"):
            own.change_protocol(AXES, "no")
    assert verify(tmp_path / "own.study").ok
    with StudyFile.open(path, device=DEVICE) as study:
        (merged,) = merge(study, [tmp_path / "own.study"])
        assert merged.refused is None
        assert study.reading(READER, "case-1").judgement.annotations[0].category == "unsupported word"
    assert verify(path).ok


def test_copies_that_were_changed_apart_come_to_the_same_version_in_any_order(path: Path, tmp_path: Path) -> None:
    ready_study(path).close()
    other = Path(shutil.copy(path, tmp_path / "other.study"))
    with StudyFile.open(path, device="one") as study:
        study.change_protocol(ELEVEN, "one")
        mark(study, open_under(study, "case-0"), category="incorrect fact")
    with StudyFile.open(other, device="two") as study:
        study.change_protocol(AXES, "two")
        study.change_protocol(replace(AXES, title="Two"), "three")
        open_under(study, "case-1")
    states = set()
    for number, (target, source) in enumerate([(path, other), (other, path)]):
        copied = Path(shutil.copy(target, tmp_path / f"{number}.study"))
        with StudyFile.open(copied, device="merger") as study:
            (merged,) = merge(study, [source])
            assert merged.refused is None
            states.add(study_state(study.connection))
        with StudyFile.open(copied, device="merger") as study:
            # The longer line stands; readings under the other version stay what they are.
            assert study.protocol.title == "Two"
            assert study.reading(READER, "case-0").judgement.annotations
            assert study.reading(READER, "case-1").axes == ("tone", "length")
        assert verify(copied).ok
    assert len(states) == 1


def test_ratings_are_judged_stored_undone_and_needed_for_the_commit(path: Path) -> None:
    with ready_study(path) as study:
        study.change_protocol(AXES, "compare as well")
        reading = judge(study, open_under(study, "case-0"))
        assert reading.missing_for_commit() == ("comparison by tone", "comparison by length")
        reading = act(study, reading, "rating.given", axis="tone", value="A")
        reading = act(study, reading, "rating.given", axis="length", value="B")
        reading = act(study, reading, "rating.given", axis="length", value="tie")
        assert dict(reading.judgement.ratings) == {"tone": "A", "length": "tie"}
        for wrong in ({"axis": "colour", "value": "A"}, {"axis": "tone", "value": "C"}, {"axis": "tone"}):
            with pytest.raises(InputRefusedError):
                act(study, reading, "rating.given", **wrong)
        undone = act(study, reading, "action.undone", action_id=reading.undoable[-1])
        assert undone.judgement.ratings["length"] == "B"
        reading = act(study, undone, "action.redone", action_id=undone.redoable[-1])
        reading = act(study, reading, "reading.committed")
        with pytest.raises(InputRefusedError, match="needs a reason"):
            act(study, reading, "rating.given", axis="tone", value="B")
        row = study.connection.row("SELECT ratings, ratings_by_answer FROM readings")
        assert tuple(row) == ('{"length":"tie","tone":"A"}', '{"length":null,"tone":"case-0/m-general"}')
    assert verify(path).ok


def test_a_reading_must_name_the_protocols_axes(path: Path) -> None:
    with ready_study(path) as study:
        study.change_protocol(AXES, "compare as well")
        draft = opening(study, axes=["tone"])
        with pytest.raises(InputRefusedError, match="axes"):
            study.append(READER, str(draft.body["reading_id"]), [draft])

"""Preference pairs: who prefers what and why, with the prompt that the arms were sent; read back by `datasets`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.answer import Answer
from doubleread.domain.case import Turn
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.exports.export import export_study
from doubleread.exports.selection import Selection
from doubleread.exports.trl import PAIRS, PLAIN_PAIRS, TIES
from doubleread.read_model.blinding import unblind
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from exports.attested import ATTESTED
from sessions.adjudicated_study import ADJUDICATOR, ARMS, CASE_TEXT, READERS, TEXTS, read, read_study, side_of
from sessions.making import ARMS as OTHER_ARMS
from sessions.making import DEVICE, choice_case

SECRETIUS, OCCULTUS = (TEXTS[arm.id] for arm in ARMS)


@pytest.fixture
def study(tmp_path):
    """Three cases. Of the first, one reader prefers Secretius, one sees a tie; the second is read once."""
    with read_study(tmp_path / "study.doubleread") as opened:
        read(opened, READERS[0], "case-1", ("at once", "causality", "minor"), likes="both bad")
        unblind(opened, "lead", "these tests look at the names")
        yield opened


def json_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def exported(study, out, **filters):
    done = export_study(study, "trl", out, with_case_text=True, selection=Selection(**filters), attestation=ATTESTED)
    return done, {name: json_lines(out / f"{name}.jsonl") for name in ("pairs", "pairs-plain", "ties")}


def adjudicate(study, preference):
    session = AdjudicationSession(study, ADJUDICATOR)
    sides = {answer_id: side for side, answer_id in session.answer_ids.items()}
    for difference in session.differences:
        own = {"preference": sides.get(preference, preference), "verdict": "unsure"}.get(difference.subject)
        session.decide(difference.id, Decision(how="own", value=own) if own else Decision(how="take", reader=0))
    session.commit()


def test_a_reader_s_preference_is_a_pair_with_the_prompt_as_sent(study, tmp_path):
    done, files = exported(study, tmp_path / "out")
    assert done.rows == {"pairs": 1, "ties": 2}
    (row,), (plain,) = files["pairs"], files["pairs-plain"]
    messages = study.arms()[0].messages(study.protocol, study.case("case-0"))
    assert row["prompt"] == [{"role": message.role, "content": message.content} for message in messages]
    assert CASE_TEXT in plain["prompt"]
    assert plain["prompt"] == "\n\n".join(message.content for message in messages)
    assert row["chosen"] == [{"role": "assistant", "content": SECRETIUS}]
    assert row["rejected"] == [{"role": "assistant", "content": OCCULTUS}]
    assert (plain["chosen"], plain["rejected"]) == (SECRETIUS, OCCULTUS)
    assert (row["source"], row["prompt_source"], row["reader_id"]) == ("reader", "sent", READERS[0])
    assert (row["chosen_arm"], row["rejected_arm"]) == ("Secretius-7B", "Occultus-9B")
    assert (row["chosen_answer_id"], row["rejected_answer_id"]) == ("answer-0-0", "answer-0-1")
    assert list(row) == list(PAIRS)
    assert list(plain) == list(PLAIN_PAIRS)


def test_the_reasons_are_verdicts_and_annotations_of_both_answers(study, tmp_path):
    session = ReadingSession(study, "R-09")
    session.goto("case-2")
    better, worse = (side_of(session, arm.id) for arm in reversed(ARMS))
    session.mark(worse, "answer", Span(0, 4), "fabrication", "major", note="no rub")
    session.retract(session.mark(better, "answer", Span(0, 4), "negation", "minor").id)
    session.mark(worse, "case", Span(2, 4), "omission", "minor")
    session.judge(verdicts={worse: "incorrect", better: "partly"}, preference=better)
    for axis in session.axes:
        session.rate(axis.name, better)
    session.commit()
    session.leave()
    _, files = exported(study, tmp_path / "out", readers=frozenset({"R-09"}))
    (row,) = files["pairs"]
    assert (row["chosen_verdict"], row["rejected_verdict"]) == ("partly", "incorrect")
    assert row["chosen_annotations"] == []
    reasons = [
        (one["place"], one["quote"], one["category"], one["severity"], one["note"])
        for one in row["rejected_annotations"]
    ]
    assert sorted(reasons) == [
        ("answer", SECRETIUS[:4], "fabrication", "major", "no rub"),
        ("case", CASE_TEXT[2:4], "omission", "minor", ""),
    ]


def test_ties_are_no_pairs_and_lie_in_a_file_of_their_own(study, tmp_path):
    _, files = exported(study, tmp_path / "out")
    assert [(row["case_id"], row["reader_id"], row["preference"]) for row in files["ties"]] == [
        ("case-0", READERS[1], "tie"),
        ("case-1", READERS[0], "both bad"),
    ]
    assert all(row["answers"] == [SECRETIUS, OCCULTUS] and list(row) == list(TIES) for row in files["ties"])


def test_an_adjudicated_preference_replaces_those_of_the_readers(study, tmp_path):
    adjudicate(study, "answer-0-1")
    done, files = exported(study, tmp_path / "out")
    (row,) = files["pairs"]
    assert (row["source"], row["reader_id"]) == ("adjudicated", ADJUDICATOR)
    assert (row["chosen"][0]["content"], row["rejected"][0]["content"]) == (OCCULTUS, SECRETIUS)
    assert {one["quote"] for one in row["chosen_annotations"]} >= {"angina pectoris"}
    assert (row["chosen_verdict"], row["rejected_verdict"]) == ("unsure", "correct")
    assert "2 readings are replaced by the adjudicated preference" in done.left_out
    _, files = exported(study, tmp_path / "by-reader", readers=frozenset({READERS[0]}))
    assert [(row["source"], row["chosen_arm"]) for row in files["pairs"]] == [("reader", "Secretius-7B")]


def test_an_adjudicated_tie_leaves_no_pair(study, tmp_path):
    adjudicate(study, "tie")
    done, files = exported(study, tmp_path / "out")
    assert files["pairs"] == []
    assert [(row["case_id"], row["source"], row["preference"]) for row in files["ties"]] == [
        ("case-0", "adjudicated", "tie"),
        ("case-1", "reader", "both bad"),
    ]
    assert done.rows == {"pairs": 0, "ties": 2}


def test_open_readings_are_counted_and_left_out(study, tmp_path):
    session = ReadingSession(study, READERS[1])
    session.goto("case-2")
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
    session.leave()
    done, files = exported(study, tmp_path / "out")
    assert {row["case_id"] for row in files["pairs"]} == {"case-0"}
    assert "2 open readings are left out" in done.left_out


def test_without_case_text_there_is_no_prompt_and_no_export(study, tmp_path):
    with pytest.raises(InputRefusedError, match="text of the cases"):
        export_study(study, "trl", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def one_pair(path, arms=OTHER_ARMS, case=None, **answer):
    """Return a study of one case, whose first answer is preferred, with the same changes to both of its answers."""
    study = StudyFile.create(
        path, cases=[case or choice_case(0)], arms=arms, protocol=Protocol(), device=DEVICE, secret=b"s" * 32
    )
    for arm in arms:
        made = Answer(arm.id, "case-0", arm.id, f"{arm.id} says {arm.name}: fever", "", "", "stop", {})
        study.answers.record(replace(made, **answer))
    session = ReadingSession(study, "R-01")
    first = session.reading.side_of(arms[0].id)
    other = session.reading.side_of(arms[1].id)
    session.judge(verdicts={first: "correct", other: "incorrect"}, preference=first)
    session.commit()
    session.leave()
    return study


def test_arms_with_different_prompts_share_that_of_the_protocol(tmp_path):
    arms = (OTHER_ARMS[0], replace(OTHER_ARMS[1], prompt={"system": "You are a pirate."}))
    with one_pair(tmp_path / "study.doubleread", arms) as study:
        unblind(study, "lead", "a test")
        _, files = exported(study, tmp_path / "out")
        (row,) = files["pairs"]
        assert row["prompt_source"] == "protocol"
        assert row["prompt"][0] == {"role": "system", "content": study.protocol.prompt.system}


def test_the_prompt_of_imported_answers_is_that_of_the_protocol(tmp_path):
    with one_pair(tmp_path / "study.doubleread", finish_reason="imported") as study:
        unblind(study, "lead", "a test")
        _, files = exported(study, tmp_path / "out")
        assert [row["prompt_source"] for row in files["pairs"]] == ["protocol"]


def test_a_conversation_has_no_plain_prompt(tmp_path):
    turns = (Turn("user", "I cough."), Turn("assistant", "Since when?"), Turn("user", "For a week."))
    case = replace(choice_case(0), kind="rubric", options={}, key="", turns=turns)
    with one_pair(tmp_path / "study.doubleread", case=case) as study:
        unblind(study, "lead", "a test")
        done, files = exported(study, tmp_path / "out")
        assert [message["content"] for message in files["pairs"][0]["prompt"][-3:]] == [turn.content for turn in turns]
        assert files["pairs-plain"] == []
        assert any("several turns" in words for words in done.left_out)


def test_redacted_answers_are_left_out_of_a_blinded_export(tmp_path):
    with one_pair(tmp_path / "study.doubleread") as study:
        study.readers.register("R-02")
        done, files = exported(study, tmp_path / "out")
        assert done.blinded
        assert files == {"pairs": [], "pairs-plain": [], "ties": []}
        assert done.left_out == ("1 preference is left out, because words of the answers are redacted",)
        unblind(study, "lead", "a test")
        assert exported(study, tmp_path / "named")[0].rows["pairs"] == 1


LOAD = """
import sys
from datasets import load_dataset
for name in ("pairs", "pairs-plain"):
    rows = load_dataset("json", data_files=f"{sys.argv[1]}/{name}.jsonl", split="train", cache_dir=sys.argv[2])
    print(rows[0]["chosen"], rows.features["prompt"], len(rows), rows.column_names[:3], sep="|")
"""


def test_datasets_reads_it_offline(study, tmp_path):
    exported(study, tmp_path / "out")
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path / "out"), str(tmp_path / "cache")],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    (talk, features, *_), plain = (line.split("|") for line in done.stdout.splitlines())
    assert talk == str([{"role": "assistant", "content": SECRETIUS}])
    assert "role" in features
    assert "content" in features
    assert (plain[0], plain[1]) == (SECRETIUS, "Value('string')")
    assert plain[2:] == ["1", "['prompt', 'chosen', 'rejected']"]

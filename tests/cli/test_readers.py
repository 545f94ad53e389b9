"""Readers and their cases, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Invoke, write_pack
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.events import EventDraft
from doubleread.store import StudyFile

PROTOCOL = """
repeat_proportion = 0.5
reveal_key = false
read_twice = 0.5
"""


@pytest.fixture
def study(invoke: Invoke, tmp_path: Path) -> Path:
    """A study of six cases with external answers."""
    settings = tmp_path / "protocol.toml"
    settings.write_text(PROTOCOL, encoding="utf-8")
    pack = write_pack(tmp_path / "pack.jsonl", 6)
    path = tmp_path / "trial.doubleread"
    arms = ("--model-a", "Alpha", "--model-b", "Beta")
    assert invoke("new", path, "--cases", pack, *arms, "--protocol", settings).code == 0
    for name in ("R-01", "R-02", "R-03"):
        assert invoke("readers", "add", path, "--reader", name, "--role", "reader").code == 0
    return path


def test_readers_are_added_described_and_listed(invoke: Invoke, study: Path) -> None:
    assert invoke("readers", "add", study, "--reader", "R-01", "--qualification", "internist, 12 years").code == 0
    found = invoke("readers", "list", study, "--json").json["readers"]
    assert [reader["reader_id"] for reader in found] == ["R-01", "R-02", "R-03"]
    assert (found[0]["role"], found[0]["qualification"]) == ("", "internist, 12 years")
    assert (found[1]["role"], found[1]["assigned"], found[1]["cases"]) == ("reader", False, 6)
    assert "internist" in invoke("readers", "list", study).out
    refused = invoke("readers", "add", study, "--reader", "R-01", "--role", "a\nb")
    assert (refused.code, "one line" in refused.err) == (2, True)


def test_cases_are_assigned_by_balanced_blocks(invoke: Invoke, study: Path) -> None:
    done = invoke("assign", study, "--plan", "blocks", "--readers", "R-01,R-02,R-03", "--seed", 7, "--each", 2)
    assert done.code == 0, done.err
    assert "R-02: 4 cases, 2 of them twice" in done.out
    with StudyFile.open(study, device="d") as opened:
        assigned = opened.readers.assigned()
        (event,) = opened.events(kind="cases.assigned")
    assert (event.body["plan"], event.body["seed"], event.body["each"]) == ("blocks", 7, 2)
    by_case = [sum(case in {turn.case_id for turn in turns} for turns in assigned.values()) for case in _cases(study)]
    assert by_case == [2] * 6
    assert [len(turns) for turns in assigned.values()] == [6, 6, 6]
    found = invoke("readers", "list", study, "--json").json["readers"]
    assert [(reader["assigned"], reader["cases"], reader["repeats"]) for reader in found] == [(True, 4, 2)] * 3
    assert "assigned cases to R-01, R-02, R-03 by the plan blocks" in invoke("log", study).out


def test_who_has_begun_gets_all_cases_and_keeps_what_came_again(invoke: Invoke, study: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(f'{{"case_id": "pack-{n}", "text": "B"}}\n' for n in range(6)), encoding="utf-8")
    for arm in ("Alpha", "Beta"):
        assert invoke("import-answers", study, answers, "--arm", arm).code == 0
    plan = ("--plan", "blocks", "--readers", "R-01,R-02,R-03", "--each", 2)
    assert invoke("assign", study, *plan, "--seed", 7).code == 0
    with StudyFile.open(study, device="d") as opened:
        again = next(turn for turn in opened.readers.worklist("R-01") if turn.repeat)
        for repeat in (0, 1):
            reading_id = f"reading-{repeat}"
            opened.append("R-01", reading_id, [_opening(opened, again.case_id, reading_id, repeat)])
    refused = [done for seed in range(20) if (done := invoke("assign", study, *plan, "--seed", seed)).code]
    assert refused
    assert all(f"R-01 has started {again.case_id}, which the new plan would take away" in done.err for done in refused)
    assert invoke("assign", study, "--plan", "all", "--readers", "R-01", "--seed", 99).code == 0
    with StudyFile.open(study, device="d") as opened:
        turns = opened.readers.worklist("R-01")
    assert {turn.case_id for turn in turns} == set(_cases(study))
    assert {WorklistItem(again.case_id), again} <= set(turns)


def _opening(study: StudyFile, case_id: str, reading_id: str, repeat: int) -> EventDraft:
    first, second = study.answers.of_case(case_id).values()
    body = {
        "reading_id": reading_id,
        "case_id": case_id,
        "reader_id": "R-01",
        "answer_ids": {"A": first.id, "B": second.id},
        "answer_sha256": {"A": first.sha256, "B": second.sha256},
        "case_sha256": study.case(case_id).sha256,
        "protocol_sha256": study.protocol_sha256,
        "label_set": study.protocol.label_set,
        "repeat": repeat,
    }
    return EventDraft("reading.opened", body)


def test_a_proportion_of_the_cases_is_read_twice(invoke: Invoke, study: Path) -> None:
    done = invoke("assign", study, "--plan", "proportion", "--readers", "R-01,R-02,R-03", "--seed", 7)
    assert done.code == 0, done.err
    with StudyFile.open(study, device="d") as opened:
        assigned = opened.readers.assigned()
    by_case = [sum(case in {turn.case_id for turn in turns} for turns in assigned.values()) for case in _cases(study)]
    assert sorted(by_case) == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--plan", "some", "--readers", "R-01"), 2, "no plan"),
        (("--plan", "all", "--readers", "R-01", "--each", 2), 2, "omit --each"),
        (("--plan", "blocks", "--readers", "R-01,R-01"), 2, "twice"),
        (("--plan", "blocks", "--readers", "R-01"), 2, "2 readers per case"),
        (("--plan", "all", "--readers", "R-01,R-77"), 1, "R-77 is not registered"),
    ],
)
def test_wrong_assignments_are_refused(
    invoke: Invoke, study: Path, arguments: tuple[object, ...], code: int, words: str
) -> None:
    done = invoke("assign", study, *arguments, "--seed", 1)
    assert (done.code, words in done.err) == (code, True), done.err
    with StudyFile.open(study, device="d") as opened:
        assert opened.readers.assigned() == {}


def test_a_protocol_is_changed_with_a_reason(invoke: Invoke, study: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    file.write_text(invoke("protocol", "presets", "hegselmann").out, encoding="utf-8")
    before = invoke("protocol", "show", study, "--json").json["sha256"]
    done = invoke("protocol", "change", study, file, "--reason", "more kinds are needed")
    assert done.code == 0, done.err
    assert "version 2" in done.out
    assert before in done.out
    shown = invoke("protocol", "show", study, "--json").json
    assert (shown["protocol"]["label_set"], shown["protocol"]["title"]) == ("hegselmann-1", "trial")
    again = invoke("protocol", "change", study, file, "--reason", "once more")
    assert (again.code, "protocol is identical" in again.err) == (1, True)
    assert "more kinds are needed" in invoke("log", study).out


def _cases(study: Path) -> list[str]:
    with StudyFile.open(study, device="d") as opened:
        return opened.case_ids()


def test_a_pseudonym_that_reads_like_a_known_one_is_added_only_when_confirmed(invoke: Invoke, study: Path) -> None:
    refused = invoke("readers", "add", study, "--reader", "r1")
    assert (refused.code, "r1 is easily confused with R-01" in refused.err, "--new-reader" in refused.err) == (
        1,
        True,
        True,
    )
    assert invoke("readers", "add", study, "--reader", "r1", "--new-reader").code == 0
    # A different number is another reader, and a known one is nobody new.
    assert invoke("readers", "add", study, "--reader", "R-04").code == 0
    assert invoke("readers", "add", study, "--reader", "R-01", "--role", "reader").code == 0


def test_nobody_else_gets_cases_or_a_file_where_readers_are_registered(
    invoke: Invoke, study: Path, tmp_path: Path
) -> None:
    refused = invoke("assign", study, "--plan", "all", "--readers", "R-1", "--seed", 1)
    assert (refused.code, "R-1 is not registered. Did you mean R-01?" in refused.err) == (1, True), refused.err
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(f'{{"case_id": "pack-{n}", "text": "B"}}\n' for n in range(6)), encoding="utf-8")
    for arm in ("Alpha", "Beta"):
        assert invoke("import-answers", study, answers, "--arm", arm).code == 0
    for more in ((), ("--new-reader",)):
        refused = invoke("split", study, "--reader", "R-1", "--out", tmp_path / "own", *more)
        assert (refused.code, "Did you mean R-01?" in refused.err) == (1, True), refused.err
    assert invoke("split", study, "--reader", "R-01", "--out", tmp_path / "own").code == 0


def test_a_file_for_a_new_reader_is_made_when_confirmed(invoke: Invoke, tmp_path: Path) -> None:
    unlisted = tmp_path / "unlisted.doubleread"
    assert invoke("demo", "--headless", "--study", unlisted).code == 0
    with StudyFile.open(unlisted, device="d") as opened:
        opened.readers.register("R-01")
    refused = invoke("split", unlisted, "--reader", "R-1", "--out", tmp_path / "own")
    assert (refused.code, "Did you mean R-01?" in refused.err, "--new-reader" in refused.err) == (1, True, True)
    assert invoke("split", unlisted, "--reader", "R-1", "--out", tmp_path / "own", "--new-reader").code == 0
    listed = invoke("readers", "list", unlisted, "--json").json["readers"]
    assert [(reader["reader_id"], reader["cases"]) for reader in listed] == [("R-01", 36), ("R-1", 36)]
    withdrawn = ("--reader", "R-1", "--by", "R-01", "--reason", "mistyped")
    assert invoke("readers", "withdraw", unlisted, *withdrawn).code == 0
    listed = invoke("readers", "list", unlisted, "--json").json["readers"]
    assert [(reader["reader_id"], reader["withdrawal_reason"]) for reader in listed] == [
        ("R-01", ""),
        ("R-1", "mistyped"),
    ]


def test_a_reader_is_withdrawn_and_reinstated(invoke: Invoke, study: Path) -> None:
    refused = invoke("readers", "withdraw", study, "--reader", "R-2", "--reason", "moved")
    assert (refused.code, "Did you mean R-02?" in refused.err) == (1, True), refused.err
    done = invoke("readers", "withdraw", study, "--reader", "R-02", "--reason", "moved away", "--by", "S-01")
    assert (done.code, "R-02 withdrawn, 0 committed readings kept" in done.out) == (0, True), done.err
    listed = invoke("readers", "list", study)
    assert "moved away" in listed.out
    (found,) = [item for item in invoke("readers", "list", study, "--json").json["readers"] if item["withdrawn_at"]]
    assert (found["reader_id"], found["withdrawal_reason"], found["cases"]) == ("R-02", "moved away", 0)
    log = invoke("log", study).out
    assert "withdrew R-02" in log
    assert "moved away" in log
    refused = invoke("assign", study, "--plan", "all", "--readers", "R-02", "--seed", 1)
    assert (refused.code, "was withdrawn" in refused.err) == (1, True)
    again = invoke("readers", "withdraw", study, "--reader", "R-02", "--reason", "once more")
    assert (again.code, "already withdrawn" in again.err) == (1, True)
    assert invoke("readers", "reinstate", study, "--reader", "R-02", "--reason", "is back").code == 0
    assert "moved away" not in invoke("readers", "list", study).out
    assert "reinstated R-02" in invoke("log", study).out

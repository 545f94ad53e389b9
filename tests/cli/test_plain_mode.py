"""Reading line by line from the command line: by option, by environment and by setting."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from cli.conftest import Invoke, in_a_process
from cli.conftest import invoke as invoke
from doubleread import locations
from doubleread.cli.plain_mode import PLAIN
from doubleread.domain.study import Protocol
from doubleread.store import StudyFile
from doubleread.store.branches.split import split
from sessions import adjudicated_study
from tui.studies import READER, make_study


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_study(tmp_path / "study.doubleread")


def type_in(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_study_is_read_through_pipes_with_a_receipt_at_the_end(path: Path) -> None:
    typed = "verdict A partly\ncommit\nquit\nverdict B partly\n"
    done = in_a_process("read", path, "--reader", READER, "--plain", input=typed)
    assert done.returncode == 0
    assert "Answer A: partly.\n" in done.stdout
    assert "0 of 3 cases committed, everything saved." in done.stdout.splitlines()[-1]
    assert "Traceback" not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "\n> " not in done.stdout
    assert "receipt: device " in done.stderr


def test_the_environment_the_settings_and_the_option_decide(
    path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ("read", path, "--reader", READER)

    def is_plain(*arguments: object) -> bool:
        type_in(monkeypatch)
        done = invoke(*arguments)
        assert (done.code == 0) is done.out.startswith("Study: Chest and more.")
        assert done.code == 0 or done.err.startswith("No terminal: ")
        return done.code == 0

    assert not is_plain(*read)
    assert is_plain(*read, "--plain")
    assert is_plain("--plain", *read)
    assert not is_plain("--plain", *read, "--no-plain")
    monkeypatch.setenv(PLAIN, "1")
    assert is_plain(*read)
    assert not is_plain(*read, "--no-plain")
    monkeypatch.setenv(PLAIN, "0")
    locations.home().mkdir(parents=True, exist_ok=True)
    locations.settings_file().write_text("plain = true\n")
    assert not is_plain(*read)
    monkeypatch.delenv(PLAIN)
    assert is_plain(*read)
    assert not is_plain(*read, "--no-plain")


def test_the_file_of_a_reader_opens_for_that_reader(
    path: Path, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.doubleread"
    with StudyFile.open(path, device="lead") as study:
        study.readers.register(READER)
        split(study, READER, own)
    type_in(monkeypatch, "prefer tie")
    done = invoke(own, "--plain")
    assert (done.code, "Reader R-01.\n" in done.out, "Preference: a tie." in done.out) == (0, True, True)
    type_in(monkeypatch, "1")
    done = invoke(path, "--plain")
    assert done.out.startswith("Your reader ID?\n1 R-01\n2 another ID\n")
    assert "Study: Chest and more. Reader R-01." in done.out


def test_without_a_study_the_recent_ones_are_listed(
    path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch)
    assert invoke("--plain").out.startswith("There are no studies yet.\n")
    type_in(monkeypatch)
    assert invoke("read", path, "--reader", READER, "--plain").code == 0
    type_in(monkeypatch, "1")
    done = invoke("--plain")
    assert done.code == 0
    assert "doubleread FILE --plain" in done.out
    assert "1 Chest and more: being read. 3 cases, all with both answers" in done.out


def test_what_cannot_be_opened_is_an_error_of_the_command(tmp_path: Path, invoke: Invoke) -> None:
    done = invoke("read", tmp_path / "gone.doubleread", "--reader", READER, "--plain")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("No such study: ")


def test_the_demo_is_read_line_by_line(tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "status", "quit")
    study = tmp_path / "demo.doubleread"
    done = invoke("demo", "--plain", "--study", study)
    assert done.code == 0, done.err
    assert "electrician" in done.out
    assert "everything saved." in done.out.splitlines()[-1]


def test_a_consensus_round_is_refused_where_the_study_has_none(path: Path, invoke: Invoke) -> None:
    done = invoke("read", path, "--reader", READER, "--consensus", "--plain")
    assert done.code == 1
    assert done.err


def test_the_consensus_round_of_a_readers_own_file_comes_back(
    tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial, own = tmp_path / "trial.doubleread", tmp_path / "own.doubleread"
    reader = adjudicated_study.READERS[1]
    with adjudicated_study.make_study(trial, cases=1, protocol=Protocol(consensus=True)) as study:
        adjudicated_study.read_twice(study)
    done = invoke("split", trial, "--reader", reader, "--out", own, "--consensus")
    assert done.code == 0, done.err
    assert "own.doubleread shows how others judged 1 case, without names, as of now" in done.err
    type_in(monkeypatch, "agree 1", "the dose matters", "done", "yes", "quit")
    done = invoke("--plain", own)
    assert (done.code, "1 of 1 cases of the consensus round done" in done.out) == (0, True), done.out
    assert "Send own.doubleread back to your study lead." in done.out
    assert invoke("merge", trial, own).code == 0
    with StudyFile.open(trial, device="lead") as study:
        assert study.reading(reader, "case-0").corrections == ("consensus: the dose matters",)

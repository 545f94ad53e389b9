"""Hostile text through every place that shows text, on a real terminal: no control byte of it arrives there."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from arms import arm_with_model
from doubleread.domain.annotation import Annotation
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.events import EventDraft
from doubleread.domain.study import Protocol
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from hostile import MARK, hostile_strings
from pty_terminal import ESCAPE, PtyProgram

DOUBLEREAD = [sys.executable, "-m", "doubleread"]
WHEN = "2026-01-01T00:00:00.000Z"
PLACES = 10
READER = "R-[/][@click=app.quit]"
F3 = "\x1bOR"
ALLOWED = re.compile(rb"\x1b(?:\[[0-9;:<>=?]*[ -/]*[@-~]|\]22;[a-z-]+\x07)")
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\xad]")


def cases() -> list[Case]:
    strings = hostile_strings()
    packs = [strings[start : start + PLACES] for start in range(0, len(strings), PLACES)]
    return [
        Case(
            id=f"case {number} {pack[9][:40]}",
            kind="choice",
            text=f"{pack[0]} fever. {pack[1]}",
            question=f"{pack[2]} which?",
            options={"A": f"first {pack[3]}", "B": f"second {pack[4]}"},
            key="A",
            title=pack[5],
            explanation=pack[6],
            tags=(pack[7],),
            source=pack[8],
        )
        for number, pack in enumerate(packs)
    ]


def make_study(path: Path) -> int:
    """Make a study of hostile cases; every second one is read and committed. Return how many cases there are."""
    strings = hostile_strings()
    made = cases()
    arms = (
        arm_with_model("m1", f"model {strings[0]}", "a" * 64),
        arm_with_model("m2", f"model {strings[8]}", "b" * 64),
    )
    protocol = Protocol(title=f"Study {strings[2]}", reveal_names=True, guideline="\n".join(strings[:40]))
    with StudyFile.create(path, cases=made, arms=arms, protocol=protocol, device="d") as study:
        study.readers.register(READER)
        for number, case in enumerate(made):
            texts = [f"The answer is A. {strings[-number - 1]} Thus {strings[number]}", f"{strings[number * 3]} B."]
            answers = [
                Answer(str(uuid.uuid4()), case.id, arm.id, text, WHEN, WHEN, "stop")
                for arm, text in zip(arms, texts, strict=True)
            ]
            for answer in answers:
                study.answers.record(answer)
            if number % 2:
                commit(study, case, answers, strings[number])
    return len(made)


def commit(study: StudyFile, case: Case, answers: list[Answer], note: str) -> None:
    reading = {"reading_id": str(uuid.uuid4())}
    text = answers[0].text
    annotation = Annotation(
        str(uuid.uuid4()), answers[0].id, "answer", 4, len(text), text[4:], "fabrication", "major", note=note
    )
    opened = {
        "case_id": case.id,
        "reader_id": READER,
        "answer_ids": {"A": answers[0].id, "B": answers[1].id},
        "answer_sha256": {"A": answers[0].sha256, "B": answers[1].sha256},
        "case_sha256": case.sha256,
        "protocol_sha256": study.protocol.sha256,
        "label_set": study.protocol.label_set,
    }
    judged = {"verdicts": {"A": "correct", "B": "incorrect"}, "preference": "A"}
    drafts = [
        EventDraft("reading.opened", {**reading, **opened}),
        EventDraft("annotation.marked", {**reading, "annotation": annotation.as_body()}),
        EventDraft("reading.judged", {**reading, **judged}),
        EventDraft("reading.committed", reading),
    ]
    study.append(READER, reading["reading_id"], drafts)


def assert_clean(output: bytes) -> None:
    """Fail where anything reached the terminal that an honest program does not send."""
    rest = ALLOWED.sub(b"", output)
    assert b"\x1b" not in rest, rest[max(rest.index(b"\x1b") - 60, 0) :][:200]
    for sequence in ALLOWED.findall(output):
        assert not re.search(rb"(?<!\d)" + MARK.encode() + rb"(?!\d)", sequence), sequence
    shown = rest.decode("utf-8")
    assert not (bad := UNSEEN.findall(shown)), sorted(set(bad))
    assert "Traceback" not in shown


def environment() -> dict[str, str]:
    return dict(os.environ)


@pytest.fixture(scope="module")
def hostile_study(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "hostile.doubleread"
    assert make_study(path) == 50
    return path


def test_the_reading_screen_shows_500_hostile_strings_and_marks_in_them(hostile_study):
    command = [*DOUBLEREAD, "read", str(hostile_study), "--reader", READER]
    with PtyProgram(command, environment(), 150, 45) as program:
        program.wait_for("fever.")
        for key in ("g", ESCAPE):
            program.send(key)
            program.resolve(0.5)
        for number in range(24):
            program.send(f"{F3}sm")
            program.resolve(0.05)
            program.send("fm")
            program.resolve(0.05)
            if number < 3:
                program.send("e")
                program.resolve(0.05)
                program.send(ESCAPE)
                program.resolve(0.5)
            for _ in range(2):
                program.send("n")
                program.resolve(0.05)
        program.wait_for("case 49 of 50")
        for key in ("G", ESCAPE, "?", ESCAPE, "\x10", ESCAPE, "L", "\x11"):
            program.resolve(0.5)
            program.send(key)
        assert program.ended() == 0
        assert_clean(bytes(program.output))
    report = verify(hostile_study)
    assert report.ok, report.as_record()
    with closing(sqlite3.connect(hostile_study)) as connection:
        marked = connection.execute(
            "SELECT answers.text, start, end, quote FROM annotations JOIN answers ON answers.id = answer_id"
        ).fetchall()
    assert len(marked) > 25 + 12
    assert all(text[start:end] == quote for text, start, end, quote in marked)


@pytest.mark.parametrize(
    "arguments",
    [("results",), ("verify",), ("score",), ("run",), ("export", "--format", "csv", "--out", "OUT")],
    ids=lambda arguments: arguments[0],
)
def test_the_commands_print_hostile_studies_clean(hostile_study, tmp_path, arguments):
    name, *options = [str(tmp_path / "out") if word == "OUT" else word for word in arguments]
    with PtyProgram([*DOUBLEREAD, name, str(hostile_study), *options], environment()) as program:
        program.ended()
        program.resolve()
        assert len(program.output) > 10
        assert_clean(bytes(program.output))


def test_errors_name_hostile_files_clean(tmp_path):
    pack = tmp_path / f"bad \x1b[{MARK}m\u202e.jsonl"
    pack.write_text(
        "\n".join(f'{{"id": {string!r}, "kind": "x"}}' for string in hostile_strings()[:50]), encoding="utf-8"
    )
    arm = tmp_path / f"m\x1b]52;c;{MARK}\x07.gguf"
    arm.write_text("\x1b[777mnot a model")
    for command in (
        ["cases", "check", str(pack)],
        ["models", "inspect", str(arm)],
        ["read", str(pack), "--reader", "x"],
    ):
        with PtyProgram([*DOUBLEREAD, *command], environment()) as program:
            assert program.ended() in (1, 2)
            assert len(program.output) > 10
            assert_clean(bytes(program.output))

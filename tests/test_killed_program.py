"""kill -9 while a reader marks: what the screen has acknowledged is in the study file."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import uuid
from pathlib import Path

import pytest

from arms import arm_with_model
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.study import Protocol
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from pty_terminal import PtyProgram

KILLS = int(os.environ.get("DOUBLEREAD_TEST_KILLS", "6"))
SENTENCES = 5 * KILLS + 10
WHEN = "2026-01-01T00:00:00.000Z"
F3 = "\x1bOR"
FIRST_ROW = "Sentence number 0 is"


def make_study(path: Path) -> None:
    text = " ".join(f"Sentence number {number} is made up." for number in range(SENTENCES))
    case = Case("c", "diagnosis", "A patient with fever.", "What is it?", "flu")
    arms = (arm_with_model("m1", "one", "a" * 64), arm_with_model("m2", "two", "b" * 64))
    with StudyFile.create(path, cases=[case], arms=arms, protocol=Protocol(), device="d") as study:
        for arm in arms:
            study.answers.record(Answer(str(uuid.uuid4()), "c", arm.id, text, WHEN, WHEN, "stop"))


def stored(path: Path) -> list[str]:
    """The quotes of all annotations; opening the file for writing rolls back what the kill left half done."""
    with StudyFile.open(path, device="d") as study:
        reading = study.reading("R-01", "c")
        return [annotation.quote for annotation in reading.judgement.annotations] if reading else []


@pytest.mark.timeout(60 + 15 * KILLS)
def test_no_acknowledged_annotation_is_lost(tmp_path):
    path = tmp_path / "killed.doubleread"
    make_study(path)
    rng = random.Random(4)
    command = [sys.executable, "-m", "doubleread", "read", str(path), "--reader", "R-01"]
    for _ in range(KILLS):
        before = len(stored(path))
        acknowledged = before
        with PtyProgram(command, dict(os.environ), 120, 40) as program:
            program.wait_for(FIRST_ROW)
            program.send(F3 + "\x1b[1;5H" + ")" * before)
            program.resolve(0.1)
            for number in range(before, before + rng.randint(1, 4)):
                program.send("smfm")
                program.wait_for(f"{f'A{number + 1} ':<4}fabrication, major")
                acknowledged = number + 1
                program.send(")")
            program.send("smfm")
            time.sleep(rng.uniform(0, 0.15))
            os.killpg(program.process.pid, signal.SIGKILL)
            program.process.wait()
        quotes = stored(path)
        assert acknowledged <= len(quotes) <= acknowledged + 1
        assert quotes == [f"Sentence number {number} is made up." for number in range(len(quotes))]
        assert verify(path).ok
    assert len(stored(path)) > KILLS

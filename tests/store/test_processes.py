"""Several programs on one file, and programs that are killed while they write."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from doubleread.errors import StudyChangedError
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from store.making import DEVICE, READER, act, mark, open_reading, ready_study

PROGRAMS = Path(__file__).with_name("programs.py")


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAMS), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    return out


def test_four_programs_write_at_once_and_nothing_is_lost(path: Path) -> None:
    ready_study(path).close()
    processes = [start("append_many", str(path), f"R-1{number}", "100") for number in range(4)]
    written = [annotation_id for process in processes for annotation_id in finish(process).split()]
    assert len(set(written)) == 400
    with StudyFile.open(path, device=DEVICE) as study:
        assert {row["id"] for row in study.connection.rows("SELECT id FROM annotations")} == set(written)
        assert len(list(study.events(kind="annotation.marked"))) == 400
    report = verify(path)
    assert report.ok, report.as_record()


def test_a_hundred_kills_lose_no_acknowledged_annotation(path: Path) -> None:
    ready_study(path).close()
    acknowledged = json.loads(finish(start("be_killed", str(path), "100", "2026")))
    assert len(acknowledged) == len(set(acknowledged)) > 100
    report = verify(path)
    assert report.ok, report.as_record()
    with StudyFile.open(path, device=DEVICE) as study:
        reading = study.reading(READER, "case-0")
        assert reading is not None
        current = {annotation.id for annotation in reading.judgement.annotations}
    assert set(acknowledged) <= current
    assert len(current) - len(acknowledged) <= 100


def test_two_windows_on_one_reading(study: StudyFile, path: Path) -> None:
    ours = open_reading(study)
    with StudyFile.open(path, device=DEVICE) as other:
        theirs = mark(other, ours)
        ours = act(study, ours, "time.added", seconds=2.0)
        assert ours.judgement == theirs.judgement
        theirs = act(other, theirs, "annotation.retracted", annotation_id=ours.judgement.annotations[0].id)
        with pytest.raises(StudyChangedError, match="no longer exists"):
            act(
                study,
                ours,
                "annotation.changed",
                annotation_id=ours.judgement.annotations[0].id,
                changes={"note": "x"},
            )
        with pytest.raises(StudyChangedError, match="not the last one"):
            act(study, ours, "action.undone", action_id=ours.undoable[-1])
        assert study.reading(READER, "case-0") == other.reading(READER, "case-0")
        with pytest.raises(StudyChangedError, match="already opened this case"):
            open_reading(other)
    assert verify(path).ok


@pytest.fixture
def readable_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


@pytest.mark.parametrize("file_mode", [0o444, 0o666])
def test_a_read_only_medium_is_said_and_can_still_be_read(readable_folder: Path, file_mode: int) -> None:
    path = readable_folder / "trial.study"
    with ready_study(path) as study:
        mark(study, open_reading(study))
    path.chmod(file_mode)
    readable_folder.chmod(0o555)
    opened, annotations, refused = finish(start("without_rights", str(path))).splitlines()
    assert opened.startswith("The study cannot be changed: ")
    assert "copy" in opened
    assert annotations == "1"
    assert refused.startswith("The study cannot be changed: ")

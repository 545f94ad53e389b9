"""A disk that fails at one chosen system call of saving, merging, backing up or exporting, by strace.

`python faults.py ACTION FOLDER` is the program that is hit; the functions run it and look at what it leaves.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.events import EventDraft
from doubleread.file_hash import file_sha256
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify

CALLS = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "link", "rename", "mkdir")
ACTIONS = ("save", "merge", "backup", "export")
ERRORS = ("ENOSPC", "EIO")
TRIED = 3
_SAVED = re.compile(rb"saved (\S+)")


@dataclass(frozen=True, slots=True)
class Hit:
    """One run in which the `when`-th of a system call failed."""

    action: str
    call: str
    error: str
    when: int


def can_trace() -> bool:
    """Whether strace is here and may look into programs."""
    strace = shutil.which("strace")
    return (
        strace is not None and subprocess.run([strace, "-f", "true"], capture_output=True, check=False).returncode == 0
    )


def prepare(folder: Path) -> None:
    """Make the study that every run starts from, and the file of a reader to be merged."""
    sys.path.insert(0, str(Path(__file__).parent / "store"))
    from making import commit, make_study, mark, open_reading

    from doubleread.store.branches.split import split

    folder.mkdir()
    with make_study(folder / "study.doubleread") as study:
        mark(study, open_reading(study))
        split(study, "R-01", folder / "own.doubleread")
    with StudyFile.open(folder / "own.doubleread", device="laptop") as own:
        reading = own.reading("R-01", "case-0")
        assert reading is not None
        for start in range(20, 32, 2):
            reading = mark(own, reading, start, start + 2, note="a note")
        commit(own, reading)


def counted(prepared: Path, folder: Path, action: str) -> Counter[str]:
    """Return how often an action makes each of the calls when nothing fails."""
    trace = folder / "trace"
    _run(prepared, folder / "run", action, ["-e", f"trace={','.join(CALLS)}", "-o", str(trace)])
    counts = Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE))
    if action == "save":
        # These are the lines by which this program says what was saved.
        del counts["write"]
    return counts


def hit(prepared: Path, folder: Path, what: Hit) -> None:
    """Let one call fail, and raise AssertionError where anything is lost, half done or not said."""
    inject = ["-e", f"inject={what.call}:error={what.error}:when={what.when}", "-o", str(folder / "trace")]
    run = folder / "run"
    done = _run(prepared, run, what.action, ["-e", f"trace={what.call}", *inject])
    said = done.stderr.decode(errors="replace")
    assert done.returncode in (0, 1), (what, done.returncode, said)
    assert "Traceback" not in said, (what, said)
    assert "failed because of a bug" not in said, (what, said)
    # What goes wrong with the outputs themselves cannot be said.
    assert done.returncode == 0 or ": " in said or what.call == "write", (what, said)
    study = run / "study.doubleread"
    StudyFile.open(study, device="after").close()
    report = verify(study)
    assert report.ok, (what, report.as_record())
    _LOOK[what.action](run, done)
    shutil.rmtree(run)


def _look_at_saved(run: Path, done: subprocess.CompletedProcess[bytes]) -> None:
    with StudyFile.open(run / "study.doubleread", device="after") as study:
        there = {row["id"] for row in study.connection.rows("SELECT id FROM annotations")}
    saved = {item.decode() for item in _SAVED.findall(done.stdout)}
    assert saved <= there, f"lost: {saved - there}"
    assert len(there) <= len(saved) + 2, "more than the one that was not acknowledged"
    assert done.returncode == 1 or len(saved) == TRIED


def _look_at_merged(run: Path, done: subprocess.CompletedProcess[bytes]) -> None:
    """Nothing or all of it came in, and merging again gives what it gives without a fault."""
    from doubleread.store.branches.merge import merge

    assert verify(run / "own.doubleread").ok
    with StudyFile.open(run / "study.doubleread", device="after") as study:
        before = len(list(study.events(kind="reading.committed")))
        assert before == 1 or done.returncode == 1
        merge(study, [run / "own.doubleread"])
        reading = study.reading("R-01", "case-0")
        assert reading is not None
        assert reading.committed
        assert len(reading.judgement.annotations) == 7


def _look_at_copy(run: Path, done: subprocess.CompletedProcess[bytes]) -> None:
    copy = run / "copy.doubleread"
    assert copy.exists() or done.returncode == 1
    if copy.exists():
        assert verify(copy).ok


def _look_at_export(run: Path, done: subprocess.CompletedProcess[bytes]) -> None:
    out = run / "export"
    assert out.exists() or done.returncode == 1
    if out.exists():
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        for name, entry in manifest["files"].items():
            assert file_sha256(out / name) == entry["sha256"]


_LOOK = {"save": _look_at_saved, "merge": _look_at_merged, "backup": _look_at_copy, "export": _look_at_export}


def _run(prepared: Path, run: Path, action: str, strace: list[str]) -> subprocess.CompletedProcess[bytes]:
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(prepared, run)
    env = {**os.environ, "DOUBLEREAD_HOME": str(run / "home"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["strace", "-f", *strace, sys.executable, __file__, action, str(run)]
    return subprocess.run(command, env=env, capture_output=True, timeout=600, check=False)


def _save(study: Path) -> None:
    with StudyFile.open(study, device="saver") as opened:
        reading = opened.reading("R-01", "case-0")
        assert reading is not None
        answer = reading.answer_ids["A"]
        text = opened.answers.by_id(answer).text
        for start in range(50, 50 + TRIED):
            annotation = {"id": f"f-{start}", "answer_id": answer, "place": "answer", "start": start, "end": start + 1}
            annotation |= {"quote": text[start], "category": "negation", "severity": "minor", "note": "n" * 200}
            reading = opened.append("R-01", reading.id, [EventDraft("annotation.marked", {"annotation": annotation})])
            print(f"saved f-{start}", flush=True)


def main(action: str, folder: str) -> int:
    """Do the action as the program does it, and end as the program ends."""
    from doubleread.cli.entry import run
    from doubleread.errors import DoublereadError

    study = Path(folder) / "study.doubleread"
    if action == "save":
        try:
            _save(study)
        except DoublereadError as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    arguments = {
        "merge": ["merge", str(study), str(Path(folder) / "own.doubleread")],
        "backup": ["backup", str(study), "--out", str(Path(folder) / "copy.doubleread")],
        "export": [
            "export",
            str(study),
            "--format",
            "jsonl",
            "--out",
            str(Path(folder) / "export"),
            "--with-case-text",
            "--attested-by",
            "study lead",
        ],
    }
    return run(arguments[action])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

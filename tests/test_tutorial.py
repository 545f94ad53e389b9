"""The tutorial works as it is written: every command is run, and its readers read by keys."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from cli.conftest import Invoke, invoke  # noqa: F401
from doubleread import locations
from doubleread.config import Settings
from doubleread.sessions.study_library import StudyLibrary
from doubleread.tui.app import DoublereadApp
from test_documentation import DOCS, ROOT, command_lines
from tui.driving import reading, until

TUTORIAL = DOCS / "tutorial.md"
CASES = 4
SCREENS = ("adjudicate", "review-scores")


async def read(path: Path, reader: str, verdict: str) -> None:
    settings = Settings()
    app = DoublereadApp(StudyLibrary(settings), settings, start=path, reader=reader)
    async with app.run_test(size=(120, 40)) as pilot:
        for number in range(CASES):
            await until(pilot, lambda: reading(pilot).ready)
            await pilot.press("f3", "s", "m", "f", "m", verdict, "f4", "1", "7", "c", "enter")
            await until(pilot, lambda: reading(pilot).session.reading.committed)
            if number < CASES - 1:
                await pilot.press("N")
        await pilot.pause()


def is_screen(words: list[str]) -> bool:
    return (words[1] in SCREENS and "--list" not in words) or "--screen" in words


async def run_line(line: str, invoke: Invoke) -> str:  # noqa: F811
    """Run a line of the tutorial in the current folder and return its output, which goes to a file where it says so."""
    command, arrow, target = line.partition(" >")
    words = shlex.split(command, comments=True)
    out = ""
    if words[0] in ("head", "tail"):
        lines = Path(words[3]).read_text(encoding="utf-8").splitlines(keepends=True)
        count = int(words[2])
        out = "".join(lines[:count] if words[0] == "head" else lines[-count:])
    elif words[1] == "read":
        path = Path(words[2]).with_suffix(locations.STUDY_SUFFIX)
        await read(path, words[-1], "1" if words[-1] == "R-01" else "3")
    elif not is_screen(words):
        done = invoke(*words[1:])
        assert done.code == 0, (line, done.err)
        out = done.out
    if arrow:
        appended = target.startswith(">")
        with Path(target.lstrip("> ")).open("a" if appended else "w", encoding="utf-8") as file:
            file.write(out)
    return out


async def test_the_tutorial_works_from_cases_to_report(tmp_path, monkeypatch, invoke):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    for folder in ("cases", "models"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("train"))
    Path("my-table.csv").write_text("text,key\nFever and a barking cough.,Croup\n", encoding="utf-8")
    locations.home().mkdir(parents=True, exist_ok=True)
    locations.tour_file().touch()
    outputs = {}
    for line in command_lines(TUTORIAL.read_text(encoding="utf-8")):
        outputs[line] = await run_line(line, invoke)

    assert "234 cases" in outputs["doubleread sample-size --difference 0.1 --discordant 0.3"]
    differences = outputs["doubleread adjudicate pilot --adjudicator S-01 --list"]
    assert differences.splitlines()[-1] == f"0 of {CASES} cases resolved"
    assert "biomedical" in outputs["doubleread results pilot"]
    assert "every check passed" in outputs["doubleread verify pilot"]
    assert outputs["doubleread log pilot --kind reading.committed"].count("R-0") == 2 * CASES
    assert Path("report.html").stat().st_size > 10_000
    assert len(Path("pilot-export/annotations.jsonl").read_text(encoding="utf-8").splitlines()) == 2 * CASES

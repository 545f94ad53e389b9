"""Takes a picture of every screen at three sizes and in three themes, and lists them on one page.

    make pictures

Writes `build/pictures/index.html`. Takes about 5 minutes. To compare two versions of the program, run it in both.
"""

from __future__ import annotations

import asyncio
import html
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from doubleread.config import THEMES, Settings
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case, Criterion
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.domain.training import ReferenceAnnotation, TrainingCase, TrainingPlan
from doubleread.runs.rescoring import score_again
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store import StudyFile
from doubleread.tui.app import DoublereadApp

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "pictures"
SIZES = ((80, 24), (120, 40), (200, 60))
READERS = ("R-01", "R-02")
ADJUDICATOR = "S-01"
MADE_AT = datetime(2026, 3, 2, 12, 4, 31)
REPORTS = "The friction rub supports acute pericarditis. Troponin is raised tenfold."


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: a study, how the program starts with it, and the keys that are pressed then.

    A string of several keys, such as "fever", is pressed letter by letter if it begins with "text:".
    """

    name: str
    keys: Sequence[str] = ()
    study: str = "demo"
    start: Mapping[str, Any] = field(default_factory=dict)
    reader: str = READERS[0]


def _page(name: str, *keys: str, study: str = "demo") -> Shot:
    return Shot(name, keys, study, {"page": True})


SHOTS: tuple[Shot, ...] = (
    Shot("library", study=""),
    Shot("new-study-cases", ("n",), study=""),
    Shot("check-cases", ("c",), study=""),
    Shot("build-corpus", ("k",), study=""),
    Shot("open-file", ("f",), study=""),
    _page("study"),
    _page("study-split", "f"),
    _page("study-serve", "u"),
    _page("study-export", "x"),
    _page("run", "g", study="unanswered"),
    _page("cases", "b"),
    _page("case", "b", "enter"),
    Shot("reading"),
    Shot("category", ("f3", "s", "m")),
    Shot("annotation", ("f3", "s", "m", "f", "m", "e")),
    Shot("omission", ("f2", "s", "o")),
    Shot("find", ("slash", "text:pain")),
    Shot("jump", ("h",)),
    Shot("sentences", ("f3", "a")),
    Shot("commit", ("c",)),
    Shot("committed", ("c", "1", "3", "6")),
    Shot("criteria", ("j",), study="rubric"),
    Shot("help", ("question_mark",)),
    Shot("settings", ("f9",)),
    Shot("keys", ("f9", "k")),
    Shot("commands", ("ctrl+p",)),
    Shot("training", (), study="training"),
    Shot("feedback", ("enter", "c", "1", "3", "6"), study="training"),
    Shot("summary", ("N",), study="read"),
    Shot("consensus", ("enter",), study="read", start={"consensus": True}),
    Shot("adjudication", study="read", start={"adjudicator": ADJUDICATOR}),
    Shot("score-review", study="doubtful", start={"reviews": ADJUDICATOR}),
    Shot("results", study="read", start={"results": True}),
    Shot("results-cases", ("n", "enter"), study="read", start={"results": True}),
    Shot("results-case", ("n", "enter", "enter"), study="read", start={"results": True}),
)


def small_study(
    path: Path, case: Case, protocol: Protocol, texts: Sequence[str], training: Sequence[TrainingCase] = ()
) -> None:
    """Make a study of one case with two answers."""
    arms = (Arm("one", "General"), Arm("two", "Biomedical"))
    with StudyFile.create(
        path, cases=[case], arms=arms, protocol=protocol, device="pictures", secret=b"p" * 32, training=training
    ) as study:
        for arm, text in zip(arms, texts, strict=True):
            study.answers.record(Answer(f"{case.id}/{arm.id}", case.id, arm.id, text, "", "", "stop"))
        score_again(study)
        for person in (READERS[0], ADJUDICATOR):
            study.readers.register(person)
        study.readers.describe(ADJUDICATOR, "adjudicator", "")


def _case() -> Case:
    return Case(
        id="c1",
        kind="choice",
        text="A man of 44 has had sharp chest pain for two days. A friction rub is heard.",
        question="What is the most likely diagnosis?",
        options={"A": "Myocardial infarction", "B": "Acute pericarditis"},
        key="B",
        title="Sharp chest pain",
    )


def _training() -> TrainingCase:
    quote = "Troponin is raised tenfold"
    start = REPORTS.index(quote)
    return TrainingCase(
        case=replace(_case(), id="t1"),
        answers=("The answer is A.", REPORTS),
        verdicts=(("incorrect",), ("correct", "partly")),
        annotations=(ReferenceAnnotation(1, start, start + len(quote), quote, "fabrication", "major"),),
        preference="2",
        feedback="The case mentions no troponin.",
    )


def _read_all(study: StudyFile) -> None:
    """Let two readers read every case, and differ in some."""
    study.readers.register(ADJUDICATOR)
    study.readers.describe(ADJUDICATOR, "adjudicator", "")
    for number, reader in enumerate(READERS):
        session = ReadingSession(study, reader)
        place = 0
        while True:
            answers = session.answers()
            if place % 3 == number:
                session.mark("A", "answer", Span(0, min(30, len(answers["A"].text))), "fabrication", "major")
            session.judge(verdicts={"A": ("correct", "partly")[number], "B": "incorrect"}, preference="A")
            session.commit()
            place += 1
            if not session.next_open():
                break
        session.leave()


def small_studies(folder: Path) -> dict[str, Path]:
    """Make the studies that need no model, and return them by name."""
    paths = {name: folder / f"{name}.doubleread" for name in ("rubric", "training", "doubtful")}
    texts = ("Acute pericarditis: the friction rub and the diffuse ST elevation support it.", REPORTS)
    criteria = tuple(Criterion(f"r{n}", f"Names finding {n} that supports the diagnosis.", 5) for n in range(1, 11))
    rubric = replace(_case(), kind="rubric", options={}, key="", criteria=criteria)
    small_study(paths["rubric"], rubric, Protocol(), texts)
    small_study(paths["training"], _case(), Protocol(training=TrainingPlan()), texts, [_training()])
    small_study(paths["doubtful"], _case(), Protocol(), ("Hard to say from this case.", "Either of them."))
    return paths


def prepare(folder: Path) -> dict[str, Path]:
    """Make the studies of the pictures, and return them by name."""
    command = [sys.executable, "-m", "doubleread"]
    paths = {name: folder / f"{name}.doubleread" for name in ("demo", "unanswered", "read")}
    cases, models = ROOT / "cases" / "demo.jsonl", ROOT / "models"
    few = folder / "few.jsonl"
    few.write_text("".join(cases.read_text("utf-8").splitlines(keepends=True)[:6]), encoding="utf-8")
    protocol = folder / "protocol.toml"
    protocol.write_text('title = "Pilot"\nconsensus = true\nblinding_assessment = "never"\n', encoding="utf-8")
    made = ["--model-a", str(models / "demo-general.gguf"), "--model-b", str(models / "demo-biomedical.gguf")]
    new = ["new", str(paths["unanswered"]), "--cases", str(few), *made, "--protocol", str(protocol)]
    for arguments in (new, ["readers", "add", str(paths["unanswered"]), "--reader", READERS[0]]):
        subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL)
    shutil.copyfile(paths["unanswered"], paths["demo"])
    subprocess.run([*command, "run", str(paths["demo"])], check=True, stdout=subprocess.DEVNULL)
    shutil.copyfile(paths["demo"], paths["read"])
    with StudyFile.open(paths["read"], device="pictures") as study:
        _read_all(study)
    return {**paths, **small_studies(folder)}


async def take(shot: Shot, study: Path | None, size: tuple[int, int], theme: str) -> str:
    """Return the picture as SVG. `study` is changed by it."""
    settings = Settings(theme=theme)
    start = {} if study is None else {"start": study, **shot.start}
    if study is not None and not ({"page", "results", "adjudicator", "reviews"} & shot.start.keys()):
        start["reader"] = shot.reader
    app = DoublereadApp(StudyLibrary(settings), settings, wall=lambda: MADE_AT, **start)
    async with app.run_test(size=size) as pilot:
        await _settled(pilot)
        for key in _keys(shot.keys):
            await pilot.press(key)
            await _settled(pilot)
        return app.export_screenshot(title=f"{shot.name}, {size[0]}x{size[1]}, {theme}")


def _keys(keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        yield from key.removeprefix("text:") if key.startswith("text:") else [key]


async def _settled(pilot: Pilot[Any]) -> None:
    """Wait until the screen has not changed for a while."""
    before, same = None, 0
    for _ in range(60):
        await pilot.pause(0.05)
        now = [strip.text for strip in pilot.app.screen._compositor.render_strips()]
        same = same + 1 if now == before else 0
        if same == 4:
            return
        before = now


def main() -> None:
    """Take all pictures, and write the page that lists them."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["DOUBLEREAD_HOME"] = name
        (folder / "tour-taken").touch()
        paths = prepare(folder)
        os.chdir(folder)
        rows = []
        for shot in SHOTS:
            links = []
            for theme in THEMES:
                for size in SIZES:
                    copy = None
                    if shot.study:
                        copy = folder / "pilot.doubleread"
                        shutil.copyfile(paths[shot.study], copy)
                    file = f"{shot.name}-{size[0]}x{size[1]}-{theme}.svg"
                    svg = asyncio.run(take(shot, copy, size, theme))
                    (OUT / file).write_text(svg, encoding="utf-8")
                    links.append(f'<a href="{file}"><img src="{file}" width="260" alt="{html.escape(file)}"></a>')
            rows.append(f"<h2>{html.escape(shot.name)}</h2>\n<p>{' '.join(links)}</p>")
            print(shot.name, flush=True)
    page = f'<!doctype html><meta charset="utf-8"><title>Screens</title>\n{"".join(rows)}\n'
    (OUT / "index.html").write_text(page, encoding="utf-8")
    print(OUT / "index.html")


if __name__ == "__main__":
    main()

"""Takes the pictures of the documentation: the real demo study, its two real models, the real screen.

    make screenshots

The pictures mark clinical findings that an answer cites and the case lacks. The training's list of wordings knows them.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from doubleread.config import Settings
from doubleread.domain.spans import Span
from doubleread.sessions.study_library import StudyLibrary
from doubleread.tui.app import DoublereadApp
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.shared.text.annotated_text import AnnotatedText

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "models" / "train"))
from citations import mentions  # noqa: E402
from knowledge import load_knowledge  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
READER = "R-01"
PANES = {"A": "f3", "B": "f4"}
SHOTS: tuple[tuple[str, tuple[int, int], str], ...] = (
    ("reading-120x40", (120, 40), "marked"),
    ("labels-120x40", (120, 40), "labels"),
    ("revealed-120x40", (120, 40), "revealed"),
    ("reading-80x24", (80, 24), "marked"),
)
REMOTE_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys as slowly as a person."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.1)


def invented(text: AnnotatedText, case: str) -> list[Span]:
    """Return the clinical findings that an answer cites and the case lacks."""
    knowledge = load_knowledge()
    present = {mention.finding for mention in mentions(case, knowledge)}
    return [
        Span(mention.start, mention.end)
        for mention in mentions(text.text, knowledge)
        if mention.finding not in present and not mention.negated
    ]


async def mark(pilot: Pilot[None], screen: ReadingScreen, how: str) -> None:
    """Mark what is invented on both sides, up to the question for the category where `how` is "labels"."""
    case = screen.session.case.text
    for side in ("A", "B"):
        text = screen.text_of(side)  # type: ignore[arg-type]
        for span in invented(text, case):
            await press(pilot, PANES[side])
            text.select(span)
            await press(pilot, "m", *(() if how == "labels" else ("f", "m")))
            if how == "labels":
                return


async def picture(study: Path, name: str, size: tuple[int, int], how: str) -> None:
    """Read on a copy of the study as far as `how` says, and write what the screen shows then."""
    copy = study.with_name(f"{name}.doubleread")
    copy.write_bytes(study.read_bytes())
    settings = Settings()
    app = DoublereadApp(StudyLibrary(settings), settings, start=copy, reader=READER)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.5)
        screen = app.screen
        assert isinstance(screen, ReadingScreen)
        while not any(invented(screen.text_of(side), screen.session.case.text) for side in ("A", "B")):
            await press(pilot, "n")
        await mark(pilot, screen, how)
        if how == "revealed":
            bad = [side for side in PANES if invented(screen.text_of(side), screen.session.case.text)]
            for side, key in PANES.items():
                await press(pilot, key, "3" if side in bad else "1")
            await press(pilot, "7" if "A" in bad else "6", "c", "enter")
        await pilot.pause(1)
        svg = app.export_screenshot(title="doubleread")
    (FOLDER / f"{name}.svg").write_text(REMOTE_FONTS.sub("", svg), encoding="utf-8")
    print(f"docs/screenshots/{name}.svg")


def main() -> None:
    """Run the demo without a screen, then take one picture after the other."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DOUBLEREAD_HOME"] = folder
        study = Path(folder) / "demo.doubleread"
        subprocess.run([sys.executable, "-m", "doubleread", "demo", "--headless", "--study", str(study)], check=True)
        (Path(folder) / "tour-taken").touch()
        FOLDER.mkdir(exist_ok=True)
        for shot in SHOTS:
            asyncio.run(picture(study, *shot))


if __name__ == "__main__":
    main()

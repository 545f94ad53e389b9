"""Makes the pictures of the README: the real demo study, its two real models, the real screen.

make screenshots
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "screenshots"
READER = "R-01"
MARKING = ("f3", "right", "ctrl+right", "s", "m", "f", "m", "f4", "s", "s", "m", "c", "i", "1")
JUDGED = (*MARKING, "f4", "1", "f3", "3", "7")
SHOTS: tuple[tuple[str, tuple[int, int], tuple[str, ...]], ...] = (
    ("reading-120x40", (120, 40), MARKING),
    ("labels-120x40", (120, 40), ("f3", "s", "m")),
    ("revealed-120x40", (120, 40), (*JUDGED, "c", "enter")),
    ("reading-80x24", (80, 24), ("f3", "s", "m", "f", "m")),
)
REMOTE_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)


async def picture(study: Path, name: str, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    """Press the keys on a copy of the study and write what the screen shows then."""
    from doubleread.cli.study_library import StudyLibrary
    from doubleread.config import Settings
    from doubleread.tui.app import DoublereadApp

    copy = study.with_name(f"{name}.doubleread")
    copy.write_bytes(study.read_bytes())
    settings = Settings()
    app = DoublereadApp(StudyLibrary(settings), settings, start=copy, reader=READER)
    async with app.run_test(size=size) as pilot:
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.1)
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
        for name, size, keys in SHOTS:
            asyncio.run(picture(study, name, size, keys))


if __name__ == "__main__":
    main()

"""Text from outside reaches no terminal as anything but characters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from doubleread.domain.study import Protocol
from tui.driving import annotations, reading, shown_text
from tui.studies import ARMS, CASES, OneStudyLibrary, make_app, make_study

EVIL = "[/] [@click=app.quit]x[/] \x1b]52;c;aGk=\x07 \x9b31m \u202eabc\t[b]d[/b] e\u0301 👩\u200d⚕️ end."


async def test_hostile_text_everywhere(tmp_path: Path) -> None:
    case = replace(CASES[0], text=EVIL, question=EVIL, options={"A": EVIL, "B": "x"}, title=EVIL, explanation=EVIL)
    texts = {(case.id, arm.id): EVIL for arm in ARMS}
    protocol = Protocol(title=EVIL, guideline=EVIL, reveal_names=True)
    path = make_study(tmp_path / "s.doubleread", cases=[case], answered=["c01"], texts=texts, protocol=protocol)
    async with make_app(OneStudyLibrary(path), reader="[b]R[/b]").run_test(size=(120, 30), notifications=True) as pilot:
        screen = reading(pilot)
        steps = (
            ("f3", "space", "space", "m"),
            ("f", "m"),
            ("e", "t", "x", "enter", "escape"),
            ("d",),
            ("u", "g"),
            ("escape", "G"),
            ("escape", "question_mark"),
            ("escape", "f3", "3", "f4", "1", "7", "c"),
            ("enter",),
        )
        for keys in steps:
            await pilot.press(*keys)
            await pilot.pause()
            drawn = shown_text(pilot)
            found = [char for char in drawn if (ord(char) < 32 and char != "\n") or 0x7F <= ord(char) < 0xA0]
            assert found == [], (keys, found)
            assert "\u202e" not in drawn
        assert screen.session.reading.committed
        assert annotations(path)[0]["quote"] in EVIL

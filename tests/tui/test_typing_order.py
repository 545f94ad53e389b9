"""Keys in a burst have the same effect as keys with pauses between."""

from __future__ import annotations

from textual import events

from tui.driving import annotations, reading, until
from tui.studies import OneStudyLibrary, make_app

KEYS = ("tab", "s", "m", "f", "m", "f4", "s", "m", "n", "i", "1", "f3", "3", "7", "c", "enter")


async def test_a_burst_of_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        for key in KEYS:
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        screen = reading(pilot)
        await until(pilot, lambda: screen.session.reading.committed)
        assert [row["quote"] for row in annotations(library.path)] == [
            "The answer is A. Acute myocardial infarction.",
            "The most likely diagnosis is B. Acute pericarditis.",
        ]
        assert screen.judgement.verdicts == {"A": "incorrect", "B": "correct"}

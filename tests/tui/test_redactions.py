"""Covered words on the screen: marked, copied and shown as blocks, stored as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from doubleread.domain.redaction import REDACTION_MARK
from doubleread.domain.study import Protocol
from doubleread.tui.reading.annotation_panel import AnnotationPanel
from tui.driving import annotations, drag, reading, shown_text, until
from tui.studies import ARMS, TEXTS, OneStudyLibrary, make_app, make_study

SPEAKING = {
    **TEXTS,
    **{
        (
            "c01",
            item.id,
        ): f"As OpenBioLLM, I see pericarditis. I am {item.name.partition('-')[0]}. It was found by Claude."
        for item in ARMS
    },
}
SECRET_WORDS = ("OpenBioLLM", "Zebrafinch", "Quokkamed")


@pytest.fixture
def library(tmp_path: Path) -> OneStudyLibrary:
    return OneStudyLibrary(make_study(tmp_path / "m.doubleread", texts=SPEAKING, protocol=Protocol(title="t")))


def is_covered(pilot: Pilot[None]) -> bool:
    seen = shown_text(pilot)
    return REDACTION_MARK * 9 in seen and not any(word in seen for word in SECRET_WORDS)


async def test_what_is_marked_over_a_mask_is_stored_as_it_was_written(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        assert is_covered(pilot)
        assert "found by Claude" in shown_text(pilot)
        await pilot.press("f3")
        await drag(pilot, screen.text, f"{REDACTION_MARK * 10}, I see")
        assert f"“{REDACTION_MARK * 10}, I see”" in shown_text(pilot), "the question quotes the redact"
        await pilot.press("f", "m")
        await pilot.pause()
        (annotation,) = annotations(library.path)
        assert annotation["quote"] == "OpenBioLLM, I see"
        assert is_covered(pilot)
        await pilot.press("e")
        await pilot.pause()
        assert REDACTION_MARK * 10 in str(screen.query_one(AnnotationPanel).query_one(".about").render())
        assert is_covered(pilot)
        await pilot.press("escape", "home", "s", "y")
        assert pilot.app.clipboard == f"As {REDACTION_MARK * 10}, I see pericarditis."


async def test_the_reveal_of_names_uncovers_and_the_caret_stays(tmp_path: Path) -> None:
    protocol = Protocol(title="t", reveal_names=True)
    library = OneStudyLibrary(make_study(tmp_path / "r.doubleread", texts=SPEAKING, protocol=protocol))
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "w", "w", "w", "1", "f4", "1", "8", "f3", "c")
        await pilot.pause()
        caret = screen.text.caret
        assert caret > 0
        assert is_covered(pilot)
        await pilot.press("enter")
        await pilot.pause()
        seen = shown_text(pilot)
        assert all(word in seen for word in SECRET_WORDS)
        assert REDACTION_MARK not in seen
        assert screen.text.caret == caret


async def test_without_masks_everything_can_be_read(tmp_path: Path) -> None:
    protocol = Protocol(title="t", redact=False)
    library = OneStudyLibrary(make_study(tmp_path / "r.doubleread", texts=SPEAKING, protocol=protocol))
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        seen = shown_text(pilot)
        assert all(word in seen for word in SECRET_WORDS)


async def test_while_an_answer_is_written_no_part_of_a_name_is_drawn(live: OneStudyLibrary) -> None:
    async with make_app(live).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        for engine in live.engines.values():
            engine.load()
        written = "It is B. I am Open Bio LLM, or Zebrafinch-7B; and so on. Good."
        for letter in written:
            live.engines["m-zebrafinch"].write(letter)
            screen.stream.drain()
            await pilot.pause()
            seen = shown_text(pilot)
            assert not any(part in seen for part in ("Open", "I am O", "Bio", "LLM", "Zeb", "or Z", "7B"))
        for engine in live.engines.values():
            engine.finish()
        await until(pilot, lambda: screen.ready)
        assert f"I am {REDACTION_MARK * 12}, or {REDACTION_MARK * 13}; and so on. Good." in " ".join(
            pane.text for pane in (screen.text_of("A"), screen.text_of("B"))
        )

"""What is drawn of a change is what Textual itself would draw, from fewer rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.dom import DOMNode
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from doubleread.tui.shared.reading_pane import ReadingPane
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.textual_adapter import SparingCompositor
from tui.driving import reading, until
from tui.studies import OneStudyLibrary, make_app

Chops = Sequence[Mapping[int, Strip]]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_changes_are_drawn_as_textual_draws_them(
    library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    compared = []

    class Checked(SparingCompositor):
        def render_partial_update(self) -> ChopsUpdate | None:
            # Otherwise it is made while the first of the two draws, and the second one finds widgets in other places.
            assert self.full_map
            changed = self._dirty_regions.copy()
            update = super().render_partial_update()
            if update is None:
                assert not changed
                return None
            theirs = Compositor._render_chops(self, self.size.region, lambda _: True)
            for y, left, right in update.spans:
                for cut, end in pairwise(self.cuts[y]):
                    if cut < right and end > left:
                        ours = update.chops[y][cut]
                        assert ours is not None
                        assert list(ours) == list(theirs[y][cut])
            compared.append(changed)
            return update

        def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Chops:
            ours = super()._render_chops(crop, is_rendered_line)
            theirs = Compositor._render_chops(self, crop, is_rendered_line)
            assert [{x: list(part) for x, part in row.items()} for row in ours] == [
                {x: list(part) for x, part in row.items()} for row in theirs
            ]
            return ours

    monkeypatch.setattr("doubleread.tui.shared.textual_adapter.SparingCompositor", Checked)
    async with make_app(library).run_test(size=size) as pilot:
        await pilot.press("f3", "right", "shift+down", "m", "f", "m", "tab", "tab", "j", "n", "question_mark", "escape")
        await pilot.resize_terminal(size[0] - 7, size[1] + 2)
        await pilot.press("z", "2", "y", "up")
    assert len(compared) > 10


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Widget, int]]:
    """The widgets that were asked for rows, and for how many."""
    asked: list[tuple[Widget, int]] = []
    render = Widget.render_lines

    def count(widget: Widget, crop: Region) -> list[Strip]:
        asked.append((widget, crop.height))
        return render(widget, crop)

    monkeypatch.setattr(Widget, "render_lines", count)
    return asked


async def test_a_change_in_one_row_draws_no_other_rows(
    library: OneStudyLibrary, drawn: list[tuple[Widget, int]]
) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3")
        await pilot.pause()
        text = reading(pilot).text
        # What the first layout left to be drawn.
        text.refresh()
        await pilot.pause()
        drawn.clear()
        text.refresh(Region(0, 3, text.size.width, 1))
        await pilot.pause()
        assert {rows for _, rows in drawn} == {1}


async def test_going_to_another_text_draws_frames_and_no_text_but_the_caret(
    library: OneStudyLibrary, drawn: list[tuple[Widget, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    styled = list[DOMNode]()
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "tab", "tab", "tab")
        await pilot.pause()
        app, screen = pilot.app, reading(pilot)
        monkeypatch.setattr(app.stylesheet, "apply", lambda node, **_: styled.append(node))
        before = screen.text
        drawn.clear()
        await pilot.press("tab")
        await until(pilot, lambda: app.focused is screen.text is not before)
        await pilot.pause()
        texts = [rows for widget, rows in drawn if isinstance(widget, TextPane)]
        assert texts == [1, 1]
        assert {type(node) for node in styled} == {ReadingPane}

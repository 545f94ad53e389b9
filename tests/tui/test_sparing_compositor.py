"""What is drawn of a change is what Textual itself would draw, from fewer rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import pytest
from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from doubleread.tui.shared.textual_adapter import SparingCompositor
from tui.driving import reading
from tui.studies import OneStudyLibrary, make_app

Chops = Sequence[Mapping[int, Strip]]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_changes_are_drawn_as_textual_draws_them(
    library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    compared = []

    class Checked(SparingCompositor):
        def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Chops:
            ours = super()._render_chops(crop, is_rendered_line)
            theirs = Compositor._render_chops(self, crop, is_rendered_line)
            for y in filter(is_rendered_line, crop.line_range):
                for cut, end in pairwise(self.cuts[y]):
                    if cut <= crop.right and end > crop.x:
                        assert list(ours[y][cut]) == list(theirs[y][cut])
            compared.append(crop)
            return ours

    monkeypatch.setattr("doubleread.tui.shared.textual_adapter.SparingCompositor", Checked)
    async with make_app(library).run_test(size=size) as pilot:
        await pilot.press("f3", "right", "shift+down", "m", "f", "m", "tab", "tab", "j", "n", "question_mark", "escape")
        await pilot.resize_terminal(size[0] - 7, size[1] + 2)
        await pilot.press("z", "2", "y", "up")
    assert len(compared) > 20


async def test_a_change_in_one_row_draws_no_other_rows(
    library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3")
        await pilot.pause()
        text, drawn = reading(pilot).text, list[int]()
        render = Widget.render_lines

        def count(widget: Widget, crop: Region) -> list[Strip]:
            drawn.append(crop.height)
            return render(widget, crop)

        monkeypatch.setattr(Widget, "render_lines", count)
        text.refresh(Region(0, 3, text.size.width, 1))
        await pilot.pause()
        assert drawn
        assert set(drawn) == {1}

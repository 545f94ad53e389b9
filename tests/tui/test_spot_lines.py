"""Where the arrow keys lead among spots."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from doubleread.tui.shared.plots.lines import Line, Part, as_stop
from doubleread.tui.shared.spot_lines import (
    DrawnLines,
    SpotLines,
    Stop,
    nearest_stop,
    next_stop,
    stops_beyond,
    stops_of,
)

LINES = [
    (Part("heading"),),
    (Part("label "), Part("one", spot="a", stop=True), Part(" "), Part("two", spot="b", stop=True)),
    (Part("bar", spot="c"),),
    (Part("three", spot="c", stop=True),),
]


def test_stops_are_where_keys_stop() -> None:
    assert stops_of(LINES) == [Stop("a", 1, 6, 9), Stop("b", 1, 10, 13), Stop("c", 3, 0, 5)]


def test_down_and_up_keep_to_the_column() -> None:
    first, second, third = stops_of(LINES)
    stops = [first, second, third]
    assert next_stop(stops, first, 1, 6) == third
    assert next_stop(stops, third, -1, 11) == second
    assert next_stop(stops, third, -1, 0) == first
    assert next_stop(stops, first, -1, 6) is None
    assert next_stop(stops, third, 1, 0) is None


_PLACES = st.tuples(st.integers(0, 9), st.integers(0, 9))


@given(st.sets(_PLACES, max_size=9), _PLACES)
def test_the_nearest_stop_is_the_one_that_comparing_all_finds(places: set[tuple[int, int]], wanted: tuple[int, int]):
    stops = [Stop(place, *place, place[1] + 1) for place in sorted(places)]
    row, column = wanted
    found = nearest_stop(stops, row, column)
    assert found == min(stops, key=lambda stop: (abs(stop.row - row), abs(stop.start - column)), default=None)
    assert [*stops_beyond(stops, row, 1)] == [stop for stop in stops if stop.row > row]
    assert [*stops_beyond(stops, row, -1)] == [stop for stop in stops if stop.row < row]


class _Listed(App[None]):
    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        yield SpotLines()

    def on_mount(self) -> None:
        self.query_one(SpotLines).show(self._lines)


async def test_of_a_long_list_only_the_rows_in_view_are_drawn() -> None:
    drawn: set[int] = set()

    def draw(row: int) -> Line:
        drawn.add(row)
        return as_stop((Part(f"case {row}"),), f"c{row}")

    app = _Listed(DrawnLines([f"c{row}" for row in range(10_000)], draw))
    async with app.run_test(size=(40, 10)) as pilot:
        page = app.query_one(SpotLines)
        await pilot.pause()
        assert drawn == set(range(10))
        await pilot.press("down")
        assert page.spot == "c1"
        await pilot.press("end")
        await pilot.pause()
        assert page.spot == "c9999"
        assert drawn == {*range(10), *range(9990, 10_000)}
        await pilot.press("up", "pageup")
        assert page.spot == "c9990"
        await pilot.press("home", "pagedown")
        assert page.spot == "c8"
        assert page.lines[-1][0].text == "case 9999"

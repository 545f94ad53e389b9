"""Where the arrow keys lead among spots."""

from __future__ import annotations

from doubleread.tui.shared.plots.lines import Part
from doubleread.tui.shared.spot_lines import Stop, next_stop, stops_of

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

"""The cases behind an estimate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from doubleread.domain.wording import plural
from doubleread.read_model.cases import PLACES, AnsweredCase
from doubleread.results.cases_behind import Behind, CaseList
from doubleread.results.view import ResultsView
from doubleread.tui.results.page import LOOKS, SIGNS
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.guides import CASE_LIST
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.plots.lines import Line, Part, as_stop, fit
from doubleread.tui.shared.screen_actions import CASE_LIST_ACTIONS
from doubleread.tui.shared.spot_lines import DrawnLines, SpotLines

_LEAST_STATUS, _MOST_STATUS = 17, 30
"""Cells for the status of an answer. It gets those beyond the first number that the titles do not need."""
_SPECIALTY = 18


def longest_title(cases: Iterable[AnsweredCase]) -> int:
    """Return the length of the longest title."""
    return max((len(case.title or case.id) for case in cases), default=0)


def case_line(case: AnsweredCase, arms: tuple[str, str], width: int, longest: int) -> Line:
    """Return a case in one line: its number, title, specialty if there is room, and the status of both answers.

    `longest` is the length of the longest title of the list.
    """
    specialty = _SPECIALTY if width >= 100 else 0
    room = width - 6 - specialty
    status = min(max((room - longest - 1) // 2, _LEAST_STATUS), _MOST_STATUS)
    title = max(room - 2 * status, 10)
    parts = [Part(f"{case.number:>4}  ", "muted"), Part(fit(case.title or case.id, title - 1) + " ")]
    if specialty:
        parts.append(Part(fit(case.specialty, specialty), "muted"))
    for place, answer in zip(PLACES, case.in_order(arms), strict=True):
        words = answer.status if answer else "no answer"
        count = len(answer.annotations) if answer else 0
        marked = f", {plural(count, 'annotation')}" if count else ""
        parts.append(Part(fit(f"{SIGNS[place]} {words}{marked}", status), LOOKS[place]))
    return as_stop(tuple(parts), case.id)


class CaseListScreen(DeclaredScreen):
    """The list; enter or a click reads a case, by `read` with the case's id."""

    DEFAULT_CSS = """
    CaseListScreen {
        background: $surface;
        & > SpotLines { height: 1fr; padding: 1 1 0 1; }
    }
    """
    declared = CASE_LIST_ACTIONS
    guide = CASE_LIST
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in CASE_LIST_ACTIONS if action.id != "quit"]

    def __init__(
        self,
        view: ResultsView,
        behind: Behind,
        listed: CaseList,
        remapped: Mapping[str, str],
        *,
        read: Callable[[str], None],
    ) -> None:
        super().__init__(remapped)
        self.behind = behind
        self._view = view
        self._listed = listed
        self._read = read

    @property
    def case_ids(self) -> tuple[str, ...]:
        """The cases of the list, in its order."""
        return tuple(case.id for case in self._listed.cases)

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield HeadLine()
        yield SpotLines()
        yield self.key_line()

    def on_mount(self) -> None:
        """Focus the list."""
        self.query_one(SpotLines).focus()
        self._draw()

    def show(self, view: ResultsView, listed: CaseList) -> None:
        """Show the list as it is now, with the same current case."""
        self._view, self._listed = view, listed
        self._draw()

    def _draw(self) -> None:
        names = self._view.names
        self.query_one(HeadLine).show(
            [("doubleread", 1), ("results", 2), (self._listed.title, 9)], [(f"● {names[0]}", 4), (f"◆ {names[1]}", 4)]
        )
        page = self.query_one(SpotLines)
        cases, arm_ids, width = self._listed.cases, self._view.arm_ids, page.line_width
        longest = longest_title(cases)
        lines = DrawnLines([case.id for case in cases], lambda row: case_line(cases[row], arm_ids, width, longest))
        page.show(lines or [(Part("There are no cases behind this estimate.", "muted"),)])

    def on_spot_lines_resized(self) -> None:
        """Draw the list for the new width."""
        self._draw()

    def action_open_spot(self) -> None:
        """Read the current case."""
        self.query_one(SpotLines).action_open_spot()

    def on_spot_lines_opened(self, event: SpotLines.Opened) -> None:
        """Read a case."""
        event.stop()
        self._read(str(event.spot))

    def action_back(self) -> None:
        """Go back to the results."""
        self.dismiss()

"""The case's question and its options in a few rows, while the place where they are written is out of view."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.widget import Widget

from doubleread.domain.display import display_line
from doubleread.domain.wording import shortened
from doubleread.tui.shared.textual_adapter import LaidOutOnce

GAP = "   "
BETWEEN = " · "
LEAST_OPTION, LEAST_QUESTION = 8, 20
"""No option and no question is shortened to fewer characters than these."""


def question_rows(question: str, options: Mapping[str, str], width: int, most: int) -> list[Content]:
    """Return the question and its options in at most `most` rows of a width, shortened as little as possible.

    First the options are shortened, the longest first, then the question. What still has no room is cut off.
    """
    asked = display_line(" ".join(question.split()))
    texts = {letter: display_line(" ".join(option.split())) for letter, option in options.items()}
    longest = max(map(len, texts.values()), default=0)
    rows: list[Content] = []
    for cut in (*range(longest, LEAST_OPTION, -1), LEAST_OPTION):
        rows = _wrapped(asked, {letter: shortened(text, cut) for letter, text in texts.items()}, width)
        if len(rows) <= most:
            return rows
    for length in range(len(asked) - 1, LEAST_QUESTION, -1):
        short = {letter: shortened(text, LEAST_OPTION) for letter, text in texts.items()}
        rows = _wrapped(shortened(asked, length), short, width)
        if len(rows) <= most:
            return rows
    return rows[:most]


def _wrapped(question: str, options: Mapping[str, str], width: int) -> list[Content]:
    """Break between words of the question and between options; within an option only if it is longer than a row.

    The rows that continue an option are indented below its text.
    """
    rows: list[Content] = []

    def add(before: str, piece: Content, indent: str = "") -> None:
        if rows and rows[-1].cell_length + len(before) + piece.cell_length <= width:
            rows[-1] = Content.assemble(rows[-1], before, piece)
        else:
            rows.append(Content(indent) + piece if rows else piece)

    for word in question.split():
        add(" ", Content(word))
    for number, (letter, text) in enumerate(options.items()):
        lettered = Content.styled(f"{letter} ", "bold $primary")
        option = lettered + text
        if option.cell_length <= width:
            add(BETWEEN if number else GAP, option)
            continue
        first, *rest = text.split()
        rows.append(lettered + first)
        for word in rest:
            add(" ", Content(word), " " * lettered.cell_length)
    return [row.truncate(width, ellipsis=True) for row in rows]


class QuestionStrip(LaidOutOnce, Widget, can_focus=False):
    """Shows the question and its options below the texts. A click goes to where they are written."""

    DEFAULT_CSS = """
    QuestionStrip { display: none; height: auto; padding: 0 1; background: $surface; text-wrap: nowrap; }
    QuestionStrip.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._question = ""
        self._options: Mapping[str, str] = {}
        self._most = 1
        self._made: tuple[int, int, list[Content]] | None = None

    def ask(self, question: str, options: Mapping[str, str]) -> None:
        """Take the question of another case."""
        self._question, self._options, self._made = question, dict(options), None
        self.refresh(layout=True)

    def show(self, most: int) -> None:
        """Show it in at most `most` rows; 0 hides it."""
        if most and most != self._most:
            self._most = most
            self.refresh(layout=True)
        self.set_class(bool(self._question or self._options) and most > 0, "-shown")

    @property
    def rows(self) -> int:
        """The number of rows that it takes now."""
        return self.size.height if self.has_class("-shown") else 0

    async def on_click(self) -> None:
        await self.run_action("screen.show_question")

    def _rows(self, width: int) -> list[Content]:
        if self._made is None or self._made[:2] != (width, self._most):
            rows = question_rows(self._question, self._options, max(width, 1), self._most)
            self._made = width, self._most, rows
        return self._made[2]

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        del container, viewport
        return len(self._rows(width))

    def render(self) -> Content:
        return Content("\n").join(self._rows(self.size.width))

"""A text with its annotations, as HTML: Markdown is formatted, and overlapping annotations all stay visible."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import groupby, pairwise

from doubleread.domain.display import display_text
from doubleread.domain.spans import Span
from doubleread.markup.blocks import BULLET, Line, lines_of
from doubleread.markup.inline import Dialect
from doubleread.markup.runs import CODE, EMPHASIS, LINK, STRIKE, STRONG, Run

_DEEPEST = 3
_TAGS = (
    (STRONG, "<strong>", "</strong>"),
    (EMPHASIS, "<em>", "</em>"),
    (STRIKE, "<s>", "</s>"),
    (CODE, "<code>", "</code>"),
    (LINK, '<span class="link">', "</span>"),
)


@lru_cache(maxsize=4096)
def harmless(text: str) -> str:
    """Return a text that often recurs, such as a category, as HTML."""
    return escape(display_text(text))


@dataclass(frozen=True, slots=True)
class Mark:
    """One span: its number as shown beside its first word, its look (a class of the style sheet), and a title."""

    span: Span
    number: str
    look: str
    title: str


def marked_text(text: str, marks: Sequence[Mark], dialect: Dialect) -> str:
    """Return the escaped text with its marks, and what it has of Markdown as elements of our own.

    If stretches overlap, the text is cut at every end, each piece names the marks it belongs to, and the background is
    darker for more marks. Markup is hidden, unless a mark has nothing else. Raises ValueError for a mark that ends
    beyond the text.
    """
    if any(mark.span.end > len(text) for mark in marks):
        raise ValueError("a mark ends after the end of the text")
    return _Page(text, marks, dialect).html()


class _Page:
    """A text on its way to HTML."""

    def __init__(self, text: str, marks: Sequence[Mark], dialect: Dialect) -> None:
        # One code point becomes one code point, so that the offsets still apply.
        self._text, self._shown = text, display_text(text)
        self._lines = lines_of(text, dialect)
        seen = sorted((run.start, run.end) for line in self._lines for run in _all_runs(line))
        self._unseen: list[Span] = []
        self._placed: list[tuple[int, int, int, Mark]] = []
        """Start, end and the first character that is shown, of each mark."""
        for mark in marks:
            at = bisect_right(seen, (mark.span.start, len(text) + 1)) - 1
            if at < 0 or seen[at][1] <= mark.span.start:
                at += 1
            first = max(seen[at][0], mark.span.start) if at < len(seen) else mark.span.end
            if first >= mark.span.end:
                first = mark.span.start
                self._unseen.append(mark.span)
            self._placed.append((mark.span.start, mark.span.end, first, mark))
        self._edges = sorted({edge for start, end, first, _ in self._placed for edge in (start, end, first)})

    def html(self) -> str:
        """Return the text as HTML. Lines end with a line break, unless their element is a block."""
        made: list[str] = []
        for (table, _), group in groupby(self._lines, key=lambda line: (id(line.table), line.table is not None)):
            del table
            lines = list(group)
            if lines[0].table is not None:
                made.append(self._table(lines))
            else:
                made += map(self._line, lines)
        return "".join(made).removesuffix("\n")

    def _line(self, line: Line) -> str:
        unseen = [span for span in self._unseen if span.start < line.end and line.start < span.end]
        runs = list(line.runs)
        runs += [Run(max(span.start, line.start), min(span.end, line.end), None, 0) for span in set(unseen)]
        words = "".join(self._run(run) for run in _apart(runs))
        if line.kind == "rule" and not unseen:
            return '<span class="rule"></span>'
        if line.kind == "fence" and not words:
            return ""
        if line.kind == "code":
            return f'<span class="code-line">{words or " "}</span>'
        if line.kind == "heading":
            words = f'<strong class="heading level-{line.level}">{words}</strong>'
        item = line.level if line.kind == "text" else 0
        if item:
            bullet = line.lead != line.hang and line.lead.endswith(BULLET)
            first = "" if line.lead != line.hang else " more"
            words = f'<span class="item level-{item}{first}">{BULLET if bullet else ""}{words}</span>'
        if line.quotes:
            words = f'<span class="quote level-{line.quotes}">{words or " "}</span>'
        return words if item or line.quotes else f"{words}\n"

    def _table(self, lines: list[Line]) -> str:
        made: list[str] = []
        for line in lines:
            if line.kind == "delimiter":
                continue
            tag = "th" if line.kind == "header" else "td"
            aligns = line.table.aligns if line.table else ()
            cells = [
                f'<{tag} class="{align}">{"".join(map(self._run, cell.runs))}</{tag}>'
                for align, cell in zip(aligns, line.cells, strict=False)
            ]
            made.append(f"<tr>{''.join(cells)}</tr>")
        unseen = [self._line(line) for line in lines if any(_overlap(span, line) for span in self._unseen)]
        return f'<table class="formatted">{"".join(made)}</table>{"".join(unseen)}'

    def _run(self, run: Run) -> str:
        """Return the words of a run, cut where a mark begins or ends."""
        if run.drawn is not None:
            return self._piece(run.start, run.end, display_text(run.drawn), run.look)
        if not self._edges:
            return _dressed(escape(self._shown[run.start : run.end]), run.look)
        low = bisect_right(self._edges, run.start)
        high = bisect_right(self._edges, run.end - 1)
        cuts = [run.start, *self._edges[low:high], run.end]
        return "".join(self._piece(start, end, self._shown[start:end], run.look) for start, end in pairwise(cuts))

    def _piece(self, start: int, end: int, shown: str, look: int) -> str:
        numbers = "".join(
            f'<sup class="number {mark.look}">{harmless(mark.number)}</sup>'
            for _, _, first, mark in self._placed
            if start <= first < end
        )
        over = [mark for begins, ends, _, mark in self._placed if begins < end and start < ends]
        words = _dressed(escape(shown), look)
        return numbers + (_marked(words, over) if over else words)


def _all_runs(line: Line) -> Iterator[Run]:
    yield from line.runs
    for cell in line.cells:
        yield from cell.runs


def _apart(runs: list[Run]) -> Iterator[Run]:
    """Yield runs in the order of the text. Marks may overlap where nothing else is shown."""
    reached = 0
    for run in sorted(runs):
        start = max(run.start, reached)
        if start < run.end:
            yield run._replace(start=start)
            reached = run.end


def _overlap(span: Span, line: Line) -> bool:
    return span.start < line.end and line.start < span.end


def _dressed(words: str, look: int) -> str:
    if not look:
        return words
    for bit, begin, end in _TAGS:
        if look & bit:
            words = f"{begin}{words}{end}"
    return words


def _marked(words: str, over: Sequence[Mark]) -> str:
    looks = " ".join(dict.fromkeys(mark.look for mark in over))
    title = "; ".join(harmless(mark.title) for mark in over)
    depth = min(len(over), _DEEPEST)
    return f'<mark class="{looks} depth-{depth}" title="{title}">{words}</mark>'

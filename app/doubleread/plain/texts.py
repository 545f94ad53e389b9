"""The texts of a case as numbered sentences, and where words are in them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from doubleread.domain.annotation import ANSWER, CASE_SOURCE, Annotation, document_source
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.display import display_text
from doubleread.domain.retrieval import RetrievedPassage
from doubleread.domain.spans import Span, sentences, trimmed, whole_graphemes, words
from doubleread.domain.word_search import found_in
from doubleread.markup.inline import Dialect
from doubleread.markup.shown import ShownText, shown_text
from doubleread.plain.arguments import NotUnderstoodError, SentenceRef
from doubleread.sessions.blind import BlindAnswer, OpenCase

CONTEXT = 50
"""Characters that are shown on each side of words that were found."""


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text whose sentences are numbered: `name` and a number name a sentence, such as "A2", "C3" or "D1.4".

    `source` is that of annotations and links, and `side` that of an answer. If it is `formatted`, it is printed and
    searched without its Markdown.
    """

    name: str
    text: str
    sentences: tuple[Span, ...]
    source: str
    side: Side | None = None
    formatted: bool = False

    @property
    def shown(self) -> ShownText:
        """What is printed of the text."""
        dialect: Dialect = "case" if self.side is None else "answer"
        return shown_text(self.text, dialect) if self.formatted else ShownText(self.text)

    def words_of(self, span: Span) -> str:
        """Return what is shown of a span, in one line."""
        return self.shown.words_of(span)

    @property
    def words(self) -> str:
        """What it is."""
        if self.side is not None:
            return f"answer {self.side}"
        if self.name.startswith("D"):
            return f"document {self.name[1:-1]}"
        return "the case" if self.source == CASE_SOURCE else "a passage"

    def sentence_name(self, number: int) -> str:
        """Return the name of a sentence by its number from 1."""
        return f"{self.name}{number}"

    def name_at(self, offset: int) -> str:
        """Return the name of the sentence that an offset is in, or the first one if it is before all."""
        place = bisect_right(self.sentences, offset, key=attrgetter("start"))
        return self.sentence_name(max(place, 1)) if self.sentences else self.words

    def lines(self, first: int = 1, last: int | None = None) -> Iterator[tuple[str, Span]]:
        """Yield each sentence with its name. What is between sentences, such as a line of dashes, has no name."""
        before = self.sentences[first - 2].end if first > 1 else 0
        for number, span in enumerate(self.sentences, start=1):
            if number < first or number > (last or number):
                continue
            if self.text[before : span.start].strip():
                yield "", trimmed(self.text, Span(before, span.start))
            yield self.sentence_name(number), span
            before = span.end
        if last is None and self.text[before:].strip():
            yield "", trimmed(self.text, Span(before, len(self.text)))

    def span_of(self, first: int, last: int) -> Span:
        """Return the span of sentences by number. Raises NotUnderstoodError if there are not so many."""
        count = len(self.sentences)
        if not 1 <= first <= last <= count:
            what = self.words
            has = f"has the sentences {self.sentence_name(1)} to {self.sentence_name(count)}" if count else "is empty"
            raise NotUnderstoodError(f"{what[:1].upper()}{what[1:]} {has}.")
        return Span(self.sentences[first - 1].start, self.sentences[last - 1].end)


@dataclass(frozen=True, slots=True)
class Hit:
    """Words that were found in a text."""

    text: ReadText
    span: Span

    @property
    def name(self) -> str:
        """The sentence in which they are."""
        return self.text.name_at(self.span.start)

    @property
    def context(self) -> str:
        """The words, with some of what is before and behind them."""
        words, here = self.text.shown.words, self.text.shown.shown_at(self.span)
        start, end = max(here.start - CONTEXT, 0), min(here.end + CONTEXT, len(words))
        shown = " ".join(words[start:end].split())
        return f"{'…' if start else ''}{shown}{'…' if end < len(words) else ''}"


def case_texts(case: OpenCase, *, formatted: bool) -> list[ReadText]:
    """Return the case's own text and its documents, in the order in which they are read."""
    named = [("C", case.text, CASE_SOURCE)]
    named += [(f"D{number}.", one.text, document_source(one.id)) for number, one in enumerate(case.documents, start=1)]
    return [ReadText(name, text, sentences(text), source, formatted=formatted) for name, text, source in named]


def answer_texts(answers: Iterable[BlindAnswer], *, formatted: bool) -> list[ReadText]:
    """Return the answers that are finished."""
    return [
        ReadText(one.side, one.text, one.sentences, ANSWER, one.side, formatted)
        for one in answers
        if one.state == "done"
    ]


def passage_text(passage: RetrievedPassage) -> ReadText:
    """Return a passage that an answer was given."""
    return ReadText("", passage.text, sentences(passage.text), passage.source)


def hits(texts: Iterable[ReadText], wanted: str) -> list[Hit]:
    """Return where words are, with any blanks between them; only as whole words if they are whole words anywhere."""
    found = []
    for text in texts:
        for place in found_in(display_text(text.shown.words), wanted):
            span = text.shown.span(place.start, place.end)
            found.append(Hit(text, whole_graphemes(text.text, span.start, span.end)))
    whole = [hit for hit in found if _is_whole(hit)]
    return whole or found


def _is_whole(hit: Hit) -> bool:
    """Return whether neither end of the span is inside a word."""
    text, span = hit.text.text, hit.span

    def cut(offset: int) -> bool:
        return 0 < offset < len(text) and text[offset - 1].isalnum() and text[offset].isalnum()

    return not cut(span.start) and not cut(span.end)


def text_of(texts: Sequence[ReadText], ref: SentenceRef) -> ReadText:
    """Return the text that a reference to sentences is about. Raises NotUnderstoodError if there is none."""
    name = f"D{ref.document}." if ref.text == "D" else ref.text
    found = next((text for text in texts if text.name == name), None)
    if found is None and ref.text in SIDES:
        raise NotUnderstoodError(f"Answer {ref.text} is not finished yet.")
    if found is None:
        raise NotUnderstoodError(f"This case has no document {ref.document}.")
    return found


def text_of_annotation(texts: Sequence[ReadText], annotation: Annotation, side: Side) -> ReadText | None:
    """Return the text that an annotation marks."""
    place = annotation.place
    return next((text for text in texts if text.source == place and text.side in (None, side)), None)


Edge = Literal["start", "end"]


def moved_edge(text: str, span: Span, edge: Edge, by: int) -> Span:
    """Return a span with one edge moved by so many words. It never becomes empty nor leaves the text."""
    places = [getattr(unit, edge) for unit in words(text)]
    here: int = getattr(span, edge)
    place = bisect_left(places, here) + by if by < 0 else bisect_right(places, here) - 1 + by
    moved = places[min(max(place, 0), len(places) - 1)] if places else here
    start, end = (moved, span.end) if edge == "start" else (span.start, moved)
    return Span(start, end) if start < end else span

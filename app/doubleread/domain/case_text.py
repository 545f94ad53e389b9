"""A case as one text to read: text, question, options and documents, and where each of them is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.annotation import CASE_SOURCE, Annotation, document_source
from doubleread.domain.case import Document, Turn
from doubleread.domain.documents import document_heading
from doubleread.domain.spans import Span

_GAP = "\n\n"
_SPEAKERS = {"system": "Instructions", "user": "User", "assistant": "Assistant"}


@dataclass(frozen=True, slots=True)
class CasePart:
    """A text that annotations can point into: that of the case, or a document.

    `source` names it as annotations do. `start` is where its heading begins, and `span` where it is, without heading.
    """

    source: str
    title: str
    start: int
    span: Span


@dataclass(frozen=True, slots=True)
class CaseText:
    """The text to read, which begins with the case's own text. `parts` are in the order of the text.

    `asked` is where the question and the options are.
    """

    text: str
    parts: tuple[CasePart, ...]
    asked: Span

    @property
    def documents(self) -> tuple[CasePart, ...]:
        """The parts that are documents."""
        return self.parts[1:]

    def shown(self, source: str, span: Span) -> Span | None:
        """Return where a span of a part is in the text; None if there is no such part."""
        part = next((part for part in self.parts if part.source == source), None)
        return None if part is None else Span(part.span.start + span.start, part.span.start + span.end)

    def span_of(self, annotation: Annotation) -> Span | None:
        """Return where an annotation is in what is read: in this text, or in the answer if it marks one.

        None if it marks a document that the case does not have.
        """
        return annotation.span if annotation.in_answer else self.shown(annotation.place, annotation.span)

    def located(self, span: Span) -> tuple[str, Span] | None:
        """Return the part that a span of the text is in, and the span within that part.

        A span that reaches beyond a part is cut off. None if it has nothing of a part.
        """
        for part in self.parts:
            start, end = max(span.start, part.span.start), min(span.end, part.span.end)
            if start < end:
                return part.source, Span(start - part.span.start, end - part.span.start)
        return None

    def part_at(self, offset: int) -> int:
        """Return the index of the part to which an offset of the text belongs, headings included."""
        return max(index for index, part in enumerate(self.parts) if part.start <= offset or index == 0)


def case_text(
    text: str,
    question: str,
    options: Mapping[str, str],
    documents: Sequence[Document] = (),
    turns: Sequence[Turn] = (),
) -> CaseText:
    """Return a case as one text: its text, question, options and conversation, then the documents below their headings.

    Turns that the text or the question quotes are not repeated.
    """
    lettered = "\n".join(f"{letter}  {option}" for letter, option in options.items())
    said = f"{text}\n{question}"
    unsaid = [f"{_SPEAKERS[turn.role]}: {turn.content}" for turn in turns if turn.content.strip() not in said]
    heading = "The conversation" if len(unsaid) == len(turns) else "Earlier in the conversation"
    conversation = (heading, *unsaid) if unsaid else ()
    whole = _GAP.join(part for part in (text, question, lettered, *conversation) if part)
    begin = len(text) + len(_GAP) if text else 0
    asked = Span(begin, begin + len(_GAP.join(part for part in (question, lettered) if part)))
    parts = [CasePart(CASE_SOURCE, "", 0, Span(0, len(text)))]
    pieces = [whole]
    length = len(whole)
    for number, document in enumerate(documents, start=1):
        heading = f"{_GAP if length else ''}{document_heading(number, document)}{_GAP}"
        start = length + len(heading)
        span = Span(start, start + len(document.text))
        gap = len(_GAP) if length else 0
        parts.append(CasePart(document_source(document.id), document_title(number, document), length + gap, span))
        pieces += [heading, document.text]
        length = span.end
    return CaseText("".join(pieces), tuple(parts), asked)


_FIRST_WORDS = 100
"""Characters that name a document without a title."""


def document_title(number: int, document: Document) -> str:
    """Return a document's number with its title, or with its first words if it has none."""
    first = document.title or " ".join(document.text.split())[:_FIRST_WORDS]
    return f"{number}  {first}"

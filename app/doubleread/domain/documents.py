"""The documents of a long case: the order in which an answer gets them, and which of them are left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from doubleread.domain.annotation import CASE_SOURCE, document_of
from doubleread.domain.case import Case, Document
from doubleread.domain.hashes import text_sha256

DocumentOrder = Literal["as given", "shuffled"]
DOCUMENT_ORDERS: tuple[DocumentOrder, ...] = ("as given", "shuffled")


@dataclass(frozen=True, slots=True)
class DocumentSpan:
    """Where a document with its heading is in a prompt, as code-point offsets. One that is `needed` is never left
    out.
    """

    id: str
    start: int
    end: int
    needed: bool = False


def in_order(case: Case, order: DocumentOrder, seed: int, sample: int = 0) -> Case:
    """Return a case with its documents in the order in which an answer gets them.

    "shuffled" is another order for each case and sample, the same for both arms and in every run with this seed.
    """
    if order == "as given" or len(case.documents) < 2:
        return case

    def place(document: Document) -> str:
        return text_sha256(f"{seed} {case.id}\n{sample}\n{document.id}")

    return replace(case, documents=tuple(sorted(case.documents, key=place)))


def text_of_case(case: Case, place: str) -> str | None:
    """Return the case's text or that of a document, by an annotation's place or a passage's source; None if unknown."""
    if place == CASE_SOURCE:
        return case.text
    document_id = document_of(place)
    return next((document.text for document in case.documents if document.id == document_id), None)


def documents_text(documents: Iterable[Document]) -> str:
    """Return documents as one text, each under its number and title."""
    return SEPARATOR.join(_written(number, one) for number, one in enumerate(documents, start=1))


SEPARATOR = "\n\n"
"""The text between two documents."""


def document_heading(number: int, document: Document) -> str:
    """Return the line above a document."""
    return f"--- {f'Document {number}: {document.title}'.rstrip(': ')} ---"


def _written(number: int, document: Document) -> str:
    return f"{document_heading(number, document)}\n\n{document.text}"


def document_spans(documents: Sequence[Document], start: int) -> tuple[DocumentSpan, ...]:
    """Return where each document is in `documents_text`, which starts at an offset."""
    spans = []
    for number, document in enumerate(documents, start=1):
        end = start + len(_written(number, document))
        spans.append(DocumentSpan(document.id, start, end, document.needed))
        start = end + len(SEPARATOR)
    return tuple(spans)


def without_documents(content: str, spans: Sequence[DocumentSpan], left_out: Collection[str]) -> str:
    """Return a message without some of its documents. The others keep their numbers.

    At least one document must stay.
    """
    if not left_out:
        return content
    kept = (content[span.start : span.end] for span in spans if span.id not in left_out)
    return content[: spans[0].start] + SEPARATOR.join(kept) + content[spans[-1].end :]


def removable(spans: Sequence[DocumentSpan]) -> tuple[str, ...]:
    """Return the ids of the documents that may be left out, in the order in which they are.

    That is from the last to the first. If no document is needed, the first one stays.
    """
    optional = [span.id for span in spans if not span.needed]
    return tuple(reversed(optional if len(optional) < len(spans) else optional[1:]))


def documents_entry(spans: Sequence[DocumentSpan], left_out: Sequence[str], counted: str) -> dict[str, Any]:
    """Return the manifest's entry on the documents of an answer; no entry for a case without documents."""
    if not spans:
        return {}
    order = [span.id for span in spans]
    return {"documents": {"order": order, "left_out": [name for name in order if name in left_out], "counted": counted}}

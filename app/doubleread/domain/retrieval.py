"""What an arm is given from a corpus: its settings, and the passages that an answer was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from doubleread.domain.annotation import retrieved_source
from doubleread.domain.case import Case
from doubleread.domain.hashes import text_sha256
from doubleread.domain.wording import plural

CASE_DOCUMENTS = "case documents"
"""In place of a corpus: the case's own documents."""

Method = Literal["bm25", "hybrid"]
METHODS: tuple[Method, ...] = get_args(Method)
QueryFrom = Literal["question", "text+question"]
QUERIES: tuple[QueryFrom, ...] = get_args(QueryFrom)
MOST_PASSAGES = 100
MOST_WORDS = 100_000


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How an arm is given passages of a corpus.

    `corpus` is the path of a corpus file, or "case documents". `corpus_sha256` identifies the corpus; the name and the
    counts of `documents` and `passages` describe it. Of the `top` best passages, those that come first and have
    `max_words` words together are given. "hybrid" searches by words and by meaning.
    """

    corpus: str
    top: int = 5
    method: Method = "bm25"
    query: QueryFrom = "text+question"
    max_words: int = 1500
    name: str = ""
    corpus_sha256: str = ""
    documents: int = 0
    passages: int = 0

    @property
    def from_case(self) -> bool:
        """Whether the passages come from the case's own documents."""
        return self.corpus == CASE_DOCUMENTS

    @property
    def settings(self) -> dict[str, Any]:
        """What an answer depends on, as JSON."""
        found = {"top": self.top, "method": self.method, "query": self.query, "max_words": self.max_words}
        return {"corpus": CASE_DOCUMENTS if self.from_case else self.corpus_sha256, **found}

    @property
    def words(self) -> str:
        """What the arm is given, in words."""
        best = "best passage" if self.top == 1 else plural(self.top, "best passage")
        if self.from_case:
            return f"the {best} of the case's documents"
        counted = f"{plural(self.documents, 'document')}, {plural(self.passages, 'passage')}"
        return f"the {best} of the corpus {self.name} ({counted}, identity {self.corpus_sha256[:12]})"

    def query_of(self, case: Case) -> str:
        """Return what is searched for a case; for a conversation, what the user says last."""
        if case.turns:
            return case.turns[-1].content
        parts = (case.question,) if self.query == "question" and case.question else (case.text, case.question)
        return "\n".join(part for part in parts if part)

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def retrieval_mistakes(record: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the settings of a retrieval that a user gives."""
    known = ("corpus", "top", "method", "query", "max_words")
    found = [f"{name} is not known (there are: {', '.join(known)})" for name in record if name not in known]
    corpus = record.get("corpus")
    if not isinstance(corpus, str) or not corpus:
        found.append(f'corpus must be a corpus file or "{CASE_DOCUMENTS}", not {corpus!r}')
    for name, most in (("top", MOST_PASSAGES), ("max_words", MOST_WORDS)):
        value = record.get(name, 1)
        if type(value) is not int or not 1 <= value <= most:
            found.append(f"{name} must be a whole number from 1 to {most}, not {value!r}")
    for name, values in (("method", METHODS), ("query", QUERIES)):
        if record.get(name, values[0]) not in values:
            found.append(f"{name} must be one of {', '.join(values)}, not {record[name]!r}")
    if corpus == CASE_DOCUMENTS and record.get("method") == "hybrid":
        found.append("method must be bm25 for the case's documents, which have no embedding")
    return found


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage found in a corpus. `start` and `end` are code points of the document's text; `rank` counts from 1.

    `page` is that of a PDF. `ranks` are its ranks by each method, where it was among the candidates.
    """

    rank: int
    document_id: str
    title: str
    start: int
    end: int
    text: str
    score: float
    page: int | None = None
    ranks: Mapping[str, int] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The SHA-256 of its text."""
        return text_sha256(self.text)

    @property
    def source(self) -> str:
        """The source by which annotations are linked to it."""
        return retrieved_source(self.sha256)

    @property
    def heading(self) -> str:
        """Its document and page in words."""
        name = self.title or self.document_id
        return f"{name}, page {self.page}" if self.page is not None else name

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON."""
        record = {**asdict(self), "sha256": self.sha256}
        return {name: value for name, value in record.items() if value is not None}


def passage_from_record(record: Mapping[str, Any]) -> RetrievedPassage:
    """Rebuild a passage from JSON."""
    return RetrievedPassage(**{name: value for name, value in record.items() if name != "sha256"})


def within_words(passages: Iterable[RetrievedPassage], max_words: int) -> tuple[RetrievedPassage, ...]:
    """Return the first passages that have at most so many words together. The first that does not fit ends them."""
    taken: list[RetrievedPassage] = []
    left = max_words
    for passage in passages:
        left -= len(passage.text.split())
        if left < 0:
            break
        taken.append(passage)
    return tuple(taken)


def gold_given(gold: Sequence[str], passages: Sequence[RetrievedPassage]) -> int:
    """Return how many of a case's gold passages were given.

    Each is the id of a document, of which any passage counts, or a quote, which a passage must contain; blanks and line
    breaks do not matter.
    """
    ids = {passage.document_id for passage in passages}
    texts = [" ".join(passage.text.split()) for passage in passages]
    return sum(one in ids or any(" ".join(one.split()) in text for text in texts) for one in gold)


def gold_passages(named: Any) -> tuple[str, ...]:
    """Return the gold passages that a case names in its field `gold_passages`: a list of texts, or one text."""
    listed = [named] if isinstance(named, str) else named
    return tuple(one for one in listed if isinstance(one, str) and one.strip()) if isinstance(listed, list) else ()


def given_passages(manifest: Mapping[str, Any]) -> tuple[RetrievedPassage, ...] | None:
    """Return the passages that an answer was given, None if it was generated without retrieval.

    An entry of the same name in the manifest of an external answer may be anything, and counts as none.
    """
    try:
        return tuple(passage_from_record(record) for record in manifest["retrieval"]["passages"])
    except (KeyError, TypeError, AttributeError):
        return None


def manifest_entry(retrieval: Retrieval, passages: Iterable[RetrievedPassage]) -> dict[str, Any]:
    """Return what the manifest of an answer says of its retrieval."""
    known = (
        {"corpus": CASE_DOCUMENTS}
        if retrieval.from_case
        else {
            "corpus": retrieval.name,
            "corpus_sha256": retrieval.corpus_sha256,
        }
    )
    settings = {name: value for name, value in retrieval.settings.items() if name != "corpus"}
    return {**known, **settings, "passages": [passage.as_record() for passage in passages]}

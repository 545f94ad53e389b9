"""Build the messages to a model from a case. The model's own chat template is applied later, in the worker."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from doubleread.domain.case import Case, CaseKind
from doubleread.domain.documents import SEPARATOR, DocumentSpan, document_spans, documents_text, without_documents
from doubleread.domain.hashes import json_sha256
from doubleread.domain.retrieval import RetrievedPassage, given_passages

_PLACEHOLDER = re.compile(r"\{(documents|passages|text|question|options|fields)\}")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat. `role` is "system", "user" or "assistant"."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """A solved case that a model is shown before the case itself.

    Without a `kind`, one with options is a choice, any other a diagnosis.
    """

    text: str
    question: str
    answer: str
    options: Mapping[str, str] = field(default_factory=dict)
    kind: CaseKind | Literal[""] = ""

    @property
    def shown_for(self) -> CaseKind:
        """The kind of case before which it is shown."""
        return self.kind or ("choice" if self.options else "diagnosis")


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """The words around a case, one template for each kind of case.

    Placeholders: {text}, {question}, {options}, {documents}, {passages} and {fields}; any other brace is left as it is.
    Documents come before the text if the template does not place them. The passages that an arm is given from a corpus
    come first, in the words of `passages`, if the template does not place them. A rubric's conversation is given turn
    by turn, without a template; passages and documents then come before its last turn.

    `letter_question` is what a model is asked after its free answer, where the letter alone is wanted as well. Of the
    `examples` (few-shot), a model is shown those of the case's kind, as earlier turns of the conversation.
    """

    name: str = "plain-1"
    system: str = "You are a careful physician. Rely only on the findings of the case."
    choice: str = (
        "{text}\n\n{question}\n{options}\n\n"
        "Name the single best option with its letter, then cite the findings that support it."
    )
    diagnosis: str = "{text}\n\n{question}\n\nName the most likely diagnosis, then cite the findings that support it."
    inference: str = (
        "Text: {text}\n\nStatement: {question}\n\n"
        "Does the text imply the statement (entailment), contradict it (contradiction), or leave it open (neutral)?"
        " Answer with one of these three words."
    )
    summary: str = "{text}\n\n{question}"
    coding: str = "{text}\n\n{question}\n\nList the ICD-10-CM codes, one on each line."
    extraction: str = (
        "{text}\n\n{question}\n\nFields:\n{fields}\n\n"
        "Answer with one JSON object that has these fields. Use null for what the text does not state."
    )
    rubric: str = "{text}\n\n{question}"
    passages: str = "Passages from a reference. Use them where they apply.\n\n{passages}\n\nEnd of the passages.\n\n"

    letter_question: str = "Answer with the letter only."
    examples: tuple[Example, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of everything that an answer depends on, in hexadecimal; it goes into every answer's manifest."""
        record = asdict(self)
        del record["letter_question"]
        return json_sha256(record)

    def messages(self, case: Case, passages: Sequence[RetrievedPassage] = ()) -> tuple[Message, ...]:
        """Return the messages for a case: the system prompt, if there is one, the examples, and the user's turn.

        The substitution goes over the template once, so braces inside a case's text or a passage are never expanded.
        """
        messages = [Message("system", self.system)] if self.system else []
        before = self._before(case.kind, passages)
        if case.turns:
            *earlier, last = (Message(turn.role, turn.content) for turn in case.turns)
            documents = documents_text(case.documents) + SEPARATOR if case.documents else ""
            return (*messages, *earlier, Message(last.role, before + documents + last.content))
        turn = before + _filled(self._body(case.kind), case, passages_text(passages))
        return (*messages, *self.example_messages(case.kind), Message("user", turn))

    def document_spans(self, case: Case, passages: Sequence[RetrievedPassage] = ()) -> tuple[DocumentSpan, ...]:
        """Return where the case's documents are in the last of `messages`; none if the template repeats them."""
        before = len(self._before(case.kind, passages))
        if not case.documents or case.turns:
            return document_spans(case.documents, before)
        body = self._body(case.kind)
        placeholder = "{documents}" if "{documents}" in body else "{text}"
        if body.count(placeholder) != 1:
            return ()
        head = body.partition(placeholder)[0]
        # Where documents have a place of their own, the text before them is filled in without them.
        filled = _filled(head, replace(case, documents=()), passages_text(passages))
        return document_spans(case.documents, before + len(filled))

    def example_messages(self, kind: CaseKind) -> tuple[Message, ...]:
        """Return the examples that precede a case of this kind, each as two messages."""
        shown = [example for example in self.examples if example.shown_for == kind]
        pairs = ((Message("user", self._turn(kind, one)), Message("assistant", one.answer)) for one in shown)
        return tuple(message for pair in pairs for message in pair)

    def messages_given(self, case: Case, manifest: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return the messages that an answer was given, with the passages and documents that its manifest names."""
        passages = given_passages(manifest) or ()
        if not (entry := manifest.get("documents")):
            return self.messages(case, passages)
        by_id = {document.id: document for document in case.documents}
        case = replace(case, documents=tuple(by_id[name] for name in entry["order"]))
        *earlier, last = self.messages(case, passages)
        content = without_documents(last.content, self.document_spans(case, passages), entry["left_out"])
        return (*earlier, Message(last.role, content))

    def letter_messages(self, case: Case, answer: str, manifest: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return the messages that ask for the letter alone, after the free answer to a case."""
        asked = self.messages_given(case, manifest)
        return (*asked, Message("assistant", answer), Message("user", self.letter_question))

    def beginning(self, case: Case) -> str:
        """Return the user's turn up to the end of the case's text: what questions about one text have in common."""
        head, found, _ = self._body(case.kind).partition("{text}")
        return _filled(head + found, case)

    def _body(self, kind: CaseKind) -> str:
        return str(getattr(self, kind))

    def _before(self, kind: CaseKind, passages: Sequence[RetrievedPassage]) -> str:
        if not passages or (kind != "rubric" and "{passages}" in self._body(kind)):
            return ""
        return self.passages.replace("{passages}", passages_text(passages))

    def _turn(self, kind: CaseKind, shown: Case | Example) -> str:
        return _filled(self._body(kind), shown)


def passages_text(passages: Iterable[RetrievedPassage]) -> str:
    """Return passages as one text, each under its number, document and page."""
    return "\n\n".join(f"[{passage.rank}] {passage.heading}\n{passage.text}" for passage in passages)


def _filled(body: str, shown: Case | Example, passages: str = "") -> str:
    case = shown if isinstance(shown, Case) else None
    documents = documents_text(case.documents) if case else ""
    apart = "{documents}" in body
    values = {
        "documents": documents,
        "passages": passages,
        "text": shown.text if apart or not documents else SEPARATOR.join(filter(None, (documents, shown.text))),
        "question": shown.question,
        "options": "\n".join(f"{letter}. {option}" for letter, option in shown.options.items()),
        "fields": "\n".join(_field_line(case, name) for name in case.values) if case else "",
    }
    return _PLACEHOLDER.sub(lambda match: values[match[1]], body)


def _field_line(case: Case, name: str) -> str:
    spec = case.field_spec(name)
    shape = {"set": "a list of texts", "numeric": "a number", "exact": "a text", "text": "a text"}[spec.compare]
    return f"- {name} ({shape}): {spec.about}".rstrip(": ")


def prompt_from_record(record: Mapping[str, Any]) -> PromptTemplate:
    """Rebuild what `dataclasses.asdict` or JSON made of it. Raises TypeError if a field is unknown."""
    examples = tuple(Example(**example) for example in record.get("examples", ()))
    return PromptTemplate(**{**record, "examples": examples})

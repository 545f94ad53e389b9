"""Build the messages to a model from a case. The model's own chat template is applied later, in the worker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from doubleread.domain.case import Case
from doubleread.domain.hashes import json_sha256

_PLACEHOLDER = re.compile(r"\{(text|question|options)\}")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat. `role` is "system", "user" or "assistant"."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """A solved case that a model is shown before the case itself. One with options is a choice, else a diagnosis."""

    text: str
    question: str
    answer: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """The words around a case. Placeholders: {text}, {question}, {options}; any other brace is left as it is.

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

    letter_question: str = "Answer with the letter only."
    examples: tuple[Example, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of everything that an answer depends on, in hexadecimal; it goes into every answer's manifest."""
        record = asdict(self)
        del record["letter_question"]
        return json_sha256(record)

    def messages(self, case: Case) -> tuple[Message, ...]:
        """Return the messages for a case: the system prompt, if there is one, the examples, and the user's turn.

        The substitution goes over the template once, so braces inside a case's text are never expanded.
        """
        messages = [Message("system", self.system)] if self.system else []
        return (*messages, *self.example_messages(case.kind), Message("user", self._turn(case.kind, case)))

    def example_messages(self, kind: str) -> tuple[Message, ...]:
        """Return the examples that precede a case of this kind, each as two messages."""
        shown = [example for example in self.examples if bool(example.options) == (kind == "choice")]
        pairs = ((Message("user", self._turn(kind, one)), Message("assistant", one.answer)) for one in shown)
        return tuple(message for pair in pairs for message in pair)

    def letter_messages(self, case: Case, answer: str) -> tuple[Message, ...]:
        """Return the messages that ask for the letter alone, after the free answer to a case."""
        return (*self.messages(case), Message("assistant", answer), Message("user", self.letter_question))

    def beginning(self, case: Case) -> str:
        """Return the user's turn up to the end of the case's text: what questions about one text have in common."""
        head, found, _ = self._body(case.kind).partition("{text}")
        return _filled(head + found, case)

    def _body(self, kind: str) -> str:
        return self.choice if kind == "choice" else self.diagnosis

    def _turn(self, kind: str, shown: Case | Example) -> str:
        return _filled(self._body(kind), shown)


def _filled(body: str, shown: Case | Example) -> str:
    values = {
        "text": shown.text,
        "question": shown.question,
        "options": "\n".join(f"{letter}. {option}" for letter, option in shown.options.items()),
    }
    return _PLACEHOLDER.sub(lambda match: values[match[1]], body)


def prompt_from_record(record: Mapping[str, Any]) -> PromptTemplate:
    """Rebuild what `dataclasses.asdict` or JSON made of it. Raises TypeError if a field is unknown."""
    examples = tuple(Example(**example) for example in record.get("examples", ()))
    return PromptTemplate(**{**record, "examples": examples})

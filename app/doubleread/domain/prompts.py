"""Build the messages to a model from a case. The model's own chat template is applied later, in the worker."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Literal

from doubleread.domain.case import Case
from doubleread.domain.hashes import json_sha256

_PLACEHOLDER = re.compile(r"\{(text|question|options)\}")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat. `role` is "system", "user" or "assistant"."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """The words around a case. Placeholders: {text}, {question}, {options}; any other brace is left as it is.

    `letter_question` is what a model is asked after its free answer, where the letter alone is wanted as well.
    """

    name: str = "plain-1"
    system: str = "You are a careful physician. Rely only on the findings of the case."
    choice: str = (
        "{text}\n\n{question}\n{options}\n\n"
        "Name the single best option with its letter, then cite the findings that support it."
    )
    diagnosis: str = "{text}\n\n{question}\n\nName the most likely diagnosis, then cite the findings that support it."

    letter_question: str = "Answer with the letter only."

    @property
    def sha256(self) -> str:
        """Hash of everything that an answer depends on, in hexadecimal; it goes into every answer's manifest."""
        record = asdict(self)
        del record["letter_question"]
        return json_sha256(record)

    def messages(self, case: Case) -> tuple[Message, ...]:
        """Return the messages for a case: the system prompt, if there is one, and the user's turn.

        The substitution goes over the template once, so braces inside a case's text are never expanded.
        """
        values = self._values(case)
        body = self._body(case)
        user = Message("user", _PLACEHOLDER.sub(lambda match: values[match[1]], body))
        return (Message("system", self.system), user) if self.system else (user,)

    def letter_messages(self, case: Case, answer: str) -> tuple[Message, ...]:
        """Return the messages that ask for the letter alone, after the free answer to a case."""
        return (*self.messages(case), Message("assistant", answer), Message("user", self.letter_question))

    def beginning(self, case: Case) -> str:
        """Return the user's turn up to the end of the case's text: what questions about one text have in common."""
        values = self._values(case)
        head, found, _ = self._body(case).partition("{text}")
        return _PLACEHOLDER.sub(lambda match: values[match[1]], head + found)

    def _body(self, case: Case) -> str:
        return self.choice if case.kind == "choice" else self.diagnosis

    def _values(self, case: Case) -> dict[str, str]:
        return {
            "text": case.text,
            "question": case.question,
            "options": "\n".join(f"{letter}. {option}" for letter, option in case.options.items()),
        }

"""Tokenise rendered conversations: control tokens come from the template alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from doubleread.domain.prompts import Message
from doubleread.engine.worker.chat_template import ChatTemplate, ContentForm, Part
from doubleread.engine.worker.llama import Model, Tokens
from doubleread.engine.worker.turns import TurnEnds, turn_ends


@dataclass(frozen=True, slots=True)
class Prompt:
    """A model's prompt. `text` is the rendered conversation, `tokens` an int32 array (n,).

    `end` is the template's text after the last message: it starts the answer and perhaps the reasoning before it.
    """

    text: str
    tokens: Tokens
    end: str = ""

    @property
    def count(self) -> int:
        """The number of tokens."""
        return len(self.tokens)


class PromptWriter:
    """Renders and tokenises conversations for one model. Raises TemplateError for a template that cannot be used."""

    def __init__(self, model: Model, template: str = "") -> None:
        """Use `template`, a Jinja source, or the model file's own if it is empty."""
        self._model = model
        self.template = template or model.chat_template
        self._template = ChatTemplate(self.template, model.token_text(model.bos), model.token_text(model.eos))
        self.turn_ends = TurnEnds()
        self._control = model.control_tokens()
        self._pattern = _any_of(self._control)
        # llama.cpp takes the spelling of these in any text for the token.
        self._taken_for_tokens = _any_of(text for text, (token, *_) in self._control.items() if model.piece(token))

    @property
    def content_form(self) -> ContentForm:
        """The form in which the template takes contents."""
        return self._template.content_form

    @property
    def takes_system(self) -> bool:
        """Whether the template has a system role."""
        return self._template.takes_system

    @property
    def control_spellings(self) -> Collection[str]:
        """The spellings of the vocabulary's control tokens."""
        return self._control.keys()

    def find_turn_ends(self, exempt: Collection[str]) -> None:
        """Find out from the template what ends an answer. `exempt` are tokens that delimit something else."""
        control = {text: token for text, (token, *_) in self._control.items()}
        self.turn_ends = turn_ends(self._template.between_turns(), control, self._pattern, exempt)

    def write(self, messages: Sequence[Message]) -> Prompt:
        """Return the prompt for a conversation. Raises TemplateError."""
        parts = self._template.parts(messages)
        end = parts[-1].text if parts and parts[-1].from_template else ""
        return Prompt("".join(part.text for part in parts), self.tokenize(parts), end)

    def continued(self, prompt: Prompt, more: str) -> Prompt:
        """Return a prompt with more of the template's text appended."""
        tokens = np.concatenate([prompt.tokens, np.array(self.tokens_of(more), dtype=np.int32)])
        return Prompt(prompt.text + more, tokens, prompt.end + more)

    def tokens_of(self, text: str) -> list[int]:
        """Tokenise template text from the middle of a prompt."""
        tokens: list[int] = []
        run: list[str] = []
        self._template_part(text, tokens, run)
        self._end_run(tokens, run)
        return tokens

    def plain_tokens(self, text: str) -> list[int]:
        """Tokenise plain text as an answer's beginning. No part of it becomes a control token."""
        tokens: list[int] = []
        self._end_run(tokens, [text])
        return tokens

    def tokenize(self, parts: Sequence[Part]) -> Tokens:
        """Tokenise as llama.cpp does, except that control tokens are recognised only in the template's parts.

        Text between two control tokens is tokenised as one stretch, whatever its source.
        """
        tokens: list[int] = []
        run: list[str] = []
        for part in parts:
            if part.from_template:
                self._template_part(part.text, tokens, run)
            else:
                run.append(part.text)
        self._end_run(tokens, run)
        bos = self._model.bos
        if self._model.add_bos and tokens[:1] != [bos]:
            tokens.insert(0, bos)
        elif tokens[:2] == [bos, bos] and bos >= 0:
            del tokens[0]
        return np.array(tokens, dtype=np.int32)

    def _template_part(self, text: str, tokens: list[int], run: list[str]) -> None:
        position = 0
        for found in self._pattern.finditer(text):
            if found.start() < position:
                continue
            token, eats_before, eats_after = self._control[found[0]]
            before = text[position : found.start()]
            run.append(before.rstrip() if eats_before else before)
            self._end_run(tokens, run)
            tokens.append(token)
            position = found.end()
            while eats_after and position < len(text) and text[position].isspace():
                position += 1
        run.append(text[position:])

    def _end_run(self, tokens: list[int], run: list[str]) -> None:
        text = "".join(run)
        run.clear()
        start = 0
        for found in self._taken_for_tokens.finditer(text):
            # Cut in two, it remains plain text.
            tokens.extend(self._model.tokenize(text[start : found.start() + 1]).tolist())
            start = found.start() + 1
        if start < len(text):
            tokens.extend(self._model.tokenize(text[start:]).tolist())


def _any_of(spellings: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(spellings, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

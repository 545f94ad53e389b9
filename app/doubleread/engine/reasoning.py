"""How reasoning models set their thinking apart from their answer, and what tells the two apart while they stream.

A format is known once for a model, from its chat template and its vocabulary. An answer is never searched for tags by
chance: thinking in tags can only be the first thing of an answer, thinking in channels only stand between the control
tokens of these channels. Whatever else an answer says of "<think>" stays as it is.

Tokens that stand for a format's marks come into the stream as single lone surrogates, which no decoded text contains,
so that an answer that spells such a token out cannot pass for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Phase = Literal["before", "header", "thinking", "answer", "over"]
Stretch = tuple[str, bool]
"""The next piece of text, and whether it is thinking."""

_FIRST_MARK = 0xD800
_LAST_MARK = 0xDFFF
_ANY_MARK = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_LAST_MARK)}]")
_MOST_BLANKS = 64
"""So many blanks at most are held back to see whether they belong to a tag: a token's work must not grow."""


@dataclass(frozen=True, slots=True)
class SpecialToken:
    """A token that stands for a spelling as a whole. `shown` says whether it adds that spelling to a text."""

    id: int
    shown: bool


Vocabulary = Mapping[str, SpecialToken]


@dataclass(frozen=True, slots=True)
class TagFormat:
    """Thinking at the start of an answer, between two tags.

    `forced` ends it where its budget is used up. `marks` map tokens to what stands for them in the stream.
    """

    name: str
    opening: str
    closings: tuple[str, ...]
    forced: str
    marks: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelFormat:
    """Messages in channels: a header, then a body. `bodies` map the mark before a body to whether it is thinking.

    Where that is None, the header says so: its channel is one of `answers`, or it is thinking. `forced` ends the
    thinking where its budget is used up, `instead` begins the answer after a header that is not complete.
    """

    name: str
    header: str
    bodies: Mapping[str, bool | None]
    ends: tuple[str, ...]
    answers: tuple[str, ...]
    forced: str
    instead: str
    marks: Mapping[int, str] = field(default_factory=dict)


Format = TagFormat | ChannelFormat

_HARMONY = ChannelFormat(
    name="harmony",
    header="<|start|>",
    bodies={"<|message|>": None},
    ends=("<|end|>", "<|channel|>"),
    answers=("final",),
    forced="<|end|><|start|>assistant<|channel|>final<|message|>",
    instead="<|channel|>final<|message|>",
)
_SOLAR = ChannelFormat(
    name="solar",
    header="<|begin|>",
    bodies={"<|think|>": True, "<|content|>": False},
    ends=("<|end|>",),
    answers=(),
    forced="<|end|><|begin|>assistant<|content|>",
    instead="<|content|>",
)
_CHANNELS = (_HARMONY, _SOLAR)
_TAGS = (
    TagFormat("apriel", "Here are my reasoning steps:", ("[BEGIN FINAL RESPONSE]",), "\n[BEGIN FINAL RESPONSE]\n"),
    TagFormat("think", "<think>", ("</think>",), "\n</think>\n\n"),
    TagFormat("thinking", "<thinking>", ("</thinking>",), "\n</thinking>\n\n"),
    TagFormat("seed", "<seed:think>", ("</seed:think>",), "</seed:think>"),
    TagFormat("minimax", "<mm:think>", ("</mm:think>",), "\n</mm:think>\n\n"),
    TagFormat("mistral", "[THINK]", ("[/THINK]",), "[/THINK]"),
    TagFormat("gemma", "<|channel>thought", ("<channel|>",), "\n<channel|>"),
    TagFormat("apertus", "<|inner_prefix|>", ("<|inner_suffix|>",), "<|inner_suffix|>"),
    TagFormat(
        "cohere",
        "<|START_THINKING|>",
        ("<|END_THINKING|>", "<|START_RESPONSE|>", "<|START_TEXT|>"),
        "<|END_THINKING|><|START_RESPONSE|>",
    ),
    TagFormat(
        "cohere-text",
        "<|START_THINKING|>",
        ("<|END_THINKING|>", "<|START_TEXT|>"),
        "<|END_THINKING|><|START_TEXT|>",
    ),
)
_TOKEN_PARTS = ("<|channel>",)
"""Tokens that are only a part of a tag."""


def _spellings(form: Format) -> tuple[str, ...]:
    if isinstance(form, TagFormat):
        return (form.opening, *form.closings)
    return (form.header, *form.bodies, *form.ends)


_SPELT: Mapping[str, Format] = {form.name: form for form in (*_CHANNELS, *_TAGS)}

SPELLINGS = frozenset({*_TOKEN_PARTS, *(text for form in _SPELT.values() for text in _spellings(form))})
"""What a vocabulary is to be asked for."""


def reasoning_format(template: str, vocabulary: Vocabulary) -> Format | None:
    """Return how a model with this chat template sets its thinking apart, or None where it is not known to think.

    `vocabulary` maps those of SPELLINGS that are one token of the model to that token.
    """
    for channels in _CHANNELS:
        if all(text in vocabulary for text in _spellings(channels)) and all(
            text in template for text in (channels.header, *channels.bodies)
        ):
            return _with_channel_marks(channels, vocabulary)
    for tags in _TAGS:
        if tags.closings[0] in template and _opening_known(tags, template) and _follows_known(tags, vocabulary):
            return _with_tag_marks(tags, vocabulary)
    return None


def _opening_known(tags: TagFormat, template: str) -> bool:
    # Old templates of Qwen and DeepSeek only ever cut `...</think>` away, and leave the opening tag to the model.
    return tags.opening in template or tags.name == "think"


def _follows_known(tags: TagFormat, vocabulary: Vocabulary) -> bool:
    """Say whether the model has the control tokens that its forced ending is made of."""
    wanted = [text for text in SPELLINGS if text.startswith("<|START_") and text in tags.forced]
    return all(text in vocabulary for text in wanted)


def _with_channel_marks(form: ChannelFormat, vocabulary: Vocabulary) -> ChannelFormat:
    marks = _marks({text: vocabulary[text].id for text in _spellings(form)})
    by_spelling = {text: marks[vocabulary[text].id] for text in _spellings(form)}
    return replace(
        form,
        header=by_spelling[form.header],
        bodies={by_spelling[text]: kind for text, kind in form.bodies.items()},
        ends=tuple(by_spelling[text] for text in form.ends),
        marks=marks,
    )


def _with_tag_marks(form: TagFormat, vocabulary: Vocabulary) -> TagFormat:
    """Where a tag, or a part of it, is a token that shows no text, its mark stands in the tag's place."""
    parts = (*_spellings(form), *_TOKEN_PARTS)
    hidden = {text: vocabulary[text].id for text in parts if text in vocabulary and not vocabulary[text].shown}
    marks = _marks(hidden)

    def marked(tag: str) -> str:
        for text, token in hidden.items():
            tag = tag.replace(text, marks[token])
        return tag

    return replace(form, opening=marked(form.opening), closings=tuple(map(marked, form.closings)), marks=marks)


def _marks(tokens: Mapping[str, int]) -> dict[int, str]:
    return {token: chr(_FIRST_MARK + number) for number, token in enumerate(dict.fromkeys(tokens.values()))}


class TagSplitter:
    """Tells thinking in tags from the answer. Blanks around either of them, next to a tag, belong to the tag."""

    def __init__(self, form: TagFormat, prompt_end: str) -> None:
        """Begin after a prompt. `prompt_end` is what it says after the last message, which may open the thinking."""
        self.phase: Phase = "before"
        self._form = form
        self._held = ""
        self._at_start = True
        spelt = _SPELT[form.name]
        assert isinstance(spelt, TagFormat)
        end = prompt_end.rstrip()
        if end.endswith(spelt.opening):
            self.phase = "thinking"
        elif end.endswith(spelt.closings):
            self.phase = "answer"

    def feed(self, text: str) -> list[Stretch]:
        """Take in the next text. Return what is now certain, without tags."""
        found: list[Stretch] = []
        text = self._held + text
        self._held = ""
        if self.phase == "before":
            text = self._begin(text)
        if self.phase == "thinking":
            text = self._think(text, found)
        if self.phase == "answer":
            self._add(text, False, found)
        return found

    def end(self) -> list[Stretch]:
        """Return what was held back, now that nothing more comes."""
        found: list[Stretch] = []
        held, self._held = self._held, ""
        if self.phase == "thinking":
            self._add(held.rstrip(), True, found)
        else:
            self._at_start = False
            self._add(held, False, found)
        return found

    def _begin(self, text: str) -> str:
        words = text.lstrip()
        opening = self._form.opening
        if words.startswith(opening):
            self.phase, self._at_start = "thinking", True
            return words[len(opening) :]
        if opening.startswith(words) and len(text) - len(words) < _MOST_BLANKS:
            self._held = text
            return ""
        self.phase, self._at_start = "answer", False
        return text

    def _think(self, text: str, found: list[Stretch]) -> str:
        places = [(place, closing) for closing in self._form.closings if (place := text.find(closing)) >= 0]
        if not places:
            certain = len(text) - self._uncertain(text)
            self._held = text[certain:]
            self._add(text[:certain], True, found)
            return ""
        place, closing = min(places)
        self._add(text[:place].rstrip(), True, found)
        self.phase, self._at_start = "answer", True
        return text[place + len(closing) :]

    def _uncertain(self, text: str) -> int:
        """Return how many characters at the end may be blanks before a closing tag, or its beginning."""
        partial = max(_possible_beginning(text, closing) for closing in self._form.closings)
        before = text[: len(text) - partial]
        blanks = len(before) - len(before.rstrip())
        return partial + (blanks if blanks < _MOST_BLANKS else 0)

    def _add(self, text: str, thinking: bool, found: list[Stretch]) -> None:
        text = _ANY_MARK.sub("", text)
        if self._at_start:
            text = text.lstrip()
        if text:
            self._at_start = False
            found.append((text, thinking))


class ChannelSplitter:
    """Tells channels apart. Stretches of thinking from several messages are parted by a blank line."""

    def __init__(self, form: ChannelFormat, prompt_end: str) -> None:
        """Begin after a prompt. `prompt_end` is what it says after the last message: the header, or a part of it."""
        self.phase: Phase = "header"
        self._form = form
        self._header = ""
        self._thought = self._parted = False
        self._boundary = re.compile(f"([{form.header}{''.join(form.bodies)}{''.join(form.ends)}])")
        spelt = _SPELT[form.name]
        assert isinstance(spelt, ChannelFormat)
        begun = prompt_end[prompt_end.rfind(spelt.header) :] if spelt.header in prompt_end else ""
        for spelling, mark in zip(_spellings(spelt), _spellings(form), strict=True):
            begun = begun.replace(spelling, mark)
        self.feed(begun)

    def feed(self, text: str) -> list[Stretch]:
        """Take in the next text. Return what is now certain, without headers."""
        found: list[Stretch] = []
        for part in self._boundary.split(text):
            if self._boundary.fullmatch(part):
                self._cross(part)
            elif part and self.phase == "header":
                self._header += part[: 200 - len(self._header)]
            elif part and self.phase == "thinking":
                found.append(("\n\n" + part if self._parted else part, True))
                self._thought, self._parted = True, False
            elif part and self.phase == "answer":
                found.append((part, False))
        return found

    def end(self) -> list[Stretch]:
        """Nothing is ever held back."""
        return []

    def _cross(self, mark: str) -> None:
        if self.phase == "over":
            return
        if self.phase == "answer" and mark in self._form.ends:
            self.phase = "over"
        elif mark in self._form.bodies:
            kind = self._form.bodies[mark]
            thinking = kind if kind is not None else self._channel() not in self._form.answers
            self.phase = "thinking" if thinking else "answer"
            self._parted = self._thought
        else:
            self.phase, self._header = "header", ""

    def _channel(self) -> str:
        found = re.match(r"\w+", self._header)
        return found[0] if found else ""


Splitter = TagSplitter | ChannelSplitter


def splitter(form: Format, prompt_end: str) -> Splitter:
    """Return what tells thinking and answer apart after a prompt that ends so."""
    return TagSplitter(form, prompt_end) if isinstance(form, TagFormat) else ChannelSplitter(form, prompt_end)


def ending(form: Format, phase: Phase) -> str:
    """Return what leads from a phase to the answer without any further thinking, as a prompt spells it."""
    spelt = _SPELT[form.name]
    if phase == "thinking":
        return spelt.forced
    if isinstance(spelt, ChannelFormat):
        return spelt.instead if phase == "header" else ""
    return f"{spelt.opening}\n{spelt.forced}" if phase == "before" else ""


def _possible_beginning(text: str, tag: str) -> int:
    """Return the length of the longest end of the text that a tag begins with."""
    lengths: Iterable[int] = range(min(len(tag) - 1, len(text)), 0, -1)
    return next((length for length in lengths if text.endswith(tag[:length])), 0)

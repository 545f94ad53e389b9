"""How a model delimits its reasoning, by its chat template and vocabulary, and how its answers are split.

Marker tokens that add no text enter the stream as single lone surrogates, which decoded text never contains. So
spelling out such a token is not the same as generating it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from doubleread.domain.reasoning import Phase, ReasoningSplitter, Stretch, streamed_formats
from doubleread.domain.reasoning_markers import OwnMarkers, ReasoningFormat

_FIRST_MARK = 0xD800


@dataclass(frozen=True, slots=True)
class SpecialToken:
    """A token for a whole spelling. `shown` tells whether it adds that spelling to the text."""

    id: int
    shown: bool


Vocabulary = Mapping[str, SpecialToken]


@dataclass(frozen=True, slots=True)
class TagFormat:
    """A template's format, as the model's tokens write it.

    `marks` map tokens to their marks in the stream; `mark_spellings` map marks to the tokens' spellings.
    """

    name: str
    written: ReasoningFormat
    spelt: ReasoningFormat
    marks: Mapping[int, str] = field(default_factory=dict)
    mark_spellings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelFormat:
    """Messages in channels: a header, then a body. `bodies` map the mark before a body to whether it is reasoning.

    If that is None, the header decides: a channel in `answers` is the answer, any other is reasoning. `forced` ends the
    reasoning when its budget is used up; `instead` starts the answer after an incomplete header.
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
_CHANNELS = {form.name: form for form in (_HARMONY, _SOLAR)}
_TOKEN_PARTS = ("<|channel>",)
"""Tokens that are only part of a marker."""


def spellings(own: Iterable[OwnMarkers] = ()) -> frozenset[str]:
    """Return the spellings to look up in the vocabulary."""
    forms = (*streamed_formats(), *(pair.as_format() for pair in own))
    of_tags = [text for form in forms for text in _marker_strings(form)]
    return frozenset([*_TOKEN_PARTS, *of_tags, *(text for form in _CHANNELS.values() for text in _channel_marks(form))])


def _marker_strings(form: ReasoningFormat) -> tuple[str, ...]:
    return (*form.begin, *form.end, *form.answer)


def _channel_marks(form: ChannelFormat) -> tuple[str, ...]:
    return (form.header, *form.bodies, *form.ends)


def known_markers(known: Format | None) -> tuple[str, ...]:
    """Return the strings that delimit reasoning in the template, as spelt."""
    if known is None:
        return ()
    return _marker_strings(known.spelt) if isinstance(known, TagFormat) else _channel_marks(_CHANNELS[known.name])


def reasoning_format(template: str, vocabulary: Vocabulary) -> Format | None:
    """Return how a model with this chat template delimits its reasoning, or None if the template does not show it.

    `vocabulary` maps those of `spellings()` that are single tokens of the model to these tokens.
    """
    for channels in _CHANNELS.values():
        if all(text in vocabulary for text in _channel_marks(channels)) and all(
            text in template for text in (channels.header, *channels.bodies)
        ):
            return _with_channel_marks(channels, vocabulary)
    for form in sorted(streamed_formats(), key=lambda form: form.anywhere):
        if any(end in template for end in form.end) and _opened_in(form, template) and _closable(form, vocabulary):
            return _with_marks(form, vocabulary)
    return None


def _opened_in(form: ReasoningFormat, template: str) -> bool:
    # Old templates of Qwen and DeepSeek only strip `...</think>`, and leave the opening tag to the model.
    return any(begin.strip() in template for begin in form.begin) or form.name == "think"


def _closable(form: ReasoningFormat, vocabulary: Vocabulary) -> bool:
    """Return whether the model has the control tokens of its forced ending."""
    return all(text in vocabulary for text in form.end if text.startswith("<|START_") and text in form.close)


def _with_channel_marks(form: ChannelFormat, vocabulary: Vocabulary) -> ChannelFormat:
    marks = _marks({text: vocabulary[text].id for text in _channel_marks(form)})
    by_spelling = {text: marks[vocabulary[text].id] for text in _channel_marks(form)}
    return replace(
        form,
        header=by_spelling[form.header],
        bodies={by_spelling[text]: kind for text, kind in form.bodies.items()},
        ends=tuple(by_spelling[text] for text in form.ends),
        marks=marks,
    )


def _with_marks(form: ReasoningFormat, vocabulary: Vocabulary) -> TagFormat:
    """Replace each marker, or part of one, that is a token without text by its mark."""
    parts = (*_marker_strings(form), *_TOKEN_PARTS)
    hidden = {text: vocabulary[text].id for text in parts if text in vocabulary and not vocabulary[text].shown}
    marks = _marks(hidden)

    def marked(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_replaced(text, {spelling: marks[token] for spelling, token in hidden.items()}) for text in texts)

    written = replace(form, begin=marked(form.begin), end=marked(form.end), answer=marked(form.answer))
    return TagFormat(form.name, written, form, marks, {marks[token]: spelling for spelling, token in hidden.items()})


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text


def _marks(tokens: Mapping[str, int]) -> dict[int, str]:
    return {token: chr(_FIRST_MARK + number) for number, token in enumerate(dict.fromkeys(tokens.values()))}


class ChannelSplitter:
    """Separates channels. Reasoning in several messages is joined by a blank line."""

    def __init__(self, form: ChannelFormat, prompt_end: str) -> None:
        """Start after a prompt. `prompt_end` is its text after the last message: the header, or part of it."""
        self.phase: Phase = "header"
        self.format: ReasoningFormat | None = None
        self.retracted = False
        self._form = form
        self._header = ""
        self._thought = self._parted = False
        self._boundary = re.compile(f"([{form.header}{''.join(form.bodies)}{''.join(form.ends)}])")
        spelt = _CHANNELS[form.name]
        begun = prompt_end[prompt_end.rfind(spelt.header) :] if spelt.header in prompt_end else ""
        for spelling, mark in zip(_channel_marks(spelt), _channel_marks(form), strict=True):
            begun = begun.replace(spelling, mark)
        self.feed(begun)

    def feed(self, text: str) -> list[Stretch]:
        """Return what is certain with this text, without headers."""
        found: list[Stretch] = []
        for part in self._boundary.split(text):
            if self._boundary.fullmatch(part):
                self._cross(part)
            elif part and self.phase == "header":
                self._header += part[: 200 - len(self._header)]
            elif part and self.phase == "reasoning":
                found.append(Stretch("\n\n" + part if self._parted else part, True))
                self._thought, self._parted = True, False
            elif part and self.phase == "answer":
                found.append(Stretch(part, False))
        return found

    def end(self) -> list[Stretch]:
        """Nothing is ever held back."""
        return []

    def may_continue(self, _text: str) -> bool:
        """Channels have delimiter tokens of their own, which never end a turn."""
        return False

    def _cross(self, mark: str) -> None:
        if self.phase == "over":
            return
        if self.phase == "answer" and mark in self._form.ends:
            self.phase = "over"
        elif mark in self._form.bodies:
            kind = self._form.bodies[mark]
            reasoning = kind if kind is not None else self._channel() not in self._form.answers
            self.phase = "reasoning" if reasoning else "answer"
            self._parted = self._thought
        else:
            self.phase, self._header = "header", ""

    def _channel(self) -> str:
        found = re.match(r"\w+", self._header)
        return found[0] if found else ""


Splitter = ReasoningSplitter | ChannelSplitter


def splitter(known: Format | None, prompt_end: str, own: Iterable[OwnMarkers] = ()) -> Splitter:
    """Return a splitter for an answer after a prompt with this end.

    `known` is the format in the template; published markers and a study's own ones also count.
    """
    if isinstance(known, ChannelFormat):
        return ChannelSplitter(known, prompt_end)
    forms = (*(pair.as_format() for pair in own), *streamed_formats())
    if known is None:
        return ReasoningSplitter(forms, prompt_end)
    return ReasoningSplitter((known.written, *forms), _replaced(prompt_end, _spelling_to_mark(known)), known.written)


def _spelling_to_mark(known: TagFormat) -> dict[str, str]:
    """Return a map from markers to markers with marks, for prompts, where the template's markers are tokens."""
    pairs = zip(_marker_strings(known.spelt), _marker_strings(known.written), strict=True)
    return {spelt: written for spelt, written in pairs if spelt != written}


def ending(form: TagFormat | ReasoningFormat | ChannelFormat, phase: Phase) -> str:
    """Return what leads from a phase to the answer without further reasoning, as spelt in a prompt."""
    if isinstance(form, ChannelFormat):
        spelt = _CHANNELS[form.name]
        return spelt.forced if phase == "reasoning" else spelt.instead if phase == "header" else ""
    tags = form.spelt if isinstance(form, TagFormat) else form
    return tags.close if phase == "reasoning" else f"{tags.begin[0]}\n{tags.close}" if phase == "before" else ""

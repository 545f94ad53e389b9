"""Split a model's streamed text into reasoning and answer, by the strings that delimit them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from doubleread.domain.reasoning_markers import OwnMarkers, ReasoningFormat, published_formats

_Forms = Mapping[str, ReasoningFormat]
Phase = Literal["before", "header", "reasoning", "answer", "over"]

_MOST_BLANKS = 64
"""Maximum number of spaces held back to see whether they belong to a marker; bounds the work per token."""
_QUOTES = frozenset("`'\"“‘«")


class Stretch(NamedTuple):
    """The next piece of a text. With `retracts`, the whole answer so far was reasoning, and `text` repeats it."""

    text: str
    reasoning: bool
    retracts: bool = False


@dataclass(frozen=True, slots=True)
class SplitText:
    """A finished text. `format` names the markers that were found, None if there were none.

    `closed` is False if the reasoning never ended, so that nothing after its beginning is an answer.
    """

    answer: str
    reasoning: str
    format: str | None
    closed: bool


def split_reasoning(text: str, own: Iterable[OwnMarkers] = ()) -> SplitText:
    """Split a finished text, as an imported answer, by published markers and a study's own ones."""
    formats = (*(pair.as_format() for pair in own), *published_formats())
    usable = tuple(form for form in formats if not form.whole or _has_both(form, text))
    splitter = ReasoningSplitter(usable)
    answer: list[str] = []
    reasoning: list[str] = []
    for stretch in (*splitter.feed(text), *splitter.end()):
        if stretch.retracts:
            answer.clear()
        (reasoning if stretch.reasoning else answer).append(stretch.text)
    name = splitter.format.name if splitter.format is not None else None
    return SplitText("".join(answer), "".join(reasoning), name, splitter.phase != "reasoning")


def streamed_formats() -> tuple[ReasoningFormat, ...]:
    """Return the published formats that can be recognised while a text is still growing."""
    return tuple(form for form in published_formats() if not form.whole)


def _has_both(form: ReasoningFormat, text: str) -> bool:
    begun = text.lstrip().startswith(form.begin)
    return begun and any(end in text for end in form.end)


class ReasoningSplitter:
    """Splits a stream into reasoning and answer. Blanks next to a marker belong to the marker.

    - A marker at the very beginning always counts; in the middle of an answer only one that means nothing else, unless
      it is quoted.
    - Reasoning may be repeated, and nested: an inner pair is part of it. If the outer one is never closed, what
      follows the last closing marker is the answer.
    - A closing marker that nothing opened ends reasoning that began with the text: the answer so far is retracted. One
      that nothing follows is dropped.
    - With `expected`, the model is known to reason before it answers. What it writes without an opening marker is held
      back until a closing marker, or the end, says what it was.

    `phase` says where the stream is, `formats` are those looked for, `format` is the one found last, and `retracted`
    says whether an answer was retracted.
    """

    def __init__(
        self, formats: Sequence[ReasoningFormat], prompt_end: str = "", expected: ReasoningFormat | None = None
    ) -> None:
        """Begin after a prompt. `prompt_end` is what it says after the last message, which may open the reasoning."""
        self.phase: Phase = "before"
        self.format: ReasoningFormat | None = None
        self.retracted = False
        self.formats = tuple(formats)
        self._expected = expected
        self._held = ""
        self._final = False
        self._depth = 1
        self._at_start = True
        self._reasoned = False
        self._given: list[str] = []
        self._withheld = False
        self._stray = False
        self._tail: list[str] | None = None
        self._last = ""
        self._answer_markers: (
            tuple[tuple[ReasoningFormat | None, bool], _Forms, _Forms, tuple[str, ...], _Scanner] | None
        ) = None
        end = prompt_end.rstrip()
        if opening := _ending_with(end, self.formats, lambda form: form.begin):
            self.phase, self.format = "reasoning", opening
        elif closing := _ending_with(end, self.formats, lambda form: form.end):
            self.phase, self.format = "answer", closing

    def feed(self, text: str) -> list[Stretch]:
        """Take in the next text. Return what is now certain, without markers."""
        found: list[Stretch] = []
        self._held += text
        while self._held:
            phase, length = self.phase, len(self._held)
            if phase == "before":
                self._look_at_beginning()
            elif phase == "reasoning":
                self._look_at_reasoning(found)
            else:
                self._look_at_answer(found)
            if self.phase == phase and len(self._held) == length:
                break
        return found

    def end(self) -> list[Stretch]:
        """Return what was held back; the text has ended."""
        self._final = True
        found = self.feed("")
        held, self._held = self._held, ""
        if self.phase == "reasoning" and self._tail is None:
            self._reason(held.rstrip(), found)
        elif self.phase == "reasoning":
            held, self._tail = "".join([*(self._tail or ()), held]), None
            self.phase, self._at_start = "answer", True
            self._answer(held, found)
        else:
            self._at_start = self._at_start and self.phase != "before"
            self._answer(held, found)
        if self._withheld:
            self._release(found)
        return found

    def may_continue(self, text: str) -> bool:
        """Return whether the text could be, after what is held, a part of a marker before the answer's first word."""
        if self.phase == "reasoning" and self.format is not None:
            scanner = _scanner((*self.format.end, *self.format.begin))
        elif self.phase == "answer" and not self._given:
            scanner = self._markers_in_answer()[3]
        elif self.phase == "before":
            scanner = _scanner(tuple(self._markers_at_beginning()))
        else:
            return False
        whole = self._held + text
        ends = (whole[-length:] for length in range(len(text), len(whole) + 1))
        return any(end in scanner.beginnings or scanner.pattern.fullmatch(end) for end in ends)

    def _markers_at_beginning(self) -> dict[str, ReasoningFormat]:
        markers = {end: form for form in reversed(self.formats) if form.anywhere for end in form.end}
        return markers | {begin: form for form in reversed(self.formats) for begin in form.begin}

    def _look_at_beginning(self) -> None:
        words = self._held.lstrip()
        markers = self._markers_at_beginning()
        may_wait = not self._final and len(self._held) - len(words) < _MOST_BLANKS
        if may_wait and any(len(marker) > len(words) and marker.startswith(words) for marker in markers):
            return
        marker = max((marker for marker in markers if words.startswith(marker)), key=len, default="")
        if not marker:
            self.phase, self._at_start = "answer", False
            self._withheld = self._expected is not None
            return
        self._held = words[len(marker) :]
        if marker in markers[marker].begin:
            self._open(markers[marker])
        else:
            self.format = markers[marker]
            self._close()

    def _look_at_reasoning(self, found: list[Stretch]) -> None:
        assert self.format is not None
        scanner = _scanner((*self.format.end, *self.format.begin))
        match = self._marker(scanner)
        if match is None:
            self._reason(self._certain(scanner, with_blanks=True), found)
            return
        before, self._held = self._held[: match.start()], self._held[match.end() :]
        if match[0] in self.format.begin:
            if before.strip() or not self._at_start:  # else the prompt has opened it already
                nested = not _quoted(before, self._last)
                if nested:
                    self._flush_tail(found)
                    self._depth += 1
                self._reason(before + match[0], found)
        elif self._depth > 1:
            self._flush_tail(found)
            self._reason(before + match[0], found)
            self._depth -= 1
            self._tail = []
        else:
            self._reason(before.rstrip(), found)
            self._flush_tail(found)
            self._close()

    def _look_at_answer(self, found: list[Stretch]) -> None:
        state = (self.format, self._withheld)
        if self._answer_markers is None or self._answer_markers[0] != state:
            self._answer_markers = (state, *self._markers_in_answer())
        _, begins, ends, around, scanner = self._answer_markers
        match = self._marker(scanner)
        if match is None:
            self._answer(self._certain(scanner), found)
            return
        marker, before = match[0], self._held[: match.start()]
        self._held = self._held[match.end() :]
        if marker not in around and _quoted(before, self._last):
            self._answer(before + marker, found)
            return
        self._answer(before, found)
        if marker in around:
            return
        if marker in begins:
            if self._withheld:
                self._release(found)
            self._open(begins[marker])
        elif self._given:
            self.format, self._stray = ends[marker], True

    def _markers_in_answer(self) -> tuple[_Forms, _Forms, tuple[str, ...], _Scanner]:
        """Return what would open reasoning, what would show that the answer was reasoning, and what is left out."""
        forms = [form for form in reversed(self.formats) if form.anywhere]
        begins = {begin: form for form in forms for begin in form.begin}
        ends = {end: form for form in forms for end in form.end}
        if self._withheld and self._expected is not None:
            ends |= dict.fromkeys(self._expected.end, self._expected)
        around = self.format.answer if self.format is not None else ()
        return begins, ends, around, _scanner((*begins, *ends, *around))

    def _marker(self, scanner: _Scanner) -> re.Match[str] | None:
        """Return the first marker in what is held, unless it could still grow into a longer one."""
        match = scanner.pattern.search(self._held)
        if match is not None and not self._final and self._held[match.start() :] in scanner.beginnings:
            return None
        return match

    def _certain(self, scanner: _Scanner, *, with_blanks: bool = False) -> str:
        """Take from what is held all but what may be the beginning of a marker, or blanks before one."""
        keep = 0 if self._final else scanner.possible_beginning(self._held)
        if with_blanks:
            before = self._held[: len(self._held) - keep]
            blanks = len(before) - len(before.rstrip())
            keep += blanks if blanks < _MOST_BLANKS else 0
        text, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return text

    def _open(self, form: ReasoningFormat) -> None:
        self.phase, self.format, self._depth, self._at_start, self._stray = "reasoning", form, 1, True, False

    def _close(self) -> None:
        self.phase, self._at_start = "answer", not self._given

    def _reason(self, text: str, found: list[Stretch]) -> None:
        if self._at_start:
            text = text.lstrip()
        if not text:
            return
        self._last = text[-1]
        if self._tail is not None:
            self._tail.append(text)
            return
        if self._at_start and self._reasoned:
            text = f"\n\n{text}"
        self._at_start, self._reasoned = False, True
        found.append(Stretch(text, True))

    def _flush_tail(self, found: list[Stretch]) -> None:
        text, self._tail = "".join(self._tail or ()), None
        if text:
            found.append(Stretch(text, True))

    def _answer(self, text: str, found: list[Stretch]) -> None:
        if self._stray and text.strip():
            self._retract(found)
        if self._at_start:
            text = text.lstrip()
        if not text or self._stray:
            return
        self._at_start, self._last = False, text[-1]
        self._given.append(text)
        if not self._withheld:
            found.append(Stretch(text, False))

    def _retract(self, found: list[Stretch]) -> None:
        text = "".join(self._given).strip()
        found.append(Stretch(f"\n\n{text}" if self._reasoned else text, True, retracts=not self._withheld))
        self._given.clear()
        self.retracted = self.retracted or not self._withheld
        self._withheld = self._stray = False
        self._at_start = self._reasoned = True

    def _release(self, found: list[Stretch]) -> None:
        """Give the answer that was held back."""
        self._withheld = False
        if text := "".join(self._given):
            found.append(Stretch(text, False))


def _ending_with(
    prompt_end: str, formats: Iterable[ReasoningFormat], markers: Callable[[ReasoningFormat], tuple[str, ...]]
) -> ReasoningFormat | None:
    """Return the format whose marker a prompt ends with, the longest one."""
    fitting = [
        (len(marker), form) for form in formats for marker in markers(form) if prompt_end.endswith(marker.rstrip())
    ]
    return max(fitting, key=lambda item: item[0])[1] if fitting else None


def _quoted(before: str, last: str) -> bool:
    """Return whether a marker is quoted or written as code, by the character before it."""
    return (before[-1:] or last) in _QUOTES if before or last else False


class _Scanner:
    """Finds any of some markers in a text, the longest where several begin at one place."""

    def __init__(self, markers: Iterable[str]) -> None:
        longest_first = sorted(markers, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self.beginnings = frozenset(marker[:end] for marker in longest_first for end in range(1, len(marker)))
        self._longest = max(map(len, self.beginnings), default=0)

    def possible_beginning(self, text: str) -> int:
        """Return the length of the longest end of the text that a marker begins with."""
        lengths = range(min(self._longest, len(text)), 0, -1)
        return next((length for length in lengths if text[-length:] in self.beginnings), 0)


_scanner = lru_cache(maxsize=256)(_Scanner)

"""Sentence judgements: an answer judged sentence by sentence, in addition to annotations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import regex

from doubleread.domain.labels import Label
from doubleread.domain.spans import Span, sentences

SentenceMode = Literal["off", "offered", "required"]
SENTENCE_MODES: tuple[SentenceMode, ...] = ("off", "offered", "required")

SEGMENTATION = "1"
"""The version of the segmentation into sentences. Every judgement names it; a later version may segment differently.

Judgements under another version keep their offsets.
"""

SUPPORTED, UNSUPPORTED, INCORRECT, UNSURE = "supported", "unsupported", "incorrect", "unsure"
SENTENCE_JUDGEMENTS: tuple[Label, ...] = (
    Label(SUPPORTED, "1", "The case or medical knowledge supports it, or it makes no claim."),
    Label(UNSUPPORTED, "2", "The case does not state it, and it does not follow."),
    Label(INCORRECT, "3", "The case contradicts it, or it is medically false."),
    Label(UNSURE, "4", "I cannot tell."),
)
FAULTY: frozenset[str] = frozenset({UNSUPPORTED, INCORRECT})
"""Judgements that can become an annotation."""

_TEXTS = ("answer_id", "quote", "judgement", "segmentation")
_CLAIMS = regex.compile(r"[\p{L}\p{N}]")

SentencePlace = tuple[str, int, int]
"""The answer's id, and the sentence's offsets into its text."""


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """What a reader said of one sentence. `judged_at` is the time of its event, "" before that."""

    answer_id: str
    start: int
    end: int
    quote: str
    judgement: str
    segmentation: str
    judged_at: str = field(default="", compare=False)

    @property
    def span(self) -> Span:
        """Where it is in the answer's text."""
        return Span(self.start, self.end)

    @property
    def place(self) -> SentencePlace:
        """What identifies it within the study."""
        return self.answer_id, self.start, self.end


def sentence_from_body(body: Mapping[str, Any], at: str) -> JudgedSentence:
    """Return what an event says of a sentence. Raises ValueError if its body is not one of such an event."""
    for name in _TEXTS:
        text = body.get(name)
        if not isinstance(text, str) or not text:
            raise ValueError(f"no text in {name}")
    start, end = body.get("start"), body.get("end")
    if type(start) is not int or type(end) is not int:
        raise ValueError("no number in start or end")
    if not 0 <= start < end:
        raise ValueError(f"[{start}, {end}) is no stretch of a text")
    return JudgedSentence(
        body["answer_id"], start, end, body["quote"], body["judgement"], body["segmentation"], judged_at=at
    )


@lru_cache(maxsize=16)
def sentences_to_judge(text: str) -> tuple[Span, ...]:
    """Return the sentences that can be judged: those with a letter or a digit, not a line of dashes."""
    return tuple(span for span in sentences(text) if _CLAIMS.search(text, span.start, span.end))


def put_sentence(held: dict[SentencePlace, JudgedSentence], sentence: JudgedSentence) -> None:
    """Add a judgement to earlier ones, replacing those of the same words.

    Only if two versions of the segmentation differ can these be several sentences.
    """
    place = answer_id, start, end = sentence.place
    if place not in held:
        for other in [other for other in held if other[0] == answer_id and other[1] < end and start < other[2]]:
            del held[other]
    held[place] = sentence


def of_answer(held: Mapping[SentencePlace, JudgedSentence], answer_id: str) -> dict[Span, JudgedSentence]:
    """Return what was said of the sentences of one answer."""
    return {sentence.span: sentence for sentence in held.values() if sentence.answer_id == answer_id}


def not_judged(text: str, judged: Iterable[Span]) -> tuple[Span, ...]:
    """Return the sentences of a text without a judgement, in order.

    Sentences of another segmentation count as a judgement where they cover this one together.
    """
    stretches = sorted(judged)
    exact = set(stretches)
    return tuple(span for span in sentences_to_judge(text) if span not in exact and not _covered(text, span, stretches))


def _covered(text: str, span: Span, stretches: list[Span]) -> bool:
    place = span.start
    for stretch in stretches:
        if stretch.end <= place or stretch.start >= span.end:
            continue
        if text[place : max(stretch.start, place)].strip():
            return False
        place = max(place, stretch.end)
    return not text[place : span.end].strip()

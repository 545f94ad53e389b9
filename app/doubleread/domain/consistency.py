"""Inconsistencies of a judgement: what a reader is asked to correct or to confirm before the commit.

The rules need only what the reader has said. None of them uses the answer key, a score or the points of a criterion:
asking would give these away. So a criterion that is met by annotated words is not asked about, because it may describe
a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Literal, get_args

from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.labels import LabelSet
from doubleread.domain.reading import Judgement, Reading
from doubleread.domain.sentences import FAULTY, SUPPORTED, JudgedSentence, of_answer
from doubleread.domain.spans import Span
from doubleread.domain.wording import plural

Kind = Literal[
    "declined, yet judged",
    "correct, yet severe annotation",
    "incorrect, yet nothing annotated",
    "sentence supported, yet annotated",
    "sentence faulty, yet not annotated",
    "preference against verdicts",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NEED_WORDS = frozenset({"summary"})
"""The kinds of cases in which an answer is incorrect because of words in it or missing from it.

Elsewhere the answer as a whole can be the wrong one, and there is nothing to annotate.
"""
_RANKS = {"incorrect": 0, "partly": 1, "correct": 2}
_NAMES = {"incorrect": "incorrect", "partly": "partly correct", "correct": "correct"}


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """Two judgements that contradict each other. `side` and `at` are where to look; None if it is not about one place.

    `words` state it in one sentence, without quoting a text.
    """

    kind: Kind
    words: str
    side: Side | None = None
    at: int | None = None


def inconsistencies(reading: Reading, case_kind: str, labels: LabelSet) -> tuple[Inconsistency, ...]:
    """Return the contradictions of a reading, at most one of each kind on each side."""
    judgement = reading.judgement
    if judgement.outside_field:
        return tuple(_declined(judgement))
    found: list[Inconsistency] = []
    for side in SIDES:
        answer_id = reading.answer_ids[side]
        annotations = [item for item in judgement.annotations if item.answer_id == answer_id]
        sentences = of_answer(judgement.sentences, answer_id)
        found += _verdict(side, judgement.verdicts.get(side), annotations, sentences, case_kind, labels)
        found += _sentences(side, annotations, sentences)
    return (*found, *_preference(judgement))


def _declined(judgement: Judgement) -> Iterator[Inconsistency]:
    if judgement.annotations:
        count = plural(len(judgement.annotations), "annotation")
        yield Inconsistency(
            "declined, yet judged",
            f"You decline this case as outside your field, but annotated it: {count} will not count.",
        )


def _verdict(
    side: Side,
    verdict: str | None,
    annotations: list[Annotation],
    sentences: dict[Span, JudgedSentence],
    case_kind: str,
    labels: LabelSet,
) -> Iterator[Inconsistency]:
    severe = [item for item in annotations if item.severity == labels.highest_severity]
    if verdict == "correct" and severe:
        count = plural(len(severe), f"{labels.highest_severity} annotation")
        yield Inconsistency(
            "correct, yet severe annotation",
            f"You judged answer {side} correct, but it has {count}.",
            side,
            _first(severe),
        )
    faulty = any(sentence.judgement in FAULTY for sentence in sentences.values())
    if verdict == "incorrect" and case_kind in _NEED_WORDS and not annotations and not faulty:
        yield Inconsistency(
            "incorrect, yet nothing annotated",
            f"You judged answer {side} incorrect, but annotated nothing in it.",
            side,
        )


def _sentences(
    side: Side, annotations: list[Annotation], sentences: dict[Span, JudgedSentence]
) -> Iterator[Inconsistency]:
    marked = [item.span for item in annotations if item.in_answer]

    def those(wanted: Set[str], *, annotated: bool) -> list[Span]:
        return sorted(
            span
            for span, sentence in sentences.items()
            if sentence.judgement in wanted
            and any(span.start < mark.end and mark.start < span.end for mark in marked) is annotated
        )

    if supported := those({SUPPORTED}, annotated=True):
        them = "it" if len(supported) == 1 else "them"
        yield Inconsistency(
            "sentence supported, yet annotated",
            f"You judged {plural(len(supported), 'sentence')} of answer {side} supported, but annotated {them}.",
            side,
            supported[0].start,
        )
    if faulty := those(FAULTY, annotated=False):
        yield Inconsistency(
            "sentence faulty, yet not annotated",
            f"Not annotated: {plural(len(faulty), 'sentence')} of answer {side} judged unsupported or incorrect.",
            side,
            faulty[0].start,
        )


def _preference(judgement: Judgement) -> Iterator[Inconsistency]:
    ranks = {side: _RANKS.get(judgement.verdicts.get(side, "")) for side in SIDES}
    a, b = ranks["A"], ranks["B"]
    if a is None or b is None:
        return
    preferred = judgement.preference
    other: Side = "B" if preferred == "A" else "A"
    words = ""
    if preferred in ("A", "B") and ranks[preferred] == 0 and ranks[other] != 0:
        said = _NAMES[judgement.verdicts[other]]
        words = f"You prefer answer {preferred}, but judged it incorrect and answer {other} {said}."
    elif preferred == "tie" and {a, b} == {0, 2}:
        words = "You call it a tie, but judged one answer correct and the other incorrect."
    elif preferred == "both bad" and a == b == _RANKS["correct"]:
        words = "You would use neither answer, but judged both correct."
    if words:
        yield Inconsistency("preference against verdicts", words)


def _first(annotations: list[Annotation]) -> int | None:
    return min((item.start for item in annotations if item.in_answer), default=None)

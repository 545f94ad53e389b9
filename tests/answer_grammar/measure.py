"""Compares what an extractor finds with the truth of generated answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from answer_grammar.answer import GeneratedAnswer
from doubleread.domain.extraction import Extraction

BANDS: tuple[tuple[float, float], ...] = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01))


@dataclass(slots=True)
class Tally:
    """Counts of answers.

    `wrong`: another letter than the true one; `missed`: none where there is one; `false`: a letter where the answer
    commits to none. `sure` counts those of the wrong and false ones whose confidence is 0.9 or more.
    """

    n: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    false: int = 0
    sure: int = 0

    def add(self, answer: GeneratedAnswer, found: Extraction) -> str:
        """Count one answer and return what it is counted as."""
        self.n += 1
        if found.letter == answer.letter:
            self.right += 1
            return "right"
        if found.letter is None:
            self.missed += 1
            return "missed"
        if (found.confidence or 0) >= 0.9:
            self.sure += 1
        if answer.letter is None:
            self.false += 1
            return "false"
        self.wrong += 1
        return "wrong"


Extract = Callable[..., Extraction]
Found = tuple[GeneratedAnswer, Extraction]


def measure(answers: Iterable[GeneratedAnswer], extract: Extract) -> list[Found]:
    """Return each answer with what the extractor finds in it."""
    return [(answer, extract(answer.text, answer.options, finish_reason=answer.finish_reason)) for answer in answers]


def calibration(found: Iterable[Found]) -> dict[tuple[float, float], tuple[int, int]]:
    """Return for each band of confidence how many answers got a letter, and how many of these the true one."""
    table = dict.fromkeys(BANDS, (0, 0))
    for answer, extraction in found:
        if extraction.letter is None:
            continue
        confidence = extraction.confidence or 0.0
        band = next(band for band in BANDS if band[0] <= confidence < band[1])
        n, right = table[band]
        table[band] = (n + 1, right + (extraction.letter == answer.letter))
    return table

"""How far two readers mark the same stretches of a text: word by word, and stretch by stretch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from doubleread.domain.spans import word_bounds
from doubleread.statistics.assignment import cheapest_columns
from doubleread.statistics.bootstrap import RESAMPLES, SEED, bootstrap_cases
from doubleread.statistics.estimates import Estimate, Undefined

OVERLAP = 0.8
"""Two spans match when they share this part of the shorter one (Hegselmann et al. 2024)."""

_BLANKS = (" ", "\n")
_PIECE = re.compile(r"[^ \n]+")


class Stretch(Protocol):
    """A half-open stretch [start, end) of code points: a span, or what is marked there."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text with what each of two readers marked in it, by code points; a case's answers come as one row of them.

    `pairs` is what `match_spans` returns for them, where that is known.
    """

    text: str
    first: Sequence[Stretch]
    second: Sequence[Stretch]
    pairs: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class SpanAgreement:
    """Two readers' agreement in what they marked.

    `words` is the F1 at word level: twice the words that both marked, as a proportion of all words the one and the
    other marked. `spans` is the positive specific agreement: twice the matched spans, as a proportion of all spans.
    Both are symmetric, and what nobody marked plays no part. n counts cases; the intervals are a BCa
    bootstrap over cases.
    """

    words: Estimate | Undefined
    spans: Estimate | Undefined
    matched: int
    first_only: int
    second_only: int


def span_agreement(
    cases: Iterable[Iterable[MarkedText]],
    confidence: float = 0.95,
    *,
    proportion: float = OVERLAP,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> SpanAgreement:
    """Compare two readers over cases, each with the texts that both read, unmarked ones too.

    Raises ValueError as `match_spans` and `marked_words` do.
    """
    rows: list[list[float]] = []
    for texts in cases:
        row = [0.0] * 6
        for marked in texts:
            one, other = marked_words(marked.text, marked.first), marked_words(marked.text, marked.second)
            pairs = match_spans(marked.first, marked.second, proportion) if marked.pairs is None else marked.pairs
            counts = (len(one & other), len(one), len(other), len(pairs), len(marked.first), len(marked.second))
            row = [held + count for held, count in zip(row, counts, strict=True)]
        rows.append(row)
    totals = [int(sum(column)) for column in zip(*rows, strict=True)] or [0] * 6
    found = bootstrap_cases(
        rows,
        {
            "words": lambda sums: 2 * sums[0] / (sums[1] + sums[2]),
            "spans": lambda sums: 2 * sums[3] / (sums[4] + sums[5]),
        },
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )
    return SpanAgreement(
        words=_named(found["words"], "F1 of words", totals[1] + totals[2], len(rows)),
        spans=_named(found["spans"], "positive specific agreement of spans", totals[4] + totals[5], len(rows)),
        matched=totals[3],
        first_only=totals[4] - totals[3],
        second_only=totals[5] - totals[3],
    )


def _named(estimate: Estimate | Undefined, name: str, marked: int, cases: int) -> Estimate | Undefined:
    if isinstance(estimate, Estimate):
        return replace(estimate, method=f"{name}, {estimate.method}")
    return Undefined("neither reader marked anything" if cases and not marked else "no case was read by both")


def marked_words(text: str, spans: Iterable[Stretch]) -> frozenset[int]:
    """Return which words of the text the spans touch, by where each begins. Punctuation by itself is no word here.

    Raises ValueError for a span that ends beyond the text.
    """
    found: set[int] = set()
    for span in spans:
        if span.end > len(text):
            raise ValueError(f"a span ends beyond the text: [{span.start}, {span.end}) of {len(text)}")
        if span.start == span.end:
            continue
        # No word holds a blank, so that the stretch between blanks has the words that the whole text has there.
        low = max(text.rfind(blank, 0, span.start) for blank in _BLANKS) + 1
        ends = [end for blank in _BLANKS if (end := text.find(blank, span.end)) >= 0]
        stretch = text[low : min(ends, default=len(text))]
        for start, end in _words(stretch):
            if start + low < span.end and end + low > span.start:
                found.add(start + low)
    return frozenset(found)


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word begins and ends, without punctuation. What blanks separate is mostly one word."""
    for piece in _PIECE.finditer(text):
        if piece[0].isascii() and piece[0].isalnum():
            yield piece.span()
            continue
        for start, end in word_bounds(piece[0]):
            if any(map(str.isalnum, piece[0][start:end])):
                yield piece.start() + start, piece.start() + end


def match_spans(
    first: Sequence[Stretch], second: Sequence[Stretch], proportion: float = OVERLAP
) -> tuple[tuple[int, int], ...]:
    """Pair two readers' spans, each at most once, by their places in the sequences; in the first reader's order.

    Spans can be paired when they share at least `proportion` of the shorter one. There are as many pairs as can be had,
    and among those ways the one that shares the most code points. Raises ValueError for a proportion outside (0, 1].
    """
    if not 0 < proportion <= 1:
        raise ValueError(f"a proportion of overlap must be above 0 and at most 1, not {proportion}")
    shared = {
        (one, other): common
        for one, span in enumerate(first)
        for other, against in enumerate(second)
        if span.start < against.end
        and against.start < span.end
        and (common := min(span.end, against.end) - max(span.start, against.start)) > 0
        and common >= proportion * min(span.end - span.start, against.end - against.start) - 1e-9
    }
    ones, others = {one for one, _ in shared}, {other for _, other in shared}
    if len(ones) == len(others) == len(shared):
        return tuple(sorted(shared))
    return _best_pairs(shared, sorted(ones), sorted(others))


def _best_pairs(
    shared: dict[tuple[int, int], int], ones: Sequence[int], others: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    more_than_all = 1 + sum(shared.values())  # so that one pair more outweighs any overlap
    worth = {pair: more_than_all + common for pair, common in shared.items()}
    if len(ones) <= len(others):
        columns = cheapest_columns([[-worth.get((one, other), 0) for other in others] for one in ones])
        chosen = [(one, others[column]) for one, column in zip(ones, columns, strict=True)]
    else:
        columns = cheapest_columns([[-worth.get((one, other), 0) for one in ones] for other in others])
        chosen = [(ones[column], other) for other, column in zip(others, columns, strict=True)]
    return tuple(sorted(pair for pair in chosen if pair in shared))

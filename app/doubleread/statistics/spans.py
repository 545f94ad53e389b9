"""How far two readers mark the same stretches of a text: word by word, and stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from doubleread.domain.marked_words import Stretch, marked_words
from doubleread.statistics.assignment import cheapest_columns
from doubleread.statistics.bootstrap import RESAMPLES, SEED, bootstrap_cases
from doubleread.statistics.estimates import Estimate, Undefined

OVERLAP = 0.8
"""Two spans match when they share this part of the shorter one (Hegselmann et al. 2024)."""


@dataclass(frozen=True, slots=True)
class MarkedText:
    """What each of two readers marked in a text, by code points; a case's answers come as one row of them.

    `words` are each reader's `marked_words`. `pairs` is what `match_spans` returns, where that is known.
    """

    words: tuple[int, int]
    first: Sequence[Stretch]
    second: Sequence[Stretch]
    pairs: tuple[tuple[int, int], ...] | None = None

    @classmethod
    def of(cls, text: str, first: Sequence[Stretch], second: Sequence[Stretch]) -> MarkedText:
        """Find the words that the readers marked. Raises ValueError for a stretch that ends beyond the text."""
        return cls((marked_words(text, first), marked_words(text, second)), first, second)


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

    Raises ValueError as `match_spans` does.
    """
    rows: list[list[float]] = []
    for texts in cases:
        row = [0.0] * 6
        for marked in texts:
            one, other = marked.words
            pairs = match_spans(marked.first, marked.second, proportion) if marked.pairs is None else marked.pairs
            words = ((one & other).bit_count(), one.bit_count(), other.bit_count())
            counts = (*words, len(pairs), len(marked.first), len(marked.second))
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

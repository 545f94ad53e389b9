"""ROUGE-1, -2, -L and -Lsum, equal to Google's `rouge-score` 0.1.2 with its default tokenizer.

The words and stems are the package's own. The common subsequences are found here by rows of bits (Hyyrö 2004,
"Bit-parallel LCS-length computation revisited"): the package fills a table of Python numbers, which takes seconds for a
text of 2,000 words. `tests/scoring/test_rouge.py` compares the values with the package's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

VARIANTS = ("rouge1", "rouge2", "rougeL", "rougeLsum")
"""The package's names of the variants."""

PACKAGE = "rouge-score 0.1.2"
"""The reference implementation whose values these are."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far an answer and its reference overlap: `hits` of the answer's and of the reference's words or pairs."""

    hits: int
    in_answer: int
    in_reference: int

    @property
    def precision(self) -> float:
        """The proportion of the answer that is in the reference; 0 for an answer without words."""
        return self.hits / max(self.in_answer, 1)

    @property
    def recall(self) -> float:
        """The proportion of the reference that is in the answer; 0 for a reference without words."""
        return self.hits / max(self.in_reference, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total > 0 else 0.0


def words(text: str, *, stemmed: bool = False) -> list[str]:
    """Return the words that ROUGE compares: runs of the letters a to z and digits, in lower case.

    Every other letter separates words, so that other scripts have no words. `stemmed` reduces words of more than
    three letters to their stem, by Porter's algorithm for English.
    """
    from rouge_score.tokenize import tokenize

    found: list[str] = tokenize(text, None)
    return [_stem(word) if len(word) > 3 else word for word in found] if stemmed else found


def rouge(answer: str, reference: str, *, stemmed: bool = False) -> Mapping[str, Overlap]:
    """Return the overlap of an answer and a reference by each of `VARIANTS`.

    Each line is a sentence for ROUGE-Lsum, as in the package.
    """
    read = [words(line, stemmed=stemmed) for line in answer.split("\n")]
    wanted = [words(line, stemmed=stemmed) for line in reference.split("\n")]
    in_answer = [word for line in read for word in line]
    in_reference = [word for line in wanted for word in line]
    lengths = len(in_answer), len(in_reference)
    return {
        "rouge1": _common(Counter(in_answer), Counter(in_reference)),
        "rouge2": _common(Counter(_pairs(in_answer)), Counter(_pairs(in_reference))),
        "rougeL": Overlap(_lcs_length(in_reference, in_answer), *lengths),
        "rougeLsum": Overlap(_hits_by_line(wanted, read), *lengths),
    }


@cache
def _stem(word: str) -> str:
    stem: str = _stemmer().stem(word)
    return stem


@cache
def _stemmer() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


def _pairs(found: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(found))


def _common(in_answer: Counter[Any], in_reference: Counter[Any]) -> Overlap:
    return Overlap((in_answer & in_reference).total(), in_answer.total(), in_reference.total())


def _hits_by_line(wanted: Sequence[Sequence[str]], read: Sequence[Sequence[str]]) -> int:
    """Return the words of all lines of the reference that a common subsequence with some line of the answer has.

    A word counts at most as often as each text has it.
    """
    left = Counter(word for line in wanted for word in line) & Counter(word for line in read for word in line)
    places = [_places(line) for line in read if line]
    hits = 0
    for line in wanted:
        union = {index for where in places for index in _lcs_indexes(line, *where)}
        for index in sorted(union):
            if left[line[index]] > 0:
                left[line[index]] -= 1
                hits += 1
    return hits


def _places(line: Sequence[str]) -> tuple[Mapping[str, int], int]:
    """Return the places of each word of a line as set bits, and the number of words."""
    bits: dict[str, int] = {}
    for place, word in enumerate(line):
        bits[word] = bits.get(word, 0) | 1 << place
    return bits, len(line)


def _next_row(row: int, matches: int, full: int) -> int:
    """Return the next row of the table of lengths: a bit is unset where the length grows by one in that column."""
    both = row & matches
    return ((row + both) | (row - both)) & full


def _lcs_length(one: Sequence[str], other: Sequence[str]) -> int:
    places, length = _places(other)
    row = full = (1 << length) - 1
    for word in one:
        if word in places:
            row = _next_row(row, places[word], full)
    return length - row.bit_count()


def _lcs_indexes(line: Sequence[str], places: Mapping[str, int], length: int) -> list[int]:
    """Return the places in `line` of a longest common subsequence with the line that `places` and `length` describe.

    Where there are several, it is the one that the package finds.
    """
    shared = [index for index, word in enumerate(line) if word in places]
    row = full = (1 << length) - 1
    rows = [row]
    for index in shared:
        row = _next_row(row, places[line[index]], full)
        rows.append(row)
    found = []
    above, before = len(shared), length
    while above > 0 and before > 0:
        last = 1 << (before - 1)
        low = last - 1
        if places[line[shared[above - 1]]] & last:
            found.append(shared[above - 1])
            above -= 1
            before -= 1
        elif _grown(rows[above], low) > _grown(rows[above - 1], low | last):
            before -= 1
        else:
            above -= 1
    return found


def _grown(row: int, columns: int) -> int:
    """Return the length in a row of the table after these columns, given as set bits."""
    return (columns & ~row).bit_count()

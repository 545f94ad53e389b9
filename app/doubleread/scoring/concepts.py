"""Which concepts of a list an answer and a reference text name: precision, recall and F1 of the two sets.

A term of the list is found by its words, whatever their case, accents and punctuation, and whether the last letter "s"
makes a plural. Where terms overlap, the longest counts. Only the words count: "no fever" names fever.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from doubleread.domain.case import Case
from doubleread.domain.score import CONCEPTS, Evidence, Score
from doubleread.domain.wording import plural
from doubleread.scoring.plain import fold, visible_stretch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = "1"
MOST_WORDS = 10
"""Terms of more words are left out of an index: nobody writes them in prose."""
_WORD = re.compile(r"[^\W_]+")
_NO_PLURAL = ("ss", "us", "is")
_SHORTEST_PLURAL = 4


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept that a text names in `text[start:end]`."""

    start: int
    end: int
    concept: str


def compared_words(term: str) -> list[str]:
    """Return the words of a term as they are compared: in lower case, without accents and without the plural's s.

    Words of fewer than four letters and words in capitals, such as AIDS, keep their s.
    """
    return [_compared(written) for written in _WORD.findall(term)]


@lru_cache(maxsize=1 << 16)
def _compared(written: str) -> str:
    word = fold(written)
    if len(word) >= _SHORTEST_PLURAL and word[-1] == "s" and word[-2:] not in _NO_PLURAL and not written.isupper():
        return word[:-1]
    return word


@dataclass(frozen=True, slots=True)
class ConceptIndex:
    """The terms of a list: a hash of each term, ascending, the number of its concept, and the concepts' ids.

    Hashes of 64 bits take a tenth of the memory that the terms would; among 10 million terms, two have the same hash
    with a probability of 1 in 400,000.
    """

    hashes: NDArray[np.uint64]
    numbers: NDArray[np.uint32]
    ids: tuple[str, ...]
    longest: int

    def mentions(self, text: str) -> list[Mention]:
        """Return the concepts that a text names, in its order; from left to right, the longest term counts."""
        import numpy as np

        places_of_words = [match.span() for match in _WORD.finditer(text)]
        words = compared_words(text)
        if not words or not len(self.hashes):
            return []
        lengths = range(1, self.longest + 1)
        runs = [(at, length) for at in range(len(words)) for length in lengths if at + length <= len(words)]
        hashes = np.array([_hash(words[at : at + length]) for at, length in runs], dtype=np.uint64)
        places = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        longest: dict[int, tuple[int, int]] = {}
        for index in np.flatnonzero(self.hashes[places] == hashes):
            at, length = runs[index]
            longest[at] = (length, int(self.numbers[places[index]]))
        found, at = [], 0
        while at < len(words):
            length, number = longest.get(at, (1, -1))
            if number >= 0:
                start, end = places_of_words[at][0], places_of_words[at + length - 1][1]
                found.append(Mention(start, end, self.ids[number]))
            at += length
        return found


def concept_index(terms: Iterable[tuple[str, str]]) -> ConceptIndex:
    """Return the index of terms, each with its concept's id. Of terms that are the same, the first counts."""
    import numpy as np

    hashes, numbers = array("Q"), array("L")
    known: dict[str, int] = {}
    longest = 0
    for term, concept in terms:
        words = compared_words(term)
        if 0 < len(words) <= MOST_WORDS:
            longest = max(longest, len(words))
            hashes.append(_hash(words))
            numbers.append(known.setdefault(concept, len(known)))
    # `unique` returns the first place of each.
    kept, first = np.unique(np.array(hashes, dtype=np.uint64), return_index=True)
    return ConceptIndex(kept, np.array(numbers, dtype=np.uint32)[first], tuple(known), longest)


def _hash(words: Sequence[str]) -> int:
    return int.from_bytes(blake2b(" ".join(words).encode(), digest_size=8).digest(), "little")


def mrconso_terms(lines: Iterable[str], language: str = "ENG") -> Iterator[tuple[str, str]]:
    """Yield term and concept of the lines of UMLS's MRCONSO.RRF: those of a language that are not suppressed.

    Terms of one or two characters, and those without a letter, are left out: they name something else in prose.
    """
    for line in lines:
        columns = line.split("|")
        if len(columns) > 16 and columns[1] == language and columns[16] == "N":
            term = columns[14]
            if len(term) > 2 and any(sign.isalpha() for sign in term):
                yield term, columns[0]


def score_concepts(answer_text: str, case: Case, index: ConceptIndex, list_version: str) -> Score:
    """Return the concepts of an answer against those of the case's reference text.

    `list_version` says which list it was. The evidence is every mention in the answer. Without measures is an answer
    whose reference names no concept of the list. Reasoning is not read.
    """
    wanted = {mention.concept for mention in index.mentions(case.key)}
    start, end, _ = visible_stretch(answer_text)
    mentions = index.mentions(answer_text[start:end])
    stated = {mention.concept for mention in mentions}
    evidence = tuple(
        Evidence(start + item.start, start + item.end, item.concept, item.concept in wanted) for item in mentions
    )
    version = f"{VERSION} ({list_version})"
    if not wanted:
        return Score(CONCEPTS, version, "unparsed", None, "the reference names no concept", evidence=evidence)
    hits = len(stated & wanted)
    measures = {"concept_f1": 2 * hits / (len(stated) + len(wanted)), "concept_recall": hits / len(wanted)}
    if stated:
        measures["concept_precision"] = hits / len(stated)
    reason = f"{plural(len(stated), 'concept')} named, {len(wanted)} in the reference, {hits} in both"
    return Score(CONCEPTS, version, "measured", None, reason, measures=measures, evidence=evidence)

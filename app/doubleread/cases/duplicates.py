"""Find cases that are there more than once: exactly, or nearly.

Cases are equal if their texts, questions, options, conversations and documents are, whatever their ids and keys. White
space does not count. Near duplicates are first suspected by MinHash over their sequences of three words: locality-
sensitive hashing finds a pair with a Jaccard similarity of 0.6 with a probability of 0.9, of 0.8 practically always.
Suspects are then compared character by character. Their similarity is that of the least similar part, text or question
with options: 1 minus the characters to insert and to delete, as a proportion of both lengths.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doubleread.cases.record import Progress
from doubleread.domain.case import Case
from doubleread.domain.formatting import decimal
from doubleread.domain.hashes import json_sha256
from doubleread.domain.wording import plural, verb

if TYPE_CHECKING:
    from datasketch import MinHash

NEAR = 0.9
"""The least similarity of near duplicates."""

_WORDS = 3
_BANDS, _ROWS = 10, 3
_MIX = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
_SUSPECTS = 50
"""How many suspects are compared with a case. There are more only where many cases share most of their text."""
_ALL_PAIRS = 100
"""With no more cases than these, all pairs are compared, which is sooner done than loading what hashes words."""

_TOLD_EVERY = 200


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A case that repeats an earlier one, or one of the study's (`in_study`).

    An `exact` duplicate has the same text, question and options, and similarity 1. `other_key` says that the two have
    different answer keys.
    """

    id: str
    other: str
    similarity: float
    exact: bool
    in_study: bool = False
    other_key: bool = False

    def __str__(self) -> str:
        where = "of the study " if self.in_study else ""
        same = "is the same as" if self.exact else "is nearly the same as"
        similar = "" if self.exact else f" (similarity {decimal(self.similarity, 3)})"
        key = ", but has another answer key" if self.other_key else ""
        return f"{self.id} {same} {where}{self.other}{similar}{key}"


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The duplicates among cases, in the order of the cases, each with the case that it repeats most closely."""

    found: tuple[Duplicate, ...]

    @property
    def exact(self) -> tuple[Duplicate, ...]:
        """Those with the same text, question and options as another."""
        return tuple(item for item in self.found if item.exact)

    @property
    def near(self) -> tuple[Duplicate, ...]:
        """Those that differ a little from another."""
        return tuple(item for item in self.found if not item.exact)

    @property
    def summary(self) -> str:
        """How many there are of each, in words; "" for none."""
        counts = ((len(self.exact), "the same as"), (len(self.near), "nearly the same as"))
        said = [f"{plural(count, 'case')} {verb(count, 'is', 'are')} {same} another" for count, same in counts if count]
        other = sum(item.other_key for item in self.found)
        return " and ".join(said) + (f", {other} of them with another answer key" if other else "")


@dataclass(frozen=True, slots=True)
class _Sketch:
    """What is compared of a case. Near duplicates have equal documents, and may have their options in any order."""

    case: Case
    in_study: bool
    text: str
    asked: str
    documents: str
    identity: tuple[Any, ...]


def duplicates_of(cases: Sequence[Case], against: Iterable[Case] = (), progress: Progress | None = None) -> Duplicates:
    """Return which cases repeat an earlier one, or one of `against`, such as the cases of a study.

    What `progress` raises to stop is passed on.
    """
    others = [_sketch(case, in_study=True) for case in against]
    index = _Index(all_pairs=len(cases) + len(others) <= _ALL_PAIRS)
    for sketch in others:
        index.added(sketch)
    found: list[Duplicate] = []
    for number, case in enumerate(cases, start=1):
        if progress is not None and (number % _TOLD_EVERY == 0 or number == len(cases)):
            progress(number, len(cases))
        if duplicate := index.added(_sketch(case, in_study=False)):
            found.append(duplicate)
    return Duplicates(tuple(found))


def _sketch(case: Case, *, in_study: bool) -> _Sketch:
    text = _folded("\n".join([case.text, *(f"{turn.role}: {turn.content}" for turn in case.turns)]))
    options = {letter: _folded(option) for letter, option in case.options.items()}
    question = _folded(case.question)
    documents = json_sha256([_folded(document.text) for document in case.documents]) if case.documents else ""
    asked = "\n".join([question, *sorted(options.values())])
    identity = (case.kind, text, question, tuple(options.items()), documents)
    return _Sketch(case, in_study, text, asked, documents, identity)


def _folded(text: str) -> str:
    return " ".join(text.split())


class _Index:
    """The cases so far: by what they ask exactly, and by the words in them."""

    def __init__(self, *, all_pairs: bool) -> None:
        self._by_identity: dict[tuple[Any, ...], _Sketch] = {}
        self._sketches: list[_Sketch] = []
        self._words = None if all_pairs else _WordIndex()

    def added(self, sketch: _Sketch) -> Duplicate | None:
        """Add a case, and return the earlier one that it repeats most closely."""
        earlier = self._by_identity.get(sketch.identity)
        if earlier is not None:
            return _duplicate(sketch, earlier, 1.0, exact=True)
        self._by_identity[sketch.identity] = sketch
        suspects = self._suspects(sketch)
        best: tuple[float, _Sketch] | None = None
        for suspect in suspects:
            similarity = _similarity(sketch, suspect)
            if similarity >= NEAR and (best is None or similarity > best[0]):
                best = similarity, suspect
        return None if best is None else _duplicate(sketch, best[1], best[0], exact=False)

    def _suspects(self, sketch: _Sketch) -> list[_Sketch]:
        """Return the earlier cases to compare one with, and add it to them."""
        if self._words is None:
            self._sketches.append(sketch)
            return self._sketches[:-1]
        suspects = self._words.added(sketch, len(self._sketches))
        self._sketches.append(sketch)
        return [self._sketches[position] for position in suspects]


class _WordHashes(dict[str, int]):
    """The hash of each word, computed once."""

    def __missing__(self, word: str) -> int:
        self[word] = found = zlib.crc32(word.encode())
        return found


class _WordIndex:
    """Finds cases with many of the same sequences of words."""

    def __init__(self) -> None:
        from datasketch import MinHash, MinHashLSH

        self._index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
        self._made = MinHash(num_perm=_BANDS * _ROWS, scheme="affine32", gpu_mode="disable")
        self._hashes = _WordHashes()

    def added(self, sketch: _Sketch, position: int) -> list[int]:
        """Add a case under its position, and return the positions of those like it. One of too few words has none."""
        words = f"{sketch.text} {sketch.asked}".split()
        if len(words) < _WORDS:
            return []
        hashed = self._hashed(words)
        suspects: list[int] = sorted(self._index.query(hashed))
        if len(suspects) < _SUSPECTS:
            self._index.insert(position, hashed, check_duplication=False)
        return suspects[:_SUSPECTS]

    def _hashed(self, words: list[str]) -> MinHash:
        """Return the MinHash of all sequences of words; `MinHash.update_batch` would take each as a Python object."""
        import numpy

        hashes = numpy.array([self._hashes[word] for word in words], dtype=numpy.uint32)
        sequences: Any = hashes[:-2] * _MIX[0] + (hashes[1:-1] ^ (hashes[1:-1] >> 15)) * _MIX[1] + hashes[2:]
        sequences = (sequences ^ (sequences >> 16)) * _MIX[2]
        factors, terms = self._made.permutations
        # The index keeps none of them, so that one object is enough.
        self._made.hashvalues = ((sequences ^ (sequences >> 13))[:, None] * factors + terms).min(axis=0)
        return self._made


def _similarity(one: _Sketch, other: _Sketch) -> float:
    """Return the similarity of the least similar part, or 0 if it is below that of near duplicates."""
    from rapidfuzz import fuzz

    if one.documents != other.documents or one.case.kind != other.case.kind:
        return 0.0
    pairs = ((one.asked, other.asked), (one.text, other.text))
    return min(fuzz.ratio(first, second, score_cutoff=100 * NEAR) for first, second in pairs) / 100


def _duplicate(sketch: _Sketch, earlier: _Sketch, similarity: float, *, exact: bool) -> Duplicate:
    return Duplicate(
        sketch.case.id,
        earlier.case.id,
        round(similarity, 3),
        exact,
        earlier.in_study,
        other_key=_key_of(sketch.case) != _key_of(earlier.case),
    )


def _key_of(case: Case) -> Any:
    """Return a case's answer key, of a choice in words, so that options can be in another order."""
    return _folded(case.options.get(case.key, "")) if case.kind == "choice" else case.key_record

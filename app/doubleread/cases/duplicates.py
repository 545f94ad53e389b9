"""Find duplicate cases: the same, or nearly the same.

Cases are equal if their texts, questions, options, conversations and documents are, whatever their ids and keys.
Whitespace does not count. Near duplicates are first suspected by MinHash over their sequences of three words: locality-
sensitive hashing finds a pair with a Jaccard similarity of 0.6 with a probability of 0.9, of 0.8 practically always.
Suspects are then compared character by character. Their similarity is that of the least similar part, text or question
with options: 1 minus the characters to insert and to delete, as a proportion of both lengths.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doubleread.cases.record import RecordProgress
from doubleread.domain.case import Case
from doubleread.domain.formatting import decimal
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
        where = " of the study" if self.in_study else ""
        same = "is the same as" if self.exact else "is nearly the same as"
        similar = "" if self.exact else f" (similarity {decimal(self.similarity, 3)})"
        key = ", but has another answer key" if self.other_key else ""
        return f"{self.id} {same} {self.other}{where}{similar}{key}"


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


def duplicates_of(
    cases: Sequence[Case], against: Iterable[Case] = (), progress: RecordProgress | None = None
) -> Duplicates:
    """Return which cases repeat an earlier one, or one of `against`, such as the cases of a study.

    What `progress` raises to stop is passed on.
    """
    others = list(against)
    index = _Index(others, all_pairs=len(cases) + len(others) <= _ALL_PAIRS)
    found: list[Duplicate] = []
    for number, case in enumerate(cases, start=1):
        if progress is not None and (number % _TOLD_EVERY == 0 or number == len(cases)):
            progress(number, len(cases))
        if duplicate := index.added(case):
            found.append(duplicate)
    return Duplicates(tuple(found))


def _text(case: Case) -> str:
    return _folded("\n".join([case.text, *(f"{turn.role}: {turn.content}" for turn in case.turns)]))


def _asked(case: Case) -> str:
    """Return the question and the options, whatever their order."""
    return "\n".join([_folded(case.question), *sorted(map(_folded, case.options.values()))])


def _identity(case: Case) -> bytes:
    """Hash what equal cases have in common."""
    options = [part for letter, option in case.options.items() for part in (letter, _folded(option))]
    documents = [_folded(document.text) for document in case.documents]
    parts = [case.kind, _text(case), _folded(case.question), str(len(options)), *options, *documents]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


def _folded(text: str) -> str:
    return " ".join(text.split())


class _Index:
    """The cases so far, those of a study first: by what they ask exactly, and by the words in them."""

    def __init__(self, others: Sequence[Case], *, all_pairs: bool) -> None:
        self._others = 0
        self._cases: list[Case] = []
        self._by_identity: dict[bytes, int] = {}
        self._words = None if all_pairs else _WordIndex()
        for case in others:
            self.added(case)
        self._others = len(self._cases)

    def added(self, case: Case) -> Duplicate | None:
        """Add a case, and return the earlier one that it repeats most closely."""
        identity = _identity(case)
        if (earlier := self._by_identity.get(identity)) is not None:
            return self._duplicate(case, earlier, 1.0, exact=True)
        self._by_identity[identity] = position = len(self._cases)
        suspects = range(position) if self._words is None else self._words.added(case, position)
        similar = ((_similarity(case, self._cases[suspect]), suspect) for suspect in suspects)
        similarity, closest = max(similar, key=lambda pair: pair[0], default=(0.0, 0))
        self._cases.append(case)
        return self._duplicate(case, closest, similarity, exact=False) if similarity >= NEAR else None

    def _duplicate(self, case: Case, earlier: int, similarity: float, *, exact: bool) -> Duplicate:
        other = self._cases[earlier]
        other_key = _key_of(case) != _key_of(other)
        return Duplicate(case.id, other.id, round(similarity, 3), exact, earlier < self._others, other_key)


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

    def added(self, case: Case, position: int) -> Sequence[int]:
        """Add a case under its position, and return the positions of those like it. One of too few words has none."""
        words = f"{_text(case)} {_asked(case)}".split()
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


def _similarity(one: Case, other: Case) -> float:
    """Return the similarity of the least similar part, or 0 if it is below that of near duplicates."""
    from rapidfuzz import fuzz

    if one.kind != other.kind or [part.text for part in one.documents] != [part.text for part in other.documents]:
        return 0.0
    similarity = 100.0
    for part in (_asked, _text):
        similarity = min(similarity, fuzz.ratio(part(one), part(other), score_cutoff=100 * NEAR))
        if not similarity:
            break
    return similarity / 100


def _key_of(case: Case) -> Any:
    """Return a case's answer key, of a choice in words, so that options can be in another order."""
    return _folded(case.options.get(case.key, "")) if case.kind == "choice" else case.key_record

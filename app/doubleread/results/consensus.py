"""The consensus round: agreement after it, and what readers revised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doubleread.domain.comparison import compare
from doubleread.domain.reading import Judgement, Reading
from doubleread.read_model.consensus import RevisableReading
from doubleread.results.reliability import InterRaterReliability

REVISIONS = (
    "annotation added",
    "annotation retracted",
    "annotation changed",
    "verdict changed",
    "preference changed",
    "other judgement changed",
)
"""The kinds of revisions."""


@dataclass(frozen=True, slots=True)
class ConsensusReader:
    """What one reader did in the round. `opened` counts the cases where they saw other readings.

    `kept` and `revised` count those with which they are done. `revisions` counts, by kind, what differs from before the
    round. `toward` counts the readings with fewer differences from what was shown than before, `away` those with more.
    """

    reader_id: str
    opened: int
    kept: int
    revised: int
    revisions: Mapping[str, int]
    toward: int
    away: int


@dataclass(frozen=True, slots=True)
class ConsensusResults:
    """A consensus round. `cases` counts the cases that any reader opened in it.

    `after` is the agreement of all readings as they are now. What it was before is the study's inter-rater reliability.
    """

    cases: int
    readers: tuple[ConsensusReader, ...]
    after: InterRaterReliability

    @property
    def opened(self) -> int:
        """How many readings were opened in the round."""
        return sum(reader.opened for reader in self.readers)

    @property
    def closed(self) -> int:
        """How many readings their readers are done with."""
        return sum(reader.kept + reader.revised for reader in self.readers)

    @property
    def revised(self) -> int:
        """How many readings were revised, of those closed."""
        return sum(reader.revised for reader in self.readers)

    @property
    def revisions(self) -> Mapping[str, int]:
        """How many revisions of each kind there are."""
        return {kind: sum(reader.revisions.get(kind, 0) for reader in self.readers) for kind in REVISIONS}


def consensus_results(revisable: Sequence[RevisableReading], after: InterRaterReliability) -> ConsensusResults | None:
    """Return what became of the readings of a round; None if there was none."""
    if not revisable:
        return None
    people = sorted({one.reading.reader_id for one in revisable})
    own = {who: [one for one in revisable if one.reading.reader_id == who] for who in people}
    return ConsensusResults(
        cases=len({one.reading.case_id for one in revisable}),
        readers=tuple(_reader(who, readings) for who, readings in own.items()),
        after=after,
    )


def _reader(reader_id: str, readings: Sequence[RevisableReading]) -> ConsensusReader:
    revisions = sum((_revisions(one.round.before, one.reading.judgement) for one in readings), Counter[str]())
    moved = [_differences(one.reading.first, one) - _differences(one.reading, one) for one in readings]
    outcomes = Counter(one.round.outcome for one in readings)
    return ConsensusReader(
        reader_id=reader_id,
        opened=len(readings),
        kept=outcomes["kept"],
        revised=outcomes["revised"],
        revisions={kind: revisions[kind] for kind in REVISIONS},
        toward=sum(fewer > 0 for fewer in moved),
        away=sum(fewer < 0 for fewer in moved),
    )


def _differences(reading: Reading, one: RevisableReading) -> int:
    return sum(len(compare([reading, other], reading.answer_ids).differences) for other in one.shown)


def _revisions(before: Judgement, after: Judgement) -> Counter[str]:
    was, now = ({item.id: item for item in judgement.annotations} for judgement in (before, after))
    others: tuple[tuple[Mapping[Any, Any], Mapping[Any, Any]], ...] = (
        (before.ratings, after.ratings),
        (before.levels, after.levels),
        (before.sentences, after.sentences),
        (before.criteria, after.criteria),
        *((before.scale_ratings.get(scale, {}), levels) for scale, levels in after.scale_ratings.items()),
    )
    found = (
        len(now.keys() - was.keys()),
        len(was.keys() - now.keys()),
        sum(now[annotation_id] != item for annotation_id, item in was.items() if annotation_id in now),
        _changed(before.verdicts, after.verdicts),
        int(before.preference != after.preference),
        sum(_changed(one, other) for one, other in others) + int(before.outside_field != after.outside_field),
    )
    return Counter(dict(zip(REVISIONS, found, strict=True)))


def _changed(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> int:
    return sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())

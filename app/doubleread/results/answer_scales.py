"""How readers rate each answer on the protocol's scales: mean levels, their difference, and the readings by level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from doubleread.domain.answer_scales import AnswerScale, RiskGrid, with_classes
from doubleread.domain.study import Protocol
from doubleread.read_model.answers import AnswerReading, ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.labels import Subject
from doubleread.results.readings import rates_of_answers
from doubleread.statistics import PairedRates


@dataclass(frozen=True, slots=True)
class RatedScales:
    """The scales of all versions of a protocol, and the grids whose classes follow from two of them."""

    scales: tuple[AnswerScale, ...] = ()
    grids: tuple[RiskGrid, ...] = ()

    @property
    def all(self) -> tuple[AnswerScale, ...]:
        """The scales, and those of the grids' classes."""
        classes = (
            AnswerScale(
                grid.name,
                f"class of {grid.rows} and {grid.columns}",
                tuple(f"class {number}" for number in range(1, 1 + max(map(max, grid.classes)))),
                higher_is_better=False,
            )
            for grid in self.grids
        )
        return (*self.scales, *classes)

    def levels(self, reading: AnswerReading) -> Mapping[str, int | None]:
        """Return what a reading says of an answer on every scale, with the classes of the grids."""
        return with_classes(reading.scales, self.grids)

    def _level_on(self, name: str) -> Callable[[AnswerReading], int | None]:
        return lambda reading: self.levels(reading).get(name)

    def subjects(self) -> tuple[Subject, ...]:
        """Return the scales as labels whose agreement is measured. One with two levels has no order to weigh."""
        return tuple(
            Subject(
                f"{scale.name} (scale)",
                tuple(scale.numbered),
                "ordinal" if len(scale.levels) > 2 else "nominal",
                self._level_on(scale.name),
            )
            for scale in self.all
        )


def rated_scales(protocols: Iterable[Protocol]) -> RatedScales:
    """Return the scales of all versions of a protocol, the last one first."""
    scales: dict[str, AnswerScale] = {}
    grids: dict[str, RiskGrid] = {}
    for protocol in reversed(list(protocols)):
        for scale in protocol.rated_scales:
            scales.setdefault(scale.name, scale)
        for instrument in protocol.instruments:
            if instrument.grid is not None:
                grids.setdefault(instrument.grid.name, instrument.grid)
    return RatedScales(tuple(scales.values()), tuple(grids.values()))


@dataclass(frozen=True, slots=True)
class ScaleResults:
    """Levels of committed readings of an answer on one scale. Repeat readings are left out.

    `mean` weighs every reading alike; its intervals resample cases. `readings` counts readings by level for each arm,
    None for "not applicable", which is in no mean.
    """

    scale: AnswerScale
    mean: PairedRates
    readings: tuple[Mapping[int | None, int], Mapping[int | None, int]]

    @property
    def rated(self) -> tuple[int, int]:
        """The number of readings with a level, by arm."""
        first, second = (sum(counts.values()) - counts.get(None, 0) for counts in self.readings)
        return first, second

    def median(self, arm: int) -> float | None:
        """The median level of the readings of an arm's answers; None without one."""
        counts = self.readings[arm]
        levels = [level for level, count in counts.items() if level is not None for _ in range(count)]
        return median(levels) if levels else None


def scale_results(cases: Sequence[AnsweredCase], arms: Pair, rated: RatedScales) -> tuple[ScaleResults, ...]:
    """Compare both arms on every scale on which an answer was rated."""
    found = (_result(scale, cases, arms, rated) for scale in rated.all)
    return tuple(result for result in found if any(map(any, (counts.values() for counts in result.readings))))


def _result(scale: AnswerScale, cases: Sequence[AnsweredCase], arms: Pair, rated: RatedScales) -> ScaleResults:
    def counts(answer: ScoredAnswer) -> list[float]:
        given = [rated.levels(reading).get(scale.name) for reading in answer.readings]
        levels = [float(level) for level in given if level is not None]
        return [float(len(levels)), sum(levels)] if levels else []

    def counted(arm: str) -> Mapping[int | None, int]:
        own = [case.answers[arm] for case in cases if arm in case.answers]
        levels = (rated.levels(reading) for answer in own for reading in answer.readings)
        return Counter(given[scale.name] for given in levels if scale.name in given)

    mean = rates_of_answers(cases, arms, counts, 1, f"no answer was rated on {scale.name}")[0]
    return ScaleResults(scale, mean, (counted(arms[0]), counted(arms[1])))

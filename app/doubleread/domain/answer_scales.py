"""Scales on which readers rate each answer by itself: items of published instruments, or a study's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Level = int | None
"""A level of a scale. None means that the scale does not apply to the answer."""

ScaleRatings = Mapping[str, Mapping[str, Level]]
"""The levels given, by the name of the scale and by the side of the answer, or by the answer's id."""

NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class AnswerScale:
    """Ordered levels, each with its anchor, numbered from `first`.

    With `not_applicable`, a reader may say that the scale does not apply. `higher_is_better` says which end is good.
    """

    name: str
    question: str
    levels: tuple[str, ...]
    first: int = 1
    not_applicable: bool = False
    higher_is_better: bool = True

    @property
    def numbered(self) -> dict[int, str]:
        """The anchors by the number of their level."""
        return dict(enumerate(self.levels, start=self.first))

    def has(self, level: Any) -> bool:
        """Return whether a level can be given on it."""
        if level is None:
            return self.not_applicable
        return type(level) is int and level in self.numbered

    def words(self, level: Level) -> str:
        """Return a level in words: "4 (...)"."""
        return NOT_APPLICABLE if level is None else f"{level} ({self.numbered[level]})"


@dataclass(frozen=True, slots=True)
class RiskGrid:
    """The class that follows from two scales: `classes[i][j]` for level i of the rows' scale, j of the columns'."""

    name: str
    rows: str
    columns: str
    classes: tuple[tuple[int, ...], ...]

    def of(self, row: Level, column: Level) -> Level:
        """Return the class of two levels, which are numbered from 1; None unless both apply."""
        return None if row is None or column is None else self.classes[row - 1][column - 1]


@dataclass(frozen=True, slots=True)
class Instrument:
    """Scales that belong together. `source` says where they come from, for the report."""

    name: str
    about: str
    source: str
    scales: tuple[AnswerScale, ...]
    grid: RiskGrid | None = None


PDSQI_9 = Instrument(
    name="pdsqi-9",
    about="quality of a summary of clinical notes, nine items (PDSQI-9)",
    source=(
        "Provider Documentation Summarization Quality Instrument, JAMIA 2025, ocaf068; anchors shortened after"
        " epic-open-source/evaluation-instruments (Apache-2.0)"
    ),
    scales=(
        AnswerScale(
            "cited",
            "Are citations present and appropriate?",
            (
                "no citations, or several are incorrect",
                "one citation is incorrect, or citations are grouped apart from assertions",
                "all citations are correct, but some assertions lack one",
                "all are correct, with some priority by relevance",
                "every assertion is cited, all with priority by relevance",
            ),
        ),
        AnswerScale(
            "accurate",
            "Is it true, and free of incorrect information?",
            (
                "several major errors: overt fabrications or falsifications",
                "one major error: an overt fabrication or falsification",
                "an assertion has the wrong context or specificity",
                "an assertion differs in source or timing, but is still factual",
                "every assertion can be traced back to the notes",
            ),
        ),
        AnswerScale(
            "thorough",
            "Does it contain everything that matters for the patient?",
            (
                "more than one pertinent omission",
                "one pertinent and several potentially pertinent omissions",
                "one pertinent omission",
                "some potentially pertinent omissions",
                "no omission, pertinent or potentially so",
            ),
        ),
        AnswerScale(
            "useful",
            "Is all of it useful for its reader?",
            (
                "no assertion is pertinent",
                "some assertions are pertinent",
                "pertinent, but too detailed or not detailed enough",
                "no assertion is irrelevant, some are only potentially pertinent",
                "no assertion is irrelevant, and the level of detail is right",
            ),
        ),
        AnswerScale(
            "organized",
            "Does its structure help to understand the clinical course?",
            (
                "order and grouping are incoherent throughout",
                "some assertions are out of order, or grouping is incoherent",
                "order and grouping are those of the notes",
                "order or grouping is logical throughout, but not both",
                "order and grouping are logical throughout",
            ),
        ),
        AnswerScale(
            "comprehensible",
            "Is its language clear?",
            (
                "overly complex, inconsistent, and in unfamiliar terms",
                "some overly complex, inconsistent or unfamiliar terms",
                "the notes' own words, complex where they could be simpler",
                "structure and terms are improved in places",
                "plain language, well structured, familiar to its reader",
            ),
        ),
        AnswerScale(
            "succinct",
            "Is it brief, and without redundancy?",
            (
                "too wordy throughout, redundant in words and content",
                "several assertions are redundant in content",
                "one assertion is redundant in content, or several in words",
                "no redundant words; one assertion could be shorter",
                "the fewest words possible, nothing redundant",
            ),
        ),
        AnswerScale(
            "synthesized",
            "Does it connect and interpret the notes where needed?",
            (
                "assertions are connected or grouped incorrectly",
                "abstracts without need, or groups accurately but inappropriately",
                "assertions are not connected where they could be",
                "assertions are grouped into themes, with limited reasoning",
                "fully integrated into a prioritised synopsis",
            ),
            not_applicable=True,
        ),
        AnswerScale(
            "stigmatizing",
            "Does it use stigmatizing language?",
            ("no", "yes"),
            first=0,
            higher_is_better=False,
        ),
    ),
)

MEDVAL_RISK = Instrument(
    name="medval-risk",
    about="risk of an answer, from 1 to 4 (MedVAL)",
    source="MedVAL, arXiv 2507.03152; github StanfordMIMI/MedVAL",
    scales=(
        AnswerScale(
            "risk",
            "How risky are its inconsistencies with the case?",
            (
                "none: nothing affects understanding, decisions or safety",
                "low: subtle or ambiguous, unlikely to influence a decision",
                "moderate: could affect interpretation, documentation or decisions",
                "high: could lead to wrong decisions or unsafe care",
            ),
            higher_is_better=False,
        ),
    ),
)

WHO_HARM_SCALES = Instrument(
    name="who-harm",
    about="degree of harm that an answer could cause, and its likelihood (WHO)",
    source="degrees of harm of the WHO's International Classification for Patient Safety, 2009",
    scales=(
        AnswerScale(
            "degree of harm",
            "How much harm could the patient suffer if it is followed?",
            (
                "none",
                "mild: minimal or short, with little or no intervention",
                "moderate: needs intervention or a longer stay, or lasts",
                "severe: needs intervention to save life, or major lasting harm",
                "death",
            ),
            higher_is_better=False,
        ),
        AnswerScale(
            "likelihood of harm",
            "How likely is that harm?",
            ("unlikely", "possible", "likely"),
            not_applicable=True,
            higher_is_better=False,
        ),
    ),
)

SEVERITY_LIKELIHOOD = Instrument(
    name="severity-likelihood",
    about="severity and likelihood of harm, both from 1 to 5, which give a risk class",
    source="a severity x likelihood grid of doubleread's own",
    scales=(
        AnswerScale(
            "severity",
            "How severe is the worst harm that it could plausibly cause?",
            (
                "minor: no lasting effect, no treatment",
                "significant: short-term effect, or minor treatment",
                "considerable: lasting effect, or several patients briefly",
                "major: life-changing effect",
                "catastrophic: death, or life-changing effects for several",
            ),
            higher_is_better=False,
        ),
        AnswerScale(
            "likelihood",
            "How likely is that harm if answers like this are used?",
            ("very low", "low", "medium", "high", "very high"),
            higher_is_better=False,
        ),
    ),
    grid=RiskGrid(
        "risk class",
        "severity",
        "likelihood",
        (
            (1, 1, 2, 2, 3),
            (1, 2, 2, 3, 3),
            (2, 2, 3, 3, 4),
            (2, 3, 3, 4, 5),
            (3, 4, 4, 5, 5),
        ),
    ),
)

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {one.name: one for one in (PDSQI_9, MEDVAL_RISK, WHO_HARM_SCALES, SEVERITY_LIKELIHOOD)}
)
"""By the name that a protocol uses. What a name means never changes; a changed instrument gets another name."""


def put_rating(ratings: dict[str, dict[str, Level]], scale: str, side: str, level: Level) -> None:
    """Put a level in the place of an earlier one."""
    ratings.setdefault(scale, {})[side] = level


def scales_left(scales: Iterable[AnswerScale], ratings: ScaleRatings, side: str) -> tuple[AnswerScale, ...]:
    """Return the scales on which the answer on a side is not rated yet."""
    return tuple(scale for scale in scales if side not in ratings.get(scale.name, {}))


def with_classes(ratings: Mapping[str, Level], grids: Sequence[RiskGrid]) -> dict[str, Level]:
    """Return the levels of one answer by scale, and the class of each grid whose two scales were rated."""
    classes = {
        grid.name: grid.of(ratings[grid.rows], ratings[grid.columns])
        for grid in grids
        if grid.rows in ratings and grid.columns in ratings
    }
    return {**ratings, **classes}


def scale_from_record(record: Mapping[str, Any]) -> AnswerScale:
    """Rebuild a scale from JSON. Raises TypeError or KeyError if it is not complete."""
    return AnswerScale(**{**record, "levels": tuple(record["levels"])})

"""The facts behind the sentences of a report: counts from the results and from the study."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doubleread.domain.statements import listed
from doubleread.results import Results
from doubleread.results.provenance import MODEL, Provenance
from doubleread.results.study_methods import StudyMethods

NOT_RECORDED = "not recorded"
SHOWN = 16
"""Characters of a hash that a sentence shows."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one study. None of them is a default of the program."""

    results: Results
    methods: StudyMethods

    @property
    def named(self) -> bool:
        """Whether the report may name the arms."""
        return self.results.blindness.named

    @property
    def arms(self) -> tuple[tuple[str, Provenance], ...]:
        """Both arms with their names."""
        return tuple(
            (arm.name, provenance) for arm, provenance in zip(self.results.arms, self.methods.arms, strict=True)
        )

    @property
    def several_configurations(self) -> bool:
        """Whether some entry of the manifests has more than one value within an arm."""
        return any(len(values) > 1 for arm in self.methods.arms for values in arm.entries.values())


def days(first: str, last: str) -> str:
    """Return "on 2026-03-01", or "between 2026-03-01 and 2026-03-04"."""
    return f"on {first[:10]}" if first[:10] == last[:10] else f"between {first[:10]} and {last[:10]}"


def counted(values: Iterable[tuple[str, int]], *, of: int) -> str:
    """Return the values of an entry; with their numbers of answers where several, or not all `of`, have one."""
    pairs = list(values)
    if len(pairs) == 1 and pairs[0][1] == of:
        return pairs[0][0]
    return "; ".join(f"{value} ({count:,})" for value, count in pairs)


def models(name: str, arm: Provenance, *, of: int) -> str:
    """Return the models recorded of an arm; "" if the arm's name begins with its only model's, or none is recorded."""
    recorded = arm.values(MODEL)
    return "" if len(recorded) == 1 and name.startswith(recorded[0][0]) else counted(recorded, of=of)


def each(counts: Iterable[tuple[str, int]]) -> str:
    """Return "R-01 6 and R-02 4"."""
    return listed(f"{name} {count:,}" for name, count in counts)

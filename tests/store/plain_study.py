"""What a study holds of its readers' judgements, as plain values that know of no events, files or transactions.

It is what the store is compared with: `PlainReading` for one version of a reading, `PlainStudy` for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

Place = tuple[str, str, int]
Annotation = dict[str, Any]


@dataclass(frozen=True)
class Opinion:
    """What a reader holds about a case. No dictionary in it is ever changed."""

    annotations: dict[str, Annotation] = field(default_factory=dict)
    retracted: dict[str, Annotation] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    preference: str | None = None
    outside_field: bool = False
    ratings: dict[str, str] = field(default_factory=dict)
    criteria: dict[tuple[str, str], tuple[str, str | None]] = field(default_factory=dict)

    def with_annotation(self, annotation: Annotation) -> Opinion:
        return replace(self, annotations={**self.annotations, annotation["id"]: annotation})

    def without(self, annotation_id: str) -> Opinion:
        left = {key: annotation for key, annotation in self.annotations.items() if key != annotation_id}
        return replace(
            self, annotations=left, retracted={**self.retracted, annotation_id: self.annotations[annotation_id]}
        )

    def marks(self, annotation: Annotation) -> bool:
        """Whether another annotation that stands says the same of the same words."""
        return any(
            _mark(other) == _mark(annotation) for key, other in self.annotations.items() if key != annotation["id"]
        )

    def missing(self, axes: tuple[str, ...], criteria: int) -> bool:
        """Whether the commit must wait; `criteria` is how many each answer is judged by."""
        if self.outside_field:
            return False
        if len(self.criteria) < 2 * criteria:
            return True
        return set(self.verdicts) != {"A", "B"} or self.preference is None or set(self.ratings) != set(axes)


def _mark(annotation: Annotation) -> tuple[Any, ...]:
    return tuple(annotation[name] for name in ("answer_id", "place", "start", "end", "category"))


@dataclass(frozen=True)
class PlainReading:
    """One version of a reading. `line` names every save that made it, by what the store called it; the last is `head`,
    and `said` is the last that changed what the reader says.

    `done` are the actions that undo takes back, each as the opinion before it and the burst that it was typed in;
    `undone` those that redo brings, each as the opinion after it. `first` is the opinion when the reader saw others;
    `outcome` what became of it.
    """

    id: str
    line: tuple[str, ...]
    said: str = ""
    opinion: Opinion = Opinion()
    seconds: float = 0.0
    committed: bool = False
    corrections: tuple[str, ...] = ()
    done: tuple[tuple[Opinion, str], ...] = ()
    undone: tuple[tuple[Opinion, str], ...] = ()
    first: Opinion | None = None
    outcome: str | None = None

    @property
    def head(self) -> str:
        return self.line[-1]

    def saved(self, head: str, *, said: bool = True) -> PlainReading:
        return replace(self, line=(*self.line, head), said=head if said else self.said)

    def acted(self, opinion: Opinion, burst: str = "", reason: str = "") -> PlainReading:
        goes_on = burst and self.done and self.done[-1][1] == burst
        done = self.done if goes_on else (*self.done, (self.opinion, burst))
        corrections = (*self.corrections, reason) if self.committed and reason else self.corrections
        return replace(self, opinion=opinion, done=done, undone=(), corrections=corrections)

    def took_back(self) -> PlainReading:
        before, burst = self.done[-1]
        return replace(self, opinion=before, done=self.done[:-1], undone=(*self.undone, (self.opinion, burst)))

    def did_again(self) -> PlainReading:
        after, burst = self.undone[-1]
        return replace(self, opinion=after, done=(*self.done, (self.opinion, burst)), undone=self.undone[:-1])

    def after_commit(self) -> PlainReading:
        return replace(self, committed=True, done=(), undone=())

    def saw_others(self) -> PlainReading:
        return replace(self, first=self.opinion, done=(), undone=())


@dataclass(frozen=True)
class PlainAdjudication:
    """What an adjudicator made of a case. `decided` has what was taken for each difference, void ones among them.

    `basis` is what the readers said, by their readings, when it was opened, or opened again. `done` and `undone` are as
    those of a reading.
    """

    basis: dict[str, str]
    decided: dict[str, Any] = field(default_factory=dict)
    committed: bool = False
    done: tuple[dict[str, Any], ...] = ()
    undone: tuple[dict[str, Any], ...] = ()

    def decide(self, difference_id: str, taken: Any) -> PlainAdjudication:
        return replace(self, decided={**self.decided, difference_id: taken}, done=(*self.done, self.decided), undone=())

    def took_back(self) -> PlainAdjudication:
        return replace(self, decided=self.done[-1], done=self.done[:-1], undone=(*self.undone, self.decided))

    def did_again(self) -> PlainAdjudication:
        return replace(self, decided=self.undone[-1], done=(*self.done, self.decided), undone=self.undone[:-1])

    def resolved(self) -> PlainAdjudication:
        return replace(self, committed=True, done=(), undone=())

    def opened_again(self, basis: dict[str, str]) -> PlainAdjudication:
        return replace(self, basis=basis, committed=False, done=(), undone=())


@dataclass
class PlainStudy:
    """Every version of every reading, and which of them somebody chose. Nothing is ever forgotten."""

    versions: dict[Place, tuple[PlainReading, ...]] = field(default_factory=dict)
    chosen: dict[Place, str] = field(default_factory=dict)
    adjudication: PlainAdjudication | None = None

    def copy(self) -> PlainStudy:
        return PlainStudy(dict(self.versions), dict(self.chosen), self.adjudication)

    def current(self, place: Place) -> PlainReading | None:
        """The version that was chosen, else one that is committed, else the longest; the name breaks a tie."""
        head = self.chosen.get(place)
        return max(
            self.versions.get(place, ()),
            key=lambda version: (head in version.line, version.committed, len(version.line), version.head),
            default=None,
        )

    def compared(self, case_id: str) -> dict[str, str]:
        """What an adjudicator compares: what each reader said last of all, by the reading, where it is committed."""
        found = (
            self.current((reader_id, case_id, 0))
            for reader_id, case, repeat in self.versions
            if case == case_id and not repeat
        )
        return {item.id: item.said for item in found if item and item.committed and not item.opinion.outside_field}

    def put(self, place: Place, before: PlainReading | None, after: PlainReading) -> None:
        others = tuple(version for version in self.versions.get(place, ()) if version is not before)
        self.versions[place] = (*others, after)

    def take_in(self, other: PlainStudy) -> None:
        """Bring home what another file has: a version that was gone on with is one version with what it was."""
        for place, theirs in other.versions.items():
            both = {version.head: version for version in (*self.versions.get(place, ()), *theirs)}
            inner = {name for version in both.values() for name in version.line[:-1]}
            self.versions[place] = tuple(version for head, version in both.items() if head not in inner)

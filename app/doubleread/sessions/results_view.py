"""What the results screen shows of a study: frozen figures, and the cases that each of them was counted from."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from doubleread.domain.blinding import draw_sides
from doubleread.domain.case import CASE_KINDS
from doubleread.domain.labels import label_set_named
from doubleread.domain.model import Model
from doubleread.sessions.case_facts import CaseFacts, Place, case_facts, standings
from doubleread.sessions.case_in_full import CaseInFull, case_in_full
from doubleread.sessions.judged import ReadingCounts, reading_counts
from doubleread.statistics import (
    Hallucinating,
    PairedAccuracy,
    Preferences,
    Proportion,
    ReadAnswer,
    Undefined,
    compare_hallucinations,
    paired_accuracy,
    preferences,
    proportion,
)
from doubleread.store import StudyFile

Made = TypeVar("Made")
ALIASES = ("model 1", "model 2")
"""What the models are called while readers still read blind."""


@dataclass(frozen=True, slots=True)
class KindFigures:
    """The answers to one kind of case. Shares are of each model's own answers, `paired` of cases that both settle.

    `outcomes` counts standings by model. Unclear answers (unparsed, refused, cut off) count as wrong in `unclear_wrong`
    and not at all in `unclear_left_out`.
    """

    kind: str
    cases: int
    outcomes: tuple[Mapping[str, int], Mapping[str, int]]
    unclear_wrong: tuple[Proportion | Undefined, Proportion | Undefined]
    unclear_left_out: tuple[Proportion | Undefined, Proportion | Undefined]
    paired: PairedAccuracy


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The study as it stands. Everything with two parts is in the order of `names`.

    `named` says whether `names` are the models' own; otherwise they are `ALIASES`, in an order drawn by the study.
    """

    title: str
    names: tuple[str, str]
    named: bool
    cases: tuple[CaseFacts, ...]
    answered: tuple[int, int]
    readings: ReadingCounts
    kinds: tuple[KindFigures, ...]
    hallucinations: Hallucinating
    omissions: Hallucinating
    preferences: Preferences
    verdicts: tuple[Mapping[str, int], Mapping[str, int]]


def results_view(study: StudyFile) -> ResultsView:
    """Count what the study holds. Raises StudyFileError where it cannot be read or is a reader's own file."""
    study.expect_models("No results")
    with study.connection.snapshot():
        counts = reading_counts(study)
        models, named = models_in_view(study, counts)
        cases = case_facts(study, (models[0].id, models[1].id))
    labels = label_set_named(study.protocol.label_set)
    categories = [label.name for label in labels.categories]
    severities = [label.name for label in labels.severities]
    read = _both(lambda place: [_as_read(case, place) for case in cases])
    left_out = _both(lambda place: [_as_read(case, place, omissions=True) for case in cases])
    kinds = [kind for kind in CASE_KINDS if any(case.kind == kind for case in cases)]
    return ResultsView(
        title=study.protocol.title,
        names=(models[0].name, models[1].name) if named else ALIASES,
        named=named,
        cases=cases,
        answered=_both(lambda place: sum(case.answers[place] is not None for case in cases)),
        readings=counts,
        kinds=tuple(_of_kind(cases, kind) for kind in kinds),
        hallucinations=compare_hallucinations(read[0], read[1], categories, severities),
        omissions=compare_hallucinations(left_out[0], left_out[1], [labels.omission.name], severities),
        preferences=preferences([case.preferences for case in cases]),
        verdicts=_both(
            lambda place: Counter(
                verdict for case in cases if (facts := case.answers[place]) for verdict in facts.verdicts
            )
        ),
    )


def models_in_view(study: StudyFile, counts: ReadingCounts) -> tuple[tuple[Model, Model], bool]:
    """Return both models in the order in which results show them, and whether they may be named.

    They are named, in the study's order, when every reading that was opened is committed. Until then the study's
    secret draws their order, so that nobody can tell from it which is which.
    """
    first, second = study.models()
    if counts.opened == counts.committed:
        return (first, second), True
    drawn = draw_sides(study.secret, "", "results")
    return ((first, second) if drawn == (0, 1) else (second, first)), False


def _both(of: Callable[[Place], Made]) -> tuple[Made, Made]:
    return of(0), of(1)


def _as_read(case: CaseFacts, place: Place, *, omissions: bool = False) -> ReadAnswer | None:
    facts = case.answers[place]
    if facts is None:
        return None
    return ReadAnswer(facts.readings, facts.words, facts.omissions if omissions else facts.findings)


def _of_kind(cases: tuple[CaseFacts, ...], kind: str) -> KindFigures:
    own = [case for case in cases if case.kind == kind]
    outcomes = standings(cases, kind, 0), standings(cases, kind, 1)
    settled = [pair for case in own if (pair := case.settled_pair) is not None]
    return KindFigures(
        kind=kind,
        cases=len(own),
        outcomes=outcomes,
        unclear_wrong=(_share(outcomes[0], unclear=True), _share(outcomes[1], unclear=True)),
        unclear_left_out=(_share(outcomes[0], unclear=False), _share(outcomes[1], unclear=False)),
        paired=paired_accuracy([one for one, _ in settled], [other for _, other in settled]),
    )


def _share(outcomes: Counter[str], *, unclear: bool) -> Proportion | Undefined:
    clear = outcomes["right"] + outcomes["wrong"]
    n = clear + (outcomes["unparsed"] + outcomes["refused"] + outcomes["truncated"]) * unclear
    if not outcomes:
        return Undefined("there are no answers")
    if outcomes["waiting"] and not clear:
        return Undefined("no reader has confirmed or refused a diagnosis yet")
    return proportion(outcomes["right"], n) if n else Undefined("no answer states what could be found")


class ResultsSession:
    """A study that is open to be looked at. Several threads may use it; nothing is ever written."""

    def __init__(self, study: StudyFile) -> None:
        study.expect_models("No results")
        self._study = study
        self._seen: int | None = None
        self._lock = threading.Lock()
        self.path = study.path
        counts = reading_counts(study)
        self.still_reading: Mapping[str, int] = counts.still_reading
        """The readers who are not done when the study is opened, with the number of cases they have left."""

    def changed(self) -> bool:
        """Say whether anybody has written since the last time this was asked; the first time it is true."""
        with self._lock:
            version = int(self._study.connection.rows("PRAGMA data_version")[0][0])
            changed, self._seen = version != self._seen, version
            return changed

    def view(self) -> ResultsView:
        """Count. Raises DoublereadError where the file cannot be read."""
        return results_view(self._study)

    def case(self, case_id: str) -> CaseInFull:
        """Return a case with both answers and all that was said of them. Raises DoublereadError."""
        with self._study.connection.snapshot():
            models, named = models_in_view(self._study, reading_counts(self._study))
            return case_in_full(self._study, case_id, models, (models[0].name, models[1].name) if named else ALIASES)

    def close(self) -> None:
        """Give the file back."""
        self._study.close()

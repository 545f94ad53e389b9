"""A reader in training: the session over the training cases, feedback after each, and the result of a round."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from doubleread.domain.annotation import ANSWER, Annotation
from doubleread.domain.formatting import percent
from doubleread.domain.reading import Reading
from doubleread.domain.training import ANSWERS, ReferenceAnnotation, TrainingCase, passes
from doubleread.domain.wording import plural, verb
from doubleread.runs.generation import GenerationRun
from doubleread.sessions.consensus import ConsensusSession
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_places import ReadingPlaces
from doubleread.sessions.training_readings import TrainingStudy, WithHiddenRepeats
from doubleread.sessions.worklist import Worklist, begun_items, committed_items
from doubleread.store import StudyFile

if TYPE_CHECKING:
    from doubleread.statistics.training_score import TrainingComparison

INTRODUCTION = (
    "Before the cases of the study, you read training cases. Mark and judge them like any other case.\n\nAfter each"
    " commit you see your judgement beside the reference. After the last case you see whether you have reached the"
    " threshold; if not, the cases below it come again. Training does not count in the results of the study."
)
_QUOTED = 70
_RATED: tuple[Literal["category", "severity"], ...] = ("category", "severity")


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader is told of one training case: their judgement beside the reference."""

    training: TrainingCase
    reading: Reading
    comparison: TrainingComparison
    score: float
    metric: str

    @property
    def title(self) -> str:
        """The score in words."""
        return f"Feedback: {self.metric} {percent(self.score)}"

    def lines(self) -> list[str]:
        """Return the comparison as plain text: verdicts, then annotations, then the explanation."""
        return [*self._verdicts(), "", *self._annotations(), *self._explanation()]

    def _verdicts(self) -> list[str]:
        if self.comparison.score.declined:
            return ["You declined this case as outside your field, so it counts 0. The reference:", *self._reference()]
        lines = []
        for answer in sorted(ANSWERS, key=self._side):
            said, right = self.comparison.verdicts[answer]
            wanted = " or ".join(self.training.verdicts[answer])
            compared = f"✓ {said}" if right else f"✗ {said}; the reference says {wanted}"
            lines.append(f"Verdict on {self._side(answer)}: {compared}")
        if wanted := self._preferred():
            said = self.reading.judgement.preference or ""
            lines.append(f"Preference: {said}" + ("" if said == wanted else f"; the reference prefers {wanted}"))
        return lines

    def _reference(self) -> list[str]:
        return [
            f"Verdict on {self._side(answer)}: {' or '.join(self.training.verdicts[answer])}"
            for answer in sorted(ANSWERS, key=self._side)
        ]

    def _annotations(self) -> list[str]:
        found = self.comparison
        if not (found.matched or found.missed or found.extra):
            return ["Annotations: none, and the reference has none."]
        lines = [f"Annotations: {len(found.matched)} matched, {len(found.missed)} missed, {len(found.extra)} extra"]
        for pair in found.matched:
            lines.append(f"✓ {self._made(pair.made)}")
            for what in _RATED:
                said, accepted = getattr(pair.made, what), pair.reference.accepted(what)
                if said not in accepted:
                    lines.append(f"{what}: {said}; the reference says {' or '.join(accepted)}")
        lines += [f"✗ missed: {self._wanted(one)}" for one in found.missed]
        lines += [f"+ extra: {self._made(one)}" for one in found.extra]
        return lines

    def _explanation(self) -> list[str]:
        return ["", self.training.feedback] if self.training.feedback else []

    def _side(self, answer: int) -> str:
        return self.reading.side_of(self.training.answer_ids[answer])

    def _preferred(self) -> str:
        wanted = self.training.preference
        return self._side(int(wanted) - 1) if wanted.isdigit() else wanted

    def _made(self, one: Annotation) -> str:
        where = self.reading.side_of(one.answer_id) + ("" if one.place == ANSWER else " omits")
        return f"{where} “{_short(one.quote)}” ({one.category}, {one.severity})"

    def _wanted(self, one: ReferenceAnnotation) -> str:
        where = self._side(one.answer) + ("" if one.place == ANSWER else " omits")
        return f"{where} “{_short(one.quote)}” ({one.category}, {one.severity})"


@dataclass(frozen=True, slots=True)
class RoundResult:
    """The result of a finished round. `again` names the cases that the next round repeats."""

    number: int
    overall: float
    threshold: float
    metric: str
    passed: bool
    scores: tuple[tuple[str, float], ...]
    again: int

    @property
    def title(self) -> str:
        """Whether the reader has passed."""
        return "Training passed" if self.passed else "Training not passed yet"

    def lines(self) -> list[str]:
        """Return the result as plain text."""
        reached = f"Your {self.metric} is {percent(self.overall)}; the threshold is {percent(self.threshold)}."
        then = "You can now read the cases of the study."
        if not self.passed:
            then = f"{plural(self.again, 'case')} below the threshold {verb(self.again, 'comes', 'come')} again."
        table = [f"{title}: {percent(value)}" for title, value in self.scores]
        return [reached, "", f"Round {self.number}, by case:", *table, "", then]


class TrainingSession(ReadingSession):
    """A reading session over the training cases of the round in which a reader is."""

    def __init__(
        self,
        study: StudyFile,
        reader_id: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = 60.0,
        window: OneWindow | None = None,
    ) -> None:
        # Before the training cases are looked at: a withdrawn reader is refused.
        study.readers.register(reader_id)
        self._training = TrainingStudy(study, reader_id)
        super().__init__(self._training, reader_id, clock=clock, idle_seconds=idle_seconds, window=window)

    @property
    def training_words(self) -> str:
        """Which round this is."""
        return "training" if self._training.number == 1 else f"training, round {self._training.number}"

    def follow(self) -> bool:
        """Also take up the cases that this round gets because the threshold was raised meanwhile."""
        changed = super().follow()
        if not set(self._training.items()) > set(self._worklist.items):
            return changed
        self._read_worklist()
        return True

    def _read_worklist(self) -> None:
        self._worklist = Worklist(
            self._training.items(),
            committed_items(self._training, self.reader_id),
            begun_items(self._training, self.reader_id),
        )

    def feedback(self) -> Feedback | None:
        """Return the feedback on this case; None before it is committed."""
        reading = self._reading
        if reading is None or not reading.committed:
            return None
        training, comparison = self._training.comparison(reading)
        metric = self._training.plan.metric
        return Feedback(training, reading, comparison, comparison.score.value(metric), metric)

    @property
    def qualified(self) -> bool:
        """Whether the reader may read the study's cases."""
        return self.reader_id in self._training.study.training.qualified()

    def round_result(self) -> RoundResult | None:
        """Return the result of the round; None while it has open cases."""
        plan, cases = self._training.plan, self._training.training.cases
        done, last = self._training.shown_round, self._training.current
        if done.overall is None:
            return None
        scores = tuple(
            (cases[case_id].case.title or case_id, done.attempts[case_id].score.value(plan.metric))
            for case_id in self._training.order_of(done)
        )
        again = len(last.case_ids) if last.number > done.number else 0
        passed = passes(done.overall, plan)
        return RoundResult(done.number, done.overall, plan.threshold, plan.metric, passed, scores, again)

    def next_round(self) -> None:
        """Begin the next round: the cases below the threshold, in another order and with other sides."""
        self.leave()
        self._training.next_round()
        self._read_worklist()
        self._reading = None
        self._item = self._worklist.first_open() or self._worklist.items[0]
        self.goto(self.place_id)


def needs_training(study: StudyFile, reader_id: str) -> bool:
    """Return whether a reader must pass the training before they read the study's cases.

    One who has begun to read before there was training may go on.
    """
    if study.protocol.training is None or not study.training.cases():
        return False
    return reader_id not in study.training.qualified() and not study.readers.items_read(reader_id)


def reading_session(
    study: StudyFile,
    reader_id: str,
    *,
    run: Callable[[], GenerationRun | None] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
    idle_seconds: float = 60.0,
    window: OneWindow | None = None,
    places: ReadingPlaces | None = None,
    consensus: bool = False,
) -> ReadingSession:
    """Return what a reader does next in a study: training, or reading. `run` and `places` are only for the latter.

    With `consensus`, and in a file that was made for it, return the consensus round. Raises InputRefusedError if the
    reader cannot take part now.
    """
    if consensus or study.for_consensus:
        return ConsensusSession(study, reader_id, clock=clock, idle_seconds=idle_seconds, window=window)
    if needs_training(study, reader_id) and not _passed_meanwhile(study, reader_id):
        return TrainingSession(study, reader_id, clock=clock, idle_seconds=idle_seconds, window=window)
    hidden = WithHiddenRepeats(study, reader_id) if study.protocol.training is not None else None
    readable = hidden if hidden is not None and hidden.hides_any else study
    return ReadingSession(
        readable, reader_id, run=run(), clock=clock, idle_seconds=idle_seconds, window=window, places=places
    )


def _passed_meanwhile(study: StudyFile, reader_id: str) -> bool:
    """Qualify a reader whose attempts reach the threshold since the protocol or the set has changed."""
    study.readers.register(reader_id)
    training = TrainingStudy(study, reader_id)
    passed = training.passed(training.training.attempts())
    if passed is not None:
        study.training.qualify(passed)
    return passed is not None


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1]}…"

"""How far each reader is with the training."""

from __future__ import annotations

from collections import defaultdict

from doubleread.domain.events.training import ReaderQualified
from doubleread.domain.formatting import percent
from doubleread.domain.training import TrainingAttempt, TrainingRound, training_rounds
from doubleread.domain.wording import plural
from doubleread.store import StudyFile


def attempts_by_reader(study: StudyFile) -> dict[str, list[TrainingAttempt]]:
    """Return every reader's attempts, hidden repeats among them."""
    found: dict[str, list[TrainingAttempt]] = defaultdict(list)
    for attempt in study.training.attempts():
        found[attempt.reader_id].append(attempt)
    return dict(found)


def training_words(study: StudyFile) -> dict[str, str]:
    """Return in words how far each registered reader is; empty in a study without training."""
    plan, cases = study.protocol.training, study.training.cases()
    if plan is None or not cases:
        return {}
    qualified, attempts = study.training.qualified(), attempts_by_reader(study)
    return {
        reader_id: _words(qualified.get(reader_id), training_rounds(cases, attempts.get(reader_id, ()), plan)[-1])
        for reader_id in study.readers.ids()
    }


def _words(qualified: ReaderQualified | None, current: TrainingRound) -> str:
    if qualified is not None and qualified.overall is not None:
        return f"passed, {percent(qualified.overall)}" + (
            f" in round {qualified.rounds}" if qualified.rounds and qualified.rounds > 1 else ""
        )
    if qualified is not None:
        return "waived"
    if current.number == 1 and not current.attempts:
        return "not begun"
    return f"round {current.number}, {len(current.attempts)} of {plural(len(current.case_ids), 'case')}"

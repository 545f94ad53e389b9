"""Score answers again after a change of the scorer."""

from __future__ import annotations

from dataclasses import dataclass

from doubleread.domain.score import is_primary
from doubleread.scoring import score
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Change:
    """An answer whose outcome has changed; `before` is None if it had none."""

    case_id: str
    arm: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Rescored:
    """How many answers were scored, and which results changed.

    `under_overrides` are answers whose outcome or choice is no longer what a person overrode; `before` is the outcome
    at that time. An override still counts.
    """

    scored: int
    changes: tuple[Change, ...]
    under_overrides: tuple[Change, ...] = ()


def score_again(study: StudyFile) -> Rescored:
    """Score every answer of a study again, and replace the scores that differ.

    Alternative scores stay as they are: they come from the model, not from the answer.
    """
    names = {arm.id: arm.name for arm in study.arms()}
    overrides = study.overrides.all()
    changes: list[Change] = []
    under: list[Change] = []
    scored = 0
    for case in study.cases():
        for answer in study.answers.all_of_case(case.id):
            old = [item for item in study.answers.scores_of(answer.id) if is_primary(item)]
            new = score(answer.text, case, answer.finish_reason)
            if new is None:
                continue
            scored += 1
            held = overrides.get(answer.id)
            if held is not None and not held.fits(new):
                under.append(Change(case.id, names[answer.arm_id], held.scored_outcome, new.outcome))
            if old == [new]:
                continue
            study.answers.replace_scores(answer.id, [new])
            before = old[0].outcome if old else None
            if before != new.outcome:
                changes.append(Change(case.id, names[answer.arm_id], before, new.outcome))
    return Rescored(scored, tuple(changes), tuple(under))

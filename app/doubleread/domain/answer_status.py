"""The status of an answer: what it counts as in every screen, estimate, report and export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from doubleread.domain.score import Outcome
from doubleread.domain.score_override import ScoreOverride

AnswerStatus = Literal[
    "correct", "incorrect", "measured", "pending", "unparsed", "refused", "truncated", "disputed", "unscored"
]
"""`measured` is an answer that is neither correct nor incorrect, but has measures; `pending` is a proposed match with
the key that nobody has confirmed or rejected, `disputed` an answer on which readers differ, `unscored` one without a
score. The status is also the word that people read.
"""

ANSWER_STATUSES: tuple[AnswerStatus, ...] = (
    "correct",
    "incorrect",
    "measured",
    "unparsed",
    "refused",
    "truncated",
    "pending",
    "disputed",
    "unscored",
)
"""All of them, in the order in which they are shown."""

INDETERMINATE: frozenset[str] = frozenset({"unparsed", "refused", "truncated"})
"""The statuses of an answer that does not say what was asked; outcomes of a score have the same names."""


def answer_status(
    outcome: Outcome | None, override: ScoreOverride | None = None, confirmations: Iterable[bool | None] = ()
) -> AnswerStatus:
    """Return what an answer counts as.

    `outcome` is that of the primary score, None if there is none. An override counts in place of everything else.
    `confirmations` are the readers' statements whether the answer names the diagnosis of the key, None if a reader
    made none; where there is any, they count in place of the score.
    """
    if override is not None and override.outcome != "withdrawn":
        return override.outcome
    if stated := set(confirmations) - {None}:
        return "disputed" if len(stated) > 1 else "correct" if True in stated else "incorrect"
    if outcome is None:
        return "unscored"
    return "pending" if outcome == "proposed" else outcome

"""Automatic scores of all answers to choices and inferences, where arms answer each case several times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from doubleread.domain.score import Score
from doubleread.store.records import score_from_row
from doubleread.store.scores import IS_PRIMARY_SCORE
from doubleread.store.sqlite.connection import Snapshot

_SCORES = f"""SELECT scores.*, answers.case_id, answers.arm_id
FROM cases JOIN answers ON answers.case_id = cases.id JOIN scores ON {IS_PRIMARY_SCORE}
WHERE cases.kind IN ('choice', 'inference') ORDER BY answers.sample"""

CaseScores = Mapping[str, Sequence[Score]]
"""The primary scores of all answers to a case, by arm id, in the order of the samples."""


def scores_of_samples(db: Snapshot) -> dict[str, CaseScores]:
    """Return the primary scores of all answers to each choice and inference, by case id in the study's order.

    An answer without a score is left out.
    """
    cases = db.execute("SELECT id FROM cases WHERE kind IN ('choice', 'inference') ORDER BY position").fetchall()
    found: dict[str, dict[str, list[Score]]] = {row["id"]: defaultdict(list) for row in cases}
    for row in db.execute(_SCORES):
        found[row["case_id"]][row["arm_id"]].append(score_from_row(row))
    return dict(found)

"""Answers to cases with documents: what they were given, and the scores of those to LongHealth's questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from doubleread.domain.longhealth import TASKS, task_tag
from doubleread.read_model.samples import CaseScores, scores_of_samples
from doubleread.store.sqlite.connection import Snapshot

_GIVEN = """SELECT arm_id, count(*) AS answers,
  sum(json_array_length(manifest, '$.documents.left_out') > 0) AS cut,
  sum(json_array_length(manifest, '$.documents.order')) AS documents,
  sum(json_array_length(manifest, '$.documents.left_out')) AS left_out,
  sum(json_extract(manifest, '$.documents.counted') = 'estimate') AS estimated
FROM answers WHERE json_extract(manifest, '$.documents') IS NOT NULL GROUP BY arm_id"""


@dataclass(frozen=True, slots=True)
class DocumentsGiven:
    """Of an arm's answers to cases with documents, later samples included: how many were not given all.

    `documents` counts the documents of all these prompts, `left_out` those that were left out. `estimated` counts the
    answers whose prompts were measured without a tokenizer.
    """

    answers: int = 0
    cut: int = 0
    documents: int = 0
    left_out: int = 0
    estimated: int = 0


def documents_given(db: Snapshot) -> dict[str, DocumentsGiven]:
    """Return what the answers of each arm were given, by arm id; external answers are not counted."""
    return {
        row["arm_id"]: DocumentsGiven(
            row["answers"], row["cut"], row["documents"], row["left_out"], row["estimated"] or 0
        )
        for row in db.execute(_GIVEN)
    }


def longhealth_scores(db: Snapshot) -> dict[int, Mapping[str, CaseScores]]:
    """Return the primary scores of all answers to LongHealth's questions: by task, then by case id."""
    tasks: dict[str, int] = {}
    for row in db.execute("SELECT id, tags FROM cases WHERE kind = 'choice' AND tags LIKE '%\"longhealth-%'"):
        tags = json.loads(row["tags"])
        if task := next((task for task in TASKS if task_tag(task) in tags), None):
            tasks[row["id"]] = task
    if not tasks:
        return {}
    scores = scores_of_samples(db)
    return {
        task: {case_id: of_case for case_id, of_case in scores.items() if tasks.get(case_id) == task}
        for task in sorted(set(tasks.values()))
    }

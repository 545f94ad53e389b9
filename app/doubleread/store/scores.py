"""Scores on their way from one file of a study to another."""

from __future__ import annotations

from sqlite_utils import Database

from doubleread.domain.score import SECOND_WAYS

IS_MAIN = f"scores.scorer NOT IN ({', '.join(map(repr, SECOND_WAYS))})"
"""In SQL: a score was read from the answer itself, not asked for in a second way."""

MAIN_SCORE_ID = f"(SELECT max(id) FROM scores WHERE answer_id = answers.id AND {IS_MAIN})"
"""In SQL: the number of an answer's main score."""


def copy_scores(source: Database, db: Database, answer_id: str) -> None:
    """Write the scores that an answer has in `source`, in their order, inside the caller's transaction."""
    rows = source.execute("SELECT * FROM scores WHERE answer_id = ? ORDER BY id", [answer_id]).fetchall()
    for row in map(dict, rows):
        del row["id"]
        db.table("scores").insert(row)

"""An answer's scores: which one is the primary score, and how they move from one file of a study to another.

The primary score is the one that was read from the answer itself, whichever was written first. Everything that shows
or counts an answer's score uses these statements.
"""

from __future__ import annotations

from sqlite_utils import Database

from doubleread.domain.score import ALTERNATIVE_SCORERS, MEASURING_SCORERS

IS_PRIMARY = f"scores.scorer NOT IN ({', '.join(map(repr, ALTERNATIVE_SCORERS))})"
"""In SQL: whether a row of `scores` was read from the answer itself."""

IS_PRIMARY_SCORE = f"scores.id = (SELECT max(id) FROM scores WHERE answer_id = answers.id AND {IS_PRIMARY})"
"""In SQL, beside a row of `answers`: a row of `scores` is the answer's primary score."""

PRIMARY_SCORES = f"SELECT scores.* FROM answers JOIN scores ON {IS_PRIMARY_SCORE}"
"""The statement that returns every answer's primary score; `PRIMARY_SCORE` that of one answer, by its id."""

PRIMARY_SCORE = f"{PRIMARY_SCORES} WHERE answers.id = ?"


ADDED_MEASURES = (
    "SELECT answer_id, scores.measures FROM scores JOIN answers ON answers.id = answer_id"
    f" WHERE scorer IN ({', '.join(map(repr, MEASURING_SCORERS))})"
)
"""The statement that returns the measures of the alternative scorers that measure answers."""


def copy_scores(source: Database, db: Database, answer_id: str) -> None:
    """Write the scores that an answer has in `source`, in their order, inside the caller's transaction."""
    rows = source.execute("SELECT * FROM scores WHERE answer_id = ? ORDER BY id", [answer_id]).fetchall()
    for row in map(dict, rows):
        del row["id"]
        db.table("scores").insert(row)

"""What the commit reveals, in words: the key, the scores with their evidence, the explanation, the names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.bond import BondGrade
from doubleread.domain.case import Criterion
from doubleread.domain.criteria import MET
from doubleread.domain.formatting import decimal, gained, points
from doubleread.domain.reading import Judgement
from doubleread.domain.rubric import rubric_score
from doubleread.domain.score import Score
from doubleread.read_model.score_words import score_words
from doubleread.sessions.blind import Reveal


def score_line(
    side: Side, score: Score | None, name: str, confirmed: bool | None, grade: BondGrade | None = None
) -> str:
    """Return how one answer was scored, and how the reader graded its diagnosis."""
    words = "not scored" if score is None else score_words(score)
    if grade is not None:
        words += f"; your grade: {int(grade)}, {grade.label}"
    elif confirmed is not None:
        words += "; confirmed: names the diagnosis" if confirmed else "; confirmed: does not name the diagnosis"
    return f"{side}  {words}" + (f"   {name}" if name else "")


def rubric_line(side: Side, criteria: Sequence[Criterion], met: Collection[str], name: str) -> str:
    """Return the score of an answer by the reader's own judgements of its criteria."""
    score = rubric_score(criteria, met)
    total = sum(criterion.points for criterion in criteria if criterion.id in met)
    positive = sum(criterion.points for criterion in criteria if criterion.points > 0)
    words = "no score" if score is None else f"rubric score {decimal(score)}: {gained(total)} of {points(positive)[1:]}"
    return f"{side}  {words}" + (f"   {name}" if name else "")


def key_line(reveal: Reveal) -> str:
    """Return the key, or that the study does not show it."""
    if reveal.criteria:
        return f"Ideal answer  {reveal.key_text}" if reveal.key_text else "This rubric has no ideal answer."
    return f"Key  {reveal.key_text}" if reveal.key_text else "Committed. This study does not show its key."


def answer_lines(reveal: Reveal, held: Judgement, answer_ids: Mapping[Side, str]) -> list[str]:
    """Return a line for each answer of which anything is revealed: its score, the reader's grade or score, its name."""
    lines = []
    for side in SIDES:
        name = reveal.names.get(side, "")
        if reveal.criteria:
            met = {
                criterion_id
                for (answer_id, criterion_id), item in held.criteria.items()
                if answer_id == answer_ids[side] and item.judgement == MET
            }
            lines.append(rubric_line(side, reveal.criteria, met, name))
        elif side in reveal.scores:
            lines.append(score_line(side, reveal.scores[side], name, held.diagnoses.get(side), held.grades.get(side)))
        elif name:
            lines.append(f"{side}  {name}")
    return lines


def explanation_lines(reveal: Reveal) -> list[str]:
    """Return the explanation and the source of the key, where they are revealed."""
    return [text for text in (reveal.explanation, reveal.source and f"Source: {reveal.source}") if text]

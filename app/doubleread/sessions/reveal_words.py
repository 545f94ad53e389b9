"""What the commit reveals, in words: the key, the scores with their evidence, the explanation, the names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

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


class RevealedAnswer(NamedTuple):
    """What is revealed of an answer: how it was scored or graded, and the name of what wrote it. Both may be empty."""

    side: Side
    words: str
    name: str

    @property
    def line(self) -> str:
        """Both in one line."""
        return "   ".join(filter(None, (f"Answer {self.side}  {self.words or self.name}", self.words and self.name)))


def _score_words(score: Score | None, confirmed: bool | None, grade: BondGrade | None) -> str:
    """Return how one answer was scored, and how the reader graded its diagnosis."""
    words = "not scored" if score is None else score_words(score)
    if grade is not None:
        words += f"; your grade: {int(grade)}, {grade.label}"
    elif confirmed is not None:
        words += "; confirmed: names the diagnosis" if confirmed else "; confirmed: does not name the diagnosis"
    return words


def _rubric_words(criteria: Sequence[Criterion], met: Collection[str]) -> str:
    """Return the score of an answer by the reader's own judgements of its criteria."""
    score = rubric_score(criteria, met)
    total = sum(criterion.points for criterion in criteria if criterion.id in met)
    positive = sum(criterion.points for criterion in criteria if criterion.points > 0)
    return "no score" if score is None else f"rubric score {decimal(score)}: {gained(total)} of {points(positive)[1:]}"


def key_line(reveal: Reveal) -> str:
    """Return the key, or that the study does not show it."""
    if reveal.criteria:
        return f"Ideal answer  {reveal.key_text}" if reveal.key_text else "This rubric has no ideal answer."
    return f"Key  {reveal.key_text}" if reveal.key_text else "Committed. This study does not show its key."


def revealed_answers(reveal: Reveal, held: Judgement, answer_ids: Mapping[Side, str]) -> list[RevealedAnswer]:
    """Return each answer of which anything is revealed: its score, the reader's grade or score, its name."""
    found = []
    for side in SIDES:
        words = ""
        if reveal.criteria:
            met = {
                criterion_id
                for (answer_id, criterion_id), item in held.criteria.items()
                if answer_id == answer_ids[side] and item.judgement == MET
            }
            words = _rubric_words(reveal.criteria, met)
        elif side in reveal.scores:
            words = _score_words(reveal.scores[side], held.diagnoses.get(side), held.grades.get(side))
        if words or side in reveal.names:
            found.append(RevealedAnswer(side, words, reveal.names.get(side, "")))
    return found


def explanation_lines(reveal: Reveal) -> list[str]:
    """Return the explanation and the source of the key, where they are revealed."""
    return [text for text in (reveal.explanation, reveal.source and f"Source: {reveal.source}") if text]

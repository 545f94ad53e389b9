"""What a reader has judged of a case so far, in words: the summary before the commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doubleread.domain.answer_scales import NOT_APPLICABLE, AnswerScale, ScaleRatings
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.criteria import MET
from doubleread.domain.ordinal_scales import SCALES
from doubleread.sessions.judgement_summary import summary
from doubleread.sessions.reading import ReadingSession


@dataclass(frozen=True, slots=True)
class CountedSentences:
    """How many sentences an answer has, and how many of them are judged."""

    side: Side
    judged: int
    sentences: int


def sentences_left_words(counts: Sequence[CountedSentences]) -> str:
    """Return how many sentences of each answer are not judged, or that all are."""
    left = [
        f"{count.side} {count.sentences - count.judged} of {count.sentences}"
        for count in counts
        if count.judged < count.sentences
    ]
    if left:
        return f"Sentences not judged:  {', '.join(left)}"
    return f"Sentences judged:  all {sum(count.sentences for count in counts)}"


@dataclass(frozen=True, slots=True)
class CountedCriteria:
    """How many criteria an answer is judged by, and how many of them are judged, and judged to be met."""

    side: Side
    judged: int
    criteria: int
    met: int = 0


def criteria_left_words(counts: Sequence[CountedCriteria]) -> str:
    """Return how many criteria of each answer are not judged, or if all are, how many are met."""
    left = [
        f"{count.side} {count.criteria - count.judged} of {count.criteria}"
        for count in counts
        if count.judged < count.criteria
    ]
    if left:
        return f"Criteria not judged:  {', '.join(left)}"
    return f"Criteria met:  {', '.join(f'{count.side} {count.met} of {count.criteria}' for count in counts)}"


def _rated_words(ratings: ScaleRatings, scales: Iterable[AnswerScale]) -> list[str]:
    """Return a line for each answer that was rated on scales. A level of two, such as yes or no, is named."""
    named = {scale.name: scale.numbered for scale in scales if len(scale.numbered) == 2}
    lines = []
    for side in SIDES:
        given = [(name, by_side[side]) for name, by_side in ratings.items() if side in by_side]
        words = ", ".join(
            f"{name} {NOT_APPLICABLE if level is None else named.get(name, {}).get(level, level)}"
            for name, level in given
        )
        if words:
            lines.append(f"Scales of {side}:  {words}")
    return lines


def counted_sentences(session: ReadingSession) -> list[CountedSentences]:
    """Count the sentences of both answers."""
    found = []
    for side, answer in session.answers().items():
        count = len(answer.sentences)
        found.append(CountedSentences(side, count - len(session.sentences_left(side)), count))
    return found


def counted_criteria(session: ReadingSession) -> list[CountedCriteria]:
    """Count the criteria of both answers."""
    ids = [criterion.id for criterion in session.case.criteria]
    reading = session.reading
    if reading is None:
        return []
    found = []
    for side in SIDES:
        held = [reading.judgement.criteria.get((reading.answer_ids[side], criterion_id)) for criterion_id in ids]
        judged = [item for item in held if item is not None]
        found.append(CountedCriteria(side, len(judged), len(ids), sum(item.judgement == MET for item in judged)))
    return found


def reading_summary(session: ReadingSession) -> list[str]:
    """Return what is said of the current case so far, a line for each kind of judgement."""
    reading = session.reading
    if reading is None:
        return []
    held = reading.judgement
    lines = summary(held, reading.side_of, session.labels)
    if held.sentences or session.sentence_mode == "required":
        lines.append(sentences_left_words(counted_sentences(session)))
    lines += _rated_words(held.scale_ratings, session.answer_scales)
    if session.case.criteria:
        lines.append(criteria_left_words(counted_criteria(session)))
    for scale in SCALES:
        if (level := held.levels.get(scale.name)) is not None:
            lines.append(f"{scale.name.capitalize()}:  {level}, {scale.levels[level]}")
    if held.outside_field:
        lines.append("Outside my field:  yes")
    return lines

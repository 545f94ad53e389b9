"""What is known of each case of a study, for both models: the rows that a results screen draws and lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from doubleread.domain.labels import label_set_named
from doubleread.sessions.judged import JudgedAnswer, judged_answers
from doubleread.statistics import Preferred
from doubleread.store import StudyFile

Lead = Literal["first", "second", "even"]
Place = Literal[0, 1]
"""Which of the two models: the first or the second, in the order of the view."""
PLACES: tuple[Place, Place] = (0, 1)
UNCLEAR = frozenset({"unparsed", "refused", "truncated"})


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """One model's answer to a case. `standing` is what it counts as (see `JudgedAnswer.standing`).

    `findings` are (category, severity) of what stands in committed readings, omissions apart; `readings` counts those.
    """

    standing: str
    words: int
    readings: int
    findings: tuple[tuple[str, str], ...]
    omissions: tuple[tuple[str, str], ...]
    verdicts: tuple[str, ...]

    @property
    def right(self) -> bool | None:
        """Whether the answer is right; None where it is unclear (unparsed, refused, cut off)."""
        return None if self.standing in UNCLEAR else self.standing == "right"

    @property
    def settled(self) -> bool:
        """Whether it counts in accuracy at all: right, wrong or unclear."""
        return self.standing in UNCLEAR or self.standing in ("right", "wrong")


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case with both answers, None where one is missing. `number` counts from 1 in the study's order."""

    id: str
    number: int
    title: str
    kind: str
    specialty: str
    answers: tuple[AnswerFacts | None, AnswerFacts | None]
    preferences: tuple[Preferred, ...] = ()

    @property
    def lead(self) -> Lead | None:
        """Which model more of the case's readers preferred; None where nobody stated a preference."""
        first, second = self.preferences.count("first"), self.preferences.count("second")
        if not self.preferences:
            return None
        return "even" if first == second else "first" if first > second else "second"

    @property
    def settled_pair(self) -> tuple[bool | None, bool | None] | None:
        """Whether each model is right, where both answers count in accuracy; else None."""
        one, other = self.answers
        if one is None or other is None or not (one.settled and other.settled):
            return None
        return one.right, other.right

    @property
    def pair(self) -> str:
        """The field of the two-by-two table that the case is in, with unclear counted as wrong; "" outside of it."""
        right = self.settled_pair
        if right is None:
            return ""
        if right[0]:
            return "both" if right[1] else "first_only"
        return "second_only" if right[1] else "neither"


def case_facts(study: StudyFile, model_ids: tuple[str, str]) -> tuple[CaseFacts, ...]:
    """Return all cases in the study's order, with the answers in the order of `model_ids`."""
    omission = label_set_named(study.protocol.label_set).omission.name
    held: dict[str, dict[str, JudgedAnswer]] = defaultdict(dict)
    for answer in judged_answers(study):
        held[answer.case_id][answer.model_id] = answer
    preferred = _preferences(study, model_ids)
    rows = study.connection.rows(
        "SELECT id, title, kind, json_extract(tags, '$[0]') AS specialty FROM cases ORDER BY position"
    )
    return tuple(
        CaseFacts(
            id=row["id"],
            number=number,
            title=row["title"] or row["id"],
            kind=row["kind"],
            specialty=row["specialty"] or "",
            answers=(
                _facts(held[row["id"]].get(model_ids[0]), omission),
                _facts(held[row["id"]].get(model_ids[1]), omission),
            ),
            preferences=tuple(preferred.get(row["id"], ())),
        )
        for number, row in enumerate(rows, start=1)
    )


def _facts(answer: JudgedAnswer | None, omission: str) -> AnswerFacts | None:
    if answer is None:
        return None
    return AnswerFacts(
        standing=answer.standing,
        words=answer.words,
        readings=len(answer.readings),
        findings=tuple(found for found in answer.findings if found[0] != omission),
        omissions=tuple(found for found in answer.findings if found[0] == omission),
        verdicts=tuple(answer.verdicts),
    )


def _preferences(study: StudyFile, model_ids: tuple[str, str]) -> Mapping[str, list[Preferred]]:
    """Return what the readers of each case preferred; readings without a preference are left out."""
    found: dict[str, list[Preferred]] = defaultdict(list)
    for row in study.connection.rows(
        "SELECT readings.case_id, preference, model_id FROM readings"
        " LEFT JOIN answers ON answers.id = preferred_answer_id"
        " WHERE committed_at IS NOT NULL AND NOT outside_field AND preference IS NOT NULL"
        " ORDER BY opened_at, readings.id"
    ):
        found[row["case_id"]].append(_preferred(row, model_ids))
    return found


def _preferred(row: Any, model_ids: tuple[str, str]) -> Preferred:
    if row["preference"] == "tie":
        return "tie"
    if row["preference"] == "both bad":
        return "both bad"
    return "first" if row["model_id"] == model_ids[0] else "second"


def standings(cases: tuple[CaseFacts, ...], kind: str, place: Place) -> Counter[str]:
    """Count what one model's answers to cases of a kind count as."""
    return Counter(facts.standing for case in cases if case.kind == kind and (facts := case.answers[place]))

"""A score override: a person's decision on what an answer chooses, or on the grade of its diagnosis.

For a choice the person says which option the answer commits to, for an inference which label; the key decides whether
that is correct. For a diagnosis the person grades the answer against the key, on Bond's scale. The automatic score is
kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from doubleread.domain.bond import GRADES, BondGrade
from doubleread.domain.case import Case, choosable, chosen_words
from doubleread.domain.score import Score

OverrideOutcome = Literal["correct", "incorrect", "refused", "unparsed"]
OVERRIDE_OUTCOMES: tuple[OverrideOutcome, ...] = get_args(OverrideOutcome)
WITHDRAWN: Literal["withdrawn"] = "withdrawn"
"""The outcome of an override that withdraws the previous one: the automatic score counts again."""

_TEXTS = ("answer_id", "case_id", "answer_sha256", "scorer", "version", "scored_outcome", "outcome", "adjudicator_id")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person says of one answer: an option's letter or a label, a grade, or an outcome if there is neither.

    With an option, a label or a grade the outcome follows from the key; without, it is "refused", or "unparsed" where
    the answer says nothing that can be scored.
    """

    chosen: str | None = None
    grade: BondGrade | None = None
    refused: bool = False

    def outcome(self, case: Case) -> OverrideOutcome:
        """Return the outcome for an answer to a case. Raises ValueError for a ruling that does not fit the case."""
        if (self.chosen is not None) + (self.grade is not None) + self.refused > 1:
            raise ValueError("an answer is given an option, a grade or a refusal: exactly one of them")
        if self.chosen is not None:
            if self.chosen not in choosable(case.kind, case.options):
                raise ValueError(f"the case has no option {self.chosen}")
            return "correct" if self.chosen == case.key else "incorrect"
        if self.grade is not None:
            if case.kind != "diagnosis":
                raise ValueError("only a diagnosis is graded")
            return "correct" if self.grade.same else "incorrect"
        return "refused" if self.refused else "unparsed"


@dataclass(frozen=True, slots=True)
class ScoreOverride:
    """One decision on one answer's score. `scored_outcome` and `scored_chosen` are the automatic score's at that time.

    `reason` may be empty for the first decision on an answer, and is given for later ones. `decided_at` is the time of
    its event, "" before that.
    """

    answer_id: str
    case_id: str
    answer_sha256: str
    scorer: str
    version: str
    scored_outcome: str
    scored_chosen: str | None
    outcome: OverrideOutcome | Literal["withdrawn"]
    chosen: str | None
    grade: BondGrade | None
    reason: str
    adjudicator_id: str
    decided_at: str = field(default="", compare=False)

    @property
    def ruling(self) -> Ruling | None:
        """What was decided; None if it was withdrawn."""
        if self.outcome == WITHDRAWN:
            return None
        return Ruling(self.chosen, self.grade, self.outcome == "refused")

    @property
    def said(self) -> str:
        """What was decided, in words that do not tell whether an option is correct."""
        if self.grade is not None:
            return f"grade {int(self.grade)}, {self.grade.label}"
        return chosen_words(self.chosen) if self.chosen is not None else self.outcome

    def as_body(self) -> dict[str, Any]:
        """Return it as the body of an event."""
        body = {name: getattr(self, name) for name in _FIELDS}
        return {**body, "grade": None if self.grade is None else int(self.grade)}

    def fits(self, score: Score | None) -> bool:
        """Return whether the automatic score still says what it said when this was reviewed."""
        return score is not None and (score.outcome, score.chosen) == (self.scored_outcome, self.scored_chosen)


_FIELDS = tuple(item.name for item in fields(ScoreOverride) if item.compare)
"""What a body holds."""


def malformed(body: Mapping[str, Any]) -> str:
    """Return why no override can be read from an event's body; "" if one can."""
    if any(not isinstance(body.get(name), str) or not body[name] for name in _TEXTS):
        return "it is not complete"
    if not isinstance(body.get("reason"), str):
        return "its reason is not text"
    if any(not isinstance(body.get(name), str | None) for name in ("chosen", "scored_chosen")):
        return "an option is given by its letter"
    grade, chosen, outcome = body.get("grade"), body.get("chosen"), body["outcome"]
    if grade is not None and (type(grade) is not int or grade not in GRADES):
        return f"{grade!r} is not a grade"
    if outcome not in (*OVERRIDE_OUTCOMES, WITHDRAWN):
        return f"{outcome!r} is not an outcome"
    said = (chosen is not None) + (grade is not None)
    if said != (outcome in ("correct", "incorrect")):
        return "a correct or incorrect answer needs one option or grade"
    if grade is not None and (grade == BondGrade.EXACT) != (outcome == "correct"):
        return f"an answer of grade {grade} is not {outcome}"
    return ""


def override_from_body(body: Mapping[str, Any]) -> ScoreOverride:
    """Return the override in an event's body. Raises ValueError, which says why, if there is none."""
    if fault := malformed(body):
        raise ValueError(fault)
    values: dict[str, Any] = {name: body.get(name) for name in _FIELDS}
    if values["grade"] is not None:
        values["grade"] = BondGrade(values["grade"])
    return ScoreOverride(**values)


def misfit(override: ScoreOverride, case: Case) -> str:
    """Return why an override does not fit an answer to a case; "" if it does."""
    ruling = override.ruling
    if ruling is None:
        return ""
    try:
        follows = ruling.outcome(case)
    except ValueError as error:
        return str(error)
    return "" if follows == override.outcome else f"by the key, it would be {follows}, not {override.outcome}"

"""Checks of an adjudicator's decisions before they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doubleread.domain.adjudication import (
    OF_ANSWER,
    SOURCES,
    Adjudication,
    ComparedReading,
    Decision,
    Difference,
    Resolution,
)
from doubleread.domain.annotation import RATED_FIELDS, Annotation
from doubleread.domain.axes import RATINGS
from doubleread.domain.blinding import Side
from doubleread.domain.comparison import Comparison, compare, resolve
from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.labels import VERDICTS, LabelSet
from doubleread.domain.reading import PREFERENCES
from doubleread.domain.reading_checks import Texts, check_annotation, check_quotes
from doubleread.errors import InputRefusedError, StudyChangedError

_VALUES: Mapping[str, frozenset[str]] = {
    "verdict": frozenset(label.name for label in VERDICTS),
    "preference": frozenset(PREFERENCES),
    "rating": frozenset(RATINGS),
    "criterion": frozenset(label.name for label in CRITERION_JUDGEMENTS),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What an adjudication is based on: the readings that can be compared, by their ids, the texts and the labels."""

    readings: Mapping[str, ComparedReading]
    texts: Texts
    labels: LabelSet

    def comparison(self, adjudication: Adjudication) -> Comparison:
        """Compare the readings in the order in which the adjudication numbers them."""
        readings = [self.readings[head.reading_id].reading for head in adjudication.readings]
        return compare(readings, adjudication.answer_ids)

    def text_of(self, difference: Difference) -> str:
        """Return the text that a difference's annotations mark."""
        return self.texts.marked(difference.place, str(difference.answer_id)) or ""

    def resolution(self, adjudication: Adjudication, decisions: Mapping[str, Decision]) -> Resolution:
        """Return what these decisions resolve, by the ids of their differences."""
        return resolve(self.comparison(adjudication), decisions, self.text_of)


def check_decision(difference: Difference, decision: Decision, answer_ids: Mapping[Side, str], ground: Ground) -> None:
    """Check whether a difference can be resolved in this way. Raises InputRefusedError."""
    if decision.reader is not None and not 0 <= decision.reader < len(difference.held):
        raise decision_refused(f"there is no reader number {decision.reader}")
    given = (decision.reader is not None, decision.annotation is not None, decision.value is not None)
    needed = {
        "take": (True, False, False),
        "join": (True, False, False),
        "reject": (False, False, False),
        "own": (False, difference.marked, not difference.marked),
    }
    if given != needed[decision.how] or (decision.ratings and decision.how != "join"):
        raise decision_refused("it does not say how the difference is resolved")
    if not difference.marked:
        _check_value(difference, decision)
    elif decision.how == "join":
        _check_joined(difference, decision, ground.labels)
    elif decision.annotation is not None:
        annotation = decision.annotation
        if (annotation.answer_id, annotation.place) != (difference.answer_id, difference.place):
            raise decision_refused("it is an annotation in a text that the readers did not annotate")
        check_annotation(annotation, tuple(answer_ids.values()), ground.texts, ground.labels)


def check_adjudicated(resolution: Resolution, answer_ids: Mapping[Side, str], texts: Texts) -> None:
    """Check quotes and values of a resolution, and that nothing is resolved or marked twice. Raises InputRefusedError.

    Its labels are those of the readers' protocols, which may differ, and are not checked.
    """
    answers = tuple(answer_ids.values())
    for item in resolution.annotations:
        if item.source not in SOURCES or not isinstance(item.annotation.id, str) or not item.annotation.id:
            raise decision_refused("an annotation does not state its source")
        _check_texts_of(item.annotation)
        check_quotes(item.annotation, answers, texts)
    for value in resolution.values:
        if not all(isinstance(item, str) for item in (value.id, value.subject, value.axis, value.value, value.source)):
            raise decision_refused("a value is not text")
        if value.source not in SOURCES or value.value not in _VALUES.get(value.subject, ()):
            raise decision_refused(f"{value.value!r} is not a {value.subject}")
        placed = value.answer_id in answers if value.subject in OF_ANSWER else value.answer_id is None
        if not placed or bool(value.axis) != (value.subject in ("rating", "criterion")):
            raise decision_refused(f"a {value.subject} does not state its subject")
        if value.subject == "criterion" and value.axis not in texts.criteria:
            raise decision_refused(f"the case has no criterion {value.axis!r}")
    if not all(isinstance(item, str) for item in resolution.rejected):
        raise decision_refused("a rejected difference has no id")
    if len(resolution.ids) < len(resolution.annotations) + len(resolution.values) + len(resolution.rejected):
        raise decision_refused("a difference is resolved twice")
    if len({item.annotation.mark for item in resolution.annotations}) < len(resolution.annotations):
        raise decision_refused("the same words are marked twice in one category")


def still_open(adjudication: Adjudication, comparison: Comparison) -> tuple[str, ...]:
    """Return what must still be decided before the case can be resolved."""
    sides = {answer_id: side for side, answer_id in adjudication.answer_ids.items()}
    named: dict[str, int] = {}
    for difference in comparison.undecided(adjudication.decisions):
        about = f" on {sides[difference.answer_id]}" if difference.answer_id else ""
        axis = f" by {difference.axis}" if difference.subject == "rating" else ""
        word = "comparison" if difference.subject == "rating" else difference.subject
        name = f"{word}{about}{axis}"
        named[name] = named.get(name, 0) + 1
    return tuple(name if count == 1 else f"{count} times {name}" for name, count in named.items())


def _check_value(difference: Difference, decision: Decision) -> None:
    if decision.how not in ("take", "own"):
        raise decision_refused(f"a {difference.subject} must be resolved by a value")
    value = decision.value if decision.reader is None else difference.held[decision.reader].value
    if value not in _VALUES[difference.subject]:
        raise decision_refused(
            f"{value!r} is not a {difference.subject}" if value is not None else "this reader gave none"
        )


def _check_joined(difference: Difference, decision: Decision, labels: LabelSet) -> None:
    if len(difference.annotations) < 2:
        raise decision_refused("only one reader made an annotation here, so there are no boundaries to join")
    if decision.reader is None or difference.held[decision.reader].annotation is None:
        raise decision_refused("this reader made no annotation here")
    for rated, value in decision.ratings.items():
        named = {label.name for label in labels.ratings(rated)}
        if not (value in named or (value is None and rated not in ("category", "severity"))):
            raise decision_refused(f"{value!r} is not a {rated} of the label set {labels.name}")
    category = decision.ratings.get("category")
    if category is not None and (category == labels.omission.name) != (difference.subject == "omission"):
        raise decision_refused("an omission belongs in the case, every other annotation in an answer")


def expect_open(before: Adjudication) -> None:
    """Raise InputRefusedError if the case is resolved."""
    if before.committed:
        raise InputRefusedError(
            "Decision refused",
            "the case is resolved, so a correction needs a reason",
            "reopen it, with a reason",
        )


def expect_fresh(adjudication: Adjudication, ground: Ground) -> None:
    """Raise StudyChangedError if the readings have changed since they were compared."""
    if len(ground.readings) < 2 or adjudication.stale(ground.readings.values()):
        raise StudyChangedError(
            "The readings have changed",
            "a reading of this case was corrected or committed in the meantime",
            "this change was not saved; check the case again",
        )


def _check_texts_of(annotation: Annotation) -> None:
    rated = [getattr(annotation, name) for name in RATED_FIELDS]
    if not all(isinstance(value, str | None) for value in rated) or not isinstance(annotation.note, str):
        raise decision_refused("a rating or note is not text")
    if annotation.category is None or annotation.severity is None:
        raise decision_refused("an annotation has no category or severity")


def decision_refused(happened: str) -> InputRefusedError:
    """Return the error for a decision that cannot be stored."""
    return InputRefusedError("Decision refused", happened, "choose a different decision")

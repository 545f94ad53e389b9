"""What a decision of an arbiter must fulfil before it is stored. Pure: nothing here touches the file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doubleread.domain import events as log
from doubleread.domain.arbitration import (
    SOURCES,
    Arbitration,
    ComparedReading,
    Decision,
    Difference,
    Settlement,
)
from doubleread.domain.axes import RATINGS
from doubleread.domain.blinding import Side
from doubleread.domain.comparison import Comparison, compare, settle
from doubleread.domain.events import Event
from doubleread.domain.finding import RATED_FIELDS, Finding
from doubleread.domain.labels import VERDICTS, LabelSet
from doubleread.domain.reading import PREFERENCES
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store.checks import Texts, check_finding, check_quotes

_VALUES: Mapping[str, frozenset[str]] = {
    "verdict": frozenset(label.name for label in VERDICTS),
    "preference": frozenset(PREFERENCES),
    "rating": frozenset(RATINGS),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What an arbitration stands on: the readings that can be compared now, by their ids, the texts and the labels."""

    readings: Mapping[str, ComparedReading]
    texts: Texts
    labels: LabelSet

    def comparison(self, arbitration: Arbitration) -> Comparison:
        """Compare the readings in the order in which the arbitration numbers them."""
        readings = [self.readings[head.reading_id].reading for head in arbitration.readings]
        return compare(readings, arbitration.answer_ids)

    def text_of(self, difference: Difference) -> str:
        """Return the text that a difference's findings mark."""
        return self.texts.case if difference.subject == "omission" else self.texts.answers[str(difference.answer_id)]

    def settlement(self, arbitration: Arbitration) -> Settlement:
        """Return what is settled by the decisions made so far."""
        return settle(self.comparison(arbitration), arbitration.decisions, self.text_of)


def check_arbitration_event(before: Arbitration, after: Arbitration, event: Event, ground: Ground) -> None:
    """Check one event of an open arbitration, after `check_last`. `before` and `after` stand without and with it.

    Raises InputRefusedError for what would be wrong to store, StudyChangedError where the readings or the arbitration
    are no longer what the arbiter saw.
    """
    body = event.body
    match event.kind:
        case log.ARBITRATION_DECIDED:
            _expect_open(before)
            _expect_fresh(before, ground)
            _check_decided(after, body, ground)
        case log.ARBITRATION_UNDONE | log.ARBITRATION_REDONE:
            pass
        case log.ARBITRATION_COMMITTED:
            _expect_open(before)
            _expect_fresh(before, ground)
            _check_committed(before, after, ground)
        case log.ARBITRATION_REOPENED:
            _check_reopened(before, after, body, ground)
        case log.ARBITRATION_TIMED:
            seconds = body.get("seconds")
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
                raise InputRefusedError("Time refused", f"{seconds!r} is not a number of seconds")
        case _:
            raise StudyChangedError(
                "The arbitration has changed", "it was opened before", "go on with the one that is there"
            )


def check_last(before: Arbitration, event: Event) -> None:
    """Raise StudyChangedError where an event undoes or redoes what is not the last decision. Comes before the fold."""
    undo = event.kind == log.ARBITRATION_UNDONE
    actions = before.undoable if undo else before.redoable
    if event.kind in (log.ARBITRATION_UNDONE, log.ARBITRATION_REDONE) and actions[-1:] != (
        event.body.get("action_id"),
    ):
        raise StudyChangedError(
            "The arbitration has changed",
            f"the decision to be {'undone' if undo else 'made again'} is not the last one, maybe by another window",
            "this was not saved; look at it again",
        )


def check_decision(difference: Difference, decision: Decision, answer_ids: Mapping[Side, str], ground: Ground) -> None:
    """Check whether a difference can be settled in this way. Raises InputRefusedError."""
    if decision.reader is not None and not 0 <= decision.reader < len(difference.held):
        raise _refused(f"there is no reader number {decision.reader}")
    given = (decision.reader is not None, decision.finding is not None, decision.value is not None)
    needed = {
        "take": (True, False, False),
        "join": (True, False, False),
        "reject": (False, False, False),
        "own": (False, difference.marked, not difference.marked),
    }
    if given != needed[decision.how] or (decision.ratings and decision.how != "join"):
        raise _refused("it does not say by what the difference is settled")
    if not difference.marked:
        _check_value(difference, decision)
    elif decision.how == "join":
        _check_joined(difference, decision, ground.labels)
    elif decision.finding is not None:
        finding = decision.finding
        place = "case" if difference.subject == "omission" else "answer"
        if (finding.answer_id, finding.place) != (difference.answer_id, place):
            raise _refused("it is a finding in another text than those of the readers")
        check_finding(finding, tuple(answer_ids.values()), ground.texts, ground.labels)


def check_settlement(settlement: Settlement, answer_ids: Mapping[Side, str], texts: Texts) -> None:
    """Check a settlement by itself: words, values, no matter and no mark twice. Raises InputRefusedError.

    Its labels are those of the readers' protocols, which may differ, and are not looked at.
    """
    answers = tuple(answer_ids.values())
    for item in settlement.findings:
        if item.source not in SOURCES or not isinstance(item.finding.id, str) or not item.finding.id:
            raise _not_settled("a finding does not say where it comes from")
        _check_texts_of(item.finding)
        check_quotes(item.finding, answers, texts)
    for value in settlement.values:
        if not all(isinstance(item, str) for item in (value.id, value.subject, value.axis, value.value, value.source)):
            raise _not_settled("a value is not a text")
        if value.source not in SOURCES or value.value not in _VALUES.get(value.subject, ()):
            raise _not_settled(f"{value.value!r} is no {value.subject}")
        placed = value.answer_id in answers if value.subject == "verdict" else value.answer_id is None
        if not placed or bool(value.axis) != (value.subject == "rating"):
            raise _not_settled(f"a {value.subject} does not say what it is about")
    if not all(isinstance(item, str) for item in settlement.rejected):
        raise _not_settled("what was rejected has no id")
    if len(settlement.ids) < len(settlement.findings) + len(settlement.values) + len(settlement.rejected):
        raise _not_settled("a matter is settled twice")
    if len({item.finding.mark for item in settlement.findings}) < len(settlement.findings):
        raise _not_settled("the same words are marked twice in one category")


def still_open(arbitration: Arbitration, comparison: Comparison) -> tuple[str, ...]:
    """Name in words what is to be decided before the case can be settled."""
    sides = {answer_id: side for side, answer_id in arbitration.answer_ids.items()}
    named: dict[str, int] = {}
    for difference in comparison.undecided(arbitration.decisions):
        about = f" on {sides[difference.answer_id]}" if difference.answer_id else ""
        axis = f" by {difference.axis}" if difference.axis else ""
        word = "comparison" if difference.subject == "rating" else difference.subject
        name = f"{word}{about}{axis}"
        named[name] = named.get(name, 0) + 1
    return tuple(name if count == 1 else f"{count} times {name}" for name, count in named.items())


def _check_decided(after: Arbitration, body: Mapping[str, Any], ground: Ground) -> None:
    comparison = ground.comparison(after)
    difference = comparison.difference(str(body["difference_id"]))
    if difference is None:
        raise StudyChangedError(
            "The difference is gone", "the readers do not differ there any more", "look at the case again"
        )
    about = (body["subject"], body["answer_id"], body["axis"], list(body["finding_ids"]))
    marked = sorted(finding.id for finding in difference.findings)
    if about != (difference.subject, difference.answer_id, difference.axis, marked):
        raise _refused("it names another difference than it settles")
    check_decision(difference, after.decisions[difference.id], after.answer_ids, ground)
    check_settlement(ground.settlement(after), after.answer_ids, ground.texts)


def _check_value(difference: Difference, decision: Decision) -> None:
    if decision.how not in ("take", "own"):
        raise _refused(f"a {difference.subject} is settled by a value")
    value = decision.value if decision.reader is None else difference.held[decision.reader].value
    if value not in _VALUES[difference.subject]:
        raise _refused(f"{value!r} is no {difference.subject}" if value is not None else "this reader gave none")


def _check_joined(difference: Difference, decision: Decision, labels: LabelSet) -> None:
    if len(difference.findings) < 2:
        raise _refused("only one reader marked something here, so there are no boundaries to join")
    if decision.reader is None or difference.held[decision.reader].finding is None:
        raise _refused("this reader marked nothing here")
    for rated, value in decision.ratings.items():
        named = {label.name for label in labels.ratings(rated)}
        if not (value in named or (value is None and rated not in ("category", "severity"))):
            raise _refused(f"{value!r} is no {rated} of the label set {labels.name}")
    category = decision.ratings.get("category")
    if category is not None and (category == labels.omission.name) != (difference.subject == "omission"):
        raise _refused("an omission is marked in the case, every other finding in an answer")


def _check_committed(before: Arbitration, after: Arbitration, ground: Ground) -> None:
    if missing := still_open(before, ground.comparison(before)):
        raise InputRefusedError(
            "Commit refused", f"still to be decided: {', '.join(missing)}", "decide about it, then commit"
        )
    if after.settlement != ground.settlement(before):
        raise InputRefusedError("Commit refused", "it says something else than what was decided", "commit again")
    check_settlement(after.settlement, after.answer_ids, ground.texts)


def _check_reopened(before: Arbitration, after: Arbitration, body: Mapping[str, Any], ground: Ground) -> None:
    reason = body.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise InputRefusedError("Not reopened", "a correction of what was settled needs a reason", "give the reason")
    _expect_fresh(after, ground)
    if not before.committed and not before.stale(ground.readings.values()):
        raise StudyChangedError("Not reopened", "it is open, and the readings are as they were", "go on with it")


def _expect_open(before: Arbitration) -> None:
    if before.committed:
        raise InputRefusedError(
            "Decision refused", "the case is settled, and a correction needs a reason", "open it again, with the reason"
        )


def _expect_fresh(arbitration: Arbitration, ground: Ground) -> None:
    if len(ground.readings) < 2 or arbitration.stale(ground.readings.values()):
        raise StudyChangedError(
            "The readings have changed",
            "a reading of this case was corrected or committed meanwhile",
            "this was not saved; look at the case again",
        )


def _check_texts_of(finding: Finding) -> None:
    rated = [getattr(finding, name) for name in RATED_FIELDS]
    if not all(isinstance(value, str | None) for value in rated) or not isinstance(finding.note, str):
        raise _not_settled("a rating or a note is not a text")
    if finding.category is None or finding.severity is None:
        raise _not_settled("a finding has no category or severity")


def _refused(happened: str) -> InputRefusedError:
    return InputRefusedError("Decision refused", happened, "decide in another way")


def _not_settled(happened: str) -> InputRefusedError:
    return InputRefusedError("Decision refused", happened, "decide in another way")

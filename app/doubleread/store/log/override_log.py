"""The score overrides of a study: a person's decision in place of an automatic score, checked and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from doubleread.domain.case import Case
from doubleread.domain.events import AFTER
from doubleread.domain.events.scores import ScoreOverridden
from doubleread.domain.score_override import WITHDRAWN, OverrideOutcome, Ruling, ScoreOverride, override_from_body
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store.log.event_log import EventLog, entry
from doubleread.store.participation import check_taking_part
from doubleread.store.records import case_from_row
from doubleread.store.score_overrides import ScoreOverrides, override_from_row, put_override
from doubleread.store.scores import IS_PRIMARY_SCORE
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact

REVIEWED_AGAIN = "reviewed again"
"""The reason of a decision after earlier ones were withdrawn, if none was given."""

_SCORED = f"""SELECT answers.case_id, answers.sha256, scores.scorer, scores.version, scores.outcome, scores.chosen
FROM answers LEFT JOIN scores ON {IS_PRIMARY_SCORE} WHERE answers.id = ? AND answers.sample = 0"""


@dataclass(frozen=True, slots=True)
class OverrideLog:
    """The score overrides in one study file. `expect_models` raises StudyFileError in a reader's own file."""

    connection: Connection
    log: EventLog
    path: Path
    expect_models: Callable[[str], None]

    def decide(
        self,
        adjudicator_id: str,
        answer_id: str,
        ruling: Ruling | None,
        reason: str = "",
        *,
        before: ScoreOverride | None,
    ) -> ScoreOverride | None:
        """Decide on an answer's score, and return the decision in force; without a `ruling` the decision is withdrawn.

        `before` is the decision that the caller sees in force; if there is one, the new one needs a reason.
        Raises InputRefusedError for what must not be stored, StudyChangedError if another one is in force by now,
        StudyFileError in a reader's own file.
        """
        self.expect_models("Nothing reviewed")
        reason = reason.strip()
        # The entry has its id before the transaction, so that a repeated write is recognised.
        item = entry(adjudicator_id, ScoreOverridden.kind, {"answer_id": answer_id, "reason": reason})

        def write(db: Database) -> bool:
            if not db.execute("SELECT 1 FROM readers WHERE id = ?", [adjudicator_id]).fetchone():
                raise _refused(
                    f"{adjudicator_id} is not registered",
                    "register them with: doubleread readers add STUDY --reader NAME",
                )
            check_taking_part(db, adjudicator_id, "Nothing reviewed")
            branch = ScoreOverrides(db).of(answer_id)
            latest = override_from_body(branch[-1].body) if branch else None
            in_force = latest if latest is not None and latest.ruling is not None else None
            if in_force != before:
                raise StudyChangedError(
                    "Not reviewed", "someone else has reviewed this answer in the meantime", "check it again"
                )
            made = _override(db, adjudicator_id, answer_id, ruling, reason or (REVIEWED_AGAIN if branch else ""))
            if (latest.ruling if latest else None) == ruling and (latest is None or _same_score(latest, made)):
                raise _refused("this is already the decision", "choose something else, or continue")
            if in_force is not None and not reason:
                raise _refused("changing an earlier decision needs a reason", "give the reason")
            overridden = ScoreOverridden(override=made)
            after = {AFTER: branch[-1].hash} if branch else {}
            (event,) = self.log.record(db, replace(item, body={**overridden.to_body(), **after}))
            put_override(db, event)
            return True

        with intact(self.path, "a reviewed score"):
            self.log.write(write, item)
        return self.of(answer_id)

    def of(self, answer_id: str) -> ScoreOverride | None:
        """Return the decision in force on an answer's score, or None."""
        row = self.connection.row("SELECT * FROM score_overrides WHERE answer_id = ?", [answer_id])
        with intact(self.path, "a score override"):
            return override_from_row(row) if row else None

    def all(self) -> dict[str, ScoreOverride]:
        """Return the decisions in force by answer."""
        rows = self.connection.rows("SELECT * FROM score_overrides")
        with intact(self.path, "a score override"):
            return {row["answer_id"]: override_from_row(row) for row in rows}


def _override(db: Database, adjudicator_id: str, answer_id: str, ruling: Ruling | None, reason: str) -> ScoreOverride:
    row: Any = db.execute(_SCORED, [answer_id]).fetchone()
    if row is None:
        raise _refused(f"there is no answer {answer_id!r} among the arms' first answers", "choose one from the list")
    if row["scorer"] is None:
        raise _refused("the answer has no score yet", "score it first: doubleread score STUDY")
    case: Case = case_from_row(db.execute("SELECT * FROM cases WHERE id = ?", [row["case_id"]]).fetchone())
    outcome: OverrideOutcome | Literal["withdrawn"]
    try:
        outcome = WITHDRAWN if ruling is None else ruling.outcome(case)
    except ValueError as error:
        raise _refused(str(error), "choose one of the options shown") from error
    return ScoreOverride(
        answer_id=answer_id,
        case_id=row["case_id"],
        answer_sha256=row["sha256"],
        scorer=row["scorer"],
        version=row["version"],
        scored_outcome=row["outcome"],
        scored_chosen=row["chosen"],
        outcome=outcome,
        chosen=ruling.chosen if ruling else None,
        grade=ruling.grade if ruling else None,
        reason=reason,
        adjudicator_id=adjudicator_id,
    )


def _same_score(one: ScoreOverride, other: ScoreOverride) -> bool:
    return (one.scored_outcome, one.scored_chosen) == (other.scored_outcome, other.scored_chosen)


def _refused(happened: str, remedy: str) -> InputRefusedError:
    return InputRefusedError("Not reviewed", happened, remedy)

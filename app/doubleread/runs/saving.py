"""Score answers, and store those from an engine."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from doubleread.domain.answer import Answer
from doubleread.domain.score import Score
from doubleread.engine.client.protocol import Finished
from doubleread.errors import DoublereadError
from doubleread.store import StudyFile

_LOG = logging.getLogger(__name__)
# Without a handler, Python would print a traceback with words of the case.
_LOG.addHandler(logging.NullHandler())


def store_answer(
    study: StudyFile, case_id: str, arm_id: str, sample: int, event: Finished, added: Mapping[str, Any]
) -> None:
    """Score and store an answer, with `added` in its manifest. Raises DoublereadError."""
    if event.finish_reason == "cancelled":
        raise DoublereadError("Answer cancelled", "it was cancelled before it was complete", "generate it again")
    answer = Answer(
        id=str(uuid.uuid4()),
        case_id=case_id,
        arm_id=arm_id,
        text=event.text,
        started_at=str(event.manifest["started_at"]),
        finished_at=str(event.manifest["finished_at"]),
        finish_reason=event.finish_reason,
        manifest={**event.manifest, **added, **({"sample": sample} if sample else {})},
        reasoning=event.reasoning,
        sample=sample,
    )
    study.answers.record(answer, scores_of(study, answer))


def scores_of(study: StudyFile, answer: Answer) -> list[Score]:
    """Score an answer. If the scorer fails, the answer is kept without a score and can be scored later."""
    # Imported here, because the first screen opens sooner without it.
    from doubleread.scoring import score

    try:
        found = score(answer.text, study.case(answer.case_id), answer.finish_reason)
        return [] if found is None else [found]
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
        _LOG.exception("answer %s could not be scored", answer.id)
        return []

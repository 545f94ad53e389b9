"""Answers on their way from the engines into the study file: scored, then stored, apart from the engines' threads."""

from __future__ import annotations

import logging
import queue
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from doubleread.domain.answer import Answer
from doubleread.domain.score import Score
from doubleread.engine.client.protocol import Finished
from doubleread.errors import DoublereadError
from doubleread.store import StudyFile

_LOG = logging.getLogger(__name__)
# Without a handler, Python would print a traceback with words of the case.
_LOG.addHandler(logging.NullHandler())


class Orders:
    """A thread that does what it is told, one thing after the other.

    With `at_once`, the caller does the work, and nothing is left to do when `put` returns.
    """

    def __init__(self, *, at_once: bool) -> None:
        self._at_once = at_once
        self._lock = threading.Lock()
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, order: Callable[[], None]) -> None:
        """Have something done. After `close` nothing is taken any more."""
        with self._lock:
            if self._closed:
                return
            if not self._at_once:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, daemon=True, name="save answers")
                    self._thread.start()
                self._orders.put(order)
        if self._at_once:
            order()

    def close(self) -> None:
        """Wait until everything is done, and end. A second call does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._orders.put(None)
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            order()


def stored(
    study: StudyFile, case_id: str, model_id: str, event: Finished, added: Mapping[str, Any]
) -> DoublereadError | None:
    """Score and store an answer, its manifest with what is added. Return why that could not be, None where it was."""
    if event.finish_reason == "cancelled":
        return DoublereadError("Answer cancelled", "it was cancelled before it was complete", "generate it again")
    try:
        answer = Answer(
            id=str(uuid.uuid4()),
            case_id=case_id,
            model_id=model_id,
            text=event.text,
            started_at=str(event.manifest["started_at"]),
            finished_at=str(event.manifest["finished_at"]),
            finish_reason=event.finish_reason,
            manifest={**event.manifest, **added},
            reasoning=event.reasoning,
        )
        study.record_answer(answer, _scores(study, answer))
    except DoublereadError as error:
        return error
    except Exception as error:
        # A run goes on for hours without anybody looking: a fault of our own must cost one answer, not the run.
        _LOG.exception("an answer to case %s could not be stored", case_id)
        return DoublereadError("Answer not stored", f"the program failed because of a bug ({type(error).__name__})")
    return None


def _scores(study: StudyFile, answer: Answer) -> list[Score]:
    """Score an answer. One that the scorer stumbles over is kept without a score, and can be scored later."""
    # Imported here, because the first screen opens sooner without it.
    from doubleread.scoring import score

    try:
        return [score(answer.text, study.case(answer.case_id), answer.finish_reason)]
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
        _LOG.exception("answer %s could not be scored", answer.id)
        return []

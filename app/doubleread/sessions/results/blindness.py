"""Whether results may say which model is which.

They do once every reading that is due is committed, or where somebody has recorded that the study was unblinded, and
why. Until then the models are "model 1" and "model 2". Neither changes what a reader sees before a commit.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.model import Model
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError
from doubleread.sessions.judged import ReaderProgress
from doubleread.store import StudyFile
from doubleread.store.records import EVENT_COLUMNS, event_from_row


@dataclass(frozen=True, slots=True)
class Unblinding:
    """That somebody asked for the names before all readings were committed. `at` is ISO 8601 in UTC."""

    at: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Blindness:
    """Whether the models are named, why in words, and every unblinding that the log holds."""

    named: bool
    reason: str
    unblinded: tuple[Unblinding, ...]


def blindness(db: Database, readers: Iterable[ReaderProgress]) -> Blindness:
    """Return whether results name the models: every reader has committed every case, or an unblinding is recorded."""
    rows = db.execute(f"SELECT {EVENT_COLUMNS} FROM events WHERE kind = ? ORDER BY position", [log.STUDY_UNBLINDED])
    unblinded = tuple(
        Unblinding(event.at, event.actor, str(event.body["reason"])) for event in map(event_from_row, rows)
    )
    known = tuple(readers)
    waiting = [reader for reader in known if reader.left > 0]
    if not waiting:
        return Blindness(True, "every reading is committed" if known else "there is no reader yet", unblinded)
    left = ", ".join(f"{reader.reader_id} has {plural(reader.left, 'case')} left" for reader in waiting)
    if unblinded:
        last = unblinded[-1]
        return Blindness(True, f'unblinded by {last.actor} ("{last.reason}") while {left}', unblinded)
    return Blindness(False, left, ())


def unblind(study: StudyFile, actor: str, reason: str) -> None:
    """Record that results name the models from now on. Raises InputRefusedError without a reason or a name."""
    study.expect_models("Not unblinded")
    if not reason.strip() or not actor.strip():
        raise InputRefusedError(
            "Not unblinded", "an unblinding needs a reason and the name of who asks for it", "say why"
        )
    study.record_unblinding(actor.strip(), reason.strip())


def shown_models(secret: bytes, models: tuple[Model, Model], *, named: bool) -> tuple[Model, Model]:
    """Return both models as results show them: as they are, or without anything that tells them, in a drawn order.

    Ids stay, since they tell nothing and lead to the answers.
    """
    if named:
        return models
    drawn = hmac.new(secret, b"results|order of the models", hashlib.sha256).digest()
    first, second = models[::-1] if drawn[0] & 1 else models
    return _nameless(first, 1), _nameless(second, 2)


def _nameless(model: Model, number: int) -> Model:
    return replace(model, name=f"model {number}", sha256="", path="", role="", metadata={})

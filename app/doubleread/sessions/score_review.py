"""Score review: a person decides doubtful scores, one answer after the other, blind to the models."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from doubleread.domain.answer_status import INDETERMINATE
from doubleread.domain.case import CATEGORICAL, chosen_words
from doubleread.domain.extraction import FLAGS, MEANING
from doubleread.domain.redaction import redacted
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling, ScoreOverride
from doubleread.domain.spans import Span
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.read_model.blinding import without_model_names
from doubleread.read_model.queries import primary_scores
from doubleread.read_model.redactions import Redactions
from doubleread.read_model.score_words import score_words
from doubleread.sessions.admission import not_listed
from doubleread.sessions.blind import OpenCase
from doubleread.sessions.worklist import committed_items
from doubleread.store import StudyFile

UNDONE = "undone"
UPHELD = "confirmed after the automatic score changed"
SURE = "the scorer is now certain"
_OFFERED = {"choice": "option", "inference": "label"}
_OF_DIAGNOSES = {
    "proposed": "a match with the key is proposed",
    "unparsed": "no certain match with the key",
    "refused": "declines to answer",
    "truncated": "cut off before its diagnosis",
}


@dataclass(frozen=True, slots=True)
class ScoreReviewItem:
    """An answer in the queue, without its model and its status. `number` counts from 1 in the randomised order.

    `why` says in a few words what is doubtful, and nothing about the key. `override` is the decision in force;
    `changed` says that the automatic score has changed since the review.
    """

    number: int
    answer_id: str
    case_id: str
    title: str
    kind: str
    why: str
    override: ScoreOverride | None
    changed: bool

    @property
    def reviewed(self) -> bool:
        """Whether it needs no further review."""
        return self.override is not None and not self.changed

    def as_record(self, told: Callable[[str], str] = str) -> dict[str, Any]:
        """Return it as JSON. `told` returns a reason as it may be shown."""
        held = self.override
        return {
            "number": self.number,
            "answer_id": self.answer_id,
            "case_id": self.case_id,
            "kind": self.kind,
            "why": self.why,
            "reviewed": None
            if held is None
            else {
                "chosen": held.chosen,
                "grade": None if held.grade is None else int(held.grade),
                "refused": held.outcome == "refused",
                "by": held.adjudicator_id,
                "reason": told(held.reason),
            },
            "score_changed_since": self.changed,
        }


@dataclass(frozen=True, slots=True)
class Queue:
    """The answers to review, in an order randomised by the study's secret.

    `held_back` counts answers to cases that the person has not read yet, and whose key they must not see.
    """

    items: tuple[ScoreReviewItem, ...]
    held_back: int = 0

    @property
    def left(self) -> int:
        """How many answers are not reviewed yet."""
        return sum(not item.reviewed for item in self.items)


@dataclass(frozen=True, slots=True)
class ScoreToReview:
    """What is shown of the current answer. `key` and `accept` are empty unless the case asks for a diagnosis.

    `evidence` is what the scorer relied on, and `reason` says why it was not enough. If the protocol redacts, words by
    which the answer names its model are redacted.
    """

    item: ScoreReviewItem
    case: OpenCase
    text: str
    evidence: Span | None
    reason: str
    key: str
    accept: tuple[str, ...]


def doubt(score: Score, kind: str) -> str:
    """Return in a few words why a person should review a score; empty if nothing is doubtful.

    `kind` is the case's. Nothing here reveals the key: for a choice or an inference it describes the answer, for a
    diagnosis it names none. Measured answers are not reviewed: a person has no measure to put in its place.
    """
    if kind not in CATEGORICAL:
        return ""
    if kind == "diagnosis":
        return _OF_DIAGNOSES.get(score.outcome, "")
    if score.outcome in INDETERMINATE:
        return score_words(score)
    return "; ".join(part for part in score.reason.split("; ") if part in FLAGS)


def reason_in_words(score: Score, kind: str) -> str:
    """Return what the scorer found, for somebody who may see the key if the case is a diagnosis."""
    if kind == "diagnosis":
        stands = f' ("{score.chosen}" at rank {score.rank})' if score.rank is not None and score.rank > 1 else ""
        return f"{_OF_DIAGNOSES.get(score.outcome, score.outcome)}: {score.reason}{stands}"
    parts = [f"{part} ({MEANING[part]})" if part in MEANING else part for part in score.reason.split("; ") if part]
    took = f"took {chosen_words(score.chosen)}" if score.chosen is not None else f"took no {_OFFERED[kind]}"
    return "; ".join([took, *parts])


def score_review_queue(study: StudyFile, reader_id: str = "") -> Queue:
    """Return the reviewed and unreviewed answers: unparsed, conflicting, refused, truncated and proposed scores.

    Empty answers need no review. For a reader who still reads, the cases that they have not committed are held back.
    Raises StudyFileError in a reader's own file.
    """
    study.expect_models("No queue")
    overrides = study.overrides.all()
    unread = _still_to_read(study, reader_id)
    found: list[tuple[bytes, ScoreReviewItem]] = []
    held_back = 0
    for row, score in primary_scores(study):
        override = overrides.get(row["answer_id"])
        why = "" if row["blank"] else doubt(score, row["case_kind"])
        if not why and override is None:
            continue
        if row["case_id"] in unread:
            held_back += 1
            continue
        place = hmac.new(study.secret, f"review|{row['answer_id']}".encode(), hashlib.sha256).digest()
        where = (row["answer_id"], row["case_id"], row["case_title"] or row["case_id"], row["case_kind"])
        changed = override is not None and not override.fits(score)
        found.append((place, ScoreReviewItem(0, *where, why or SURE, override, changed)))
    found.sort(key=lambda pair: pair[0])
    return Queue(tuple(replace(item, number=number) for number, (_, item) in enumerate(found, start=1)), held_back)


def _still_to_read(study: StudyFile, reader_id: str) -> frozenset[str]:
    """Return the cases that a reader has not committed; nothing for somebody who does not read in the study."""
    if not reader_id or not (reader_id in study.readers.assigned() or study.reading_summaries(reader_id)):
        return frozenset()
    done = committed_items(study, reader_id)
    return frozenset(item.case_id for item in study.readers.worklist(reader_id) if item not in done)


class ScoreReviewSession:
    """Everything the score review screen asks and does. When a method returns, its action is on the disk.

    Methods that act raise InputRefusedError and StudyChangedError, which change nothing. The constructor raises
    InputRefusedError for somebody who is not registered, StudyFileError in a reader's own file.
    """

    def __init__(self, study: StudyFile, adjudicator_id: str) -> None:
        study.expect_models("Nothing to review here")
        if adjudicator_id not in study.readers.ids():
            raise not_listed("Not registered", adjudicator_id, study)
        study.readers.check_may_read(adjudicator_id)
        self.study = study
        self.adjudicator_id = adjudicator_id
        self.title = study.protocol.title
        queue = score_review_queue(study, adjudicator_id)
        self.held_back = queue.held_back
        self._items = list(queue.items)
        self._redactions = Redactions(study) if study.protocol.redact else None
        self._place = next((place for place, item in enumerate(self._items) if not item.reviewed), 0)
        self._done: list[tuple[int, Ruling | None]] = []
        self._mine: dict[int, ScoreOverride | None] = {}

    @property
    def queue(self) -> Queue:
        """The answers in their order, reviewed and not."""
        return Queue(tuple(self._items), self.held_back)

    @property
    def item(self) -> ScoreReviewItem | None:
        """The current answer; None if the queue is empty."""
        return self._items[self._place] if self._items else None

    def shown(self) -> ScoreToReview | None:
        """Return what may be seen of the current answer, as it is in the file now; None if the queue is empty."""
        if not self._items:
            return None
        score = self._look_again(self._place)
        item = self._items[self._place]
        case = self.study.case(item.case_id)
        answer = self.study.answers.by_id(item.answer_id)
        text = answer.text
        if self._redactions is not None:
            spans = self._redactions.spans(answer, case)
            text, score = redacted(text, spans), self._redactions.score(score, case, answer, spans)
        evidence = None
        if score.start is not None and score.end is not None and score.start < score.end:
            evidence = Span(score.start, score.end)
        if item.override is not None:
            told = without_model_names(item.override.reason, self.study.arms())
            item = replace(item, override=replace(item.override, reason=told))
        key, accept = (case.key, case.accept) if case.kind == "diagnosis" else ("", ())
        return ScoreToReview(
            item, OpenCase.of(case, self.study.protocol), text, evidence, reason_in_words(score, case.kind), key, accept
        )

    def step(self, by: int) -> bool:
        """Go forward or back. At either end, stay and return False."""
        if not 0 <= self._place + by < len(self._items):
            return False
        self._place += by
        return True

    @property
    def all_done(self) -> bool:
        """Whether no answer is open."""
        return all(item.reviewed for item in self._items)

    def next_open(self) -> bool:
        """Go to the next answer that is not reviewed, wrapping around; return False if there is none."""
        places = [*range(self._place + 1, len(self._items)), *range(self._place)]
        place = next((place for place in places if not self._items[place].reviewed), None)
        if place is not None:
            self._place = place
        return place is not None

    def override(self, ruling: Ruling, reason: str = "") -> None:
        """Decide what the current answer states, or how close its diagnosis is.

        A decision that replaces another one needs a reason, unless it only confirms it after a change of the automatic
        score.
        """
        item = self.item
        if item is None:
            raise InputRefusedError("Not reviewed", "there is nothing to review", "leave the queue")
        held = item.override
        if item.changed and held is not None and held.ruling == ruling:
            reason = reason or UPHELD
        self._write(self._place, ruling, reason, before=held)
        self._done.append((self._place, held.ruling if held else None))

    def needs_reason(self, ruling: Ruling) -> bool:
        """Return whether this decision needs a reason, because it replaces another one."""
        held = self.item.override if self.item else None
        return held is not None and held.ruling != ruling

    def undo(self) -> bool:
        """Undo the last decision of this session and go to its answer; return False if there is none.

        Raises StudyChangedError if somebody else has reviewed the answer since.
        """
        if not self._done:
            return False
        self._place, ruling = self._done[-1]
        self._write(self._place, ruling, UNDONE, before=self._mine[self._place])
        self._done.pop()
        return True

    def close(self) -> None:
        """Close the file."""
        self.study.close()

    def _write(self, place: int, ruling: Ruling | None, reason: str, *, before: ScoreOverride | None) -> None:
        try:
            answer_id = self._items[place].answer_id
            self._mine[place] = self.study.overrides.decide(
                self.adjudicator_id, answer_id, ruling, reason, before=before
            )
        finally:
            self._look_again(place)

    def _look_again(self, place: int) -> Score:
        """Read the current state of an answer, and return its score."""
        item = self._items[place]
        score = self.study.answers.primary_score(item.answer_id)
        if score is None:
            raise StudyChangedError("No score", "the answer no longer has a score", "score it again: doubleread score")
        held = self.study.overrides.of(item.answer_id)
        changed = held is not None and not held.fits(score)
        self._items[place] = replace(item, why=doubt(score, item.kind) or SURE, override=held, changed=changed)
        return score

"""The history of a study: who did what and when, without naming models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES
from doubleread.domain.events import AFTER, Event
from doubleread.domain.events.event_kind import Words
from doubleread.domain.events.kinds import EVENTS, LINKED_EVENTS, OPENING_KINDS
from doubleread.domain.events.readings import READING_EVENTS
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.redaction import CaseWords, redacted_quote
from doubleread.domain.times import iso_utc
from doubleread.errors import WrongSettingsError
from doubleread.read_model.blinding import without_model_names
from doubleread.read_model.queries import row_count
from doubleread.read_model.redactions import Redactions, Spans
from doubleread.store import StudyFile
from doubleread.store.branches.current_adjudications import CurrentAdjudications
from doubleread.store.branches.current_readings import CurrentReading, CurrentReadings
from doubleread.store.sqlite.connection import Snapshot

_QUOTED = 60
_TOLD_EACH = 1000
_ANSWERS_AT_ONCE = 100
_ANSWERS_BESIDE = (
    "SELECT id, case_id, text FROM answers,"
    f" (SELECT rowid / {_ANSWERS_AT_ONCE} * {_ANSWERS_AT_ONCE} AS first FROM answers WHERE id = ?)"
    f" WHERE answers.rowid BETWEEN first AND first + {_ANSWERS_AT_ONCE - 1}"
)
"""Takes an answer's id, and returns it with those that were written about the same time, each always with the same."""
_READING_IDS = "SELECT DISTINCT reading_id FROM events WHERE reading_id IS NOT NULL"
_WHOLE = (
    "SELECT reading_id FROM (SELECT reading_id,"
    f" iif(json_valid(body), json_extract(body, '$.{AFTER}'), '') IS"
    " lag(hash) OVER (PARTITION BY reading_id ORDER BY position) AS follows"
    " FROM events WHERE reading_id IS NOT NULL)"
    " WHERE reading_id IN (SELECT id FROM readings) GROUP BY reading_id HAVING min(follows)"
)
"""The readings that count and have one branch: in the order of the file, each event follows the one before it."""


class HistoryEntry(NamedTuple):
    """One line of the history. `counts` is False for what another branch supersedes.

    `reason` is the reader's, for a correction of a committed reading.
    """

    at: str
    actor: str
    case_id: str
    kind: str
    what: str
    reason: str
    counts: bool
    device: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter; empty fields match everything. `since` is a time as in events, in UTC."""

    reader_id: str = ""
    case_id: str = ""
    kind: str = ""
    since: str = ""

    def fits(self, entry: HistoryEntry) -> bool:
        """Return whether an entry matches."""
        return (
            self.reader_id in ("", entry.actor)
            and self.case_id in ("", entry.case_id)
            and entry.kind.startswith(self.kind)
            and entry.at >= self.since
        )


def wanted(reader: str, case_id: str, kind: str, since: str) -> Wanted:
    """Return the filter that a person typed. Raises WrongSettingsError for what cannot match anything."""
    if kind and not any(known.startswith(kind) for known in EVENTS):
        kinds = ", ".join(dict.fromkeys(known.partition(".")[0] for known in EVENTS))
        raise WrongSettingsError("Kind refused", f'there is no kind "{kind}"', f"use one of {kinds}")
    return Wanted(pseudonym(reader) if reader else "", case_id, kind, _moment(since) if since else "")


def _moment(since: str) -> str:
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise WrongSettingsError(
            "Date refused", f'"{since}" is not a date', "write 2026-03-01 or 2026-03-01T12:00"
        ) from None
    return iso_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def history(
    study: StudyFile, wanted: Wanted, progress: Callable[[str, int, int], object] = lambda *_: None
) -> Iterator[HistoryEntry]:
    """Yield entries in the order of the file, which within each device is the order in which they were written.

    `progress` is told what is read, and how much of how much. Raises StudyFileError if the log cannot be read.
    """
    teller = _Teller(study)
    total = row_count(study, ["events"])
    for done, event in enumerate(study.events()):
        if done % _TOLD_EACH == 0:
            progress("reading the log", done, total)
        entry = teller.entry(event)
        if wanted.fits(entry):
            yield entry


class _Teller:
    """Describes events. It must see all of a reading's events, since later ones name earlier annotations."""

    def __init__(self, study: StudyFile) -> None:
        self._cases: dict[str, str] = {}
        self._sides: dict[str, Mapping[str, str]] = {}
        self.annotations: dict[str, str] = {}
        self._redacted: dict[str, Spans] = {}
        self._reasons: dict[str, str] = {"": ""}
        self._arms = study.arms()
        self._study = study
        self._redactions = Redactions(study)
        with study.connection.snapshot() as db:
            self._standing = _Standing(db)

    def entry(self, event: Event) -> HistoryEntry:
        body = event.body
        reading_id = str(body.get("reading_id", body.get("adjudication_id", "")))
        if event.kind in OPENING_KINDS:
            self._cases[reading_id] = str(body["case_id"])
            self._sides[reading_id] = {body["answer_ids"][side]: side for side in SIDES}
        counts = event.kind not in LINKED_EVENTS or self._standing.has(event, reading_id)
        case_id = str(body.get("case_id", self._cases.get(reading_id, "")))
        reason = self._reason(str(body.get("reason") or ""))
        what = self._what(event, reading_id)
        place = (event.device, event.seq, event.hash)
        return HistoryEntry(event.at, event.actor, case_id, event.kind, what, reason, counts, *place)

    def _reason(self, reason: str) -> str:
        # A reason may name models.
        if reason not in self._reasons:
            self._reasons[reason] = without_model_names(reason, self._arms)
        return self._reasons[reason]

    def _what(self, event: Event, reading_id: str) -> str:
        try:
            return EVENTS[event.kind].from_body(event.body).describe(_Words(self, reading_id))
        except (KeyError, TypeError, AttributeError, ValueError):
            # The event was forged, or written by a program with other kinds.
            return event.kind

    def side(self, answer_id: str | None, reading_id: str) -> str:
        return self._sides.get(reading_id, {}).get(str(answer_id), "")

    def quote(self, place: str, answer_id: str, start: int, quote: str) -> str:
        """Return a quote without words by which an answer names its model."""
        return _shown(redacted_quote(quote, start, self._spans(answer_id)) if place == "answer" else quote)

    def _spans(self, answer_id: str) -> Spans:
        if answer_id not in self._redacted:
            for row in self._study.connection.rows(_ANSWERS_BESIDE, [answer_id]):
                ordinary = CaseWords(partial(self._study.case, row["case_id"]))
                self._redacted[row["id"]] = self._redactions.spans_of(row["id"], row["text"], ordinary)
        return self._redacted.get(answer_id, ())


class _Standing:
    """Which events of readings and adjudications count, in the state of the file that `db` shows."""

    def __init__(self, db: Snapshot) -> None:
        self._whole = frozenset(row["reading_id"] for row in db.execute(_WHOLE))
        lines = [outcome.branch for outcome in self._branched(db)]
        lines += CurrentAdjudications(db).counting()
        self._hashes = frozenset(event.hash for line in lines for event in line)

    def has(self, event: Event, reading_id: str) -> bool:
        return event.hash in self._hashes or (event.kind in READING_EVENTS and reading_id in self._whole)

    def _branched(self, db: Snapshot) -> Iterator[CurrentReading]:
        ids = {row["reading_id"] for row in db.execute(_READING_IDS)} - self._whole
        if not ids:
            return
        current = CurrentReadings(db)
        for place, reading_ids in current.places().items():
            if not ids.isdisjoint(reading_ids):
                yield current.outcome(place, reading_ids)


@dataclass(frozen=True, slots=True)
class _Words(Words):
    """The words for the events of one reading or adjudication."""

    teller: _Teller
    reading_id: str

    def side(self, answer_id: str | None) -> str:
        return self.teller.side(answer_id, self.reading_id)

    def quote(self, place: str, answer_id: str, start: int, quote: str) -> str:
        return self.teller.quote(place, answer_id, start, quote)

    def annotation(self, annotation: Annotation) -> str:
        quote = self.quote(annotation.place, annotation.answer_id, annotation.start, annotation.quote)
        side = self.side(annotation.answer_id) or "?"
        return f'{side} {annotation.category}, {annotation.severity} "{quote}"'

    def marked(self, annotation: Annotation) -> str:
        self.teller.annotations[annotation.id] = words = self.annotation(annotation)
        return words

    def known(self, annotation_id: str) -> str:
        return self.teller.annotations.get(annotation_id, "an annotation")


def _shown(quote: str) -> str:
    return quote if len(quote) <= _QUOTED else quote[: _QUOTED - 1] + "…"

"""The history of a study: who did what and when, without naming models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES
from doubleread.domain.events import Event
from doubleread.domain.events.event_kind import Words
from doubleread.domain.events.kinds import EVENTS, LINKED_EVENTS, OPENING_KINDS
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.redaction import redacted_quote
from doubleread.domain.times import iso_utc
from doubleread.errors import WrongSettingsError
from doubleread.read_model.blinding import without_model_names
from doubleread.read_model.redactions import Redactions, Spans
from doubleread.store import StudyFile
from doubleread.store.branches.current_adjudications import CurrentAdjudications
from doubleread.store.branches.current_readings import CurrentReadings

_QUOTED = 60


@dataclass(frozen=True, slots=True)
class HistoryEntry:
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


def history(study: StudyFile, wanted: Wanted) -> Iterator[HistoryEntry]:
    """Yield entries in the order of the file, which within each device is the order in which they were written.

    Raises StudyFileError if the log cannot be read.
    """
    teller = _Teller(study)
    for event in study.events():
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
        self._arms = study.arms()
        self._study = study
        self._redactions = Redactions(study)
        with study.connection.snapshot() as db:
            lines = [outcome.branch for outcome in CurrentReadings(db).all()]
            lines += CurrentAdjudications(db).counting()
            self._standing = frozenset(event.hash for line in lines for event in line)

    def entry(self, event: Event) -> HistoryEntry:
        body = event.body
        reading_id = str(body.get("reading_id", body.get("adjudication_id", "")))
        if event.kind in OPENING_KINDS:
            self._cases[reading_id] = str(body["case_id"])
            self._sides[reading_id] = {body["answer_ids"][side]: side for side in SIDES}
        counts = event.kind not in LINKED_EVENTS or event.hash in self._standing
        case_id = str(body.get("case_id", self._cases.get(reading_id, "")))
        # A reason may name models.
        reason = without_model_names(str(body.get("reason") or ""), self._arms)
        what = self._what(event, reading_id)
        place = (event.device, event.seq, event.hash)
        return HistoryEntry(event.at, event.actor, case_id, event.kind, what, reason, counts, *place)

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
            try:
                answer = self._study.answers.by_id(answer_id)
            except KeyError:
                return ()
            self._redacted[answer_id] = self._redactions.spans(answer, self._study.case(answer.case_id))
        return self._redacted[answer_id]


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

"""The history of a study: who did what and when, without naming models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doubleread.domain import events as log
from doubleread.domain.adjudication import decision_from_body
from doubleread.domain.blinding import SIDES
from doubleread.domain.bond import BondGrade
from doubleread.domain.events import Event
from doubleread.domain.redaction import redacted_quote
from doubleread.domain.score_override import override_from_body
from doubleread.domain.wording import plural
from doubleread.read_model.blinding import without_model_names
from doubleread.read_model.redactions import Redactions, Spans
from doubleread.store import StudyFile
from doubleread.store.branches.current_adjudications import CurrentAdjudications
from doubleread.store.branches.current_readings import CurrentReadings

_QUOTED = 60
_PLAIN = {
    log.ANSWER_RECORDED: "an answer was recorded",
    log.GENERATION_FAILED: "an answer could not be generated",
    log.READER_REGISTERED: "registered",
    log.READING_OPENED: "opened the case",
    log.ACTION_UNDONE: "undid the last action",
    log.ACTION_REDONE: "redid the undone action",
    log.READING_COMMITTED: "committed the reading",
    log.ADJUDICATION_UNDONE: "undid the last decision",
    log.ADJUDICATION_REDONE: "redid the undone decision",
    log.ADJUDICATION_COMMITTED: "resolved the case",
    log.ADJUDICATION_REOPENED: "reopened the adjudication",
}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the history. `counts` is False for what another version of the reading has set aside.

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
    """What is asked for; empty fields ask for everything. `since` is a moment as events carry it, in UTC."""

    reader_id: str = ""
    case_id: str = ""
    kind: str = ""
    since: str = ""

    def fits(self, entry: HistoryEntry) -> bool:
        """Say whether an entry is asked for."""
        return (
            self.reader_id in ("", entry.actor)
            and self.case_id in ("", entry.case_id)
            and entry.kind.startswith(self.kind)
            and entry.at >= self.since
        )


def history(study: StudyFile, wanted: Wanted) -> Iterator[HistoryEntry]:
    """Yield what happened in the order of the file, which within each device is the order in which it was done.

    Raises StudyFileError where the log cannot be read.
    """
    teller = _Teller(study)
    for event in study.events():
        entry = teller.entry(event)
        if wanted.fits(entry):
            yield entry


class _Teller:
    """Puts events into words. It must see all of a reading's events, since later ones name earlier annotations."""

    def __init__(self, study: StudyFile) -> None:
        self._cases: dict[str, str] = {}
        self._sides: dict[str, Mapping[str, str]] = {}
        self._annotations: dict[str, str] = {}
        self._redacted: dict[str, Spans] = {}
        self._models = study.models()
        self._study = study
        self._redactions = Redactions(study)
        with study.connection.snapshot() as db:
            lines = [outcome.branch for outcome in CurrentReadings(db).all()]
            lines += CurrentAdjudications(db).standing()
            self._standing = frozenset(event.hash for line in lines for event in line)

    def entry(self, event: Event) -> HistoryEntry:
        body = event.body
        reading_id = str(body.get("reading_id", body.get("adjudication_id", "")))
        if event.kind in log.OPENING_KINDS:
            self._cases[reading_id] = str(body["case_id"])
            self._sides[reading_id] = {body["answer_ids"][side]: side for side in SIDES}
        counts = event.kind not in log.LINKED_KINDS or event.hash in self._standing
        case_id = str(body.get("case_id", self._cases.get(reading_id, "")))
        # Anyone who gives a reason may know the names and write them down.
        reason = without_model_names(str(body.get("reason") or ""), self._models)
        what = self._what(event, reading_id)
        place = (event.device, event.seq, event.hash)
        return HistoryEntry(event.at, event.actor, case_id, event.kind, what, reason, counts, *place)

    def _what(self, event: Event, reading_id: str) -> str:
        body = event.body
        match event.kind:
            case log.STUDY_CREATED:
                return f"created the study, with {plural(body['cases'], 'case')}{_left_out(body)}"
            case log.ANSWERS_IMPORTED:
                return f"imported {plural(body['added'], 'answer')}{_left_out(body)}"
            case log.STUDY_SPLIT | log.SPLIT_CREATED:
                return f"split off a file for {body['reader_id']}"
            case log.STUDY_MERGED:
                return f"merged a file, with {plural(body['events'], 'new entry', 'new entries')}"
            case log.STUDY_RECOVERED:
                return f"recovered the study from a damaged file, with {plural(len(body['lost']), 'gap')} in the log"
            case log.STUDY_UNBLINDED:
                return "unblinded the study before all readings were committed"
            case log.ANNOTATION_MARKED:
                self._annotations[body["annotation"]["id"]] = annotation = self._annotation(
                    body["annotation"], reading_id
                )
                return f"marked {annotation}"
            case log.ANNOTATION_CHANGED:
                changed = ", ".join(sorted(body["changes"]))
                return f"changed {changed} of {self._annotations.get(body['annotation_id'], 'an annotation')}"
            case log.ANNOTATION_RETRACTED:
                return f"retracted {self._annotations.get(body['annotation_id'], 'an annotation')}"
            case log.PROTOCOL_CHANGED:
                return f"changed the protocol to {body['protocol_sha256'][:12]}"
            case log.READER_DESCRIBED:
                said = ", ".join(body[name] for name in ("role", "qualification") if body[name])
                return f"described {body['reader_id']}: {said or 'nothing'}"
            case log.READER_WITHDRAWN:
                return f"withdrew {body['reader_id']}"
            case log.READER_REINSTATED:
                return f"reinstated {body['reader_id']}"
            case log.CASES_ASSIGNED:
                return f"assigned cases to {', '.join(body['cases'])} by the plan {body['plan']}"
            case log.SCORE_OVERRIDDEN:
                return _resolved(body)
            case log.CONFLICT_RESOLVED:
                again = ", read again" if body.get("repeat") else ""
                return f"chose the branch of {body.get('reader_id')}{again} with hash {str(body.get('head'))[:12]}"
            case log.RATING_GIVEN:
                better = "tie" if body["value"] == "tie" else f"{body['value']} is better"
                return f"compared by {body['axis']}: {better}"
            case log.SENTENCE_JUDGED:
                quote = _shown(self._redacted_quote({**body, "place": "answer"}))
                return f'judged a sentence of {self._side(body, reading_id)} {body["judgement"]}: "{quote}"'
            case log.BLINDING_ASSESSED:
                return f"was asked which answer is whose: {body['said']}"
            case log.READING_JUDGED:
                return f"judged {_judged(body)}"
            case log.ADJUDICATION_OPENED:
                return f"opened the case for adjudication, with {plural(len(body['readings']), 'reading')}"
            case log.ADJUDICATION_DECIDED:
                return self._decided(body, reading_id)
            case log.ADJUDICATION_TIMED:
                return f"adjudicated for {float(body['seconds']):.1f} s"
            case log.TIME_ADDED:
                return f"read for {float(body['seconds']):.1f} s"
        return _PLAIN.get(event.kind, event.kind)

    def _decided(self, body: Mapping[str, Any], adjudication_id: str) -> str:
        side = self._sides.get(adjudication_id, {}).get(body["answer_id"], "")
        about = body["subject"] + (f" on {side}" if side else "") + (f" by {body['axis']}" if body["axis"] else "")
        decision = decision_from_body(body["decision"])
        number = (decision.reader or 0) + 1
        match decision.how:
            case "take":
                how = f"took reader {number}'s judgement"
            case "join":
                how = f"joined the spans, rated as by reader {number}"
                how += "".join(f", {rated} {value}" for rated, value in sorted(decision.ratings.items()))
            case "own" if decision.annotation is not None:
                how = f"marked {self._annotation(decision.annotation.as_body(), adjudication_id)}"
            case "own":
                how = f"gave {decision.value}"
            case _:
                how = "no annotation"
        return f"decided on {about}: {how}"

    def _annotation(self, annotation: Mapping[str, Any], reading_id: str) -> str:
        side = self._side(annotation, reading_id)
        return f'{side} {annotation["category"]}, {annotation["severity"]} "{_shown(self._redacted_quote(annotation))}"'

    def _side(self, body: Mapping[str, Any], reading_id: str) -> str:
        return self._sides.get(reading_id, {}).get(body["answer_id"], "?")

    def _redacted_quote(self, annotation: Mapping[str, Any]) -> str:
        """Return what an annotation quotes without the words by which an answer names its model."""
        quote, answer_id = str(annotation["quote"]), str(annotation["answer_id"])
        if annotation.get("place") != "answer":
            return quote
        return redacted_quote(quote, int(annotation["start"]), self._spans(answer_id))

    def _spans(self, answer_id: str) -> Spans:
        if answer_id not in self._redacted:
            try:
                answer = self._study.answer(answer_id)
            except KeyError:
                return ()
            self._redacted[answer_id] = self._redactions.spans(answer, self._study.case(answer.case_id))
        return self._redacted[answer_id]


def _shown(quote: str) -> str:
    return quote if len(quote) <= _QUOTED else quote[: _QUOTED - 1] + "…"


def _left_out(body: Mapping[str, Any]) -> str:
    count = int(body.get("left_out", {}).get("count", 0))
    return f"; {plural(count, 'line')} of the file skipped as faulty" if count else ""


def _resolved(body: Mapping[str, Any]) -> str:
    override = override_from_body(body)
    if override.ruling is None:
        return "withdrew the review of an answer's score"
    return f"reviewed an answer's score: {override.said}"


def _judged(body: Mapping[str, Any]) -> str:
    said = [f"{side} {verdict}" for side, verdict in sorted(body.get("verdicts", {}).items())]
    said += [
        f"{side} {'names' if right else 'does not name'} the diagnosis"
        for side, right in sorted(body.get("diagnoses", {}).items())
        if side not in body.get("grades", {})
    ]
    said += [
        f"{side} grade {grade} ({BondGrade(grade).label})" for side, grade in sorted(body.get("grades", {}).items())
    ]
    if body.get("preference"):
        said.append(f"preferred {body['preference']}")
    if "outside_field" in body:
        said.append("outside the field" if body["outside_field"] else "not outside the field")
    return ", ".join(said)

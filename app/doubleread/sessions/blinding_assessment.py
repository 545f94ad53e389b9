"""The blinding assessment: what a reader is asked about the models' identity, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doubleread.domain.blinding import Side
from doubleread.domain.blinding_assessment import MOST_ASKED, asking_order
from doubleread.domain.display import display_line
from doubleread.domain.events.readings import BlindingAssessed
from doubleread.domain.reading import Reading
from doubleread.domain.redaction import redacted
from doubleread.read_model.readable_study import ReadableStudy
from doubleread.read_model.redactions import Redactions
from doubleread.store.records import AskedAbout

_BEGINNING = 700
WORDS = "All your cases are committed. One last step checks the blinding. No reply is better than another."


def question(role: str) -> str:
    """Return the question which answer is by the model of a role."""
    return f"Which answer is by the model described as “{display_line(role)}”?"


@dataclass(frozen=True, slots=True)
class AskedCase:
    """A case about which the reader is asked, and the beginnings of both answers, with redacted names."""

    reading_id: str
    case_id: str
    title: str
    beginnings: Mapping[Side, str]


class BlindingAssessor:
    """The questions to one reader. `role` describes the model in question; empty if nothing can be asked."""

    def __init__(self, study: ReadableStudy, reader_id: str, redactions: Redactions) -> None:
        self._study = study
        self._reader_id = reader_id
        self._redactions = redactions
        self.role = study.asked_role()

    def at_the_end(self) -> list[AskedCase]:
        """Return what is still to be asked after the last commit: some of the cases, randomised by the secret.

        Cases whose commit revealed the names are left out.
        """
        if not self.role or self._study.protocol.blinding_assessment != "end":
            return []
        read = [
            asked
            for asked in self._study.asked_about(self._reader_id)
            if not self._study.protocol_of(asked.protocol_sha256).reveal_names
        ]
        left = min(len(read), MOST_ASKED) - sum(asked.assessed for asked in read)
        by_case = {asked.case_id: asked for asked in read if not asked.assessed}
        order = asking_order(self._study.secret, self._reader_id, list(by_case))
        return [self._asked(by_case[case_id]) for case_id in order[: max(left, 0)]]

    def before(self, reading: Reading) -> bool:
        """Return whether the reader is asked before a reading is committed."""
        protocol = self._study.protocol_of(reading.protocol_sha256)
        return (
            bool(self.role)
            and protocol.blinding_assessment == "each"
            and reading.blinding_assessment is None
            and not reading.repeat
        )

    def say(self, reading_id: str, said: str) -> Reading:
        """Store a reply. Raises StudyChangedError if this was asked before."""
        assessed = BlindingAssessed(said=said, about=self.role)
        return self._study.append(self._reader_id, reading_id, [assessed.draft()])

    def _asked(self, asked: AskedAbout) -> AskedCase:
        case = self._study.case(asked.case_id)
        reading = self._study.reading(self._reader_id, asked.case_id)
        redact = self._study.protocol_of(asked.protocol_sha256).redact
        beginnings: dict[Side, str] = {}
        for side, answer_id in sorted(reading.answer_ids.items()) if reading is not None else ():
            answer = self._study.answers.by_id(answer_id)
            text = redacted(answer.text, self._redactions.spans(answer, case)) if redact else answer.text
            beginnings[side] = text if len(text) <= _BEGINNING else f"{text[:_BEGINNING]}…"
        return AskedCase(asked.reading_id, case.id, case.title or case.id, beginnings)

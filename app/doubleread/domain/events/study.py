"""Events about a study as a whole: its files, its protocol, its unblinding and its conflicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import EventKind, StudyDecision, Words
from doubleread.domain.hashes import json_sha256
from doubleread.domain.left_out import lines_skipped
from doubleread.domain.statements import listed
from doubleread.domain.study import Protocol, protocol_from_record
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError

Record = Mapping[str, Any]
ReadingPlace = tuple[str, str, int]
"""Reader, case, and the number of the repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCreated(EventKind):
    """A file was created. Its contents are named by their SHA-256; `cases` is their number."""

    study_id: str
    protocol_sha256: str
    secret_sha256: str
    cases: int
    cases_sha256: str
    arms: Sequence[Record]

    def check(self, found: Mapping[str, Any]) -> list[str]:
        """Return which contents of a file differ from those it was created with. `found` has them by field."""
        faults = [
            f"{name} differs from the original"
            for name in ("study_id", "protocol_sha256", "secret_sha256")
            if found[name] != getattr(self, name)
        ]
        if (found["cases"], found["cases_sha256"]) != (self.cases, self.cases_sha256):
            faults.append("the cases differ from the original ones")
        if found["arms"] != self.arms:
            faults.append("the arms differ from the original ones")
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCreated(FileCreated):
    """A study was created. `left_out` tells which lines of case files were skipped, `case_files` how they were read.

    `arms_differ_in` names the settings in which the arms differ, such as model and decoding.temperature.
    """

    kind: ClassVar[str] = "study.created"
    arms_differ_in: Sequence[str] = ()
    case_files: Sequence[Record] = ()
    left_out: Record | None = None

    def to_body(self) -> dict[str, Any]:
        optional = ("case_files", "left_out")
        return {name: value for name, value in FileCreated.to_body(self).items() if value or name not in optional}

    def describe(self, words: Words) -> str:
        skipped = lines_skipped({"left_out": self.left_out or {}})
        differ = f"; the arms differ in {listed(self.arms_differ_in)}" if self.arms_differ_in else ""
        return f"created the study, with {plural(self.cases, 'case')}{skipped}{differ}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCreated(FileCreated):
    """A reader's own file was created. It carries only what concerns this reader, without reasons.

    `created` is the hash of the study's first event, `redactions` maps answers to spans, `absent` holds the hashes of
    events that were left out, `asks` is the sealed role for the blinding assessment, `protocols` are the later versions
    of the protocol, `assigned` the reader's cases, and `resolved` the branches chosen in conflicts. `qualified` says
    that the reader needs no training any more. `others` has, by case, other readings for a consensus round, as records
    of `domain.carried_readings`.
    """

    kind: ClassVar[str] = "split.created"
    created: str
    split_id: str
    reader_id: str
    answers_sha256: str
    redactions: Mapping[str, Sequence[Sequence[int]]]
    absent: Sequence[str]
    asks: str = ""
    protocols: Sequence[Record] = ()
    assigned: Sequence[str] = ()
    resolved: Sequence[Record] = ()
    qualified: bool = False
    others: Mapping[str, Sequence[Record]] = field(default_factory=dict)

    def to_body(self) -> dict[str, Any]:
        optional = ("asks", "protocols", "assigned", "resolved", "qualified", "others")
        return {name: value for name, value in FileCreated.to_body(self).items() if value or name not in optional}

    def describe(self, words: Words) -> str:
        return f"split off a file for {self.reader_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySplit(EventKind):
    """A file of their own was made for a reader."""

    kind: ClassVar[str] = "study.split"
    split_id: str = ""
    reader_id: str

    def apply(self, readers_of_files: dict[str, str], entry: Event) -> None:
        """Add the reader, with the time."""
        readers_of_files.setdefault(self.reader_id, entry.at)

    def describe(self, words: Words) -> str:
        return f"split off a file for {self.reader_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyMerged(EventKind):
    """Another file was merged. `heads` are the hashes of its chains' last events, the numbers count what was new."""

    kind: ClassVar[str] = "study.merged"
    events: int
    answers: int
    quarantined: int
    heads: Sequence[str]

    def describe(self, words: Words) -> str:
        return f"merged a file, with {plural(self.events, 'new entry', 'new entries')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecovered(EventKind):
    """The study was recovered from a damaged file. `lost` are the hashes of missing events, `unread` counts rows."""

    kind: ClassVar[str] = "study.recovered"
    lost: Sequence[str] = ()
    unread: int = 0

    def apply(self, lost: set[str], entry: Event) -> None:
        """Add the missing events."""
        lost.update(map(str, self.lost))

    def describe(self, words: Words) -> str:
        return f"recovered the study from a damaged file, with {plural(len(self.lost), 'gap')} in the log"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyUnblinded(EventKind):
    """Somebody unblinded the study before all readings were committed, and why."""

    kind: ClassVar[str] = "study.unblinded"
    reason: str

    def check(self, actor: str) -> None:
        if not self.reason.strip() or not actor.strip():
            raise InputRefusedError(
                "Not unblinded",
                "unblinding needs a reason and the name of the person who asks for it",
                "give the reason",
            )

    def describe(self, words: Words) -> str:
        return "unblinded the study before all readings were committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAttested(EventKind):
    """A person attested that an export may leave the study. It was written with this statement.

    `identifiers` counts the possible identifiers that were shown before, by kind. `folder` is the name of the folder,
    and `manifest_sha256` the hash of its manifest.json.
    """

    kind: ClassVar[str] = "export.attested"
    statement: str
    format: str
    filters: Record
    with_case_text: bool
    blinded: bool
    identifiers: Mapping[str, int]
    folder: str
    manifest_sha256: str

    def check(self, actor: str) -> None:
        if not self.statement.strip() or not actor.strip():
            raise InputRefusedError(
                "Nothing exported",
                "an attestation needs a statement and the name of the person who makes it",
                "give both",
            )

    def describe(self, words: Words) -> str:
        text = "with case text" if self.with_case_text else "without case text"
        shown = sum(self.identifiers.values())
        return f"attested an export ({self.format}, {text}); possible identifiers shown before: {shown:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolChanged(StudyDecision):
    """The protocol was changed. `protocol` is the new record, whose SHA-256 is `protocol_sha256`."""

    kind: ClassVar[str] = "protocol.changed"
    matter: ClassVar[str] = "protocol"
    before_sha256: str = ""
    protocol_sha256: str
    protocol: Record
    reason: str = ""

    def check(self, before: Protocol, *, answered: bool) -> None:
        """Check it against the protocol before it, and whether the study has answers."""
        after = protocol_from_record(self.protocol)
        _ = after.labels  # raises if there is no such set
        if not self.reason.strip():
            raise InputRefusedError("Protocol not changed", "the reason is empty", "give a reason with --reason")
        if after == before:
            raise InputRefusedError("Protocol not changed", "the new protocol is identical", "edit the protocol first")
        fixed = ("prompt", "decoding", "n_ctx", "document_order")
        changed = [name for name in fixed if getattr(after, name) != getattr(before, name)]
        if answered and changed:
            raise InputRefusedError(
                "Protocol not changed",
                f"the study has answers, and the missing ones would be generated with a different {', '.join(changed)}",
                "keep that setting, or create a new study",
            )
        if answered and after.samples < before.samples:
            raise InputRefusedError(
                "Protocol not changed",
                f"the study has answers, and its samples can be raised above {before.samples} but not lowered",
                "keep that setting, or create a new study",
            )

    @property
    def intact(self) -> bool:
        """Whether the protocol has the hash that is given for it."""
        return json_sha256(self.protocol) == self.protocol_sha256

    def apply(self, protocols: list[Record], entry: Event) -> None:
        """Put it in force after the earlier versions."""
        protocols.append(self.protocol)

    def describe(self, words: Words) -> str:
        return f"changed the protocol to {self.protocol_sha256[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictResolved(StudyDecision):
    """One branch of a reading was chosen. `head` is the hash of its last event."""

    kind: ClassVar[str] = "conflict.resolved"
    matter: ClassVar[str] = "conflict"
    about: ClassVar[tuple[str, ...]] = ("reader_id", "case_id", "repeat")
    reader_id: str
    case_id: str
    repeat: int
    head: str
    reason: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        words = [body.get(name) for name in ("reader_id", "case_id", "head", "reason")]
        if not all(isinstance(word, str) and word.strip() for word in words):
            raise ValueError("a choice names reader, case, branch and reason")
        if type(body.get("repeat")) is not int or body["repeat"] not in (0, 1):
            raise ValueError("a case is read once, or once more as a repeat")
        return super(ConflictResolved, cls).from_body(body)

    @property
    def place(self) -> ReadingPlace:
        """The readings that it is about."""
        return self.reader_id, self.case_id, self.repeat

    def check(self, actor: str) -> None:
        if not self.reason.strip() or not actor.strip():
            raise InputRefusedError(
                "No branch chosen", "a choice needs a reason and the name of the person who makes it", "give the reason"
            )

    def apply(self, chosen: dict[ReadingPlace, str], entry: Event) -> None:
        """Note the hash by which the chosen branch is known."""
        chosen[self.place] = self.head

    def describe(self, words: Words) -> str:
        again = ", read again" if self.repeat else ""
        return f"chose the branch of {self.reader_id}{again} with hash {self.head[:12]}"

"""How a study was done, as far as its file records it: counts from its manifests, readings, events and protocols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doubleread.domain.prompts import PromptTemplate
from doubleread.domain.study import Protocol
from doubleread.results import Results
from doubleread.results.provenance import ENTRIES, PROMPT, Provenance, provenance
from doubleread.results.reading_facts import ReadingConduct, committed_readings, reading_conduct
from doubleread.store import StudyFile
from doubleread.store.score_overrides import SUBJECT
from doubleread.store.sqlite.connection import Snapshot
from doubleread.store.sqlite.faults import intact


@dataclass(frozen=True, slots=True)
class Conduct:
    """The frame of a study. `arms` are in the order of the results.

    `sources`, `licences` and `kinds` count cases. `prompts` are the prompt templates with which at least one answer is
    recorded to have been generated, by their hash; a hash that no version of the protocol has is in none. `scorers`
    counts answers by scorer and version, alternative scorers too; `evidence` counts scores that point to a part of the
    answer. `adjudicators` and `reviewers` count decided cases
    and reviewed scores by person. `qualifications` has what is stated of the readers who committed a reading and of the
    adjudicators, by pseudonym. `heads` are the ends of the log's chains by device.
    """

    study_id: str
    created_at: str
    protocol: Protocol
    protocol_sha256: str
    sources: Mapping[str, int]
    licences: Mapping[str, int]
    kinds: Mapping[str, int]
    arms: tuple[Provenance, Provenance]
    prompts: Mapping[str, PromptTemplate]
    scorers: Mapping[str, int]
    evidence: int
    readings: ReadingConduct
    adjudicators: Mapping[str, int]
    reviewers: Mapping[str, int]
    qualifications: Mapping[str, str]
    heads: Mapping[str, tuple[int, str]]

    @property
    def answers(self) -> int:
        """How many answers both arms have."""
        return sum(arm.answers for arm in self.arms)

    @property
    def imported(self) -> int:
        """How many answers of both arms were imported."""
        return sum(arm.imported for arm in self.arms)

    @property
    def generated(self) -> int:
        """How many answers of both arms were generated here."""
        return self.answers - self.imported

    @property
    def entries(self) -> tuple[str, ...]:
        """The entries that at least one manifest has, in a fixed order."""
        return tuple(name for name in ENTRIES if any(name in arm.entries for arm in self.arms))

    def recorded(self, name: str) -> int:
        """Return how many answers of both arms have an entry of the manifest."""
        return sum(arm.recorded(name) for arm in self.arms)


def conduct(study: StudyFile, results: Results) -> Conduct:
    """Count what the file records. Raises StudyFileError where it cannot be read."""
    with study.connection.snapshot() as db, intact(study.path, "its manifests or readings"):
        meta = {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta")}
        found = provenance(db, (model.id for model in results.models))
        rows = committed_readings(db)
        described = {
            row["id"]: row["qualification"]
            for row in db.execute("SELECT id, qualification FROM readers ORDER BY registered_at, id")
        }
        scorers = _counts(db, "SELECT scorer || ' ' || version, count(DISTINCT answer_id) FROM scores GROUP BY 1")
        evidence = db.execute('SELECT count(*) FROM scores WHERE start < "end"').fetchone()[0]
        adjudicators = _counts(
            db,
            "SELECT adjudicator_id, count(DISTINCT case_id) FROM adjudications"
            " WHERE resolves AND subject <> ? GROUP BY 1",
            SUBJECT,
        )
        reviewers = _counts(
            db, "SELECT adjudicator_id, count(*) FROM adjudications WHERE subject = ? GROUP BY 1", SUBJECT
        )
        sources, licences, kinds = (
            _counts(db, f"SELECT {column}, count(*) AS n FROM cases GROUP BY 1 ORDER BY n DESC, 1")
            for column in ("source", "licence", "kind")
        )
    unblinded = min((unblinding.at for unblinding in results.blindness.unblinded), default="")
    ids = [model.id for model in study.models()]
    readings = reading_conduct(rows, study.protocol_of, study.secret, ids, unblinded)
    people = readings.by_reader.keys() | adjudicators.keys()
    first, second = (found[model.id] for model in results.models)
    return Conduct(
        study_id=study.study_id,
        created_at=meta.get("created_at", ""),
        protocol=study.protocol,
        protocol_sha256=study.protocol_sha256,
        sources=sources,
        licences=licences,
        kinds=kinds,
        arms=(first, second),
        prompts=_prompts(study, (first, second)),
        scorers=scorers,
        evidence=evidence,
        readings=readings,
        adjudicators=adjudicators,
        reviewers=reviewers,
        qualifications={who: said for who, said in described.items() if said and who in people},
        heads=study.chain_heads(),
    )


def _counts(db: Snapshot, sql: str, *parameters: str) -> dict[str, int]:
    return {row[0]: row[1] for row in db.execute(sql, parameters)}


def _prompts(study: StudyFile, arms: tuple[Provenance, Provenance]) -> dict[str, PromptTemplate]:
    known = {protocol.prompt.sha256: protocol.prompt for _, protocol in study.protocols()}
    used = dict.fromkeys(sha256 for arm in arms for sha256, _ in arm.values(PROMPT))
    return {sha256: known[sha256] for sha256 in used if sha256 in known}

"""The methods of a study, as its file records them: counts from manifests, readings, events and protocols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doubleread.domain.arm import Arms, arm_differences
from doubleread.domain.background import Background
from doubleread.domain.prompts import PromptTemplate
from doubleread.domain.retrieval import Retrieval
from doubleread.domain.study import Protocol
from doubleread.read_model import study_counts
from doubleread.results import Results
from doubleread.results.provenance import ENTRIES, PROMPT, Provenance, provenance
from doubleread.results.reading_counts import ReadingCounts, reading_counts
from doubleread.store import StudyFile
from doubleread.store.sqlite.faults import intact


@dataclass(frozen=True, slots=True)
class StudyMethods:
    """The frame of a study. `arms` are in the order of the results.

    `differences` are the settings in which the arms differ, each with both values.

    `sources` and `kinds` count cases, `skipped_lines` the lines of the case files that had errors.
    `prompts` are the prompt templates with which at least one answer is recorded to have been generated, by their hash;
    a hash that no version of the protocol has is in none. `retrievals` are what the arms are given. `scorers` counts
    answers by scorer and version, alternative scorers too; `evidence` counts scores of first answers that point to a
    part of one. `adjudicators` and `reviewers` count decided cases and reviewed scores by person. `qualifications` has
    what is stated of the readers who committed a reading and of the adjudicators, by pseudonym. `heads` are the ends of
    the log's chains by device. `backgrounds` are those of these readers and adjudicators who stated something.
    """

    study_id: str
    created_at: str
    protocol: Protocol
    protocol_sha256: str
    sources: Mapping[str, int]
    kinds: Mapping[str, int]
    skipped_lines: int
    arms: tuple[Provenance, Provenance]
    differences: Mapping[str, tuple[Any, Any]]
    prompts: Mapping[str, PromptTemplate]
    retrievals: tuple[Retrieval | None, Retrieval | None]
    scorers: Mapping[str, int]
    evidence: int
    readings: ReadingCounts
    adjudicators: Mapping[str, int]
    reviewers: Mapping[str, int]
    qualifications: Mapping[str, str]
    heads: Mapping[str, tuple[int, str]]
    backgrounds: Mapping[str, Background] = field(default_factory=dict)

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


def study_methods(study: StudyFile, results: Results) -> StudyMethods:
    """Count what the file records. Raises StudyFileError if it cannot be read."""
    with study.connection.snapshot() as db, intact(study.path, "its manifests or readings"):
        created_at = study_counts.meta(db).get("created_at", "")
        found = provenance(db, (arm.id for arm in results.arms))
        rows = study_counts.committed_readings(db)
        qualifications = study_counts.qualifications(db)
        scorers = study_counts.answers_by_scorer(db)
        evidence = study_counts.scores_with_evidence(db)
        adjudicators = study_counts.cases_by_adjudicator(db)
        reviewers = study_counts.overrides_by_adjudicator(db)
        sources = study_counts.cases_by(db, "source")
        kinds = study_counts.cases_by(db, "kind")
        skipped = study_counts.skipped_case_lines(db)
    unblinded = min((unblinding.at for unblinding in results.blindness.unblinded), default="")
    ids = [arm.id for arm in study.arms()]
    readings = reading_counts(rows, study.protocol_of, study.secret, ids, unblinded)
    people = readings.by_reader.keys() | adjudicators.keys()
    first, second = (found[arm.id] for arm in results.arms)
    one, other = _in_order(study, results)
    return StudyMethods(
        study_id=study.study_id,
        created_at=created_at,
        protocol=study.protocol,
        protocol_sha256=study.protocol_sha256,
        sources=sources,
        kinds=kinds,
        skipped_lines=skipped,
        arms=(first, second),
        differences=arm_differences((one, other), study.protocol),
        prompts=_prompts(study, (first, second)),
        retrievals=(one.retrieval, other.retrieval),
        scorers=scorers,
        evidence=evidence,
        readings=readings,
        adjudicators=adjudicators,
        reviewers=reviewers,
        qualifications={who: said for who, said in qualifications.items() if said and who in people},
        heads=study.chain_heads(),
        backgrounds={who: said for who, said in study.training.backgrounds().items() if said.stated and who in people},
    )


def _in_order(study: StudyFile, results: Results) -> Arms:
    by_id = {arm.id: arm for arm in study.arms()}
    return by_id[results.arms[0].id], by_id[results.arms[1].id]


def _prompts(study: StudyFile, arms: tuple[Provenance, Provenance]) -> dict[str, PromptTemplate]:
    prompts = [arm.prompt_of(protocol) for _, protocol in study.protocols() for arm in study.arms()]
    known = {prompt.sha256: prompt for prompt in prompts}
    used = dict.fromkeys(sha256 for arm in arms for sha256, _ in arm.values(PROMPT))
    return {sha256: known[sha256] for sha256 in used if sha256 in known}

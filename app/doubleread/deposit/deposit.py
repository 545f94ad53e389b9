"""Write a study as a folder for a repository or a supplement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from doubleread import __version__
from doubleread.deposit import latex, texts
from doubleread.deposit.references import bibtex
from doubleread.domain.arm import Arm
from doubleread.domain.hashes import text_sha256
from doubleread.errors import DoublereadError
from doubleread.exports.attestation import Attestation
from doubleread.exports.export import (
    attestation_readme,
    file_hashes,
    not_attested,
    record_attestation,
    write_export,
    write_json,
)
from doubleread.exports.exporter import text_file
from doubleread.exports.folder import new_folder, refuse_taken
from doubleread.exports.identifiers import PossibleIdentifiers, expect_scanned, look, with_scanned_rows
from doubleread.exports.pseudonyms import REGISTERED, Pseudonyms
from doubleread.exports.source import ExportSource
from doubleread.progress import Progress, untold
from doubleread.reports.facts import SHOWN, Facts
from doubleread.reports.training_methods import identifying_background
from doubleread.results import Results, results
from doubleread.results.provenance import Provenance
from doubleread.results.study_methods import study_methods
from doubleread.runs.protocol_file import protocol_text
from doubleread.store import StudyFile
from doubleread.store.log.clock import now
from doubleread.store.log.verify import verify
from doubleread.store.log.verify_report import VerifyReport

FORMAT = "deposit"
RATINGS = ("huggingface", "jsonl", "csv")
"""The formats of the ratings, each in a folder of its own. The first has the data card."""

_STEPS = 4 + len(RATINGS)


@dataclass(frozen=True, slots=True)
class Deposited:
    """What was written. `missing` counts the incomplete items of each guideline.

    `blinded` is why no model is named; "" if the models are named. `identifying` says which stated background may
    identify a person; "" if none may.
    """

    out: Path
    files: int
    missing: Mapping[str, int]
    open_readings: int
    blinded: str = ""
    identifying: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "out": str(self.out), "missing": dict(self.missing)}


def deposit(
    study: StudyFile,
    out: Path,
    *,
    with_case_text: bool = False,
    pseudonyms: Pseudonyms = REGISTERED,
    identifiers: PossibleIdentifiers | None = None,
    attestation: Attestation | None = None,
    progress: Progress = untold,
) -> Deposited:
    """Write the deposit of a study to a new folder, which appears whole or not at all.

    Models are named under the same rule as in results. `identifiers` and `attestation` are as for `export_study`.
    Raises DoublereadError if the study fails its verification, if it is changed meanwhile, if `out` has something in it
    or cannot be written, or without an attestation that is needed.
    """
    study.expect_models("Nothing deposited")
    refuse_taken(out)
    source = ExportSource(study, with_case_text=with_case_text, pseudonyms=pseudonyms)
    found = look(source) if identifiers is None else identifiers
    if attestation is None and (contents := found.to_attest(with_case_text=with_case_text)):
        raise not_attested(contents)
    source = with_scanned_rows(source, found)
    progress("Writing", 1, _STEPS)
    report = verify(study.path)
    if not report.ok:
        raise DoublereadError(
            "Nothing deposited",
            f"{study.path.name} fails its verification ({report.verdict})",
            "run `doubleread verify` on it, and continue with a backup",
        )
    progress("Writing", 2, _STEPS)
    counted = results(study) if with_case_text else _without_criteria(results(study))
    facts = Facts(counted, study_methods(study, counted))
    written = texts.texts_of(facts, pseudonyms)
    progress("Writing", 3, _STEPS)
    uncommitted = 0

    def record(folder: Path) -> None:
        if attestation is not None:
            record_attestation(source, FORMAT, attestation, found, out.name, folder / "manifest.json")

    with new_folder(out, record) as folder:
        _write_texts(folder, written, facts)
        _write_protocol(folder, study, with_case_text=with_case_text)
        write_json(folder / "models.json", _models(study, facts))
        for done, format_name in enumerate(RATINGS, start=1):
            ratings = folder / f"ratings-{format_name}"
            ratings.mkdir()
            _, uncommitted = write_export(source, format_name, ratings, attestation, found)
            progress("Writing", 3 + done, _STEPS)
        write_json(folder / "verification.json", _receipt(study, report))
        with text_file(folder / "README.md") as file:
            file.write(_readme(written, facts, source))
            if attestation is not None:
                file.write(attestation_readme(attestation, found))
        files = file_hashes(folder)
        manifest = {
            "format": "doubleread-deposit",
            "version": 1,
            "made_with": f"doubleread {__version__}",
            "deposited_at": now(),
            "study_id": study.study_id,
            "title": written.title,
            "blinded": None if source.blinded is None else pseudonyms.in_value(source.blinding.reason),
            "case_text": with_case_text,
            "attestation": None if attestation is None else attestation.as_record(now(), found.counts),
            "missing_items": written.missing,
            "files": files,
        }
        write_json(folder / "manifest.json", manifest)
        if study.chain_heads() != report.heads:
            raise DoublereadError(
                "Nothing deposited",
                "the study was changed meanwhile, so that its tables and ratings could differ",
                "try again while nobody writes to it",
            )
        expect_scanned(source, found, "Nothing deposited")
    progress("Writing", _STEPS, _STEPS)
    reason = "" if source.blinded is None else source.blinding.reason
    identifying = identifying_background(facts) or ""
    return Deposited(out, len(files) + 1, written.missing, uncommitted, reason, identifying)


def _without_criteria(counted: Results) -> Results:
    """Return results that name criteria by the hashes of their texts, which are case text."""
    found = counted.criteria_agreement
    if found is None:
        return counted
    listed = tuple(replace(one, text=f"criterion with sha256 {text_sha256(one.text)[:SHOWN]}") for one in found.listed)
    return replace(counted, criteria_agreement=replace(found, listed=listed))


def _write_texts(folder: Path, written: texts.Texts, facts: Facts) -> None:
    body = "\\input{methods}\n\\input{tables}\n\\input{checklists}\n"
    for name, text in {
        "methods.md": texts.methods_markdown(written),
        "methods.tex": texts.methods_latex(written),
        "tables.md": texts.tables_markdown(written),
        "tables.tex": texts.tables_latex(written),
        "checklists.md": texts.checklists_markdown(written),
        "checklists.tex": texts.checklists_latex(written),
        "checklists.csv": texts.checklists_csv(written),
        "supplement.tex": latex.document(body, written.title),
        "references.bib": bibtex(facts),
    }.items():
        with text_file(folder / name) as file:
            file.write(text)


def _write_protocol(folder: Path, study: StudyFile, *, with_case_text: bool) -> None:
    protocol = study.protocol
    about = f"# The protocol in force, sha256 {study.protocol_sha256}\n"
    if protocol.prompt.examples and not with_case_text:
        about += f"# Without the {len(protocol.prompt.examples)} solved cases of its prompt, which are case text.\n"
        protocol = replace(protocol, prompt=replace(protocol.prompt, examples=()))
    with text_file(folder / "protocol.toml") as file:
        file.write(about + protocol_text(protocol))
    write_json(folder / "label-set.json", asdict(study.protocol.labels))


def _models(study: StudyFile, facts: Facts) -> dict[str, Any]:
    """Return what the manifests record of the models, with the numbers of answers; nothing while names are withheld."""
    if not facts.named:
        return {"withheld": "readings are still due", "arms": []}
    arms = {arm.id: arm for arm in study.arms()}
    shown = zip(facts.results.arms, facts.methods.arms, strict=True)
    return {"arms": [_model(arms[arm.id], found) for arm, found in shown]}


def _model(arm: Arm, found: Provenance) -> dict[str, Any]:
    summary = {name: value for name, value in arm.summary().items() if name not in ("prompt", "server")}
    server = {"server": {"model": arm.server.model}} if arm.server is not None else {}
    return {
        **summary,
        **server,
        "metadata": dict(arm.model.metadata) if arm.model is not None else {},
        "answers": found.answers,
        "imported": found.imported,
        "recorded": {name: dict(found.values(name)) for name in found.entries},
    }


def _receipt(study: StudyFile, report: VerifyReport) -> dict[str, Any]:
    record = report.as_record()
    return {
        "study": study.path.name,
        "study_id": study.study_id,
        "verified_at": now(),
        "verified_with": f"doubleread {__version__}",
        "ok": record["ok"],
        "checks": record["checks"],
        "chain_heads": record["heads"],
        "state": record["state"],
        "how_to_check": (
            "With the study file, `doubleread verify STUDY --json` prints the heads of its log and the state of its"
            " content. A head that is no longer in the log, or another state with the same heads, reveals a change."
            " Without it, compare the SHA-256 of each file with manifest.json."
        ),
    }


_ABOUT = {
    "methods.md": "the methods, with every number counted from the study file; `methods.tex` is the same as LaTeX",
    "tables.md": "all tables of the results; `tables.tex` is the same as LaTeX",
    "checklists.md": "TRIPOD-LLM, CHART and MI-CLEAR-LLM, filled, with what is missing; also as CSV and LaTeX",
    "supplement.tex": "a document with all three, to compile with pdflatex and bibtex",
    "references.bib": "the programs and works that they name, as BibTeX",
    "protocol.toml": "the protocol of the study, and `label-set.json` with the labels of its annotations",
    "models.json": "the models: hashes of their files, metadata, builds, devices and settings, as the manifests say",
    "ratings-huggingface": "the ratings as Parquet; its `README.md` is the data card",
    "ratings-jsonl": "readings, annotations, answers, scores, adjudications as JSON Lines, with their data dictionary",
    "ratings-csv": "the same for spreadsheets",
    "verification.json": "the receipt of `doubleread verify`, and how to check it",
    "manifest.json": "the SHA-256 of every file",
}


def _readme(written: texts.Texts, facts: Facts, source: ExportSource) -> str:
    lines = [f"- `{name}`: {about}" for name, about in _ABOUT.items()]
    gaps = ", ".join(f"{name} {count}" for name, count in written.missing.items())
    parts = [
        f"# {written.title.replace(chr(10), ' ')}\n\nThe deposit of a study made with doubleread {__version__}.\n",
        "\n".join(lines) + "\n",
        f"Incomplete checklist items: {gaps}.\n",
    ]
    if not source.with_case_text:
        parts.append("The texts of the cases are not included.\n")
    if not facts.named:
        parts.append("Readings are still due, so nothing here says which model wrote what.\n")
    sources = {name: count for name, count in facts.methods.sources.items() if name}
    if sources:
        listed = "; ".join(f"{name} ({count:,})" for name, count in sources.items())
        parts.append(f"Sources of the cases: {json.dumps(listed, ensure_ascii=False)[1:-1]}.\n")
    return "\n".join(parts)

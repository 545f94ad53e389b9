"""A study as a folder of files in one format, with a README and a manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubleread import __version__
from doubleread.domain.display import display_line
from doubleread.domain.events.study import ExportAttested
from doubleread.errors import InputRefusedError
from doubleread.exports.attestation import Attestation
from doubleread.exports.columns import TABLES
from doubleread.exports.description import description
from doubleread.exports.exporter import Exporter, Written, text_file
from doubleread.exports.folder import new_folder, refuse_taken
from doubleread.exports.formats import EXPORTERS
from doubleread.exports.identifiers import PossibleIdentifiers, expect_scanned, look, with_scanned_rows
from doubleread.exports.options import ExportOptions
from doubleread.exports.pseudonyms import REGISTERED, Pseudonyms
from doubleread.exports.selection import Selection
from doubleread.exports.source import ExportSource
from doubleread.file_hash import file_sha256
from doubleread.progress import Progress, untold
from doubleread.read_model.queries import row_count
from doubleread.read_model.study_counts import open_readings
from doubleread.store import StudyFile
from doubleread.store.log.clock import now

NO_FILTERS = Selection()
NO_OPTIONS = ExportOptions()
_ROWS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: records by name, remarks, what the format cannot hold, readings that are still open.

    `blinded` is why the export names no model; "" if it names them.
    """

    out: Path
    rows: Mapping[str, int]
    open_readings: int
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    blinded: str = ""


def export_study(
    study: StudyFile,
    format_name: str,
    out: Path,
    *,
    with_case_text: bool = False,
    selection: Selection = NO_FILTERS,
    options: ExportOptions = NO_OPTIONS,
    pseudonyms: Pseudonyms = REGISTERED,
    identifiers: PossibleIdentifiers | None = None,
    attestation: Attestation | None = None,
    progress: Progress = untold,
) -> Exported:
    """Write a study in one of `EXPORTERS` to a new folder, which appears whole or not at all.

    While arms must not be named, it is a blinded export (see `doubleread.exports.blinded`). Case text, as
    `doubleread.exports.case_text` has it, is in it only `with_case_text`.

    `identifiers` are what `look` found in this export; without them it is looked at here. An export with case text or
    possible identifiers needs an attestation, which is recorded in the log. Readers may write to the study meanwhile;
    if that brings possible identifiers which nobody has seen, nothing is exported. `progress` is told about how many
    rows are read; what it raises ends the export, which then leaves nothing. Raises DoublereadError if `out` has
    something in it or cannot be written, if the format needs what is left out or does not take one of `options`, and
    without an attestation that is needed; StudyFileError if a quote is not in its text.
    """
    study.expect_models("Nothing exported")
    counted = _Counted(study, progress, passes=1 if identifiers is not None else 2)
    source = ExportSource(study, selection, with_case_text, options, pseudonyms, on_row=counted)
    check_format(source, format_name)
    refuse_taken(out)
    found = identifiers
    if found is None:
        found = look(source)
    if attestation is None and (contents := found.to_attest(with_case_text=with_case_text)):
        raise not_attested(contents)
    source = with_scanned_rows(source, found)

    def record(folder: Path) -> None:
        if attestation is not None:
            record_attestation(source, format_name, attestation, found, out.name, folder / "manifest.json")

    with new_folder(out, record) as folder:
        written, uncommitted = write_export(source, format_name, folder, attestation, found)
        expect_scanned(source, found, "Nothing exported")
    counted.finish()
    reason = "" if source.blinded is None else source.blinding.reason
    return Exported(out, written.rows, uncommitted, written.notes, written.left_out, reason)


def write_export(
    source: ExportSource,
    format_name: str,
    folder: Path,
    attestation: Attestation | None,
    found: PossibleIdentifiers,
) -> tuple[Written, int]:
    """Write an export with README and manifest to an empty folder. Return what was written, and the open readings."""
    study, blinding, pseudonyms = source.study, source.blinding, source.pseudonyms
    heads = [{"device": device, "seq": seq, "hash": head} for device, (seq, head) in study.chain_heads().items()]
    written = EXPORTERS[format_name].write(source, folder)
    with study.connection.snapshot() as db:
        uncommitted = open_readings(db)
    with text_file(folder / "README.md") as file:
        file.write(written.readme + _filters_readme(source))
        if attestation is not None:
            file.write(attestation_readme(attestation, found))
    manifest = {
        "format": f"doubleread-export-{format_name}",
        "version": 1,
        "made_with": f"doubleread {__version__}",
        "exported_at": now(),
        "blinded": None if source.blinded is None else pseudonyms.in_value(blinding.reason),
        "case_text": source.with_case_text,
        "attestation": None if attestation is None else attestation.as_record(now(), found.counts),
        "pseudonyms": "registered" if pseudonyms is REGISTERED else "new",
        "filters": pseudonyms.in_value(source.selection.as_record()),
        "options": source.options.as_record(),
        **description(source),
        "chain_heads": heads,
        "rows": written.rows,
        "open_readings": uncommitted,
        "files": file_hashes(folder),
    }
    write_json(folder / "manifest.json", manifest)
    return written, uncommitted


def record_attestation(
    source: ExportSource,
    format_name: str,
    attestation: Attestation,
    found: PossibleIdentifiers,
    folder: str,
    manifest: Path,
) -> None:
    """Record an attestation in the log. `folder` is the name of what is written, `manifest` its manifest."""
    attested = ExportAttested(
        statement=attestation.statement,
        format=format_name,
        filters=source.selection.as_record(),
        with_case_text=source.with_case_text,
        blinded=source.blinded is not None,
        identifiers=found.counts,
        folder=folder,
        manifest_sha256=file_sha256(manifest),
    )
    source.study.record_attestation(attestation.by, attested)


def file_hashes(folder: Path) -> dict[str, dict[str, str]]:
    """Return the SHA-256 of every file in a folder, by its path within it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): {"sha256": file_sha256(path)} for path in files}


def write_json(path: Path, record: Any) -> None:
    """Write a JSON file for people and programs."""
    with text_file(path) as file:
        json.dump(record, file, ensure_ascii=False, indent=2, allow_nan=False)
        file.write("\n")


class _Counted:
    """Tells the progress of an export, row by row."""

    def __init__(self, study: StudyFile, progress: Progress, passes: int) -> None:
        self._progress = progress
        self._read = 0
        self._total = 0 if progress is untold else passes * row_count(study, (*TABLES, "cases"))

    def __call__(self) -> None:
        self._read += 1
        if self._read % _ROWS_AT_ONCE == 0:
            self._progress("Writing", min(self._read, self._total), self._total)

    def finish(self) -> None:
        self._progress("Writing", self._total, self._total)


def _filters_readme(source: ExportSource) -> str:
    """Return the README's section on filters, empty if there are none."""
    words = source.pseudonyms.in_value(source.selection.words())
    return "".join(["\n## Filters\n\n", *(f"- {sentence}\n" for sentence in words)]) if words else ""


def check_format(source: ExportSource, format_name: str) -> Exporter:
    """Return a format. Raises InputRefusedError if it needs what is left out, or does not take one of the options."""
    exporter = EXPORTERS[format_name]
    if exporter.needs_case_text and not source.with_case_text:
        raise InputRefusedError(
            "Nothing exported", f"the format {format_name} contains the text of the cases", "add --with-case-text"
        )
    for name in source.options.as_record().keys() - exporter.options:
        takers = " or ".join(other for other, one in EXPORTERS.items() if name in one.options)
        raise InputRefusedError(
            "Nothing exported",
            f"the format {format_name} has no {name}",
            f"leave out --{name}, or use --format {takers}",
        )
    if source.blinded is not None and exporter.needs_names:
        raise InputRefusedError(
            "Nothing exported",
            f"the format {format_name} sorts answers by arm, which is withheld until every reading is committed"
            f" ({source.blinding.reason})",
            "use another format, or --unblind REASON, which is logged",
        )
    return exporter


def not_attested(contents: str) -> InputRefusedError:
    """Return why an export of something `to_attest` is refused without an attestation."""
    return InputRefusedError(
        "Nothing exported",
        f"the export would contain {contents}",
        "check it, then attest that it may be shared: --attested-by NAME (--identifiers-out FILE lists what was found)",
    )


def attestation_readme(attestation: Attestation, found: PossibleIdentifiers) -> str:
    """Return the README's section on an attestation."""
    by, said = display_line(attestation.by), display_line(attestation.statement)
    return (
        f"\n## Attestation\n\n{by} attested this export: \u201c{said}\u201d A scan had shown {found.words}. The scan"
        " helps to check an export. It does not prove that nobody can be identified.\n"
    )

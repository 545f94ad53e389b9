"""A study as a folder of files in one format, with a README and a manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from doubleread import __version__
from doubleread.domain.arm import arm_differences
from doubleread.domain.events.study import ConflictResolved
from doubleread.errors import InputRefusedError
from doubleread.exports.case_text import without_examples
from doubleread.exports.columns import TABLES
from doubleread.exports.exporter import text_file
from doubleread.exports.folder import new_folder
from doubleread.exports.formats import EXPORTERS
from doubleread.exports.options import ExportOptions
from doubleread.exports.records import Record
from doubleread.exports.selection import Selection
from doubleread.exports.source import ExportSource
from doubleread.file_hash import file_sha256
from doubleread.read_model.queries import row_count
from doubleread.read_model.readers import registered_readers
from doubleread.read_model.study_counts import open_readings
from doubleread.store import StudyFile
from doubleread.store.log.clock import now

NO_FILTERS = Selection()
NO_OPTIONS = ExportOptions()
Progress = Callable[[int, int], None]
"""Takes the rows read, and about how many there are. What it raises ends the export, which then leaves nothing."""

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
    progress: Progress | None = None,
) -> Exported:
    """Write a study in one of `EXPORTERS` to a new folder, which appears whole or not at all.

    While arms must not be named, it is a blinded export (see `doubleread.exports.blinded`). Case text, as
    `doubleread.exports.case_text` has it, is in it only `with_case_text`. Raises DoublereadError if `out` has something
    in it or cannot be written, or if the format needs what is left out or does not take one of `options`,
    StudyFileError if a quote is not in its text.
    """
    study.expect_models("Nothing exported")
    exporter = EXPORTERS[format_name]
    if exporter.needs_case_text and not with_case_text:
        raise InputRefusedError(
            "Nothing exported", f"the format {format_name} contains the text of the cases", "add --with-case-text"
        )
    for name in options.as_record().keys() - exporter.options:
        takers = " or ".join(other for other, one in EXPORTERS.items() if name in one.options)
        raise InputRefusedError(
            "Nothing exported",
            f"the format {format_name} has no {name}",
            f"leave out --{name}, or use --format {takers}",
        )
    counted = _Counted(study, progress)
    source = ExportSource(study, selection, with_case_text=with_case_text, options=options, on_row=counted)
    blinding, blinded = source.blinding, source.blinded
    if blinded is not None and exporter.needs_names:
        raise InputRefusedError(
            "Nothing exported",
            f"the format {format_name} sorts answers by arm, which is withheld until every reading is committed"
            f" ({blinding.reason})",
            "use another format, or --unblind REASON, which is logged",
        )
    with new_folder(out) as folder:
        heads = [{"device": device, "seq": seq, "hash": head} for device, (seq, head) in study.chain_heads().items()]
        written = exporter.write(source, folder)
        with study.connection.snapshot() as db:
            uncommitted = open_readings(db)
        with text_file(folder / "README.md") as file:
            file.write(written.readme + _filters_readme(source))
        manifest = {
            "format": f"doubleread-export-{format_name}",
            "version": 1,
            "made_with": f"doubleread {__version__}",
            "exported_at": now(),
            "blinded": None if blinded is None else blinding.reason,
            "case_text": with_case_text,
            "filters": selection.as_record(),
            "options": options.as_record(),
            **_description(source),
            "chain_heads": heads,
            "rows": written.rows,
            "open_readings": uncommitted,
            "files": {
                path.relative_to(folder).as_posix(): {"sha256": file_sha256(path)}
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            },
        }
        with text_file(folder / "manifest.json") as file:
            json.dump(manifest, file, ensure_ascii=False, indent=2, allow_nan=False)
            file.write("\n")
    counted.finish()
    reason = "" if blinded is None else blinding.reason
    return Exported(out, written.rows, uncommitted, written.notes, written.left_out, reason)


class _Counted:
    """Tells the progress of an export, row by row."""

    def __init__(self, study: StudyFile, progress: Progress | None) -> None:
        self._progress = progress
        self._read = 0
        self._total = 0 if progress is None else row_count(study, (*TABLES, "cases"))

    def __call__(self) -> None:
        self._read += 1
        if self._progress is not None and self._read % _ROWS_AT_ONCE == 0:
            self._progress(min(self._read, self._total), self._total)

    def finish(self) -> None:
        if self._progress is not None:
            self._progress(self._total, self._total)


def _filters_readme(source: ExportSource) -> str:
    """Return the README's section on filters, empty if there are none."""
    words = source.pseudonyms.in_value(source.selection.words())
    return "".join(["\n## Filters\n\n", *(f"- {sentence}\n" for sentence in words)]) if words else ""


def _description(source: ExportSource) -> Record:
    study, blinded, readers = source.study, source.blinded, source.selection.readers
    shown: Callable[[Record], Record] = dict if source.with_case_text else without_examples

    def selected(reader_id: str) -> bool:
        return not readers or reader_id in readers

    resolutions = [
        {"at": event.at, "by": event.actor, **event.body}
        for event in study.events(kind=ConflictResolved.kind)
        if selected(event.body["reader_id"])
    ]
    if blinded is not None:
        resolutions = [{**made, "reason": blinded.reason(str(made.get("reason", "")))} for made in resolutions]
    return {
        "study_id": study.study_id,
        "title": study.protocol.title,
        "protocol": shown(study.protocol.as_record()),
        "protocol_sha256": study.protocol_sha256,
        "protocols": [
            {"sha256": sha256, "protocol": shown(protocol.as_record()), "labels": asdict(protocol.labels)}
            for sha256, protocol in study.protocols()
        ],
        "readers": [asdict(one) for one in registered_readers(study) if selected(one.reader_id)],
        "assigned": {
            reader_id: [asdict(turn) for turn in turns]
            for reader_id, turns in study.readers.assigned().items()
            if selected(reader_id)
        },
        "branches": [asdict(one) for one in study.conflicts.branches() if selected(one.reader_id)],
        "resolutions": resolutions,
        "label_set": asdict(study.protocol.labels),
        "arms_differ_in": [*arm_differences(study.arms(), study.protocol)],
        "arms": []
        if blinded is not None
        else [
            {
                **shown(arm.summary()),
                "role": arm.role,
                "metadata": dict(arm.model.metadata) if arm.model is not None else {},
            }
            for arm in study.arms()
        ],
    }

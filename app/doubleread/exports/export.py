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
from doubleread.exports.blinded import BlindedRecords
from doubleread.exports.case_text import without_examples
from doubleread.exports.exporter import text_file
from doubleread.exports.folder import new_folder
from doubleread.exports.formats import EXPORTERS
from doubleread.exports.options import ExportOptions
from doubleread.exports.records import Record
from doubleread.exports.selection import Selection
from doubleread.exports.source import ExportSource
from doubleread.file_hash import file_sha256
from doubleread.read_model.readers import registered_readers
from doubleread.read_model.study_counts import open_readings
from doubleread.store import StudyFile
from doubleread.store.log.clock import now

NO_FILTERS = Selection()
NO_OPTIONS = ExportOptions()


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
    source = ExportSource(study, selection, with_case_text=with_case_text, options=options)
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
            file.write(written.readme)
        manifest = {
            "format": f"doubleread-export-{format_name}",
            "version": 1,
            "made_with": f"doubleread {__version__}",
            "exported_at": now(),
            "blinded": None if blinded is None else blinding.reason,
            "case_text": with_case_text,
            "filters": selection.as_record(),
            "options": options.as_record(),
            **_description(study, blinded, with_case_text=with_case_text),
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
    reason = "" if blinded is None else blinding.reason
    return Exported(out, written.rows, uncommitted, written.notes, written.left_out, reason)


def _description(study: StudyFile, blinded: BlindedRecords | None, *, with_case_text: bool) -> Record:
    shown: Callable[[Record], Record] = dict if with_case_text else without_examples
    resolutions = [
        {"at": event.at, "by": event.actor, **event.body} for event in study.events(kind=ConflictResolved.kind)
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
        "readers": [asdict(reader) for reader in registered_readers(study)],
        "assigned": {
            reader_id: [asdict(turn) for turn in turns] for reader_id, turns in study.readers.assigned().items()
        },
        "branches": [asdict(branch) for branch in study.conflicts.branches()],
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

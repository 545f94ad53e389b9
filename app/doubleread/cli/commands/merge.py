"""The commands for readers who work separately: `split`, `merge`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doubleread.cli.exit_codes import FAILED
from doubleread.cli.names import existing_study, named_study, new_study_path, study_to_write
from doubleread.cli.options import AsJson, NewPassphraseFile, NewReader, Study
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import note, say, say_json
from doubleread.errors import StudyLockedError

if TYPE_CHECKING:
    from doubleread.store.branches.current_readings import Superseded
    from doubleread.store.branches.merge import MergedFile


def split(
    study: Study,
    reader: Annotated[str, typer.Option("--reader", help="The pseudonym of the reader, such as R-01.")],
    out: Annotated[Path, typer.Option("--out", help="The file to create.")],
    encrypt: Annotated[
        bool | None,
        typer.Option(
            "--encrypt/--plain",
            help="Whether to encrypt the file with its own passphrase; required if the study is encrypted.",
        ),
    ] = None,
    new_passphrase_file: NewPassphraseFile = None,
    new_reader: NewReader = False,
    consensus: Annotated[
        bool,
        typer.Option("--consensus", help="For a consensus round: add how others judged the cases, without names."),
    ] = False,
) -> None:
    """Create a reader's own file, which names no model.

    It contains the cases, the answers and this reader's readings. Bring the readings back with doubleread merge.
    """
    from doubleread.cli.passphrases import NEW_PASSPHRASE, chosen_key, say_recovery_key
    from doubleread.sessions.merging import check_split, split_lines, split_off

    target = new_study_path(out, "Nothing split")
    with study_to_write(study) as opened:
        name = check_split(opened, reader, encrypt=encrypt, confirmed=new_reader, consensus=consensus)
        key = chosen_key(target, NEW_PASSPHRASE, new_passphrase_file) if encrypt else None
        with steps_shown() as step:
            done = split_off(opened, name, target, key=key, consensus=consensus, progress=step)
    line, remarks = split_lines(done, name)
    say(line)
    for remark in remarks:
        note(f"note: {remark}")
    if key is not None:
        say_recovery_key(key)
    say(f"next: doubleread read {done.out} --reader {name}, then doubleread merge {study} {done.out}")


def merge(
    study: Study,
    others: Annotated[list[Path], typer.Argument(metavar="OTHER...", help="Readers' files, or copies of the study.")],
    as_json: AsJson = False,
) -> None:
    """Merge the readings of other files into a study.

    You can merge in any order and repeatedly. The other files are not changed, and a verified copy of the study is
    kept first.
    """
    from doubleread.sessions.merging import merge_files, merged_lines
    from doubleread.store.files.risky_folders import warn_of_folder

    path = existing_study(study)
    sources = [_source(other) for other in others]
    with study_to_write(path) as opened:
        warn_of_folder(opened.path)
        with steps_shown() as step:
            done = merge_files(opened, sources, step)
    if as_json:
        record = {"study": str(opened.path), "backup": str(done.backup), "state": done.state}
        say_json({**record, "files": list(map(_record, done.files))})
    else:
        for file in done.files:
            for line in merged_lines(file):
                say(line)
        if done.several:
            note(f"to choose which branch of a reading counts: doubleread conflicts list {opened.path}")
        note(f"verified copy from before the merge: {done.backup}")
        say(f"{opened.path}: state {done.state}")
    if done.refused:
        raise typer.Exit(FAILED)


def _source(other: Path) -> Path:
    """Return the path of a file to merge. A locked file is refused without affecting the others."""
    try:
        return existing_study(other)
    except StudyLockedError as error:
        note(f"note: {error}")
        return named_study(other)


def _record(file: MergedFile) -> dict[str, Any]:
    return {
        "file": str(file.path),
        "events": file.events,
        "readings": dict(file.readings),
        "answers": file.answers,
        "waiting": file.waiting,
        "quarantined": file.quarantined,
        "superseded": _superseded_records(file.superseded),
        "refused": str(file.refused) if file.refused else None,
    }


def _superseded_records(items: Sequence[Superseded]) -> list[dict[str, Any]]:
    from dataclasses import asdict

    return [asdict(item) for item in items]

"""The commands for readers who work separately: `split`, `merge`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doubleread.cli.exit_codes import FAILED, WrongUseError
from doubleread.cli.names import existing_study, named_study, new_study_path, reader_name, study_to_write
from doubleread.cli.options import AsJson, NewPassphraseFile, NewReader, Study
from doubleread.console import note, say, say_json
from doubleread.domain.wording import plural
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
) -> None:
    """Create a reader's own file, which names no model.

    It contains the cases, the answers and this reader's readings. Bring the readings back with doubleread merge.
    """
    from doubleread.cli.passphrases import NEW_PASSPHRASE, chosen_key, say_recovery_key
    from doubleread.sessions.admission import expect_no_slip
    from doubleread.store.branches.split import split as split_off

    name = reader_name(reader)
    target = new_study_path(out, "Nothing split")
    with study_to_write(study) as opened:
        if encrypt is None and opened.encrypted:
            raise WrongUseError(
                "Encrypted or plain",
                f"{opened.path} is encrypted; the reader's file can have its own passphrase",
                "add --encrypt or --plain",
            )
        expect_no_slip(opened, name, confirmed=new_reader, title="Nothing split")
        key = chosen_key(target, NEW_PASSPHRASE, new_passphrase_file) if encrypt else None
        done = split_off(opened, name, target, key=key)
    cases = plural(done.cases - done.unanswered, "case")
    say(f"{done.out}: {cases} for {name}, {plural(done.readings, 'reading')} begun")
    if done.unanswered:
        note(f"note: {plural(done.unanswered, 'case')} without both answers cannot be read in it")
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
    from doubleread.store.branches.merge import merge as merged
    from doubleread.store.files.kept_copies import keep_backup
    from doubleread.store.files.risky_folders import warn_of_folder
    from doubleread.store.sqlite.state import study_state

    if not others:
        raise WrongUseError(
            "Nothing to merge", "no other file is given", "give the readers' files or copies of the study"
        )
    path = existing_study(study)
    sources = [_source(other) for other in others]
    with study_to_write(path) as opened:
        opened.expect_models("Nothing merged")
        warn_of_folder(opened.path)
        kept = keep_backup(opened, "before-merge")
        files = merged(opened, sources)
        state = study_state(opened.connection)
        several = any(file.superseded for file in files) and bool(opened.conflicts.branches())
    if as_json:
        say_json({"study": str(opened.path), "backup": str(kept), "state": state, "files": list(map(_record, files))})
    else:
        for file in files:
            _tell(file)
        if several:
            note(f"to choose which branch of a reading counts: doubleread conflicts list {opened.path}")
        note(f"verified copy from before the merge: {kept}")
        say(f"{opened.path}: state {state}")
    if any(file.refused for file in files):
        raise typer.Exit(FAILED)


def _source(other: Path) -> Path:
    """Return the path of a file to merge. A locked file is refused without affecting the others."""
    try:
        return existing_study(other)
    except StudyLockedError as error:
        note(f"note: {error}")
        return named_study(other)


def _tell(file: MergedFile) -> None:
    if file.refused:
        say(f"{file.path}: refused. {file.refused}")
        return
    if not file.changed:
        say(f"{file.path}: nothing new")
    else:
        answers = f", {plural(file.answers, 'answer')}" if file.answers else ""
        say(f"{file.path}: {plural(file.events, 'new entry', 'new entries')}{answers}")
    if file.waiting:
        say(
            f"  {plural(file.waiting, 'entry', 'entries')} left out: they follow entries that this study does not have;"
            " also merge the copy of the study that has them"
        )
    for reason in file.quarantined:
        say(f"  quarantined: {reason}")
    for item in file.superseded:
        say(f"  superseded: {superseded_text(item)}")


def superseded_text(item: Superseded) -> str:
    """Return a line about entries that do not count."""
    whose = f"{item.reader_id}, {item.case_id}" if item.reader_id else f"reading {item.reading_id}"
    return f"{whose}: {plural(item.events, 'entry', 'entries')}, because {item.reason}"


def _record(file: MergedFile) -> dict[str, Any]:
    return {
        "file": str(file.path),
        "events": file.events,
        "answers": file.answers,
        "waiting": file.waiting,
        "quarantined": file.quarantined,
        "superseded": _superseded_records(file.superseded),
        "refused": str(file.refused) if file.refused else None,
    }


def _superseded_records(items: Sequence[Superseded]) -> list[dict[str, Any]]:
    from dataclasses import asdict

    return [asdict(item) for item in items]

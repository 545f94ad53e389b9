"""The commands that keep a study file safe: `backup`, `recover`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.names import existing_study, new_study_path, study_to_read
from doubleread.cli.options import Study
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import note, say
from doubleread.domain.wording import plural


def backup(
    study: Study,
    out: Annotated[Path, typer.Option("--out", help="The copy to create.")],
) -> None:
    """Write a verified copy of a study, even an open one.

    Never copy an open study by other means.
    """
    from doubleread.sessions.backing_up import backup as backed_up
    from doubleread.sessions.backing_up import backup_lines, backup_notes

    target = new_study_path(out)
    with study_to_read(study) as opened, steps_shown() as step:
        report = backed_up(opened, target, step)
    for line in backup_notes(report):
        note(f"note: {line}")
    for line in backup_lines(report):
        say(line)


def recover(
    study: Study,
    out: Annotated[Path, typer.Option("--out", help="The file to create.")],
) -> None:
    """Recover a damaged study into a new file.

    Every entry with a valid hash is recovered, losses are listed, and the damaged file is not changed.
    """
    from doubleread.device import this_device
    from doubleread.store.sqlite.recovery import recover as recovered

    done = recovered(existing_study(study), new_study_path(out), device=this_device())
    say(f"{done.out}: {plural(done.events, 'entry', 'entries')} of the log, {plural(done.readings, 'reading')}")
    for line in done.losses():
        say(f"lost: {line}")
    if done.losses():
        say(f"if you have a backup, merge the recovered file into it: doubleread merge BACKUP {done.out}")
    else:
        say("no losses were found")

"""The command `log`: who did what and when, without naming models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.names import study_to_read
from doubleread.cli.options import AsJson, Study
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import note, say_json_list, say_table
from doubleread.domain.wording import middle_cut, plural

if TYPE_CHECKING:
    from doubleread.store import StudyFile


def show_log(
    study: Study,
    reader: Annotated[str, typer.Option("--reader", help="Only entries by this person.")] = "",
    case: Annotated[str, typer.Option("--case", help="Only entries about this case.")] = "",
    kind: Annotated[
        str, typer.Option("--kind", help="Only entries of this kind, such as annotation or reading.committed.")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", help="Only entries from this date or time on (UTC), such as 2026-03-01.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show who did what and when, in the order of the file.

    It names sides, never models. Corrections are shown with their reasons.
    """
    from doubleread.read_model.history import history, wanted

    chosen = wanted(reader, case, kind, since)
    shown = 0

    def rows(opened: StudyFile) -> Iterator[tuple[str, ...]]:
        nonlocal shown
        with steps_shown() as progress:
            for entry in history(opened, chosen, progress):
                shown += 1
                yield (
                    entry.at.replace("T", " ").rstrip("Z"),
                    entry.actor,
                    middle_cut(entry.case_id),
                    entry.what if entry.counts else f"[superseded] {entry.what}",
                    entry.reason,
                    f"{entry.device[:8]} {entry.seq}",
                )

    with study_to_read(study) as opened:
        if as_json:
            say_json_list(entry._asdict() for entry in history(opened, chosen))
            return
        say_table(("when (UTC)", "who", "case", "what", "reason", "entry"), rows(opened))
    note(plural(shown, "entry", "entries"))

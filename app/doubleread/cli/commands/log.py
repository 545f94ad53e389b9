"""The command `log`: who did what and when, without naming models."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from doubleread.cli.names import study_to_read
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say_json, say_table
from doubleread.domain.wording import middle_cut, plural


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
    with study_to_read(study) as opened:
        entries = list(history(opened, chosen))
    if as_json:
        say_json([asdict(entry) for entry in entries])
        return
    say_table(
        ["when (UTC)", "who", "case", "what", "reason", "entry"],
        [
            [
                entry.at.replace("T", " ").rstrip("Z"),
                entry.actor,
                middle_cut(entry.case_id),
                entry.what if entry.counts else f"[superseded] {entry.what}",
                entry.reason,
                f"{entry.device[:8]} {entry.seq}",
            ]
            for entry in entries
        ],
    )
    note(plural(len(entries), "entry", "entries"))

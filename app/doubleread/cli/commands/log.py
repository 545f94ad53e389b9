"""The command `log`: who did what and when, without naming models."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import study_to_read
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say_json, say_table
from doubleread.domain.pseudonym import pseudonym
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
    from doubleread.domain.events.kinds import EVENTS
    from doubleread.read_model.history import Wanted, history

    wanted = Wanted(pseudonym(reader) if reader else "", case, kind, _moment(since) if since else "")
    with study_to_read(study) as opened:
        entries = list(history(opened, wanted))
    if not entries and not any(known.startswith(kind) for known in EVENTS):
        kinds = ", ".join(dict.fromkeys(known.partition(".")[0] for known in EVENTS))
        raise WrongUseError("Kind refused", f'there is no kind "{kind}"', f"use one of {kinds}")
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


def _moment(since: str) -> str:
    from datetime import UTC, datetime

    from doubleread.domain.times import iso_utc

    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise WrongUseError(
            "Date refused", f'"{since}" is not a date', "write 2026-03-01 or 2026-03-01T12:00"
        ) from None
    return iso_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

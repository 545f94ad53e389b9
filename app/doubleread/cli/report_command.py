"""The command `report`: a study's figures, methods and cases as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.console import note, say
from doubleread.cli.names import existing_study
from doubleread.cli.options import Study
from doubleread.cli.passphrases import note_of_plain


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    study: Study,
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")],
    with_cases: Annotated[
        bool, typer.Option("--with-cases/--without-cases", help="Show every case with both answers and the marks.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write one page with figures, methods and cases.

    It holds every plot and table of the results, how the study was done, and both answers to every case with the
    marks. It needs no network and no program but a browser. The models are named under the same rule as in results.
    """
    from doubleread.atomic import atomic_write
    from doubleread.cli.study_library import opened_to_look
    from doubleread.errors import DoublereadError
    from doubleread.reports.page import report_page
    from doubleread.sessions.appendix import shown_cases
    from doubleread.sessions.conduct import conduct
    from doubleread.sessions.results import results
    from doubleread.store.clock import now

    if out.exists() and not force:
        raise DoublereadError("Not written", f"there is a file {out} already", "choose another name, or add --force")
    if not out.parent.is_dir():
        raise DoublereadError("Not written", f"there is no folder {out.parent}", "make it first, or choose another")
    path = existing_study(study)
    with opened_to_look(path) as opened:
        if out.exists() and out.samefile(path):
            raise DoublereadError("Not written", f"{out} is the study itself", "choose another name")
        found = results(opened)
        cases = shown_cases(opened, found) if with_cases else None
        try:
            with atomic_write(out) as file:
                for piece in report_page(found, conduct(opened, found), cases, now()):
                    file.write(piece)
        except (PermissionError, IsADirectoryError) as error:
            raise DoublereadError("Not written", f"{out}: {error.strerror}", "choose another place") from error
    say(f"{out}: {found.cases} cases, {out.stat().st_size / 1e6:.1f} MB")
    note_of_plain(opened, out)
    for warning in found.warnings:
        note(f"note: {warning}")

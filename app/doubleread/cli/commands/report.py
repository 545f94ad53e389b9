"""The command `report`: a study's results, methods and cases as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.commands.results import note_warnings
from doubleread.cli.names import existing_study, study_to_read, study_to_write
from doubleread.cli.options import LEAD, Study, Unblind, UnblindedBy
from doubleread.cli.passphrases import note_of_plain
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import note, say
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import plural, size_text


def report(
    study: Study,
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write; - for standard output.")],
    with_cases: Annotated[
        bool, typer.Option("--with-cases/--without-cases", help="Show every case with both answers and the marks.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    reason: Unblind = None,
    actor: UnblindedBy = LEAD,
) -> None:
    """Write the results as one HTML page.

    The page contains every plot and table of the results, the methods, and both answers to every case with their
    annotations. It opens in any browser, offline. The arms are named under the same rule as in results.
    """
    from doubleread.cli.output_file import check_output, is_standard_output, output_file
    from doubleread.errors import DoublereadError
    from doubleread.read_model.blinding import unblind
    from doubleread.reports.writing import report_of

    check_output(out, force=force, title="Not written")
    path = existing_study(study)
    with study_to_read(path) if reason is None else study_to_write(path) as opened:
        if out.exists() and out.samefile(path):
            raise DoublereadError("Not written", f"{out} is the study itself", "choose another name")
        if reason is not None:
            unblind(opened, pseudonym(actor), reason)
        with steps_shown() as progress:
            made = report_of(opened, with_cases=with_cases, progress=progress)
            size = 0
            with output_file(out, force=force, title="Not written") as file:
                for piece in made.pieces:
                    file.write(piece)
                    size += len(piece.encode())
    tell = note if is_standard_output(out) else say
    tell(f"{out}: {plural(made.results.cases, 'case')}, {size_text(size)}")
    note_of_plain(opened, out)
    note_warnings(made.results)

"""The commands that show the content of a study: `results`, `export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.commands.read import open_screen
from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import existing_study, reader_name, study_to_read, study_to_write
from doubleread.cli.options import LEAD, NAME_NOW, AsJson, Study, Unblind, UnblindedBy
from doubleread.cli.output_file import is_standard_output, is_stream
from doubleread.cli.passphrases import note_of_plain
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.wording import plural, verb
from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from doubleread.results import Results


_FAILURES_SHOWN = 20


def results(
    study: Study,
    as_json: AsJson = False,
    reason: Unblind = None,
    actor: UnblindedBy = LEAD,
    on_screen: Annotated[
        bool, typer.Option("--screen", help="Show them on a screen that is updated as the study changes.")
    ] = False,
) -> None:
    """Show accuracy, hallucinations, preferences and agreement.

    Every estimate has its interval and n. The arms are not named until every reader has committed every case;
    earlier unblinding is logged with its reason.
    """
    from doubleread.read_model.blinding import blinding_of
    from doubleread.read_model.scorer_accuracy import accuracy_by_scorer
    from doubleread.results import results as counted
    from doubleread.results import unblind
    from doubleread.results.record import results_record
    from doubleread.runs.missing import failure_lines, missing_answers

    if on_screen:
        open_screen(existing_study(study), None, results=True)
        return
    path = existing_study(study)
    with study_to_read(path) if reason is None else study_to_write(path) as opened:
        if reason is not None:
            unblind(opened, reader_name(actor), reason)
        found = counted(opened)
        blinding = blinding_of(opened)
        missing = [item.blinded(blinding) for item in missing_answers(opened)]
        scorers = [item.as_record() for item in accuracy_by_scorer(opened, blinding)]
    if as_json:
        say_json({**results_record(found), "scorers": scorers, "missing": [item.as_record() for item in missing]})
    else:
        say_results(found)
    note_warnings(found)
    for line in failure_lines(missing, _FAILURES_SHOWN):
        note(f"note: {line}")


def note_warnings(found: Results) -> None:
    """Print what must be said beside the estimates, and how to name the arms of a blind study."""
    for warning in found.warnings:
        note(f"note: {warning}")
    if not found.blindness.named:
        note(f"note: {NAME_NOW}")


def say_results(found: Results) -> None:
    """Print the results of a study as tables."""
    from doubleread.domain.display import display_line
    from doubleread.reports.results_table import results_tables

    tables = results_tables(found)
    say(display_line(tables.heading))
    for table in tables.tables:
        say()
        say(table.title)
        say_table(table.columns, table.lines)
    say()
    for remark in tables.remarks:
        say(remark)


def export(
    study: Study,
    format_name: Annotated[str, typer.Option("--format", help="jsonl (exact values) or csv (for spreadsheets).")],
    out: Annotated[Path, typer.Option("--out", help="The folder to create.")],
    with_cases: Annotated[bool, typer.Option("--with-cases", help="Add the cases' texts and keys.")] = False,
    reason: Unblind = None,
    actor: UnblindedBy = LEAD,
) -> None:
    """Write annotations, readings and answers to a new folder.

    Its README describes every column. Until every reader has committed every case, the export is blinded: it does not
    say which model wrote which answer.
    """
    from doubleread.exports.export import CHANGED_CELLS, FORMATS, export_study
    from doubleread.exports.folder import refuse_taken
    from doubleread.read_model.blinding import unblind

    if format_name not in FORMATS:
        raise WrongUseError("Unknown format", f'there is no format "{format_name}"', f"use {' or '.join(FORMATS)}")
    if is_standard_output(out) or is_stream(out):
        raise DoublereadError("Nothing exported", f"{out} is not a folder", "give the name of a new folder")
    path = existing_study(study)
    with study_to_read(path) if reason is None else study_to_write(path) as opened:
        if reason is not None:
            refuse_taken(out)
            unblind(opened, reader_name(actor), reason)
        done = export_study(opened, format_name, out, with_cases=with_cases)
    names = {table: table.replace("_", " ") for table in done.rows}
    counts = ", ".join(
        plural(count, names[table].removesuffix("s"), names[table]) for table, count in done.rows.items()
    )
    say(f"{done.out}: {counts}")
    note_of_plain(opened, done.out)
    if done.changed_cells:
        note(
            f"note: {plural(done.changed_cells, 'cell')} {verb(done.changed_cells, 'begins', 'begin')} like a formula"
            f" and got a leading apostrophe; {CHANGED_CELLS} lists {verb(done.changed_cells, 'it', 'them')}"
        )
    if done.blinded:
        note(
            f"note: the export is blinded: which model wrote what is withheld until every reading is committed"
            f" ({done.blinded}); {NAME_NOW}"
        )
    elif done.open_readings:
        note(f"note: {plural(done.open_readings, 'reading')} not committed yet; the export names the arms")

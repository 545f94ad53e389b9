"""The commands that look at what a study holds: `results`, `export`, `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.console import note, say, say_json, say_table
from doubleread.cli.entry import FAILED, WrongUseError
from doubleread.cli.names import existing_study, reader_name
from doubleread.cli.options import AsJson, Study
from doubleread.cli.passphrases import note_of_plain
from doubleread.cli.reading_commands import open_screen
from doubleread.domain.wording import plural

LEAD = "study lead"

if TYPE_CHECKING:
    from doubleread.sessions.results import Results


_FAILURES_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("results")(results)
    app.command("export")(export)
    app.command("verify")(verify)


def results(
    study: Study,
    as_json: AsJson = False,
    reason: Annotated[
        str | None, typer.Option("--unblind", metavar="REASON", help="Name the models before all readings are there.")
    ] = None,
    actor: Annotated[str, typer.Option("--by", help="Who unblinds; stands in the log beside the reason.")] = LEAD,
    on_screen: Annotated[bool, typer.Option("--screen", help="Open them as a screen that follows the study.")] = False,
) -> None:
    """Show accuracy, hallucinations, preferences and agreement.

    Every figure comes with its interval and n. The models stay unnamed until every reader has committed every case;
    unblinding before is recorded in the study, with the reason.
    """
    from doubleread.cli.study_library import opened_to_look
    from doubleread.device import this_device
    from doubleread.sessions.missing import in_lines, missing_answers
    from doubleread.sessions.results import results as counted
    from doubleread.sessions.results import unblind
    from doubleread.sessions.scorer_accuracy import accuracy_by_scorer
    from doubleread.store import StudyFile

    if on_screen:
        open_screen(existing_study(study), None, results=True)
        return
    path = existing_study(study)
    with opened_to_look(path) if reason is None else StudyFile.open(path, device=this_device()) as opened:
        if reason is not None:
            unblind(opened, reader_name(actor), reason)
        found = counted(opened)
        names = {item.id: item.name for item in found.models}
        missing = missing_answers(opened, names)
        scorers = [item.as_record() for item in accuracy_by_scorer(opened, names)]
    if as_json:
        say_json({**found.as_record(), "scorers": scorers, "missing": [item.as_record() for item in missing]})
    else:
        say_results(found)
    for warning in found.warnings:
        note(f"note: {warning}")
    for line in in_lines(missing, _FAILURES_SHOWN):
        note(f"note: {line}")


def say_results(found: Results) -> None:
    """Print the results of a study as tables."""
    from doubleread.domain.display import display_line
    from doubleread.reports.results_table import results_tables

    tables = results_tables(found)
    say(display_line(tables.heading))
    for section in tables.sections:
        say()
        say(section.title)
        say_table(section.columns, section.lines)
    say()
    for remark in tables.remarks:
        say(remark)


def export(
    study: Study,
    format_name: Annotated[str, typer.Option("--format", help="jsonl (changes nothing) or csv (for spreadsheets).")],
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")],
    with_cases: Annotated[bool, typer.Option("--with-cases", help="Add the cases' texts and keys.")] = False,
) -> None:
    """Write findings, readings and answers to a new folder.

    A README in it describes every column.
    """
    from doubleread.cli.study_library import opened_to_look
    from doubleread.exports.export import CHANGED_CELLS, FORMATS, export_study

    if format_name not in FORMATS:
        raise WrongUseError("Unknown format", f'there is no format "{format_name}"', f"use {' or '.join(FORMATS)}")
    with opened_to_look(existing_study(study)) as opened:
        done = export_study(opened, format_name, out, with_cases=with_cases)
    counts = ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in done.rows.items())
    say(f"{done.out}: {counts}")
    note_of_plain(opened, done.out)
    if done.changed_cells:
        note(
            f"note: {plural(done.changed_cells, 'cell')} begin like a formula and got an apostrophe in front;"
            f" {CHANGED_CELLS} lists them"
        )
    if done.open_readings:
        note(f"note: {plural(done.open_readings, 'reading')} not committed yet; the export names the models")


def verify(study: Study, as_json: AsJson = False) -> None:
    """Check a study file through and through; changes nothing.

    Looks at the log's hash chains, texts, quotes and tables. Exits with 1 where something is wrong.
    """
    from doubleread.store.verify import verify as verified

    report = verified(existing_study(study))
    if as_json:
        say_json(report.as_record())
    else:
        rows = [[check.name, "ok" if check.ok else "WRONG", check.seen] for check in report.checks]
        say_table(["check", "", "looked at"], rows)
        for check in report.checks:
            for fault in check.faults:
                say(f"{check.name}: {fault}")
        for device, (seq, head) in report.heads.items():
            say(f"chain of device {device}: {plural(seq, 'entry', 'entries')}, head {head}")
        if report.state:
            say(f"state {report.state}")
        say(f"{report.path}: {'everything holds' if report.ok else 'NOT as it was written; go on with a backup'}")
    if not report.ok:
        raise typer.Exit(FAILED)

"""The commands that show the content of a study: `results`, `export`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from doubleread.cli.attesting import (
    AttestedBy,
    IdentifiersOut,
    PseudonymKey,
    PseudonymsOf,
    Statement,
    attestation_for,
    pseudonyms_for,
    write_key,
)
from doubleread.cli.commands.read import open_screen
from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import existing_study, study_to_read, study_to_write
from doubleread.cli.options import LEAD, NAME_NOW, AsJson, Study, Unblind, UnblindedBy
from doubleread.cli.output_file import is_standard_output, is_stream
from doubleread.cli.passphrases import note_of_plain
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from doubleread.exports.selection import Selection
    from doubleread.results import Results
    from doubleread.store import StudyFile


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
    """Show accuracy, hallucinations and preferences.

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
            unblind(opened, pseudonym(actor), reason)
        with steps_shown() as progress:
            found = counted(opened, progress=progress)
        blinding = blinding_of(opened)
        missing = [item.blinded(blinding) for item in missing_answers(opened)]
        scorers = [item.as_record() for item in accuracy_by_scorer(opened, blinding)] if as_json else []
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


class ExportCommand(TyperCommand):
    """The command `export`, whose help lists the formats."""

    def format_epilog(self, context: Any, formatter: Any) -> None:
        """Write the formats below the options."""
        del context
        with formatter.section("Formats"):
            formatter.write_dl(_formats())


def _formats() -> list[tuple[str, str]]:
    """Return name and contents of each format. Imports all of them, which takes a while."""
    from doubleread.exports.formats import EXPORTERS

    return [(name, exporter.about) for name, exporter in EXPORTERS.items()]


def _list_formats(name: str) -> str:
    if name == "list":
        say_table(("format", "contents"), _formats())
        raise typer.Exit
    return name


def export(
    study: Study,
    format_name: Annotated[
        str, typer.Option("--format", help="The format, or list.", callback=_list_formats, is_eager=True)
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder to create.")],
    with_case_text: Annotated[
        bool, typer.Option("--with-case-text", help="Add the cases, and quotes of their texts.")
    ] = False,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only cases of this kind; may be repeated.")] = None,
    reader: Annotated[
        list[str] | None, typer.Option("--reader", help="Only this reader's judgements; may be repeated.")
    ] = None,
    committed_only: Annotated[bool, typer.Option("--committed-only", help="Only committed readings.")] = False,
    adjudicated_only: Annotated[
        bool, typer.Option("--adjudicated-only", help="Only cases that an adjudication resolves.")
    ] = False,
    tokenizer: Annotated[
        str | None,
        typer.Option("--tokenizer", help='For token labels: "words", or the path of a tokenizer.json.'),
    ] = None,
    pseudonyms: PseudonymsOf = "registered",
    pseudonym_key: PseudonymKey = None,
    attested_by: AttestedBy = None,
    statement: Statement = None,
    identifiers_out: IdentifiersOut = None,
    reason: Unblind = None,
    actor: UnblindedBy = LEAD,
) -> None:
    """Write annotations, readings and answers to a folder.

    Its README describes every column. Until every reader has committed every case, the export is blinded: it does not
    say which model wrote which answer. The texts of the cases stay out of it without --with-case-text.

    Before anything is written, a scan looks for possible identifiers of persons. An export with case text or possible
    identifiers needs a person who attests that it may be shared: --attested-by NAME.

    --format list describes the formats.
    """
    from doubleread.exports.export import check_format, export_study
    from doubleread.exports.folder import refuse_taken
    from doubleread.exports.formats import EXPORTERS
    from doubleread.exports.identifiers import look
    from doubleread.exports.options import ExportOptions
    from doubleread.exports.source import ExportSource
    from doubleread.read_model.blinding import unblind

    if format_name not in EXPORTERS:
        raise WrongUseError("Unknown format", f'there is no format "{format_name}"', f"use {', '.join(EXPORTERS)}")
    if is_standard_output(out) or is_stream(out):
        raise DoublereadError("Nothing exported", f"{out} is not a folder", "give the name of a new folder")
    path = existing_study(study)
    refuse_taken(out)
    with study_to_read(path) as opened:
        selection = _selection(opened, kind or (), reader or (), committed_only, adjudicated_only)
        people = pseudonyms_for(opened, pseudonyms, pseudonym_key)
        opened.expect_models("Nothing exported")
        source = ExportSource(
            opened,
            selection,
            with_case_text=with_case_text,
            options=ExportOptions(tokenizer),
            pseudonyms=people,
            once_unblinded=reason is not None,
        )
        check_format(source, format_name)
        with steps_shown() as progress:
            found = look(source, progress)
    attestation = attestation_for(
        found, with_case_text=with_case_text, by=attested_by, statement=statement, listed=identifiers_out
    )
    write = reason is not None or attestation is not None
    with study_to_write(path) if write else study_to_read(path) as opened:
        if reason is not None:
            unblind(opened, pseudonym(actor), reason)
        with steps_shown() as progress:
            done = export_study(
                opened,
                format_name,
                out,
                with_case_text=with_case_text,
                selection=selection,
                options=source.options,
                pseudonyms=people,
                identifiers=found,
                attestation=attestation,
                progress=progress,
            )
    write_key(people, pseudonym_key)
    names = {table: table.replace("_", " ") for table in done.rows}
    counts = ", ".join(
        plural(count, names[table].removesuffix("s"), names[table]) for table, count in done.rows.items()
    )
    say(f"{done.out}: {counts}")
    note_of_plain(opened, done.out)
    for remark in (*done.notes, *done.left_out):
        note(f"note: {remark}")
    if done.blinded:
        note(
            f"note: the export is blinded: which model wrote what is withheld until every reading is committed"
            f" ({done.blinded}); {NAME_NOW}"
        )
    elif done.open_readings:
        note(f"note: {plural(done.open_readings, 'reading')} not committed yet; the export names the arms")


def _selection(
    study: StudyFile, kinds: Iterable[str], readers: Iterable[str], committed: bool, adjudicated: bool
) -> Selection:
    from doubleread.domain.case import KINDS
    from doubleread.exports.selection import Selection

    for given, known, what in ((kinds, KINDS, "kind of case"), (readers, study.readers.ids(), "reader")):
        for name in given:
            if name not in known:
                raise WrongUseError(f"Unknown {what}", f'there is no {what} "{name}"', f"use {' or '.join(known)}")
    return Selection(frozenset(kinds), frozenset(readers), committed, adjudicated)

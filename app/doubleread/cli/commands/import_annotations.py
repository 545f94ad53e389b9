"""The command `import-annotations`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.left_out import SkipBad, SkippedOut, check_skipped_out, left_out_json, say_left_out
from doubleread.cli.names import study_to_write
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say, say_json
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.statements import listed
from doubleread.domain.wording import plural, verb

if TYPE_CHECKING:
    from doubleread.imports.offsets import OffsetConvention
    from doubleread.runs.importing_annotations import AnnotationImport, ImportedAnnotations, Label


def import_annotations(
    study: Study,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file of annotations, or a folder of brat or of our own export.")
    ],
    format_name: Annotated[
        str | None,
        typer.Option("--format", help="jsonl, csv, label-studio, brat or spans; recognised by default."),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option(
            "--reader",
            metavar="ID|THEIRS=ID",
            help="The reader who made the annotations, or of one person named in the file; may be repeated.",
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label",
            metavar="THEIRS=CATEGORY[/SEVERITY]",
            help="What a label of the file means in the study; may be repeated.",
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="FIELD=COLUMN", help="The column of a table that contains a field; may be repeated."
        ),
    ] = None,
    offsets: Annotated[
        str | None,
        typer.Option(
            "--offsets",
            metavar="UNIT[,0|1][,inclusive][,lf]",
            help="How offsets count, if quotes do not show it: code-points, utf-16 or bytes; from 0 or 1; lf counts CR"
            " LF as one.",
        ),
    ] = None,
    relocate: Annotated[
        bool, typer.Option("--relocate", help="Move an annotation to its quote, if the text has it only once.")
    ] = False,
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Import annotations made with other programs.

    They go to the readings of registered readers. The quotes in the file show how its offsets count. A file with a
    faulty annotation is not imported unless --skip-bad skips it. You can import the same file again. The readings
    stay open: their readers give the verdicts and commit.
    """
    from doubleread.read_model.blinding import blinded_errors
    from doubleread.runs.importing_annotations import import_annotations as imported

    check_skipped_out(skipped_out, skip_bad=skip_bad)
    how = _how(format_name, reader or (), label or (), column or (), offsets, relocate=relocate)
    with study_to_write(study) as opened:
        with blinded_errors(opened):
            done = imported(opened, file, how, skip_bad=skip_bad)
        path = opened.path
    if as_json:
        counts = {"added": dict(done.added), "same": dict(done.same), "relocated": done.relocated}
        found = {"format": done.format_name, "offsets": done.offsets.option, "quotes_that_decided": done.deciding}
        ignored = {"readings_opened": done.opened, "ignored": dict(done.ignored)}
        say_json({"study": str(path), "file": str(file), **found, **counts, **ignored, **left_out_json(done.left_out)})
    else:
        _say(path, done)
    say_left_out(done.left_out, skipped_out, as_json=as_json)


def _say(path: Path, done: ImportedAnnotations) -> None:
    added = listed(f"{plural(count, 'annotation')} of {who}" for who, count in done.added.items()) if done.added else ""
    opened = f", {plural(done.opened, 'reading')} opened" if done.opened else ""
    say(f"{path}: {added or '0 annotations'} imported{opened}")
    proved = f", as {plural(done.deciding, 'quote')} {verb(done.deciding, 'shows', 'show')}" if done.deciding else ""
    note(f"note: format {done.format_name}; offsets are {done.offsets}{proved}")
    if same := sum(done.same.values()):
        note(f"note: {plural(same, 'annotation')} {verb(same, 'was', 'were')} already there, unchanged")
    if done.relocated:
        note(f"note: {plural(done.relocated, 'annotation')} {verb(done.relocated, 'was', 'were')} moved to the quote")
    if done.ignored:
        found = listed(f"{count} {what}" for what, count in done.ignored.items())
        note(f"note: not imported: {found}")


def _how(
    format_name: str | None,
    readers: Iterable[str],
    labels: Iterable[str],
    columns: Iterable[str],
    offsets: str | None,
    *,
    relocate: bool,
) -> AnnotationImport:
    from doubleread.imports.formats import FORMATS
    from doubleread.imports.span_table import FIELDS
    from doubleread.runs.importing_annotations import AnnotationImport

    if format_name is not None and format_name not in FORMATS:
        raise WrongUseError("Unknown format", f'there is no format "{format_name}"', f"use {' or '.join(FORMATS)}")
    named = _pairs("--map", columns, "FIELD=COLUMN")
    if unknown := [field for field in named if field not in FIELDS]:
        raise WrongUseError("Wrong use", f'--map names no field "{unknown[0]}"', f"fields are {', '.join(FIELDS)}")
    listed_readers = list(readers)
    everyone = [name for name in listed_readers if "=" not in name]
    if everyone and len(listed_readers) > 1:
        raise WrongUseError("Wrong use", "one --reader takes all annotations", "say who is who: --reader THEIRS=R-01")
    return AnnotationImport(
        format_name=format_name,
        reader_id=pseudonym(everyone[0]) if everyone else "",
        readers={theirs: pseudonym(ours) for theirs, ours in _pairs("--reader", listed_readers, "THEIRS=R-01").items()}
        if not everyone
        else {},
        labels=dict(map(_label, labels)),
        columns=named,
        offsets=None if offsets is None else _offsets(offsets),
        relocate=relocate,
    )


def _label(given: str) -> tuple[str, Label]:
    from doubleread.runs.importing_annotations import label_from

    try:
        return label_from(given)
    except ValueError as error:
        raise WrongUseError("Wrong use", f"--label {error}", "write --label THEIRS=CATEGORY/SEVERITY") from None


def _pairs(option: str, given: Iterable[str], form: str) -> dict[str, str]:
    pairs = {}
    for one in given:
        theirs, sign, ours = (part.strip() for part in one.rpartition("="))
        if not (theirs and sign and ours):
            raise WrongUseError("Wrong use", f"{option} {one} is not of the form {form}", f"write {option} {form}")
        pairs[theirs] = ours
    return pairs


def _offsets(given: str) -> OffsetConvention:
    from doubleread.imports.offsets import convention_from

    try:
        return convention_from(given)
    except ValueError as error:
        raise WrongUseError("Wrong use", f"--offsets: {error}", "write for example utf-16,0,exclusive") from None

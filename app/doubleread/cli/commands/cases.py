"""`doubleread cases ...`: check case files, and convert foreign formats to case packs."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doubleread.cli.case_reading import (
    CaseSource,
    Encoding,
    FormatName,
    Licence,
    Mapped,
    Split,
    Values,
    duplicates_json,
    pack_json,
    read_as,
)
from doubleread.cli.exit_codes import FAILED, WrongUseError
from doubleread.cli.left_out import SkipBad, SkippedOut, check_skipped_out, left_out_json, say_left_out
from doubleread.cli.options import AsJson
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.wording import plural
from doubleread.errors import CaseFileError, DoublereadError

if TYPE_CHECKING:
    from doubleread.cases.duplicates import Duplicates
    from doubleread.cases.record import Pack
    from doubleread.domain.case import Case


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Case files, or folders of them.")],
    against: Annotated[
        Path | None, typer.Option("--against", metavar="STUDY", help="Also list cases that this study already has.")
    ] = None,
    format_name: FormatName = "",
    encoding: Encoding = None,
    mapped: Mapped = None,
    values: Values = None,
    source: CaseSource = "",
    licence: Licence = "",
    split: Split = "",
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Check case files; name each faulty line by file, line and field.

    Ids that occur in more than one file are reported too, and cases that are the same, or nearly the same, as another.
    The exit code is 1 if there is a problem; with --skip-bad, only if the files could not be used with --skip-bad
    either. Duplicates are no problem.
    """
    from doubleread.cases.duplicates import duplicates_of
    from doubleread.cases.packs import read_packs, take
    from doubleread.cli.steps_shown import steps_shown

    check_skipped_out(skipped_out, skip_bad=skip_bad)
    how = read_as(format_name, encoding, mapped, values, source, licence, split)
    others = _cases_of(against) if against else []
    with steps_shown() as step:
        packs = read_packs(files, how, partial(step, "reading cases"))
        cases = [case for pack in packs for case in pack.cases]
        duplicates = duplicates_of(cases, others, partial(step, "looking for duplicates"))
    if as_json:
        say_json({"files": [_pack_record(pack) for pack in packs], "duplicates": duplicates_json(duplicates.found)})
    try:
        taken = take(packs, title="Case files refused", skip_bad=skip_bad)
    except CaseFileError as error:
        if not as_json:
            _say_good(packs)
            _say_found(packs, duplicates)
            raise
        note(str(error))
        raise typer.Exit(FAILED) from None
    if not as_json:
        _say_good(packs, skip_bad=skip_bad)
        _say_found(packs, duplicates)
    say_left_out(taken.left_out, skipped_out, as_json=as_json)


def _cases_of(study: Path) -> list[Case]:
    from doubleread.cli.names import study_to_read

    with study_to_read(study) as opened:
        return list(opened.cases())


def _say_good(packs: list[Pack], *, skip_bad: bool = False) -> None:
    for pack in packs:
        kinds = ", ".join(f"{count} {kind}" for kind, count in _kinds(pack).items())
        how = f", {pack.how_read}" if pack.how_read else ""
        if not pack.problems:
            say(f"{pack.file}: {plural(len(pack.cases), 'case')}, no problems ({kinds}){how}")
        elif skip_bad:
            cases = plural(len(pack.cases), "case")
            left_out = f"{plural(pack.left_out, 'line')} skipped{how}"
            say(f"{pack.file}: {cases}{f' ({kinds})' if kinds else ''}, {left_out}")


def _say_found(packs: list[Pack], duplicates: Duplicates) -> None:
    for pack in packs:
        for remark in pack.notes:
            note(f"note: {remark}")
    for item in duplicates.found:
        note(f"duplicate: {item}")


def _kinds(pack: Pack) -> dict[str, int]:
    return dict(sorted(Counter(case.kind for case in pack.cases).items()))


def _pack_record(pack: Pack) -> dict[str, Any]:
    problems = [problem.as_record() for problem in pack.problems]
    return {
        **pack_json(pack),
        "cases": len(pack.cases),
        "kinds": _kinds(pack),
        "faulty_lines": pack.left_out,
        "problems": problems,
    }


def _same_file(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (one.is_file() and other.is_file() and one.samefile(other))


def convert(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="The file or folder to convert.")],
    out: Annotated[Path, typer.Option("--out", help="The case pack to write, JSON Lines; - for standard output.")],
    format_name: FormatName = "",
    encoding: Encoding = None,
    mapped: Mapped = None,
    values: Values = None,
    case_source: CaseSource = "",
    licence: Licence = "",
    split: Split = "",
    id_prefix: Annotated[
        str, typer.Option("--id-prefix", help="A prefix for every id; original_id keeps the id in the file.")
    ] = "",
    task: Annotated[int, typer.Option("--task", min=1, max=3, help="LongHealth: write the cases of this task.")] = 1,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="LongHealth: the seed for choosing other patients' texts.")
    ] = 1,
    drop_duplicates: Annotated[
        bool,
        typer.Option(
            "--drop-duplicates", help="Leave out cases that are the same as an earlier one, and have its answer key."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Convert a file or folder of another format to a case pack.

    "doubleread cases formats" lists the formats. Each can be JSON Lines, JSON, CSV, XLSX, Parquet, Arrow, or the folder
    of a Hugging Face dataset; cases of your own can also be Markdown files. Ids are kept. If a line is faulty, no pack
    is written; --skip-bad skips such lines.
    """
    from doubleread.cases.duplicates import duplicates_of
    from doubleread.cases.native import as_lines
    from doubleread.cases.packs import take, without
    from doubleread.cases.reading import read_case_file
    from doubleread.cli.output_file import check_output, is_standard_output, output_file
    from doubleread.cli.steps_shown import steps_shown

    how = read_as(
        format_name,
        encoding,
        mapped,
        values,
        case_source,
        licence,
        split,
        longhealth_task=task,
        seed=seed,
        id_prefix=id_prefix,
    )
    if as_json and is_standard_output(out):
        raise WrongUseError("Wrong use", "--json and --out - both write to standard output", "name a file with --out")
    check_output(out, force=force)
    check_skipped_out(skipped_out, skip_bad=skip_bad, force=force)
    for written, others in ((out, (source,)), (skipped_out, (source, out))):
        if written is not None and any(_same_file(written, other) for other in others):
            raise DoublereadError("Nothing written", f"{written} is named twice", "choose another name for the output")
    with steps_shown() as step:
        pack = read_case_file(source, how, partial(step, "reading cases"))
        if not format_name and not mapped:
            note(f"note: {source} is read as {pack.format}; if that is wrong, name its format with --format")
        if pack.encoding not in ("", "utf-8"):
            note(f"note: {source} is read in {pack.encoding}")
        for remark in pack.notes:
            note(f"note: {remark}")
        taken = take([pack], title="Nothing written", skip_bad=skip_bad)
        duplicates = duplicates_of(taken.cases, (), partial(step, "looking for duplicates"))
    left_out = taken.left_out
    cases = taken.cases
    if drop_duplicates:
        cases, dropped = without(pack, [item for item in duplicates.exact if not item.other_key])
        left_out = (*left_out, *dropped)
    with output_file(out, force=force, mode=0o666) as file:
        file.writelines(as_lines(cases))
    if as_json:
        record = {"out": str(out), **pack_json(pack), "cases": len(cases)}
        say_json({**record, "duplicates": duplicates_json(duplicates.found), **left_out_json(left_out)})
    else:
        tell = note if is_standard_output(out) else say
        tell(f"{out}: {plural(len(cases), 'case')} written")
        if duplicates.found:
            note(f"note: {duplicates.summary}; doubleread cases check {out} lists them")
    say_left_out(left_out, skipped_out, as_json=as_json, force=force)


def formats(as_json: AsJson = False) -> None:
    """List the formats of case files and of external answers."""
    from doubleread.cases.answer_formats import ANSWER_FORMATS
    from doubleread.cases.formats import FORMATS

    about = {
        "cases": {name: form.about for name, form in FORMATS.items()},
        "answers": {name: form.about for name, form in ANSWER_FORMATS.items()},
    }
    if as_json:
        say_json(about)
        return
    rows = [(of, name, words) for of, names in about.items() for name, words in names.items()]
    say_table(("of", "format", "what"), rows)

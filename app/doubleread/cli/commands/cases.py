"""`doubleread cases ...`: check case packs, and convert foreign formats to the native one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doubleread.cli.exit_codes import FAILED, WrongUseError
from doubleread.cli.left_out import SkipBad, SkippedOut, check_skipped_out, left_out_json, say_left_out
from doubleread.cli.options import AsJson
from doubleread.console import note, say, say_json
from doubleread.domain.wording import plural
from doubleread.errors import CaseFileError, DoublereadError

if TYPE_CHECKING:
    from doubleread.cases.record import Pack


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Case packs.")],
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Check case packs; name each faulty line by file, line and field.

    Ids that occur in more than one pack are reported too. The exit code is 1 if there is a problem; with --skip-bad,
    only if the packs could not be used with --skip-bad either.
    """
    from doubleread.cases.packs import read_packs, take

    check_skipped_out(skipped_out, skip_bad=skip_bad)
    packs = read_packs(files)
    if as_json:
        say_json({"files": [_pack_record(pack) for pack in packs]})
    try:
        taken = take(packs, title="Case files refused", skip_bad=skip_bad)
    except CaseFileError as error:
        if not as_json:
            _say_good(packs)
            raise
        note(str(error))
        raise typer.Exit(FAILED) from None
    if not as_json:
        _say_good(packs, skip_bad=skip_bad)
    say_left_out(taken.left_out, skipped_out, as_json=as_json)


def _say_good(packs: list[Pack], *, skip_bad: bool = False) -> None:
    for pack in packs:
        kinds = ", ".join(f"{count} {kind}" for kind, count in _kinds(pack).items())
        read_as = "" if pack.format == "native" else f", read as {pack.format}"
        if not pack.problems:
            say(f"{pack.file}: {plural(len(pack.cases), 'case')}, no problems ({kinds}){read_as}")
        elif skip_bad:
            cases = plural(len(pack.cases), "case")
            left_out = f"{plural(pack.left_out, 'line')} left out{read_as}"
            say(f"{pack.file}: {cases}{f' ({kinds})' if kinds else ''}, {left_out}")


def _kinds(pack: Pack) -> dict[str, int]:
    return dict(sorted(Counter(case.kind for case in pack.cases).items()))


def _pack_record(pack: Pack) -> dict[str, Any]:
    problems = [problem.as_record() for problem in pack.problems]
    return {
        "file": pack.file,
        "format": pack.format,
        "cases": len(pack.cases),
        "kinds": _kinds(pack),
        "faulty_lines": pack.left_out,
        "problems": problems,
    }


def _same_file(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (one.is_file() and other.is_file() and one.samefile(other))


def convert(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="The file to convert.")],
    out: Annotated[Path, typer.Option("--out", help="The case pack to write, JSON Lines; - for standard output.")],
    format_name: Annotated[
        str, typer.Option("--format", help="The file's format; recognised from its contents by default.")
    ] = "",
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="The file's encoding, such as cp1252 or utf-16; UTF-8 by default.")
    ] = None,
    id_prefix: Annotated[
        str, typer.Option("--id-prefix", help="A prefix for every id; original_id keeps the id in the file.")
    ] = "",
    task: Annotated[int, typer.Option("--task", min=1, max=3, help="LongHealth: write the cases of this task.")] = 1,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="LongHealth: the seed for choosing other patients' texts.")
    ] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Convert a file of another format to a case pack.

    Formats: native, medqa, table, aci-bench, healthbench, longhealth, medec, medisumcode, medisumqa, mednli, meqsum,
    mts-dialog, probsum. Ids are kept. If a line is faulty, no pack is written; --skip-bad skips such lines.
    """
    from doubleread.cases.encodings import known_encoding
    from doubleread.cases.formats import FORMATS
    from doubleread.cases.native import as_lines
    from doubleread.cases.packs import take
    from doubleread.cases.reading import ReadAs, read_case_file
    from doubleread.cli.output_file import check_output, is_standard_output, output_file

    if format_name and format_name not in FORMATS:
        raise WrongUseError("Unknown case format", f'there is no format "{format_name}"', f"use {', '.join(FORMATS)}")
    if encoding is not None and not known_encoding(encoding):
        raise WrongUseError(
            "Unknown encoding", f'there is no encoding "{encoding}"', "use one such as cp1252 or utf-16"
        )
    if as_json and is_standard_output(out):
        raise WrongUseError("Wrong use", "--json and --out - both write to standard output", "name a file with --out")
    check_output(out, force=force)
    check_skipped_out(skipped_out, skip_bad=skip_bad, force=force)
    for written, others in ((out, (source,)), (skipped_out, (source, out))):
        if written is not None and any(_same_file(written, other) for other in others):
            raise DoublereadError("Nothing written", f"{written} is named twice", "choose another name for the output")
    how = ReadAs(format_name, encoding, longhealth_task=task, seed=seed, id_prefix=id_prefix)
    pack = read_case_file(source, how)
    if not format_name:
        note(f"note: {source} is read as {pack.format}; if that is wrong, name its format with --format")
    wrong_encoding = encoding is None and any("save it as UTF-8" in problem.message for problem in pack.problems)
    hint = "If the file has another encoding, name it: --encoding cp1252" if wrong_encoding else ""
    taken = take([pack], title="Nothing written", skip_bad=skip_bad, hint=hint)
    with output_file(out, force=force, mode=0o666) as file:
        file.writelines(as_lines(taken.cases))
    if as_json:
        say_json({"out": str(out), "format": pack.format, "cases": len(taken.cases), **left_out_json(taken.left_out)})
    else:
        tell = note if is_standard_output(out) else say
        tell(f"{out}: {plural(len(taken.cases), 'case')} written")
    say_left_out(taken.left_out, skipped_out, as_json=as_json, force=force)

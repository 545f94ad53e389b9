"""`doubleread cases ...`: check case packs, and bring foreign formats into the native one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.console import note, plural, say
from doubleread.cli.entry import WrongUseError
from doubleread.errors import CaseFileError, DoublereadError


def group() -> typer.Typer:
    """Return the commands of the group."""
    cases = typer.Typer(help="Check case packs and convert them from other formats.", no_args_is_help=True)
    cases.command("check")(check)
    cases.command("convert")(convert)
    return cases


def check(files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Case packs, JSON Lines.")]) -> None:
    """Name every bad line of case packs, by file, line and field.

    Ids that stand twice over all packs are named as well.     Exits with 1 where something is wrong.
    """
    from doubleread.cases.native import check_cases, read_cases

    bad = 0
    first: dict[str, Path] = {}
    for file in files:
        try:
            problems = [str(problem) for problem in check_cases(file)]
        except CaseFileError as error:
            problems = [str(error)]
        if problems:
            bad += len(problems)
            for problem in problems:
                note(problem)
            continue
        cases = read_cases(file)
        for case in cases:
            if case.id in first:
                bad += 1
                note(f'{file}, id: "{case.id}" stands already in {first[case.id]}; a study needs each id once')
            first.setdefault(case.id, file)
        kinds = sorted({case.kind for case in cases})
        counts = ", ".join(f"{sum(case.kind == kind for case in cases)} {kind}" for kind in kinds)
        say(f"{file}: {plural(len(cases), 'case')}, nothing wrong ({counts})")
    if bad:
        raise DoublereadError("Case files refused", plural(bad, "problem"), "put them right and try again")


def convert(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="The file to convert.")],
    format_name: Annotated[str, typer.Option("--format", help="Its format: native, medqa or csv.")],
    out: Annotated[Path, typer.Option("--out", help="The case pack to write, JSON Lines.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Write a file of another format as a case pack.

    The pack is written whole or, where a line is bad, not at all.
    """
    from doubleread.cases.formats import FORMATS, read_format
    from doubleread.cases.native import write_cases

    if format_name not in FORMATS:
        raise WrongUseError("Unknown case format", f'there is no format "{format_name}"', f"use {', '.join(FORMATS)}")
    if out.exists() and not force:
        raise DoublereadError("Nothing written", f"{out} exists already", "choose another name, or add --force")
    cases = read_format(format_name, source)
    try:
        count = write_cases(out, cases)
    except OSError as error:
        raise DoublereadError("Nothing written", f"{out}: {error.strerror}", "check folder and permissions") from error
    say(f"{out}: {plural(count, 'case')} written")

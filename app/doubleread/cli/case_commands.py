"""`doubleread cases ...`: check case packs, and bring foreign formats into the native one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.console import note, say
from doubleread.cli.entry import WrongUseError
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError


def group() -> typer.Typer:
    """Return the commands of the group."""
    cases = typer.Typer(help="Check case packs and convert them from other formats.", no_args_is_help=True)
    cases.command("check")(check)
    cases.command("convert")(convert)
    return cases


def check(files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Case packs, JSON Lines.")]) -> None:
    """Name every bad line of case packs, by file, line and field.

    Ids that stand in more than one pack are named as well. Exits with 1 where something is wrong.
    """
    from doubleread.cases.packs import read_packs

    bad = 0
    for pack in read_packs(files):
        bad += len(pack.problems)
        for problem in pack.problems:
            note(problem)
        if not pack.problems:
            kinds = Counter(case.kind for case in pack.cases)
            counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            say(f"{pack.file}: {plural(len(pack.cases), 'case')}, nothing wrong ({counts})")
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
    from doubleread.cases.formats import FORMATS
    from doubleread.cases.native import write_cases

    if format_name not in FORMATS:
        raise WrongUseError("Unknown case format", f'there is no format "{format_name}"', f"use {', '.join(FORMATS)}")
    if out.exists() and not force:
        raise DoublereadError("Nothing written", f"{out} exists already", "choose another name, or add --force")
    cases = FORMATS[format_name](source)
    try:
        count = write_cases(out, cases)
    except OSError as error:
        raise DoublereadError("Nothing written", f"{out}: {error.strerror}", "check folder and permissions") from error
    say(f"{out}: {plural(count, 'case')} written")

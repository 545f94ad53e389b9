"""The options --skip-bad and --skipped-out, and the messages about skipped lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.console import note
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.cases.problems import Problem

SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Skip faulty lines and list them, instead of refusing the file.")
]
SkippedOut = Annotated[
    Path | None,
    typer.Option(
        "--skipped-out", help="Write the list of skipped lines to this file (JSON Lines) instead of the screen."
    ),
]


def check_skipped_out(skipped_out: Path | None, *, skip_bad: bool, force: bool = False) -> None:
    """Check, before any work, that the list of skipped lines can be written. Raises DoublereadError."""
    from doubleread.cli.output_file import check_output

    if skipped_out is None:
        return
    if not skip_bad:
        raise WrongUseError("Wrong use", "--skipped-out lists the lines that --skip-bad skips", "add --skip-bad")
    check_output(skipped_out, force=force)


def say_left_out(problems: Sequence[Problem], skipped_out: Path | None, *, as_json: bool, force: bool = False) -> None:
    """Report the number of skipped lines on standard error, and list their problems there or in a file.

    The file is written even if no line was skipped. Without a file, a JSON document has said it all.
    """
    from doubleread.cases.problems import bad_lines
    from doubleread.cli.output_file import output_file

    if skipped_out is not None:
        with output_file(skipped_out, force=force) as file:
            for problem in problems:
                file.write(json.dumps(problem.as_record(), ensure_ascii=False) + "\n")
    elif as_json:
        return
    else:
        for problem in problems:
            note(f"skipped: {problem}")
    if problems:
        where = f"; {skipped_out} lists them" if skipped_out else ""
        note(f"note: {plural(bad_lines(problems), 'line')} skipped{where}")


def left_out_json(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the part of a command's JSON document about skipped lines."""
    from doubleread.cases.problems import bad_lines

    return {"left_out": bad_lines(problems), "left_out_because": [problem.as_record() for problem in problems]}

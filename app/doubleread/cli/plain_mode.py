"""Whether a command reads line by line instead of on a screen: by option, environment or setting."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from doubleread import locations

PLAIN = "DOUBLEREAD_PLAIN"
_NO = ("", "0", "no", "off", "false")
_given: bool | None = None

Plain = Annotated[
    bool | None,
    typer.Option(
        "--plain/--no-plain",
        help="Print and read lines instead of drawing a screen: for screen readers and slow connections.",
        show_default=False,
    ),
]


def use(plain: bool | None) -> None:
    """Set what was given before the name of a command, if anything, for this run of the program."""
    global _given
    _given = plain


def is_plain(plain: bool | None) -> bool:
    """Return whether to read line by line. What is given with a command goes before environment and settings."""
    from doubleread.config import load_settings

    for given in (plain, _given):
        if given is not None:
            return given
    if (value := os.environ.get(PLAIN)) is not None:
        return value.strip().casefold() not in _NO
    return load_settings(locations.settings_file()).plain


def read_lines(start: Path | None, reader: str | None, *, new_reader: bool = False) -> None:
    """Read a study line by line; without one, list the studies and ask. `new_reader` confirms a new pseudonym."""
    from doubleread.cli.commands.read import close_sessions
    from doubleread.config import load_settings
    from doubleread.plain.start import run
    from doubleread.sessions.study_library import StudyLibrary

    library = StudyLibrary(load_settings(locations.settings_file()))
    code = run(library, start=start, reader=reader, new_reader=new_reader)
    close_sessions(library)
    if code:
        raise typer.Exit(code)

"""Whether a command reads line by line instead of on a screen: by option, environment or setting."""

from __future__ import annotations

import os
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

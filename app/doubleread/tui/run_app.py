"""The one way in for the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from doubleread.config import Settings
from doubleread.sessions.library import Library
from doubleread.tui.app import DoublereadApp
from doubleread.tui.ending import ended_from_outside


def run(
    library: Library,
    settings: Settings,
    *,
    start: Path | None = None,
    reader: str | None = None,
    new_reader: bool = False,
    results: bool = False,
    arbiter: str | None = None,
    settles: str | None = None,
) -> int:
    """Show the program until the user quits, and return the exit code.

    With `start` that study is opened at once, with `results` what it has shown, with `arbiter` where its readers
    differ, with `settles` the scores that this person settles; otherwise the library. `reader` is the reader's
    pseudonym; the program asks for it where it is None, and asks again where it is new in the study, unless
    `new_reader`. An error of the program itself ends the screen and is raised here.
    """
    app = DoublereadApp(
        library,
        settings,
        start=start,
        reader=reader,
        new_reader=new_reader,
        results=results,
        arbiter=arbiter,
        settles=settles,
    )
    with ended_from_outside(app):
        app.run()
    if app.failure is not None:
        raise app.failure
    for trouble in app.troubles:
        print(trouble, file=sys.stderr)
    return app.return_code or int(bool(app.troubles))

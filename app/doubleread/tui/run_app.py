"""The one way in for the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from doubleread.config import Settings
from doubleread.sessions.library import Library
from doubleread.tui.app import DoublereadApp


def run(
    library: Library,
    settings: Settings,
    *,
    start: Path | None = None,
    reader: str | None = None,
    results: bool = False,
    settles: str | None = None,
) -> int:
    """Show the program until the user quits, and return the exit code.

    With `start` that study is opened at once, or with `results` what it has shown, or with `settles`, a pseudonym, its
    scores to be settled by that person; otherwise the library. `reader` is the reader's pseudonym; the program asks
    for it where it is None. An error of the program itself ends the screen and
    is raised here.
    """
    app = DoublereadApp(library, settings, start=start, reader=reader, results=results, settles=settles)
    app.run()
    if app.failure is not None:
        raise app.failure
    for trouble in app.troubles:
        print(trouble, file=sys.stderr)
    return app.return_code or int(bool(app.troubles))

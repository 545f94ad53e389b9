"""The entry point for the command line."""

from __future__ import annotations

from pathlib import Path

from doubleread.config import Settings
from doubleread.console import note
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
    adjudicator: str | None = None,
    reviews: str | None = None,
    page: bool = False,
    only: bool = False,
    consensus: bool = False,
) -> int:
    """Show the program until the user quits, and return the exit code.

    The options are those of `DoublereadApp`. An error of the program itself ends the screen and is raised here.
    """
    app = DoublereadApp(
        library,
        settings,
        start=start,
        reader=reader,
        new_reader=new_reader,
        results=results,
        adjudicator=adjudicator,
        reviews=reviews,
        page=page,
        only=only,
        consensus=consensus,
    )
    with ended_from_outside(app):
        app.run()
    if app.failure is not None:
        raise app.failure
    for end in () if only else app.ends.values():
        for line in end.lines():
            note(line)
    for trouble in app.troubles:
        note(str(trouble))
    return app.return_code or int(bool(app.troubles))

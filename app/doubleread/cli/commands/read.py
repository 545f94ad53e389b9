"""The commands that open a screen: the library, and `doubleread read`."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread import locations
from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import existing_study, study_to_write
from doubleread.cli.options import NewReader, Study
from doubleread.cli.plain_mode import Plain, is_plain
from doubleread.console import note
from doubleread.domain.pseudonym import pseudonym
from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from doubleread.sessions.study_library import StudyLibrary


def read(
    study: Study,
    reader: Annotated[str, typer.Option("--reader", help="Your pseudonym, such as R-01.")],
    new_reader: NewReader = False,
    plain: Plain = None,
    consensus: Annotated[
        bool, typer.Option("--consensus", help="Go to the consensus round, after you have read all your cases.")
    ] = False,
) -> None:
    """Open the reading screen: a case, two answers, blind.

    Missing answers are generated while you read. You are asked to confirm a pseudonym that is new in the study unless
    you add --new-reader. If the study lead has registered the readers, nobody else can read.
    """
    open_reading(study, pseudonym(reader), new_reader=new_reader, plain=plain, consensus=consensus)


def open_reading(
    study: Path, reader: str, *, new_reader: bool = False, plain: bool | None = None, consensus: bool = False
) -> None:
    """Open a study for a reader, on the screen or line by line. `new_reader` confirms a new pseudonym.

    With `consensus`, open the consensus round.
    """
    read = read_lines if is_plain(plain) else open_screen
    read(existing_study(study), reader, new_reader=new_reader, consensus=consensus)


def open_library() -> None:
    """Open the library of studies."""
    if is_plain(None):
        read_lines(None, None)
    else:
        open_screen(None, None)


def open_file(study: Study, plain: Plain = None) -> None:
    """Open the page of a study; the file of a single reader opens for reading, and with --plain any study."""
    if is_plain(plain):
        read_lines(existing_study(study), None)
    else:
        open_screen(existing_study(study), None, page=True)


def read_lines(start: Path | None, reader: str | None, *, new_reader: bool = False, consensus: bool = False) -> None:
    """Read a study line by line; without one, list the studies and ask. `new_reader` confirms a new pseudonym.

    With `consensus`, open the consensus round.
    """
    from doubleread.config import load_settings
    from doubleread.plain.start import run
    from doubleread.sessions.study_library import StudyLibrary

    settings = load_settings(locations.settings_file())
    library = StudyLibrary(settings)
    code = run(
        library, start=start, reader=reader, new_reader=new_reader, consensus=consensus, formatted=settings.formatted
    )
    close_sessions(library)
    if code:
        raise typer.Exit(code)


def check_terminal() -> None:
    """Raise WrongUseError if there is no terminal for a screen."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        raise WrongUseError(
            "No terminal",
            "the screens need a terminal, and there is none",
            "run it in a terminal, read line by line with --plain, or use a command without a screen, such as"
            " demo --headless",
        )


def open_screen(
    start: Path | None,
    reader: str | None,
    *,
    new_reader: bool = False,
    results: bool = False,
    adjudicator: str | None = None,
    reviews: str | None = None,
    page: bool = False,
    served: bool = False,
    consensus: bool = False,
) -> None:
    """Run the screens, starting with a study, its results, the adjudication for an `adjudicator`, the score review for
    the person named by `reviews`, or the study's `page`. `new_reader` confirms a new pseudonym. With `consensus`, the
    reader goes to the consensus round. If they are `served` to
    a browser, they show nothing else, need no terminal and load no model.

    Raises WrongUseError if there is no terminal.
    """
    if not served:
        check_terminal()
    # Almost nothing loaded now is garbage; the screen switches the collector on again once it is shown.
    gc.disable()
    from doubleread.config import load_settings
    from doubleread.sessions.study_library import StudyLibrary
    from doubleread.tui.run_app import run

    settings = load_settings(locations.settings_file())
    library = StudyLibrary(settings, served=served)
    if start is not None and not served:
        # Opened before the screen, a bad file is an error of the command instead of a dialog.
        if reader is not None:
            library.question_before_reading(start, reader)
        else:
            library.readers(start)
    code = run(
        library,
        settings,
        start=start,
        reader=reader,
        new_reader=new_reader,
        results=results,
        adjudicator=adjudicator,
        reviews=reviews,
        page=page,
        only=served,
        consensus=consensus,
    )
    close_sessions(library)
    if code:
        raise typer.Exit(code)


def close_sessions(library: StudyLibrary) -> None:
    """Print the receipts of the sessions that wrote something, and keep verified copies that are due."""
    from doubleread.store.files.risky_folders import warn_of_folder

    for path, before in library.opened.items():
        warn_of_folder(path)
        close_session(path, before)


def close_session(path: Path, before: int) -> None:
    """Print the receipt of a session that wrote something, and keep a verified copy if one is due."""
    from doubleread.sessions.receipts import receipt
    from doubleread.store.files.kept_copies import count_session

    try:
        with study_to_write(path) as study:
            given = receipt(study, before)
            if not given.written:
                return
            for line in given.lines():
                note(line)
            if kept := count_session(study):
                note(f"verified copy kept: {kept}")
    except DoublereadError as error:
        note(str(error))

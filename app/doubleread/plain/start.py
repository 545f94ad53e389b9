"""The entry point for the command line: which study, which reader, then reading."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from datetime import datetime
from getpass import getpass
from pathlib import Path

from doubleread.domain.display import display_line
from doubleread.domain.pseudonym import pseudonym
from doubleread.errors import DoublereadError, StudyLockedError
from doubleread.plain.arguments import Option
from doubleread.plain.reading import PlainReading
from doubleread.plain.talk import CancelledError, Questions, said
from doubleread.plain.terminal import EndedError, Terminal
from doubleread.sessions.entry_words import details, state
from doubleread.sessions.library import Library, StudyEntry
from doubleread.sessions.reading_words import FIRST_READER, WHICH_PSEUDONYM, which_passphrase

MOST_LISTED = 20


def run(
    library: Library,
    *,
    start: Path | None = None,
    reader: str | None = None,
    new_reader: bool = False,
    consensus: bool = False,
    formatted: bool = True,
    terminal: Terminal | None = None,
    secret: Callable[[str], str] = getpass,
) -> int:
    """Read a study, or list the studies and ask for one, and return the exit code.

    `consensus` opens the consensus round. `formatted`: texts are read without their Markdown. `secret` asks for a
    passphrase.

    Raises DoublereadError if a study that was named cannot be opened.
    """
    if terminal is None:
        with contextlib.suppress(AttributeError, ValueError):
            sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
        terminal = Terminal(sys.stdin, sys.stdout)
    with terminal.heeding_signals():
        try:
            questions = Questions(terminal)
            path = start if start is not None else _chosen(library, questions)
            if path is None:
                return 0
            _unlock(library, path, questions, secret)
            known = reader if reader is not None else library.split_reader(path)
            if known is None:
                known = _asked_reader(library, path, questions)
            if not new_reader and not _admitted(library, path, known, questions):
                return 0
            session = library.open(path, known, consensus=consensus).session
        except EndedError as ended:
            return ended.code
        except CancelledError:
            terminal.say("Nothing was opened.")
            return 0
        goes_on = False
        while True:
            reading = PlainReading(session, terminal, formatted=formatted, goes_on=goes_on)
            code = reading.run()
            if not reading.reopens:
                return code
            session = library.open(path, known, consensus=reading.consensus.wanted).session
            goes_on = True


def _chosen(library: Library, questions: Questions) -> Path | None:
    """List the studies, most recently used first, and ask for one."""
    entries = [library.examine(entry) for entry in list(library.studies())[:MOST_LISTED]]
    entries = [entry for entry in entries if not entry.gone]
    if not entries:
        questions.say("There are no studies yet.")
        questions.say("To open a file: doubleread FILE --plain. To try the program: doubleread demo --plain.")
        return None
    questions.say("Studies, most recently used first. You can also type: doubleread FILE --plain")
    options = [Option(entry.title, _about(entry)) for entry in entries]
    return entries[questions.choose("Which study?", options)].path


def _about(entry: StudyEntry) -> str:
    return f"{state(entry)}. {details(entry, datetime.now())}"


def _unlock(library: Library, path: Path, questions: Questions, secret: Callable[[str], str]) -> None:
    while library.is_locked(path):
        questions.say(display_line(which_passphrase(path.name)))
        try:
            passphrase = secret("Passphrase: ")
        except EOFError:
            raise EndedError from None
        if not passphrase:
            raise CancelledError
        try:
            library.unlock(path, passphrase)
        except StudyLockedError as error:
            questions.say(display_line(said(error)))


def _asked_reader(library: Library, path: Path, questions: Questions) -> str:
    """Ask for the reader's pseudonym."""
    readers = list(library.readers(path))
    if readers:
        place = questions.choose("Your reader ID?", [*map(Option, readers), Option("another ID")])
        if place < len(readers):
            return readers[place]
    while True:
        try:
            return pseudonym(questions.text(f"{WHICH_PSEUDONYM} For example {FIRST_READER}."))
        except DoublereadError as error:
            questions.say(display_line(said(error)))


def _admitted(library: Library, path: Path, reader: str, questions: Questions) -> bool:
    question = library.question_before_reading(path, reader)
    if not question:
        return True
    questions.say(display_line(question))
    return questions.confirm("A new reader?", f"read as {reader}", "do not open the study")

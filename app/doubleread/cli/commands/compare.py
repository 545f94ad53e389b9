"""The command `compare`: several studies beside each other."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.names import existing_study, named_study
from doubleread.cli.options import AsJson
from doubleread.cli.passphrases import note_of_plain
from doubleread.console import note, say, say_json
from doubleread.domain.wording import plural, size_text
from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from doubleread.results.comparison import Comparison, StudyResults

_TITLE = "Not written"


def compare(
    studies: Annotated[list[Path], typer.Argument(metavar="STUDY...", help="The study files.")],
    task: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="NAME=STUDY", help="The name of a study's task; may be repeated."),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", help="Show only this metric, such as accuracy; may be repeated."),
    ] = None,
    same_names: Annotated[
        bool, typer.Option("--same-names", help="Treat external arms with the same name as the same arm.")
    ] = False,
    as_json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write one HTML page to this file instead; - for standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Compare the arms of several studies, task by task.

    Shows each arm's estimates, the paired difference of the two arms of each study, and published values of the same
    tasks. Studies whose arms may not be named yet are left out.
    """
    from doubleread.cli.output_file import check_output
    from doubleread.results.comparison import compare as compared
    from doubleread.results.comparison.record import comparison_record

    if out is not None and as_json:
        raise WrongUseError("Wrong use", "--out writes a page, --json prints a document", "choose one of them")
    _check_metrics(metric or ())
    paths = _different([named_study(path) for path in studies])
    names = dict(_task_names(task or (), paths))
    if out is not None:
        check_output(out, force=force, title=_TITLE)
        for path in paths:
            if _is_same(out, path):
                raise DoublereadError(_TITLE, f"{out} is one of the studies", "choose another name")
    found = list(_counted(paths, names, out))
    comparison = compared(found, metrics=metric or (), same_names=same_names)
    if out is not None:
        _write(comparison, out, force=force)
    elif as_json:
        say_json(comparison_record(comparison))
    else:
        _say(comparison)
    _note_warnings(comparison, left_out=as_json or out is not None)


def _check_metrics(names: Sequence[str]) -> None:
    from doubleread.results.comparison.metrics import COMPARED

    for name in names:
        if name not in COMPARED:
            raise WrongUseError("Unknown metric", f'there is no metric "{name}"', f"use one of {', '.join(COMPARED)}")


def _different(paths: list[Path]) -> list[Path]:
    """Return the paths. Raises WrongUseError if two of them are the same file."""
    for place, path in enumerate(paths):
        for other in paths[:place]:
            if _is_same(path, other):
                raise WrongUseError("The same study twice", f"{other} and {path} are one file", "name each study once")
    return paths


def _is_same(path: Path, other: Path) -> bool:
    return path == other or (path.exists() and other.exists() and os.path.samefile(path, other))


def _task_names(given: Sequence[str], paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for text in given:
        name, _, study = text.partition("=")
        if not name.strip() or not study:
            raise WrongUseError(
                "Wrong use", f'--task "{text}" is not NAME=STUDY', "write for example --task NEJM=pilot"
            )
        path = next((path for path in paths if _is_same(path, named_study(Path(study)))), None)
        if path is None:
            raise WrongUseError("Wrong use", f"--task names {study}, which is not compared", "add it to the studies")
        yield path, name.strip()


def _counted(paths: Sequence[Path], names: dict[Path, str], out: Path | None) -> Iterator[StudyResults]:
    from doubleread.results.comparison import study_results
    from doubleread.sessions.study_library import opened_to_look

    for path in paths:
        with opened_to_look(existing_study(path)) as study:
            yield study_results(study, names.get(path, ""))
            if out is not None:
                note_of_plain(study, out)


def _say(comparison: Comparison) -> None:
    from shutil import get_terminal_size

    from doubleread.cli.comparison_text import say_comparison

    say_comparison(comparison, get_terminal_size().columns)


def _write(comparison: Comparison, out: Path, *, force: bool) -> None:
    from doubleread.cli.output_file import is_standard_output, output_file
    from doubleread.reports.comparison_page import comparison_page
    from doubleread.store.log.clock import now

    size = 0
    with output_file(out, force=force, title=_TITLE) as file:
        for piece in comparison_page(comparison, now()):
            file.write(piece)
            size += len(piece.encode())
    tell = note if is_standard_output(out) else say
    tell(f"{out}: {plural(len(comparison.studies), 'study', 'studies')}, {size_text(size)}")


def _note_warnings(comparison: Comparison, *, left_out: bool) -> None:
    for study in comparison.studies:
        for warning in study.found.results.warnings:
            note(f"note: {study.found.path}: {warning}")
    for one in comparison.left_out if left_out else ():
        note(f"note: {one.found.path} is not compared, because its arms may not be named yet ({one.reason})")
    if comparison.external_namesakes:
        note("note: --same-names treats external arms with the same name as the same arm")

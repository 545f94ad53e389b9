"""`doubleread demo`: the bundled study, on the screen or without one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.names import new_study_path, study_to_write
from doubleread.cli.plain_mode import Plain, is_plain

DEMO_READER = "R-01"


def demo(
    headless: Annotated[
        bool,
        typer.Option("--headless", help="Generate all answers, score them and print the results, without a screen."),
    ] = False,
    study: Annotated[
        Path | None,
        typer.Option("--study", help="The study file to open or create; by default, the one in the library."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="GGUF",
            help="A model of your own instead. It answers each case twice, with two chat templates.",
        ),
    ] = None,
    reader: Annotated[str, typer.Option("--reader", help="Your pseudonym.")] = DEMO_READER,
    plain: Plain = None,
) -> None:
    """Open the bundled study.

    Two small models, or a model of your own, answer the bundled cases while you read, annotate and commit.
    """
    from doubleread.cli.commands.read import check_terminal, open_reading
    from doubleread.domain.pseudonym import pseudonym
    from doubleread.runs.demo_study import demo_study

    name = pseudonym(reader)
    lines = is_plain(plain)
    if not headless and not lines:
        check_terminal()
    path = demo_study(new_study_path(study) if study else None, model)
    if headless:
        _without_screen(path)
    else:
        open_reading(path, name, plain=lines)


def _without_screen(path: Path) -> None:
    from doubleread.cli.commands.results import say_results
    from doubleread.cli.exit_codes import FAILED
    from doubleread.cli.generating import generate_missing, raise_if_stopped
    from doubleread.console import say
    from doubleread.results import results
    from doubleread.runs.rescoring import score_again
    from doubleread.runs.study_run import RunOptions

    with study_to_write(path) as opened:
        report = generate_missing(opened, RunOptions(slots=1, together=True))
        raise_if_stopped(report)
        score_again(opened)
        say_results(results(opened))
    say(f"The study: {path}")
    if report.missing:
        raise typer.Exit(FAILED)

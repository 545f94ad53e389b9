"""`doubleread doctor`: what this machine can run, and what would make it run better."""

from __future__ import annotations

from typing import Annotated

import typer

from doubleread.cli.console import say, say_json, say_table
from doubleread.cli.entry import FAILED

JSON = typer.Option("--json", help="Print one JSON document instead of a table.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: Annotated[bool, JSON] = False) -> None:
    """Show what this machine can run, and what would help.

    Looks at llama.cpp's build, GPU, cores, memory, SQLite, the terminal and the bundled models.

    Exits with 1 where something keeps the program from working.
    """
    from doubleread.cli.health import examine

    health = examine()
    if as_json:
        say_json(health.as_record())
    else:
        say_table(["", ""], health.lines())
        for advice in health.advice:
            say()
            say(f"advice: {advice}")
        for fault in health.faults:
            say()
            say(f"fault: {fault}")
    if health.faults:
        raise typer.Exit(FAILED)

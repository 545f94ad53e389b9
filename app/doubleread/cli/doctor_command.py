"""`doubleread doctor`: what this machine can run, and what would make it run better."""

from __future__ import annotations

import typer

from doubleread.cli.console import say, say_json, say_table
from doubleread.cli.entry import FAILED
from doubleread.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: AsJson = False) -> None:
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

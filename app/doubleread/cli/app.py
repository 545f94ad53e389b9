"""All commands in one place: their names, their groups, and what `doubleread` does without one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread import __version__
from doubleread.cli import (
    arbitration_command,
    bench_commands,
    care_commands,
    case_commands,
    demo_commands,
    doctor_command,
    encryption_commands,
    log_command,
    merge_commands,
    model_commands,
    outcome_commands,
    passphrases,
    protocol_commands,
    reader_commands,
    reading_commands,
    report_command,
    sample_size_command,
    settle_command,
    study_commands,
    verify_command,
    version_commands,
)

app = typer.Typer(
    name="doubleread",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"doubleread {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def library(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--passphrase-file", help="A file with the passphrases of encrypted studies, one a line; else it asks."
        ),
    ] = None,
) -> None:
    """Read two local models' answers to the same clinical case side by side, blind, and mark what is hallucinated.

    Without a command the library of studies opens. Everything stays on this machine.
    """
    del version
    passphrases.use_file(passphrase_file)
    if context.invoked_subcommand is None:
        reading_commands.open_library()


demo_commands.register(app)
study_commands.register(app)
reading_commands.register(app)
reader_commands.register(app)
arbitration_command.register(app)
settle_command.register(app)
outcome_commands.register(app)
verify_command.register(app)
report_command.register(app)
sample_size_command.register(app)
merge_commands.register(app)
log_command.register(app)
care_commands.register(app)
doctor_command.register(app)
app.add_typer(encryption_commands.group(), name="encrypt")
app.add_typer(case_commands.group(), name="cases")
app.add_typer(model_commands.group(), name="models")
app.add_typer(protocol_commands.group(), name="protocol")
app.add_typer(version_commands.group(), name="versions")
app.add_typer(bench_commands.group(), name="bench")

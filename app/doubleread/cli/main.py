"""All commands with their names and groups, and the behaviour of bare `doubleread`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread import __version__
from doubleread.cli import passphrases
from doubleread.cli.commands import (
    adjudicate,
    backup,
    bench,
    cases,
    conflicts,
    demo,
    doctor,
    encryption,
    log,
    merge,
    models,
    protocol,
    read,
    readers,
    report,
    results,
    review_scores,
    sample_size,
    study,
    verify,
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
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--passphrase-file",
            help="A file with the passphrases of encrypted studies, one per line; without it, you are asked.",
        ),
    ] = None,
) -> None:
    """Read two local models' answers to clinical cases side by side, blind, and annotate hallucinations.

    Without a command, the library of studies opens. Everything stays on this machine.
    """
    del version
    passphrases.use_file(passphrase_file)
    if context.invoked_subcommand is None:
        read.open_library()


demo.register(app)
study.register(app)
read.register(app)
readers.register(app)
adjudicate.register(app)
review_scores.register(app)
results.register(app)
verify.register(app)
report.register(app)
sample_size.register(app)
merge.register(app)
log.register(app)
backup.register(app)
doctor.register(app)
app.add_typer(encryption.group(), name="encryption")
app.add_typer(cases.group(), name="cases")
app.add_typer(models.group(), name="models")
app.add_typer(protocol.group(), name="protocol")
app.add_typer(conflicts.group(), name="conflicts")
app.add_typer(bench.group(), name="bench")

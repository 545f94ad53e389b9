"""Arguments and options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Study = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file.")]
NewPassphraseFile = Annotated[
    Path | None,
    typer.Option("--new-passphrase-file", help="A file whose first line is the new passphrase; else it is asked."),
]
NewReader = Annotated[
    bool, typer.Option("--new-reader", help="Confirm that a pseudonym which is new in this study is meant.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Unblind = Annotated[
    str | None,
    typer.Option("--unblind", metavar="REASON", help="Name the models before all readings are there; the log says so."),
]
UnblindedBy = Annotated[str, typer.Option("--by", help="Who unblinds; the log keeps it beside the reason.")]
LEAD = "study lead"
"""Who unblinds where nobody is named."""

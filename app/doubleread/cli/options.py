"""Arguments and options shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Study = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file.")]
NewPassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--new-passphrase-file", help="A file whose first line is the new passphrase; without it, you are asked."
    ),
]
NewReader = Annotated[bool, typer.Option("--new-reader", help="Confirm a pseudonym that is new in this study.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Unblind = Annotated[
    str | None,
    typer.Option(
        "--unblind", metavar="REASON", help="Name the arms before all readings are committed; the reason is logged."
    ),
]
UnblindedBy = Annotated[str, typer.Option("--by", help="The person who unblinds; logged with the reason.")]
LEAD = "study lead"
"""The person who decides, if none is named."""
NAME_NOW = '--unblind "reason" names the arms now and is logged'

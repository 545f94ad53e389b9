"""Arguments and options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Study = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]

"""What only some export formats can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Options of single formats; None is the format's default.

    `tokenizer` cuts answers into tokens: the name of a built-in one, or the path of a `tokenizer.json`.
    """

    tokenizer: str | None = None

    def as_record(self) -> dict[str, str]:
        """Return the options that are set, as JSON, without the folders of files."""
        named = {"tokenizer": self.tokenizer and PurePath(self.tokenizer).name}
        return {name: value for name, value in named.items() if value is not None}

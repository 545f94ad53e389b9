"""What only some export formats can be told."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Options of single formats; None is the format's default.

    `tokenizer` cuts answers into tokens: the name of a built-in one, or the path of a `tokenizer.json`.
    """

    tokenizer: str | None = None

    def as_record(self) -> dict[str, str]:
        """Return the options that are set, as JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

"""Parts of the READMEs of exports."""

from __future__ import annotations

from collections.abc import Mapping


def column_table(columns: Mapping[str, str]) -> str:
    """Return columns with their meaning as a Markdown table."""
    return "\n".join(
        ("| column | meaning |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in columns.items()))
    )

"""MTS-Dialog (github abachaa/MTS-Dialog): a dialogue, and one section of the note that was written of it.

A CSV file with the columns ID, section_header, section_text and dialogue.
"""

from __future__ import annotations

from typing import Any

from doubleread.cases.foreign import Layout, Source, text_of


def _refine(source: Source, record: dict[str, Any]) -> None:
    header = text_of(source, "section_header").strip()
    record["question"] = f"Write the section {header} of the clinical note of this conversation."
    record["tags"] = [header]


MTS_DIALOG = Layout(
    "table",
    {"id": "ID", "text": "dialogue", "key": "section_text"},
    {"kind": "summary", "source": "MTS-Dialog (Ben Abacha et al. 2023)"},
    _refine,
    also=("section_header",),
    used=frozenset({"section_header"}),
)

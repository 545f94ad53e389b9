"""ACI-Bench (github wyim/aci-bench): a visit's dialogue, and the note that a physician wrote of it.

A CSV file with the columns dataset, encounter_id, dialogue and note. External answers have encounter_id and note.
"""

from __future__ import annotations

from typing import Any

from doubleread.cases.foreign import Layout, Source


def _refine(source: Source, record: dict[str, Any]) -> None:
    if source.get("dataset"):
        record["tags"] = [source["dataset"]]


ACI_BENCH = Layout(
    "table",
    {"id": "encounter_id", "text": "dialogue", "key": "note"},
    {
        "kind": "summary",
        "question": "Write the clinical note of this visit.",
        "source": "ACI-Bench (Yim et al. 2023)",
        "licence": "CC BY 4.0",
    },
    _refine,
    also=("dataset",),
    used=frozenset({"dataset"}),
)

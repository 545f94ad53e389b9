"""The bundled demo cases, seen from the training: their sets of findings, which no training vignette may have."""

from __future__ import annotations

import json
from pathlib import Path

from citations import mentions
from knowledge import Knowledge

PACK = Path(__file__).resolve().parents[2] / "cases" / "demo.jsonl"


def demo_combinations(knowledge: Knowledge, pack: Path = PACK) -> set[frozenset[str]]:
    """Return the set of findings of every case of the pack."""
    lines = pack.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines if line.strip()]
    return {frozenset(mention.finding for mention in mentions(text, knowledge)) for text in texts}

"""What an export leaves out unless case text is asked for: whatever comes from the text of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doubleread.domain.annotation import ANSWER

Record = dict[str, Any]

CASE_TEXT = frozenset({"quote", "passage_quote", "case_key", "criterion"})
"""Columns that can hold case text."""

_KEYS_OF_TEXT = frozenset({"summary", "extraction", "rubric"})
"""Kinds of case whose key is a text, or taken from one."""


def without_case_text(record: Mapping[str, Any], kind: str) -> Record:
    """Return a record without case text. Offsets stay, quotes of answers too. `kind` is that of its case."""
    left_out: Record = {}
    if record.get("place", ANSWER) != ANSWER:
        left_out["quote"] = None
    if "passage_quote" in record:
        left_out["passage_quote"] = None
    if "criterion" in record:
        left_out["criterion"] = None
    if "case_key" in record and kind in _KEYS_OF_TEXT:
        left_out["case_key"] = None
    if annotation := (record.get("decision") or {}).get("annotation"):
        left_out["decision"] = {**record["decision"], "annotation": _without_quotes(annotation)}
    return {**record, **left_out}


def _without_quotes(annotation: Mapping[str, Any]) -> Record:
    passage = annotation.get("passage")
    return {
        **annotation,
        "quote": annotation["quote"] if annotation.get("place", ANSWER) == ANSWER else None,
        "passage": {**passage, "quote": None} if passage else passage,
    }

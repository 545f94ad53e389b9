"""MeDiSumQA and MeDiSumCode, as the scripts of CLUE (github TIO-IKIM/CLUE) make them of MIMIC-IV discharge letters.

Both are JSON Lines or one JSON array. MeDiSumQA has `note_id`, a letter (`discharge_summary`, or
`without_discharge_summary`, which leaves out the instructions that contain the answers), `Question` and `Answer`.
MeDiSumCode has `hadm_id`, `text` and `icd_codes`, objects with a code; a code that is there twice counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doubleread.cases.foreign import FieldRefusedError, Layout, Source, text_of
from doubleread.domain.hashes import text_sha256

_LETTERS = ("discharge_summary", "without_discharge_summary", "without_summary")
_LICENCE = "PhysioNet Credentialed Health Data License"


def _question_id(source: Source, record: dict[str, Any]) -> None:
    """Several questions are about one letter, so an id takes both."""
    asked = text_of(source, "Question")
    record["id"] = f"{text_of(source, 'note_id')}-{text_sha256(asked)[:8]}"


def _codes(source: Source, record: dict[str, Any]) -> None:
    given = source.get("icd_codes")
    if not isinstance(given, list):
        raise FieldRefusedError("icd_codes", "must be a list of objects with a code")
    codes: dict[str, str] = {}
    for position, item in enumerate(given, start=1):
        code = item.get("code") if isinstance(item, Mapping) else item
        if not isinstance(code, str) or not code.strip():
            raise FieldRefusedError("icd_codes", f"entry {position} has no code")
        codes.setdefault(code.replace(".", "").strip().upper(), code.strip())
    if not codes:
        raise FieldRefusedError("icd_codes", "is empty, so that no answer could be scored")
    record["key"] = list(codes.values())


MEDISUMQA = Layout(
    "json",
    {"text": _LETTERS, "question": "Question", "key": "Answer"},
    {"kind": "summary", "source": "MeDiSumQA (Dada et al. 2024)", "licence": _LICENCE},
    _question_id,
    also=("note_id",),
)
MEDISUMCODE = Layout(
    "json",
    {"id": "hadm_id", "text": "text"},
    {
        "kind": "coding",
        "question": "Which diagnoses does this letter document?",
        "source": "MeDiSumCode (Dada et al. 2024)",
        "licence": _LICENCE,
    },
    _codes,
    also=("icd_codes",),
    used=frozenset({"icd_codes"}),
)

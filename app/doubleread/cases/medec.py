"""MEDEC (github abachaa/MEDEC): clinical texts in which one sentence may have a medical error.

A CSV file with the columns Text ID, Sentences, Error Flag, Error Sentence ID, Corrected Sentence and others. Each text
is an extraction: whether there is an error, in which sentence, and the sentence without it. The text shown is
`Sentences` with the set's own numbers, which cut inside sentences, since answers are scored by them.
"""

from __future__ import annotations

import re
from typing import Any

from doubleread.cases.foreign import FieldRefusedError, Layout, Source, text_of, whole_number_of

_NUMBERED = re.compile(r"^\s*(\d+)(?:\s|$)", re.M)
_FIELDS = {
    "error_flag": {"about": "1 if a sentence contains a medical error, 0 if none does", "compare": "numeric"},
    "error_sentence_id": {"about": "the number of that sentence, -1 if there is none", "compare": "numeric"},
    "corrected_sentence": {"about": "that sentence without its error, null if there is none", "compare": "text"},
}


def _refine(source: Source, record: dict[str, Any]) -> None:
    flag = whole_number_of(source, "Error Flag")
    number = whole_number_of(source, "Error Sentence ID")
    if flag not in (0, 1):
        raise FieldRefusedError("Error Flag", f"must be 0 or 1, but is {flag}")
    numbers = {int(found[1]) for found in _NUMBERED.finditer(text_of(source, "Sentences")) if len(found[1]) < 6}
    if flag == 0 and number != -1:
        raise FieldRefusedError("Error Sentence ID", f"must be -1 where Error Flag is 0, but is {number}")
    if flag == 1 and number not in numbers:
        raise FieldRefusedError("Error Sentence ID", f"is {number}, which is not a number in Sentences")
    corrected = text_of(source, "Corrected Sentence") if flag else None
    record["key"] = {"error_flag": flag, "error_sentence_id": number, "corrected_sentence": corrected}
    kind = source.get("Error Type")
    if isinstance(kind, str) and kind.strip() not in ("", "NA"):
        record["tags"] = [kind.strip()]


MEDEC = Layout(
    "table",
    {"id": "Text ID", "text": "Sentences"},
    {
        "kind": "extraction",
        "question": "A sentence may have a medical error. Is there one, which sentence is it, and how is it corrected?",
        "fields": _FIELDS,
        "source": "MEDEC (Ben Abacha et al. 2025)",
        "licence": "CC BY 4.0",
    },
    _refine,
    also=("Error Flag", "Error Sentence ID", "Corrected Sentence"),
    used=frozenset({"Error Flag", "Error Sentence ID", "Corrected Sentence"}),
)

"""MeQSum (github abachaa/MeQSum): a consumer's health question, and the short question that it comes to.

The first worksheet of a workbook, or a CSV file, with the columns File, CHQ and Summary.
"""

from __future__ import annotations

from doubleread.cases.foreign import Layout

MEQSUM = Layout(
    "table",
    {"id": "File", "text": "CHQ", "key": "Summary"},
    {
        "kind": "summary",
        "question": "Rewrite this message as one short question.",
        "source": "MeQSum (Ben Abacha and Demner-Fushman 2019)",
    },
)

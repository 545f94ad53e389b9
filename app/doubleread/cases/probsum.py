"""Problem list summarisation (BioNLP 2023 task 1A, PhysioNet): a progress note, and the patient's active problems.

A CSV file with the columns File ID, Assessment, Subjective Sections and Summary, in which problems are separated by
semicolons. As in CLUE, the text is the subjective sections and the assessment, and the key has commas for semicolons.
"""

from __future__ import annotations

from typing import Any

from doubleread.cases.foreign import Layout, Source, text_of

_SUBJECTIVE = ("Subjective Sections", "Subjectives", "Subjective")


def _refine(source: Source, record: dict[str, Any]) -> None:
    subjective = next((source[name] for name in _SUBJECTIVE if source.get(name)), "")
    record["text"] = f"{subjective}\n\n{text_of(source, 'Assessment')}".strip()
    problems = (problem.strip() for problem in text_of(source, "Summary").split(";"))
    record["key"] = ", ".join(problem for problem in problems if problem)


PROBSUM = Layout(
    "table",
    {"id": ("File ID", "FileID", "ID"), "text": "Assessment", "key": "Summary"},
    {
        "kind": "summary",
        "question": "List the diagnoses and problems of this patient.",
        "source": "Problem list summarization (Gao et al. 2023)",
        "licence": "PhysioNet Credentialed Health Data License",
    },
    _refine,
    also=(_SUBJECTIVE,),
    optional=("id",),
    used=frozenset(_SUBJECTIVE),
)

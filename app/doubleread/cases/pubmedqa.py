"""PubMedQA (github pubmedqa/pubmedqa): a question about an abstract without its conclusion, to answer yes, no or maybe.

`ori_pqal.json` is one object from PubMed ids to objects with `QUESTION`, `CONTEXTS`, `LABELS`, `MESHES`, `YEAR`,
`final_decision`, `LONG_ANSWER` and two annotators' predictions. The copy on Hugging Face (qiaojin/PubMedQA) has
`pubid`, `question`, `context` with `contexts`, `labels` and `meshes`, `long_answer` and `final_decision`. Each part of
the abstract is shown under its label.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doubleread.cases.foreign import FieldRefusedError, Layout, Source
from doubleread.cases.json_lines import quoted

DECISIONS = {"A": "yes", "B": "no", "C": "maybe"}


def _refine(source: Source, record: dict[str, Any]) -> None:
    nested = source.get("context")
    parts: Source = nested if isinstance(nested, Mapping) else source
    name = "CONTEXTS" if "CONTEXTS" in source else "contexts" if "contexts" in parts else "CONTEXTS"
    contexts = _texts(parts, name)
    labels = _texts(parts, "LABELS" if "LABELS" in parts else "labels")
    if not contexts:
        raise FieldRefusedError(name, "must be a list with the parts of the abstract")
    if len(labels) == len(contexts):
        contexts = [f"{label}: {context}" for label, context in zip(labels, contexts, strict=True)]
    record["text"] = "\n\n".join(contexts)
    record["options"] = dict(DECISIONS)
    decision = source.get("final_decision")
    key = [letter for letter, word in DECISIONS.items() if word == decision]
    if not key:
        raise FieldRefusedError("final_decision", f"must be yes, no or maybe, but is {quoted(decision)}")
    record["key"] = key[0]
    record["tags"] = _texts(parts, "MESHES" if "MESHES" in parts else "meshes")


def _texts(source: Source, name: str) -> list[str]:
    """Return a list of texts, empty if there is none."""
    value = source.get(name)
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
        raise FieldRefusedError(name, "must be a list of texts")
    return list(value)


PUBMEDQA = Layout(
    "json",
    {"id": ("pubid", "id"), "question": ("QUESTION", "question"), "explanation": ("LONG_ANSWER", "long_answer")},
    {"kind": "choice", "source": "PubMedQA (Jin et al. 2019)", "licence": "MIT"},
    _refine,
    also=(("CONTEXTS", "context"), "final_decision"),
    optional=("id",),
    used=frozenset({"CONTEXTS", "LABELS", "MESHES", "context", "final_decision"}),
)

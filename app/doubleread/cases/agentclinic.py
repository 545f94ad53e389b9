"""AgentClinic (github SamuelSchmidgall/AgentClinic): simulated patients with examinations, tests and a diagnosis.

JSON Lines (agentclinic_medqa.jsonl and the extended and MIMIC-IV files) with one object, `OSCE_Examination`, which has
`Objective_for_Doctor`, `Patient_Actor`, `Physical_Examination_Findings`, `Test_Results` and `Correct_Diagnosis`. The
simulation reveals these parts step by step; here, all but the diagnosis are shown as one text, a heading for each
object and a line for each entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doubleread.cases.foreign import FieldRefusedError, Layout, Source, text_of
from doubleread.cases.json_lines import json_type

_EXAMINATION = "OSCE_Examination"
_DIAGNOSIS = "Correct_Diagnosis"
_OBJECTIVE = "Objective_for_Doctor"


def _refine(source: Source, record: dict[str, Any]) -> None:
    station = source.get(_EXAMINATION, source)
    if not isinstance(station, Mapping):
        raise FieldRefusedError(_EXAMINATION, f"must be an object, but is {json_type(station)}")
    if not station.get("Patient_Actor"):
        raise FieldRefusedError("Patient_Actor", "is missing or empty")
    record["key"] = text_of(station, _DIAGNOSIS)
    objective = text_of(station, _OBJECTIVE)
    shown = {name: part for name, part in station.items() if name not in (_DIAGNOSIS, _OBJECTIVE) and part}
    record["text"] = "\n".join([objective, *_lines(shown, 0)])


def _lines(part: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield an object's entries as lines, indented by depth."""
    indent = "  " * (depth - 1)
    for name, value in part.items():
        if value is None:  # a Parquet file has every name that any of its objects has
            continue
        words = str(name).replace("_", " ").strip()
        if isinstance(value, Mapping):
            if depth == 0:
                yield ""
            yield f"{indent}{words}"
            yield from _lines(value, depth + 1)
        else:
            yield f"{indent}{words}: {_text(value)}"


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(_text(one) for one in value if one is not None)
    if isinstance(value, Mapping):
        return ", ".join(
            f"{str(name).replace('_', ' ')}: {_text(one)}" for name, one in value.items() if one is not None
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


AGENTCLINIC = Layout(
    "json",
    {},
    {
        "kind": "diagnosis",
        "question": "What is the most likely diagnosis?",
        "source": "AgentClinic (Schmidgall et al. 2024)",
        "licence": "MIT",
    },
    _refine,
    also=((_EXAMINATION, _DIAGNOSIS),),
    used=frozenset(
        {_EXAMINATION, _DIAGNOSIS, _OBJECTIVE, "Patient_Actor", "Physical_Examination_Findings", "Test_Results"}
    ),
)

"""The medicine behind the demo: findings with their wordings, diagnoses with their textbook findings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Role = Literal["general", "biomedical"]
FindingKind = Literal["symptom", "history", "sign", "test"]
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that can be found in a patient. `wordings` are noun phrases of the same meaning."""

    id: str
    kind: FindingKind
    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis and what the demo knows of it. `ages` is inclusive, in years, or in months where `unit` says so.

    `confusers` maps a role to the diagnosis that the model of this role wrongly prefers; empty for most diagnoses.
    `seed_name` is what the choice of sentences hangs on: the name, unless the name was changed after a training.
    """

    name: str
    specialty: str
    groups: tuple[str, ...]
    ages: tuple[int, int]
    unit: str
    sex: str
    findings: tuple[str, ...]
    confusers: Mapping[str, str]
    seed_name: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All findings and diagnoses, by id and by name, in the order of their files."""

    findings: Mapping[str, Finding]
    diagnoses: Mapping[str, Diagnosis]

    def related(self, name: str) -> list[str]:
        """Return the diagnoses that share a group with this one, without itself."""
        groups = set(self.diagnoses[name].groups)
        return [other.name for other in self.diagnoses.values() if other.name != name and groups & set(other.groups)]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def load_knowledge() -> Knowledge:
    """Read the TOML files beside this module."""
    rows = _read("findings.toml") | _read("findings_more.toml")
    findings = {key: Finding(key, row[0], tuple(row[1:])) for key, row in rows.items()}
    diagnoses = {
        name: Diagnosis(
            name=name,
            specialty=row["specialty"],
            groups=tuple(row["groups"]),
            ages=(row["ages"][0], row["ages"][1]),
            unit=row.get("unit", "year"),
            sex=row.get("sex", ""),
            findings=tuple(row["findings"]),
            confusers={role: row[role] for role in ("general", "biomedical") if role in row},
            seed_name=row.get("seed_name", name),
        )
        for name, row in _read("diagnoses.toml").items()
    }
    return Knowledge(findings, diagnoses)

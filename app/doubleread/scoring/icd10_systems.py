"""Codes of other systems that have the form of ICD-10-CM codes, told apart by their label and their own form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from doubleread.scoring.icd10_code_set import exists

_SYSTEMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ICD-9": (r"ICD[-\s]?0?9(?:[-\s]?CM)?", r"V\d\d(?:\.?\d{1,2})?|E\d{3}(?:\.\d)?"),
        "ICD-11": (r"ICD[-\s]?11", r".+"),
        "ICD-O": (r"ICD[-\s]?O(?:[-\s]?3)?\b", r".+"),
        "ICD-10-PCS": (r"(?:ICD[-\s]?10[-\s]?)?PCS\b", r"[0-9A-Z]{4,7}"),
        "HCPCS": (r"HCPCS(?: Level II)?|CPT(?:/HCPCS)?", r"[A-V]\d{4}"),
        "ATC": (r"ATC\b", r"[A-V]\d\d(?:[A-Z]{1,2}(?:\d\d)?)?"),
        "ICPC": (r"ICPC(?:[-\s]?[123])?", r"[A-Z]\d\d"),
        "MeSH": (r"(?-i:MeSH)", r".+"),
        "DRG": (r"(?:MS[-\s]?|G-?)?DRG", r"[A-Z]\d\d[A-Z]?"),
        "TNM": (r"TNM|stage", r"[TNM]\d[A-D]"),
        "LOINC": (r"LOINC", r".+"),
        "SNOMED": (r"SNOMED(?:[-\s]?CT)?", r"[A-Z]\d-?\d+"),
        "OMIM": (r"OMIM|ORPHA\w*|UMLS|CUI|HPO|NDC|RxNorm|OPS|ISBN", r".+"),
    }
)
_OWN = r"ICD[-\s]?10(?![-\s]?PCS)(?:[-\s]?(?:CM|GM|WHO))?|(?:CIM|CID|CIE)[-\s]?10"
_LABEL = re.compile(
    rf"(?<![A-Za-z])(?:{'|'.join(f'(?P<s{at}>{label})' for at, (label, _) in enumerate(_SYSTEMS.values()))}"
    rf"|(?P<own>{_OWN}))(?![A-Za-z])",
    re.I,
)
_BEHIND = re.compile(r"\s*[(\[]\s*")
_NAMES = tuple(_SYSTEMS)
_ATC = re.compile(r"[A-V]\d\d[A-Z]{2}\d\d")
_PROCEDURE = re.compile(r"[BCDFGHX][0-9A-HJ-NP-Z]{6}")


def foreign(written_as: str, code: str, ahead: str, behind: str, heading: str) -> bool:
    """Return whether a word in the form of a code belongs to another system: by its label, or by its own form.

    `ahead` and `behind` are what its line has before and after it, `heading` the system that a heading announces.
    """
    shape = written_as.strip().upper()
    if not exists(code) and "." not in shape and (_ATC.fullmatch(shape) or _is_procedure(shape)):
        return True
    start = _BEHIND.match(behind)
    after = _LABEL.match(behind, start.end()) if start else None
    system = _system(after) or _last_label(ahead) or heading
    if not system or system == "own":
        return False
    if exists(code) and "." in shape and system not in ("ICD-9", "ICD-11", "ICD-O", "MeSH"):
        return False
    return re.fullmatch(_SYSTEMS[system][1], shape) is not None


def foreign_heading(line: str) -> str:
    """Return the other system that a heading announces, or ""."""
    found = _last_label(line)
    return "" if found == "own" else found


def _is_procedure(shape: str) -> bool:
    return _PROCEDURE.fullmatch(shape) is not None and sum(map(str.isalpha, shape[3:])) >= 2


def _last_label(text: str) -> str:
    last = None
    for match in _LABEL.finditer(text):
        last = match
    return _system(last)


def _system(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    return "own" if match["own"] is not None else _NAMES[int((match.lastgroup or "s0")[1:])]


__all__ = ["foreign", "foreign_heading"]

"""A clinical case: a vignette, a question and the answer key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal

from doubleread.domain.hashes import json_sha256

CaseKind = Literal["choice", "diagnosis"]


@dataclass(frozen=True, slots=True)
class Case:
    """One case, as read from a case pack. Immutable: a changed case has another `sha256`.

    `options` maps the option's letter to its text, in the order shown, and is empty unless `kind` is "choice".
    `key` is the letter of the correct option, or the name of the correct diagnosis. `accept` has further names of it.
    `extra` keeps every unknown field of the source for export.
    """

    id: str
    kind: CaseKind
    text: str
    question: str
    key: str
    options: Mapping[str, str] = field(default_factory=dict)
    accept: tuple[str, ...] = ()
    title: str = ""
    explanation: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    licence: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def specialty(self) -> str:
        """The first tag, or an empty string."""
        return self.tags[0] if self.tags else ""

    @property
    def key_text(self) -> str:
        """The key in words: "B  Acute pericarditis" for a choice, otherwise the diagnosis itself."""
        if self.kind == "choice":
            return f"{self.key}  {self.options.get(self.key, '')}".rstrip()
        return self.key

    def as_record(self) -> dict[str, Any]:
        """Return the case in the native JSON form. Empty optional fields are left out; unknown ones are included."""
        record: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            needed = item.default is MISSING and item.default_factory is MISSING
            if item.name == "extra" or not (value or needed):
                continue
            if isinstance(value, tuple):
                value = list(value)
            elif isinstance(value, Mapping):
                value = dict(value)
            record[item.name] = value
        record.update(self.extra)
        return record

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON form, in hexadecimal."""
        return json_sha256(self.as_record())

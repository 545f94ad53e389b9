"""A clinical case: a vignette, a question and the answer key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from doubleread.domain.hashes import json_sha256

CaseKind = Literal["choice", "diagnosis"]
CASE_KINDS: tuple[CaseKind, ...] = ("choice", "diagnosis")


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
        record: dict[str, Any] = {"id": self.id, "kind": self.kind, "text": self.text, "question": self.question}
        if self.options:
            record["options"] = dict(self.options)
        record["key"] = self.key
        optional: dict[str, Any] = {
            "title": self.title,
            "accept": list(self.accept),
            "explanation": self.explanation,
            "tags": list(self.tags),
            "source": self.source,
            "licence": self.licence,
        }
        record.update({name: value for name, value in optional.items() if value})
        record.update(self.extra)
        return record

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON form, in hexadecimal."""
        return json_sha256(self.as_record())

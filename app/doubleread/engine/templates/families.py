"""Published chat templates by the name of their family, and which of them a vocabulary suggests."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

NO_FORMAT = "none"
"""The name for base models: no format of a conversation, the model continues text."""


@dataclass(frozen=True, slots=True)
class TemplateFamily:
    """A published conversation format.

    `template` is its Jinja source. `tokens` are control tokens that together occur in no other family's vocabulary;
    formats of plain text have none.
    """

    name: str
    title: str
    template: str
    tokens: frozenset[str]


@cache
def template_families() -> Mapping[str, TemplateFamily]:
    """Return the families by name, in the order in which a vocabulary is compared with them."""
    found = tomllib.loads(files(__package__).joinpath("families.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: TemplateFamily(name, entry["title"], entry["template"].strip("\n"), frozenset(entry["tokens"]))
            for name, entry in found.items()
        }
    )


def suggested_family(vocabulary: Collection[str]) -> TemplateFamily | None:
    """Return the family whose control tokens a vocabulary has, or None if it has those of no family.

    This is no proof: base models often have the tokens of their chat version without being trained on them.
    """
    known = vocabulary if isinstance(vocabulary, set | frozenset) else frozenset(vocabulary)
    return next((family for family in template_families().values() if family.tokens and family.tokens <= known), None)

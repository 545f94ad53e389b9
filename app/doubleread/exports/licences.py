"""The licences of the cases in an export, as their case files have them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from doubleread.domain.wording import plural
from doubleread.exports.source import ExportSource
from doubleread.read_model.queries import case_column

NOT_RECORDED = ""

_HUGGING_FACE = frozenset(
    {"apache-2.0", "mit", "cc0-1.0", "odbl", "odc-by", "pddl", "gfdl", "bsd-3-clause", "gpl-3.0", "unlicense"}
    | {f"cc-by-{version}" for version in ("2.0", "2.5", "3.0", "4.0")}
    | {f"cc-by-{terms}-{version}" for terms in ("sa", "nc", "nd", "nc-sa", "nc-nd") for version in ("3.0", "4.0")}
)
"""Identifiers that dataset cards can name (https://huggingface.co/docs/hub/repositories-licenses)."""


@dataclass(frozen=True, slots=True)
class Licences:
    """How many cases have each licence, the most frequent first; `NOT_RECORDED` are those without one."""

    counts: Mapping[str, int]

    @property
    def words(self) -> str:
        """In words: "CC-BY-4.0 (3 cases), not recorded (1 case)"."""
        return ", ".join(
            f"{licence or 'not recorded'} ({plural(count, 'case')})" for licence, count in self.counts.items()
        )

    @property
    def only(self) -> str:
        """The licence of all cases; "" if there are several or any case has none."""
        return next(iter(self.counts)) if len(self.counts) == 1 else ""

    @property
    def card(self) -> Mapping[str, str]:
        """The entries of a dataset card: an identifier that Hugging Face knows, `other` with a name, or `unknown`."""
        if set(self.counts) <= {NOT_RECORDED}:
            return {"license": "unknown"}
        if not self.only:
            return {"license": "other", "license_name": "several"}
        name = re.sub(r"[\s_]+", "-", self.only.strip().lower())
        return {"license": name} if name in _HUGGING_FACE else {"license": "other", "license_name": self.only}


def licences_of(source: ExportSource) -> Licences:
    """Return the licences of the cases in an export."""
    of_case = case_column(source.study, "licence")
    counts = Counter(of_case[case_id].strip() for case_id in source.case_ids())
    return Licences(dict(counts.most_common()))

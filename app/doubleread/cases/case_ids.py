"""Match case names from another file to a study's cases, by id or by original id."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

_NEAR = 0.8
_DIGITS = re.compile(r"\d+")
_SHOWN = 3


class CaseNames:
    """The ids of a study's cases, and their original ids. Takes (id, original id or "") of each case."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._ids: list[str] = []
        self._by_original: dict[str, list[str]] = defaultdict(list)
        for case_id, original in names:
            self._ids.append(case_id)
            if original:
                self._by_original[original].append(case_id)
        self._known = frozenset(self._ids)
        self._by_key: Mapping[str, list[str]] = _grouped(self._ids)

    def meant(self, name: str) -> str | None:
        """Return the id that a name means: the id itself, or else the only case with this original id."""
        if name in self._known:
            return name
        originals = self._by_original.get(name, [])
        return originals[0] if len(originals) == 1 else None

    def why_not(self, name: str, *, similar: bool = True) -> str:
        """Return why a name means no case, with the ids that it could mean: on request also similar ones."""
        originals = self._by_original.get(name, [])
        if originals:
            return f'"{_cut(name)}" is the original id of {len(originals)} cases; write {_either(originals)}'
        near = self._by_key.get(_key(name), []) or [
            case_id
            for case_id in (get_close_matches(name, self._ids, n=_SHOWN, cutoff=_NEAR) if similar else ())
            if _DIGITS.findall(case_id) == _DIGITS.findall(name)  # "q-17" is not meant for "q-18"
        ]
        hint = f"; did you mean {_either(near)}?" if near else ""
        return f'the study has no case "{_cut(name)}"{hint}'

    def systematic(self, names: Sequence[str]) -> str:
        """Return the one change to the ends of the names that makes most of them known, in words; "" for none.

        At least two names, and nine in ten of all, must become known by it.
        """
        if len(names) < 2:
            return ""
        changes: Counter[tuple[str, str]] = Counter()
        for name in names[:20]:
            for case_id in self._ids:
                if change := _change(name, case_id):
                    changes[change] += 1
        for (what, part), _ in changes.most_common(5):
            known = sum(_changed(name, what, part) in self._known for name in names)
            if known >= max(2, 0.9 * len(names)):
                return f'{known} of {len(names)} would match {_WORDS[what]} "{part}"'
        return ""


_WORDS = {
    "add before": "with a prefix",
    "add after": "with a suffix",
    "drop before": "without the prefix",
    "drop after": "without the suffix",
}


def _change(name: str, case_id: str) -> tuple[str, str] | None:
    if not name or not case_id or name == case_id:
        return None
    if case_id.endswith(name):
        return "add before", case_id[: -len(name)]
    if case_id.startswith(name):
        return "add after", case_id[len(name) :]
    if name.endswith(case_id):
        return "drop before", name[: -len(case_id)]
    return ("drop after", name[len(case_id) :]) if name.startswith(case_id) else None


def _changed(name: str, what: str, part: str) -> str:
    match what:
        case "add before":
            return part + name
        case "add after":
            return name + part
        case "drop before":
            return name.removeprefix(part)
        case _:
            return name.removesuffix(part)


def _key(name: str) -> str:
    """Return an id without case, blanks and leading zeros."""
    return name.casefold().strip().lstrip("0")


def _grouped(ids: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for case_id in ids:
        groups[_key(case_id)].append(case_id)
    return groups


def _either(ids: Sequence[str]) -> str:
    shown = [f'"{_cut(case_id)}"' for case_id in ids[:_SHOWN]]
    return " or ".join(shown) + (f" or one of {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else "")


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."

"""The ICD-10-CM code set as a tree: which codes exist, which are billable, and how far two codes are apart.

From the package simple-icd-10-cm, whose import reads 10 MB of XML and takes about two seconds. It is therefore imported
when the first code is looked up.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

RELEASE = "April 2026"
"""The release of ICD-10-CM that the locked version of simple-icd-10-cm contains."""

_CATEGORY = 3


def normal_form(code: str) -> str:
    """Return a code in capitals with its dot: "E11.9" for "e119"."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return plain if len(plain) <= _CATEGORY else f"{plain[:_CATEGORY]}.{plain[_CATEGORY:]}"


def category(code: str) -> str:
    """Return the three characters of a code before its dot."""
    return code[:_CATEGORY]


def exists(code: str) -> bool:
    """Return whether a code in its normal form is in the code set, billable or not. Chapters and blocks are none."""
    return bool(_package().is_category_or_subcategory(code))


def is_billable(code: str) -> bool:
    """Return whether a code is in the code set and has no codes below it."""
    return exists(code) and bool(_package().is_leaf(code))


def descriptions(code: str) -> tuple[str, ...]:
    """Return the descriptions of a code and of the codes above it up to its category, with their inclusion terms.

    Empty if the code does not exist.
    """
    package = _package()
    found: list[str] = []
    for above in [code, *(package.get_ancestors(code) if exists(code) else ())]:
        if not exists(above):
            break
        found += [package.get_description(above), *package.get_inclusion_term(above)]
    return tuple(found)


@lru_cache(maxsize=10_000)
def path(code: str) -> tuple[str, ...]:
    """Return the way from the root of the code set to a code: chapter, block, category, and so on to the code itself.

    A code that does not exist is at the end of the path of what exists of it, shortened from its end: "E11.99" below
    "E11.9". If not even its category exists, the code is directly below the root.
    """
    existing = code
    while existing and not exists(existing):
        existing = existing[:-1].removesuffix(".") if len(existing) > _CATEGORY else ""
    if not existing:
        return (code,)
    above = [*reversed(_package().get_ancestors(existing)), existing]
    # A block of one category has the category's name.
    steps = tuple(f"block {name}" if name in above[at + 1 :] else name for at, name in enumerate(above))
    return steps if existing == code else (*steps, code)


def distance(one: str, other: str) -> int:
    """Return the number of steps from one code to another over their nearest common ancestor, at most the root."""
    first, second = path(one), path(other)
    shared = 0
    for step, same in zip(first, second, strict=False):
        if step != same:
            break
        shared += 1
    return len(first) + len(second) - 2 * shared


@lru_cache(maxsize=1)
def _package() -> Any:
    with warnings.catch_warnings():
        # It reads its files by a function of importlib.resources that Python 3.11 calls deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        import simple_icd_10_cm

    return simple_icd_10_cm


__all__ = ["RELEASE", "category", "descriptions", "distance", "exists", "is_billable", "normal_form", "path"]

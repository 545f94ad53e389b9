"""Write sentences only if facts support them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Statement(Generic[Facts]):
    """One sentence, or a few about one matter. `write` returns None if the facts do not support it.

    `section` names the part of a page that the statement explains; "" for none.
    """

    id: str
    write: Callable[[Facts], str | None]
    section: str = ""


def written(statements: Iterable[Statement[Facts]], facts: Facts) -> tuple[str, ...]:
    """Return the statements that these facts support, in order."""
    return tuple(text for statement in statements if (text := statement.write(facts)) is not None)


def listed(items: Iterable[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    *front, last = items
    return f"{', '.join(front)} and {last}" if front else last

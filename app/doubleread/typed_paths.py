"""Paths as people type, paste or drop them: in quotes, with backslashes before spaces, or as a file:// address."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_QUOTES = "\"'"
_ESCAPED = re.compile(r"\\(.)")


def meant_path(typed: str | Path) -> Path:
    """Return the path that somebody means: the first reading of the words that exists, else the words themselves."""
    words = str(typed)
    for candidate in _readings(words):
        path = from_home(candidate)
        try:
            if path.exists():
                return path
        except (OSError, ValueError):
            continue
    return from_home(words)


def from_home(typed: str) -> Path:
    """Return a path with the home folder for `~`. Without a person of the name after it, that is a name of a file."""
    try:
        return Path(typed).expanduser()
    except (RuntimeError, ValueError):
        return Path(typed)


def _readings(words: str) -> Iterator[str]:
    yield words
    bare = words.strip()
    yield bare
    if len(bare) > 1 and bare[0] in _QUOTES and bare[-1] == bare[0]:
        bare = bare[1:-1]
        yield bare
    if bare.lower().startswith("file:"):
        yield _path_of_address(bare)
    if os.sep == "/":
        # Elsewhere a backslash separates folders.
        yield _ESCAPED.sub(r"\1", bare)


def _path_of_address(address: str) -> str:
    from urllib.request import url2pathname

    # `Path` makes one slash of two.
    path = re.sub(r"^file:/*(localhost(?=/))?", "", address, flags=re.IGNORECASE).lstrip("/")
    return url2pathname(f"/{path}")

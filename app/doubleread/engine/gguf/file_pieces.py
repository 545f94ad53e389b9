"""Files split into byte ranges for a download, which must be joined before llama.cpp can read them."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doubleread.engine.gguf.types import MAGIC
from doubleread.errors import ModelFileError

# NAME.gguf.part1of2, NAME.gguf-split-a, NAME.gguf.part-aa, NAME.part01.gguf, NAME.gguf.001, NAME.gguf.aa,
# NAME-00001-of-00002.gguf
_PIECE = re.compile(
    r"(?P<stem>.+?)"
    r"(?:(?P<word>[.\-_ ]?(?:part|split|chunk|piece)[.\-_ ]*)(?P<word_id>\d{1,5}|[a-z]{1,3})"
    r"(?:[.\-_ ]?of[.\-_ ]?(?P<count>\d{1,5}))?(?P<end>\.gguf)?"
    r"|\.gguf\.(?P<bare_id>\d{2,3}|[a-z]{2})"
    r"|-(?P<shard_id>\d{5})-of-(?P<shard_count>\d{5})\.gguf)$",
    re.IGNORECASE,
)
_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Name:
    """A piece's name in parts: what all pieces share, its own number or letters, and the stated number of pieces."""

    family: tuple[str, ...]
    id: str
    count: int | None
    joined: str

    @property
    def number(self) -> int:
        """Its position; letters count as `split` writes them, aa before ab."""
        if self.id.isdecimal():
            return int(self.id)
        value = 0
        for letter in self.id.lower():
            value = value * 26 + ord(letter) - ord("a")
        return value


def piece_error(place: Path, expected: int | None) -> ModelFileError | None:
    """Return how to join the pieces, if the file's name is that of a piece; else None.

    `expected` is the size in bytes that the header of the first piece states, if known.
    """
    own = _name(place.name)
    if own is None:
        return None
    pieces = _siblings(place, own)
    if any(_begins_a_model(path) for _, path in pieces[1:]):
        return None  # parts of a split model, each complete in itself
    sizes = sum(_size(path) for _, path in pieces)
    here = f"{place.name} is one piece of a split file; here {_are(len(pieces))}, {sizes:,} bytes in total"
    if missing := _missing([name for name, _ in pieces], own) or ("the others" if len(pieces) == 1 else ""):
        return ModelFileError(
            "Model in pieces", f"{here}; missing: {missing}", "put all pieces into one folder, then join them"
        )
    if expected is not None and own.number == min(name.number for name, _ in pieces) and sizes < expected:
        return ModelFileError(
            "Model in pieces",
            f"{here}, and the model has at least {expected:,}",
            "download the missing pieces, then join them all",
        )
    fitting = " of the model's" if expected is not None else ""
    return ModelFileError(
        "Model in pieces", f"{here}{fitting}", f"join them: {join_command([path for _, path in pieces], own.joined)}"
    )


def join_command(pieces: Sequence[Path], joined: str) -> str:
    """Return the command that joins pieces on this system."""
    out = pieces[0].parent / joined
    if sys.platform == "win32":
        quoted = " + ".join(f'"{path}"' for path in pieces)
        return f'copy /b {quoted} "{out}"'
    return f"cat {shlex.join(map(str, pieces))} > {shlex.quote(str(out))}"


def _name(name: str) -> _Name | None:
    found = _PIECE.match(name)
    if not found:
        return None
    stem = found["stem"].rstrip(".-_ ")
    joined = stem if stem.lower().endswith(".gguf") else f"{stem}.gguf"
    own = found["word_id"] or found["bare_id"] or found["shard_id"]
    count = found["count"] or found["shard_count"]
    shape = "digits" if own.isdecimal() else f"letters {len(own)}"
    family = (found["stem"], (found["word"] or "").lower(), (count or ""), (found["end"] or "").lower(), shape)
    if found["word"] and not (found["word"].strip(".-_ ") and (found["word"][0] in ".-_ " or own.isdecimal())):
        return None
    return _Name(family, own, int(count) if count else None, joined)


def _siblings(place: Path, own: _Name) -> list[tuple[_Name, Path]]:
    found = [(own, place)]
    try:
        names = os.listdir(place.parent)
    except OSError:
        return found
    for other in names:
        name = _name(other)
        if name is not None and name.family == own.family and other != place.name and len(found) < _MOST:
            found.append((name, place.parent / other))
    return sorted(found, key=lambda item: item[0].number)


def _missing(names: Sequence[_Name], own: _Name) -> str:
    """Return the missing pieces, as far as the names tell."""
    numbers = {name.number for name in names}
    first = 0 if not own.id.isdecimal() or 0 in numbers else 1
    last = own.count + first - 1 if own.count else max(numbers)
    absent = [number for number in range(first, last + 1) if number not in numbers]
    shown = ", ".join(_id(number, own.id) for number in absent[:6]) + (" and more" if len(absent) > 6 else "")
    return f"piece {shown}" if len(absent) == 1 else f"pieces {shown}" if absent else ""


def _id(number: int, like: str) -> str:
    if like.isdecimal():
        return f"{number:0{len(like)}d}"
    letters = ""
    for _ in like:
        number, rest = divmod(number, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _are(count: int) -> str:
    return "is only this one" if count == 1 else f"are {count} pieces"


def _begins_a_model(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == MAGIC
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

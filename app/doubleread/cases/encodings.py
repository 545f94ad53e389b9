"""The encodings and lines of case files."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.cases.problems import Problem
from doubleread.decoding import decoded_text


def known_encoding(name: str) -> bool:
    """Return whether a text encoding has this name."""
    try:
        b"x".decode(name)
    except UnicodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def split_lines(text: str) -> list[str]:
    """Return a text's lines, which end with LF or CR LF or, if the text has no LF, with CR."""
    return text.split("\n" if "\n" in text else "\r")


def each_line(text: str) -> Iterator[str]:
    """Yield what `split_lines` returns, without a second copy of a long text."""
    mark = "\n" if "\n" in text else "\r"
    start = 0
    while (end := text.find(mark, start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def decoded(data: bytes, file: str, encoding: str | None = None) -> tuple[str, list[Problem]]:
    """Return the text of a file's bytes, and every problem in it, as `decoded_text` does."""
    text, faults = decoded_text(data, encoding)
    return text, [Problem(file, line, "", message) for line, message in faults]

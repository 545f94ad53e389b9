"""Read the documents of a corpus: text, Markdown, PDF and JSON Lines, in a folder or in one file."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubleread.decoding import decoded_text
from doubleread.domain.spans import Span
from doubleread.errors import CorpusError

TEXT, MARKDOWN, PDF, JSON_LINES = (".txt", ".text"), (".md", ".markdown"), (".pdf",), (".jsonl", ".ndjson")
SUFFIXES = frozenset((*TEXT, *MARKDOWN, *PDF, *JSON_LINES))
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_MARKS = {"\x00": "\ufffd", "\r\n": "\n", "\r": "\n"}
_PAGE_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document before it is cut. `pages` are the offsets at which the pages of a PDF begin, with their numbers."""

    id: str
    title: str
    file: str
    text: str
    pages: tuple[tuple[int, int], ...] = ()

    def parts(self) -> Iterator[tuple[Span, int | None]]:
        """Yield the stretches of its text that are cut on their own, each with its page: no passage crosses pages."""
        if not self.pages:
            yield Span(0, len(self.text)), None
            return
        ends = [start for start, _ in self.pages[1:]] + [len(self.text)]
        for (start, number), end in zip(self.pages, ends, strict=True):
            yield Span(start, end), number


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a line of one, that no document could be made of."""

    file: str
    reason: str
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.reason}"


def corpus_files(place: Path) -> tuple[list[Path], list[Path]]:
    """Return the files of a folder that documents are read from, and the others; hidden ones are left out.

    A file is its own only one. Raises CorpusError if there is no such file or folder, or nothing in it to read.
    """
    if not place.exists():
        raise CorpusError("No such folder", f"{place} does not exist", "check the name")
    if place.is_file():
        if place.suffix.lower() not in SUFFIXES:
            known = ", ".join(sorted(SUFFIXES))
            raise CorpusError("Unsupported file", f"{place} is not one of {known}", "give such a file, or a folder")
        return [place], []
    read: list[Path] = []
    others: list[Path] = []
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(folder, name)
            # Reading a pipe or a device could wait forever. A link that leads nowhere is an unreadable file.
            readable = path.suffix.lower() in SUFFIXES and (path.is_file() or not path.exists())
            (read if readable else others).append(path)
    if not read:
        raise CorpusError("Nothing to read", f"{place} has no {', '.join(sorted(SUFFIXES))} file", "check the folder")
    return read, others


def read_documents(path: Path, name: str, encoding: str | None = None) -> Iterator[SourceDocument | Unreadable]:
    """Yield the documents of a file, and what could not be read. `name` is the file's in the corpus.

    Line ends become line feeds; offsets refer to the text after that.
    """
    suffix = path.suffix.lower()
    try:
        data = path.read_bytes()
    except OSError as error:
        yield Unreadable(name, error.strerror or str(error))
        return
    if suffix in PDF:
        yield _pdf(data, path, name)
        return
    text, faults = decoded_text(data, encoding)
    if faults:
        line, reason = faults[0]
        more = f" ({len(faults) - 1} more such lines)" if len(faults) > 1 else ""
        yield Unreadable(name, reason + more, line)
    elif suffix in JSON_LINES:
        yield from _json_lines(text, name)
    elif not (text := _plain(text)).strip():
        yield Unreadable(name, "it is empty")
    else:
        heading = _HEADING.search(text) if suffix in MARKDOWN else None
        yield SourceDocument(name, heading[1] if heading else path.stem, name, text)


def _plain(text: str) -> str:
    for mark, instead in _MARKS.items():
        text = text.replace(mark, instead)
    return text


def _json_lines(text: str, name: str) -> Iterator[SourceDocument | Unreadable]:
    for number, line in enumerate(_plain(text).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Unreadable(name, f"not a line of JSON: {error}", number)
            continue
        yield _json_document(record, name, number)


def _json_document(record: Any, name: str, number: int) -> SourceDocument | Unreadable:
    if not isinstance(record, dict):
        return Unreadable(name, "not a JSON object", number)
    for field in ("text", "title", "id"):
        value = record.get(field)
        wanted = (str, int) if field == "id" else str
        if value is not None and (not isinstance(value, wanted) or isinstance(value, bool)):
            return Unreadable(name, f"{field}: must be a text, not {value!r:.40}", number)
    text = _unicode(_plain(record.get("text") or ""))
    if not text.strip():
        return Unreadable(name, "text: is missing or empty", number)
    own = record.get("id")
    document_id = f"{name}:{number}" if own is None or own == "" else _unicode(str(own))
    return SourceDocument(document_id, _unicode(record.get("title") or ""), name, text)


def _unicode(text: str) -> str:
    """Return a text without lone surrogates, which JSON can write and no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _pdf(data: bytes, path: Path, name: str) -> SourceDocument | Unreadable:
    from io import BytesIO

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Unreadable(name, "the PDF is encrypted; save a copy without a password")
        texts = [_unicode(_plain(page.extract_text() or "")) for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "").strip()
    except Exception as error:  # a damaged PDF leads pypdf to any of them
        return Unreadable(name, f"the PDF cannot be read: {str(error) or type(error).__name__}")
    if not any(text.strip() for text in texts):
        return Unreadable(name, "the PDF has no text, perhaps only scanned pages; recognise its text (OCR) first")
    pages: list[tuple[int, int]] = []
    offset = 0
    for number, text in enumerate(texts, start=1):
        pages.append((offset, number))
        offset += len(text) + len(_PAGE_BREAK)
    return SourceDocument(name, _unicode(title) or path.stem, name, _PAGE_BREAK.join(texts), tuple(pages))

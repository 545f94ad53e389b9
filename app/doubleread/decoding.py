"""Decode the bytes of a text file. UTF-8 is the default; any other encoding must be given."""

from __future__ import annotations

import codecs

_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "a zip archive or an Excel or Word file; export the sheet as CSV UTF-8, or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file; export the sheet as CSV UTF-8"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"BZh", "compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ\x00", "compressed with xz; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first"),
    (b"%PDF", "a PDF; export its content as text"),
    (b"PAR1", "a Parquet file; export it as JSON Lines"),
    (b"SQLite format 3\x00", "an SQLite database; export the table as JSON Lines or CSV"),
    (b"GGUF", "a GGUF model"),
)


def decoded_text(data: bytes, encoding: str | None = None) -> tuple[str, list[tuple[int, str]]]:
    """Return the text of bytes, without a byte order mark, and every fault in it: its line and what is wrong.

    Without an `encoding` the bytes must be UTF-8, and each line that is not is a fault. Its bad bytes are replaced by
    U+FFFD, so that the other lines can still be checked. If the file is in another encoding throughout, or no text at
    all, one fault of line 0 says what it is, and the text is empty.
    """
    if encoding is not None:
        text, wrong = _decoded_as(data, encoding)
        return text, [(0, wrong)] if wrong else []
    if whole := _not_utf8_at_all(data):
        return "", [(0, whole)]
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(data.split(b"\n" if b"\n" in data else b"\r"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"byte {error.start + 1} of the line (0x{line[error.start]:02x}) is not UTF-8; save it as UTF-8"
            faults.append((number, message))
    return data.decode("utf-8", "replace"), faults


def _decoded_as(data: bytes, encoding: str) -> tuple[str, str]:
    """Return the text in a named encoding and "", or "" and why it cannot be that encoding."""
    name = codecs.lookup(encoding).name
    wide = name.startswith(("utf-16", "utf-32"))
    if name in ("utf-16", "utf-32") and not any(data.startswith(mark) for mark, _ in _BYTE_ORDER_MARKS):
        return "", f"the file has no byte order mark; use the encoding {encoding}-le or {encoding}-be"
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeError as error:
        return "", f"the file is not {encoding} ({error}); give its encoding"
    if wide or not data.isascii():
        try:
            as_utf8 = data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        except UnicodeDecodeError:
            return text, ""
        if as_utf8 != text and "\0" not in as_utf8:
            return "", f"the file is UTF-8 and would be garbled as {encoding}; omit the encoding"
    return text, ""


def _not_utf8_at_all(data: bytes) -> str:
    """Return what the file is instead, or "" if it may be UTF-8."""
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return f"the file is {name}; save it as UTF-8"
    for start, what in _OTHER_FILES:
        if data.startswith(start):
            return f"the file is {what}"
    head = data[:4000]
    # Every second byte of Latin text in UTF-16 is zero. Text in UTF-8 has none.
    if len(head) >= 4 and max(head[::2].count(0), head[1::2].count(0)) > len(head) // 4:
        return "the file looks like UTF-16 without a byte order mark; save it as UTF-8"
    return ""

"""Decode the bytes of a text file: UTF-8, or UTF-16 and UTF-32 with a byte order mark. Others must be given."""

from __future__ import annotations

import codecs
import re
import unicodedata

_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_ENCODINGS = (
    "cp1252", "mac_roman", "cp850", "cp1250", "cp1254", "cp1251", "koi8_r", "cp1253", "shift_jis", "euc_jp", "gb18030",
    "big5", "euc_kr",
)  # fmt: skip
"""Those in which case files are likely to be, the most frequent first."""

_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH"})
_LINES_TRIED = 200
_LIKELY = 3
_WORD_SHOWN = 20
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

    Without an `encoding` and a byte order mark the bytes must be UTF-8, and each line that is not is a fault. Its bad
    bytes are replaced by U+FFFD, so that the other lines can still be checked. If the file is in another encoding
    throughout, or no text at all, one fault of line 0 says what it is, and the text is empty.
    """
    if (named := encoding or _marked_encoding(data)) is not None:
        text, wrong = _decoded_as(data, named)
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


def encoding_used(data: bytes, encoding: str | None = None) -> str:
    """Return the encoding in which `decoded_text` reads these bytes."""
    return codecs.lookup(encoding or _marked_encoding(data) or "utf-8").name


def likely_encodings(data: bytes) -> dict[str, str]:
    """Return encodings in which bytes that are not UTF-8 make words, the likeliest first, each with such a word.

    Only the author of a file knows its encoding; the word shows whether one is right.
    """
    lines = [line for line in data.split(b"\n") if not line.isascii()][:_LINES_TRIED]
    found: dict[str, tuple[float, str]] = {}
    for name in _ENCODINGS:
        try:
            text = "\n".join(line.decode(name) for line in lines)
        except UnicodeError:
            continue
        words = [word for word in re.findall(r"[^\s!-/:-@\[-`{-~]+", text) if not word.isascii()]
        sane = [word for word in words if _is_word(word)]
        example = next((word for word in sane if len(word) > 1), "")
        if example and example[:_WORD_SHOWN] not in {word for _, word in found.values()}:
            found[name] = len(sane) / len(words), example[:_WORD_SHOWN]
    best = max((proportion for proportion, _ in found.values()), default=0.0)
    likely = sorted(found, key=lambda name: -found[name][0])
    return {name: found[name][1] for name in likely[:_LIKELY] if found[name][0] > best - 0.2}


def _is_word(word: str) -> bool:
    """Return whether a word is of one script, in lower case, capitals, or with a capital at its start."""
    letters = [character for character in word if character.isalpha()]
    scripts = {unicodedata.name(letter, "?").split()[0].split("-")[0] for letter in letters}
    if len(letters) < 0.85 * len(word):
        return False
    one_script = len(scripts) == 1 or scripts <= _EAST_ASIAN
    plain = word.islower() or word.isupper() or word[1:].islower() or scripts <= _EAST_ASIAN
    return one_script and plain


def _marked_encoding(data: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)


def _decoded_as(data: bytes, encoding: str) -> tuple[str, str]:
    """Return the text in a named encoding and "", or "" and why it cannot be that encoding."""
    name = codecs.lookup(encoding).name
    wide = name.startswith(("utf-16", "utf-32"))
    if name in ("utf-16", "utf-32") and not any(data.startswith(mark) for mark, _ in _BYTE_ORDER_MARKS):
        return "", f"the file has no byte order mark; use the encoding {encoding}-le or {encoding}-be"
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeError as error:
        return "", f"the file is not {encoding} ({error}); give the encoding that it has"
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
    for start, what in _OTHER_FILES:
        if data.startswith(start):
            return f"the file is {what}"
    head = data[:4000]
    # Every second byte of Latin text in UTF-16 is zero. Text in UTF-8 has none.
    first, second = head[::2].count(0), head[1::2].count(0)
    if len(head) >= 4 and max(first, second) > len(head) // 4:
        name = "utf-16-be" if first > second else "utf-16-le"
        return f"the file looks like UTF-16 without a byte order mark; give its encoding, {name}, or save it as UTF-8"
    return ""

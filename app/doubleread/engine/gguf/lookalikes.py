"""Files that are mistaken for models, recognised by their first bytes."""

from __future__ import annotations

from pathlib import Path

from doubleread.errors import ModelFileError

BEGINNING = 1024
"""Enough bytes to tell."""
_GET_GGUF = "get the model in GGUF format"
_AGAIN = "download the model again"
_UNPACK = "unpack it, and give the .gguf file in it"
_KNOWN: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89HDF", "an HDF5 file, such as Keras weights", _GET_GGUF),
    (b"\x93NUMPY", "a NumPy array", _GET_GGUF),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"%PDF", "a PDF document", _GET_GGUF),
    (b"SQLite format 3", "an SQLite database", "give a .gguf file"),
)
_OLD = (b"ggml", b"lmgg", b"tjgg", b"fmgg")


def refuse_lookalike(place: Path, beginning: bytes, size: int) -> None:
    """Raise ModelFileError for a file of `size` bytes that is no GGUF, saying what it is."""
    if size == 0:
        raise ModelFileError("Empty model file", f"{place} is empty", _AGAIN)
    if beginning.startswith(b"GGUF"):
        return
    if beginning.startswith(b"version https://git-lfs.github.com/spec"):
        raise ModelFileError(
            "Model file not downloaded", f"{place} is a Git LFS pointer, not the model", "fetch it with: git lfs pull"
        )
    if beginning.startswith(_OLD):
        raise ModelFileError(
            "Model file too old", f"{place} is in a format older than GGUF", "get the model as GGUF, version 2 or 3"
        )
    kind, remedy = _recognised(beginning)
    raise ModelFileError("Not a GGUF file", f"{place} {kind}", remedy)


def _recognised(beginning: bytes) -> tuple[str, str]:
    """Return what a file is, as the rest of a sentence, and what to do."""
    if not beginning.strip(b"\0"):
        return "starts with only zeros: its download is incomplete", _AGAIN
    if beginning[8:10] == b'{"':
        return "is a safetensors file", _GET_GGUF
    if beginning[:2] == b"PK":
        weights = b"data.pkl" in beginning or b"/version" in beginning
        return ("is a PyTorch file", _GET_GGUF) if weights else ("is a zip archive", _UNPACK)
    if beginning[:1] == b"\x80" and beginning[1:2] in b"\x02\x03\x04\x05":
        return "is a pickled file, such as PyTorch weights", _GET_GGUF
    if beginning[257:262] == b"ustar":
        return "is a tar archive", _UNPACK
    for magic, kind, remedy in _KNOWN:
        if beginning.startswith(magic):
            return f"is {kind}", remedy
    if any(byte < 9 for byte in beginning):
        return "does not start like a GGUF file", _GET_GGUF
    words = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if words.startswith((b"<!doctype html", b"<html", b"<head")):
        return "is a web page, perhaps the error page of a download", _AGAIN
    if words.startswith(b"<?xml"):
        return "is an XML file, perhaps the error message of a download", _AGAIN
    if words.startswith((b"{", b"[")):
        return "is a JSON file, not the model that it may describe", "give the .gguf file"
    return "contains text, perhaps the error message of a download", _AGAIN

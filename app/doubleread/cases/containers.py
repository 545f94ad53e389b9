"""Open a case file or folder, whatever contains the records."""

from __future__ import annotations

from pathlib import Path

from doubleread.cases.case_file import CaseFile, JsonText, Shape, csv_file, workbook_file
from doubleread.cases.problems import read_bytes
from doubleread.cases.worksheet import ZIP_MARK


def opened(path: Path, encoding: str | None = None, shape: Shape | None = None) -> CaseFile:
    """Open a case file. `shape` is that of the format to read, where it is known.

    Raises CaseFileError if it cannot be read.
    """
    name, data = str(path), read_bytes(path)
    if data.startswith(ZIP_MARK):
        return workbook_file(name, data)
    source = JsonText(name, data, encoding)
    if shape in ("json", "patients") or source.text.lstrip()[:1] in ("{", "[") or source.columns(len):
        return source
    return csv_file(name, data, encoding)

"""All texts of an export, whatever its format."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path


def texts_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and content of each file, with the content of those that are compressed."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".parquet":
            import pyarrow.parquet

            rows = pyarrow.parquet.read_table(path).to_pylist()
            yield name, json.dumps(rows, ensure_ascii=False, default=str)
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield name, "\n".join(archive.read(member).decode("utf-8", "replace") for member in archive.namelist())
        else:
            yield name, path.read_text("utf-8", "replace")

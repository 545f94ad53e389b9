"""Open a case file or folder, whatever contains the records.

A folder is a dataset that Hugging Face's `datasets` saved (`save_to_disk`), a copy of a dataset's repository with
data files, or a collection of Markdown files with a case each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from doubleread.cases.arrow_tables import ARROW_MARKS, PARQUET_MARK, ArrowFile
from doubleread.cases.case_file import CaseFile, JsonText, SeveralFiles, Shape, csv_file, workbook_file
from doubleread.cases.markdown import ENDINGS, MarkdownFile, front_matter, starts_with_front_matter
from doubleread.cases.problems import read_bytes
from doubleread.cases.worksheet import ZIP_MARK
from doubleread.decoding import likely_encodings
from doubleread.errors import CaseFileError

ALL_SPLITS = "all"
"""The name that stands for every split of a dataset."""

_DATA_ENDINGS = (".parquet", ".arrow", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx")
_NOT_DATA = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "package.json"})
_SPLITS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
}
_SHOWN = 12


def opened(path: Path, encoding: str | None = None, shape: Shape | None = None, split: str = "") -> CaseFile:
    """Open a case file or folder. `shape` is that of the format to read, where it is known.

    Raises CaseFileError if it cannot be read, or if it has several splits and `split` names none of them.
    """
    if path.is_dir():
        return _folder(path, encoding, shape, split)
    name, data = str(path), read_bytes(path)
    if data.startswith(ZIP_MARK):
        return workbook_file(name, data)
    if data.startswith((PARQUET_MARK, *ARROW_MARKS)):
        return ArrowFile(path)
    source = _text_file(path, data, encoding, shape)
    if source.problems and encoding is None:
        source.likely_encodings = likely_encodings(data)
    return source


def _text_file(path: Path, data: bytes, encoding: str | None, shape: Shape | None) -> CaseFile:
    name = str(path)
    source = JsonText(name, data, encoding)
    if path.suffix.lower() in ENDINGS or starts_with_front_matter(source.text):
        return MarkdownFile(name, data, encoding)
    if shape in ("json", "patients") or source.text.lstrip()[:1] in ("{", "[") or source.columns(len):
        return source
    return csv_file(name, data, encoding)


def _folder(folder: Path, encoding: str | None, shape: Shape | None, split: str) -> CaseFile:
    try:
        splits = _splits(folder)
    except OSError as error:
        happened = f"{folder}: {error.strerror or error}"
        raise CaseFileError("Folder cannot be read", happened, "check its name and permissions") from None
    chosen = _chosen(folder, splits, split)
    parts = [opened(file, encoding, shape) for file in chosen]
    source = parts[0] if len(parts) == 1 else SeveralFiles(str(folder), parts)
    if licence := _licence(folder):
        source.defaults = {"licence": licence}
    return source


def _chosen(folder: Path, splits: dict[str, list[Path]], split: str) -> list[Path]:
    """Return the files of the split that is named, or of the only one."""
    named = ", ".join(name for name in splits if name)
    if split == ALL_SPLITS or (not split and len(splits) == 1):
        return [file for files in splits.values() for file in files]
    if split in splits:
        return splits[split]
    if split:
        happened = f"{folder} has no split {split[:40]}"
        happened += f", but {named}" if named else "; its files name none"
        raise CaseFileError("No such split", happened, "name one with --split, or omit it")
    happened = f"{folder} has the splits {named}"
    raise CaseFileError("Several splits", happened, f"name one with --split, or --split {ALL_SPLITS} for all")


def _splits(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each split of a folder, "" if they name none. Raises CaseFileError if there are none."""
    if (folder / "dataset_dict.json").is_file():
        names = _json(folder / "dataset_dict.json").get("splits")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise _damaged(folder / "dataset_dict.json")
        return {name: _saved(_inside(folder, name)) for name in names}
    if (folder / "state.json").is_file():
        return {"": _saved(folder)}
    data = [
        file
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in _DATA_ENDINGS
        and file.name not in _NOT_DATA
        and _visible(file, folder)
        and file.is_file()
    ]
    if data:
        return _by_split(folder, data)
    cases = [file for file in sorted(folder.iterdir()) if file.suffix.lower() in ENDINGS and file.is_file()]
    if cases := [file for file in cases if file.stem.lower() != "readme"]:
        return {"": cases}
    happened = f"{folder} has neither a dataset nor Markdown files"
    raise CaseFileError("No cases in this folder", happened, "give a folder with data files, or a file")


def _by_split(folder: Path, data: Sequence[Path]) -> dict[str, list[Path]]:
    """Sort the data files of a repository by the splits that they name.

    Raises CaseFileError if they do not belong together.
    """
    subsets = sorted({_subset(file.relative_to(folder)) for file in data})
    if len(subsets) > 1:
        happened = f"{folder} has the subsets {_some(name or 'in the folder itself' for name in subsets)}"
        raise CaseFileError("Several subsets", happened, "give the folder or the file of one")
    endings = sorted({file.suffix.lower() for file in data})
    if len(endings) > 1:
        happened = (
            f"{folder} has data files of several kinds ({', '.join(endings)}): {_some(file.name for file in data)}"
        )
        raise CaseFileError("Several kinds of files", happened, "give one of the files")
    splits: dict[str, list[Path]] = {}
    for file in data:
        splits.setdefault(_split_named(file.relative_to(folder)), []).append(file)
    return splits


def _subset(file: Path) -> str:
    """Return the folders of a data file that name neither data nor a split."""
    return "/".join(part for part in file.parts[:-1] if part.lower() != "data" and part.lower() not in _SPLITS)


def _split_named(file: Path) -> str:
    words = [word for part in (file.stem, *reversed(file.parts[:-1])) for word in re.split(r"[^a-z]+", part.lower())]
    return next((_SPLITS[word] for word in words if word in _SPLITS), "")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_SHOWN]) + (f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else "")


def _visible(file: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in file.relative_to(folder).parts)


def _saved(folder: Path) -> list[Path]:
    """Return the files of a dataset that was saved with `save_to_disk`."""
    listed = _json(folder / "state.json").get("_data_files")
    if not isinstance(listed, list) or not listed:
        raise _damaged(folder / "state.json")
    files = [_inside(folder, item.get("filename") if isinstance(item, dict) else None) for item in listed]
    # Opening a pipe would wait for somebody who writes.
    if piped := next((file for file in files if file.exists() and not file.is_file()), None):
        raise _damaged(piped)
    return files


def _inside(folder: Path, name: Any) -> Path:
    """Return a path inside a folder, of a name that a file in it gives."""
    if not isinstance(name, str) or not name or Path(name).name != name or name in (".", ".."):
        raise CaseFileError("Dataset not readable", f"{folder} names a file outside of it", "save the dataset again")
    return folder / name


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_bytes(file))
    except (ValueError, RecursionError):
        raise _damaged(file) from None
    return value if isinstance(value, dict) else {}


def _damaged(file: Path) -> CaseFileError:
    return CaseFileError("Dataset not readable", f"{file} is damaged", "save or download the dataset again")


def _licence(folder: Path) -> str:
    """Return the licence that a dataset's card names, or ""."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    text = read_bytes(card).decode("utf-8", "replace")
    parts = re.split(r"^---[ \t]*\r?$", text, maxsplit=2, flags=re.M)
    if len(parts) < 3 or parts[0].strip("\ufeff \r\n"):
        return ""
    try:
        licence = front_matter(parts[1]).get("license", "")
    except ValueError:
        return ""
    return licence if isinstance(licence, str) else ", ".join(map(str, licence)) if isinstance(licence, list) else ""

"""Lists of concepts from the user's files: a table of terms and concepts, or UMLS's MRCONSO.RRF."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from doubleread import locations
from doubleread.atomic import atomic_write_bytes, make_private_folder
from doubleread.cases.csv_table import Table, read_table
from doubleread.cases.encodings import decoded
from doubleread.cases.problems import read_bytes
from doubleread.errors import DoublereadError
from doubleread.file_hash import file_sha256
from doubleread.scoring.concepts import VERSION, ConceptIndex, compared_words, concept_index, mrconso_terms

_COLUMNS = ("term", "concept")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ConceptList:
    """A list of concepts. `version` names the file and its hash, as scores do."""

    index: ConceptIndex
    version: str


def read_concept_list(path: Path, language: str = "ENG") -> ConceptList:
    """Return the concepts of a file: MRCONSO.RRF if its name ends with .rrf, otherwise a table.

    The index of an MRCONSO.RRF is kept in the program's own folder, and found there by the file's hash: it has hashes
    of the terms, not the terms. Raises DoublereadError.
    """
    try:
        sha256 = file_sha256(path)
    except OSError as error:
        raise _refused(path, f"it cannot be read ({error.strerror})", "check the path") from error
    umls = path.suffix.lower() == ".rrf"
    index = _of_umls(path, language, sha256) if umls else concept_index(_of_table(path))
    if not len(index.hashes):
        remedy = "check the language, for instance ENG" if umls else "add lines of term and concept"
        raise _refused(path, "it has no terms" + (f" in the language {language}" if umls else ""), remedy)
    named = f"{path.name}, {language}" if umls else path.name
    return ConceptList(index, f"{named}, sha256 {sha256[:16]}")


def _refused(path: Path, happened: str, remedy: str) -> DoublereadError:
    return DoublereadError("No list of concepts", f"{path}: {happened}", remedy)


def _of_table(path: Path) -> Iterator[tuple[str, str]]:
    """Yield term and concept of each row. A term of two concepts is an error: which is meant can't be known."""
    text, problems = decoded(read_bytes(path), str(path))
    if problems:
        raise _refused(path, problems[0].message, "save it as UTF-8")
    table = read_table(text, str(path), lambda columns: sum(name.strip().lower() in _COLUMNS for name in columns))
    columns = [name.lower() for name in table.columns]
    if any(name not in columns for name in _COLUMNS):
        raise _refused(path, "its first row does not name the columns term and concept", "name them")
    if table.problems:
        raise _refused(path, str(table.problems[0]), "correct it")
    faults = list(_faults(table, columns))
    if faults:
        more = f", and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise _refused(path, "; ".join(faults[:_SHOWN]) + more, "correct these lines")
    for row in table.rows:
        term, concept = _cells(row.cells, columns)
        yield term, concept


def _cells(cells: Sequence[str], columns: Sequence[str]) -> tuple[str, str]:
    term, concept = (
        cells[columns.index(name)].strip() if columns.index(name) < len(cells) else "" for name in _COLUMNS
    )
    return term, concept


def _faults(table: Table, columns: Sequence[str]) -> Iterator[str]:
    known: dict[str, tuple[str, int]] = {}
    for row in table.rows:
        term, concept = _cells(row.cells, columns)
        plain = " ".join(compared_words(term))
        if not plain or not concept:
            yield f"line {row.line} has no {'concept' if plain else 'term'}"
            continue
        other, line = known.setdefault(plain, (concept, row.line))
        if other != concept:
            yield f'lines {line} and {row.line} give the term "{term}" two concepts, {other} and {concept}'


# UMLS


def _of_umls(path: Path, language: str, sha256: str) -> ConceptIndex:
    kept = locations.concept_indexes() / f"{sha256[:32]}-{language}-{VERSION}.npz"
    if (index := _kept(kept)) is not None:
        return index
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
            index = concept_index(mrconso_terms(lines, language))
    except OSError as error:
        raise _refused(path, f"it cannot be read ({error.strerror})", "check the path") from error
    _keep(kept, index)
    return index


def _kept(file: Path) -> ConceptIndex | None:
    import numpy as np

    try:
        with np.load(file, allow_pickle=False) as found:
            ids = found["ids"].tobytes().decode().split("\n")
            return ConceptIndex(found["hashes"], found["numbers"], tuple(ids), int(found["longest"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError):
        return None


def _keep(file: Path, index: ConceptIndex) -> None:
    """Keep an index for the next time; without room for it, it is made again."""
    import numpy as np

    ids = np.frombuffer("\n".join(index.ids).encode(), dtype=np.uint8)
    data = io.BytesIO()
    np.savez(data, hashes=index.hashes, numbers=index.numbers, ids=ids, longest=np.array(index.longest))
    try:
        make_private_folder(file.parent)
        with atomic_write_bytes(file) as kept:
            kept.write(data.getbuffer())
    except OSError:
        return

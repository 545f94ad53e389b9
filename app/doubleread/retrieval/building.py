"""Build a corpus file. Its name appears only when it is complete."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from doubleread import __version__
from doubleread.atomic import PRIVATE, sync_folder, temporary_beside
from doubleread.domain.case import Document
from doubleread.domain.hashes import text_sha256
from doubleread.errors import CorpusError
from doubleread.progress import Progress, untold
from doubleread.retrieval.chunking import passages_of
from doubleread.retrieval.corpus import (
    BLOCK,
    FORMAT,
    STANDARD,
    VERSION,
    Corpus,
    CorpusInfo,
    CorpusSettings,
    Embed,
    Embedding,
    create_tables,
    fill_index,
    identity,
)
from doubleread.retrieval.documents import SourceDocument, Unreadable, corpus_files, read_documents

EMBEDDED_AT_ONCE = 64
SMALLEST_PASSAGE = 10
_SIDECAR = ".vectors"


@dataclass(frozen=True, slots=True)
class Embedder:
    """An embedding model that runs: what it is, and its function. `shortened` counts texts that it cut so far."""

    embedding: Embedding
    embed: Embed
    shortened: Callable[[], int] = lambda: 0


def check_settings(settings: CorpusSettings) -> None:
    """Raise CorpusError for settings by which no corpus can be built."""
    if settings.words < SMALLEST_PASSAGE or not 0 <= settings.overlap <= settings.words // 2:
        raise CorpusError(
            "Passages refused",
            f"passages of {settings.words} words with {settings.overlap} words of overlap cannot be made",
            f"use at least {SMALLEST_PASSAGE} words, and at most half as much overlap",
        )


def build_corpus(
    place: Path,
    out: Path,
    settings: CorpusSettings = STANDARD,
    *,
    embedder: Embedder | None = None,
    encoding: str | None = None,
    skip_unreadable: bool = False,
    progress: Progress = untold,
) -> CorpusInfo:
    """Build a corpus from a folder or a file, and return what it is.

    Vectors that were computed before an interruption are kept beside `out` and used again. Raises CorpusError if `out`
    exists, cannot be written, or a file cannot be read and `skip_unreadable` is not given; nothing is left behind then.
    """
    check_settings(settings)
    if out.exists():
        raise CorpusError("File exists", f"{out} is there already", "choose another name, or remove it")
    files, _ = corpus_files(place)
    temporary = temporary_beside(out)
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        with closing(sqlite3.connect(temporary)) as db:
            # The file has no name yet: a crash leaves nothing that could be taken for a corpus.
            db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;")
            create_tables(db, settings.tokenizer)
            documents = _documents(place, files, encoding, progress)
            left_out = _fill(db, documents, settings, skip_unreadable=skip_unreadable)
            progress("indexing", 0, 1)
            fill_index(db)
            if embedder is not None:
                _embed(db, out, embedder, progress)
            info = _describe(db, out.stem, settings, embedder, left_out)
            db.commit()
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, out)
        sync_folder(out.parent)
        _sidecar(out).unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CorpusError(
            "Corpus not written", f"{out}: {reason}", "check the folder, and that there is room on the disk"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return info


def corpus_of(documents: Iterable[Document], settings: CorpusSettings = STANDARD) -> Corpus:
    """Return a corpus in memory of the documents of a case."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    create_tables(db, settings.tokenizer)
    _fill(db, (SourceDocument(one.id, one.title, "", one.text) for one in documents), settings, skip_unreadable=False)
    fill_index(db)
    return Corpus(db, Path("the case's documents"), _describe(db, "case documents", settings, None, []))


def _documents(
    place: Path, files: Sequence[Path], encoding: str | None, progress: Progress
) -> Iterator[SourceDocument | Unreadable]:
    for number, path in enumerate(files):
        progress("reading", number, len(files))
        name = path.name if path == place else path.relative_to(place).as_posix()
        yield from read_documents(path, name.encode("utf-8", "replace").decode("utf-8"), encoding)
    progress("reading", len(files), len(files))


def _fill(
    db: sqlite3.Connection,
    documents: Iterable[SourceDocument | Unreadable],
    settings: CorpusSettings,
    *,
    skip_unreadable: bool,
) -> list[str]:
    """Store documents and their passages. Return what could not be read."""
    unreadable: list[str] = []
    number = 0
    for number, document in enumerate(_readable(documents, unreadable), start=1):
        row = (number, document.id, document.title, document.file, document.text, text_sha256(document.text))
        try:
            db.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            unreadable.append(f"{document.file}: another document has the id {document.id!r} too")
            continue
        db.executemany(
            'INSERT INTO passages (document, start, "end", page, text) VALUES (?, ?, ?, ?, ?)',
            (
                (number, part.start + span.start, part.start + span.end, page, span.of(words))
                for part, page in document.parts()
                for words in (part.of(document.text),)
                for span in passages_of(words, settings.words, settings.overlap)
            ),
        )
    if unreadable and not skip_unreadable:
        shown = "; ".join(unreadable[:5]) + (f"; and {len(unreadable) - 5} more" if len(unreadable) > 5 else "")
        raise CorpusError("Corpus not built", shown, "correct them, or leave them out with --skip-unreadable")
    if not db.execute("SELECT 1 FROM passages LIMIT 1").fetchone():
        raise CorpusError("Nothing to search", "no document has any text", "check the documents")
    return unreadable


def _readable(documents: Iterable[SourceDocument | Unreadable], unreadable: list[str]) -> Iterator[SourceDocument]:
    for document in documents:
        if isinstance(document, Unreadable):
            unreadable.append(str(document))
        else:
            yield document


def _embed(db: sqlite3.Connection, out: Path, embedder: Embedder, progress: Progress) -> None:
    """Store a vector for each passage, in blocks. Computed ones wait beside the corpus until it is complete."""
    total = db.execute("SELECT count(*) FROM passages").fetchone()[0]
    rows = db.execute("SELECT title, text FROM indexed ORDER BY number")
    size = embedder.embedding.dimensions * 4
    with closing(_opened_sidecar(out, embedder.embedding)) as known:
        first = 1
        while block := rows.fetchmany(BLOCK):
            texts = [_embedded_text(embedder.embedding, title, text) for title, text in block]
            vectors: list[bytes] = []
            for start in range(0, len(texts), EMBEDDED_AT_ONCE):
                progress("embedding", first - 1 + start, total)
                vectors += _vectors_of(texts[start : start + EMBEDDED_AT_ONCE], known, embedder.embed)
            if any(len(vector) != size for vector in vectors):
                raise CorpusError("Embedding failed", "a vector has the wrong length", "use another embedding model")
            db.execute("INSERT INTO vectors VALUES (?, ?)", [first, b"".join(vectors)])
            first += len(block)
    progress("embedding", total, total)


def _embedded_text(embedding: Embedding, title: str, text: str) -> str:
    return embedding.passage_prefix + (f"{title}\n{text}" if title else text)


def _vectors_of(texts: Sequence[str], known: sqlite3.Connection, embed: Embed) -> list[bytes]:
    hashes = [text_sha256(text) for text in texts]
    sql = "SELECT sha256, vector FROM vectors WHERE sha256 IN (SELECT value FROM json_each(?))"
    found: dict[str, bytes] = dict(known.execute(sql, [json.dumps(hashes)]))
    missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in found}
    if missing:
        made = dict(zip(missing, embed(list(missing.values())), strict=True))
        with known:
            known.executemany("INSERT INTO vectors VALUES (?, ?)", made.items())
        found |= made
    return [found[digest] for digest in hashes]


def _sidecar(out: Path) -> Path:
    return out.with_name(f".{out.name[:40]}{_SIDECAR}")


def _opened_sidecar(out: Path, embedding: Embedding) -> sqlite3.Connection:
    """Open the vectors of an interrupted build with the same model, or start again."""
    path = _sidecar(out)
    wanted = json.dumps([embedding.sha256, embedding.pooling, embedding.dimensions])
    with contextlib.suppress(sqlite3.DatabaseError):
        if path.exists():
            db = sqlite3.connect(path)
            if db.execute("SELECT name FROM model").fetchone() == (wanted,):
                return db
            db.close()
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript("CREATE TABLE model (name TEXT); CREATE TABLE vectors (sha256 TEXT PRIMARY KEY, vector BLOB);")
    with db:
        db.execute("INSERT INTO model VALUES (?)", [wanted])
    return db


def _describe(
    db: sqlite3.Connection,
    name: str,
    settings: CorpusSettings,
    embedder: Embedder | None,
    left_out: Sequence[str],
) -> CorpusInfo:
    """Return what a filled corpus is, and store it there."""
    embedding = embedder.embedding if embedder else None
    info = CorpusInfo(
        name=name,
        sha256=identity(db, settings, embedding),
        documents=db.execute("SELECT count(*) FROM documents").fetchone()[0],
        passages=db.execute("SELECT count(*) FROM passages").fetchone()[0],
        words=sum(len(text.split()) for (text,) in db.execute("SELECT text FROM documents")),
        settings=settings,
        embedding=embedding,
        left_out=tuple(left_out),
        shortened=embedder.shortened() if embedder else 0,
        made_with=f"doubleread {__version__}",
    )
    meta = {"format": FORMAT, "version": str(VERSION), "info": json.dumps(info.as_record())}
    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    return info

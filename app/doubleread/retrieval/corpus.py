"""A corpus: one SQLite file with documents, their passages, an index of words and, optionally, vectors."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from doubleread.domain.hashes import json_sha256, text_sha256
from doubleread.domain.retrieval import Method, RetrievedPassage
from doubleread.errors import CorpusError
from doubleread.retrieval.chunking import CHUNKING, OVERLAP, WORDS
from doubleread.retrieval.words import QueryWords, match_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIX = ".corpus"
FORMAT = "doubleread-corpus"
VERSION = 1
BLOCK = 1024
"""Passages whose vectors are stored together."""

TOKENIZERS: Mapping[str, str] = {
    "english": "porter unicode61 remove_diacritics 2",
    "none": "unicode61 remove_diacritics 2",
}
"""The tokenizer of the index of words, by the language whose endings it removes."""

_BUILT = "give a file made by `doubleread corpus build`"
CANDIDATES = 100
"""The best passages of each method that are fused."""

RANK_CONSTANT = 60
"""k of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): a rank r counts 1 / (k + r)."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE documents (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  file TEXT NOT NULL,
  text TEXT NOT NULL,
  sha256 TEXT NOT NULL -- of the text
) STRICT;
CREATE TABLE passages (
  number INTEGER PRIMARY KEY,
  document INTEGER NOT NULL REFERENCES documents (number),
  start INTEGER NOT NULL, -- code points of the document's text
  "end" INTEGER NOT NULL,
  page INTEGER, -- of a PDF
  text TEXT NOT NULL -- of the document, from start to end
) STRICT;
CREATE TABLE terms (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE vectors (first INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE VIEW indexed AS SELECT passages.number, documents.title, passages.text
  FROM passages JOIN documents ON documents.number = passages.document;
"""
_INDEX = (
    "CREATE VIRTUAL TABLE words USING fts5(title, text, content = 'indexed', content_rowid = 'number', tokenize = '{}')"
)

Embed = Callable[[Sequence[str]], Sequence[bytes]]
"""From texts to their vectors: float32, little-endian, of length 1."""


@dataclass(frozen=True, slots=True)
class CorpusSettings:
    """How documents are cut and indexed: passages of at most `words` words that repeat at most `overlap`."""

    words: int = WORDS
    overlap: int = OVERLAP
    stemmer: str = "english"

    @property
    def tokenizer(self) -> str:
        """The tokenizer of the index of words."""
        return TOKENIZERS[self.stemmer]


STANDARD = CorpusSettings()


@dataclass(frozen=True, slots=True)
class Embedding:
    """The model behind a corpus's vectors. The prefixes precede a passage or a query, as some models expect.

    `name` and `path` say which file it was, and are no part of the corpus's identity.
    """

    name: str
    sha256: str
    dimensions: int
    pooling: str
    passage_prefix: str = ""
    query_prefix: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """What a corpus is. `left_out` names what could not be read; `shortened` counts passages too long to embed whole.

    `sha256` identifies it: it depends on the documents' ids, titles and texts, how they were cut and indexed, and the
    embedding model.
    """

    name: str
    sha256: str
    documents: int
    passages: int
    words: int
    settings: CorpusSettings
    embedding: Embedding | None = None
    left_out: tuple[str, ...] = ()
    shortened: int = 0
    made_with: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "left_out": list(self.left_out), "tokenizer": self.settings.tokenizer}


def identity(db: sqlite3.Connection, settings: CorpusSettings, embedding: Embedding | None) -> str:
    """Return the hash that identifies a corpus."""
    documents = [list(row) for row in db.execute("SELECT id, title, sha256 FROM documents ORDER BY number")]
    cut = {"version": CHUNKING, "words": settings.words, "overlap": settings.overlap, "tokenizer": settings.tokenizer}
    described = asdict(embedding).items() if embedding else ()
    made = {key: value for key, value in described if key not in ("name", "path")}
    return json_sha256([FORMAT, VERSION, documents, cut, made])


def create_tables(db: sqlite3.Connection, tokenizer: str) -> None:
    """Create the tables of a new corpus. Raises CorpusError if this SQLite has no full-text index."""
    db.executescript(TABLES)
    try:
        db.execute(_INDEX.format(tokenizer))
    except sqlite3.OperationalError as error:
        if "no such module" not in str(error):
            raise
        raise CorpusError(
            "No full-text index",
            f"SQLite {sqlite3.sqlite_version} of this Python was built without FTS5",
            "use a Python whose SQLite has FTS5, such as one from python.org",
        ) from error


def fill_index(db: sqlite3.Connection) -> None:
    """Index the passages, and count in how many each term occurs."""
    db.execute("INSERT INTO words (words) VALUES ('rebuild')")
    db.execute("INSERT INTO words (words) VALUES ('optimize')")
    db.execute("CREATE VIRTUAL TABLE temp.found_terms USING fts5vocab(main, words, row)")
    db.execute("INSERT INTO terms SELECT term, doc FROM temp.found_terms")
    db.execute("DROP TABLE temp.found_terms")


class Corpus:
    """An open corpus. Any thread may search it."""

    def __init__(self, db: sqlite3.Connection, path: Path, info: CorpusInfo) -> None:
        self.path = path
        self.info = info
        self._db = db
        self._lock = threading.Lock()
        self._query_words = QueryWords(info.settings.tokenizer)
        self._vectors: NDArray[np.float32] | None = None
        self._opened = self._state()

    @classmethod
    def open(cls, path: Path) -> Corpus:
        """Open a corpus file to search it. Raises CorpusError if it is missing, damaged or not a corpus."""
        if not path.is_file():
            raise CorpusError("No such corpus", f"{path} does not exist", "build it with `doubleread corpus build`")
        with _intact(path):
            db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            try:
                return cls(db, path, _info(db, path))
            except BaseException:
                db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it. Closing twice is harmless."""
        with self._lock:
            self._db.close()
            self._query_words.close()

    def search(
        self, query: str, top: int, method: Method = "bm25", embed: Embed | None = None
    ) -> tuple[RetrievedPassage, ...]:
        """Return the best passages for a query, the best first. No word of the query is a search operator.

        "hybrid" needs `embed`, the corpus's own model. Of passages with the same text, the best counts. Equal scores
        are in the order of the corpus. Raises CorpusError.
        """
        with self._lock, _intact(self.path):
            # Enough for `top` different texts, even if some passages have the same.
            wanted = max(CANDIDATES, 2 * top)
            scores = self._by_words(query, wanted)
            ranks = {"bm25": {number: rank for rank, (number, _) in enumerate(scores, start=1)}}
            if method == "hybrid":
                near = self._by_vectors(query, wanted, embed)
                ranks["vectors"] = {number: rank for rank, number in enumerate(near, start=1)}
                scores = _fused(ranks)
            found = self._found(scores, ranks, top)
            self._expect_unchanged()
            return found

    def check(self) -> list[str]:
        """Return every fault of the whole file, in words."""
        with self._lock, _intact(self.path):
            faults = [str(row[0]) for row in self._db.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
            for number, document_id, text, digest in self._db.execute("SELECT number, id, text, sha256 FROM documents"):
                if text_sha256(text) != digest:
                    faults.append(f"document {document_id}: its text was changed")
                cut = 'SELECT start, "end", text FROM passages WHERE document = ?'
                if any(text[start:end] != passage for start, end, passage in self._db.execute(cut, [number])):
                    faults.append(f"document {document_id}: a passage is not in its place")
            return faults

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _expect_unchanged(self) -> None:
        """Raise CorpusError if another file was copied over this one: SQLite could mix the passages of both.

        A file that was renamed or replaced as a whole is still read.
        """
        now = self._state()
        if now and self._opened and now[0] == self._opened[0] and now != self._opened:
            raise CorpusError(
                "Corpus changed",
                f"{self.path} was written to while it was searched",
                "restore the file, then run again",
            )

    def _by_words(self, query: str, wanted: int) -> list[tuple[int, float]]:
        match = match_of(self._query_words.terms_of(query), self._db)
        if not match:
            return []
        sql = "SELECT rowid, -bm25(words) AS score FROM words WHERE words MATCH ? ORDER BY score DESC, rowid LIMIT ?"
        return [(number, score) for number, score in self._db.execute(sql, [match, wanted])]

    def _by_vectors(self, query: str, wanted: int, embed: Embed | None) -> list[int]:
        embedding = self.info.embedding
        if embedding is None:
            raise CorpusError(
                "No embedding",
                f"{self.path} has no vectors, which a hybrid search needs",
                "build it with --embedding, or search with bm25",
            )
        if embed is None:
            raise CorpusError("No embedding model", f"{embedding.name} is not running", "give the model's file")
        import numpy as np

        (vector,) = embed([embedding.query_prefix + query])
        asked = np.frombuffer(vector, dtype="<f4")
        if self._vectors is None:
            self._vectors = self._load_vectors(embedding.dimensions)
        near = self._vectors @ asked
        count = min(wanted, len(near))
        best = np.argpartition(-near, count - 1)[:count] if count < len(near) else np.arange(len(near))
        ordered = best[np.lexsort((best, -near[best]))]
        return [int(index) + 1 for index in ordered]

    def _load_vectors(self, dimensions: int) -> NDArray[np.float32]:
        import numpy as np

        vectors = np.empty((self.info.passages, dimensions), dtype=np.float32)
        filled = 0
        for first, data in self._db.execute("SELECT first, data FROM vectors ORDER BY first"):
            block = np.frombuffer(data, dtype="<f4").reshape(-1, dimensions)
            if first != filled + 1 or filled + len(block) > len(vectors):
                break
            vectors[filled : filled + len(block)] = block
            filled += len(block)
        if filled != len(vectors) or not np.isfinite(vectors).all():
            raise _damaged(self.path, f"it has usable vectors for {filled} of {len(vectors)} passages")
        return vectors

    def _found(
        self, scores: Sequence[tuple[int, float]], ranks: Mapping[str, Mapping[int, int]], top: int
    ) -> tuple[RetrievedPassage, ...]:
        sql = (
            'SELECT documents.id, title, start, "end", page, passages.text'
            " FROM passages JOIN documents ON documents.number = passages.document WHERE passages.number = ?"
        )
        found: dict[str, RetrievedPassage] = {}
        for number, score in scores:
            if len(found) == top:
                break
            row = self._db.execute(sql, [number]).fetchone()
            if row is None:
                raise _damaged(self.path, f"passage {number} is in the index but not in the corpus")
            document_id, title, start, end, page, text = row
            if text not in found:
                own = {name: known[number] for name, known in ranks.items() if number in known}
                found[text] = RetrievedPassage(len(found) + 1, document_id, title, start, end, text, score, page, own)
        return tuple(found.values())


def _fused(ranks: Mapping[str, Mapping[int, int]]) -> list[tuple[int, float]]:
    """Fuse the ranks of several methods; equal sums are in the order of the corpus."""
    sums: dict[int, float] = {}
    for known in ranks.values():
        for number, rank in known.items():
            sums[number] = sums.get(number, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def _info(db: sqlite3.Connection, path: Path) -> CorpusInfo:
    """Read what a corpus says of itself, and check that its documents are those of its identity."""
    try:
        meta: dict[str, str] = dict(db.execute("SELECT key, value FROM meta"))
    except sqlite3.OperationalError as error:
        raise CorpusError("Not a corpus", f"{path}: {error}", _BUILT) from error
    if meta.get("format") != FORMAT:
        raise CorpusError("Not a corpus", f"{path} is another SQLite file", _BUILT)
    if meta.get("version") != str(VERSION):
        raise CorpusError(
            "Another version", f"{path} has version {meta.get('version')} of the format", "build the corpus again"
        )
    info = info_from_record(json.loads(meta["info"]))
    counted = tuple(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("documents", "passages"))
    if counted != (info.documents, info.passages) or identity(db, info.settings, info.embedding) != info.sha256:
        raise _damaged(path, "its documents are not those that it was built from")
    return info


def info_from_record(record: Mapping[str, Any]) -> CorpusInfo:
    """Rebuild what `CorpusInfo.as_record` returns."""
    values = {name: value for name, value in record.items() if name != "tokenizer"}
    embedding = None if values["embedding"] is None else Embedding(**values["embedding"])
    settings = CorpusSettings(**values["settings"])
    return CorpusInfo(**{**values, "settings": settings, "embedding": embedding, "left_out": tuple(values["left_out"])})


@contextmanager
def _intact(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, UnicodeError, ValueError, KeyError, TypeError) as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
            raise CorpusError("Not a corpus", f"{path} is another kind of file", _BUILT) from error
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, happened: str) -> CorpusError:
    return CorpusError("Corpus damaged", f"{path}: {happened}", "build it again from its documents")

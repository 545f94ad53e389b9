"""Corpora and their embedding models: building them, and the passages that a study's arms are given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePath
from typing import Any

from doubleread import locations
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.retrieval import Method, Retrieval, RetrievedPassage, within_words
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.installed import require_engine
from doubleread.errors import CorpusError
from doubleread.progress import Progress
from doubleread.retrieval.building import Embedder, build_corpus, corpus_of
from doubleread.retrieval.corpus import STANDARD, Corpus, CorpusInfo, CorpusSettings, Embed, Embedding
from doubleread.store import StudyFile

_SEARCH_THREADS = 2
"""Processors for a query: the models of the study need the others."""


@contextmanager
def embedder(path: Path, passage_prefix: str = "", query_prefix: str = "") -> Iterator[Embedder]:
    """Yield an embedding model that runs on all processors, or on a GPU. Raises ModelFileError."""
    from doubleread.engine.client.embedding import TextEmbedder

    require_engine()
    with TextEmbedder(path, on_gpu=True) as running:
        embedding = Embedding(
            name=path.name,
            sha256=model_sha256(path),
            dimensions=running.dimensions,
            pooling=running.pooling,
            passage_prefix=passage_prefix,
            query_prefix=query_prefix,
            path=str(path.absolute()),
        )
        yield Embedder(embedding, running.embed, lambda: running.shortened)


def build(
    place: Path,
    out: Path,
    settings: CorpusSettings,
    *,
    embedding: Path | None = None,
    passage_prefix: str = "",
    query_prefix: str = "",
    encoding: str | None = None,
    skip_unreadable: bool = False,
    progress: Progress,
) -> CorpusInfo:
    """Build a corpus, with vectors if there is an `embedding` model. Raises DoublereadError."""
    with ExitStack() as stack:
        model = stack.enter_context(embedder(embedding, passage_prefix, query_prefix)) if embedding else None
        return build_corpus(
            place,
            out,
            settings,
            embedder=model,
            encoding=encoding,
            skip_unreadable=skip_unreadable,
            progress=progress,
        )


class OpenCorpus:
    """An open corpus with its embedding model, which is started when it is first needed."""

    def __init__(self, corpus: Corpus, model: Path | None = None) -> None:
        """Take an open corpus, and close it at the end. `model` is where its embedding model is; else it is found."""
        self.info = corpus.info
        self._corpus = corpus
        self._model = model
        self._open = ExitStack()
        self._open.callback(corpus.close)
        self._embed: Embed | None = None

    def search(self, query: str, top: int, method: Method) -> tuple[RetrievedPassage, ...]:
        """Return the best passages for a query. Raises DoublereadError."""
        if method == "hybrid":
            self.start()
        return self._corpus.search(query, top, method, self._embed)

    def start(self) -> None:
        """Start the embedding model, if the corpus has one. Raises DoublereadError if it is missing or has changed."""
        embedding = self.info.embedding
        if embedding is None or self._embed is not None:
            return
        from doubleread.engine.client.embedding import TextEmbedder

        require_engine()
        path = self._model_file(embedding)
        self._embed = self._open.enter_context(TextEmbedder(path, threads=_SEARCH_THREADS)).embed

    def close(self) -> None:
        """End its model and close the file."""
        self._open.close()

    def _model_file(self, embedding: Embedding) -> Path:
        given = [self._model] if self._model else list(_places(self._corpus.path.parent, embedding.path))
        for path in given:
            if path.is_file() and model_sha256(path) == embedding.sha256:
                return path
        raise CorpusError(
            "Embedding model not found",
            f"{self._corpus.path} was built with {embedding.name} (sha256 {embedding.sha256[:12]}),"
            f" which is not at {given[0]}",
            f"restore the file, or put it into {locations.home() / 'models'}",
        )


class Retriever:
    """Gives the arms of a study their passages. Every corpus is open and checked from the start."""

    def __init__(self, study: Path, arms: Iterable[Arm]) -> None:
        """Open the corpora. Raises CorpusError for one that is missing, has changed or cannot be searched."""
        self._open = ExitStack()
        self._corpora: dict[str, OpenCorpus] = {}
        self._of_case: tuple[str, Corpus] | None = None
        try:
            for arm in arms:
                if arm.retrieval is not None and not arm.retrieval.from_case:
                    self._take(study, arm, arm.retrieval)
        except BaseException:
            self.close()
            raise

    def passages(self, retrieval: Retrieval, case: Case) -> tuple[RetrievedPassage, ...]:
        """Return the passages that an arm with this retrieval is given for a case. Raises DoublereadError."""
        query = retrieval.query_of(case)
        if not retrieval.from_case:
            found = self._corpora[retrieval.corpus_sha256].search(query, retrieval.top, retrieval.method)
        elif not case.documents:
            found = ()
        else:
            found = self._documents_of(case).search(query, retrieval.top)
        return within_words(found, retrieval.max_words)

    def close(self) -> None:
        """Close the corpora and end their models."""
        self._open.close()
        if self._of_case is not None:
            self._of_case[1].close()
            self._of_case = None

    def _take(self, study: Path, arm: Arm, retrieval: Retrieval) -> None:
        if retrieval.corpus_sha256 in self._corpora:
            return
        corpus = OpenCorpus(found_corpus(study, arm.name, retrieval))
        self._open.callback(corpus.close)
        if retrieval.method == "hybrid":
            corpus.start()
        self._corpora[retrieval.corpus_sha256] = corpus

    def _documents_of(self, case: Case) -> Corpus:
        """Return the index of a case's documents. The last one is kept: the other arm may need it next."""
        digest = hashlib.sha256(repr(case.documents).encode("utf-8", "replace")).hexdigest()
        if self._of_case is None or self._of_case[0] != digest:
            if self._of_case is not None:
                self._of_case[1].close()
            self._of_case = digest, corpus_of(case.documents)
        return self._of_case[1]


def retriever_of(study: StudyFile, arms: Sequence[Arm]) -> Retriever | None:
    """Return what gives a study's arms their passages, None if none has retrieval. Raises CorpusError."""
    return Retriever(study.path, arms) if any(arm.retrieval for arm in arms) else None


def check_corpora(study: StudyFile, arms: Iterable[Arm]) -> None:
    """Raise CorpusError if the corpus of an arm is missing or has changed. No embedding model is started."""
    for arm in arms:
        if arm.retrieval is not None and not arm.retrieval.from_case:
            found_corpus(study.path, arm.name, arm.retrieval).close()


def found_corpus(study: Path, name: str, retrieval: Retrieval) -> Corpus:
    """Open the corpus of the arm with this name: where it was, beside the study, or in the models folders.

    Raises CorpusError naming the arm if it is missing or has changed.
    """
    changed: Path | None = None
    for path in _places(study.absolute().parent, retrieval.corpus):
        if not path.is_file():
            continue
        corpus = Corpus.open(path)
        if corpus.info.sha256 == retrieval.corpus_sha256:
            return corpus
        corpus.close()
        changed = changed or path
    if changed is None:
        happened, remedy = f"{retrieval.corpus} no longer exists", "restore the file, or put it beside the study"
    else:
        happened = f"{changed} is not the corpus that the study was created with"
        remedy = "restore the earlier file, or create a new study for the new corpus"
    raise CorpusError("Corpus not found" if changed is None else "Corpus changed", f"{name}: {happened}", remedy)


def retrieval_of(given: Mapping[str, Any]) -> Retrieval:
    """Return the retrieval that a user asks for when a study is created. Raises CorpusError.

    A corpus is opened, checked whole and identified.
    """
    retrieval = Retrieval(**given)
    if retrieval.from_case:
        _check_room(retrieval, STANDARD.words)
        return retrieval
    path = Path(retrieval.corpus)
    corpus = Corpus.open(path)
    try:
        info = corpus.info
        if faults := corpus.check():
            raise CorpusError("Corpus damaged", f"{path}: {faults[0]}", "build it again from its documents")
        if retrieval.method == "hybrid" and info.embedding is None:
            raise CorpusError(
                "No embedding", f"{path} has no vectors", "build it with --embedding, or choose the method bm25"
            )
        _check_room(retrieval, info.settings.words)
    finally:
        corpus.close()
    return Retrieval(
        **{**given, "corpus": str(path.absolute())},
        name=info.name,
        corpus_sha256=info.sha256,
        documents=info.documents,
        passages=info.passages,
    )


def _check_room(retrieval: Retrieval, words: int) -> None:
    if words > retrieval.max_words:
        happened = f"passages have up to {words} words, and max_words is {retrieval.max_words}"
        raise CorpusError("Retrieval refused", happened, "raise max_words, so that a passage fits")


def _places(folder: Path, recorded: str) -> Iterator[Path]:
    # A file can come from a system with other separators in its paths.
    name = PurePath(recorded.replace("\\", "/")).name
    yield Path(recorded)
    yield folder / name
    yield locations.home() / "models" / name
    yield Path("models").absolute() / name

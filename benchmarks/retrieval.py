"""How long a corpus takes to build, and a question to answer. Words follow Zipf's law, as those of a language do."""

from __future__ import annotations

import itertools
import json
import math
import random
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.measurements import Measurement, quantile
from doubleread.domain.retrieval import Method
from doubleread.retrieval.building import Embedder, build_corpus
from doubleread.retrieval.corpus import STANDARD, Corpus, Embedding

WORDS, PASSAGES, QUERIES, VOCABULARY, DIMENSIONS = 1_000_000, 100_000, 40, 50_000, 384
LENGTHS = (8, 40, 200)
"""Words of a question: short, usual, a whole vignette."""

_DOCUMENT = 2_000


def run() -> Iterator[Measurement]:
    """Build a corpus of many words, then one of many passages, and search the second."""
    language = _Language(random.Random(11))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        started = time.perf_counter()
        info = build_corpus(_written(place / "words.jsonl", language, WORDS), place / "words.corpus")
        seconds = time.perf_counter() - started
        yield Measurement(f"corpus of {info.words:,} words, built", seconds, "s", 60.0, info.passages)
        # Passages end with sentences, so that somewhat more words are needed.
        words = PASSAGES * (STANDARD.words - STANDARD.overlap) * 21 // 20
        source = _written(place / "passages.jsonl", language, words)
        model = Embedder(Embedding("random", "0" * 64, DIMENSIONS, "mean"), _embed)
        out = place / "passages.corpus"
        build_corpus(source, out, embedder=model)
        with Corpus.open(out) as corpus:
            yield from _searches(corpus, language)


def _searches(corpus: Corpus, language: _Language) -> Iterator[Measurement]:
    methods: tuple[tuple[Method, float], ...] = (("bm25", 50.0), ("hybrid", 200.0))
    for method, goal in methods:
        for length in LENGTHS:
            times: list[float] = []
            corpus.search(language.words(length), 5, method, _embed)
            for _ in range(QUERIES):
                question = language.words(length)
                started = time.perf_counter()
                corpus.search(question, 5, method, _embed)
                times.append(1000 * (time.perf_counter() - started))
            name = f"{method}, {length} words in {corpus.info.passages:,} passages, 95th percentile"
            yield Measurement(name, quantile(times, 0.95), "ms", goal, QUERIES)


class _Language:
    def __init__(self, source: random.Random) -> None:
        self._source = source
        letters = "abcdefghijklmnopqrst"
        self._words = ["".join(source.choices(letters, k=source.randint(2, 10))) for _ in range(VOCABULARY)]
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))

    def words(self, count: int) -> str:
        found = self._source.choices(self._words, cum_weights=self._weights, k=count)
        return " ".join(word + "." if place % 15 == 14 else word for place, word in enumerate(found))


def _written(path: Path, language: _Language, words: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number in range(math.ceil(words / _DOCUMENT)):
            text = language.words(min(words - number * _DOCUMENT, _DOCUMENT))
            file.write(json.dumps({"id": str(number), "title": f"Document {number}", "text": text}) + "\n")
    return path


def _embed(texts: Sequence[str]) -> list[bytes]:
    """Return unit vectors in random directions: searching takes as long as with a model's."""
    return [_unit(random.Random(text[:40]).gauss) for text in texts]


def _unit(draw: Callable[[float, float], float]) -> bytes:
    vector = [draw(0.0, 1.0) for _ in range(DIMENSIONS)]
    length = math.sqrt(sum(value * value for value in vector))
    return array("f", (value / length for value in vector)).tobytes()

"""Vectors of texts by the real llama.cpp, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

import gguf_files
from doubleread.domain.prompts import Message
from doubleread.engine.client.embedding import TextEmbedder
from doubleread.engine.client.protocol import Embed, Failed, Generate, Loaded
from doubleread.errors import ModelFileError
from engine.conftest import BASE, Running
from gguf_architectures import write_bert
from real_model import smollm2

TEXTS = [
    "The heart pumps blood through the body.",
    "Cardiac output is the volume of blood that the heart pumps.",
    "Invoices are due within thirty days.",
]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("models") / "bert.gguf")


@pytest.fixture(scope="module")
def embedder(bert: Path) -> Iterator[TextEmbedder]:
    with TextEmbedder(bert, threads=1) as running:
        yield running


def vectors(embedder: TextEmbedder, texts: list[str]) -> np.ndarray:
    return np.array([np.frombuffer(vector, dtype="<f4") for vector in embedder.embed(texts)])


def test_an_encoder_gives_unit_vectors_whatever_else_is_asked_at_once(embedder: TextEmbedder) -> None:
    assert (embedder.dimensions, embedder.pooling) == (64, "mean")
    texts = [f"text number {number}" for number in range(40)]
    together = vectors(embedder, texts)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.array([vectors(embedder, [text])[0] for text in texts])
    assert ((together * alone).sum(axis=1) > 0.9999).all()
    assert len({tuple(row.round(4)) for row in together}) == 40


def test_a_text_that_is_too_long_is_cut_and_counted(embedder: TextEmbedder) -> None:
    before = embedder.shortened
    long, longer = vectors(embedder, ["a" * 200, "a" * 500])
    assert np.allclose(long, longer, atol=1e-2)
    assert embedder.shortened == before + 2


def test_a_causal_model_gives_the_mean_of_its_vectors_and_texts_of_one_subject_are_near() -> None:
    with TextEmbedder(smollm2(), threads=2) as running:
        assert (running.dimensions, running.pooling) == (576, "mean")
        found = vectors(running, TEXTS)
    near = found @ found.T
    assert near[0, 1] > max(near[0, 2], near[1, 2])


def test_a_file_that_is_no_model_and_a_reranker_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"text")
    with pytest.raises(ModelFileError):
        TextEmbedder(tmp_path / "x.gguf")
    with pytest.raises(ModelFileError, match="reranker"):
        TextEmbedder(write_bert(tmp_path / "rank.gguf", pooling=4))


def test_a_worker_that_dies_is_told(bert: Path) -> None:
    with TextEmbedder(bert, threads=1) as running:
        pid = running._engine.pid
        assert pid is not None
        psutil.Process(pid).kill()
        with pytest.raises(ModelFileError, match=r"killed|not running"):
            running.embed(["text"])


def test_each_kind_of_worker_refuses_the_other_kind_of_request(bert: Path, tmp_path: Path) -> None:
    asked = Generate("g", (Message("user", "hello"),))
    for path, settings, request in (
        (bert, BASE.replace(embeds=True), asked),
        (gguf_files.write_llama(tmp_path / "llama.gguf"), BASE, Embed("e", ("text",))),
    ):
        running = Running(path, settings)
        running.engine.start()
        running.wait_for(lambda event: isinstance(event, Loaded))
        if isinstance(request, Embed):
            running.engine.embed(request)
        else:
            running.engine.generate(request)
        failed = running.wait_for(lambda event: isinstance(event, Failed))
        assert failed.title == "Request refused"
        running.engine.stop()

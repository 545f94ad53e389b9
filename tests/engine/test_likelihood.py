"""How likely continuations are, against the plain way of computing it: one context, every token's logits, a softmax."""

from __future__ import annotations

import ctypes
import math
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np
import pytest

import gguf_architectures
import gguf_files
from doubleread.engine.client.protocol import Failed, Finished, Likelihoods
from engine.test_reasoning_budget import CHANNELS, HARMONY, OPENED, TAGS, chain, model

EXACT: dict[str, Any] = {"kv_type": "f32", "flash_attention": "off"}
QUESTION = "Which nerve is hurt? " * 4
PROMPT = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
CONTINUATIONS = ("A", "B", " A", "The ulnar nerve", "The median nerve", "The", "A", "é")


@pytest.fixture(scope="module")
def windowed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gguf_architectures.write_windowed(tmp_path_factory.mktemp("windowed") / "windowed.gguf")


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gguf_architectures.write_recurrent(tmp_path_factory.mktemp("recurrent") / "recurrent.gguf")


class Plainly:
    """Log-likelihoods by llama.cpp's own functions, everything from the beginning for each continuation."""

    def __init__(self, path: Path) -> None:
        params = lib.llama_model_default_params()
        params.n_gpu_layers = 0
        self._model = lib.llama_model_load_from_file(str(path).encode(), params)
        self._vocab = lib.llama_model_get_vocab(self._model)

    def close(self) -> None:
        lib.llama_model_free(self._model)

    def tokens(self, text: str, *, special: bool) -> list[int]:
        data = text.encode()
        found = (ctypes.c_int32 * (len(data) + 8))()
        count = lib.llama_tokenize(self._vocab, data, len(data), found, len(found), False, special)
        return list(found[:count])

    def log_likelihood(self, prompt: str, continuation: str) -> float:
        given = self.tokens(continuation, special=False)
        before = self.tokens(prompt, special=True)
        params = lib.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = 512
        params.n_threads = params.n_threads_batch = 1
        params.flash_attn_type, params.type_k, params.type_v = 0, 0, 0
        context = lib.llama_init_from_model(self._model, params)
        tokens = [*before, *given]
        batch = lib.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index], batch.pos[index], batch.n_seq_id[index] = token, index, 1
            batch.seq_id[index][0], batch.logits[index] = 0, 1
        assert lib.llama_decode(context, batch) == 0
        total = 0.0
        for index, token in enumerate(given, start=len(before) - 1):
            row = np.ctypeslib.as_array(
                lib.llama_get_logits_ith(context, index), shape=(lib.llama_vocab_n_tokens(self._vocab),)
            ).astype(np.longdouble)
            total += float(row[token] - row.max() - np.log(np.exp(row - row.max()).sum()))
        lib.llama_batch_free(batch)
        lib.llama_free(context)
        return total


def plain_log_likelihoods(path: Path) -> list[float]:
    plainly = Plainly(path)
    try:
        return [plainly.log_likelihood(PROMPT, text) for text in CONTINUATIONS]
    finally:
        plainly.close()


@pytest.mark.parametrize("settings", [{}, {"n_slots": 3}, {"n_slots": 2, "kv_unified": False}, {"reuse_prefix": False}])
@pytest.mark.parametrize("kind", ["small", "windowed", "recurrent"])
def test_the_log_likelihoods_are_those_of_the_plain_computation(run, kind, settings, request):
    path = request.getfixturevalue(kind)
    running = run(path, **EXACT, **settings)
    running.ask("beside it", QUESTION + "Go on", max_tokens=20)
    running.ask_likelihood("one", QUESTION, *CONTINUATIONS)
    running.ask_likelihood("two", QUESTION, *CONTINUATIONS)
    one, two = running.likelihoods("one"), running.likelihoods("two")
    assert one.log_likelihoods == pytest.approx(plain_log_likelihoods(path), abs=2e-4)
    assert two.log_likelihoods == pytest.approx(one.log_likelihoods, abs=2e-4)
    # The vocabulary is one of bytes, with one merge: "th".
    assert [len(tokens) for tokens in one.tokens] == [len(text.encode()) for text in CONTINUATIONS]
    assert one.tokens[0] == one.tokens[6] != one.tokens[2]
    assert len(running.answer("beside it").text) == 20


def test_likelihoods_carry_what_they_were_made_with(run, small):
    running = run(small, n_slots=2, **EXACT)
    running.ask("answer", QUESTION, max_tokens=5)
    manifest = running.answer("answer").manifest
    running.ask_likelihood("letters", QUESTION, "A", "B", priority="interactive")
    found = running.likelihoods("letters").manifest
    for name in ("model_sha256", "llama_cpp", "template_sha256", "prompt_sha256", "prompt_tokens", "n_ctx"):
        assert found[name] == manifest[name]
    # The answer's prompt is still in memory, save for its last token, whose logits are wanted.
    assert found["reused_prompt_tokens"] == found["prompt_tokens"] - 1
    assert found["started_at"] <= found["finished_at"]


def test_the_likeliest_byte_is_the_one_that_is_written(run, small):
    running = run(small, **EXACT)
    letters = [chr(code) for code in range(32, 127)]
    running.ask_likelihood("all", QUESTION, *letters)
    running.ask("answer", QUESTION, max_tokens=1)
    shares = running.likelihoods("all").log_likelihoods
    # The model's answers are printable ASCII: nearly all of the probability that is not on equal zero logits.
    assert sum(map(math.exp, shares)) <= 1 + 1e-9
    assert letters[shares.index(max(shares))] == running.answer("answer").text


@pytest.mark.parametrize(
    ("template", "tokens", "follower"),
    [(TAGS, None, "\n"), (OPENED, None, "\n"), (HARMONY, CHANNELS, "<|message|>")],
)
def test_a_reasoning_model_is_asked_about_its_answer_not_its_reasoning(run, tmp_path, template, tokens, follower):
    said = chain(follower, "x", "y")
    path = model(tmp_path, said, template, *([] if tokens is None else [tokens]))
    running = run(path)
    running.ask_likelihood("one", "Q", "x", "y")
    x, y = running.likelihoods("one").log_likelihoods
    assert x - y > 1


def test_continuations_that_do_not_fit_fail_with_their_count(run, small):
    running = run(small)
    running.ask_likelihood("long", "Q", "A", "x" * 600)
    event = running.end_of("long")
    assert isinstance(event, Failed)
    assert event.title == "Prompt too long"
    assert "512" in event.happened
    running.ask_likelihood("prompt", "word " * 200, "A")
    assert isinstance(running.end_of("prompt"), Failed)
    running.ask_likelihood("next", "Q", "A")
    assert len(running.likelihoods("next").log_likelihoods) == 1


def test_an_id_in_use_is_refused_and_ids_come_free(run, small):
    running = run(small)
    for _ in range(20):
        before = len(running.events)
        running.ask_likelihood("same", QUESTION, "A", "The ulnar nerve", "The median nerve")
        running.wait_for(lambda item: isinstance(item, Likelihoods), since=before)


def test_a_likelihood_request_is_given_up_and_the_engine_goes_on(run, slow):
    running = run(slow, n_ctx=8192, n_batch=8192, n_slots=2)
    running.loaded()
    running.ask_likelihood("given up", "A very long history. " * 330, "A", "The ulnar nerve", "The median nerve")
    running.engine.cancel("given up")
    event = running.end_of("given up")
    assert isinstance(event, Finished)
    assert event.finish_reason == "cancelled"
    running.ask_likelihood("next", "Short", "A", "The ulnar nerve")
    assert len(running.likelihoods("next").log_likelihoods) == 2
    assert sum(isinstance(item, Likelihoods | Finished) for item in running.events) == 2


def test_a_model_whose_output_is_no_number_fails(run, tmp_path):
    path = gguf_files.write_llama(tmp_path / "overflowing.gguf", shape=gguf_files.Shape(spread=1e30))
    running = run(path)
    running.ask_likelihood("one", QUESTION, "A", "The ulnar nerve")
    event = running.end_of("one")
    assert isinstance(event, Failed)
    assert "not a number" in event.happened


def test_a_worker_that_dies_names_the_likelihood_request(run, slow):
    running = run(slow, n_ctx=8192, n_batch=8192)
    running.loaded()
    running.ask_likelihood("lost", "A very long history. " * 330, "A")
    running.engine.restart()
    assert running.died().request_ids == ("lost",)

"""Made models: their shape, their numbers, and that llama.cpp runs them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import gguf
import numpy as np
import pytest

from doubleread.bench.make_model import make_model
from doubleread.bench.random_blocks import random_rows
from doubleread.bench.shapes import EMBEDDING, OUTPUT, SHAPES, tensor_type, tensors
from doubleread.bench.vocabulary import byte_vocabulary, copied_vocabulary
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.gguf.inspect import inspect_gguf
from doubleread.errors import ModelFileError
from engine.conftest import Running

TYPES = ("F16", "Q8_0", "Q4_0", "Q4_K_M")
TINY = SHAPES["tiny"]
WORDS = byte_vocabulary(TINY.vocabulary)


def make(path: Path, shape=TINY, kind="Q4_0", vocabulary=WORDS, **more) -> Path:
    make_model(path, shape, kind, vocabulary, name="made", **more)
    return path


def values(tensor: gguf.ReaderTensor) -> np.ndarray:
    return gguf.dequantize(tensor.data, tensor.tensor_type)


@pytest.mark.parametrize("type_name", ["F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"])
def test_random_weights_have_the_spread_asked_for_and_no_bias(type_name):
    rows = random_rows(type_name, 64, 1024, 0.02, np.random.default_rng(1))
    kind = gguf.GGMLQuantizationType[type_name]
    numbers = gguf.dequantize(rows.view(np.float16) if type_name == "F16" else rows, kind).astype(np.float64)
    assert numbers.shape == (64, 1024)
    assert np.isfinite(numbers).all()
    assert numbers.std() == pytest.approx(0.02, rel=0.05)
    assert abs(numbers.mean()) < 0.02 * 0.03


@pytest.mark.parametrize("kind", TYPES)
def test_a_made_model_answers_in_text_and_as_long_as_asked(tmp_path, kind):
    path = make(tmp_path / "made.gguf", kind=kind)
    assert inspect_gguf(path).quantisation == kind
    running = Running(path, EngineSettings(n_ctx=512, n_threads=1, n_threads_batch=1))
    running.engine.start()
    try:
        running.loaded()
        running.ask("a", "What is it?", max_tokens=40)
        answer = running.answer("a")
    finally:
        running.engine.stop()
    assert answer.finish_reason == "length"
    assert answer.manifest["completion_tokens"] == 40
    assert answer.text.strip()
    assert "\ufffd" not in answer.text


@pytest.mark.parametrize(("name", "kind"), list(product(SHAPES, TYPES)))
def test_every_shape_can_be_laid_out_in_every_type(name, kind):
    shape = SHAPES[name]
    plans = list(tensors(shape, shape.vocabulary, kind))
    assert len({plan.name for plan in plans}) == len(plans)
    for plan in plans:
        if plan.constant is None:
            assert plan.columns % (256 if plan.type.endswith("_K") else 32) == 0
    assert (OUTPUT in {plan.name for plan in plans}) is not shape.tied


@pytest.mark.parametrize(
    ("name", "billions"),
    [("llama-1b", 1.10), ("llama-3.2-1b", 1.24), ("llama-3.2-3b", 3.21), ("llama-8b", 8.03), ("qwen2.5-7b", 7.62)],
)
def test_a_shape_has_as_many_weights_as_the_model_it_is_named_for(name, billions):
    shape = SHAPES[name]
    count = sum(plan.rows * plan.columns for plan in tensors(shape, shape.vocabulary, "Q4_0"))
    assert count / 1e9 == pytest.approx(billions, abs=0.01)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_written_and_loads(tmp_path, name):
    """In its architecture and proportions, but narrow, so that it takes no time."""
    shape = replace(SHAPES[name], width=256, heads=4, kv_heads=2, layers=2, hidden=256, context=512)
    path = make(tmp_path / "made.gguf", shape, "Q4_K_M", byte_vocabulary(300))
    running = Running(path, EngineSettings(n_ctx=256, n_threads=1, n_threads_batch=1))
    running.engine.start()
    try:
        assert running.loaded().engine["model"]["architecture"] == shape.architecture
        running.ask("a", "What?", max_tokens=4)
        assert running.answer("a").manifest["completion_tokens"] == 4
    finally:
        running.engine.stop()


def test_types_are_those_of_the_real_quantiser():
    shape = SHAPES["llama-8b"]
    finer = [
        layer
        for layer in range(shape.layers)
        if tensor_type(f"blk.{layer}.ffn_down.weight", shape, "Q4_K_M", layer) == "Q6_K"
    ]
    assert finer == [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31]
    assert tensor_type(OUTPUT, shape, "Q4_K_M") == tensor_type(OUTPUT, shape, "Q4_0") == "Q6_K"
    assert tensor_type(EMBEDDING, shape, "Q4_K_M") == "Q4_K"
    assert tensor_type(EMBEDDING, SHAPES["llama-3.2-1b"], "Q4_K_M") == "Q6_K"
    assert {tensor_type(OUTPUT, shape, kind) for kind in ("F16", "Q8_0")} == {"F16", "Q8_0"}


def test_another_reader_finds_what_was_written(tmp_path):
    reader = gguf.GGUFReader(make(tmp_path / "made.gguf", kind="Q4_K_M"))
    found = {tensor.name: tensor for tensor in reader.tensors}
    assert set(found) == {plan.name for plan in tensors(TINY, TINY.vocabulary, "Q4_K_M")}
    assert found["blk.0.ffn_down.weight"].shape.tolist() == [512, 256]
    assert values(found["blk.0.attn_q.weight"]).std() == pytest.approx(1 / 16, rel=0.05)
    assert (values(found["output_norm.weight"]) == 1).all()
    assert reader.fields["llama.rope.freq_base"].contents() == 10000.0


def test_what_must_not_be_said_has_a_row_of_zeros(tmp_path):
    reader = gguf.GGUFReader(make(tmp_path / "made.gguf"))
    output = values(next(tensor for tensor in reader.tensors if tensor.name == OUTPUT))
    silent = np.flatnonzero((output == 0).all(axis=1)).tolist()
    assert silent == list(WORDS.silent)
    assert {256, 257, 258} <= set(silent)
    assert ord("a") not in silent


def test_a_seed_gives_the_same_file_and_another_one_another(tmp_path):
    first, again, other = (
        make(tmp_path / name, seed=seed).read_bytes() for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again
    assert len(first) == len(other)
    assert first != other


def test_a_vocabulary_is_taken_over_with_a_template_that_fits_it(tmp_path):
    source = make(tmp_path / "source.gguf")
    taken = copied_vocabulary(source)
    assert (taken.size, taken.silent) == (WORDS.size, WORDS.silent)
    copy = make(tmp_path / "copy.gguf", vocabulary=taken)
    assert copy.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("special", "mark"),
    [
        (["<|im_start|>", "<|im_end|>"], "<|im_start|>user"),
        (["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], "<|start_header_id|>user"),
        (["<|user|>", "<|assistant|>", "<|end|>"], "<|user|>"),
        (["<unk>"], "user: "),
    ],
)
def test_a_vocabulary_without_a_template_gets_one_of_its_own_tokens(tmp_path, special, mark):
    import jinja2

    writer = gguf.GGUFWriter(tmp_path / "vocabulary.gguf", "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list([*special, "a", "b"])
    writer.add_token_scores([0.0] * (len(special) + 2))
    writer.add_token_types([3] * len(special) + [1, 1])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    taken = copied_vocabulary(tmp_path / "vocabulary.gguf")
    assert taken.silent == tuple(range(len(special)))
    reader = gguf.GGUFReader(make(tmp_path / "made.gguf", vocabulary=taken))
    template = reader.fields["tokenizer.chat_template"].contents()
    text = jinja2.Template(template).render(messages=[{"role": "user", "content": "why"}], add_generation_prompt=True)
    assert mark in text
    assert "why" in text
    assert reader.fields["tokenizer.ggml.scores"].contents() == [0.0] * (len(special) + 2)


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "made.gguf").write_text("dear to somebody")
    with pytest.raises(ModelFileError, match="there already"):
        make(tmp_path / "made.gguf")
    assert (tmp_path / "made.gguf").read_text() == "dear to somebody"


def test_what_could_not_be_finished_is_taken_away(tmp_path):
    def stop(done: int, _: int) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "made.gguf", progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"", b"no model", b"GGUF\x03\x00\x00\x00"])
def test_a_vocabulary_that_is_none_is_refused(tmp_path, content):
    path = tmp_path / "vocabulary.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match="Vocabulary not readable"):
        copied_vocabulary(path)


def test_a_vocabulary_of_another_kind_is_refused(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "bert.gguf", "bert")
    writer.add_tokenizer_model("bert")
    writer.add_token_list(["a", "b"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(ModelFileError, match="Vocabulary not usable"):
        copied_vocabulary(tmp_path / "bert.gguf")

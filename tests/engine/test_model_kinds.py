"""What comes as GGUF and is no language model, and models that llama.cpp cannot load: named before a study is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest

import gguf_files
from doubleread.engine.gguf.examine import examine
from doubleread.engine.gguf.inspect import inspect_gguf
from doubleread.engine.gguf.load_trial import try_loading
from doubleread.engine.templates.families import template_families
from doubleread.errors import ModelFileError


def write(path: Path, architecture: str, entries: dict | None = None, tensors: tuple[str, ...] = ("a.weight",)) -> Path:
    writer = gguf.GGUFWriter(str(path), architecture)
    for key, value in (entries or {}).items():
        if isinstance(value, list):
            writer.add_array(key, value)
        else:
            {str: writer.add_string, bool: writer.add_bool, int: writer.add_uint32}[type(value)](key, value)
    writer.add_chat_template(gguf_files.CHATML)
    for name in tensors:
        writer.add_tensor(name, np.zeros((32, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


KINDS = [
    ("llama", {"general.type": "adapter", "adapter.type": "lora"}, (), "LoRA adapter"),
    ("llama", {}, ("blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b"), "LoRA adapter"),
    ("llama", {"general.type": "imatrix"}, ("blk.0.attn_q.weight.in_sum2",), "importance matrix"),
    ("llama", {"imatrix.datasets": ["wiki"]}, ("blk.0.attn_q.weight.counts",), "importance matrix"),
    ("controlvector", {"controlvector.model_hint": "llama"}, ("direction.1",), "control vector"),
    ("clip", {"general.type": "mmproj"}, ("v.patch_embd.weight",), "multimodal projector"),
    ("bert", {}, (), "embedding model"),
    ("qwen3", {"qwen3.pooling_type": 3}, (), "embedding model"),
    ("gemma-embedding", {}, (), "embedding model"),
    ("llama", {"llama.attention.causal": False}, (), "embedding model"),
    ("qwen3", {"qwen3.pooling_type": 4}, (), "reranker"),
    ("jina-bert-v2", {}, ("cls.weight",), "reranker"),
    ("dream", {}, (), "diffusion language model"),
    ("llama", {"diffusion.shift_logits": True}, (), "diffusion language model"),
    ("t5", {}, (), "encoder-decoder model"),
    ("flux", {}, (), "image model"),
    ("wavtokenizer-dec", {}, (), "speech model"),
    ("eagle3", {}, (), "draft model"),
]


@pytest.mark.parametrize(("architecture", "entries", "tensors", "kind"), KINDS)
def test_other_files_are_named_for_what_they_are(tmp_path, architecture, entries, tensors, kind):
    path = write(tmp_path / "x.gguf", architecture, entries, (*tensors, "other.weight") if tensors == () else tensors)
    info = inspect_gguf(path, usable=False)
    assert info.kind == kind
    assert info.problems
    with pytest.raises(ModelFileError) as caught:
        examine(path)
    assert caught.value.title == "Not a language model"
    assert caught.value.remedy


def test_a_language_model_is_called_one(small):
    info = examine(small, usable=False)
    assert (info.kind, info.problems, info.notes) == ("language model", (), ())


def test_an_architecture_that_llama_cpp_does_not_know_is_told(tmp_path):
    entries = {"newer.block_count": 1, "newer.context_length": 512, "newer.embedding_length": 32}
    path = write(tmp_path / "x.gguf", "newer", entries, ("token_embd.weight",))
    assert inspect_gguf(path).problems == ()
    with pytest.raises(ModelFileError, match=r"Model not supported: .*llama.cpp .* does not support .* 'newer'"):
        examine(path)
    assert "does not support the architecture 'newer'" in examine(path, usable=False).problems[0]


def test_a_model_that_lacks_tensors_is_told_in_llama_cpps_words(tmp_path, small):
    data = small.read_bytes().replace(b"blk.1.attn_q.weight", b"blk.1.attn_z.weight")
    path = tmp_path / "x.gguf"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=r"Model not loaded: .*'blk.1.attn_q.weight'"):
        examine(path)
    trial = try_loading(path)
    assert trial is not None
    assert "llama_model_load" not in trial.error


def test_layers_that_cannot_be_meant_are_told_before_a_run(tmp_path):
    path = write(tmp_path / "x.gguf", "llama", {"llama.block_count": 100_000})
    with pytest.raises(ModelFileError, match="states 100000 layers"):
        examine(path)


@pytest.mark.parametrize(("length", "problems", "notes"), [(8, 1, 0), (64, 0, 0), (2**32 - 1, 0, 1), (2**27, 0, 0)])
def test_absurd_context_lengths_are_told(tmp_path, length, problems, notes):
    path = gguf_files.write_llama(tmp_path / "x.gguf", shape=replace(gguf_files.SMALL, context=length))
    info = examine(path, usable=False)
    assert (len(info.problems), len(info.notes)) == (problems, notes)


def test_a_model_with_an_absurd_context_answers(tmp_path, run):
    shape = replace(gguf_files.SMALL, context=2**32 - 1)
    running = run(gguf_files.write_llama(tmp_path / "x.gguf", shape=shape))
    running.ask("one", "Which nerve?", max_tokens=3)
    assert running.answer("one").manifest["n_ctx"] == 512


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (gguf_files.BROKEN, "has a mistake"),
        ("{{ raise_exception('tools only') }}", "tools only"),
        ("{{ patient.name }}" + gguf_files.CHATML, "'patient' is undefined"),
        ("nothing", "leaves out the user's message"),
        (gguf_files.ENDLESS, "did not finish"),
    ],
)
def test_a_template_that_cannot_be_used_is_told_before_a_run(tmp_path, template, problem):
    path = gguf_files.write_llama(tmp_path / "x.gguf", template=template)
    assert problem in inspect_gguf(path, usable=False).problems[0]
    with pytest.raises(ModelFileError, match="Chat template not usable"):
        examine(path)


@pytest.mark.parametrize(
    ("template", "notes"),
    [
        (
            "llama-3",
            (
                "its chat template has <|end_header_id|>, <|eot_id|>, <|start_header_id|>, which its vocabulary lacks;"
                " that suggests chatml",
            ),
        ),
        ("chatml", ()),
        ("alpaca", ()),
    ],
)
def test_a_template_of_another_family_than_the_vocabularys_is_noted(tmp_path, template, notes):
    path = gguf_files.write_llama(tmp_path / "x.gguf", template=template_families()[template].template)
    assert examine(path).notes == notes


def test_what_is_special_about_a_template_is_noted(tmp_path):
    silent = "{% for m in messages if m.role == 'user' %}[U]{{ m.content[0].text }}{% endfor %}[A]"
    path = gguf_files.write_llama(tmp_path / "x.gguf", template=silent)
    assert examine(path).notes == (
        "its chat template has no system role; the system prompt is put before the user's message",
        "its chat template expects contents as items",
    )


LOOKALIKES = [
    (b'\x20\x00\x00\x00\x00\x00\x00\x00{"__metadata__"', "is a safetensors file"),
    (b"PK\x03\x04" + b"\0" * 26 + b"archive/data.pkl", "is a PyTorch file"),
    (b"PK\x03\x04" + b"\0" * 26 + b"model.gguf", "is a zip archive"),
    (b"\x80\x02\x8a\nl\xfc\x9cF", "is a pickled file"),
    (b"\x1f\x8b\x08\x00", "is a gzip archive"),
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
    (b"x" * 257 + b"ustar" + b"\0" * 200, "is a tar archive"),
    (b"\xef\xbb\xbf<!DOCTYPE html><html>", "is a web page"),
    (b"<?xml version='1.0'?><Error>AccessDenied</Error>", "is an XML file"),
    (b'{"schemaVersion": 2}', "is a JSON file"),
    (b"Entry not found", "contains text"),
    (b"\0" * 5000, "only zeros"),
    (b"\1\2\3\4" * 300, "does not start like a GGUF file"),
]


@pytest.mark.parametrize(("data", "words"), LOOKALIKES)
def test_files_that_are_no_gguf_are_named_for_what_they_are(tmp_path, data, words):
    path = tmp_path / "x.gguf"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=words) as caught:
        inspect_gguf(path)
    assert caught.value.title == "Not a GGUF file"
    assert caught.value.remedy

"""Model files that are not what they should be: a clear message each, and never a crash."""

from __future__ import annotations

import random
import struct
import subprocess
import sys

import pytest

import gguf_files
from doubleread.engine.client.protocol import Failed
from doubleread.engine.gguf.inspect import inspect_gguf, inspect_in_child
from doubleread.engine.gguf.model_parts import part_paths
from doubleread.errors import ModelFileError
from gguf_files import sha256_of

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 4\n"


def _spoilt(folder, kind, small):
    path = folder / f"{kind}.gguf"
    match kind:
        case "missing":
            pass
        case "folder":
            path.mkdir()
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("<html><body>404 Not Found</body></html>", encoding="utf-8")
        case "pointer":
            path.write_bytes(LFS)
        case "zip":
            path.write_bytes(b"PK\x03\x04" + b"\0" * 100)
        case "other":
            path.write_bytes(b"\0\1\2\3" * 100)
        case "version":
            path.write_bytes(b"GGUF" + struct.pack("<IQQ", 9, 0, 0))
        case "endian":
            path.write_bytes(b"GGUF" + struct.pack(">IQQ", 3, 0, 0))
        case "cut header":
            gguf_files.write_cut_off(path, small, 0.004)
        case "cut weights":
            gguf_files.write_cut_off(path, small, 0.9)
        case "vocabulary":
            gguf_files.write_llama(path, weights=False)
        case "no template":
            gguf_files.write_llama(path, template=None)
    return path


BAD = {
    "missing": "not found",
    "folder": "Not a model file",
    "empty": "Empty",
    "text": "Not a GGUF file",
    "pointer": "not downloaded",
    "zip": "Not a GGUF file",
    "other": "Not a GGUF file",
    "version": "version not supported",
    "endian": "other machines",
    "cut header": "cut off",
    "cut weights": "cut off",
    "vocabulary": "without weights",
    "no template": "No chat template",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_has_a_clear_message(kind, tmp_path, small):
    path = _spoilt(tmp_path, kind, small)
    with pytest.raises(ModelFileError) as caught:
        inspect_gguf(path)
    assert BAD[kind] in caught.value.title
    assert path.name in caught.value.happened
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["missing", "text", "cut weights", "vocabulary", "no template"])
def test_a_worker_says_the_same_and_can_be_asked_again(kind, tmp_path, small, run):
    path = _spoilt(tmp_path, kind, small)
    running = run(path)
    running.ask("early", "x")
    failed = running.wait_for(lambda item: isinstance(item, Failed) and item.request_id is None)
    assert BAD[kind] in failed.title
    assert running.end_of("early").title == failed.title
    assert running.engine.state == "failed"
    path.write_bytes(small.read_bytes())
    running.engine.restart()
    running.ask("late", "x", max_tokens=2)
    assert running.answer("late").text


def test_a_sound_file_is_described(small):
    info = inspect_gguf(small)
    assert info.architecture == "llama"
    assert info.parameters == 115648
    assert info.vocabulary_size == 261
    assert info.has_chat_template
    assert info.problems == ()
    assert info.metadata["llama.block_count"] == 2
    assert 0 < info.tensor_bytes < info.file_bytes == small.stat().st_size
    assert inspect_in_child(small) == info
    assert len(sha256_of(small)) == 64


def test_problems_are_listed_instead_where_that_is_asked_for(tmp_path, small):
    info = inspect_gguf(_spoilt(tmp_path, "vocabulary", small), usable=False)
    assert info.parameters == 0
    assert "only a vocabulary" in info.problems[0]
    with pytest.raises(ModelFileError, match="No chat template"):
        inspect_in_child(_spoilt(tmp_path, "no template", small))


def test_parts_that_are_missing_are_named(tmp_path):
    first = tmp_path / "big-00001-of-00003.gguf"
    entry = b"split.count"
    value = struct.pack("<Q", len(entry)) + entry + struct.pack("<IH", 2, 3)
    first.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + value)
    with pytest.raises(ModelFileError) as caught:
        inspect_gguf(first)
    assert "big-00002-of-00003.gguf, big-00003-of-00003.gguf" in caught.value.happened


def test_huge_claims_cost_neither_time_nor_memory(tmp_path):
    key = struct.pack("<Q", 1) + b"k"
    claims = [
        struct.pack("<IQQ", 3, 2**63, 2**63),
        struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**62),
        struct.pack("<IQQ", 3, 0, 1) + key + struct.pack("<IIQ", 9, 8, 2**60),
        struct.pack("<IQQ", 3, 0, 1) + key + struct.pack("<IIQ", 9, 4, 2**60),
        struct.pack("<IQQ", 3, 0, 1) + key + struct.pack("<IIQ", 9, 9, 2**60),
        struct.pack("<IQQ", 3, 1, 0) + key + struct.pack("<IQQQQIQ", 4, *[2**47] * 4, 0, 0),
    ]
    for index, claim in enumerate(claims):
        path = tmp_path / f"{index}.gguf"
        path.write_bytes(b"GGUF" + claim)
        # To count to 2**60, or to read so much, would end in a MemoryError or in this test's time limit.
        with pytest.raises(ModelFileError):
            inspect_gguf(path)


def test_flipped_bits_and_cuts_never_do_harm(tmp_path, small):
    chance = random.Random(20)
    whole = small.read_bytes()
    header = 8 * 6000
    path = tmp_path / "fuzzed.gguf"
    refused = 0
    for _ in range(400):
        data = gguf_files.flipped(whole, [chance.randrange(header) for _ in range(chance.randint(1, 3))])
        path.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
        try:
            assert inspect_gguf(path, usable=False).file_bytes > 0
        except ModelFileError:
            refused += 1
    assert refused > 100


def test_spoilt_parts_never_do_harm(tmp_path):
    chance = random.Random(21)
    first = gguf_files.write_llama(tmp_path / "m.gguf", in_part=8)
    parts = part_paths(first)
    refused = 0
    for number in range(150):
        part = parts[number % 3]
        whole = part.read_bytes()
        data = gguf_files.flipped(whole, [chance.randrange(8 * 900) for _ in range(chance.randint(1, 3))])
        part.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
        try:
            assert inspect_gguf(first, usable=False).file_bytes > 0
        except ModelFileError:
            refused += 1
        part.write_bytes(whole)
    assert refused > 50


def test_a_file_name_is_no_option_and_no_crash(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "doubleread.engine.gguf.inspect", str(tmp_path / "\u202e\x1b[2J.gguf")],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout

"""Models that are split over several files: counted, checked and hashed in all their parts."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace

import pytest

import gguf_files
from doubleread.engine.gguf.examine import examine
from doubleread.engine.gguf.inspect import inspect_gguf
from doubleread.engine.gguf.model_parts import part_paths
from doubleread.errors import ModelFileError
from gguf_files import sha256_of


@pytest.fixture
def first(tmp_path):
    """The first of the parts of a model like `small`."""
    return gguf_files.write_llama(tmp_path / "m.gguf", in_part=8)


@pytest.fixture
def others(tmp_path):
    """The parts of another model of the same shape."""
    (tmp_path / "other").mkdir()
    shape = replace(gguf_files.SMALL, seed=2)
    return part_paths(gguf_files.write_llama(tmp_path / "other" / "m.gguf", in_part=8, shape=shape))


def refusal(path) -> str:
    with pytest.raises(ModelFileError) as caught:
        inspect_gguf(path)
    return str(caught.value)


def test_all_parts_are_counted(first, small):
    info, whole = inspect_gguf(first), inspect_gguf(small)
    parts = part_paths(first)
    assert len(parts) == 3
    assert (info.parameters, info.tensor_bytes) == (whole.parameters, whole.tensor_bytes)
    assert info.file_bytes == sum(part.stat().st_size for part in parts)
    assert [(part.name, part.bytes) for part in info.parts] == [(part.name, part.stat().st_size) for part in parts]
    assert whole.parts == ()


def test_a_first_part_without_tensors_is_fine(tmp_path, run):
    path = gguf_files.write_llama(tmp_path / "m.gguf", in_part=12, empty_first=True)
    info = examine(path)
    assert (info.problems, info.parameters) == ((), 115648)
    running = run(path)
    running.ask("one", "Which nerve?")
    assert running.answer("one").text


def test_a_vocabulary_is_one_whatever_it_is_called(tmp_path):
    assert "only a vocabulary" in refusal(gguf_files.write_llama(tmp_path / "v.gguf", weights=False))


def test_the_hash_is_that_of_all_parts(first, small, tmp_path):
    parts = part_paths(first)
    listed = "".join(hashlib.sha256(part.read_bytes()).hexdigest() + "\n" for part in parts)
    before = sha256_of(first)
    assert before == hashlib.sha256(listed.encode()).hexdigest()
    for part in parts:
        whole = part.read_bytes()
        part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert sha256_of(first) != before
        part.write_bytes(whole)
    assert sha256_of(first) == before
    assert sha256_of(small) == hashlib.sha256(small.read_bytes()).hexdigest()


def test_the_manifest_names_all_parts(first, run):
    running = run(first)
    running.ask("one", "Which nerve?", max_tokens=3)
    manifest = running.answer("one").manifest
    parts = part_paths(first)
    assert manifest["model_sha256"] == sha256_of(first)
    assert manifest["model_bytes"] == sum(part.stat().st_size for part in parts)
    assert manifest["model_parts"] == [
        {
            "file": part.name,
            "bytes": part.stat().st_size,
            "sha256": hashlib.sha256(part.read_bytes()).hexdigest(),
        }
        for part in parts
    ]


def test_missing_parts_are_named(first):
    parts = part_paths(first)
    parts[1].unlink()
    assert "of its 3 parts, these are missing: m-00002-of-00003.gguf" in refusal(first)


def test_a_later_part_says_which_is_the_first(first):
    assert "part 2 of 3; give m-00001-of-00003.gguf" in refusal(part_paths(first)[1])


def test_parts_in_a_wrong_order_are_named(first, tmp_path):
    parts = part_paths(first)
    parts[1].rename(tmp_path / "aside")
    parts[2].rename(parts[1])
    (tmp_path / "aside").rename(parts[2])
    assert "m-00002-of-00003.gguf states that it is part 3, but its name says 2" in refusal(first)


def test_parts_of_a_model_with_another_number_of_parts_are_named(first, tmp_path):
    (tmp_path / "four").mkdir()
    four = part_paths(gguf_files.write_llama(tmp_path / "four" / "m.gguf", in_part=6))
    shutil.copy(four[1], part_paths(first)[1])
    assert "states that there are 4 parts, but its name says 3" in refusal(first)


def test_parts_that_do_not_add_up_are_named(first, tmp_path):
    shape = replace(gguf_files.SMALL, layers=1)
    (tmp_path / "less").mkdir()
    less = part_paths(gguf_files.write_llama(tmp_path / "less" / "m.gguf", in_part=4, shape=shape))
    assert len(less) == 3
    shutil.copy(less[1], part_paths(first)[1])
    assert "m-00002-of-00003.gguf states a different split.tensors.count from the first part (12, not 21)" in refusal(
        first
    )


def test_the_same_part_twice_is_named(first, tmp_path):
    data = bytearray(part_paths(first)[2].read_bytes())
    at = data.index(b"split.no") + len("split.no") + 4
    data[at] = 1
    part_paths(first)[1].write_bytes(data)
    assert "both contain the tensor" in refusal(first)


def test_a_part_cut_off_is_named(first):
    part = part_paths(first)[1]
    part.write_bytes(part.read_bytes()[:-100])
    told = refusal(first)
    assert "m-00002-of-00003.gguf: it has" in told
    assert "Model file cut off" in told


def test_a_part_of_another_model_changes_the_hash(first, others):
    before = sha256_of(first)
    shutil.copy(others[1], part_paths(first)[1])
    assert inspect_gguf(first).problems == ()
    assert sha256_of(first) != before


def test_a_part_under_another_name_says_how_it_must_be_called(first, tmp_path):
    renamed = tmp_path / "model.gguf"
    part_paths(first)[0].rename(renamed)
    told = refusal(renamed)
    assert "part 1 of 3" in told
    assert "-00001-of-00003.gguf" in told


def test_a_name_like_a_part_on_a_model_in_one_file_is_told(small, tmp_path):
    for number in (1, 2):
        shutil.copy(small, tmp_path / f"m-{number:05d}-of-00002.gguf")
    assert "does not state that it is a part; rename it" in refusal(tmp_path / "m-00001-of-00002.gguf")
    shutil.copy(small, tmp_path / "m-00001-of-00001.gguf")
    assert inspect_gguf(tmp_path / "m-00001-of-00001.gguf").parts == ()


def test_a_part_that_leaves_tensors_out_is_told(first, tmp_path):
    (tmp_path / "empty").mkdir()
    path = gguf_files.write_llama(tmp_path / "empty" / "m.gguf", in_part=11, empty_first=True)
    shutil.copy(part_paths(first)[2], part_paths(path)[2])
    assert "the 3 parts contain 16 tensors; m-00001-of-00003.gguf states 21" in refusal(path)

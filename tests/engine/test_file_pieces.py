"""Models cut into pieces for a download: how to join them, and what is missing."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from doubleread.engine.gguf.inspect import inspect_gguf
from doubleread.errors import ModelFileError
from gguf_files import sha256_of

NAMES = [
    ("m.gguf.part1of3", "m.gguf.part2of3", "m.gguf.part3of3"),
    ("m.gguf-split-a", "m.gguf-split-b", "m.gguf-split-c"),
    ("m.gguf.part-aa", "m.gguf.part-ab", "m.gguf.part-ac"),
    ("m.gguf.part_00", "m.gguf.part_01", "m.gguf.part_02"),
    ("m.part01.gguf", "m.part02.gguf", "m.part03.gguf"),
    ("m.gguf.001", "m.gguf.002", "m.gguf.003"),
    ("m.gguf.aa", "m.gguf.ab", "m.gguf.ac"),
    ("m-00001-of-00003.gguf", "m-00002-of-00003.gguf", "m-00003-of-00003.gguf"),
]


def cut(folder, whole, names) -> list:
    data = whole.read_bytes()
    step = len(data) // len(names) + 1
    paths = [folder / name for name in names]
    for index, path in enumerate(paths):
        path.write_bytes(data[index * step : (index + 1) * step])
    return paths


def refusal(path) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        inspect_gguf(path)
    return caught.value


@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[0])
def test_pieces_are_joined_by_the_command_that_is_told(tmp_path, small, names):
    folder = tmp_path / "with a blank"
    folder.mkdir()
    paths = cut(folder, small, names)
    told = [refusal(path) for path in paths]
    assert {error.title for error in told} == {"Model in pieces"}
    size = small.stat().st_size
    assert all(f"here are 3 pieces, {size:,} bytes in total" in error.happened for error in told)
    assert {error.remedy for error in told} == {
        f"join them: cat {shlex.join(map(str, paths))} > {shlex.quote(str(folder / 'm.gguf'))}"
    }
    if sys.platform != "win32":
        subprocess.run(told[0].remedy.removeprefix("join them: "), shell=True, check=True)
        assert sha256_of(folder / "m.gguf") == sha256_of(small)


@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[0])
def test_missing_pieces_are_named(tmp_path, small, names):
    paths = cut(tmp_path, small, names)
    paths[1].unlink()
    told = refusal(paths[0])
    assert told.title == "Model in pieces"
    assert "missing: piece" in told.happened
    assert "here are 2 pieces" in told.happened


def test_a_last_piece_that_is_missing_shows_by_the_size(tmp_path, small):
    paths = cut(tmp_path, small, ("m.gguf-split-a", "m.gguf-split-b", "m.gguf-split-c"))
    paths[2].unlink()
    size = small.stat().st_size
    assert f"and the model has at least {size:,}" in refusal(paths[0]).happened
    paths[1].unlink()
    assert "only this one" in refusal(paths[0]).happened


def test_a_download_cut_off_says_how_much_is_there(tmp_path, small):
    data = small.read_bytes()
    for name in ("m.gguf", "my-part.gguf", "part.gguf", "m-q4.gguf"):
        path = tmp_path / name
        path.write_bytes(data[:-1000])
        told = refusal(path)
        assert told.title == "Model file cut off"
        assert f"it has {len(data) - 1000:,} of the {len(data):,} bytes that its header asks for" in told.happened


def test_a_broken_link_between_pieces_does_no_harm(tmp_path, small):
    paths = cut(tmp_path, small, ("m.gguf.aa", "m.gguf.ab"))
    (tmp_path / "m.gguf.ac").symlink_to(tmp_path / "nowhere")
    assert refusal(paths[0]).title == "Model in pieces"

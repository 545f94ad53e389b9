"""Processed prompts on disk: what is kept and taken, that answers stay the same, and the files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gguf_architectures
from doubleread.engine import prompt_cache
from doubleread.engine.client.protocol import Load
from doubleread.engine.client.settings import PromptCache
from doubleread.engine.prompt_cache import (
    Entry,
    Usage,
    delete_prompts,
    entries,
    read_entry,
    read_state,
    usage,
    write_entry,
)
from doubleread.engine.worker.kept_prompts import state_key
from waiting import until

DOCUMENT = "A 54-year-old woman has had fever and a cough for three weeks. " * 6
OPTIONS = (" yes", " no", "maybe so")
EXACT: dict[str, Any] = {"kv_type": "f32", "flash_attention": "off"}
REPRODUCIBLE: dict[str, Any] = {"n_slots": 1, "reuse_prefix": False, "n_batch": 64, "n_ctx": 1024}
WRITERS = {
    "windowed": gguf_architectures.write_windowed,
    "recurrent": gguf_architectures.write_recurrent,
    "hybrid": gguf_architectures.write_hybrid,
    "grouped": gguf_architectures.write_grouped,
}
KEY = "k" * 64


@pytest.fixture(scope="module")
def model(models: Path) -> Callable[[str], Path]:
    """The path of a model by the name of its kind."""

    def path(kind: str) -> Path:
        if kind in WRITERS and not (models / f"{kind}.gguf").exists():
            WRITERS[kind](models / f"{kind}.gguf")
        return models / f"{kind}.gguf"

    return path


@pytest.fixture
def cache(tmp_path: Path) -> PromptCache:
    return PromptCache(str(tmp_path / "prompts"), 10**9, "0" * 64, least_tokens=64, most_cost=1e9)


def asked(
    run: Any, path: Path, cache: PromptCache | None, document: str = DOCUMENT, questions: int = 2, **settings: Any
) -> tuple[list[Any], list[int]]:
    """Ask about a document, one question after the other; return all that was answered, and tokens from the disk."""
    running = run(path, prompt_cache=cache, **settings)
    found, from_disk = [], []
    for index in range(questions):
        text = f"{document}Question {index}: what then?"
        running.ask(f"r{index}", text, max_tokens=6)
        answer = running.answer(f"r{index}")
        running.ask_likelihood(f"l{index}", text, *OPTIONS)
        likely = running.likelihoods(f"l{index}")
        found.append((answer.text, likely.log_likelihoods))
        for manifest in (answer.manifest, likely.manifest):
            assert manifest["disk_prompt_tokens"] <= manifest["reused_prompt_tokens"] < manifest["prompt_tokens"]
            from_disk.append(manifest["disk_prompt_tokens"])
    return found, from_disk


def filled(cache: PromptCache) -> None:
    """Wait until a prompt is on disk."""
    until(lambda: usage(Path(cache.folder)).files)


@pytest.mark.parametrize(("kind", "flash_attention"), [("small", "off"), ("grouped", "on")])
def test_a_reproducible_answer_from_the_disk_is_the_same_to_the_last_bit(run, model, cache, kind, flash_attention):
    settings = REPRODUCIBLE | {"n_batch": 32, "flash_attention": flash_attention, "questions": 1}
    cold, _ = asked(run, model(kind), cache, **settings)
    filled(cache)
    warm, from_disk = asked(run, model(kind), cache, **settings)
    assert cold == warm
    assert all(count >= 64 and count % 32 == 0 for count in from_disk)
    if kind == "small":
        assert asked(run, model(kind), None, **settings) == (cold, [0, 0])


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        # Such a model cannot go back.
        ("recurrent", {"n_ctx": 1024, "n_slots": 2}),
        ("hybrid", {"n_ctx": 1024, "n_slots": 2}),
        # A restored window is in other cells, so that sums would be rounded differently.
        ("windowed", REPRODUCIBLE),
    ],
)
def test_nothing_is_kept_of_models_that_cannot_continue_it(run, model, cache, kind, settings):
    assert asked(run, model(kind), cache, questions=1, **settings)[1] == [0, 0]
    assert not Path(cache.folder).exists()


def test_a_prompt_is_taken_whether_slots_share_a_pool_or_not(run, small, cache):
    documents = [DOCUMENT, DOCUMENT.replace("A ", "The ", 1)]
    settings = {"n_ctx": 1024, "questions": 1, **EXACT}
    answers = {}
    # Of each document, one of the two has processed it and the other takes it from the disk.
    for number, (in_one_pool, index) in enumerate([(True, 0), (False, 0), (False, 1), (True, 1)]):
        pool = {"n_slots": 2 + in_one_pool, "kv_unified": in_one_pool}
        answers[number] = asked(run, small, cache, documents[index], **pool, **settings)
        until(lambda index=index: len(kept_in(cache)) > index)
    for cold, warm in ((answers[0], answers[1]), (answers[2], answers[3])):
        [(before, expected)], [(after, found)] = cold[0], warm[0]
        assert before == after
        np.testing.assert_allclose(expected, found, atol=1e-4)
        assert cold[1][0] == 0
        assert warm[1][0] > len(DOCUMENT)


def test_a_sliding_window_is_continued_only_where_all_of_it_is_there(run, model, cache):
    settings = {"n_ctx": 1024, "n_slots": 2, "kv_unified": True, "questions": 1, **EXACT}
    cold, _ = asked(run, model("windowed"), cache, **settings)
    filled(cache)
    warm, from_disk = asked(run, model("windowed"), cache, **settings)
    assert [text for text, _ in cold] == [text for text, _ in warm]
    np.testing.assert_allclose([values for _, values in cold], [values for _, values in warm], atol=1e-4)
    assert from_disk[0] > len(DOCUMENT)


def test_a_prompt_is_taken_while_cells_are_copied_to_other_slots(run, slow, cache):
    documents = [DOCUMENT, DOCUMENT.replace("woman", "child").replace("A ", "The ", 1)]
    texts = [f"{documents[index % 2]}Question {index}?" for index in range(4)]
    # The second question on each document gets a copy of its cells, so that the third slot is filled while one waits.
    settings = {"n_ctx": 1024, "n_slots": 4, "kv_unified": False, **EXACT}
    found = []
    for _ in range(2):
        running = run(slow, prompt_cache=cache, **settings)
        with running.paused():
            for index, text in enumerate(texts):
                running.ask(f"r{index}", text, max_tokens=4)
        answers = [running.answer(f"r{index}") for index in range(4)]
        found.append([answer.text for answer in answers])
        until(lambda: len(kept_in(cache)) >= 2)
    assert found[0] == found[1]
    assert min(answer.manifest["reused_prompt_tokens"] for answer in answers) > len(DOCUMENT) - 10


def test_a_beginning_that_prompts_have_in_common_is_kept_without_their_ends(run, slow, cache):
    running = run(slow, n_ctx=1024, n_slots=4, n_batch=64, prompt_cache=cache.replace(least_tokens=300))
    with running.paused():
        for index in range(4):
            running.ask(f"r{index}", f"{DOCUMENT}{index} is the question. " + "Why? " * 40, max_tokens=2)
    reused = [running.answer(f"r{index}").manifest["reused_prompt_tokens"] for index in range(4)]
    filled(cache)
    (entry,) = kept_in(cache)
    assert entry.head.tokens == max(reused) >= len(DOCUMENT)
    assert entry.path.stat().st_size < entry.head.bytes + 8192


def kept_in(cache: PromptCache) -> list[Entry]:
    """Return what is on disk."""
    found = []
    for path in Path(cache.folder).glob("*/*.prompt"):
        key = json.loads(path.read_bytes().split(b"\n", 1)[0])["key"]
        found.append(read_entry(path, key))
    return found


def damaged(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def test_a_damaged_file_is_ignored_and_written_again(run, small, cache):
    settings = {"n_ctx": 1024, "questions": 1, **EXACT}
    before, _ = asked(run, small, cache, **settings)
    filled(cache)
    (entry,) = kept_in(cache)
    entry.path.write_bytes(damaged(entry.path.read_bytes()))
    after, from_disk = asked(run, small, cache, **settings)
    assert from_disk[0] == 0
    assert [text for text, _ in after] == [text for text, _ in before]
    until(lambda: all(entry is not None and read_state(entry) is not None for entry in kept_in(cache)))


@pytest.mark.parametrize(
    "changed",
    [
        {"model_sha256": "1" * 64},
        *({name: "other"} for name in ("template_sha256", "llama_cpp", "system_info", "device", "flash_attention")),
        {"kv_type": "q8_0"},
        {"adapters": [{"file": "a", "sha256": "2" * 64, "scale": 1.0}]},
        {"offloaded_layers": 3},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_changes_a_state_changes_its_key(cache, changed):
    assert key_of(cache, **changed) != key_of(cache)


def test_what_only_rounds_differently_counts_for_reproducible_answers_alone(cache):
    for name in ("n_threads", "n_threads_batch", "n_batch", "n_ubatch", "kv_unified"):
        assert key_of(cache, **{name: 77}) == key_of(cache)
        assert key_of(cache, False, **{name: 77}) != key_of(cache, False)
    assert key_of(cache, False) != key_of(cache)


def test_the_context_length_counts_where_positions_are_scaled_by_it(cache):
    scaled = {"model": {"metadata": {"phi3.rope.scaling.original_context_length": 4096}}}
    assert key_of(cache, n_ctx_seq=8192) == key_of(cache, n_ctx_seq=4096)
    assert key_of(cache, n_ctx_seq=8192, **scaled) != key_of(cache, n_ctx_seq=4096, **scaled)


def key_of(cache: PromptCache, reuse_prefix: bool = True, n_ctx_seq: int = 1024, **changed: Any) -> str:
    """Return the key of a worker with such a manifest."""
    own = {name: changed.pop(name) for name in ("model_sha256",) if name in changed}
    names = "template_sha256 llama_cpp_python llama_cpp system_info device offloaded_layers kv_type flash_attention"
    names += " adapters n_slots n_threads n_threads_batch n_batch n_ubatch kv_unified"
    manifest = {"model": {"metadata": {}}} | dict.fromkeys(names.split(), 1) | changed
    context: Any = SimpleNamespace(n_ctx_seq=n_ctx_seq, state_streams=1)
    return state_key(Load(path="model.gguf", reuse_prefix=reuse_prefix), cache.replace(**own), manifest, context)


def test_what_does_not_pay_is_not_kept(run, small, cache):
    assert asked(run, small, cache.replace(most_cost=0.0), questions=1, n_ctx=1024)[1] == [0, 0]
    assert usage(Path(cache.folder)).files == 0


def write(cache: PromptCache, number: int, size: int = 1000, kept_since: float = 2e9) -> Path | None:
    """Write a prompt of one token."""
    tokens, state = np.array([number], dtype=np.int32), np.full(size, number % 256, dtype=np.uint8)
    entry = write_entry(cache, KEY, tokens, state, first=0, seconds=1.0, kept_since=kept_since)
    return entry.path if entry else None


@pytest.mark.parametrize(
    "spoil",
    [
        damaged,
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[: len(data) // 2],
        lambda _: b"",
        lambda _: b"{}\n",
        lambda data: data.replace(b"{", b"[", 1),
        lambda data: data.replace(b'"tokens":1', b'"tokens":9'),
        lambda data: data.replace(b"kkk", b"kkx", 1),
        lambda _: b"\xff" * 10_000,
    ],
)
def test_a_spoilt_file_is_no_prompt(cache, spoil):
    path = write(cache, 7, size=100_000)
    sound = path.read_bytes()
    path.write_bytes(spoil(sound))
    entry = read_entry(path, KEY)
    assert entry is None or read_state(entry) is None
    path.write_bytes(sound)
    assert read_state(read_entry(path, KEY)).tobytes() == b"\x07" * 100_000


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_files_are_this_users_alone(cache):
    path = write(cache, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}
    assert {item.name for item in path.parent.iterdir()} == {path.name}


def test_the_least_recently_used_goes_first(cache):
    folder = Path(cache.folder)
    one = usage_of(cache)
    small = cache.replace(most_bytes=3 * one)
    paths = [write(small, number) for number in range(3)]
    for age, path in zip((30, 20, 10), paths, strict=True):
        os.utime(path, (1e9 - age, 1e9 - age))
    assert read_state(read_entry(paths[0], KEY)) is not None
    fourth = write(small, 3)
    assert {*entries(folder, KEY).values()} == {paths[0], paths[2], fourth}
    assert usage(folder).bytes <= small.most_bytes


def usage_of(cache: PromptCache) -> int:
    """Return the size of the file of a prompt."""
    write(cache, 0)
    return delete_prompts(Path(cache.folder)).bytes


def test_a_run_deletes_nothing_that_it_used_itself(cache):
    small = cache.replace(most_bytes=2 * usage_of(cache))
    paths = [write(small, number, kept_since=0.0) for number in range(3)]
    assert paths[2] is None
    assert paths[0].exists()
    assert paths[1].exists()


def test_a_disk_that_is_nearly_full_gets_nothing(cache, monkeypatch):
    left = prompt_cache.DISK_RESERVE + 500
    monkeypatch.setattr(prompt_cache.shutil, "disk_usage", lambda _: type("Usage", (), {"free": left}))
    assert write(cache, 1) is None
    assert write(cache, 2, size=10) is not None


def test_what_a_killed_writer_left_is_removed(cache):
    path = write(cache, 1)
    leftover = path.with_name(f".{path.name}.0011.tmp")
    leftover.write_bytes(b"x" * 100)
    write(cache, 2)
    assert not leftover.exists()


def test_several_processes_stay_below_the_limit_and_leave_whole_files(cache):
    small = cache.replace(most_bytes=int(4.5 * usage_of(cache)))
    folder = Path(cache.folder)
    most = 0
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for _ in pool.map(write, [small] * 60, range(60)):
            most = max(most, usage(folder).bytes)
    assert 0 < most <= small.most_bytes
    for path in entries(folder, KEY).values():
        assert read_state(read_entry(path, KEY)) is not None


def test_deleting_leaves_what_is_not_ours(cache):
    path = write(cache, 1)
    note = path.with_name("note.txt")
    note.write_text("mine")
    assert delete_prompts(Path(cache.folder)).files == 1
    assert usage(Path(cache.folder)) == Usage()
    assert note.read_text() == "mine"

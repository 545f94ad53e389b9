"""Answers from real workers: text, manifest, stops, slots, two models at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Chunk, Failed, Generate, Sampling
from doubleread.engine.planning.cpu_plan import share_processors
from doubleread.engine.planning.processors import processors
from doubleread.platform import usable_cores

KEYS = {
    "manifest_version",
    "model_sha256",
    "model_file",
    "model_bytes",
    "model_parts",
    "model",
    "llama_cpp_python",
    "llama_cpp",
    "system_info",
    "device",
    "offloaded_layers",
    "layers",
    "n_ctx",
    "n_cells",
    "n_batch",
    "n_ubatch",
    "n_slots",
    "n_threads",
    "n_threads_batch",
    "cores",
    "flash_attention",
    "kv_type",
    "kv_unified",
    "reuse_prefix",
    "tuning",
    "sampler",
    "template_source",
    "template_sha256",
    "adapters",
    "prompt_sha256",
    "prompt_tokens",
    "reused_prompt_tokens",
    "disk_prompt_tokens",
    "completion_tokens",
    "answer_tokens",
    "reasoning_format",
    "reasoning_budget",
    "reasoning_tokens",
    "reasoning_truncated",
    "finish_reason",
    "ended_by",
    "turn_end_tokens",
    "turn_end_strings",
    "template_content",
    "template_system_role",
    "own_reasoning_markers",
    "reasoning_known_from",
    "reasoning_unclosed",
    "reasoning_retracted",
    "control_tokens",
    "suspected_markers",
    "started_at",
    "finished_at",
    "queue_seconds",
    "prefill_seconds",
    "decode_seconds",
    "time_to_first_token_seconds",
    "time_to_first_answer_seconds",
    "slot",
}
PROMPT = "<|im_start|>user\nWhich nerve?<|im_end|>\n<|im_start|>assistant\n"


def test_an_answer_streams_and_carries_its_manifest(run, small):
    running = run(small)
    model = running.loaded().engine["model"]
    assert (model["name"], model["quantisation"], model["metadata"]["llama.context_length"]) == (
        "test llama",
        "F32",
        512,
    )
    running.ask("one", "Which nerve?", max_tokens=40, priority="interactive")
    answer = running.answer("one")
    assert len(answer.text) == 40
    assert answer.finish_reason == "length"
    assert len(running.chunks("one")) > 20
    manifest = answer.manifest
    assert set(manifest) == KEYS
    assert manifest["model_sha256"] == hashlib.sha256(small.read_bytes()).hexdigest()
    assert manifest["prompt_sha256"] == hashlib.sha256(PROMPT.encode()).hexdigest()
    assert manifest["prompt_tokens"] == len(PROMPT) - len("<|im_start|><|im_end|><|im_start|>") + 3
    assert manifest["completion_tokens"] == manifest["answer_tokens"] == 40
    assert (manifest["reasoning_format"], manifest["reasoning_budget"], manifest["reasoning_tokens"]) == (None, None, 0)
    assert manifest["sampler"]["max_tokens"] == 40
    assert manifest["device"] == "CPU"
    assert manifest["started_at"] <= manifest["finished_at"]
    assert manifest["time_to_first_token_seconds"] > 0
    assert running.engine.state == "ready"


def test_bytes_that_are_no_utf8_become_replacement_characters(run, models):
    running = run(models / "bytes.gguf")
    for seed in range(1, 6):
        running.ask(f"r{seed}", "x", temperature=2.0, top_k=0, top_p=1.0, seed=seed, max_tokens=120)
    texts = [running.answer(f"r{seed}").text for seed in range(1, 6)]
    assert any("\ufffd" in text for text in texts)
    for text in texts:
        text.encode("utf-8")


def test_the_seed_decides_where_the_temperature_is_above_zero(shared):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        shared.ask(name, "Which nerve?", temperature=1.5, seed=seed)
    a, b, c = (shared.answer(name).text for name in "abc")
    assert a == b != c


def test_a_repeat_penalty_changes_a_greedy_answer(shared):
    shared.ask("plain", "Which nerve?", max_tokens=64)
    shared.ask("penalised", "Which nerve?", max_tokens=64, repeat_penalty=1.8)
    assert shared.answer("plain").text != shared.answer("penalised").text


def test_stop_strings_end_the_answer_across_tokens_and_are_not_shown(shared):
    shared.ask("whole", "Which nerve?")
    whole = shared.answer("whole").text
    stop = whole[10:14]
    shared.ask("stopped", "Which nerve?", stop=(stop, "never in it"))
    answer = shared.answer("stopped")
    assert answer.finish_reason == "stop"
    assert answer.text == whole[: whole.index(stop)]
    shared.ask("almost", "Which nerve?", stop=(whole[10:14] + "\u00e9", whole[-2:] + "!"))
    assert shared.answer("almost").text == whole


def test_slots_give_the_same_greedy_text_as_one_at_a_time(run, small):
    """In 32-bit floats, the sums of a batch and of a single token agree well enough for the same likeliest tokens."""
    texts = [f"Case {index}: " + "pain " * (index * 3) for index in range(8)]
    together = run(small, n_slots=4, n_batch=64, kv_type="f32", flash_attention="off")
    for index, text in enumerate(texts):
        together.ask(f"r{index}", text)
    alone = run(small, n_slots=1, n_batch=64, kv_type="f32", flash_attention="off", reuse_prefix=False)
    for index, text in enumerate(texts):
        alone.ask(f"r{index}", text)
    pairs = [(together.answer(f"r{index}"), alone.answer(f"r{index}")) for index in range(8)]
    assert sum(one.text == other.text for one, other in pairs) >= 7
    assert {pair[0].manifest["slot"] for pair in pairs} == {0, 1, 2, 3}
    assert {pair[1].manifest["reused_prompt_tokens"] for pair in pairs} == {0}


def test_a_prompt_longer_than_a_batch_is_processed_in_parts_and_its_prefix_is_used_again(run, small):
    running = run(small, n_batch=32, kv_type="f32", flash_attention="off")
    case = "A long case. " * 20
    running.ask("first", case + "One?")
    running.ask("second", case + "Two?")
    running.ask("again", case + "One?")
    first, second, again = (running.answer(name) for name in ("first", "second", "again"))
    assert first.manifest["prompt_tokens"] > 250
    assert second.manifest["reused_prompt_tokens"] >= len(case)
    assert again.text == first.text != ""


def test_interactive_requests_go_before_waiting_ones(shared):
    waiting = [f"batch{index} {len(shared.events)}" for index in range(6)]
    with shared.paused():
        for request_id in waiting:
            shared.ask(request_id, f"Question {request_id}", max_tokens=60)
        shared.ask(f"now {waiting}", "Urgent", priority="interactive", max_tokens=5)
    urgent = shared.answer(f"now {waiting}")
    for request_id in waiting:
        shared.answer(request_id)
    last = next(event for event in shared.events if isinstance(event, Chunk) and event.request_id == waiting[-1])
    assert shared.events.index(urgent) < shared.events.index(last)


def test_a_prompt_longer_than_the_context_is_refused_with_the_counts(run, small):
    running = run(small, n_ctx=128)
    running.ask("long", "word " * 200)
    running.ask("short", "word")
    failed = running.end_of("long")
    assert isinstance(failed, Failed)
    assert failed.title == "Prompt too long"
    assert "1019 tokens" in failed.happened
    assert "128" in failed.happened
    answer = running.answer("short")
    assert answer.text


def test_an_answer_ends_where_the_context_ends(run, small):
    running = run(small, n_ctx=64)
    running.ask("one", "word", max_tokens=500)
    answer = running.answer("one")
    assert answer.finish_reason == "length"
    assert answer.manifest["prompt_tokens"] + answer.manifest["completion_tokens"] == 64


def test_an_id_cannot_be_used_twice_at_a_time(shared):
    with shared.paused():
        shared.ask("same", "x", max_tokens=50)
        shared.ask("same", "y", max_tokens=50)
        refused = shared.wait_for(lambda item: isinstance(item, Failed))
    assert refused.title == "Request refused"


@pytest.mark.skipif(len(usable_cores()) < 2, reason="needs two cores")
def test_two_models_answer_at_the_same_time_on_cores_of_their_own(run, models):
    shares = [share.cores for share in share_processors(processors(), 2)]
    assert not set(shares[0]) & set(shares[1])
    pair = [
        run(models / name, cores=cores, name=name, n_ctx=8192)
        for name, cores in zip(("slow.gguf", "other.gguf"), shares, strict=True)
    ]
    for running in pair:
        running.loaded()
    pair[0].ask("case", "Which nerve?", max_tokens=8000)
    pair[0].wait_for(lambda item: isinstance(item, Chunk))
    pair[1].ask("case", "Which nerve?", max_tokens=440)
    second = pair[1].answer("case")
    pair[0].engine.cancel("case")
    first = pair[0].answer("case")
    assert (first.finish_reason, second.finish_reason) == ("cancelled", "length")
    assert first.manifest["started_at"] < second.manifest["started_at"]
    assert second.manifest["finished_at"] < first.manifest["finished_at"]
    assert [tuple(item.manifest["cores"]) for item in (first, second)] == list(shares)
    for running, cores in zip(pair, shares, strict=True):
        allowed = Path(f"/proc/{running.engine.pid}/status").read_text(encoding="ascii")
        assert f"Cpus_allowed_list:\t{cores[0]}" in allowed


def test_messages_keep_their_roles(shared):
    messages = (Message("system", "Be brief."), Message("user", "Q"), Message("assistant", "A"), Message("user", "R"))
    shared.engine.generate(Generate("roles", messages, Sampling(max_tokens=4)))
    expected = "".join(f"<|im_start|>{item.role}\n{item.content}<|im_end|>\n" for item in messages)
    prompt = expected + "<|im_start|>assistant\n"
    assert shared.answer("roles").manifest["prompt_sha256"] == hashlib.sha256(prompt.encode()).hexdigest()


def test_no_heartbeat_reaches_the_program_and_chunks_come_before_the_end(run, small):
    running = run(small)
    running.ask("one", "x")
    running.answer("one")
    kinds = [type(event).__name__ for event in running.events]
    assert kinds[0] == "Loaded"
    assert kinds[-1] == "Finished"
    assert set(kinds[1:-1]) == {Chunk.__name__}

"""Giving requests up, also in the middle of a long prompt, and without harm to the others.

How soon that takes effect is measured by `python -m benchmarks cancelling`.
"""

from __future__ import annotations

import random
import time
from typing import Any

from doubleread.engine.client.protocol import Chunk, Finished

LONG = "A very long history. " * 330


def _cancel(running, request_id: str) -> dict[str, Any]:
    """Cancel and return the manifest of what there is."""
    running.engine.cancel(request_id)
    event = running.answer(request_id)
    assert event.finish_reason == "cancelled"
    return event.manifest


def test_a_cancelled_answer_ends_where_it_is(run, slow):
    running = run(slow, n_ctx=8192)
    running.loaded()
    for index in range(5):
        name = f"r{index}"
        running.ask(name, "Go on", max_tokens=8000)
        running.wait_for(lambda item, name=name: isinstance(item, Chunk) and item.request_id == name)
        assert 1 <= _cancel(running, name)["completion_tokens"] < 4000


def test_cancelling_a_long_prompt_frees_the_engine(run, slow):
    # The whole prompt is one step of several seconds, so the engine is free only if the step itself is broken off.
    running = run(slow, n_ctx=8192, n_batch=8192)
    prompt = LONG[: len(LONG) // 2]
    running.ask("whole", f"whole {prompt}", max_tokens=1)
    whole = running.answer("whole").manifest["prefill_seconds"]
    waited = []
    for name in ("one", "two", "three"):
        running.ask(name, f"{name} {prompt}")
        time.sleep(whole / 10)
        _cancel(running, name)
        running.ask(f"after {name}", "Short", max_tokens=1)
        waited.append(running.answer(f"after {name}").manifest["time_to_first_token_seconds"])
    assert min(waited) < whole / 2


def test_the_other_slots_go_on_untouched(run, slow):
    settings = {"n_ctx": 8192, "kv_type": "f32", "flash_attention": "off", "reuse_prefix": False}
    running = run(slow, n_slots=2, **settings)
    running.loaded()
    running.ask("kept", "Tell me more", max_tokens=60)
    running.wait_for(lambda item: isinstance(item, Chunk))
    running.ask("given up", LONG)
    time.sleep(0.1)
    _cancel(running, "given up")
    kept = running.answer("kept")
    running.ask("alone", "Tell me more", max_tokens=60)
    assert kept.finish_reason == "length"
    assert running.answer("alone").text == kept.text


def test_a_request_that_waits_can_be_cancelled(run, slow):
    running = run(slow)
    running.ask("before loading", "x")
    running.engine.cancel("before loading")
    assert running.answer("before loading").text == ""
    running.loaded()
    running.ask("first", "x", max_tokens=300)
    running.ask("second", "x", max_tokens=300)
    _cancel(running, "second")
    running.engine.cancel("first")
    running.engine.cancel("never heard of")
    assert running.answer("first").finish_reason == "cancelled"


def test_many_requests_given_up_at_random_each_end_once_and_leave_the_others_right(run, models):
    chance = random.Random(3)
    running = run(models / "small.gguf", n_slots=4, n_batch=64, kv_type="f32", flash_attention="off")
    running.loaded()
    names = [f"r{index}" for index in range(60)]
    given_up = set(chance.sample(names, 25))
    for name in names:
        priority = chance.choice(["interactive", "batch"])
        running.ask(name, f"Case {int(name[1:]) % 6} " + "pain " * (int(name[1:]) % 6 * 12), priority, max_tokens=40)
        if name in given_up:
            time.sleep(chance.random() * 0.03)
            running.engine.cancel(name)
    answers = {name: running.answer(name) for name in names}
    ends = [event.request_id for event in running.events if isinstance(event, Finished)]
    assert sorted(ends) == sorted(names)
    whole = {name: answer.text for name, answer in answers.items() if answer.finish_reason == "length"}
    assert len(whole) >= 35
    for remainder in range(6):
        texts = [text for name, text in whole.items() if int(name[1:]) % 6 == remainder]
        assert texts.count(max(set(texts), key=texts.count)) >= 0.8 * len(texts)
        assert all(len(text) == 40 for text in texts)

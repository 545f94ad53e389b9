"""Prompts with a common beginning, a memory that is short, and models that remember differently."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gguf_architectures
from doubleread.engine.client.protocol import Chunk, Finished
from doubleread.engine.worker.jobs import Job
from doubleread.engine.worker.slots import Slots

EXACT: dict[str, Any] = {"kv_type": "f32", "flash_attention": "off"}
"""In 32-bit floats, sums in another order agree well enough for the same likeliest tokens."""

DOCUMENT = "A 54-year-old woman has had fever and a cough for three weeks. " * 6


def _alone(run: Any, path: Path, texts: list[str], **settings: Any) -> list[str]:
    """Answers made one after the other, each from an empty memory."""
    alone = run(path, "alone", reuse_prefix=False, **EXACT, **settings)
    for index, text in enumerate(texts):
        alone.ask(f"r{index}", text, max_tokens=40)
        alone.answer(f"r{index}")
    return [alone.answer(f"r{index}").text for index in range(len(texts))]


@pytest.fixture(scope="module")
def windowed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gguf_architectures.write_windowed(tmp_path_factory.mktemp("windowed") / "windowed.gguf")


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gguf_architectures.write_recurrent(tmp_path_factory.mktemp("recurrent") / "recurrent.gguf")


@pytest.mark.parametrize("unified", [True, False])
def test_a_document_with_many_questions_is_processed_once(run, slow, unified):
    texts = [f"{DOCUMENT}Question {index} of many: what then?" for index in range(8)]
    together = run(slow, n_ctx=1024, n_slots=4, kv_unified=unified, **EXACT)
    for index, text in enumerate(texts):
        together.ask(f"r{index}", text, max_tokens=24)
    answers = [together.answer(f"r{index}") for index in range(8)]
    reused = sorted(answer.manifest["reused_prompt_tokens"] for answer in answers)
    assert reused[0] == 0
    assert reused[1] >= len(DOCUMENT)
    assert [answer.text for answer in answers] == [text[:24] for text in _alone(run, slow, texts, n_ctx=1024)]


class _Question(Job):
    interactive = False
    closed = False

    def __init__(self, tokens: list[int]) -> None:
        super().__init__()
        self.tokens = np.array(tokens, dtype=np.int32)
        self.n_tokens = self.n_prompt = len(tokens)

    def advance(self, *_: object) -> int:
        raise NotImplementedError

    def fail(self, *_: object) -> None:
        raise NotImplementedError


def test_questions_on_a_document_do_not_wait_for_each_other_to_save_a_few_tokens():
    context: Any = SimpleNamespace(shares=True, forget=lambda *_: True, can_keep=lambda *_: True)
    slots = Slots(context, 4, reuse_prefix=True, kept=None)
    document, wording = list(range(100)), list(range(200, 300))
    questions = [
        _Question([*document, 1, 2]),
        _Question([*document, 3, 4, 5]),
        _Question([*document, 3, 4, 6]),
        _Question([*document, 3, 4, *wording, 7]),
    ]
    for question in questions:
        assert slots.place(question)
    assert [slot.leader for slot in slots.taken] == [None, questions[0], questions[0], questions[0]]
    longer = Slots(context, 4, reuse_prefix=True, kept=None)
    last = _Question([*document, 3, 4, *wording, 8])
    for question in (questions[0], questions[3], last):
        assert longer.place(question)
    assert longer.taken[2].leader is questions[3]


@pytest.mark.parametrize("unified", [True, False])
def test_documents_in_alternating_order_are_processed_once_each(run, slow, unified):
    documents = [DOCUMENT, DOCUMENT.replace("woman", "child")]
    texts = [f"{documents[index % 2]}Question {index}?" for index in range(12)]
    together = run(slow, n_ctx=1024, n_slots=2, kv_unified=unified, **EXACT)
    with together.paused():
        for index, text in enumerate(texts):
            together.ask(f"r{index}", text, max_tokens=4)
    counts = [together.answer(f"r{index}").manifest for index in range(12)]
    fresh = [manifest["prompt_tokens"] - manifest["reused_prompt_tokens"] for manifest in counts]
    assert sum(count > len(DOCUMENT) // 2 for count in fresh) == 2, fresh


def test_a_memory_that_is_too_short_for_all_answers_pauses_some_and_loses_none(run, small):
    texts = [f"Case {index}: " + "pain " * (8 + index) for index in range(6)]
    together = run(small, n_slots=6, n_cells=512, **EXACT)
    for index, text in enumerate(texts):
        together.ask(f"r{index}", text, max_tokens=200)
    answers = [together.answer(f"r{index}") for index in range(6)]
    alone = run(small, "alone", reuse_prefix=False, **EXACT)
    for index, text in enumerate(texts):
        alone.ask(f"r{index}", text, max_tokens=200)
        assert alone.answer(f"r{index}").text == answers[index].text
        assert len(answers[index].text) == 200


def test_somebody_who_waits_does_not_wait_for_slots_that_batch_answers_fill(run, slow):
    running = run(slow, n_ctx=2048, n_slots=2)
    running.loaded()
    for index in range(4):
        running.ask(f"batch {index}", DOCUMENT + str(index), max_tokens=400)
    running.wait_for(lambda event: isinstance(event, Chunk))
    running.ask("me", "Which nerve?", max_tokens=5, priority="interactive")
    running.answer("me")
    ended = [event.request_id for event in running.events if isinstance(event, Finished)]
    assert ended == ["me"]


@pytest.mark.parametrize("unified", [True, False])
@pytest.mark.parametrize("kind", ["small", "windowed", "recurrent"])
def test_every_kind_of_memory_gives_the_same_answers_in_slots_and_after_other_prompts(run, kind, unified, request):
    path = request.getfixturevalue(kind)
    texts = [f"{DOCUMENT[: 60 * (index % 4)]}Question {index}?" for index in range(10)]
    together = run(path, n_ctx=512, n_slots=3, kv_unified=unified, **EXACT)
    for index, text in enumerate(texts):
        # Answers of different lengths end at different times, so that slots in the middle become free.
        together.ask(f"r{index}", text, max_tokens=8 + 8 * (index % 5))
    made = [together.answer(f"r{index}").text for index in range(10)]
    alone = _alone(run, path, texts, n_ctx=512)
    assert made == [text[: 8 + 8 * (index % 5)] for index, text in enumerate(alone)]


def test_without_a_shared_memory_somebody_who_waits_goes_before_a_batch_answer(run, slow):
    running = run(slow, n_ctx=2048, n_slots=2, kv_unified=False)
    running.loaded()
    for index in range(2):
        running.ask(f"batch {index}", DOCUMENT + str(index), max_tokens=200)
    running.wait_for(lambda event: isinstance(event, Chunk))
    running.ask("me", "Which nerve?", max_tokens=5, priority="interactive")
    assert [running.answer(name).request_id for name in ("me", "batch 0", "batch 1")]
    ended = [event.request_id for event in running.events if isinstance(event, Finished)]
    assert ended[0] == "me"


def test_a_recurrent_model_takes_nothing_over(run, recurrent):
    running = run(recurrent, n_ctx=1024, n_slots=1)
    for name in ("one", "two"):
        running.ask(name, f"{DOCUMENT}{name}", max_tokens=4)
        assert running.answer(name).manifest["reused_prompt_tokens"] == 0


@pytest.mark.parametrize("kind", ["windowed", "recurrent"])
def test_giving_up_in_the_middle_of_a_prompt_leaves_other_kinds_of_memory_sound(run, kind, request):
    path = request.getfixturevalue(kind)
    running = run(path, n_ctx=2048, n_slots=2, n_batch=64, **EXACT)
    running.loaded()
    running.ask("kept", DOCUMENT, max_tokens=24)
    for index in range(5):
        running.ask(f"given up {index}", DOCUMENT * 4 + str(index), max_tokens=24)
        running.engine.cancel(f"given up {index}")
    running.ask("after", "Which nerve?", max_tokens=24)
    texts = [running.answer("kept").text, running.answer("after").text]
    assert texts == [text[:24] for text in _alone(run, path, [DOCUMENT, "Which nerve?"], n_ctx=2048)]

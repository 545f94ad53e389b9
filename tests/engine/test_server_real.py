"""The real server of llama-cpp-python with a real model, beside the same model in a worker process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from doubleread.domain.prompts import Message
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.pool import AnswerFailed, RequestPool
from doubleread.engine.server.request import AnswerPiece, AnswerRestarted, Decoding, ServerAnswer, ServerRequest
from doubleread.engine.server.server_info import ask_server_info, check_model
from doubleread.errors import ServerError
from real_model import smollm2
from real_server import RealServer

QUESTION = "A 54-year-old woman has had fever and a cough for three weeks. What is the most likely diagnosis?"
OTHERS = ("Name three causes of chest pain.", "Mr Müller, 71, has a fièvre of 39 °C. 🫁 Which organ is ill?")
MESSAGES = (Message("user", QUESTION),)
TOKENS = 20
GREEDY = Decoding(max_tokens=TOKENS, temperature=0.0, extra={"repeat_penalty": 1.0})
"""The server's own default penalises repetition, even at temperature 0."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """The server."""
    real = RealServer(tmp_path_factory.mktemp("server") / "log.txt")
    real.start()
    yield real
    real.kill()


@pytest.fixture(scope="module")
def whole(server: RealServer) -> str:
    """The server's undisturbed answer."""
    return ask(server)[-1].text


def ask(server: RealServer, prompt: Any = MESSAGES, decoding: Decoding = GREEDY) -> list[Any]:
    return list(server.client().answer(ServerRequest("r", prompt, decoding)))


def pieces_since_restart(events: list[Any]) -> str:
    """What a screen shows in the end."""
    last = max((index for index, event in enumerate(events) if isinstance(event, AnswerRestarted)), default=-1)
    return "".join(event.text for event in events[last + 1 :] if isinstance(event, AnswerPiece))


def test_greedy_answers_are_those_of_a_worker_process(server, run):
    """The server has no flash attention. With it, sums are rounded differently, and most answers differ somewhere."""
    worker = run(smollm2(), flash_attention="off")
    for question in (QUESTION, *OTHERS):
        *pieces, answer = ask(server, (Message("user", question),))
        worker.ask(question, question, max_tokens=TOKENS)
        assert answer.text == worker.answer(question).text
        assert len(pieces) > 5
        assert pieces_since_restart(pieces) == answer.text
        assert answer.finish_reason == "length"
        assert answer.model == "smollm2"


def test_a_plain_prompt_is_continued(server):
    answer = ask(server, "Paris is the capital of France. Berlin is the capital of", GREEDY)[-1]
    assert answer.text.startswith(" Germany")


def test_a_stop_string_ends_the_answer(server, whole):
    word = whole.split()[4]
    stopping = Decoding(max_tokens=TOKENS, temperature=0.0, stop=(word,), extra=GREEDY.extra)
    answer = ask(server, decoding=stopping)[-1]
    assert (answer.text, answer.finish_reason) == (whole[: whole.index(word)], "stop")


def test_what_it_says_of_itself(server):
    info = ask_server_info(server.client())
    assert info.models == ("smollm2",)
    assert set(info.entries) == {"server_url", "requested_model"}
    check_model(server.server, info)
    with pytest.raises(ServerError, match="Model not on the server"):
        check_model(replace(server.server, model="biomed"), info)


def test_a_prompt_longer_than_the_context_is_an_error(server):
    with pytest.raises(ServerError):
        list(
            ServerClient(server.server, backoff=Backoff(attempts=1)).answer(
                ServerRequest("r", (Message("user", "word " * 2000),), GREEDY)
            )
        )


def test_an_answer_that_it_interrupts_for_another_is_begun_again(server, whole):
    """The server ends the first answer with [DONE] when the second request comes."""
    heard: list[tuple[str, Any]] = []
    told = threading.Condition()

    def on_event(request_id: str, event: Any) -> None:
        with told:
            heard.append((request_id, event))
            told.notify_all()

    def ends() -> dict[str, Any]:
        return {name: event for name, event in heard if isinstance(event, ServerAnswer | AnswerFailed)}

    short = Decoding(max_tokens=2, temperature=0.0, extra=GREEDY.extra)
    with RequestPool(server.client(), 2, on_event) as pool, told:
        pool.ask(ServerRequest("long", MESSAGES, GREEDY))
        assert told.wait_for(lambda: heard, 60)
        pool.ask(ServerRequest("short", MESSAGES, short))
        assert told.wait_for(lambda: len(ends()) == 2, 120), heard
    assert ends()["long"].text == whole
    assert ends()["long"].attempts > 1
    assert pieces_since_restart([event for name, event in heard if name == "long"]) == whole


def test_a_killed_server_costs_only_the_answer_in_flight(server, whole):
    events: list[Any] = []
    for event in server.client().answer(ServerRequest("r", MESSAGES, GREEDY)):
        events.append(event)
        if isinstance(event, AnswerPiece) and len(events) == 3:
            server.kill()
            server.start()
    assert events[-1].text == whole
    assert any(isinstance(event, AnswerRestarted) for event in events)
    assert pieces_since_restart(events) == whole

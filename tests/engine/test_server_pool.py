"""Several requests to a server in parallel."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from doubleread.domain.prompts import Message
from doubleread.domain.server import Server
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.pool import AnswerFailed, RequestPool
from doubleread.engine.server.request import AnswerCancelled, AnswerPiece, AnswerRestarted, ServerAnswer, ServerRequest
from scripted_server import Turn, says, serving, status

ENDS = (ServerAnswer, AnswerCancelled, AnswerFailed)


def request(name: str) -> ServerRequest:
    return ServerRequest(name, (Message("user", f"Question {name}"),))


class Heard:
    """What a pool has said."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self._changed = threading.Condition()

    def __call__(self, request_id: str, event: Any) -> None:
        with self._changed:
            self.events.append((request_id, event))
            self._changed.notify_all()

    def of(self, request_id: str) -> list[Any]:
        """The events of one request."""
        return [event for name, event in self.events if name == request_id]

    def wait_for_ends(self, count: int) -> dict[str, Any]:
        """Wait until so many requests have ended; how they did."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._ends()) >= count, 60), self.events
            return dict(self._ends())

    def wait_for(self, kind: type) -> None:
        """Wait for an event."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(isinstance(event, kind) for _, event in self.events), 60)

    def _ends(self) -> list[tuple[str, Any]]:
        return [item for item in self.events if isinstance(item[1], ENDS)]


def client(url: str, attempts: int = 3) -> ServerClient:
    return ServerClient(Server(url, "m"), backoff=Backoff(attempts=attempts, first=0.01, longest=0.02))


def echo(turn: Turn) -> None:
    turn.head()
    turn.text("Answer to ")
    turn.text(turn.asked.body["messages"][0]["content"])
    turn.finish()


def test_every_request_gets_its_own_answer_and_at_most_n_are_asked_at_a_time():
    lock, active, most = threading.Lock(), 0, 0

    def script(turn: Turn) -> None:
        nonlocal active, most
        with lock:
            active += 1
            most = max(most, active)
        turn.released.wait(0.05)
        with lock:
            active -= 1
        echo(turn)

    heard = Heard()
    with serving(script) as server, RequestPool(client(server.url), 3, heard) as pool:
        for index in range(20):
            pool.ask(request(f"r{index}"))
        ends = heard.wait_for_ends(20)
    assert most == 3
    assert {name: end.text for name, end in ends.items()} == {f"r{n}": f"Answer to Question r{n}" for n in range(20)}
    for name, end in ends.items():
        assert "".join(event.text for event in heard.of(name) if isinstance(event, AnswerPiece)) == end.text


def test_an_event_is_told_by_one_thread_which_may_ask_further():
    threads = set()
    with serving(echo) as server:
        heard = Heard()

        def on_event(request_id: str, event: Any) -> None:
            threads.add(threading.get_ident())
            if isinstance(event, ServerAnswer) and request_id.startswith("first"):
                pool.ask(request(request_id.replace("first", "second")))
            heard(request_id, event)

        with RequestPool(client(server.url), 4, on_event) as pool:
            for index in range(5):
                pool.ask(request(f"first{index}"))
            heard.wait_for_ends(10)
    assert len(threads) == 1


def test_failures_of_one_request_do_not_touch_the_others():
    def script(turn: Turn) -> None:
        if "bad" in turn.asked.body["messages"][0]["content"]:
            status(400, b"no")(turn)
        else:
            echo(turn)

    heard = Heard()
    with serving(script) as server, RequestPool(client(server.url), 2, heard) as pool:
        for name in ("good1", "bad", "good2"):
            pool.ask(request(name))
        ends = heard.wait_for_ends(3)
    assert isinstance(ends["bad"], AnswerFailed)
    assert "400" in ends["bad"].error.happened
    assert ends["good2"].text == "Answer to Question good2"


def test_a_bug_ends_its_request_too(monkeypatch):
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    heard = Heard()
    asked = client("http://127.0.0.1:9")
    monkeypatch.setattr(asked, "answer", broken)
    with RequestPool(asked, 1, heard) as pool:
        pool.ask(request("r"))
        assert "ZeroDivisionError" in heard.wait_for_ends(1)["r"].error.happened


def test_running_and_waiting_requests_can_be_cancelled_and_their_ids_used_again():
    silent = True

    def script(turn: Turn) -> None:
        if silent:
            turn.head()
            turn.text("Half")
            turn.wait()
        else:
            echo(turn)

    heard = Heard()
    with serving(script) as server, RequestPool(client(server.url), 1, heard) as pool:
        pool.ask(request("running"))
        pool.ask(request("waiting"))
        heard.wait_for(AnswerPiece)
        pool.cancel("waiting")
        pool.cancel("unknown")
        assert heard.wait_for_ends(1) == {"waiting": AnswerCancelled()}
        silent = False
        pool.cancel("running")
        assert heard.wait_for_ends(2)["running"] == AnswerCancelled()
        pool.ask(request("waiting"))
        heard.wait_for_ends(3)
        assert len(server.asked) == 2
    assert heard.of("running") == [AnswerPiece("Half"), AnswerCancelled()]
    assert heard.of("waiting")[-1].text == "Answer to Question waiting"


def test_nothing_is_heard_of_a_cancelled_request(monkeypatch):
    begun, ended = threading.Event(), threading.Event()

    def late(_: Any, cancellation: Any) -> Any:
        begun.set()
        cancellation.wait(30)
        yield AnswerPiece("late")
        yield AnswerCancelled()
        ended.set()

    heard = Heard()
    asked = client("http://127.0.0.1:9")
    monkeypatch.setattr(asked, "answer", late)
    with RequestPool(asked, 1, heard) as pool:
        pool.ask(request("r"))
        assert begun.wait(30)
        pool.cancel("r")
        assert ended.wait(30)
    assert heard.events == [("r", AnswerCancelled())]


def test_a_stopped_pool_has_ended_every_request():
    def script(turn: Turn) -> None:
        turn.head()
        turn.text("Half")
        turn.wait()

    heard = Heard()
    with serving(script) as server:
        pool = RequestPool(client(server.url), 2, heard)
        for index in range(6):
            pool.ask(request(f"r{index}"))
        heard.wait_for(AnswerPiece)
        pool.stop()
        assert heard.wait_for_ends(6) == {f"r{n}": AnswerCancelled() for n in range(6)}
        with pytest.raises(RuntimeError):
            pool.ask(request("more"))
        pool.stop()


def test_an_id_in_use_is_refused():
    with serving(lambda turn: turn.wait()) as server, RequestPool(client(server.url), 1, Heard()) as pool:
        pool.ask(request("r"))
        with pytest.raises(ValueError, match="already"):
            pool.ask(request("r"))


def test_a_restarted_answer_is_announced():
    def cut(turn: Turn) -> None:
        turn.head()
        turn.text("Half")

    heard = Heard()
    with serving(cut, says("Whole")) as server, RequestPool(client(server.url), 1, heard) as pool:
        pool.ask(request("r"))
        heard.wait_for_ends(1)
    half, restarted, whole, answer = heard.of("r")
    assert (half, whole) == (AnswerPiece("Half"), AnswerPiece("Whole"))
    assert isinstance(restarted, AnswerRestarted)
    assert answer.attempts == 2

"""The API key goes to the server, and nowhere else."""

from __future__ import annotations

import faulthandler
import gc
import logging
import pickle
import sys
import threading
import time
import traceback
import types
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.prompts import Message
from doubleread.domain.server import Server
from doubleread.engine.server import connection
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.pool import RequestPool
from doubleread.engine.server.request import ServerRequest
from doubleread.errors import ServerError
from scripted_server import Turn, says, serving, status

KEY = "sk-Zx81Qtopsecret"
REQUEST = ServerRequest("r", (Message("user", "What is it?"),))


def client(url: str) -> ServerClient:
    return ServerClient(Server(url, "m", "CLINIC_KEY"), backoff=Backoff(attempts=2, first=0.01))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_KEY", KEY)


def texts_of(error: BaseException) -> str:
    """All that a crash report, a log or a debugger shows of an error, with the local variables of all but the test."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown.stack[:] = [frame for frame in shown.stack if not frame.name.startswith("test_")]
    inner = [part for part in (error.__cause__, error.__context__) if part is not None]
    return "".join([*shown.format(), repr(error), str(error), repr(vars(error)), *map(texts_of, inner)])


def test_the_server_gets_the_key():
    with serving(says("A")) as server:
        list(client(server.url).answer(REQUEST))
        assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_key_is_not_logged(caplog):
    caplog.set_level(logging.DEBUG)
    with serving(status(500), says("A")) as server:
        list(client(server.url).answer(REQUEST))
    assert "sk-Zx" not in caplog.text


def test_the_key_is_not_part_of_the_client():
    asked = client("http://127.0.0.1:9")
    assert KEY not in repr(asked) + str(asked) + repr(vars(asked)) + repr(asked.server)
    assert KEY.encode() not in pickle.dumps(asked)


def refuse_and_repeat(turn: Turn) -> None:
    turn.head(401, "application/json")
    turn.raw(b'{"error": {"message": "Incorrect API key provided: %s"}}' % KEY.encode())


def fail_and_repeat(turn: Turn) -> None:
    turn.head()
    turn.event({"error": {"message": f"key {KEY} lost", "code": 500}})


def repeat_at_the_cut(turn: Turn) -> None:
    turn.head(400, "text/plain")
    turn.raw(b"x" * 355 + KEY.encode() * 3)


@pytest.mark.parametrize(
    "script",
    [
        refuse_and_repeat,
        fail_and_repeat,
        repeat_at_the_cut,
        status(302, Location=f"http://example.com/{KEY}"),
        lambda turn: None,
        lambda turn: turn.raw(b"nonsense\r\n\r\n"),
    ],
)
def test_no_error_repeats_the_key(script):
    with serving(script) as server, pytest.raises(ServerError) as caught:
        list(client(server.url).answer(REQUEST))
    assert "sk-Zx" not in texts_of(caught.value)


@pytest.mark.parametrize("failing", [ValueError("a bug"), KeyboardInterrupt()])
def test_not_even_an_error_while_the_key_is_sent_repeats_it(failing, monkeypatch):
    def request(self: Any, method: str, url: str, body: Any, headers: Any, **_: Any) -> None:
        raise failing

    monkeypatch.setattr(connection.HTTPConnection, "request", request)
    with serving(says("A")) as server, pytest.raises(type(failing)) as caught:
        list(client(server.url).answer(REQUEST))
    assert "sk-Zx" not in texts_of(caught.value)


@pytest.mark.parametrize("value", ["", "  ", f"{KEY}\nX: y", f"{KEY} {KEY}", f"{KEY}é"])
def test_a_key_that_cannot_be_sent_is_an_error_with_the_name_of_the_variable(value, monkeypatch):
    monkeypatch.setenv("CLINIC_KEY", value)
    with serving(says("A")) as server, pytest.raises(ServerError) as caught:
        list(client(server.url).answer(REQUEST))
    assert server.asked == []
    assert "CLINIC_KEY" in caught.value.happened
    assert "sk-Zx" not in texts_of(caught.value)


def test_a_dump_of_all_threads_in_the_middle_of_a_request_does_not_show_the_key(tmp_path: Path):
    """It waits for the response, while the functions that have sent the key have not returned."""
    with (
        serving(lambda turn: turn.wait()) as server,
        RequestPool(client(server.url), 1, lambda *_: None) as pool,
    ):
        pool.ask(REQUEST)
        while not server.asked:
            time.sleep(0.01)
        own = {thread.ident for thread in threading.enumerate() if thread.name.startswith("server ")}
        names = [
            f"{name} = {value!r}"
            for ident, innermost in sys._current_frames().items()
            for frame in _with_callers(innermost)
            if ident in own
            for name, value in frame.f_locals.items()
        ]
        with (tmp_path / "dump.txt").open("w") as file:
            faulthandler.dump_traceback(file)
    assert any(name.startswith("headers = {") for name in names)
    assert not any("sk-Zx" in name for name in names)
    assert "sk-Zx" not in (tmp_path / "dump.txt").read_text()


def _with_callers(frame: types.FrameType | None) -> list[types.FrameType]:
    return [] if frame is None else [frame, *_with_callers(frame.f_back)]


def test_no_key_is_left_in_memory_behind_a_request():
    """Apart from the environment, the test and the server that recorded it."""
    with serving(says("A")) as server:
        list(client(server.url).answer(REQUEST))
    gc.collect()
    holders = [item for item in gc.get_objects() if isinstance(item, dict) and _holds_key(item)]
    known = [asked.headers for asked in server.asked]
    assert [item for item in holders if item not in known and item is not globals()] == []


def _holds_key(record: dict[Any, Any]) -> bool:
    return any(type(value) in (str, bytes) and value == f"Bearer {KEY}" for value in list(record.values()))

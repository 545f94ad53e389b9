"""One request to a server that answers, fails, stalls, and lies."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from doubleread.domain.prompts import Message
from doubleread.domain.server import Server
from doubleread.engine.server.backoff import Backoff, retry_after
from doubleread.engine.server.cancellation import Cancellation
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.request import (
    AnswerCancelled,
    AnswerPiece,
    AnswerRestarted,
    Decoding,
    ServerAnswer,
    ServerRequest,
)
from doubleread.engine.server.time_limits import TimeLimits
from doubleread.errors import ServerError
from scripted_server import Turn, says, serving, status

QUESTION = (Message("system", "Be careful."), Message("user", "What is it?"))
QUICK = Backoff(attempts=3, first=0.01, longest=0.02)
CHAT = "/v1/chat/completions"


def client(url: str, **settings: Any) -> ServerClient:
    return ServerClient(Server(url, "m"), **{"backoff": QUICK, **settings})


def ask(url: str, prompt: Any = QUESTION, decoding: Decoding | None = None, **settings: Any) -> list[Any]:
    request = ServerRequest("r", prompt, decoding or Decoding())
    return list(client(url, **settings).answer(request))


def error_of(url: str, **settings: Any) -> ServerError:
    with pytest.raises(ServerError) as caught:
        ask(url, **settings)
    assert caught.value.happened
    assert caught.value.remedy
    return caught.value


def test_an_answer_comes_in_pieces_and_then_whole():
    usage = {
        "prompt_tokens": 12,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 8},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }

    def script(turn: Turn) -> None:
        turn.head()
        turn.event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}], "model": "m-7b"})
        turn.text("", reasoning_content="Fever")
        turn.text("", reasoning="?")
        turn.raw(b": ping\r\n\r\n")
        turn.text("Pneu")
        turn.text("monia é🫁")
        turn.event({"choices": [{"index": 1, "delta": {"content": "another"}}]})
        turn.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}], "system_fingerprint": "b42"})
        turn.event({"choices": [], "usage": usage})
        turn.raw(b"data: [DONE]\n\n")

    with serving(script) as server:
        *pieces, answer = ask(server.url)
    assert pieces == [
        AnswerPiece("Fever", reasoning=True),
        AnswerPiece("?", reasoning=True),
        AnswerPiece("Pneu"),
        AnswerPiece("monia é🫁"),
    ]
    assert isinstance(answer, ServerAnswer)
    assert (answer.text, answer.reasoning, answer.finish_reason) == ("Pneumonia é🫁", "Fever?", "length")
    assert (answer.prompt_tokens, answer.reused_prompt_tokens) == (12, 8)
    assert (answer.completion_tokens, answer.reasoning_tokens) == (5, 2)
    assert (answer.model, answer.system_fingerprint, answer.attempts) == ("m-7b", "b42", 1)
    assert answer.first_token_seconds is not None
    assert 0 <= answer.first_token_seconds <= answer.first_answer_seconds <= answer.seconds
    json.dumps(answer.entries())


def test_what_the_server_does_not_say_is_absent():
    with serving(says("Flu.")) as server:
        answer = ask(server.url)[-1]
    assert set(answer.entries()) == {
        "request_sha256",
        "finish_reason",
        "attempts",
        "started_at",
        "finished_at",
        "time_to_first_token_seconds",
        "time_to_first_answer_seconds",
    }


def test_the_request_holds_what_was_chosen_and_nothing_else():
    decoding = Decoding(64, 0.0, 0.9, 7, ("\n\n",), {"top_k": 1, "stream_options": None})
    with serving(says("A")) as server:
        ask(server.url)
        ask(server.url, decoding=decoding)
        plain, chosen = server.asked
    turns = [{"role": "system", "content": "Be careful."}, {"role": "user", "content": "What is it?"}]
    assert plain.path == chosen.path == CHAT
    streaming = {"stream": True, "stream_options": {"include_usage": True}}
    assert plain.body == {"model": "m", "messages": turns, **streaming}
    assert chosen.body == {
        "model": "m",
        "messages": turns,
        "stream": True,
        "max_tokens": 64,
        "temperature": 0.0,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["\n\n"],
        "top_k": 1,
    }
    assert "authorization" not in plain.headers


@pytest.mark.parametrize("extra", [{"model": "other"}, {"messages": []}, {"top_k": float("nan")}])
def test_settings_that_would_change_the_question_or_have_no_json_form_are_refused(extra):
    with pytest.raises(ValueError):
        Decoding(extra=extra)


def test_a_plain_prompt_is_continued():
    def script(turn: Turn) -> None:
        turn.head()
        turn.event({"choices": [{"index": 0, "text": " B", "finish_reason": None}]})
        turn.event({"choices": [{"index": 0, "text": ".", "finish_reason": "stop"}]})
        turn.raw(b"data: [DONE]\n\n")

    with serving(script) as server:
        answer = ask(server.url, "Answer:")[-1]
        (asked,) = server.asked
    assert asked.path == "/v1/completions"
    assert asked.body["prompt"] == "Answer:"
    assert answer.text == " B."


def test_an_answer_that_is_not_streamed_is_taken_whole():
    choice = {"message": {"content": "Flu.", "reasoning_content": "Fever."}, "finish_reason": "stop"}
    body = {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    with serving(status(200, json.dumps(body).encode())) as server:
        *pieces, answer = ask(server.url)
    assert pieces == [AnswerPiece("Fever.", reasoning=True), AnswerPiece("Flu.")]
    assert (answer.text, answer.reasoning, answer.prompt_tokens) == ("Flu.", "Fever.", 3)


def test_halves_of_a_character_are_put_together_and_single_halves_replaced():
    with serving(says("a\ud83e", "\udec1b", "c\ud83e")) as server:
        *pieces, answer = ask(server.url)
    assert answer.text == "a🫁bc\ufffd"
    assert "".join(piece.text for piece in pieces) == answer.text


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/llm/v1"])
def test_the_base_url_may_end_in_v1(path):
    with serving(says("A")) as server:
        ask(server.url + path)
        (asked,) = server.asked
    assert asked.path == ("/llm" if path.startswith("/llm") else "") + CHAT


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_statuses_that_pass_are_tried_again(code):
    with serving(status(code, b'{"error": {"message": "full"}}'), says("Flu.")) as server:
        restarted, piece, answer = ask(server.url)
        assert len(server.asked) == 2
    assert isinstance(restarted, AnswerRestarted)
    assert restarted.attempt == 2
    assert f"answered {code} (full)" in restarted.reason
    assert (piece, answer.text, answer.attempts) == (AnswerPiece("Flu."), "Flu.", 2)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 413, 422])
def test_statuses_that_do_not_pass_are_not(code):
    with serving(status(code, b'{"detail": [{"msg": "no such field"}]}')) as server:
        error = error_of(server.url)
        assert len(server.asked) == 1
    assert str(code) in error.happened
    assert "no such field" in error.happened
    assert not error.retry


def test_a_server_that_goes_on_failing_is_given_up():
    with serving(status(500)) as server:
        error = error_of(server.url)
        assert len(server.asked) == 3
    assert "(attempt 3)" in str(error)


def test_the_wait_that_a_server_asks_for_is_kept():
    with serving(status(429, Retry_After="1"), says("A")) as server:
        restarted = ask(server.url)[0]
        first, second = server.asked
    assert restarted.wait == 1.0
    assert second.moment - first.moment >= 1.0


def test_a_wait_that_is_too_long_is_not_waited_for():
    with serving(status(503, Retry_After="86400")) as server:
        assert "asks to wait 86,400 seconds" in error_of(server.url).happened
        assert len(server.asked) == 1


def test_waits_double_at_random_up_to_the_longest():
    backoff = Backoff(attempts=6, first=1.0, longest=5.0)
    fault = ServerError("t", "h", retry=True)
    assert [backoff.wait(n, fault, lambda: 0.0) for n in range(1, 7)] == [1.0, 2.0, 4.0, 5.0, 5.0, None]
    assert [backoff.wait(n, fault, lambda: 1.0) for n in range(1, 4)] == [0.5, 1.0, 2.0]
    assert backoff.wait(1, ServerError("t", "h", retry=True, retry_after=3.0), lambda: 0.0) == 3.0
    assert backoff.wait(1, ServerError("t", "h")) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header, seconds):
    assert retry_after(header, datetime(2026, 3, 1, 12, tzinfo=UTC)) == seconds


def cut(turn: Turn) -> None:
    turn.head()
    turn.text("Half an ans")
    turn.raw(b'data: {"choices": [{"del')


def cut_chunk(turn: Turn) -> None:
    turn.head(Transfer_Encoding="chunked")
    event = b'data: {"choices": [{"delta": {"content": "Half an ans"}}]}\n\n'
    turn.raw(b"%x\r\n%b\r\n40\r\ndata" % (len(event), event))


def cut_length(turn: Turn) -> None:
    turn.head(Content_Length="5000")
    turn.text("Half an ans")


def done_without_finish_reason(turn: Turn) -> None:
    turn.head()
    turn.text("Half an ans")
    turn.raw(b"data: [DONE]\n\n")


def error_in_stream(turn: Turn) -> None:
    turn.head()
    turn.text("Half an ans")
    turn.event({"error": {"message": "slot lost", "code": 500}})


def old_error_in_stream(turn: Turn) -> None:
    turn.head()
    turn.text("Half an ans")
    turn.raw(b'error: {"code": 503, "message": "slot lost"}\n\n')


CUT = [cut, cut_chunk, cut_length, done_without_finish_reason, error_in_stream, old_error_in_stream]


@pytest.mark.parametrize("script", CUT)
def test_half_an_answer_is_dropped_and_begun_again(script):
    with serving(script, says("The whole.")) as server:
        half, restarted, *pieces, answer = ask(server.url)
    assert half == AnswerPiece("Half an ans")
    assert isinstance(restarted, AnswerRestarted)
    assert pieces == [AnswerPiece("The whole.")]
    assert answer.text == "The whole."


@pytest.mark.parametrize("script", CUT)
def test_half_an_answer_is_never_the_answer(script):
    with serving(script) as server:
        events = []
        with pytest.raises(ServerError):
            events.extend(client(server.url).answer(ServerRequest("r", QUESTION)))
        assert len(server.asked) == 3
    assert not any(isinstance(event, ServerAnswer) for event in events)


@pytest.mark.parametrize("script", [error_in_stream, old_error_in_stream])
def test_an_error_in_the_stream_is_told(script):
    with serving(script) as server:
        assert "slot lost" in error_of(server.url).happened


def test_an_error_in_the_stream_that_does_not_pass_ends_the_request():
    def script(turn: Turn) -> None:
        turn.head()
        turn.event({"error": {"message": "too many tokens", "code": 400}})

    with serving(script) as server:
        assert "too many tokens" in error_of(server.url).happened
        assert len(server.asked) == 1


def test_a_stream_without_done_is_whole_once_its_finish_reason_came():
    def script(turn: Turn) -> None:
        turn.head()
        turn.text("Flu.")
        turn.event({"choices": [{"delta": {}, "finish_reason": "stop"}]})

    with serving(script) as server:
        assert ask(server.url)[-1].text == "Flu."


def test_a_stream_that_stalls_behind_its_finish_reason_is_whole():
    def script(turn: Turn) -> None:
        turn.head()
        turn.text("Flu.")
        turn.event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        turn.wait()

    with serving(script) as server:
        assert ask(server.url, limits=TimeLimits(between=1.0))[-1].text == "Flu."


def test_streams_without_an_answer_are_no_answer():
    def script(turn: Turn) -> None:
        turn.head()
        turn.event({"choices": []})
        turn.raw(b"data: [DONE]\n\n")

    with serving(script) as server:
        error_of(server.url)
    with serving(status(200, b'{"choices": []}')) as server:
        assert "no answer" in error_of(server.url).happened


@pytest.mark.parametrize(
    "line",
    [
        b"data: {nonsense}\n\n",
        b"data: [1, 2]\n\n",
        b'data: {"choices": 3}\n\n',
        b'data: {"choices": [{"delta": {"content": ["parts"]}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n',
        b"data: " + b"[" * 100_000 + b"\n\n",
    ],
)
def test_wrong_json_is_an_error(line):
    def script(turn: Turn) -> None:
        turn.head()
        turn.raw(line)
        turn.finish()

    with serving(script) as server:
        assert error_of(server.url).title == "Unexpected reply from the server"
        assert len(server.asked) == 1


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "text/plain", ""])
def test_wrong_content_types_are_an_error(kind):
    with serving(status(200, b"<html>hello</html>", kind)) as server:
        assert error_of(server.url).title == "Unexpected reply from the server"


def test_a_line_without_end_is_cut_off():
    def script(turn: Turn) -> None:
        turn.head()
        turn.raw(b"data: ")
        for _ in range(10_000):
            turn.raw(b"a" * 10_000)

    with serving(script) as server:
        assert "a line of more than" in error_of(server.url).happened


def test_an_answer_without_end_is_cut_off():
    def script(turn: Turn) -> None:
        turn.head()
        for _ in range(100):
            turn.text("a" * 100_000)

    with serving(script) as server:
        assert "characters" in error_of(server.url).happened


@pytest.mark.parametrize("code", [400, 500])
def test_a_huge_error_body_is_cut(code):
    def script(turn: Turn) -> None:
        turn.head(code, "text/plain")
        for _ in range(10_000):
            turn.raw(b"Stack trace \x1b[31m\n" * 1000)

    with serving(script) as server:
        error = error_of(server.url)
    assert len(str(error)) < 700
    assert "Stack trace" in str(error)
    assert "\x1b" not in str(error)


def test_an_error_body_that_does_not_end_is_not_waited_for():
    def script(turn: Turn) -> None:
        turn.head(400, "text/plain")
        turn.raw(b"No.")
        turn.wait()

    start = time.monotonic()
    with serving(script) as server:
        assert "No." in error_of(server.url, limits=TimeLimits(connect=1.0)).happened
    assert time.monotonic() - start < 20


def test_of_an_html_error_page_the_title_is_shown():
    page = b"<!doctype html><html><head><title>502 Bad\nGateway</title></head><body><h1>nginx</h1></body></html>"
    with serving(status(502, page, "text/html")) as server:
        assert "(502 Bad Gateway)" in error_of(server.url).happened


@pytest.mark.parametrize("where", ["http://example.com/v1?key=1", "/v1/chat/completions/", "//[broken"])
@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_redirects_are_not_followed(code, where):
    with serving(status(code, Location=where), says("A")) as server:
        error = error_of(server.url)
        assert len(server.asked) == 1
    assert error.title == "Server redirects"
    assert "key=1" not in str(error)


def silent(turn: Turn) -> None:
    turn.wait()


def silent_behind_the_head(turn: Turn) -> None:
    turn.head()
    turn.wait()


def slow_head(turn: Turn) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Long: " + b"a" * 1000:
        turn.raw(bytes([byte]))
        if turn.released.wait(0.02):
            return


def slow_line(turn: Turn) -> None:
    turn.head()
    while not turn.released.wait(0.02):
        turn.raw(b"a")


def only_pings(turn: Turn) -> None:
    turn.head()
    while not turn.released.wait(0.02):
        turn.raw(b": ping\n\n")


def only_empty_events(turn: Turn) -> None:
    turn.head()
    while not turn.released.wait(0.02):
        turn.text("")


def slow_chunk(turn: Turn) -> None:
    turn.head(Transfer_Encoding="chunked")
    while not turn.released.wait(0.02):
        turn.raw(b"0")


@pytest.mark.parametrize(
    "script", [silent, silent_behind_the_head, slow_head, slow_line, only_pings, only_empty_events, slow_chunk]
)
def test_a_server_that_does_not_begin_is_given_up(script):
    with serving(script) as server:
        error = error_of(server.url, limits=TimeLimits(first=0.3), backoff=Backoff(attempts=2, first=0.01))
        assert len(server.asked) == 2
    assert error.title == "Server too slow"
    assert "within 0.3 seconds" in error.happened


def test_a_server_that_stops_in_the_middle_is_asked_again():
    def script(turn: Turn) -> None:
        turn.head()
        turn.text("Half")
        while not turn.released.wait(0.02):
            turn.raw(b": ping\n\n")

    with serving(script, says("Whole")) as server:
        half, restarted, _, answer = ask(server.url, limits=TimeLimits(between=1.0))
    assert half.text == "Half"
    assert "no more text" in restarted.reason
    assert answer.text == "Whole"


def test_time_that_the_caller_takes_does_not_count():
    first_read, read_on = threading.Event(), threading.Event()

    def script(turn: Turn) -> None:
        turn.head()
        turn.text("a")
        first_read.wait(30)
        turn.text("b")
        read_on.wait(30)
        turn.text("c")
        turn.finish()

    with serving(script) as server:
        events = client(server.url, limits=TimeLimits(between=2.0)).answer(ServerRequest("r", QUESTION))
        seen = [next(events)]
        first_read.set()
        seen.append(next(events))
        time.sleep(2.5)
        read_on.set()
        seen += events
    assert seen[:-1] == [AnswerPiece("a"), AnswerPiece("b"), AnswerPiece("c")]
    assert seen[-1].text == "abc"


def test_a_refused_connection_is_tried_again():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{holder.getsockname()[1]}"
        error = error_of(url)
    assert error.title == "Server not reachable"
    assert "(attempt 3)" in error.happened


def test_what_is_not_http_is_an_error():
    with serving(lambda turn: turn.raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")) as server:
        assert error_of(server.url).title == "Unexpected reply from the server"


def test_tls_to_a_server_without_it_is_an_error():
    with serving(says("A")) as server:
        error = error_of(server.url.replace("http:", "https:"))
    assert error.title == "No secure connection"


@pytest.mark.parametrize("script", [silent, silent_behind_the_head, only_pings, cut, status(429, Retry_After="100")])
def test_a_cancelled_request_ends_at_once(script):
    cancellation = Cancellation()
    ended: list[Any] = []

    def run(url: str) -> None:
        backoff = Backoff(first=60.0, longest=60.0)
        ended.extend(client(url, backoff=backoff).answer(ServerRequest("r", QUESTION), cancellation))
        ended.append(time.monotonic())

    with serving(script) as server:
        thread = threading.Thread(target=run, args=(server.url,))
        thread.start()
        while not server.asked:
            time.sleep(0.01)
        time.sleep(0.2)
        cancelled = time.monotonic()
        cancellation.cancel()
        thread.join(10)
        assert not thread.is_alive()
    assert isinstance(ended[-2], AnswerCancelled)
    assert ended[-1] - cancelled < 5


@pytest.fixture
def deaf() -> Iterator[str]:
    """The URL of a listener whose queue is full, so that it does not accept connections."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse a connection when the queue is full")
def test_a_request_can_be_cancelled_while_it_connects(deaf):
    cancellation = Cancellation()
    threading.Timer(0.3, cancellation.cancel).start()
    events = client(deaf, limits=TimeLimits(connect=60.0)).answer(ServerRequest("r", QUESTION), cancellation)
    start = time.monotonic()
    assert list(events) == [AnswerCancelled()]
    assert time.monotonic() - start < 10


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse a connection when the queue is full")
def test_a_server_that_does_not_accept_a_connection_is_given_up(deaf):
    assert "did not accept a connection within 0.2" in error_of(deaf, limits=TimeLimits(connect=0.2)).happened


def test_a_request_that_was_cancelled_before_does_not_even_connect(monkeypatch):
    def getaddrinfo(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    cancellation = Cancellation()
    cancellation.cancel()
    events = client("http://127.0.0.1:9").answer(ServerRequest("r", QUESTION), cancellation)
    assert list(events) == [AnswerCancelled()]


def test_an_answer_that_nobody_reads_on_is_closed():
    def script(turn: Turn) -> None:
        turn.head()
        while not turn.released.wait(0.01):
            turn.text("more ")

    with serving(script) as server:
        events = client(server.url).answer(ServerRequest("r", QUESTION))
        next(events)
        events.close()

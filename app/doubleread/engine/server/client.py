"""Ask one model of an OpenAI-compatible server."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from doubleread.domain.formatting import whole
from doubleread.domain.hashes import json_sha256
from doubleread.domain.server import Server
from doubleread.engine.server.backoff import Backoff, retry_after
from doubleread.engine.server.cancellation import Cancellation
from doubleread.engine.server.event_stream import LONGEST_EVENT, EventTooLongError, events
from doubleread.engine.server.faults import (
    RequestCancelledError,
    in_stream,
    message_in,
    not_compatible,
    status_fault,
)
from doubleread.engine.server.long_cases import DocumentCutter
from doubleread.engine.server.reply import LONGEST_ANSWER, Reply
from doubleread.engine.server.request import (
    AnswerCancelled,
    AnswerPiece,
    AnswerRestarted,
    ServerAnswer,
    ServerEvent,
    ServerRequest,
)
from doubleread.engine.server.time_limits import TimeLimits
from doubleread.errors import ServerError

if TYPE_CHECKING:
    from doubleread.engine.server.connection import Exchange

_ERROR_BODY = 16 * 1024
_SHOWN = 400
_OK = 200


class ServerClient:
    """Asks one model of one server. It keeps no connection and no API key, and can be used from several threads."""

    def __init__(self, server: Server, limits: TimeLimits | None = None, backoff: Backoff | None = None) -> None:
        """Nothing is sent yet."""
        self.server = server
        self.address = server.address
        self._limits = limits or TimeLimits()
        self._backoff = backoff or Backoff()

    def __repr__(self) -> str:
        return f"ServerClient({str(self.address)!r}, {self.server.model!r})"

    def answer(self, request: ServerRequest, cancellation: Cancellation | None = None) -> Iterator[ServerEvent]:
        """Yield an answer's pieces, then the complete answer as ServerAnswer, or AnswerCancelled.

        After AnswerRestarted the answer begins again. Raises ServerError where trying again does not help.
        """
        cancellation = cancellation or Cancellation()
        documents: Mapping[str, Any] = {}
        for attempt in count(1):
            if cancellation.given:
                break
            try:
                if request.long_case is not None:
                    cutter = DocumentCutter(partial(self._tokenized, cancellation=cancellation))
                    messages, documents = cutter.cut(request.long_case)
                    request = replace(request, prompt=messages, long_case=None)
                yield from self._attempt(request, cancellation, attempt, documents)
                return
            except RequestCancelledError:
                break
            except ServerError as failed:
                error = self._shown(failed)
            wait = self._backoff.wait(attempt, error)
            if wait is None:
                raise self._given_up(error, attempt)
            yield AnswerRestarted(attempt + 1, wait, str(error))
            cancellation.wait(wait)
        yield AnswerCancelled()

    def get(self, path: str, cancellation: Cancellation, *, optional: bool = False) -> Any:
        """Return the JSON of a page, or None where the server has no such page or it is not JSON.

        Raises ServerError where the server is not reachable or refuses access, and RequestCancelledError; an optional
        page is None then.
        """
        for attempt in count(1):
            try:
                return self._page(path, cancellation)
            except ServerError as failed:
                error = self._shown(failed)
            if optional:
                return None
            wait = self._backoff.wait(attempt, error)
            if wait is None:
                raise self._given_up(error, attempt)
            cancellation.wait(wait)
        raise AssertionError("unreachable")

    def _exchange(self, cancellation: Cancellation, limits: TimeLimits) -> Exchange:
        # urllib3 takes a while to import, and not every command asks a server.
        from doubleread.engine.server.connection import Exchange

        return Exchange(self.address, limits, cancellation, allow_remote=self.server.allow_remote)

    def _tokenized(self, text: Mapping[str, Any], cancellation: Cancellation) -> Any:
        """Return what the server's tokenizer makes of a text, or None."""
        try:
            return self._page("/tokenize", cancellation, {"model": self.server.model, **text})
        except ServerError:
            return None

    def _attempt(
        self, request: ServerRequest, cancellation: Cancellation, attempt: int, documents: Mapping[str, Any]
    ) -> Iterator[ServerEvent]:
        body = request.body(self.server.model)
        reply = Reply(str(self.address))
        started_at, start = datetime.now(UTC), time.monotonic()
        first: dict[bool, float] = {}
        with self._exchange(cancellation, self._limits) as exchange:
            response = exchange.send("POST", request.path, self._headers(), json.dumps(body).encode())
            if response.status != _OK:
                raise self._status_fault(response.status, exchange, response.headers.get("retry-after"))
            for piece in self._pieces(exchange, response.headers.get("content-type", ""), reply):
                first.setdefault(piece.reasoning, time.monotonic() - start)
                yield piece
        if reply.finish_reason is None:
            # A llama-cpp-python server that interrupts an answer for the next request even says [DONE].
            happened = f"{self.address} ended the answer without a finish reason, so it may be incomplete"
            remedy = "if the server handles one request at a time, use run --slots 1; otherwise, see its log"
            raise ServerError("Incomplete answer", happened, remedy, retry=True)
        yield ServerAnswer(
            text=reply.text,
            reasoning=reply.reasoning,
            finish_reason=reply.finish_reason,
            request_sha256=json_sha256(body),
            started_at=started_at,
            seconds=time.monotonic() - start,
            attempts=attempt,
            first_token_seconds=min(first.values(), default=None),
            first_answer_seconds=first.get(False),
            documents=documents,
            **reply.facts,
        )

    def _pieces(self, exchange: Exchange, content_type: str, reply: Reply) -> Iterator[AnswerPiece]:
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            yield from self._streamed(exchange, reply)
        elif kind == "application/json":
            yield from reply.take(self._whole(exchange, 8 * LONGEST_ANSWER))
            if reply.finish_reason is None:
                raise not_compatible(str(self.address), "sent no answer")
        else:
            raise not_compatible(str(self.address), f"answered with {kind or 'no content type'}")
        yield from reply.rest()

    def _streamed(self, exchange: Exchange, reply: Reply) -> Iterator[AnswerPiece]:
        """Yield pieces until the stream says that it is done, or breaks off behind the finish reason."""
        try:
            for event in events(exchange.read()):
                if event.is_error:
                    raise in_stream(str(self.address), _json_or_text(event.data))
                if event.data.strip() == b"[DONE]":
                    return
                for piece in reply.take(event.data):
                    exchange.piece_came()
                    yield piece
        except EventTooLongError:
            raise not_compatible(str(self.address), f"sent a line of more than {LONGEST_EVENT} bytes") from None
        except ServerError as error:
            # The answer is complete once its finish reason has come; what follows are only counts of tokens.
            if reply.finish_reason is None or not error.retry:
                raise

    def _page(self, path: str, cancellation: Cancellation, body: Mapping[str, Any] | None = None) -> Any:
        seconds = self._limits.connect
        sent = () if body is None else (json.dumps(body).encode(),)
        with self._exchange(cancellation, TimeLimits(seconds, seconds, seconds)) as exchange:
            response = exchange.send("GET" if body is None else "POST", path, self._headers(), *sent)
            if response.status in (404, 405, 501):
                return None
            if response.status != _OK:
                raise self._status_fault(response.status, exchange, response.headers.get("retry-after"))
            page = self._whole(exchange, LONGEST_ANSWER)
        try:
            return json.loads(page)
        except (ValueError, RecursionError):
            return None

    def _whole(self, exchange: Exchange, most: int) -> bytes:
        body = bytearray()
        for piece in exchange.read():
            body += piece
            if len(body) > most:
                raise not_compatible(str(self.address), f"sent more than {most} bytes")
        return bytes(body)

    def _status_fault(self, status: int, exchange: Exchange, asked: str | None) -> ServerError:
        message = message_in(exchange.error_body(_ERROR_BODY))
        return status_fault(str(self.address), status, message, retry_after(asked))

    def _shown(self, error: ServerError) -> ServerError:
        """Return an error as it may be shown: cut, and without the API key, which servers repeat if it is wrong."""
        happened = error.happened
        if key := self._key_if_set():
            happened = happened.replace(key, repr(key))
        if len(happened) > _SHOWN:
            happened = happened[:_SHOWN] + "…"
        return _retold(error, happened)

    def _given_up(self, error: ServerError, attempts: int) -> ServerError:
        tried = f" (attempt {attempts})" if attempts > 1 else ""
        if self._backoff.is_too_long(error):
            tried += f", and asks to wait {whole(error.retry_after or 0.0)} seconds"
        return _retold(error, error.happened + tried)

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "doubleread",
        }
        if self.server.key_variable:
            headers["Authorization"] = _Secret(f"Bearer {self._key()}")
        return headers

    def _key(self) -> str:
        name, key = self.server.key_variable, self._key_if_set()
        if not key:
            happened = f"the environment variable {name} is not set"
            raise ServerError("API key missing", happened, "set it to the API key", any_request=True)
        if not (key.isascii() and key.isprintable()) or " " in key:
            happened = f"the environment variable {name} contains more than one word"
            raise ServerError("API key not usable", happened, "set it to the API key", any_request=True)
        return key

    def _key_if_set(self) -> str:
        return _Secret(os.environ.get(self.server.key_variable or "", "").strip())


def _retold(error: ServerError, happened: str) -> ServerError:
    return error.retold(error.title, happened, error.remedy)


class _Secret(str):
    """A text that tracebacks with local variables, logs and debuggers do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[API key]"


def _json_or_text(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data.decode("utf-8", "replace")

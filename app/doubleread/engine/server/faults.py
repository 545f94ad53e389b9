"""Say what went wrong with a server, and whether trying again can help."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

from doubleread.domain.display import display_line
from doubleread.errors import ServerError

RETRIED = frozenset({429, 500, 502, 503, 504})
"""Statuses after which the same request can succeed."""

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


class RequestCancelledError(Exception):
    """A request was cancelled while its answer was awaited."""


def status_fault(url: str, status: int, message: str, retry_after: float | None = None) -> ServerError:
    """Return the fault for an HTTP status other than 200. `message` is what the server says."""
    happened = f"{url} answered {status}" + (f" ({message})" if message else "")
    if status in RETRIED:
        title = "Server busy" if status in (429, 503) else "Server failed"
        remedy = "wait, or ask it for fewer answers in parallel" if status == 429 else "check the server's log"
        busy = title == "Server busy"
        return ServerError(title, happened, remedy, retry=True, retry_after=retry_after, any_request=busy)
    if status in (401, 403):
        remedy = "check the API key in the environment variable"
        return ServerError("Server refused access", happened, remedy, any_request=True)
    if status == 404:
        remedy = "check the server's address and the model id"
        return ServerError("Not found on the server", happened, remedy, any_request=True)
    if status in (400, 413, 422):
        return ServerError(
            "Server refused the request", happened, "check the model id, the decoding settings and the context length"
        )
    return ServerError("Server refused the request", happened, "check that it is an OpenAI-compatible server")


def not_compatible(url: str, what: str) -> ServerError:
    """Return the fault for an answer that no OpenAI-compatible server gives."""
    return ServerError(
        "Unexpected reply from the server", f"{url} {what}", "check that it is an OpenAI-compatible server"
    )


def message_in(body: bytes) -> str:
    """Return what an error body says, in one line that is safe to show: its message, its title, or all of it."""
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        title = _TITLE.search(text)
        text = title[1] if title else "an HTML page"
    else:
        with contextlib.suppress(ValueError, RecursionError):
            text = _message(json.loads(text))
    return display_line(" ".join(text.split()))


def _message(record: Any) -> str:
    """Return the message of an error object: OpenAI's, FastAPI's, Ollama's."""
    for name in ("error", "message", "detail"):
        if isinstance(record, dict) and name in record:
            return _message(record[name])
    return record if isinstance(record, str) else json.dumps(record)


def in_stream(url: str, error: Any) -> ServerError:
    """Return the fault for an error object that came instead of the next piece of an answer."""
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return status_fault(url, status, message_in(json.dumps(error).encode()))

"""A server on this computer that does what it is told, down to the byte."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 30.0


@dataclass
class Asked:
    """One request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    moment: float = field(default_factory=time.monotonic)


class Turn:
    """What a script answers one request with."""

    def __init__(self, asked: Asked, handler: BaseHTTPRequestHandler, released: threading.Event) -> None:
        self.asked = asked
        self._handler = handler
        self.released = released

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Send a status line and headers; what follows ends with the connection."""
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.raw("\r\n".join([*lines, "", ""]).encode())

    def event(self, record: Any) -> None:
        """Send one event of a stream."""
        self.raw(b"data: " + json.dumps(record).encode() + b"\n\n")

    def text(self, text: str, **delta: str) -> None:
        """Send a piece of a chat answer."""
        self.event({"choices": [{"index": 0, "delta": {"content": text, **delta}, "finish_reason": None}]})

    def finish(self, reason: str = "stop", **more: Any) -> None:
        """Send what ends a chat answer, up to the end of the stream."""
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}], **more})
        self.raw(b"data: [DONE]\n\n")

    def wait(self) -> None:
        """Stay silent until the test ends."""
        self.released.wait(PATIENCE)


Script = Callable[[Turn], None]


class ScriptedServer:
    """`scripts` answer the requests in their order; the last answers all further ones.

    With `pages`, they answer only what is posted. A page is JSON, or a status; all others are not found.
    """

    def __init__(
        self, *scripts: Script, tls: ssl.SSLContext | None = None, pages: Mapping[str, Any] | None = None, port: int = 0
    ) -> None:
        self.asked: list[Asked] = []
        self.pages = pages
        self._scripts = scripts
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._http.daemon_threads = False
        self._scheme = "https" if tls else "http"
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        """End it, and whatever it waits for."""
        self._released.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._http.server_port

    def _script(self, asked: Asked) -> Script:
        if self.pages is not None and asked.method == "GET":
            page = self.pages.get(asked.path.partition("?")[0], 404)
            return status(page) if isinstance(page, int) else status(200, json.dumps(page).encode())
        with self._lock:
            self.asked.append(asked)
            return self._scripts[min(len(self.asked), len(self._scripts)) - 1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, body)
                self.close_connection = True
                with contextlib.suppress(OSError):  # the client may have gone
                    server._script(asked)(Turn(asked, self, server._released))

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def says(*texts: str, reason: str = "stop", **more: Any) -> Script:
    """Stream an answer."""

    def script(turn: Turn) -> None:
        turn.head()
        for text in texts:
            turn.text(text)
        turn.finish(reason, **more)

    return script


def status(code: int, body: bytes = b"", kind: str = "application/json", **headers: str) -> Script:
    """Answer with a status."""

    def script(turn: Turn) -> None:
        turn.head(code, kind, **headers)
        turn.raw(body)

    return script


@contextmanager
def serving(
    *scripts: Script, tls: ssl.SSLContext | None = None, pages: Mapping[str, Any] | None = None, port: int = 0
) -> Iterator[ScriptedServer]:
    """Run a scripted server."""
    server = ScriptedServer(*scripts, tls=tls, pages=pages, port=port)
    try:
        yield server
    finally:
        server.close()

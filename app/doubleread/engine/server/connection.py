"""One HTTP request on a connection of its own, with time limits, which any thread can cancel.

No proxy is used, whatever the environment says, and no redirect is followed: a request goes to its address or nowhere.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, Self, TypeVar
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from doubleread.domain.display import display_line
from doubleread.domain.formatting import short
from doubleread.domain.server import ServerAddress
from doubleread.engine.server.address import resolve
from doubleread.engine.server.cancellation import Cancellation
from doubleread.engine.server.faults import RequestCancelledError, not_compatible
from doubleread.engine.server.time_limits import TimeLimits
from doubleread.errors import ServerError

_PIECE = 64 * 1024
_PATIENCE = 5.0
_TICK = 0.05

Phase = Literal["connect", "first", "between"]
T = TypeVar("T")


class Exchange:
    """A request and its response.

    Only time that is spent on the network counts against the limits, not what the caller does between two pieces.
    """

    def __init__(
        self, address: ServerAddress, limits: TimeLimits, cancellation: Cancellation, *, allow_remote: bool
    ) -> None:
        self._address = address
        self._limits = limits
        self._cancellation = cancellation
        self._allow_remote = allow_remote
        self._watch = _Watch()
        self._phase: Phase = "connect"
        self._left = limits.connect
        self._connection: HTTPConnection | None = None
        self._response: BaseHTTPResponse | None = None
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._open.callback(self._close)
        self._open.enter_context(self._cancellation.calling(lambda: self._watch.end("cancelled")))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> BaseHTTPResponse:
        """Send the request and return the response's head. Raises ServerError and RequestCancelledError."""
        self._connection = self._guarded(self._connected)
        self._begin("first")
        self._response = self._guarded(lambda: self._asked(method, path, headers, body))
        if self._response.headers.get("location") and 300 <= self._response.status < 400:
            raise self._redirected(self._response.headers["location"])
        return self._response

    def read(self) -> Iterator[bytes]:
        """Yield the response's body as it arrives. Raises ServerError and RequestCancelledError."""
        while piece := self._guarded(self._read):
            yield piece

    def piece_came(self) -> None:
        """Say that a piece of the answer has come: the time until the next one begins."""
        self._begin("between")

    def error_body(self, most: int) -> bytes:
        """Return the first bytes of the body, or as many as come soon. Raises RequestCancelledError."""
        self._begin("connect")
        body = b""
        with contextlib.suppress(ServerError):
            for piece in self.read():
                body += piece
                if len(body) >= most:
                    break
        return body[:most]

    def _begin(self, phase: Phase) -> None:
        self._phase, self._left = phase, getattr(self._limits, phase)

    def _connected(self) -> HTTPConnection:
        sock = self._connected_socket()
        if self._address.scheme == "https":
            context = ssl.create_default_context()
            sock = context.wrap_socket(sock, server_hostname=self._address.host, do_handshake_on_connect=False)
            self._open.callback(sock.close)
            self._watch.attach(sock)
            sock.do_handshake()
        # The watch keeps the limits; this is for a system on which a shutdown does not wake a blocked read.
        timeout = max(self._limits.first, self._limits.between) + _PATIENCE
        connection = HTTPConnection(self._address.host, self._address.port, timeout=timeout)
        connection.sock = sock
        return connection

    def _connected_socket(self) -> socket.socket:
        """Connect to the addresses that were checked, one after the other, and to no other."""
        fault = OSError("no address")
        for ip in resolve(self._address, allow_remote=self._allow_remote):
            sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
            self._open.callback(sock.close)
            self._watch.attach(sock)
            try:
                self._connect(sock, ip)
            except OSError as error:
                fault = error
            else:
                return sock
            if self._watch.ended:
                break
        raise fault

    def _connect(self, sock: socket.socket, ip: str) -> None:
        """Connect in small steps, since not every system lets another thread interrupt a blocking connect."""
        sock.setblocking(False)
        code = sock.connect_ex((ip, self._address.port))
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
            raise OSError(code, "not connected")
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            while not selector.select(_TICK):
                if self._watch.ended:
                    raise TimeoutError
        if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, "not connected")
        sock.settimeout(self._limits.connect + _PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _asked(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> BaseHTTPResponse:
        assert self._connection is not None
        self._connection.request(method, self._address.path + path, body, headers, preload_content=False)
        return self._connection.getresponse()

    def _read(self) -> bytes:
        assert self._response is not None
        return self._response.read1(_PIECE)

    def _guarded(self, action: Callable[[], T]) -> T:
        """Run what uses the network. Its own errors end here, with all that their frames hold, such as the API key."""
        fault: ServerError | None = None
        begun = time.monotonic()
        self._watch.limit(self._phase, self._left)
        try:
            done = action()
        except (HTTPError, http.client.HTTPException, OSError) as caught:
            fault = self._fault(caught)
        finally:
            self._watch.limit(self._phase, None)
            self._left -= time.monotonic() - begun
        if self._watch.ended:
            raise self._ended(self._watch.ended)
        if fault is not None:
            raise fault
        return done

    def _ended(self, why: Phase | Literal["cancelled"]) -> Exception:
        if why == "cancelled":
            return RequestCancelledError()
        happened = {
            "connect": "did not accept a connection within {} seconds",
            "first": "sent no text within {} seconds",
            "between": "sent no more text for {} seconds",
        }[why].format(short(getattr(self._limits, why)))
        remedy = "check the server's log, or raise the time limit"
        any_request = why == "connect"
        return ServerError(
            "Server too slow", f"{self._address} {happened}", remedy, retry=True, any_request=any_request
        )

    def _fault(self, error: Exception) -> ServerError:
        where = str(self._address)
        if isinstance(error, socket.gaierror):
            again = error.errno == socket.EAI_AGAIN
            happened = f"no address was found for the host name in {where}"
            return _no_connection("Server not found", happened, "check the server's address", retry=again)
        if isinstance(error, ssl.SSLCertVerificationError):
            happened = f"the certificate of {where} is not trusted"
            return _no_connection("No secure connection", happened, "check the server's address and its certificate")
        if self._connection is None and isinstance(error, ssl.SSLError):
            happened = f"{where} does not speak TLS"
            return _no_connection("No secure connection", happened, "check whether its address begins with http://")
        if self._connection is None:
            happened, remedy = f"{where} does not accept connections", "start the server, or correct its address"
            return _no_connection("Server not reachable", happened, remedy, retry=True)
        if isinstance(error, http.client.HTTPException) and not isinstance(error, ConnectionError):
            return not_compatible(where, "does not speak HTTP")
        happened = f"{where} closed the connection before the answer was complete"
        return ServerError("Connection lost", happened, "check the server's log", retry=True)

    def _redirected(self, location: str) -> ServerError:
        try:
            target = urlsplit(location).hostname or "itself"
        except ValueError:
            target = "an address that is not a URL"
        happened = f"{self._address} redirects to {display_line(target)[:100]}, and redirects are not followed"
        return _no_connection("Server redirects", happened, "set the address that it redirects to")

    def _close(self) -> None:
        self._watch.close()
        for part in (self._response, self._connection):
            if part is not None:
                with contextlib.suppress(HTTPError, OSError, ValueError):
                    part.close()


def _no_connection(title: str, happened: str, remedy: str, *, retry: bool = False) -> ServerError:
    return ServerError(title, happened, remedy, retry=retry, any_request=True)


class _Watch:
    """Shuts a socket down when its time is up or its request is cancelled: what blocks on it then returns at once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._socket: socket.socket | None = None
        self._phase: Phase = "connect"
        self._deadline: float | None = None
        self._closed = False
        self.ended: Phase | Literal["cancelled"] | None = None
        threading.Thread(target=self._run, name="server time limit", daemon=True).start()

    def attach(self, sock: socket.socket) -> None:
        """Watch this socket from now on."""
        with self._changed:
            self._socket = sock
            if self.ended:
                self._shut_down()

    def limit(self, phase: Phase, seconds: float | None) -> None:
        """Allow so many seconds from now, or any number."""
        with self._changed:
            self._phase, self._deadline = phase, None if seconds is None else time.monotonic() + seconds
            self._changed.notify()

    def end(self, why: Phase | Literal["cancelled"]) -> None:
        """Shut the socket down."""
        with self._changed:
            if self.ended is None and not self._closed:
                self.ended = why
                self._shut_down()
            self._changed.notify()

    def close(self) -> None:
        """End the watch. The socket is its owner's to close."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own method, which takes the TLS state away from a thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _run(self) -> None:
        with self._changed:
            while not self._closed and self.ended is None:
                left = None if self._deadline is None else self._deadline - time.monotonic()
                if left is not None and left <= 0:
                    self.ended = self._phase
                    self._shut_down()
                else:
                    self._changed.wait(left)

"""Runs the server until it is told to stop, and ends every session in good order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass

from doubleread.errors import DoublereadError, WrongSettingsError
from doubleread.serve.door import Door, is_loopback, names_of
from doubleread.serve.links import Links
from doubleread.serve.sessions import Sessions, Tell


@dataclass(frozen=True, slots=True)
class Serving:
    """How links are served. `port` 0 takes a free one. `public_url` is where a proxy shows the server to readers. Every
    `looks_seconds`, sessions are ended that nobody has used for `idle_seconds`.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    max_sessions: int = 20
    idle_seconds: float = 3600.0
    looks_seconds: float = 15.0


def check_serving(serving: Serving, *, trust_network: bool) -> None:
    """Raise WrongSettingsError for a server that others in the network could reach, unless that is meant, and for one
    that cannot work.
    """
    if not is_loopback(serving.host) and not trust_network:
        raise WrongSettingsError(
            "Not served",
            f"others on the network can connect to {serving.host} and read what is sent, because it is not encrypted",
            "use SSH or a proxy with TLS, or add --trust-network",
        )
    if serving.public_url and not _is_address(serving.public_url):
        happened = f"{serving.public_url} is not an address such as https://read.example.org"
        raise WrongSettingsError("Not served", happened, "correct --public-url; it takes no path")


def _is_address(url: str) -> bool:
    """Return whether a URL has a scheme of the web, a host, perhaps a port, and nothing else."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    named = f"{parts.hostname}:{port}" if port is not None else parts.hostname
    bare = parts.netloc.lower().translate({ord("["): None, ord("]"): None}) == named
    return parts.scheme in ("http", "https") and bare and not (parts.path.strip("/") or parts.query or parts.fragment)


async def serve(
    links: Links, serving: Serving, *, ready: Callable[[str], None], tell: Tell, stop: asyncio.Event | None = None
) -> None:
    """Serve links until `stop`, or without it until SIGINT or SIGTERM. `ready` gets the address of the server, without
    a slash at the end.

    Raises DoublereadError if it cannot listen.
    """
    from aiohttp import web

    from doubleread.serve.web import make_web

    stop = stop or _stopped_by_signals()
    door = Door(
        links,
        names_of(serving.host),
        addresses=not is_loopback(serving.host),
        public_url=serving.public_url.rstrip("/"),
    )
    sessions = Sessions(serving.max_sessions, serving.idle_seconds, tell)
    runner = web.AppRunner(make_web(door, sessions, tell), access_log=None, shutdown_timeout=1.0, logger=_told_to(tell))
    await runner.setup()
    try:
        site = web.TCPSite(runner, serving.host, serving.port, backlog=128)
        try:
            await site.start()
        except OSError as error:
            raise DoublereadError(
                "Not served", f"port {serving.port} of {serving.host}: {error.strerror}", "choose another --port"
            ) from error
        port = runner.addresses[0][1]
        host = f"[{serving.host}]" if ":" in serving.host else serving.host
        url = f"http://{host}:{port}"
        if serving.public_url:
            tell(f"listening at {url}")
        ready(serving.public_url.rstrip("/") or url)
        await _until(stop, sessions, serving.looks_seconds)
    finally:
        await sessions.end_all()
        await runner.cleanup()


class _InOneLine(logging.Handler):
    """Says what went wrong in the web server without the words of the request, which may have a token in them."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(logging.ERROR)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        self._tell(f"{record.getMessage()}: {kind.__name__}" if kind is not None else record.getMessage())


def _told_to(tell: Tell) -> logging.Logger:
    logger = logging.Logger("doubleread.serve")
    logger.addHandler(_InOneLine(tell))
    return logger


def _stopped_by_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there, Ctrl+C cancels what runs, and sessions are ended as well.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _until(stop: asyncio.Event, sessions: Sessions, looks_seconds: float) -> None:
    """Wait until the server shall stop, and end idle sessions meanwhile."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), looks_seconds)
        await sessions.end_idle()

"""Who may connect to the server: by the names of this server, the page that asks, and tokens."""

from __future__ import annotations

import hmac
import ipaddress
import socket
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

from doubleread.serve.links import Link, Links

_WRONG_TOKENS, _WRONG_SECONDS = 20, 60.0
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Door:
    """Decides which requests come in: by the names of this server, the page that asks, and tokens.

    `names` are the names under which it is reached. With `addresses`, any IP address is one, too: a page of somebody
    else's can get any name to lead here, but no address.
    """

    def __init__(
        self,
        links: Links,
        names: frozenset[str],
        *,
        addresses: bool = False,
        public_url: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        public = urlsplit(public_url)
        self._links = links
        self._names = names | ({public.hostname} if public.hostname else set())
        self._addresses = addresses
        self._public_origin = origin_of(public_url) if public_url else ""
        self._clock = clock
        self._wrong: deque[float] = deque(maxlen=_WRONG_TOKENS)
        self.secure = public.scheme == "https"

    def knows_host(self, host: str) -> bool:
        """Return whether a Host header names this server."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (self._addresses and _is_address(name))

    def is_own_page(self, origin: str | None, host: str) -> bool:
        """Return whether a request comes from one of our own pages, by its Origin and Host headers."""
        if not origin:
            return False
        if origin == self._public_origin:
            return True
        return self.knows_host(host) and origin.partition("://")[2] == host

    def link_of(self, token: str) -> Link | None:
        """Return the link of a token, or None for a wrong one."""
        return self._links.by_token(token)

    def passes(self, id: str, cookie: str) -> Link | None:
        """Return the link at an address, if the cookie is the one that its token was exchanged for."""
        link = self._links.by_id(id)
        known = link is not None and hmac.compare_digest(link.pass_value.encode(), cookie.encode("utf-8", "replace"))
        return link if known else None

    def too_many_wrong(self) -> bool:
        """Count a wrong token. Return whether there were too many of them in the last minute."""
        now = self._clock()
        many = len(self._wrong) == self._wrong.maxlen and now - self._wrong[0] < _WRONG_SECONDS
        self._wrong.append(now)
        return many


def origin_of(url: str) -> str:
    """Return the Origin that browsers send for pages of a URL. Raises ValueError for an impossible port."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{name}" if parts.port in (None, usual) else f"{parts.scheme}://{name}:{parts.port}"


def names_of(host: str) -> frozenset[str]:
    """Return the names of a server that listens at `host`."""
    if host in _LOOPBACK_NAMES or _is_loopback(host):
        return _LOOPBACK_NAMES | {host}
    return _LOOPBACK_NAMES | {host, socket.gethostname().lower(), socket.getfqdn().lower()}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def is_loopback(host: str) -> bool:
    """Return whether only this computer reaches a server that listens at `host`."""
    return host == "localhost" or _is_loopback(host)

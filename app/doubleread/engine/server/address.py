"""The address of a server, and whether it is on this computer."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from doubleread.errors import ServerError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is: `path` is what precedes `/v1`, without a slash at its end."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def parse(cls, url: str) -> ServerAddress:
        """Read a base URL, with or without `/v1`. Raises ServerError for anything but a plain HTTP address.

        A URL with a password in it is refused, and not repeated in the error.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _not_usable("it is not a URL") from None
        if parts.username is not None or parts.password is not None:
            raise ServerError(
                "Server address not usable",
                "it contains a user name or password",
                "put the API key into an environment variable and name that variable",
            )
        if parts.scheme not in _PORTS or not parts.hostname:
            raise _not_usable("it does not begin with http:// or https:// and a host")
        if parts.query or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
            raise _not_usable("it contains more than host, port and path")
        path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
        return cls(parts.scheme, parts.hostname, _PORTS[parts.scheme] if port is None else port, path)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def resolve(self, *, allow_remote: bool) -> list[str]:
        """Return the IP addresses of the host.

        Raises ServerError if one of them is not loopback and `allow_remote` is false, and OSError if there is none.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        if not allow_remote and not all(map(is_loopback, addresses)):
            raise ServerError(
                "Remote server refused",
                f"{self} is not on this computer, so the text of your cases would leave it",
                "use a server on this computer, or set allow_remote = true if your data may be sent there",
            )
        return addresses

    def is_remote(self) -> bool:
        """Whether the host is another computer. A host that has no address counts as remote."""
        try:
            return not all(map(is_loopback, self.resolve(allow_remote=True)))
        except OSError:
            return True


def is_loopback(address: str) -> bool:
    """Whether an IP address is 127.0.0.0/8 or ::1, or one of the former written as IPv6."""
    ip = ipaddress.ip_address(address)
    inner = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (inner or ip).is_loopback


def _not_usable(why: str) -> ServerError:
    return ServerError("Server address not usable", why, "write it as http://127.0.0.1:8080/v1")

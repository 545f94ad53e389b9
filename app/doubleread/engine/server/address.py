"""The IP addresses of a server, and whether they are on this computer."""

from __future__ import annotations

import socket

from doubleread.domain.server import ServerAddress, is_loopback, remote_refused


def resolve(address: ServerAddress, *, allow_remote: bool) -> list[str]:
    """Return the IP addresses of a host.

    Raises ServerError if one of them is not loopback and `allow_remote` is false, and OSError if there is none.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    if not allow_remote and not all(map(is_loopback, addresses)):
        raise remote_refused(address)
    return addresses

"""A model on an OpenAI-compatible server: its address, its id, and how it may be asked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from doubleread.domain.display import display_line
from doubleread.errors import ServerError

MOST_PARALLEL = 256
LONGEST_MODEL_ID = 500
_SHOWN = 40
_SHORTEST_NAME = 2
"""Shorter ids would be found in many words."""
_PORTS = {"http": 80, "https": 443}
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
"""API keys have small letters or signs, so that a key in the place of its variable's name is refused."""


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
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self._shown_host}{port}{self.path}"

    @property
    def is_local(self) -> bool:
        """Whether the host is written as this computer: `localhost` or a loopback address."""
        try:
            return is_loopback(self.host)
        except ValueError:
            return self.host == "localhost"

    @property
    def _shown_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def is_loopback(address: str) -> bool:
    """Whether an IP address is 127.0.0.0/8 or ::1, or one of the former written as IPv6. Raises ValueError."""
    ip = ipaddress.ip_address(address)
    inner = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (inner or ip).is_loopback


@dataclass(frozen=True, slots=True)
class Server:
    """A model of a server. `key_variable` NAMES the environment variable with the API key; it is "" if there is none.

    At most `concurrency` requests are made in parallel. Raises ServerError for what cannot be used, and for an address
    that is not on this computer unless `allow_remote` says that the text of the cases may be sent there.
    """

    url: str
    model: str
    key_variable: str = ""
    concurrency: int = 4
    allow_remote: bool = False

    def __post_init__(self) -> None:
        address = self.address
        if not self.model.strip() or not self.model.isprintable() or len(self.model) > LONGEST_MODEL_ID:
            happened = "it is empty, too long, or has characters that cannot be printed"
            raise ServerError("Model id not usable", happened, "name one of the server's models")
        if self.key_variable and not _VARIABLE.fullmatch(self.key_variable):
            raise ServerError(
                "API key variable not usable",
                "it is not a name in capital letters, digits and underscores",
                "put the API key into an environment variable such as MY_KEY and give that name",
            )
        if not 1 <= self.concurrency <= MOST_PARALLEL:
            happened = f"{self.concurrency} requests in parallel are not between 1 and {MOST_PARALLEL}"
            raise ServerError("Concurrency not usable", happened, "correct the number")
        if not address.is_local and not self.allow_remote:
            raise remote_refused(address)

    @property
    def address(self) -> ServerAddress:
        """Where it is."""
        return ServerAddress.parse(self.url)

    @property
    def warning(self) -> str:
        """What the study lead must know before the first request; "" for a server on this computer."""
        if self.address.is_local:
            return ""
        return (
            f"the full text of every case is sent to {self.address}: do not use patient data unless your institution"
            " allows it to be processed there"
        )

    def identifying_words(self) -> tuple[str, ...]:
        """Return what would reveal the arm in a message: addresses, the model's id and the key's variable."""
        words = (*self._addresses(), *_ids(self.model), self.key_variable)
        return tuple(dict.fromkeys(word for word in words if word))

    def without_names(self, text: str, models: Iterable[str] = ()) -> str:
        """Return a text without these words, and without the ids of the server's other `models`."""
        words = {word: "the model" for model in (*models, self.model) for word in _ids(model)}
        words |= dict.fromkeys(self._addresses(), "the server")
        words |= {self.key_variable: "with the API key"}
        known = sorted((word for word in words if len(word) > _SHORTEST_NAME), key=len, reverse=True)
        if not known:
            return text
        return re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", lambda found: words[found[0]], text)

    def _addresses(self) -> tuple[str, ...]:
        address = self.address
        host = () if address.is_local else (address.host,)
        return (self.url, str(address), f"{address.host}:{address.port}", *host)

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def _ids(model: str) -> tuple[str, str]:
    """Return a model's id, and the id without what precedes the last slash."""
    return model, model.rsplit("/", 1)[-1]


_FIELDS: Mapping[str, tuple[type, str]] = {
    "url": (str, "a text"),
    "model": (str, "a text"),
    "key_variable": (str, "a text"),
    "concurrency": (int, "a whole number"),
    "allow_remote": (bool, "true or false"),
}


def server_from_record(record: Mapping[str, Any]) -> Server:
    """Rebuild a server, from a study or from what a user has written. Raises ServerError for whatever is wrong.

    No value is repeated in an error, because it could be a key.
    """
    unknown = next((name for name in record if name not in _FIELDS), None)
    missing = next((name for name in ("url", "model") if name not in record), None)
    # In Python, True is a whole number.
    wrong = next(
        (name for name, value in record.items() if name in _FIELDS and type(value) is not _FIELDS[name][0]), None
    )
    if unknown is not None:
        happened = f"{display_line(unknown)[:_SHOWN]} is not known (there are: {', '.join(_FIELDS)})"
    elif missing is not None:
        happened = f"{missing} is missing"
    elif wrong is not None:
        happened = f"{wrong} must be {_FIELDS[wrong][1]}"
    else:
        return Server(**record)
    raise ServerError("Server settings not usable", happened, "correct the settings of the server")


def remote_refused(address: ServerAddress) -> ServerError:
    """Return the error for a server elsewhere that nobody has allowed."""
    return ServerError(
        "Remote server refused",
        f"{address} is not on this computer, so the text of your cases would leave it",
        "use a server on this computer, or set allow_remote = true if your data may be sent there",
        any_request=True,
    )


def _not_usable(why: str) -> ServerError:
    return ServerError("Server address not usable", why, "write it as http://127.0.0.1:8080/v1")

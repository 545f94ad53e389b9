"""Which addresses are this computer, and that nothing is sent to any other without consent."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest

from doubleread.domain.prompts import Message
from doubleread.domain.server import Server, is_loopback
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.request import ServerRequest
from doubleread.errors import ServerError
from scripted_server import says, serving

REQUEST = ServerRequest("r", (Message("user", "What is it?"),))


def ask(url: str, *, allow_remote: bool = False) -> list[Any]:
    server = Server(url, "m", allow_remote=allow_remote)
    return list(ServerClient(server, backoff=Backoff(attempts=1)).answer(REQUEST))


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that a socket was to connect to; none of another computer is reached."""
    addresses: list[Any] = []

    class Recording(socket.socket):
        def connect_ex(self, address: Any) -> int:
            addresses.append(address)
            return super().connect_ex(address if is_loopback(address[0]) else ("127.0.0.1", 9))

        def connect(self, address: Any) -> None:
            raise AssertionError("not through connect_ex")

    monkeypatch.setattr(socket, "socket", Recording)
    return addresses


def resolving_to(monkeypatch: pytest.MonkeyPatch, *ips: str) -> None:
    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("host", ["10.0.0.1", "0.0.0.0", "[::ffff:8.8.8.8]", "3232235778"])
def test_nothing_is_sent_to_another_computer_without_consent(host, dialled):
    with pytest.raises(ServerError) as caught:
        ask(f"http://{host}:8080")
    assert caught.value.title == "Remote server refused"
    assert "allow_remote" in caught.value.remedy
    assert dialled == []


@pytest.mark.parametrize("ips", [["203.0.113.9"], ["127.0.0.1", "203.0.113.9"]])
def test_even_localhost_is_what_it_resolves_to(ips, dialled, monkeypatch):
    resolving_to(monkeypatch, *ips)
    with pytest.raises(ServerError) as caught:
        ask("http://localhost:8080")
    assert caught.value.title == "Remote server refused"
    assert dialled == []


def test_the_address_that_was_checked_is_the_one_that_is_used(dialled, monkeypatch):
    """A name that has another address the second time cannot lead a request elsewhere."""
    answers = iter([["127.0.0.1"], ["203.0.113.9"], ["203.0.113.9"]])

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in next(answers)]

    with serving(says("A")) as server:
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        port = Server(server.url, "m").address.port
        assert ask(f"http://localhost:{port}")[-1].text == "A"
        assert server.asked[0].headers["host"] == f"localhost:{port}"
    assert dialled == [("127.0.0.1", port)]


def test_with_consent_another_computer_is_asked(dialled):
    with pytest.raises(ServerError) as caught:
        ask("http://203.0.113.9:8080", allow_remote=True)
    assert caught.value.title == "Server not reachable"
    assert dialled == [("203.0.113.9", 8080)]


def test_localhost_is_asked_at_each_of_its_addresses_in_turn(monkeypatch):
    with serving(says("A")) as server:
        port = Server(server.url, "m").address.port
        resolving_to(monkeypatch, "127.0.0.2", "127.0.0.1")
        assert ask(f"http://localhost:{port}")[-1].text == "A"


def test_a_network_that_cannot_be_reached_is_an_error(monkeypatch):
    class Unreachable(socket.socket):
        def connect_ex(self, address: Any) -> int:
            return errno.ENETUNREACH

    monkeypatch.setattr(socket, "socket", Unreachable)
    with pytest.raises(ServerError) as caught:
        ask("http://127.0.0.1:8080")
    assert caught.value.title == "Server not reachable"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example"])
def test_a_name_without_address_is_an_error(host, monkeypatch):
    def getaddrinfo(host: str, *_: Any, **__: Any) -> list[Any]:
        host.encode("idna")
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(ServerError) as caught:
        ask(f"http://{host}:8080", allow_remote=True)
    assert caught.value.title == "Server not found"


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    with serving(says("through the proxy")) as proxy, serving(says("directly")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert ask(server.url)[-1].text == "directly"
        assert proxy.asked == []

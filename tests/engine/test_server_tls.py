"""Servers with https."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.prompts import Message
from doubleread.domain.server import Server
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.cancellation import Cancellation
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.request import AnswerCancelled, AnswerPiece, ServerRequest
from doubleread.errors import ServerError
from scripted_server import Turn, says, serving

REQUEST = ServerRequest("r", (Message("user", "What is it?"),))

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is needed to make a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1, signed by itself, with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    asked = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-nodes"]
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", path, "-out", f"{path}.crt"]
    subprocess.run(["openssl", "req", "-x509", *asked, *made], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What the server speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def client(url: str) -> ServerClient:
    return ServerClient(Server(url, "m"), backoff=Backoff(attempts=1))


def test_an_answer_comes_over_tls_if_the_certificate_is_trusted(certificate, tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(says("Flu."), tls=tls) as server:
        assert list(client(server.url).answer(REQUEST))[-1].text == "Flu."


def test_nothing_is_sent_if_it_is_not(tls):
    with serving(says("Flu."), tls=tls) as server:
        with pytest.raises(ServerError, match="certificate"):
            list(client(server.url).answer(REQUEST))
        assert server.asked == []


def test_nothing_is_sent_if_the_certificate_is_of_another_name(certificate, tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(says("Flu."), tls=tls) as server:
        with pytest.raises(ServerError, match="certificate"):
            list(client(server.url.replace("127.0.0.1", "localhost")).answer(REQUEST))
        assert server.asked == []


def test_an_answer_over_tls_can_be_cancelled(certificate, tls, monkeypatch):
    def script(turn: Turn) -> None:
        turn.head()
        turn.text("Half")
        turn.wait()

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    cancellation, events = Cancellation(), []

    def run(url: str) -> None:
        for event in client(url).answer(REQUEST, cancellation):
            events.append(event)
            came.set()

    came = threading.Event()
    with serving(script, tls=tls) as server:
        thread: Any = threading.Thread(target=run, args=(server.url,))
        thread.start()
        assert came.wait(10)
        cancellation.cancel()
        thread.join(10)
        assert not thread.is_alive()
    assert events == [AnswerPiece("Half"), AnswerCancelled()]

"""The real server of llama-cpp-python with the real model of the tests, which can be killed and started again."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from doubleread.domain.server import Server
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.client import ServerClient
from real_model import smollm2

PATIENT = Backoff(attempts=300, first=0.2, longest=0.5)
"""Waits until a server that was just started listens."""


class RealServer:
    """`llama_cpp.server` in a child process. `concurrency` is how many requests the tests make in parallel."""

    def __init__(self, log: Path, concurrency: int = 4) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.server = Server(f"http://127.0.0.1:{port}/v1", "smollm2", concurrency=concurrency)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting until it listens."""
        options = {
            "--model": smollm2(),
            "--model_alias": self.server.model,
            "--host": "127.0.0.1",
            "--port": self.server.address.port,
            "--n_ctx": 512,
            "--n_threads": 1,
            "--n_threads_batch": 1,
        }
        words = [str(word) for pair in options.items() for word in pair]
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "llama_cpp.server", *words]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def client(self) -> ServerClient:
        """A client that waits until it listens."""
        return ServerClient(self.server, backoff=PATIENT)

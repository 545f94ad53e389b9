"""A study of model files uses no network: no process of the program looks up a host or opens a connection."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MODELS = ("--model-a", "demo-general", "--model-b", "demo-biomedical")
HOOK = """
import sys

def _refuse(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        if not (event in ("socket.connect", "socket.bind") and isinstance(arguments[1], (str, bytes))):
            _note(event + " " + repr(arguments[1:]))
            raise PermissionError(event)

def _note(text):
    with open(LOG, "a") as file:
        file.write(text + "\\n")

_note("watched " + " ".join(sys.orig_argv[1:]))
sys.addaudithook(_refuse)
"""


def test_a_study_from_new_to_its_report_uses_no_network(tmp_path: Path):
    log = tmp_path / "offline.txt"
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK.replace("LOG", repr(str(log))))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "hook")}
    connecting = [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"]
    assert b"PermissionError" in subprocess.run(connecting, env=environment, capture_output=True, check=False).stderr
    log.unlink()
    study, cases = str(tmp_path / "s.doubleread"), tmp_path / "cases.jsonl"
    cases.write_text('{"id": "c", "kind": "diagnosis", "text": "A man coughs.", "question": "Why?", "key": "flu"}\n')
    (tmp_path / "protocol.toml").write_text("[decoding]\nmax_tokens = 8\n")
    for words in (
        ("new", study, "--cases", str(cases), "--protocol", str(tmp_path / "protocol.toml"), *MODELS),
        ("run", study),
        ("results", study),
        ("report", study, "--out", str(tmp_path / "report.html")),
    ):
        command = [sys.executable, "-m", "doubleread", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stderr)
    lines = log.read_text().splitlines()
    assert sum("engine.worker.process" in line for line in lines) >= 2
    assert [line for line in lines if not line.startswith("watched ")] == []

"""Stand-ins for llama.cpp's programs: the same arguments, the same answers on the same channels, and no model."""

from __future__ import annotations

import sys
from pathlib import Path

_SERVER = """
import http.server, json, os, pathlib, sys
arguments = dict(zip(sys.argv[1:-1:2], sys.argv[2:-1:2]))
home = pathlib.Path({home!r})
(home / "server-arguments.json").write_text(json.dumps(sys.argv[1:]))
(home / "server-pid").write_text(str(os.getpid()))
if {mode!r} == "dies":
    sys.exit("error: no such model")

class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if {mode!r} == "refuses":
            self.send_response(500)
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        for number in range(body["max_tokens"]):
            delta = {{"choices": [{{"delta": {{"content": "word "}}}}]}}
            self.wfile.write(b"data: " + json.dumps(delta).encode() + b"\\n\\n")
        usage = {{"prompt_tokens": 50, "completion_tokens": body["max_tokens"],
                 "prompt_tokens_details": {{"cached_tokens": 5}}}}
        last = json.dumps({{"choices": [], "usage": usage}}).encode()
        self.wfile.write(b"data: " + last + b"\\n\\ndata: [DONE]\\n\\n")

http.server.ThreadingHTTPServer((arguments["--host"], int(arguments["--port"])), Handler).serve_forever()
"""

_BATCHED_BENCH = """
import json, pathlib, sys
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
home = pathlib.Path({home!r})
runs = home / "bench-runs"
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
print("warning: there is no GPU", file=sys.stderr)
if {mode!r} == "dies":
    sys.exit("error: no such model")
if {mode!r} == "hasty" and len(runs.read_text()) == 1:
    sys.exit(0)
record = {{"pp": int(arguments["-npp"]), "tg": int(arguments["-ntg"]), "pl": int(arguments["-npl"]),
          "t_pp": 0.5, "t_tg": 1.5, "t": 2.0}}
print(json.dumps(record))
"""


def install(folder: Path, *, server: str = "", batched_bench: str = "") -> None:
    """Put stand-ins into a folder: modes are "works", "dies", "refuses" (server), "hasty" (batched-bench)."""
    for name, text, mode in (("llama-server", _SERVER, server), ("llama-batched-bench", _BATCHED_BENCH, batched_bench)):
        if mode:
            program = folder / name
            program.write_text(f"#!{sys.executable}\n" + text.format(home=str(folder), mode=mode), encoding="utf-8")
            program.chmod(0o755)

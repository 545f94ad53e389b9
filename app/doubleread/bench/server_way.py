"""`llama-server` on this machine, asked by as many threads as it has slots. It is always ended."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import IO, Any

from doubleread.bench.children import PATIENCE, peak_memory, running, tail
from doubleread.bench.measured import AnswerTimes, Measured
from doubleread.bench.task import WARM_UP, BenchError, Task

HOST = "127.0.0.1"
LOAD_SECONDS = 600.0


def measure(task: Task, program: str) -> Measured:
    """Answer a task's questions with a server of as many slots. Raises BenchError."""
    port = _free_port()
    with tempfile.TemporaryFile() as log, running(program, _arguments(task, port), log) as process:
        _wait_until_ready(process, port, log)
        _ask(port, WARM_UP, 8, time.perf_counter())
        start = time.perf_counter()
        answers = _ask_all(task, port, start)
        seconds = max(answer.finished for answer in answers)
        peak = peak_memory(process.pid)
    at_once = min(task.slots, len(answers))
    return Measured("server", seconds, tuple(answers), peak, phased=task.one_wave or task.slots == 1, at_once=at_once)


def _arguments(task: Task, port: int) -> list[str]:
    arguments = task.program_options | {
        "--host": HOST,
        "--port": port,
        "--parallel": task.slots,
        "--ctx-size": task.n_ctx * task.slots,
    }
    return [*(str(word) for pair in arguments.items() for word in pair), "--no-webui"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchError("Not measured", f"llama-server ended with {process.returncode}: {tail(log)}")
        connection = http.client.HTTPConnection(HOST, port, timeout=5.0)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise BenchError("Not measured", f"llama-server was not ready within {LOAD_SECONDS:.0f} seconds: {tail(log)}")


def _ask_all(task: Task, port: int, start: float) -> list[AnswerTimes]:
    pool = ThreadPoolExecutor(task.slots)
    try:
        asked = [pool.submit(_ask, port, question.text, task.answer_tokens, start) for question in task.questions]
        return [answer.result() for answer in as_completed(asked)]
    finally:
        # After a fault or Ctrl-C, the threads end only when the caller ends the server.
        pool.shutdown(wait=False, cancel_futures=True)


def _ask(port: int, text: str, max_tokens: int, start: float) -> AnswerTimes:
    """Ask for one answer and read the stream. Raises BenchError."""
    body = {
        "messages": [{"role": "user", "content": text}],
        "max_tokens": max_tokens,
        "temperature": 0.0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    asked, first = time.perf_counter(), 0.0
    usage: dict[str, Any] = {}
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise BenchError("Not measured", f"llama-server answered {response.status}: {response.read(300)!r}")
        for line in response:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            delta = event["choices"][0]["delta"] if event.get("choices") else {}
            if not first and (delta.get("content") or delta.get("reasoning_content")):
                first = time.perf_counter()
            usage = event.get("usage") or usage
    except (OSError, http.client.HTTPException, ValueError, LookupError) as error:
        raise BenchError("Not measured", f"llama-server gave no answer ({error})") from error
    finally:
        connection.close()
    if not usage:
        raise BenchError("Not measured", "llama-server did not count its tokens", "get a newer llama.cpp")
    finished = time.perf_counter()
    reused = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
    moments = (asked - start, (first or finished) - start, finished - start)
    return AnswerTimes(*moments, usage["prompt_tokens"], usage["completion_tokens"], reused)

"""Workers that die: each death has a reason, the other worker goes on, and a restart answers again."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from itertools import cycle, islice

import psutil
import pytest

from doubleread.domain.prompts import Message
from doubleread.engine.client import supervisor
from doubleread.engine.client.deaths import explain
from doubleread.engine.client.protocol import Chunk, Died, Failed, Generate, Loaded, Sampling
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.client.worker_process import WorkerProcess
from waiting import PATIENCE

DEATHS = {
    "abort": "stopped itself",
    "segfault": "crashed",
    "kill": "killed",
    "memory": "Out of memory",
    "hang": "hung",
}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs signals and limits of Linux")


def _strike(kind: str, running, name: str) -> None:
    """Bring a worker's death about while it works."""
    running.ask(name, "Go on", max_tokens=8000)
    running.wait_for(lambda item: isinstance(item, Chunk) and item.request_id == name)
    pid = running.engine.pid
    match kind:
        case "abort":
            os.kill(pid, signal.SIGABRT)
        case "segfault":
            os.kill(pid, signal.SIGSEGV)
        case "kill":
            os.kill(pid, signal.SIGKILL)
        case "hang":
            os.kill(pid, signal.SIGSTOP)
        case "memory":
            worker = psutil.Process(pid)
            used = worker.memory_info().vms
            worker.rlimit(psutil.RLIMIT_AS, (used, used))
            running.ask(f"{name} large", "word " * 1_500_000)


def test_twenty_deaths_are_explained_and_survived(run, slow, models):
    victim = run(slow, n_ctx=8192, silence_seconds=4.0, name="victim")
    witness = run(models / "other.gguf", name="witness")
    victim.loaded()
    witness.loaded()
    witness_pid = witness.engine.pid
    for index, kind in enumerate(islice(cycle(DEATHS), 20)):
        name = f"{index} {kind}"
        since = len(victim.events)
        _strike(kind, victim, name)
        death = victim.died(since)
        assert DEATHS[kind] in death.title, (kind, death)
        assert death.happened
        assert death.remedy
        assert name in death.request_ids
        assert victim.engine.state == "died"
        witness.ask(name, "Are you there?", max_tokens=3)
        assert witness.answer(name).text
        since = len(victim.events)
        victim.engine.restart()
        victim.loaded(since)
        victim.ask(f"again {index}", "x", max_tokens=3)
        assert victim.answer(f"again {index}").text
    assert witness.engine.pid == witness_pid
    assert not [event for event in witness.events if isinstance(event, Died | Failed)]


def test_a_dead_engine_refuses_and_a_restart_in_the_middle_ends_what_was_asked(run, small):
    running = run(small)
    running.loaded()
    os.kill(running.engine.pid, signal.SIGKILL)
    running.died()
    running.ask("too late", "x")
    failed = running.end_of("too late")
    assert isinstance(failed, Failed)
    assert failed.remedy == "start it again"
    since = len(running.events)
    running.engine.restart()
    running.ask("early", "x", max_tokens=2)
    assert running.answer("early").text
    with running.paused():
        running.ask("unfinished", "x", max_tokens=400)
        running.engine.restart()
        assert running.died(since).request_ids == ("unfinished",)
    running.ask("after", "x", max_tokens=2)
    assert running.answer("after").text


def test_a_limit_too_low_for_the_model_is_said_plainly(run, slow):
    running = run(slow, n_ctx=8192, n_slots=8, memory_limit=700 * 2**20)
    event = running.wait_for(lambda item: isinstance(item, Failed | Died))
    assert "memory" in event.title.lower(), event


def test_a_worker_ends_with_its_parent_and_when_it_is_stopped(run, small):
    running = run(small)
    running.loaded()
    worker = psutil.Process(running.engine.pid)
    assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert os.getpgid(worker.pid) != os.getpgid(0)
    running.engine.stop(PATIENCE)
    assert not worker.is_running()
    assert running.engine.state == "stopped"
    running.ask("too late", "x")
    assert not running.chunks("too late")


def test_a_worker_does_not_outlive_a_killed_parent(small, tmp_path):
    program = tmp_path / "parent.py"
    program.write_text(
        "import sys, time\n"
        "from doubleread.engine.client.settings import EngineSettings\n"
        "from doubleread.engine.client.supervisor import EngineProcess\n"
        "def heard(event): print(type(event).__name__, engine.pid, flush=True)\n"
        f"engine = EngineProcess({str(small)!r}, EngineSettings(n_ctx=64), heard)\n"
        "engine.start()\n"
        "time.sleep(600)\n",
        encoding="utf-8",
    )
    with psutil.Popen([sys.executable, str(program)], stdout=-1, text=True) as parent:
        kind, pid = parent.stdout.readline().split()
        assert kind == "Loaded"
        worker = psutil.Process(int(pid))
        parent.kill()
    worker.wait(PATIENCE)


@pytest.mark.parametrize(
    ("code", "log", "words"),
    [
        (-6, "llama.cpp:12: GGML_ASSERT(x) failed", "GGML_ASSERT(x) failed"),
        (-6, "terminate called after throwing an instance of 'std::bad_alloc'", "could not allocate memory"),
        (-6, "  what():  vk::Device::allocateMemory: ErrorOutOfDeviceMemory", "could not allocate memory"),
        (-6, "CUDA error: out of memory", "could not allocate memory"),
        (-6, "  what():  vk::Queue::submit: ErrorDeviceLost", "driver reset it"),
        (81, "MemoryError", "could not allocate memory"),
        (-4, "", "instruction"),
        (-7, "", "could not be read"),
        (-35, "", "signal"),
        (3, "line one\nline two", "line two"),
        (0, "", "exited with code 0"),
        (None, "no such file", "no such file"),
        (0xC0000005, "", "invalid memory"),
    ],
)
def test_every_end_has_words(code, log, words):
    death = explain(code, log)
    assert words in death.happened
    assert death.title
    assert death.remedy


class Worker(WorkerProcess):
    """A worker without a process, that says and does what a test wants."""

    def __init__(self, now):
        super().__init__("stuck", None)
        self.heard_at = now
        self.listening = threading.Event()

    def listen(self, on_event, on_end):
        self.say = on_event
        self.killed = False
        self.listening.set()

    def start(self):
        pass

    def kill(self):
        self.killed = True

    def end(self, timeout):
        return 0


class Watched:
    """An engine whose worker a test makes, at a time that it sets."""

    def __init__(self, path):
        self.now = 1000.0
        self.worker = Worker(self.now)
        self.events = queue.Queue()
        self.engine = EngineProcess(path, EngineSettings(), self.events.put)

    def started(self, *, loaded, busy):
        self.engine.start()
        assert self.worker.listening.wait(PATIENCE)
        if busy:
            self.engine.generate(Generate("a", (Message("user", "x"),), Sampling()))
        self.looked_at(loaded=loaded)

    def looked_at(self, *, loaded):
        """Wait until the engine has told something twice: it looks at its worker in between."""
        for _ in range(2):
            if loaded:
                self.worker.say(Loaded())
            else:
                self.engine.generate(Generate("a", (Message("user", "x"),), Sampling()))
        for _ in range(2):
            self.events.get(timeout=PATIENCE)


@pytest.fixture
def watched(small, monkeypatch):
    found = Watched(small)
    monkeypatch.setattr(supervisor, "WorkerProcess", lambda *_: found.worker)
    monkeypatch.setattr(time, "monotonic", lambda: found.now)
    yield found
    found.engine.stop()


@pytest.mark.parametrize(
    ("silence", "progress_age", "busy", "words"),
    [(0, 121, True, "made no progress"), (11, 0, False, "did not respond"), (9, 119, True, ""), (0, 9999, False, "")],
)
def test_a_worker_that_beats_but_gets_nowhere_is_ended(watched, silence, progress_age, busy, words):
    watched.started(loaded=True, busy=busy)
    worker = watched.worker
    worker.spoke, worker.heard_at, worker.progress_age = True, watched.now - silence, progress_age
    watched.looked_at(loaded=True)
    assert words in worker.hang
    assert bool(worker.hang) == bool(words) == worker.killed


@pytest.mark.parametrize(("silence", "words"), [(119, ""), (121, "did not respond")])
def test_a_worker_that_is_slow_to_start_gets_more_time(watched, silence, words):
    watched.started(loaded=False, busy=True)
    watched.worker.heard_at = watched.now - silence
    watched.looked_at(loaded=False)
    assert words in watched.worker.hang
    assert bool(watched.worker.hang) == bool(words) == watched.worker.killed


def test_a_pause_of_the_program_itself_is_no_hang(watched):
    watched.started(loaded=True, busy=True)
    watched.worker.spoke = True
    watched.now += 60
    watched.looked_at(loaded=True)
    assert not watched.worker.hang
    assert not watched.worker.killed

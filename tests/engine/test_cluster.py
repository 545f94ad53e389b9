"""What a run does with the workers of a cluster that come, fail and go. The workers are scripted; there is no Dask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from doubleread import __version__
from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import (
    Died,
    Event,
    Failed,
    Finished,
    Generate,
    Loaded,
    decode_request,
    encode,
)
from doubleread.engine.cluster import cluster as cluster_module
from doubleread.engine.cluster import on_worker
from doubleread.engine.cluster.cluster import MOST_DEATHS, Cluster
from doubleread.engine.cluster.connection import Connection
from doubleread.engine.cluster.dispatch import MOST_LOSSES
from doubleread.engine.cluster.messages import Assignment, Prepared, Refusal
from doubleread.engine.strict_json import dumps
from doubleread.errors import DoublereadError
from waiting import until

DEATH = Died("The model crashed", "llama.cpp accessed invalid memory", "start it again")
DRIFT = DoublereadError("Configuration drift", "Alpha: device CUDA0, before CPU", "allow the drift")


@dataclass
class ScriptedWorker:
    """A worker of the cluster. While `held`, it answers nothing. A request whose id is in `deadly` ends its engine."""

    prepared: Prepared = field(default_factory=lambda: Prepared("label"))
    loads: Callable[[], Event] = lambda: Loaded({"n_slots": 2})
    held: bool = False
    deadly: frozenset[str] = frozenset()
    version: str = __version__
    unusable: Exception | None = None
    forgets: bool = False
    deaf: bool = False
    calls: list[tuple[str, ...]] = field(default_factory=list)
    killed: int = 0

    async def resolve_name(self, name: str) -> str:
        assert name == "doubleread:__version__"
        if self.unusable is not None:
            raise self.unusable
        return self.version

    async def prepare(self, line: bytes) -> bytes:
        self.calls.append(("prepare",))
        self.forgets = False
        return dumps(self.prepared)

    async def load(self, run_id: str, key: str) -> bytes:
        self.calls.append(("load", key))
        return encode(self.loads())

    async def unload(self, run_id: str, key: str) -> bytes:
        self.calls.append(("unload", key))
        return b""

    async def answer(self, run_id: str, key: str, line: bytes) -> bytes:
        request_id = decode_request(line).request_id
        self.calls.append(("answer", key, request_id))
        killed = self.killed
        while self.held and killed == self.killed:
            await asyncio.sleep(0.002)
        if request_id in self.deadly:
            self.killed += 1
        if self.forgets:
            return on_worker.FORGOTTEN
        if killed != self.killed:
            return encode(DEATH)
        return encode(Finished(request_id, f"answer to {request_id}", "stop", {"completion_tokens": 3}))

    def asked(self) -> list[str]:
        return [call[2] for call in self.calls if call[0] == "answer"]


class ScriptedFuture:
    def __init__(self, client: ScriptedClient, work: Any) -> None:
        self._client = client
        self._work = work
        self._task: asyncio.Task[Any] | None = None
        self._released = False

    async def result(self) -> bytes:
        self._task = asyncio.current_task()
        try:
            return await self._work
        except asyncio.CancelledError:
            self._client.disturbed = self._client.disturbed or not self._released
            raise

    def release(self) -> None:
        self._released = True
        if self._task is not None:
            self._task.cancel()


@dataclass
class ScriptedClient:
    """Dask's client, as far as it is used."""

    workers: dict[str, ScriptedWorker]
    status: str = "running"
    disturbed: bool = False
    ended: list[str] = field(default_factory=list)

    @property
    def scheduler(self) -> ScriptedClient:
        return self

    async def identity(self) -> dict[str, Any]:
        return {"workers": dict.fromkeys(self.workers)}

    def submit(self, function: Callable[..., bytes], *arguments: Any, workers: list[str], **_: Any) -> ScriptedFuture:
        return ScriptedFuture(self, getattr(self.workers[workers[0]], function.__name__)(*arguments))

    async def run(self, function: Callable[..., Any], *_: Any, workers: list[str], on_error: str) -> dict[str, Any]:
        if function.__name__ == "end":
            self.ended += workers
        if function.__name__ != "state":
            return {}
        return {
            address: {"one": (7, [] if worker.deaf else worker.asked())}
            for address, worker in self.workers.items()
            if address in workers
        }


class Running:
    """A cluster under test with what its engines say."""

    def __init__(self, workers: dict[str, ScriptedWorker], monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self.client = ScriptedClient(workers)
        self.heard: dict[str, list[Event]] = {"one": [], "two": []}
        self.said: list[str] = []
        options = {"admit": lambda key, entries: None, **options}

        @asynccontextmanager
        async def connected(scheduler):
            yield Connection(self.client, "tcp://127.0.0.1:1")

        monkeypatch.setattr(cluster_module, "connected", connected)
        monkeypatch.setattr(cluster_module, "LOOK_SECONDS", 0.005)
        self.cluster = Cluster("x", ("one", "two"), lambda run: Assignment(run, ()), say=self.said.append, **options)
        self.engines = {key: self.cluster.engine(key, events.append) for key, events in self.heard.items()}
        self.cluster.open()

    def ask(self, key: str, *request_ids: str) -> None:
        for request_id in request_ids:
            self.engines[key].generate(Generate(request_id, (Message("user", "Why?"),)))

    def finished(self, key: str = "one") -> list[str]:
        return [event.request_id for event in self.heard[key] if isinstance(event, Finished)]

    def slots(self, key: str = "one") -> int | None:
        return next((event.slots for event in reversed(self.heard[key]) if isinstance(event, Loaded)), None)

    def failed(self, key: str = "one") -> list[tuple[str | None, str]]:
        return [(event.request_id, event.title) for event in self.heard[key] if isinstance(event, Failed)]


@pytest.fixture
def begin(monkeypatch) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def start(*workers: ScriptedWorker, keys: tuple[str, ...] = ("one",), **options: Any) -> Running:
        named = {f"tcp://{number}": worker for number, worker in enumerate(workers)}
        made.append(Running(named, monkeypatch, **options))
        for key in keys:
            made[-1].engines[key].start()
        return made[-1]

    yield start
    for running in made:
        running.cluster.close()


def requests(count: int) -> tuple[str, ...]:
    return tuple(f"r{number}" for number in range(count))


def test_all_workers_answer_and_each_says_where(begin):
    one, two = ScriptedWorker(), ScriptedWorker(Prepared("other"))
    running = begin(one, two)
    until(lambda: running.slots() == 4)
    running.ask("one", *requests(12))
    until(lambda: len(running.finished()) == 12)
    assert sorted(running.finished()) == sorted(requests(12))
    assert sorted(one.asked() + two.asked()) == sorted(requests(12))
    assert one.asked()
    assert two.asked()
    labels = {event.manifest["cluster_worker"] for event in running.heard["one"] if isinstance(event, Finished)}
    assert labels == {"label", "other"}
    until(lambda: running.engines["one"].tokens_made == 14)


def test_what_a_lost_worker_had_is_asked_again_and_nothing_comes_twice(begin):
    lost, other = ScriptedWorker(held=True), ScriptedWorker()
    running = begin(lost, other)
    until(lambda: running.slots() == 4)
    running.ask("one", *requests(20))
    until(lambda: len(lost.asked()) == 3 and len(running.finished()) == 17)
    del running.client.workers["tcp://0"]
    until(lambda: len(running.finished()) == 20)
    assert sorted(running.finished()) == sorted(requests(20))
    assert set(lost.asked()) < set(other.asked())
    assert running.slots() == 2
    assert running.failed() == []
    assert not running.client.disturbed, "Dask waits for many replies together: none may be cancelled"


def test_a_worker_that_joins_later_gets_its_part(begin):
    running = begin()
    until(lambda: running.said)
    late = running.client.workers["tcp://late"] = ScriptedWorker()
    running.ask("one", *requests(5))
    until(lambda: len(running.finished()) == 5)
    assert sorted(late.asked()) == sorted(requests(5))
    assert running.said == ["no worker is connected to the scheduler; waiting for one"]


def test_a_request_that_a_worker_does_not_have_is_asked_again(begin):
    """As when Dask loses the reply."""
    worker = ScriptedWorker(held=True, deaf=True)
    running = begin(worker)
    until(lambda: running.slots() == 2)
    running.ask("one", "r0")
    until(lambda: worker.asked() == ["r0", "r0"])
    worker.deaf = worker.held = False
    until(lambda: running.finished() == ["r0"])


def test_a_worker_that_was_restarted_at_its_address_joins_again(begin):
    worker = ScriptedWorker(held=True)
    running = begin(worker)
    until(lambda: running.slots() == 2)
    running.ask("one", *requests(3))
    until(lambda: len(worker.asked()) == 3)
    worker.forgets, worker.held = True, False
    until(lambda: len(running.finished()) == 3)
    assert worker.calls.count(("prepare",)) == 2
    assert running.failed() == []


def test_only_the_request_that_ends_every_engine_fails(begin):
    workers = [ScriptedWorker(deadly=frozenset({"r4"})) for _ in range(2)]
    running = begin(*workers)
    until(lambda: running.slots() == 4)
    running.ask("one", *requests(10))
    until(lambda: len(running.finished()) == 9)
    until(lambda: running.failed())
    assert running.failed() == [("r4", "The model crashed on this case")]
    assert sum(worker.asked().count("r4") for worker in workers) == MOST_LOSSES
    assert "r4" not in running.finished()


def test_a_worker_whose_engine_always_ends_is_not_used(begin):
    bad, good = ScriptedWorker(loads=lambda: DEATH), ScriptedWorker()
    running = begin(bad, good)
    running.ask("one", *requests(6))
    until(lambda: len(running.finished()) == 6)
    until(lambda: running.cluster.remarks)
    assert bad.calls.count(("load", "one")) == MOST_DEATHS
    assert (running.slots(), running.failed()) == (2, [])


LACKING = Prepared("a", refused={"one": Refusal("Model file not found", "no such file", "copy it")})


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (ScriptedWorker(LACKING), "Model file not found"),
        (ScriptedWorker(version="0.0.1"), "it has version 0.0.1"),
        (ScriptedWorker(unusable=ModuleNotFoundError("doubleread")), "cannot be imported there"),
        (ScriptedWorker(loads=lambda: Failed(None, "Model file damaged", "cut off")), "Model file damaged"),
    ],
)
def test_a_worker_that_cannot_run_the_model_is_left_out_with_its_reason(begin, bad, reason):
    running = begin(bad, ScriptedWorker())
    running.ask("one", *requests(4))
    until(lambda: len(running.finished()) == 4)
    until(lambda: running.cluster.remarks)
    (remark,) = running.cluster.remarks
    assert reason in remark
    assert (bad.asked(), running.failed()) == ([], [])


def test_a_model_that_no_worker_can_run_fails(begin):
    running = begin(ScriptedWorker(LACKING), ScriptedWorker(LACKING), keys=("one", "two"))
    until(lambda: running.failed() and running.slots("two") == 4)
    assert running.failed()[0] == (None, "Model file not found")
    assert running.failed("two") == []


def test_a_worker_that_would_cause_drift_is_left_out_and_the_last_one_is_reported(begin):
    def admit(key, entries):
        if entries["device"] == "CUDA0":
            raise DRIFT

    gpu = ScriptedWorker(loads=lambda: Loaded({"n_slots": 8, "device": "CUDA0"}))
    cpu = ScriptedWorker(loads=lambda: Loaded({"n_slots": 2, "device": "CPU"}))
    running = begin(gpu, cpu, admit=admit)
    running.ask("one", *requests(4))
    until(lambda: len(running.finished()) == 4 and running.cluster.remarks)
    assert (running.slots(), gpu.asked()) == (2, [])
    alone = begin(gpu, admit=admit)
    # The run checks what it hears itself, and halts.
    until(lambda: alone.heard["one"])
    assert alone.heard["one"][0] == Loaded({"n_slots": 8, "device": "CUDA0"})


def test_a_worker_with_room_for_one_model_takes_the_other_when_the_first_has_no_more_requests(begin):
    small = ScriptedWorker(Prepared("a", sequential=True))
    running = begin(small, keys=("one", "two"))
    running.ask("one", *requests(6))
    until(lambda: running.slots("two") == 2)
    assert len(running.finished()) == 6
    assert small.calls[-1] == ("load", "two")
    running.ask("two", "q0", "q1")
    until(lambda: len(running.finished("two")) == 2)
    loads = [call for call in small.calls if call[0] != "answer"]
    assert loads == [("prepare",), ("load", "one"), ("unload", "one"), ("load", "two")]


def test_one_by_one_the_others_wait_for_the_first(begin):
    admitted: list[str] = []
    counts: list[int] = []
    workers = [ScriptedWorker() for _ in range(3)]

    def admit(key, entries):
        counts.append(sum(("prepare",) in worker.calls for worker in workers))
        admitted.append(key)

    running = begin(*workers, admit=admit, one_by_one=True, keys=("one", "two"))
    until(lambda: len(admitted) >= 2)
    assert counts[:2] == [1, 1]
    running.ask("one", *requests(40))
    until(lambda: len(running.finished()) == 40)


def test_a_lost_scheduler_ends_the_run(begin):
    running = begin(ScriptedWorker(held=True))
    until(lambda: running.slots() == 2)
    running.client.status = "closed"
    until(lambda: running.failed())
    assert running.failed() == [(None, "Cluster lost")]
    assert running.failed("two") == [(None, "Cluster lost")]


def test_the_engines_are_ended_and_nothing_more_is_heard(begin):
    running = begin(ScriptedWorker(held=True), ScriptedWorker())
    until(lambda: running.slots() == 4)
    running.engines["one"].stop()
    heard = len(running.heard["one"])
    running.ask("one", *requests(4))
    running.cluster.close()
    assert running.client.ended == ["tcp://0", "tcp://1"]
    assert len(running.heard["one"]) == heard

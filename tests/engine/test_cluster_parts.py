"""Which worker gets which request; where a worker finds a model; an engine process on a worker."""

from __future__ import annotations

import os
import threading

import psutil
import pytest

import gguf_files
from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Died, Finished, Generate, Loaded, Sampling
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.cluster import on_worker
from doubleread.engine.cluster.connection import Connection
from doubleread.engine.cluster.dispatch import Dispatch
from doubleread.engine.cluster.messages import Assignment
from doubleread.engine.cluster.model_search import FOLDERS_VARIABLE, find_file, search_folders
from doubleread.engine.cluster.on_worker import HostedEngine, HostedRun
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.planning.devices import machine
from doubleread.errors import ModelFileError
from waiting import until


def request(name: str, tokens: int = 8) -> Generate:
    return Generate(name, (Message("user", "Why?"),), Sampling(max_tokens=tokens))


def asked(dispatch: Dispatch) -> list[tuple[str, str]]:
    return [(address, question.request_id) for address, question in dispatch.assign()]


def filled(count: int, *addresses: str, slots: int = 1) -> Dispatch:
    dispatch = Dispatch()
    for number in range(count):
        dispatch.add(request(f"r{number}"))
    for address in addresses:
        dispatch.open_seat(address, slots)
    return dispatch


def test_every_worker_gets_a_few_more_requests_than_it_has_slots():
    dispatch = filled(20, "a")
    dispatch.open_seat("b", 8)
    places = [address for address, _ in asked(dispatch)]
    assert (places.count("a"), places.count("b"), dispatch.waiting) == (2, 11, 7)
    assert dispatch.slots == 9
    assert asked(dispatch) == []


def test_lost_requests_are_asked_again_first_and_in_order():
    dispatch = filled(4, "a")
    assert asked(dispatch) == [("a", "r0"), ("a", "r1")]
    assert dispatch.close_seat("a") == []
    dispatch.open_seat("b", 1)
    assert asked(dispatch) == [("b", "r0"), ("b", "r1")]


def test_a_request_that_was_lost_twice_is_asked_alone_and_fails_when_it_is_lost_so():
    dispatch = filled(3)
    for address in ("a", "b"):
        dispatch.open_seat(address, 1)
        assert asked(dispatch) == [(address, "r0"), (address, "r1")]
        dispatch.close_seat(address)
    dispatch.open_seat("c", 1)
    assert asked(dispatch) == [("c", "r0")]
    assert dispatch.end("r0")
    assert asked(dispatch) == [("c", "r1")]
    assert dispatch.close_seat("c") == ["r1"]
    dispatch.open_seat("d", 1)
    assert asked(dispatch) == [("d", "r2")]


def test_one_that_must_be_asked_alone_does_not_wait_for_those_before_it():
    dispatch = filled(2, "a")
    assert asked(dispatch) == [("a", "r0"), ("a", "r1")]
    dispatch.add(request("r2"))
    for _ in range(2):
        dispatch.open_seat("b", 1)
        assert asked(dispatch) == [("b", "r2")]
        dispatch.close_seat("b")
    dispatch.close_seat("a")
    dispatch.open_seat("c", 1)
    assert asked(dispatch) == [("c", "r2")]
    dispatch.end("r2")
    assert asked(dispatch) == [("c", "r0"), ("c", "r1")]


def test_others_go_on_elsewhere_while_one_is_asked_alone():
    dispatch = filled(1, "a")
    for _ in range(2):
        asked(dispatch)
        dispatch.close_seat("a")
        dispatch.open_seat("a", 1)
    dispatch.open_seat("b", 1)
    for number in range(1, 6):
        dispatch.add(request(f"r{number}"))
    places = asked(dispatch)
    assert [name for address, name in places if address == "a"] == ["r0"]
    assert [name for address, name in places if address == "b"] == ["r1", "r2"]


def test_a_result_counts_once_also_when_it_comes_after_its_worker_was_given_up():
    dispatch = filled(2, "a")
    asked(dispatch)
    dispatch.close_seat("a")
    assert dispatch.end("r0")
    assert not dispatch.end("r0")
    dispatch.open_seat("b", 1)
    assert asked(dispatch) == [("b", "r1")]


@pytest.fixture
def model(tmp_path):
    (tmp_path / "models" / "deep").mkdir(parents=True)
    return gguf_files.write_llama(tmp_path / "models" / "deep" / "alpha.gguf", name="Alpha")


def test_a_model_is_found_by_its_hash_under_another_name(tmp_path, model, monkeypatch):
    sha256, size = model_sha256(model), model.stat().st_size
    (tmp_path / "models" / "beta.gguf").write_bytes(b"x" * size)
    folders = (tmp_path / "nowhere", tmp_path / "models")
    assert find_file("C:\\models\\beta.gguf", sha256, size, folders) == model
    assert find_file("/elsewhere/alpha.gguf", sha256, 0, folders) == model
    assert find_file(str(model), sha256, 0, ()) == model
    monkeypatch.setenv(FOLDERS_VARIABLE, os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "models")]))
    assert find_file("/elsewhere/x.gguf", sha256, size, search_folders(["/named"])) == model
    assert [str(folder) for folder in search_folders(["/named"])[:2]] == ["/named", str(tmp_path / "a")]


def test_a_file_with_the_right_name_and_another_hash_is_no_match(tmp_path, model):
    with pytest.raises(ModelFileError, match="--dask-models") as refused:
        find_file("/elsewhere/alpha.gguf", "0" * 64, model.stat().st_size, (tmp_path / "models",))
    assert "000000000000" in refused.value.happened


def test_an_engine_on_a_worker_that_is_killed_loses_what_it_had_and_loads_again(model):
    engine = HostedEngine(str(model), EngineSettings(n_ctx=512, n_slots=2, n_threads=1, n_threads_batch=1))
    try:
        assert isinstance(engine.load(), Loaded)
        assert isinstance(engine.answer(request("short")), Finished)
        ends = []
        threads = [
            threading.Thread(target=lambda name=name: ends.append(engine.answer(request(name, 400)))) for name in "ab"
        ]
        psutil.Process(engine.pid).suspend()
        for thread in threads:
            thread.start()
        psutil.Process(engine.pid).kill()
        for thread in threads:
            thread.join()
        assert [type(end) for end in ends] == [Died, Died]
        assert isinstance(engine.answer(request("late")), Died)
        assert isinstance(engine.load(), Loaded)
        assert isinstance(engine.answer(request("again")), Finished)
    finally:
        engine.stop()
    assert isinstance(engine.answer(request("over")), Died)


def test_a_run_whose_home_is_not_heard_of_any_more_is_ended(monkeypatch):
    monkeypatch.setattr(on_worker, "_WATCH_SECONDS", 0.01)
    run = on_worker._RUNS["lost"] = HostedRun(Assignment("lost", ()), machine())
    run.prepare()
    assert on_worker.state("lost") == {}
    assert "lost" in on_worker._RUNS
    monkeypatch.setattr(on_worker, "LEASE_SECONDS", -1.0)
    until(lambda: "lost" not in on_worker._RUNS)
    assert isinstance(run.load("any"), Died)


@pytest.mark.parametrize(
    ("address", "exposed"),
    [
        ("tcp://10.0.0.7:8786", True),
        ("node7:8786", True),
        ("tls://10.0.0.7:8786", False),
        ("tcp://127.0.0.1:8786", False),
        ("tcp://[::1]:8786", False),
        ("localhost:8786", False),
    ],
)
def test_an_address_without_encryption_on_a_network_is_exposed(address, exposed):
    assert Connection(None, address).exposed is exposed

"""Studies whose arms are models of servers: generated, interrupted, resumed."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from doubleread import locations
from doubleread.cli.entry import run as run_command
from doubleread.domain.prompts import PromptTemplate
from doubleread.domain.server import Server
from doubleread.domain.study import Decoding, Protocol
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.server import connection
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.engine import ServerEngine, server_engine_factory
from doubleread.engine.server.server_info import ask_server_info, examined
from doubleread.results.provenance import provenance
from doubleread.runs.engine import EngineFactory
from doubleread.runs.generation import GenerationRun
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from real_model import smollm2
from real_server import PATIENT, RealServer
from scripted_server import Script, ScriptedServer, Turn, says, serving, status
from sessions.making import make_study
from waiting import PATIENCE, until

PAGES = {"/v1/models": {"data": [{"id": "alpha"}, {"id": "beta"}]}, "/version": {"version": "0.11.0"}}
KEY = "sk-Zx81Qtopsecret"
QUICK = Backoff(attempts=2, first=0.01, longest=0.02)
CASES = 6


@pytest.fixture
def study(tmp_path: Path) -> Iterator[StudyFile]:
    with make_study(tmp_path / "study.doubleread", CASES) as opened:
        yield opened


def engines_of(server: ScriptedServer, **settings: Any) -> dict[str, EngineFactory]:
    """An arm on each model of a server."""
    arms = {"one": "alpha", "two": "beta"}
    return {
        arm_id: partial(ServerEngine, Server(server.url, model, **settings), name=arm_id, backoff=QUICK)
        for arm_id, model in arms.items()
    }


def generated(study: StudyFile, engines: Mapping[str, EngineFactory], restarts: int = 3) -> GenerationRun:
    """Generate what is missing."""
    run = GenerationRun(study, engines, together=False, restarts=restarts)
    run.start()
    assert run.wait(PATIENCE)
    run.stop()
    return run


def number_of(turn: Turn) -> int:
    """The number of the case that is asked about."""
    return int(turn.asked.body["messages"][-1]["content"].split()[3]) - 40


def text_of(model: str, number: int) -> str:
    return f"The answer is B. It is the fever that {model} saw in patient {number}."


def right(turn: Turn) -> None:
    says(text_of(turn.asked.body["model"], number_of(turn)))(turn)


def answers_of(study: StudyFile) -> dict[tuple[str, str], str]:
    """All texts, by case and arm."""
    found = {case_id: study.answers.of_case(case_id) for case_id in study.case_ids()}
    return {(case_id, arm_id): answer.text for case_id, by_arm in found.items() for arm_id, answer in by_arm.items()}


def expected() -> dict[tuple[str, str], str]:
    arms = {"one": "alpha", "two": "beta"}
    return {
        (f"case-{number}", arm_id): text_of(model, number) for number in range(CASES) for arm_id, model in arms.items()
    }


def test_both_arms_can_be_models_of_a_server(study):
    with serving(right, pages=PAGES) as server:
        run = generated(study, engines_of(server))
        assert len(server.asked) == 2 * CASES
    assert answers_of(study) == expected()
    assert all(progress.done == CASES for progress in run.progress().values())
    answer = study.answers.of_case("case-0")["two"]
    manifest = answer.manifest
    assert (manifest["requested_model"], manifest["server_url"], manifest["vllm"]) == ("beta", server.url, "0.11.0")
    assert manifest["prompt_template_sha256"] == study.protocol.prompt.sha256
    assert not {"prompt_sha256", "n_ctx", "device", "llama_cpp", "template_sha256", "completion_tokens"} & set(manifest)
    assert [score.outcome for score in study.answers.scores_of(answer.id)] == ["correct"]
    with study.connection.snapshot() as db:
        counted = provenance(db, ["one", "two"])["two"]
    assert [counted.values(name) for name in ("model id", "vLLM")] == [(("beta", CASES),), (("0.11.0", CASES),)]
    assert verify(study.path).ok


def test_what_a_server_does_wrong_costs_no_answer_that_can_be_had(study):
    """Each fault comes once, on another case: overload, failures, half answers, slowness, silence."""

    def half(turn: Turn) -> None:
        turn.head()
        turn.text("The answer is A")

    def slow(turn: Turn) -> None:
        turn.head()
        text = text_of(turn.asked.body["model"], number_of(turn))
        piece = json.dumps({"choices": [{"delta": {"content": text}}]})
        for byte in f"data: {piece}\n\n".encode():
            turn.raw(bytes([byte]))
            turn.released.wait(0.001)
        turn.finish()

    faults: dict[int, Script] = {0: status(429), 1: status(500), 2: half, 3: slow, 4: lambda turn: None}
    seen: Counter[tuple[str, int]] = Counter()
    lock = threading.Lock()

    def script(turn: Turn) -> None:
        asked = (turn.asked.body["model"], number_of(turn))
        with lock:
            seen[asked] += 1
            first = seen[asked] == 1
        (faults.get(asked[1], right) if first else right)(turn)

    with serving(script, pages=PAGES) as server:
        generated(study, engines_of(server))
    assert answers_of(study) == expected()
    assert study.answers.failures() == {}


def test_a_reader_sees_an_answer_grow_and_what_is_void_disappear(study):
    cut, go_on = threading.Event(), threading.Event()
    tries: Counter[str] = Counter()

    def script(turn: Turn) -> None:
        tries[turn.asked.body["model"]] += 1
        if turn.asked.body["model"] == "beta" or tries["alpha"] > 1:
            assert go_on.wait(PATIENCE)
            right(turn)
            return
        turn.head()
        turn.text("Half an ans")
        assert cut.wait(PATIENCE)

    with serving(script, pages=PAGES) as server:
        run = GenerationRun(study, engines_of(server))
        run.start()
        until(lambda: run.draft("case-0", "one").text == "Half an ans")
        cut.set()
        until(lambda: run.draft("case-0", "one").text == "")
        assert run.draft("case-0", "one").state == "writing"
        go_on.set()
        until(lambda: run.draft("case-0", "one").state == "done")
        assert run.draft("case-0", "one").text == text_of("alpha", 0)
        assert run.wait(PATIENCE)
        run.stop()


def test_what_cannot_be_had_is_listed_and_asked_for_again_by_the_next_run(study):
    def wrong(turn: Turn) -> None:
        turn.head()
        turn.raw(b'data: {"choices": "none"}\n\n')

    def script(turn: Turn) -> None:
        (wrong if (turn.asked.body["model"], number_of(turn)) == ("beta", 2) else right)(turn)

    with serving(script, pages=PAGES) as server:
        generated(study, engines_of(server))
    assert list(study.answers.failures()) == [("case-2", "two", 0)]
    assert "not a piece of an answer" in study.answers.failures()["case-2", "two", 0]
    with serving(right, pages=PAGES) as server:
        generated(study, engines_of(server))
        assert [asked.body["model"] for asked in server.asked] == ["beta"]
    assert answers_of(study) == expected()
    assert study.answers.failures() == {}


def test_a_run_waits_for_a_server_that_was_started_again_and_makes_nothing_twice(study):
    """It goes away while answers are made, is down for longer than one request waits, and comes back."""
    enough = threading.Event()

    def stalling(turn: Turn) -> None:
        if number_of(turn) < 2:
            right(turn)
        else:
            enough.set()
            turn.head()
            turn.text("Half")
            turn.wait()

    with serving(stalling, pages=PAGES) as server:
        until_back = Backoff(attempts=1000, first=0.01, longest=0.02)
        engines = engines_of(server, concurrency=1)
        # Enough attempts that the last one comes when nothing listens any more.
        patience = {"backoff": Backoff(attempts=50, first=0.01, longest=0.02), "until_back": until_back}
        engines = {arm_id: partial(engine, **patience) for arm_id, engine in engines.items()}
        run = GenerationRun(study, engines, together=False, restarts=3)
        run.start()
        assert enough.wait(PATIENCE)
    until(lambda: any(progress.restarts for progress in run.progress().values()))
    with serving(right, pages=PAGES, port=server.port) as server:
        assert run.wait(PATIENCE)
        run.stop()
        again = Counter((asked.body["model"], asked.body["messages"][-1]["content"]) for asked in server.asked)
    assert answers_of(study) == expected()
    assert study.answers.failures() == {}
    assert set(again.values()) == {1}
    assert verify(study.path).ok


def test_a_server_that_does_not_come_back_leaves_the_rest_for_the_next_run(study):
    def key_is_withdrawn(turn: Turn) -> None:
        (right if number_of(turn) < 2 else status(401))(turn)

    with serving(key_is_withdrawn, pages=PAGES) as server:
        run = generated(study, engines_of(server, concurrency=1), restarts=0)
    assert {progress.state for progress in run.progress().values()} == {"failed"}
    assert {case_id for case_id, _ in answers_of(study)} == {"case-0", "case-1"}
    with serving(right, pages=PAGES) as server:
        generated(study, engines_of(server))
        assert len(server.asked) == 2 * CASES - 4
    assert answers_of(study) == expected()


def test_another_version_of_the_server_is_configuration_drift(study):
    with serving(lambda turn: (right if number_of(turn) < 2 else status(400))(turn), pages=PAGES) as server:
        generated(study, engines_of(server))
    with serving(right, pages={**PAGES, "/version": {"version": "0.12.0"}}) as server:
        run = generated(study, engines_of(server))
        assert run.halted is not None
        assert "vLLM 0.12.0, before 0.11.0" in run.halted.happened
        assert server.asked == []


def test_the_key_is_nowhere_but_in_the_request(study, tmp_path, own_home, monkeypatch, caplog):
    """The server repeats it in errors, and a bug strikes while it is sent."""
    monkeypatch.setenv("CLINIC_KEY", KEY)
    caplog.set_level(logging.DEBUG)

    def repeats(turn: Turn) -> None:
        assert turn.asked.headers["authorization"] == f"Bearer {KEY}"
        if number_of(turn) == 0:
            turn.head(400, "application/json")
            turn.raw(json.dumps({"error": {"message": f"Incorrect API key: {KEY}"}}).encode())
        else:
            right(turn)

    def request(self: Any, method: str, url: str, body: Any, headers: Any, **_: Any) -> None:
        raise ZeroDivisionError(method)

    with serving(repeats, pages=PAGES) as server:
        engines = engines_of(server, key_variable="CLINIC_KEY")
        generated(study, engines)
        assert len(study.answers.failures()) == 2
        with monkeypatch.context() as patched:
            patched.setattr(connection.HTTPConnection, "request", request)
            generated(study, engines)
            patched.setattr(
                "doubleread.runs.health.examine", lambda: examined(Server(server.url, "alpha", "CLINIC_KEY"))
            )
            assert run_command(["doctor"]) == 1
    study.answers.record_failure("case-0", "one", "t", repr(Server(server.url, "alpha", "CLINIC_KEY").as_record()))
    (report,) = locations.logs().glob("crash-*.txt")
    assert "ZeroDivisionError" in report.read_text()
    written = [path for folder in (tmp_path, own_home) for path in folder.rglob("*") if path.is_file()]
    assert study.path in written
    for path in written:
        assert b"sk-Zx" not in path.read_bytes(), path
    assert "sk-Zx" not in caplog.text


FEW = 4
PROTOCOL = Protocol(prompt=PromptTemplate(system=""), decoding=Decoding(max_tokens=24), n_ctx=512)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealServer]:
    """The real server. It interrupts an answer for the next request, so it gets one at a time."""
    server = RealServer(tmp_path / "server.log", concurrency=1)
    server.start()
    yield server
    server.kill()


def test_a_real_server_answers_as_a_worker_process_does_and_can_be_killed(tmp_path, real):
    """The same model, the same prompts, temperature 0. The server is killed while it answers, and started again."""
    settings = EngineSettings(n_ctx=512, n_threads=1, n_threads_batch=1, flash_attention="off")
    engines: dict[str, EngineFactory] = {
        "one": partial(ServerEngine, real.server, name="one", backoff=PATIENT),
        "two": lambda on_event: EngineProcess(smollm2(), settings, on_event, "two"),
    }
    with make_study(tmp_path / "study.doubleread", FEW, protocol=PROTOCOL) as study:
        run = GenerationRun(study, engines, together=False, restarts=3)
        run.start()
        until(lambda: run.progress()["one"].done >= 1)
        writing = next(case_id for case_id in study.case_ids() if run.draft(case_id, "one").state == "writing")
        until(lambda: run.draft(writing, "one").text)
        real.kill()
        real.start()
        assert run.wait(120)
        run.stop()
        texts = answers_of(study)
        assert len(texts) == 2 * FEW
        assert study.answers.failures() == {}
        for case_id in study.case_ids():
            assert texts[case_id, "one"] == texts[case_id, "two"]
            assert len(texts[case_id, "one"]) > 20
        assert max(study.answers.of_case(case_id)["one"].manifest["attempts"] for case_id in study.case_ids()) > 1
        assert verify(study.path).ok


def test_a_run_that_was_stopped_goes_on_with_the_real_server_and_makes_nothing_twice(tmp_path, real):
    engines = {"one": server_engine_factory(real.server, "one", for_batch=True)}
    ask_server_info(real.client())
    with make_study(tmp_path / "study.doubleread", FEW, protocol=PROTOCOL) as study:
        run = GenerationRun(study, engines, together=False)
        run.start()
        until(lambda: run.progress()["one"].done >= 1)
        run.stop()
        before = ids_of(study)
        generated(study, engines)
        after = ids_of(study)
    assert 0 < len(before) < len(after) == FEW
    assert before.items() <= after.items()


def ids_of(study: StudyFile) -> dict[str, str]:
    """The answers' ids by case."""
    found = {case_id: study.answers.of_case(case_id) for case_id in study.case_ids()}
    return {case_id: answers["one"].id for case_id, answers in found.items() if answers}

"""`doubleread run` as a user calls it, with real models through the real llama.cpp."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from cli.conftest import PROGRAM
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.study import Decoding, Protocol
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.planning.study_plan import CPU_SLOTS
from doubleread.runs.generation import GenerationRun
from doubleread.runs.study_arms import pair_of_bundled_arms
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from pty_terminal import PtyProgram, heed_signals
from waiting import PATIENCE, until

LONG = '[prompt]\nsystem = ""\n[decoding]\nmax_tokens = 400\n'
WHEN = "2026-01-01T00:00:00.000Z"


def rows(study, sql):
    with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def manifests(study) -> list[dict]:
    return [json.loads(row[0]) for row in rows(study, "SELECT manifest FROM answers")]


def started(study, *options, **more) -> subprocess.Popen[str]:
    command = [*PROGRAM, "run", str(study), *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_signals, **more
    )


def wait_for_answers(study, count: int) -> None:
    until(lambda: rows(study, "SELECT count(*) FROM answers")[0][0] >= count)


def test_each_model_is_summed_up_and_slots_are_chosen_by_the_program(invoke, make):
    study = make(3)
    done = invoke("run", study)
    assert done.code == 0
    for name in ("Alpha", "Beta"):
        (line,) = [line for line in done.err.splitlines() if line.startswith(f"{name}: 3 answers, 72 tokens, ")]
        assert line.endswith(" s")
        assert " tokens/s, " in line
    assert {manifest["n_slots"] for manifest in manifests(study)} == {CPU_SLOTS}
    assert {manifest["reproducible"] for manifest in manifests(study)} == {False}


def test_json_is_one_document_and_says_what_is_missing_and_why(invoke, make):
    study = make(2)
    record = invoke("run", study, "--json").json
    assert (record["answers"], record["total"], record["made"], record["missing"]) == (4, 4, 4, [])
    assert [(arm["made"], arm["tokens"], arm["restarts"]) for arm in record["arms"]] == [(2, 48, 0)] * 2
    assert all(arm["tokens_per_second"] > 0 for arm in record["arms"])
    assert invoke("run", study, "--json").json["made"] == 0


def test_a_case_that_fails_is_named_with_its_count_of_tokens_and_tried_again(invoke, make):
    study = make(1, text="word " * 2000)
    for tries in (1, 2):
        done = invoke("run", study, "--json")
        assert done.code == 1
        reasons = [item["reason"] for item in done.json["missing"]]
        assert len(reasons) == 2
        assert all("Prompt too long: the prompt has 10" in reason for reason in reasons)
        assert len(rows(study, "SELECT 1 FROM events WHERE kind = 'generation.failed'")) == 2 * tries
    found = invoke("results", study)
    assert found.err.count("pack-0, ") == 2
    assert "Prompt too long" in found.err
    assert [item["reason"] for item in invoke("results", study, "--json").json["missing"]] == reasons


def demo_like_study(path: Path) -> Path:
    """Twelve short cases for the bundled models, with a document that two questions share."""
    cases = [
        Case(f"c-{number}", "diagnosis", f"A woman of {30 + number // 2} years has fever.", f"Why ({number})?", "flu")
        for number in range(12)
    ]
    # Long enough that a busy machine, too, sees the first answer well before the last.
    protocol = Protocol(decoding=Decoding(max_tokens=150), n_ctx=512)
    StudyFile.create(path, cases=cases, arms=pair_of_bundled_arms(), protocol=protocol, device="d").close()
    return path


def texts(study) -> dict:
    sql = "SELECT case_id, arms.name, answers.sha256, text FROM answers JOIN arms ON arms.id = arm_id"
    return {(row[0], row[1]): row[2:] for row in rows(study, sql)}


def killed_midway(path: Path) -> Path:
    """Return a study whose reproducible run was killed after its first answer and before its last.

    Nothing outside the program can stop it between two answers for certain, so a run that was too fast is tried again.
    """
    for attempt in range(10):
        study = demo_like_study(path.with_stem(f"{path.stem}-{attempt}"))
        process = started(study, "--reproducible")
        wait_for_answers(study, 1)
        process.kill()
        process.communicate()
        if len(texts(study)) < 24:
            return study
    pytest.fail("ten runs ended before they could be killed")


def test_reproducible_runs_give_the_same_answers_to_the_byte_also_when_one_was_killed(invoke, tmp_path):
    first = demo_like_study(tmp_path / "first.doubleread")
    assert invoke("run", first, "--reproducible").code == 0
    second = killed_midway(tmp_path / "second.doubleread")
    assert invoke("run", second, "--reproducible").code == 0
    assert texts(first) == texts(second)
    assert len(texts(first)) == 24
    for manifest in (*manifests(first), *manifests(second)):
        assert (manifest["reproducible"], manifest["n_slots"], manifest["reuse_prefix"]) == (True, 1, False)
    threads = {(manifest["n_threads"], manifest["n_threads_batch"]) for manifest in manifests(first)}
    assert threads == {(manifest["n_threads"], manifest["n_threads_batch"]) for manifest in manifests(second)}
    assert len(threads) == 1


def test_reproducible_takes_no_slots(invoke, make):
    done = invoke("run", make(1), "--reproducible", "--slots", "2")
    assert done.code == 2
    assert "--slots" in done.err


@pytest.fixture
def begun(invoke, make):
    """A study in which one answer has another configuration."""

    def begin(**entries) -> Path:
        study = make(2)
        with StudyFile.open(study, device="d") as opened:
            arm = opened.arms()[0]
            opened.answers.record(Answer("a", "pack-0", arm.id, "B", WHEN, WHEN, "stop", entries))
        return study

    return begin


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"n_ctx": 77}, "Alpha: context length 1024, before 77"),
        ({"llama_cpp_python": "0.0.1"}, "Alpha: llama-cpp-python 0."),
        ({"sampler": {"temperature": 0.5}}, "Alpha: temperature 0.0, before 0.5"),
    ],
)
def test_other_conditions_are_refused_before_anything_is_made_unless_it_is_wished(invoke, begun, entries, words):
    study = begun(**entries)
    refused = invoke("run", study)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.splitlines()[-1].startswith("Configuration drift: Alpha: ")
    assert words in refused.err
    beta = rows(study, "SELECT id FROM arms WHERE name = 'Beta'")[0][0]
    assert all(row[0] == beta for row in rows(study, "SELECT arm_id FROM answers WHERE id <> 'a'"))
    assert rows(study, "SELECT 1 FROM events WHERE kind = 'configuration.drifted'") == []
    mixed = invoke("run", study, "--allow-drift")
    assert mixed.code == 0
    assert "configuration drift within one study" in mixed.err
    assert len(rows(study, "SELECT 1 FROM events WHERE kind = 'configuration.drifted'")) == 1
    assert invoke("run", study).err == "nothing is missing\n"
    assert verify(study).ok


def test_threads_and_slots_may_change_and_that_is_said(invoke, begun):
    study = begun(n_slots=64)
    done = invoke("run", study)
    assert done.code == 0
    assert f"slots {CPU_SLOTS}, before 64" in done.err


def test_one_model_after_the_other_where_both_do_not_fit(make):
    study = make(3)
    alive: list[tuple[str, int | None]] = []
    with StudyFile.open(study, device="d") as opened:
        arms = opened.arms()
        engines: dict[str, EngineProcess] = {}

        def factory(arm):
            def engine(hear):
                settings = EngineSettings(n_ctx=512, n_slots=2, n_threads=1, n_threads_batch=1)
                engines[arm.id] = EngineProcess(arm.model.path, settings, hear, arm.name)
                return engines[arm.id]

            return engine

        run = GenerationRun(opened, {arm.id: factory(arm) for arm in arms}, together=False, sequential=True)
        run.listen(lambda: alive.extend((name, engine.pid) for name, engine in engines.items()))
        run.start()
        try:
            assert run.wait(PATIENCE)
        finally:
            run.stop()
        assert opened.answers.missing() == []
    first, second = (arm.id for arm in arms)
    pids = {name: {pid for known, pid in alive if known == name and pid} for name in (first, second)}
    assert len(pids[first]) == len(pids[second]) == 1
    both = [(a[1], b[1]) for a, b in zip(alive[::2], alive[1::2], strict=True)]
    assert not any(a and b for a, b in both)
    times = [
        rows(study, f"SELECT {what} FROM answers WHERE arm_id = '{arm}'")[0][0]
        for what, arm in (("max(finished_at)", first), ("min(started_at)", second))
    ]
    assert times[0] <= times[1]


def test_bars_show_answers_rate_and_time_left_in_a_terminal(make):
    study = make(30, protocol=LONG)
    with PtyProgram([*PROGRAM, "run", str(study)], dict(os.environ), columns=100) as program:
        program.wait_for("tokens/s, ")
        program.wait_for("-- left")
        program.wait_for("/30 ")
        program.wait_for(" s left")
        program.ended(240)
        shown = program.plain()
    assert "Alpha: 30 answers" in shown
    assert "60 of 60 answers" in shown


def workers_of(process) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_no_worker_and_says_in_json_what_it_made(make, wish):
    study = make(200, protocol=LONG)
    process = started(study, "--json")
    wait_for_answers(study, 2)
    workers = workers_of(process)
    assert len(workers) == 2
    process.send_signal(wish)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "Stopped: " in err
    record = json.loads(out)
    assert record["stopped"]
    assert record["answers"] == len(rows(study, "SELECT 1 FROM answers")) >= 2
    assert psutil.wait_procs(workers, PATIENCE)[1] == []


def test_ctrl_c_twice_ends_at_once_whatever_holds_it_up(make):
    study = make(200, protocol=LONG)
    for _ in range(10):
        process = started(study)
        wait_for_answers(study, len(rows(study, "SELECT 1 FROM answers")) + 1)
        workers = workers_of(process)
        for worker in workers:
            worker.suspend()
        # Two that come before the program looks are one to it, so there may be more than two.
        until(lambda process=process: process.send_signal(signal.SIGINT) or process.poll() is not None, pause=0.1)
        _, err = process.communicate(timeout=PATIENCE)
        if "Stopped: immediately" in err:
            break
        # Now and then nothing holds the first one up; then there is nothing to end at once, and the run is begun again.
        assert "Stopped: " in err
    assert "Stopped: immediately" in err
    assert process.returncode == 1
    assert psutil.wait_procs(workers, PATIENCE)[1] == []
    assert verify(study).ok


SAMPLED = '[prompt]\nsystem = ""\n[decoding]\nmax_tokens = 24\ntemperature = 0.8\n'


def samples(study) -> list[tuple]:
    """Case, arm, sample, seed and text of every answer."""
    return rows(
        study,
        "SELECT case_id, arm_id, sample, json_extract(manifest, '$.sampler.seed'), text FROM answers"
        " ORDER BY case_id, arm_id, sample",
    )


def test_every_sample_has_its_own_seed_and_a_killed_run_goes_on(invoke, make):
    study = make(2, f"samples = 3\n{SAMPLED}")
    assert invoke("run", study, "--dry-run").out.count("6 answers would be generated") == 2
    process = started(study, "--slots", "1")
    wait_for_answers(study, 5)
    process.kill()
    process.communicate()
    before = samples(study)
    later = {row[1] for row in before if row[2]}
    assert later
    for arm_id in later:
        assert len([row for row in before if row[1:3] == (arm_id, 0)]) == 2, "first answers come first"
    done = invoke("run", study, "--json").json
    assert (done["total"], done["answers"], done["missing"]) == (12, 12, [])
    found = samples(study)
    assert len(found) == 12
    assert set(before) <= set(found)
    for arm_id in {row[1] for row in found}:
        own = [row for row in found if row[1] == arm_id]
        assert [row[2] for row in own] == [0, 1, 2] * 2
        assert len({row[3] for row in own}) == 6, "each answer has its own seed"
        assert len({row[4] for row in own}) > 2, "the seed makes a difference"
    assert sorted(manifest.get("sample", 0) for manifest in manifests(study)) == [0] * 4 + [1] * 4 + [2] * 4
    assert len(rows(study, "SELECT 1 FROM scores")) == 12
    assert invoke("run", study, "--json").json["made"] == 0
    assert verify(study).ok

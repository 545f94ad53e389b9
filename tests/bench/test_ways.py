"""Each way by itself: what it is asked, what it is taken to say, and what it leaves behind."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from bench import programs
from doubleread.bench import batched_bench_way, engine_way, interactive, plain_loop, server_way, step_overhead
from doubleread.bench import other_load as load_of_others
from doubleread.bench.comparing import WAYS, compare, ways_for
from doubleread.bench.make_model import make_model
from doubleread.bench.measured import AnswerTimes, Measured
from doubleread.bench.prompt_texts import Wanted, fitted, write_questions
from doubleread.bench.shapes import SHAPES
from doubleread.bench.task import BenchError, Question, Task
from doubleread.bench.vocabulary import byte_vocabulary
from doubleread.engine.client.protocol import Finished
from doubleread.engine.client.settings import EngineSettings

needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="programs that are scripts need a shebang")
SETTINGS = EngineSettings(n_threads=1, n_threads_batch=1)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "tiny.gguf"
    shape = SHAPES["tiny"]
    make_model(path, shape, "Q8_0", byte_vocabulary(shape.vocabulary), name="tiny")
    return path


@pytest.fixture
def task(tiny) -> Task:
    questions = write_questions(tiny, [Wanted(seed, 60) for seed in range(3)])
    return Task(tiny, SETTINGS, tuple(questions), 12, 3)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_questions_have_the_tokens_asked_for_and_differ(tiny):
    questions = write_questions(tiny, [Wanted(seed, size) for seed, size in enumerate((48, 64, 65, 66, 500))])
    assert [question.tokens for question in questions] == [48, 64, 65, 66, 500]
    assert len({question.text[:8] for question in questions}) == 5


def test_questions_on_a_document_begin_with_all_of_it(tiny):
    wanted = [Wanted(seed, 340, document=seed % 2, document_tokens=300) for seed in range(4)]
    texts = [question.text for question in write_questions(tiny, wanted)]
    for first, second in ((0, 2), (1, 3)):
        assert texts[first][:200] == texts[second][:200]
        assert texts[first] != texts[second]
    assert texts[0][:10] != texts[1][:10]


def test_a_text_never_gets_longer_than_asked_for():
    assert fitted("already far too long", "seed", 3, len) == "already far too long"
    assert len(fitted("", "seed", 33, lambda text: 3 * len(text))) == 11
    assert len(fitted("", "seed", 34, lambda text: 3 * len(text))) == 11


def test_every_way_that_runs_the_model_makes_the_same_answers(task):
    for measured in (engine_way.measure(task), engine_way.measure_one_slot(task), plain_loop.measure(task)):
        assert [answer.tokens for answer in measured.answers] == [12, 12, 12]
        assert [answer.prompt_tokens for answer in measured.answers] == [60, 60, 60]
        assert all(answer.asked < answer.first <= answer.finished for answer in measured.answers)
        assert measured.rate > 0
        assert measured.decode_rate
        if sys.platform == "linux":
            assert measured.peak_bytes > 1 << 20


def test_one_slot_counts_an_answer_from_the_end_of_the_one_before(task):
    answers = engine_way.measure_one_slot(task).answers
    for before, after in pairwise(answers):
        assert after.asked == before.finished


def test_the_engine_that_cannot_load_says_why(task, tmp_path):
    (tmp_path / "no.gguf").write_bytes(b"GGUF nothing")
    spoilt = Task(tmp_path / "no.gguf", SETTINGS, task.questions, 12, 3)
    with pytest.raises(BenchError):
        engine_way.measure(spoilt)
    with pytest.raises(BenchError, match="plain_loop failed"):
        plain_loop.measure(spoilt)


@needs_scripts
def test_the_server_gets_the_same_questions_on_this_machine_alone_and_is_ended(task, tmp_path):
    programs.install(tmp_path, server="works")
    measured = server_way.measure(task, str(tmp_path / "llama-server"))
    assert [(answer.tokens, answer.prompt_tokens, answer.reused) for answer in measured.answers] == [(12, 50, 5)] * 3
    words = json.loads((tmp_path / "server-arguments.json").read_text())
    said = dict(zip(words[:-1:2], words[1:-1:2], strict=True))
    assert said["--host"] == "127.0.0.1"
    assert said["--parallel"] == "3"
    assert int(said["--ctx-size"]) == 3 * task.n_ctx
    assert (said["--threads"], said["--threads-batch"], said["--batch-size"]) == ("1", "1", "512")
    assert said["--flash-attn"] == "auto"
    assert gone(int((tmp_path / "server-pid").read_text()))


@needs_scripts
@pytest.mark.parametrize(("mode", "said"), [("dies", "no such model"), ("refuses", "answered 500")])
def test_a_server_that_fails_is_reported_and_ended(task, tmp_path, mode, said):
    programs.install(tmp_path, server=mode)
    with pytest.raises(BenchError, match=said):
        server_way.measure(task, str(tmp_path / "llama-server"))
    assert gone(int((tmp_path / "server-pid").read_text()))


@needs_scripts
@pytest.mark.parametrize(("mode", "runs"), [("works", 1), ("hasty", 2)])
def test_batched_bench_does_a_step_less_than_an_answer_has_tokens(task, tmp_path, mode, runs):
    programs.install(tmp_path, batched_bench=mode)
    measured = batched_bench_way.measure(task, str(tmp_path / "llama-batched-bench"))
    assert len((tmp_path / "bench-runs").read_text()) == runs
    assert measured.answers == (AnswerTimes(0.0, 0.5, 2.0, 60, 12),) * 3
    assert measured.decode_rate == pytest.approx(3 * 11 / 1.5)


@needs_scripts
def test_batched_bench_that_fails_is_reported(task, tmp_path):
    programs.install(tmp_path, batched_bench="dies")
    with pytest.raises(BenchError, match="no such model"):
        batched_bench_way.measure(task, str(tmp_path / "llama-batched-bench"))


def test_programs_that_are_not_there_are_named(task, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    ways, left_out = ways_for(task, WAYS)
    assert list(ways) == ["doubleread", "one-slot", "loop"]
    assert set(left_out) == {"server", "batched-bench"}
    assert "llama-server" in left_out["server"]


def test_ways_have_their_turns_round_after_round():
    turns: list[str] = []

    def way(name):
        def measure():
            turns.append(name)
            return Measured(name, 1.0, (AnswerTimes(0, 0, 1, 1, 1),))

        return measure

    done = compare({name: way(name) for name in ("doubleread", "loop", "server")}, 2, {})
    assert turns == ["doubleread", "loop", "server"] * 2
    assert done.ways == ("doubleread", "loop", "server")


def test_a_way_that_fails_at_first_is_left_out_and_the_engine_is_not():
    good = Measured("doubleread", 1.0, (AnswerTimes(0, 0, 1, 1, 1),))

    def fail():
        raise BenchError("Not measured", "it broke")

    done = compare({"doubleread": lambda: good, "server": fail}, 2, {})
    assert done.ways == ("doubleread",)
    assert done.left_out == {"server": "it broke"}
    with pytest.raises(BenchError):
        compare({"doubleread": fail, "server": lambda: good}, 2, {})


def test_what_a_step_costs_besides_llama_cpp_is_a_part_of_it(tiny):
    questions = write_questions(tiny, [Wanted(seed, 40) for seed in range(2)])
    step, own, share = step_overhead.measure(Task(tiny, SETTINGS, tuple(questions), 60, 2))
    assert 0 < own.value < step.value
    assert share.value == pytest.approx(100 * own.value / step.value)
    assert share.goal == step_overhead.GOAL_PERCENT


def test_a_step_is_timed_by_the_answer_that_began_last_not_by_pieces_of_text():
    class Scripted:
        def __init__(self):
            self.ends = {}

        def ask(self, name, _text, tokens):
            seconds = {"step0": 5.0, "step1": 1.5}[name]
            self.ends[name] = (
                9.0,
                Finished(name, "", "length", {"decode_seconds": seconds, "completion_tokens": tokens}),
            )

        def wait_for(self, names):
            assert set(names) == set(self.ends)

    questions = [Question("a", 1), Question("b", 1)]
    assert interactive.step_seconds(Scripted(), questions) == pytest.approx(1.5 / (interactive.STEPS - 1))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how busy all processors were")
def test_the_load_of_others_counts_neither_this_program_nor_its_children(monkeypatch):
    machine, own = iter([100.0, 130.0]), iter([10.0, 25.0])
    clock = iter([0.0, 10.0])
    monkeypatch.setattr(load_of_others, "busy_seconds", lambda: next(machine))
    monkeypatch.setattr(load_of_others, "own_seconds", lambda: next(own))
    monkeypatch.setattr("doubleread.bench.other_load.time.perf_counter", lambda: next(clock))
    with load_of_others.other_load() as load:
        pass
    assert load.processors == pytest.approx(1.5)

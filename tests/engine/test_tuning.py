"""What measures models on this machine chooses, keeps, and finds again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import gguf_files
from arms import arm_with_model
from doubleread import locations
from doubleread.domain.case import Case
from doubleread.domain.study import Decoding, Protocol
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.gguf.repacking import repacked_types, repacking_advice
from doubleread.engine.planning.devices import machine
from doubleread.engine.tuning.record import (
    Choice,
    Conditions,
    PairRecord,
    Threads,
    TuningRecord,
    all_records,
    keep,
    look_up,
    look_up_pair,
)
from doubleread.engine.tuning.search import DEPTH, Ends, Limits, Race, Way, race, search
from doubleread.engine.tuning.tune import conditions_here, tune_model, tune_pair
from doubleread.errors import DoublereadError
from doubleread.runs.study_run import RunOptions, StudyRun
from doubleread.runs.tuning import why_at_once
from doubleread.store import StudyFile
from waiting import until

HERE = Conditions("build-1", "a processor", "2 cores")
FIRST, SECOND = "1" * 64, "2" * 64
AVX512 = "CPU : SSE3 = 1 | AVX2 = 1 | AVX512 = 1 | LLAMAFILE = 1 | OPENMP = 1 | REPACK = 1"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class Simulated:
    """A machine on which a step's time is known. Each measurement takes `takes` seconds of the search's time."""

    def __init__(self, takes: float = 0.01, noise: float = 0.0, token: float = 0.0, **ways: float) -> None:
        self.takes, self.noise, self.token, self.ways = takes, noise, token, ways
        self.clock, self.asked = 0.0, 0
        self.apart = 0.0

    def now(self) -> float:
        return self.clock

    def _known(self, seconds: float) -> float:
        self.clock += self.takes
        self.asked += 1
        return seconds * (1 + self.noise * (-1) ** self.asked)

    def decode(self, way: Way) -> float | None:
        seconds = 0.0025 * way.n_slots * self.ways.get(f"threads_{way.threads}", 1.0)
        if way.n_slots == 16:
            seconds *= self.ways.get("slots_16", 1.0)
        if way.kv_unified:
            seconds *= self.ways.get("unified", 1.5)
        attention = self.ways.get("flash" if way.flash_attention else "plain", 0.01)
        if way.kv_type != "f16":
            attention *= self.ways.get("eight_bits", 1.0)
        seconds *= self.ways.get("short_flash", 1.0) if way.flash_attention else 1.0
        return self._known(seconds + attention * way.depth * way.n_slots / 3072)

    def prefill(self, way: Way, count: int) -> float | None:
        micro = min(way.n_ubatch or (512 if way.flash_attention else 128), count)
        seconds = self.ways.get(f"micro_{micro}", 1.0) * self.ways.get(f"threads_{way.threads}", 1.0)
        self.clock += self.token * count
        return self._known(0.001 * seconds * count)

    def divergence(self, way: Way) -> float | None:
        return self.apart


LIMITS = Limits(cores=2, seconds=20.0, n_ctx=8192, cells=65536)


def test_a_race_that_is_cut_short_chooses_among_what_was_measured():
    found = search(Simulated(takes=1.0, short_flash=0.8), LIMITS)
    assert {figure.flash_attention for figure in found.figures if figure.what == "decode"} == {False, True}
    assert found.short.flash_attention
    assert found.unmeasured == ("single",)
    nothing = search(Simulated(takes=30.0, short_flash=0.8), LIMITS)
    assert (nothing.short, nothing.long, nothing.long_from) == (Choice(), Choice(), 0)


def test_without_a_real_gain_the_defaults_stay():
    found = search(Simulated(noise=0.005), LIMITS)
    assert (found.short, found.long, found.threads) == (Choice(), Choice(), Threads())


def test_every_setting_is_chosen_by_its_time():
    machine_ = Simulated(slots_16=0.9, unified=0.8, short_flash=0.8, micro_64=0.7, threads_1=0.5)
    found = search(machine_, LIMITS)
    assert found.short == Choice(flash_attention=True, n_slots=16, kv_unified=True, n_ubatch=64)
    assert found.threads == Threads(0.5, 0.5)


@pytest.mark.parametrize(
    ("token", "micro_batches", "chosen"),
    [
        (0.0, {"micro_512": 1.5}, 256),
        (0.0, {"micro_512": 0.9}, 0),
        (0.003, {"micro_128": 0.8}, 128),
        (0.003, {"micro_512": 0.1}, 256),
        (0.012, {"micro_512": 0.1}, 128),
    ],
)
def test_every_micro_batch_is_measured_on_a_prompt_that_fills_it(token, micro_batches, chosen):
    found = search(Simulated(token=token, short_flash=0.5, **micro_batches), LIMITS)
    assert found.short.flash_attention
    assert found.short.n_ubatch == chosen
    prefills = [figure for figure in found.figures if figure.what == "prefill"]
    assert {figure.flash_attention for figure in prefills} == {False, True}
    for figure in prefills:
        assert (figure.n_ubatch or (512 if figure.flash_attention else 128)) <= figure.count


def test_flash_attention_goes_by_the_length_of_answers():
    found = search(Simulated(short_flash=0.85, flash=0.002, plain=0.0), LIMITS)
    assert found.short.flash_attention
    assert not found.long.flash_attention
    assert 450 < found.long_from < 3150


class Scripted(Simulated):
    """A machine of two cores with a 0.3B model: what a measurement takes depends on it, and `slower` on the load."""

    def __init__(self, slower: float, **ways: float) -> None:
        super().__init__(0.0, **ways)
        self.clock, self.slower = 1.5, slower

    def decode(self, way: Way) -> float | None:
        self.clock += self.slower * (0.08 + 0.018 * way.n_slots + 0.00005 * way.n_slots * way.depth)
        return super().decode(way)

    def prefill(self, way: Way, count: int) -> float | None:
        self.clock += self.slower * (0.06 + 0.0026 * count + 0.00004 * way.depth)
        return super().prefill(way, count)


@pytest.mark.parametrize("slower", [1.0, 1.6, 2.5])
@pytest.mark.parametrize(("plain", "flash", "on"), [(0.02, 0.003, True), (0.0, 0.002, False)])
def test_long_answers_are_compared_before_micro_batches_have_more_rounds(slower, plain, flash, on):
    found = search(Scripted(slower, short_flash=0.85, plain=plain, flash=flash), LIMITS)
    assert found.short.flash_attention
    assert found.long.flash_attention == on
    assert {figure.flash_attention for figure in found.figures if figure.what == "long"} == {False, True}
    assert "long" not in found.unmeasured


def test_long_answers_that_were_not_compared_have_the_default_attention():
    class Shallow(Scripted):
        def decode(self, way: Way) -> float | None:
            self.clock += 60.0 if way.depth > DEPTH else 0.0
            return super().decode(way)

    for simulated, limits in (
        (Shallow(1.0, short_flash=0.85), LIMITS),
        (Scripted(1.0, short_flash=0.85), replace(LIMITS, cells=2000)),
    ):
        found = search(simulated, limits)
        assert found.unmeasured == ("long",)
        assert found.short.flash_attention
        assert not found.long.flash_attention
        assert found.long_from == 451
    no_long_ones = search(Scripted(1.0, short_flash=0.85), replace(LIMITS, n_ctx=700))
    assert no_long_ones.unmeasured == ()
    assert (no_long_ones.long, no_long_ones.long_from) == (no_long_ones.short, 0)


def test_what_is_close_has_more_rounds_in_the_time_that_is_left():
    found = search(Simulated(takes=0.3), LIMITS)
    rounds = {
        what: max(figure.rounds for figure in found.figures if figure.what == what)
        for what in ("decode", "prefill", "long")
    }
    assert rounds["decode"] >= 3
    assert rounds["prefill"] >= 4
    assert rounds["long"] >= 3


def test_fewer_bits_are_not_measured_again_when_they_are_clearly_slower():
    machine_ = Simulated(flash=0.5, plain=1.0, eight_bits=3.0)
    kv = [figure for figure in search(machine_, LIMITS).figures if figure.what == "kv"]
    assert [(figure.kv_type, figure.rounds) for figure in kv if figure.kv_type == "q8_0"] == [("q8_0", 1)]


@pytest.mark.parametrize(
    ("eight_bits", "apart", "chosen"), [(0.1, 0.001, "q8_0"), (0.1, 0.01, "f16"), (0.99, 0.0, "f16")]
)
def test_smaller_keys_and_values_must_gain_and_stay_close(eight_bits, apart, chosen):
    simulated = Simulated(plain=4.0, flash=2.0, eight_bits=eight_bits)
    simulated.apart = apart
    assert search(simulated, LIMITS).long.kv_type == chosen


def test_a_search_ends_in_its_time():
    for takes in (0.5, 1.0, 3.0, 30.0):
        simulated = Simulated(takes=takes, short_flash=0.5)
        search(simulated, LIMITS)
        assert simulated.clock <= LIMITS.seconds + 2 * takes


def test_a_model_that_cannot_be_measured_keeps_the_defaults():
    class Refusing(Simulated):
        def decode(self, way: Way) -> float | None:
            return None

    found = search(Refusing(), LIMITS)
    assert (found.short, found.long) == (Choice(), Choice())


def test_slow_candidates_drop_out_and_a_disturbed_round_does_not_decide():
    ways = [Way(n_slots=8), Way(n_slots=16), Way(n_slots=32)]
    times = {8: iter([1.0] * 9), 16: iter([2.0] * 9), 32: iter([0.97, 5.0, 0.97, 0.97, 5.0])}
    counts = dict.fromkeys(times, 0)

    def measure(way: Way) -> float:
        counts[way.n_slots] += 1
        return next(times[way.n_slots])

    run = race(ways, measure, lambda: 0.0, Ends(1.0, 1.0, 1.0))
    assert counts == {8: 5, 16: 1, 32: 5}
    assert run.fastest(ways[0]) == ways[2]
    assert run.fastest(ways[0], gain=0.05) == ways[0]
    assert Race({}).fastest(ways[0]) == ways[0]


def record_of(sha256: str = FIRST, conditions: Conditions = HERE, **more: object) -> TuningRecord:
    fields = {"short": Choice(n_slots=16), "long": Choice(), "long_from": 1000, "threads": Threads(0.5, 1.0)}
    return TuningRecord(sha256, conditions, **fields | more, seconds=1.0, measured_at="2026-03-01T12:00:00.000Z")


def test_a_record_is_found_again_for_its_model_alone():
    record = record_of()
    assert keep(record)
    assert look_up(FIRST, HERE).record == record
    assert look_up(SECOND, HERE).record is None
    assert look_up(SECOND, HERE).why == ""
    assert [found.record for found in all_records()] == [record]
    assert record.for_tokens(999).n_slots == 16
    assert record.for_tokens(1000).n_slots == 8
    assert record.id != record_of(long_from=1001).id


@pytest.mark.parametrize(
    ("changed", "word"),
    [({"llama_cpp": "2"}, "build"), ({"processor": "b"}, "another processor"), ({"cores": "4"}, "other cores")],
)
def test_a_record_of_other_conditions_does_not_count(changed, word):
    keep(record_of())
    found = look_up(FIRST, HERE.replace(**changed))
    assert found.record is None
    assert word in found.why


def _path(sha256: str = FIRST) -> Path:
    return locations.tuning() / f"{sha256}.json"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-20],
        lambda data: data.replace(b'"n_slots":16', b'"n_slots":32'),
        lambda data: data.replace(b'"n_slots":16', b'"n_slots":65'),
        lambda data: data.replace(b'"version":1', b'"version":2'),
        lambda data: b"\xff" + data,
        lambda data: b"[]\n",
        lambda data: b'{"record":null}\n',
        lambda data: b"",
    ],
)
def test_a_damaged_record_does_not_count(spoil):
    keep(record_of())
    _path().write_bytes(spoil(_path().read_bytes()))
    found = look_up(FIRST, HERE)
    assert found.record is None
    assert "damaged" in found.why


def test_a_record_under_a_wrong_name_does_not_count():
    keep(record_of())
    _path().rename(_path(SECOND))
    found = look_up(SECOND, HERE)
    assert found.record is None
    assert "another model" in found.why


def test_a_pair_is_found_in_either_order():
    pair = PairRecord((FIRST, SECOND), HERE, side_by_side=1.1, rounds=3, seconds=1.0, measured_at="")
    keep(pair)
    assert look_up_pair((SECOND, FIRST), HERE).record == pair
    assert pair.in_turn
    assert not pair.replace(side_by_side=1.01).in_turn
    assert "cores" in look_up_pair((FIRST, SECOND), HERE.replace(cores="4")).why


@pytest.fixture(scope="module")
def two_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    shape = replace(gguf_files.SMALL, context=1024)
    return tuple(gguf_files.write_llama(folder / f"{seed}.gguf", shape=replace(shape, seed=seed)) for seed in (1, 2))


def test_a_real_model_is_measured_in_its_time(two_models):
    path = two_models[0]
    record = tune_model(path, model_sha256(path), machine(), seconds=60.0)
    assert record.seconds < 60.0
    assert look_up(model_sha256(path), conditions_here(machine())).record == record
    measured = {(figure.what, figure.flash_attention) for figure in record.figures}
    assert {("decode", True), ("decode", False), ("prefill", True), ("prefill", False)} <= measured
    assert {figure.depth for figure in record.figures} == {DEPTH, 5 * DEPTH}


def test_two_real_models_are_measured_together(two_models, monkeypatch):
    monkeypatch.setattr("doubleread.engine.tuning.tune.PAIR_SECONDS", 0.02)
    hashes = tuple(model_sha256(path) for path in two_models)
    pair = tune_pair(two_models, hashes, machine(), seconds=60.0)
    assert look_up_pair(hashes, conditions_here(machine())).record == pair


@pytest.mark.parametrize(
    ("side_by_side", "words"),
    [
        (0.8, "both models at the same time: one after the other would take 25.0% longer on this machine, as measured"),
        (1.25, "one model after the other: both at the same time take 25.0% longer on this machine, as measured"),
    ],
)
def test_answers_tell_whether_two_models_ran_in_turn_and_why(two_models, tmp_path, side_by_side, words):
    hashes = [model_sha256(path) for path in two_models]
    first, second = sorted(hashes)
    here = conditions_here(machine())
    keep(PairRecord((first, second), here, side_by_side=side_by_side, rounds=3, seconds=1.0, measured_at=""))
    arms = tuple(
        arm_with_model(f"m{number}", f"model {number}", sha256, str(path))
        for number, (sha256, path) in enumerate(zip(hashes, two_models, strict=True))
    )
    case = Case("c", "diagnosis", "A patient with fever.", "What is it?", "flu")
    protocol = Protocol(decoding=Decoding(max_tokens=4))
    said: list[str] = []
    with (
        StudyFile.create(tmp_path / "s.doubleread", cases=[case], arms=arms, protocol=protocol, device="d") as study,
        StudyRun(study, RunOptions(), said.append) as run,
    ):
        run.prepare()
        run.start()
        until(lambda: run.wait(0.1))
        answers = study.answers.of_case("c")
    assert [answers[arm.id].manifest["arrangement"] for arm in arms] == [words] * 2
    assert f"note: {words}" in said


@pytest.mark.parametrize(
    ("side_by_side", "words"),
    [(1.25, "although that takes 25.0% longer"), (1.01, "takes about as long"), (0.8, "would take 25.0% longer")],
)
def test_models_at_the_same_time_are_not_said_to_be_faster_than_measured(side_by_side, words):
    here = conditions_here(machine())
    keep(PairRecord((FIRST, SECOND), here, side_by_side=side_by_side, rounds=3, seconds=1.0, measured_at=""))
    assert words in why_at_once((SECOND, FIRST), machine())


def test_what_cannot_be_loaded_is_an_error(tmp_path):
    path = tmp_path / "damaged.gguf"
    path.write_bytes(gguf_files.write_llama(tmp_path / "whole.gguf").read_bytes()[:-100])
    with pytest.raises(DoublereadError):
        tune_model(path, FIRST, machine(), seconds=60.0)
    assert not _path().exists()


def test_repacking_depends_on_the_processor():
    assert repacked_types(AVX512) == {"Q4_0", "Q4_K", "IQ4_NL", "MXFP4", "Q2_K"}
    assert "Q2_K" not in (repacked_types(AVX512.replace("AVX512 = 1", "AVX512 = 0")) or ())
    assert "Q8_0" in (repacked_types("CPU : NEON = 1 | ARM_FMA = 1 | DOTPROD = 1 | REPACK = 1") or ())
    assert repacked_types("CPU : NEON = 1 | DOTPROD = 1") is None
    assert repacked_types("CPU : RISCV_V = 1 | REPACK = 1") is None


def test_advice_names_models_that_are_not_repacked():
    words = repacking_advice("smol", "Q4_1", AVX512)
    assert words.startswith("smol is stored as Q4_1")
    assert "Q4_0 and Q4_K_M are" in words
    for quantisation in ("Q4_0", "Q4_K_M", "IQ4_NL", "F16", "BF16", "F32"):
        assert repacking_advice("smol", quantisation, AVX512) == ""
    assert json.dumps(words).isascii()

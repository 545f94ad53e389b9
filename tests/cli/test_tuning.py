"""Runs use tuning records, say so, and depend on none when they are reproducible."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from doubleread import locations
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.planning.devices import machine
from doubleread.engine.planning.memory_plan import Preferred
from doubleread.engine.tuning.known import preferred_for
from doubleread.engine.tuning.record import Choice, PairRecord, Threads, TuningRecord, keep
from doubleread.engine.tuning.tune import conditions_here
from doubleread.errors import DoublereadError
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engines import EnginePlan
from doubleread.runs.tuning import FEWEST_ANSWERS, Measurable, consistent, measure_missing
from doubleread.store import StudyFile

CHOICE = Choice(flash_attention=True, n_slots=3, kv_unified=True, n_ubatch=64)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path / "home"))


def manifests(study) -> list[dict]:
    with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
        return [json.loads(row[0]) for row in connection.execute("SELECT manifest FROM answers")]


def record_of(path, **more) -> TuningRecord:
    fields = {"short": CHOICE, "long": CHOICE, "long_from": 0, "threads": Threads(), "measured_at": ""} | more
    conditions = fields.pop("conditions", conditions_here(machine()))
    return TuningRecord(model_sha256(path), conditions, **fields, seconds=1.0)


def used(manifest: dict) -> tuple[object, ...]:
    return tuple(manifest[name] for name in ("n_slots", "flash_attention", "kv_unified", "n_ubatch"))


def test_a_run_uses_records_and_existing_answers_keep_their_attention(invoke, make, ggufs):
    records = [record_of(path) for path in ggufs]
    for record in records:
        keep(record)
    study = make(1)
    done = invoke("run", study)
    assert done.code == 0, done.err
    assert "both models at the same time: this pair was not measured" in done.err
    assert {used(manifest) for manifest in manifests(study)} == {(3, "on", True, 64)}
    assert {manifest["tuning"] for manifest in manifests(study)} == {record.id for record in records}
    done = invoke("doctor", ggufs[0], "--quick", "--json")
    assert done.json["tuning_records"] == {"count_here": 2, "ignored": 0}
    assert done.json["plan"]["tuning"][0]["record"]["short"]["n_slots"] == 3

    for path in ggufs:
        keep(record_of(path, short=CHOICE.replace(flash_attention=False, n_slots=4)))
    with StudyFile.open(study, device="test") as opened:
        (arm, _) = opened.arms()
        preferred = preferred_for(arm.model_sha256, 100, machine())
        assert (preferred.flash_attention, preferred.n_ubatch) == ("off", 64)
        kept = consistent(preferred, StudyConfiguration(opened), arm.id)
    assert (kept.flash_attention, kept.kv_type, kept.n_slots, kept.n_ubatch) == ("on", "f16", 4, 0)


def test_a_reproducible_run_depends_on_no_record(make, ggufs):
    for path in ggufs:
        keep(record_of(path))
    with StudyFile.open(make(1), device="test") as study:
        configuration = StudyConfiguration(study, reproducible=True)
        reproducible = EnginePlan(study, slots=None, for_batch=True, configuration=configuration).plan()
        usual = EnginePlan(study, slots=None, for_batch=True).plan()
    settings = [placed.settings for placed in reproducible.models]
    assert [(load.tuning, load.n_slots, load.flash_attention, load.ubatch) for load in settings] == [
        ("", 1, "off", 128)
    ] * 2
    assert all(placed.settings.tuning for placed in usual.models)


def test_stale_and_damaged_records_are_ignored_with_a_word(invoke, ggufs):
    stale = conditions_here(machine()).replace(llama_cpp="another")
    keep(record_of(ggufs[0], conditions=stale))
    keep(record_of(ggufs[1]))
    (locations.tuning() / f"{model_sha256(ggufs[1])}.json").write_bytes(b"{}")
    done = invoke("doctor", *ggufs, "--quick")
    assert "Alpha: not tuned: its tuning record was measured with another build of llama.cpp" in done.out
    assert "Beta: not tuned: its tuning record is damaged" in done.out
    assert preferred_for(model_sha256(ggufs[0]), 100, machine()) == Preferred()


@pytest.mark.parametrize(
    ("side_by_side", "for_batch", "in_turn", "words"),
    [
        (1.25, True, True, "one model after the other: both at the same time take 25.0% longer on this machine"),
        (0.8, True, False, "both models at the same time: one after the other would take 25.0% longer"),
        (1.25, False, False, "both models at the same time"),
    ],
)
def test_a_batch_takes_two_models_in_turn_if_that_was_faster(make, ggufs, side_by_side, for_batch, in_turn, words):
    first, second = sorted(map(model_sha256, ggufs))
    here = conditions_here(machine())
    keep(PairRecord((first, second), here, side_by_side=side_by_side, rounds=3, seconds=1.0, measured_at=""))
    with StudyFile.open(make(1), device="test") as study:
        plan = EnginePlan(study, slots=None, for_batch=for_batch)
        assert plan.sequential == in_turn
        assert words in plan.arrangement()
        cores = {placed.settings.cores for placed in plan.plan().models}
    assert (len(cores) == 1) == in_turn or cores == {None}


def test_a_long_first_run_measures_and_a_short_one_does_not(ggufs, monkeypatch):
    measured, said = [], []

    def simulated(path, _sha256, _here):
        measured.append(path)
        if path == ggufs[1]:
            raise DoublereadError("Not tuned", "Beta is too slow")
        keep(record_of(path))

    def of_the_pair(paths, *_):
        measured.append(paths)

    monkeypatch.setattr("doubleread.runs.tuning.tune_model", simulated)
    monkeypatch.setattr("doubleread.runs.tuning.tune_pair", of_the_pair)
    models = [Measurable(path, model_sha256(path), FEWEST_ANSWERS - 1) for path in ggufs]
    measure_missing(models, machine(), said.append)
    assert not measured
    models = [replace(model, answers=FEWEST_ANSWERS) for model in models]
    measure_missing(models, machine(), said.append)
    assert measured == [*ggufs, tuple(ggufs)]
    assert [line for line in said if "model 1 of 2" in line]
    assert not [line for line in said if "Alpha" in line or "Beta" in line]
    measure_missing(models, machine(), said.append)
    assert measured[3:] == [ggufs[1], tuple(ggufs)]


@pytest.mark.parametrize(("options", "measures"), [((), True), (("--no-measure",), False)])
def test_measuring_can_be_turned_off(invoke, make, monkeypatch, options, measures):
    seen = []

    def stop(_study, options):
        seen.append(options.measure)
        raise DoublereadError("Stopped", "here")

    monkeypatch.setattr("doubleread.cli.generating.generate_missing", stop)
    study = make(1)
    invoke("run", study, *options)
    locations.settings_file().parent.mkdir(exist_ok=True)
    locations.settings_file().write_text("measure_models = false\n", encoding="utf-8")
    invoke("run", study, *options)
    assert seen == [measures, False]


def test_tune_measures_and_prints_what_it_chose(invoke, ggufs, monkeypatch):
    record = record_of(ggufs[0], unmeasured=("long", "kv"))
    monkeypatch.setattr("doubleread.runs.tuning.tune_model", lambda *_: record)
    done = invoke("tune", ggufs[0])
    assert done.code == 0, done.err
    assert "flash attention on, 3 parallel answers, one memory for all, micro-batch 64" in done.out
    assert "long answers, keys and values of 8 bits: too little time or memory" in done.out
    assert invoke("tune", ggufs[0], "--json").json["models"][0]["id"] == record.id
    assert invoke("tune", *ggufs, ggufs[0]).code == 2

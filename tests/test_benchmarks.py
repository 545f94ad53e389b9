"""Every benchmark runs to its end. At these sizes, what it measures means nothing."""

from __future__ import annotations

import importlib
import math

import pytest

from benchmarks.__main__ import NAMES

SMALLEST = {
    "structure": {"FOLDERS": ("domain",)},
    "start_up": {"TIMES": 1},
    "key_to_paint": {"WORDS": 300, "AT_ONCE": 290, "KEYS": 2, "SENTENCES": 3, "ROUNDS": 1},
    "case_lists": {"CASES": 3, "TIMES": 1, "MOVES": 2},
    "formatting": {"WORDS": 50, "TIMES": 1, "TOKENS": 2, "MOVES": 2},
    "reading_speed": {"CASES": 1, "ROUNDS": 1, "TIMES": 1, "SENTENCES": 2, "ANNOTATIONS": 2, "UNDONE": 2},
    "large_study": {"CASES": 2, "ANNOTATIONS_EACH": 1, "SAVES": 2},
    "large_runs": {"SMALL": 2, "LARGE": 3, "LOOKS": 2, "PIECES": 2},
    "commands": {
        "SIZES": (2,),
        "ANNOTATIONS_EACH": 1,
        "NAMES": ("log", "merge", "import-answers", "import-annotations", "assign"),
    },
    "importing": {"CASES": 110, "WORDS": 20, "CONTAINERS": ("parquet",)},
    "exports": {"CASES": 2, "ANNOTATIONS_EACH": 1, "FORMATS": ("parquet",)},
    "encryption": {"CASES": 2, "ANNOTATIONS_EACH": 1, "SAVES": 2},
    "merging": {"FILES": 3, "ENTRIES": 30, "ORDERS": 2, "CASES": 3},
    "damage": {"DAMAGED": 2, "FLIPPED_EVENTS": 1, "RECOVERIES": 1, "ENTRIES": 30},
    "faults": {"PROGRAMS": 1, "TRANSACTIONS": 2, "faults.ACTIONS": ("save",), "faults.ERRORS": ("ENOSPC",)},
    "statistics_speed": {"CASES": 40, "ANNOTATIONS": 80, "SPECIALTIES": 2},
    "results_speed": {"CASES": 40, "ANNOTATIONS": 80, "SPECIALTIES": 2},
    "comparing": {"STUDIES": 2, "CASES": 6, "ANNOTATIONS": 2},
    "memory_plan": {"SLOTS": 2},
    "tuning": {"ROUNDS": 1, "SLOTS": (8,), "MICRO_BATCHES": (64,), "LONG_DEPTH": 64, "SECONDS": 60.0},
    "busy_neighbour": {"ROUNDS": 1, "SECONDS": 0.02},
    "cancelling": {"TIMES": 1},
    "prefix_cache": {"TOKENS": 130, "QUESTIONS": 2, "IN_LOOP": 1, "ANSWER_TOKENS": 2, "TIMES": 1},
    "deidentification": {"NOTES": 20, "CHARACTERS": 2000},
    "diagnoses": {"ANSWERS": 4},
    "scoring": {"ANSWERS": 4, "_LONG": 100},
    "generated_answers": {"ANSWERS": {"development": 40, "held-out": 20}},
    "repeated_runs_coverage": {"STUDIES": 2, "BOOTSTRAPS": 1, "RESAMPLES": 99, "CASES": (10,), "ANSWERS": (3,)},
    "retrieval_effect": {"DRUGS": 1},
    "retrieval": {"WORDS": 4000, "PASSAGES": 40, "QUERIES": 2, "VOCABULARY": 300},
    "killed_runs": {"CASES": 1, "KILLS": 1},
    "kills": {"KILLS": 2},
    "power_cuts": {"CUTS": 2, "CONTROLS": 8, "ACTIONS": 10},
}


ELSEWHERE = {"cluster"}
"""tests/cli/test_cluster.py does the same with fewer cases."""


def test_every_benchmark_has_its_smallest_size():
    assert {*SMALLEST, *ELSEWHERE} == set(NAMES)


@pytest.mark.parametrize("name", SMALLEST)
def test_a_benchmark_runs_to_its_end(name, monkeypatch, tmp_path):
    monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path))
    # Of the calls that it makes fail, the first of each kind.
    monkeypatch.setenv("DOUBLEREAD_BENCH_FAULTS", "1000")
    benchmark = importlib.import_module(f"benchmarks.{name}")
    for constant, size in SMALLEST[name].items():
        monkeypatch.setattr(f"benchmarks.{name}.{constant}", size)
    measurements = list(benchmark.run())
    assert measurements
    for measurement in measurements:
        assert math.isfinite(measurement.value)
        assert measurement.line()

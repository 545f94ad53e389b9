"""Outcomes as rows for a table, and as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doubleread.bench.benchmark import Outcome, Used
from doubleread.bench.comparing import ENGINE, Comparison
from doubleread.bench.limits import ModelCost, decode_share, prefill_share
from doubleread.bench.measured import Measured, Measurement, middle, ratio, unequal
from doubleread.domain.formatting import RATE, decimal, percent, short, whole
from doubleread.engine.planning.machine_limits import Limits

UNKNOWN = "-"
COLUMNS = (
    "way",
    "tokens/s",
    "{base} is",
    "prefill/s",
    "of limit",
    "decode/s",
    "of limit",
    "first token",
    "memory",
)
MEASUREMENT_COLUMNS = ("measurement", "value", "goal", "")


def title(outcome: Outcome, slots: int, rounds: int) -> str:
    """Return a line that names the workload."""
    low, high = outcome.prompt_tokens
    prompts = f"{high}" if low == high else f"{low} to {high}"
    done = outcome.workload
    about = f"{done.about}: {outcome.questions} prompts of {prompts} tokens, answers of {done.answer_tokens}"
    return f"{about}, {slots} at a time" + (f", {rounds} rounds" if outcome.comparison else "")


def columns(outcome: Outcome) -> list[str]:
    """Return the column titles of an outcome's table."""
    if outcome.comparison is None:
        return list(MEASUREMENT_COLUMNS)
    return [column.format(base=outcome.base) for column in COLUMNS]


def rows(outcome: Outcome, cost: ModelCost, limits: Limits | None) -> list[list[str]]:
    """Return an outcome's table. Each way's row is its run with the median rate; ratios are medians over the rounds."""
    if outcome.comparison is None:
        return [_measurement_row(measurement) for measurement in outcome.measurements]
    done = outcome.comparison
    return [_way_row(done, way, outcome.base, cost, limits) for way in done.ways]


def notes(outcome: Outcome) -> list[str]:
    """Return what a reader of the table must know."""
    done = outcome.comparison
    settings = [_settings_note(used, outcome) for used in dict.fromkeys(outcome.used)]
    if done is None:
        return settings
    found = settings + [f"{way} was left out: {why}" for way, why in done.left_out.items()]
    if unequal(done.rounds):
        found.append("answers differed in length between the ways, so only rates can be compared")
    if done.others:
        least, most = decimal(min(done.others), 1), decimal(max(done.others), 1)
        found.append(f"other programs used {least} to {most} processors in the rounds")
    return found


def as_record(outcome: Outcome, cost: ModelCost, limits: Limits | None) -> dict[str, Any]:
    """Return an outcome as plain JSON, with every run of every round."""
    record: dict[str, Any] = {
        "workload": outcome.name,
        "questions": outcome.questions,
        "prompt_tokens": list(outcome.prompt_tokens),
        "answer_tokens": outcome.workload.answer_tokens,
        "engine": [_settings_record(used) for used in outcome.used],
    }
    if outcome.base == ENGINE:
        record["others_flash_attention"] = outcome.used[0].others
    if outcome.comparison is None:
        return record | {"measurements": [_measurement_record(measurement) for measurement in outcome.measurements]}
    done = outcome.comparison
    return record | {
        "base": outcome.base,
        "ways": {way: _way_record(done, way, outcome.base, cost, limits) for way in done.ways},
        "left_out": dict(done.left_out),
        "equal_answers": not unequal(done.rounds),
        "processors_used_by_others": list(done.others),
    }


def _settings_note(used: Used, outcome: Outcome) -> str:
    settings = used.settings
    keys = f"keys and values in {settings.kv_type}, micro-batches of {settings.ubatch}"
    found = f"the engine had flash attention {settings.flash_attention}, {keys}, from {used.origin}"
    if used.asked:
        found += "; flash attention as asked for"
    if outcome.comparison and outcome.base == ENGINE:
        auto = ", where llama.cpp chooses" if used.others == "auto" else ""
        found += f"; the other ways had flash attention {used.others}{auto}"
    return found


def _settings_record(used: Used) -> dict[str, Any]:
    settings = used.settings
    return {
        "flash_attention": settings.flash_attention,
        "kv_type": settings.kv_type,
        "micro_batch": settings.ubatch,
        "threads": [settings.n_threads, settings.n_threads_batch],
        "tuning": settings.tuning or None,
        "origin": used.origin,
    }


def _way_row(done: Comparison, way: str, base: str, cost: ModelCost, limits: Limits | None) -> list[str]:
    run = middle(done.rounds, way)
    times = UNKNOWN
    if way != base:
        found = ratio(done.rounds, way, base)
        times = f"x {RATE.value(found.median)} {RATE.interval(found.lowest, found.highest)}"
    prefill, decode = _shares(run, cost, limits).values()
    return [
        way,
        decimal(run.rate, 1),
        times,
        _number(run.prefill_rate),
        _percent(prefill),
        _number(run.decode_rate),
        _percent(decode),
        f"{decimal(run.first_token)} s",
        UNKNOWN if run.peak_bytes is None else f"{whole(run.peak_bytes / 2**20)} MiB",
    ]


def _way_record(done: Comparison, way: str, base: str, cost: ModelCost, limits: Limits | None) -> dict[str, Any]:
    found = ratio(done.rounds, way, base)
    return {
        "base_is_times_as_fast": {"median": found.median, "lowest": found.lowest, "highest": found.highest},
        "middling_run": middle(done.rounds, way).as_record() | {**_shares(middle(done.rounds, way), cost, limits)},
        "rounds": [taken[way].as_record() for taken in done.rounds],
    }


def _shares(run: Measured, cost: ModelCost, limits: Limits | None) -> Mapping[str, float | None]:
    if limits is None:
        return {"prefill_share_of_limit": None, "decode_share_of_limit": None}
    return {
        "prefill_share_of_limit": prefill_share(run, cost, limits.float32_operations),
        "decode_share_of_limit": decode_share(run, cost, limits.read_bytes),
    }


def _measurement_row(measurement: Measurement) -> list[str]:
    goal = "" if measurement.goal is None else f"at most {short(measurement.goal)} {measurement.unit}"
    verdict = "" if measurement.met is None else ("met" if measurement.met else "MISSED")
    return [measurement.name, f"{decimal(measurement.value)} {measurement.unit}", goal, verdict]


def _measurement_record(measurement: Measurement) -> dict[str, Any]:
    return {
        "name": measurement.name,
        "value": measurement.value,
        "unit": measurement.unit,
        "goal": measurement.goal,
        "met": measurement.met,
    }


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else decimal(value, 1)


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else percent(share, 0)


__all__: Sequence[str] = ["as_record", "columns", "notes", "rows", "title"]

"""Print the memory plan of a study's models, for `doubleread doctor` and `doubleread run --dry-run`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from doubleread.cli.tuning_table import say_record
from doubleread.console import say, say_table
from doubleread.domain.wording import plural
from doubleread.engine.planning.memory_need import GIB, cells_of, layers_on_gpu
from doubleread.engine.planning.memory_plan import EnginesPlan, PlacedModel
from doubleread.engine.planning.speed import Speed
from doubleread.read_model.blinding import blinding_of
from doubleread.runs.corpora import check_corpora
from doubleread.runs.engines import EnginePlan
from doubleread.runs.long_cases import long_cases
from doubleread.runs.model_fit import EXTERNAL, Fit
from doubleread.store import StudyFile


def say_dry_run(study: StudyFile, *, slots: int | None) -> None:
    """Print what a run would generate, and how. Raises as the run would, for missing files or too little memory."""
    missing = Counter(arm_id for _, arm_id, _ in study.missing_samples())
    if not missing:
        say("Nothing to generate: no answer is missing.")
        return
    engines = EnginePlan(study, slots=slots, for_batch=True)
    check_corpora(study, engines.arms)
    plan = engines.plan(exact=True) if engines.local else None
    named = blinding_of(study).named
    placed = zip(engines.planned, plan.models if plan else (), strict=True)
    files = {arm.model_sha256: model.shape.path for arm, model in placed}
    for arm in engines.arms if named else ():
        where = str(arm.server.address) if arm.server is not None else files[arm.model_sha256]
        say(f"{arm.name}: {plural(missing[arm.id], 'answer')} would be generated, with {where}")
    if not named:
        say(f"{plural(sum(missing[arm.id] for arm in engines.arms), 'answer')} would be generated.")
    say()
    if words := str(long_cases(study)):
        say(f"note: {words}")
        say()
    if plan:
        say_plan(plan, named=named)
        say()
    say("This is a dry run: nothing was generated.")


def say_fit(fit: Fit) -> None:
    """Print whether models fit, and how fast they run."""
    if fit.external:
        say(EXTERNAL)
    elif fit.plan is None:
        say(str(fit.refusal))
    else:
        say_plan(fit.plan, named=fit.named)
        if fit.speeds:
            say()
            _say_speeds(fit.plan, fit.speeds)
        if fit.named:
            _say_tuning(fit)
            say()
        for item in fit.limits:
            cores = "one core" if item.threads == 1 else f"{item.threads} cores"
            read, operations = item.read_bytes / 1e9, item.float32_operations / 1e9
            say(f"{cores}: memory bandwidth {read:.1f} GB/s, 32-bit arithmetic {operations:.0f} GFLOP/s")


def _say_tuning(fit: Fit) -> None:
    for name, found in fit.tuning:
        say()
        if found.record is not None:
            say_record(name, found.record)
        else:
            why = f"not tuned: {found.why}" if found.why else "not tuned on this machine"
            say(f"{name}: {why}; doubleread tune measures it")


def say_plan(plan: EnginesPlan, *, named: bool = True) -> None:
    """Print a plan: the settings, the memory of each model by place, and what is left.

    Unless models are `named`, only their totals are printed.
    """
    say("Both models at the same time." if len(plan.models) > 1 and not plan.sequential else _one_at_a_time(plan))
    say()
    if not named:
        say_table(_PLACES, _place_rows(plan))
        say()
        say("note: the memory of each model is withheld until every reading is committed")
        return
    say_table(
        ["model", "parallel answers", "longest", "together", "cache", "on the GPU", "threads", "CPU numbers"],
        [_settings_row(model) for model in plan.models],
    )
    say()
    rows = [
        [model.shape.name, portion.place, *map(_gib, asdict(portion.need).values()), _gib(portion.need.total)]
        for model in plan.models
        for portion in model.portions
    ]
    say_table(["model", "GiB in", "weights", "cache", "buffers", "process", "sum"], rows)
    say()
    say_table(_PLACES, _place_rows(plan))
    for note in plan.notes:
        say()
        say(f"note: {note}")


def _say_speeds(plan: EnginesPlan, speeds: Sequence[Speed | None]) -> None:
    rows = [
        [model.shape.name, f"{speed.prompt:,.0f}", f"{speed.answer:,.1f}", _HOW[speed.how]]
        if speed
        else [model.shape.name, "not known", "not known", "not measured"]
        for model, speed in zip(plan.models, speeds, strict=True)
    ]
    say_table(["one answer, tokens/s", "prompt", "answer", ""], rows)


_PLACES = ("GiB in", "free", "reserve", "needed", "left")
_HOW = {
    "measured": "measured",
    "estimated": "estimated upper limit, from the processor's memory bandwidth and arithmetic",
}


def _one_at_a_time(plan: EnginesPlan) -> str:
    return "One model after the other." if plan.sequential else "One model."


def _settings_row(model: PlacedModel) -> list[str]:
    settings, layers = model.settings, len(model.shape.layers) + 1
    on_gpu = layers_on_gpu(model.shape, settings)
    threads = (
        f"{settings.n_threads}"
        if settings.n_threads == settings.n_threads_batch
        else (f"{settings.n_threads} for tokens, {settings.n_threads_batch} for prompts")
    )
    return [
        model.shape.name,
        str(settings.n_slots),
        f"{settings.n_ctx:,} tokens",
        f"{cells_of(settings):,} tokens",
        settings.kv_type,
        "nothing" if on_gpu == 0 else "all layers" if on_gpu == layers else f"{on_gpu} of {layers} layers",
        threads,
        _ranges(settings.cores) if settings.cores is not None else "any",
    ]


def _place_rows(plan: EnginesPlan) -> list[list[str]]:
    rows: list[list[str]] = []
    for place in plan.places:
        taken = plan.taken(place)
        if place.free is None:
            rows.append([place.name, "not known", "", _gib(taken), ""])
        else:
            left = place.free - taken
            rows.append([place.name, _gib(place.free), _gib(place.margin), _gib(taken), _gib(left)])
    return rows


def _gib(size: int) -> str:
    return f"{size / GIB:.2f}"


def _ranges(numbers: Sequence[int]) -> str:
    """Write numbers as Linux does: "0-3,8"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)

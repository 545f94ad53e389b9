"""Whether models fit on this machine, and how fast they run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from doubleread.domain.study import Protocol
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.gguf.inspect import inspect_in_child
from doubleread.engine.gguf.repacking import repacking_advice
from doubleread.engine.planning.machine_limits import Limits, measure_limits
from doubleread.engine.planning.memory_need import cells_of, layers_on_gpu
from doubleread.engine.planning.memory_plan import EnginesPlan
from doubleread.engine.planning.plan import Wanted, plan_engines
from doubleread.engine.planning.speed import Speed, speeds
from doubleread.engine.tuning.known import known_here
from doubleread.engine.tuning.record import Lookup, TuningRecord
from doubleread.errors import CorpusError, DoublereadError, ModelFileError
from doubleread.read_model.blinding import blinding_of
from doubleread.runs.corpora import check_corpora
from doubleread.runs.engines import wanted_of
from doubleread.runs.health import Health
from doubleread.store import StudyFile

EXTERNAL = "the study has external answers only: no model has to fit into this machine"


@dataclass(frozen=True, slots=True)
class Fit:
    """A plan with speeds, or the reason why there is none. `limits` are those of one core and of all cores in use.

    `tuning` has the models' names and their tuning records. `named` says whether it may tell one model from the other,
    `external` that the study has no model file to plan for.
    """

    plan: EnginesPlan | None
    refusal: DoublereadError | None = None
    speeds: tuple[Speed | None, ...] = ()
    limits: tuple[Limits, ...] = ()
    named: bool = True
    external: bool = False
    tuning: tuple[tuple[str, Lookup[TuningRecord]], ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON."""
        if self.external:
            return {"fits": None, "reason": EXTERNAL}
        if self.plan is None:
            return {"fits": False, "reason": str(self.refusal)}
        limits = [asdict(item) for item in self.limits]
        tuning = [
            {"name": name, "record": found.record.as_record() if found.record else None, "problem": found.why or None}
            for name, found in (self.tuning if self.named else ())
        ]
        plan = _plan_record(self.plan, self.speeds, named=self.named)
        return {"fits": True, **plan, "limits": limits, "tuning": tuning}


def slow_quantisations(fit: Fit, health: Health) -> list[str]:
    """Return advice on models whose weights llama.cpp does not repack for this processor."""
    if fit.plan is None or not fit.named or health.llama.gpus:
        return []
    found = [
        repacking_advice(model.shape.name, inspect_in_child(model.shape.path, usable=False).quantisation, info)
        for model in fit.plan.models
        if (info := health.llama.system_info)
    ]
    return [advice for advice in found if advice]


def _plan_record(plan: EnginesPlan, speeds: Sequence[Speed | None] = (), *, named: bool = True) -> dict[str, Any]:
    """Return a plan as JSON. Sizes are in bytes. Unless models are `named`, models and notes are left out."""
    if not named:
        places = [asdict(place) | {"taken": plan.taken(place)} for place in plan.places]
        return {"sequential": plan.sequential, "models": [], "places": places, "notes": []}
    measured = list(speeds) or [None] * len(plan.models)
    return {
        "sequential": plan.sequential,
        "models": [
            {
                "name": model.shape.name,
                "file": model.shape.path,
                "settings": model.settings.as_record(),
                "cells": cells_of(model.settings),
                "layers": len(model.shape.layers) + 1,
                "layers_on_gpu": layers_on_gpu(model.shape, model.settings),
                "memory": [
                    {"place": portion.place, **asdict(portion.need), "total": portion.need.total}
                    for portion in model.portions
                ],
                "speed": asdict(speed) if speed else None,
            }
            for model, speed in zip(plan.models, measured, strict=True)
        ],
        "places": [asdict(place) | {"taken": plan.taken(place)} for place in plan.places],
        "notes": list(plan.notes),
    }


def fit_of_models(paths: Sequence[Path], slots: int, health: Health, *, try_speed: bool) -> Fit:
    """Plan for model files, with the default context length of a study."""
    n_ctx = Protocol().n_ctx
    return _fit([Wanted(str(path), n_ctx) for path in paths], slots, health, try_speed=try_speed)


def fit_of_study(study: StudyFile, slots: int, health: Health, *, try_speed: bool) -> Fit:
    """Plan for a study's models that have files, even if no answers are missing.

    While models must not be named, speeds are not measured, because they could not be shown.
    """
    blinding = blinding_of(study)
    local = [arm for arm in study.arms() if arm.model is not None]
    if not local:
        return Fit(None, external=True)
    try:
        check_corpora(study, local)
        wanted = wanted_of(study, local)
    except (CorpusError, ModelFileError) as gone:
        return Fit(None, blinding.error(gone))
    fit = _fit(wanted, slots, health, try_speed=try_speed and blinding.named)
    if fit.refusal is not None:
        return replace(fit, refusal=blinding.error(fit.refusal))
    return replace(fit, named=blinding.named)


def _fit(wanted: Sequence[Wanted], slots: int, health: Health, *, try_speed: bool) -> Fit:
    base = EngineSettings(n_slots=slots)
    try:
        plan = plan_engines(wanted, base, for_batch=True, found=health.llama, here=health.machine, exact=True)
    except DoublereadError as refusal:
        return Fit(None, refusal)
    tuning = tuple((model.shape.name, known_here(Path(model.shape.path), health.machine)) for model in plan.models)
    if not try_speed:
        return Fit(plan, tuning=tuning)
    # The estimate is for one worker with this number of threads.
    count = max((model.settings.n_threads_batch for model in plan.models), default=1)
    limits = measure_limits(sorted({1, count}))
    return Fit(plan, None, tuple(speeds(plan, limits[-1] if limits else None)), limits, tuning=tuning)

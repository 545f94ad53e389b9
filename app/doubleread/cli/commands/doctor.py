"""`doubleread doctor`: what this machine can run, how fast, and what would improve it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doubleread.cli.exit_codes import FAILED, WrongUseError
from doubleread.cli.names import study_to_read
from doubleread.cli.options import AsJson
from doubleread.console import note, say, say_json, say_table

if TYPE_CHECKING:
    from doubleread.runs.health import Health
    from doubleread.runs.model_fit import Fit


def doctor(
    models: Annotated[
        list[Path] | None, typer.Argument(metavar="[GGUF]...", help="Models to plan for: one, or two together.")
    ] = None,
    study: Annotated[
        Path | None, typer.Option("--study", metavar="STUDY", help="Plan for this study's models and cases.")
    ] = None,
    slots: Annotated[
        int, typer.Option("--slots", min=1, max=64, help="Answers that each model generates in parallel.")
    ] = 1,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only plan; do not load the models to measure their speed.")
    ] = False,
    delete_prompts: Annotated[
        bool, typer.Option("--delete-prompts", help="Delete the processed prompts on disk, which contain case text.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what this machine can run.

    Checks llama.cpp's build, GPU, cores, memory, SQLite, the terminal, the prompts on disk and the bundled models. For
    a study or model files, shows whether they fit in memory, how that was calculated, and how fast they are.

    The exit code is 1 if something prevents the program or the models from working.
    """
    from doubleread.runs.health import examine

    if models and study:
        raise WrongUseError("Wrong use", "both a study and model files were given", "give the study or the files")
    if models and len(models) > 2:
        raise WrongUseError("Wrong use", f"{len(models)} model files were named", "give one, or the two of a study")
    if delete_prompts:
        _delete_prompts()
    health = examine()
    fit = _fit(models or [], study, slots, health, try_speed=not quick)
    if fit is not None:
        from doubleread.runs.model_fit import slow_quantisations

        health = replace(health, advice=(*health.advice, *slow_quantisations(fit, health)))
    if as_json:
        record: dict[str, Any] = health.as_record()
        say_json(record | ({"plan": fit.as_record()} if fit else {}))
    else:
        _say(health, fit)
    if health.faults or (fit and fit.refusal):
        raise typer.Exit(FAILED)


def _delete_prompts() -> None:
    from doubleread import locations
    from doubleread.domain.wording import plural, size_text
    from doubleread.engine.prompt_cache import delete_prompts

    gone = delete_prompts(locations.prompts())
    note(f"deleted: {plural(gone.files, 'prompt')}, {size_text(gone.bytes)}")


def _fit(models: list[Path], study: Path | None, slots: int, health: Health, *, try_speed: bool) -> Fit | None:
    if not models and study is None:
        return None
    from doubleread.runs.model_fit import fit_of_models, fit_of_study

    if study is None:
        return fit_of_models(models, slots, health, try_speed=try_speed)

    with study_to_read(study) as opened:
        return fit_of_study(opened, slots, health, try_speed=try_speed)


def _say(health: Health, fit: Fit | None) -> None:
    say_table(["", ""], health.lines())
    if fit:
        from doubleread.cli.plan_table import say_fit

        say()
        say_fit(fit)
    for advice in health.advice:
        say()
        say(f"advice: {advice}")
    for fault in health.faults:
        say()
        say(f"fault: {fault}")

"""`doubleread tune`: measure models on this machine and keep the fastest settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.options import AsJson
from doubleread.console import note, say, say_json
from doubleread.domain.formatting import whole


def tune(
    models: Annotated[
        list[Path], typer.Argument(metavar="GGUF...", help="The models to measure; two are also measured together.")
    ],
    seconds: Annotated[
        float, typer.Option("--seconds", min=2, max=600, help="The longest that one measurement may take.")
    ] = 20.0,
    as_json: AsJson = False,
) -> None:
    """Measure models and keep the fastest settings.

    Chooses flash attention for short and for long answers, the number of parallel answers and their memory, the
    micro-batch, the threads and the type of keys and values; for two models, whether a run takes them at the same time
    or in turn. Runs on this machine use what was chosen; reproducible ones do not. Models on a GPU need no tuning.
    """
    from doubleread.cli.tuning_table import say_pair, say_record
    from doubleread.engine.installed import require_engine
    from doubleread.runs.tuning import measured_here, measured_together

    if len(models) > 2:
        raise WrongUseError("Wrong use", f"{len(models)} model files were named", "name one, or the two of a study")
    require_engine()
    records = []
    for model in models:
        note(f"measuring {model.name}, for at most {whole(seconds)} s")
        records.append(measured_here(model, seconds))
    pair = None
    if len(models) == 2 and records[0].model_sha256 != records[1].model_sha256:
        note(f"measuring both at the same time and in turn, for at most {whole(seconds)} s")
        pair = measured_together((models[0], models[1]), seconds)
    if as_json:
        say_json(
            {
                "models": [
                    {"file": str(model), "id": record.id, **record.as_record()}
                    for model, record in zip(models, records, strict=True)
                ],
                "pair": pair.as_record() if pair is not None else None,
            }
        )
        return
    for model, record in zip(models, records, strict=True):
        say_record(model.name, record)
    if pair is not None:
        say()
        say_pair(pair)

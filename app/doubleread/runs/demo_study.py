"""The demo study: the bundled models, or a model of the user's, on the bundled cases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from doubleread import locations
from doubleread.cases.native import read_cases
from doubleread.device import this_device
from doubleread.domain.study import Decoding, Protocol
from doubleread.runs.study_models import named_template, pair_of_bundled_models, pair_of_models
from doubleread.store import StudyFile

TITLE = "Demo"
N_CTX = 512
OTHER_N_CTX = 2048
OTHER_FORMAT = "alpaca"
MAX_TOKENS = 160
GUIDELINE = """\
Annotate every span of an answer that the case does not support, and every omission.
Then give a verdict on each answer, and your preference. All patients are fictional.
"""


def demo_study(path: Path | None = None, model: Path | None = None) -> Path:
    """Return the demo study's file, after creating it if there is none. Raises DoublereadError.

    A `model` of the user's answers twice, with its own chat template and with another one.
    """
    target = path or (locations.demo_study() if model is None else locations.demo_study_of(model))
    if target.exists():
        return target
    cases = read_cases(locations.bundled("cases", "demo.jsonl"))
    protocol = Protocol(
        title=TITLE if model is None else f"{TITLE}: {model.stem}",
        decoding=Decoding(max_tokens=MAX_TOKENS),
        n_ctx=N_CTX if model is None else OTHER_N_CTX,
        reveal_names=True,
        guideline=GUIDELINE,
    )
    if model is None:
        models = pair_of_bundled_models()
    else:
        file = str(model)
        own, other = pair_of_models(file, file, protocol.n_ctx, (None, named_template(OTHER_FORMAT, file)))
        models = (replace(own, role="its own format"), replace(other, role=f"{OTHER_FORMAT} format"))
    StudyFile.create(target, cases=cases, models=models, protocol=protocol, device=this_device()).close()
    return target

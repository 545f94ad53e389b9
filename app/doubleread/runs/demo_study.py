"""The demo study: the bundled models, or a model of the user's, on the bundled cases."""

from __future__ import annotations

from pathlib import Path

from doubleread import locations
from doubleread.cases.native import read_cases
from doubleread.device import this_device
from doubleread.domain.study import Decoding, Protocol
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.errors import DoublereadError
from doubleread.runs.protocol_arms import ArmDraft
from doubleread.runs.study_arms import pair_of_arms, pair_of_bundled_arms
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
        if model is not None:
            _check_model(target, model)
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
        arms = pair_of_bundled_arms()
    else:
        own = ArmDraft(str(model), role="its own format")
        other = ArmDraft(str(model), role=f"{OTHER_FORMAT} format", chat_template=OTHER_FORMAT)
        arms = pair_of_arms(own, other, protocol)
    StudyFile.create(target, cases=cases, arms=arms, protocol=protocol, device=this_device()).close()
    return target


def _check_model(path: Path, model: Path) -> None:
    with StudyFile.look(path, device=this_device()) as study:
        others = {arm.model_sha256 for arm in study.arms()} - {model_sha256(model)}
    if others:
        happened = f"{path} has answers of another model than {model}"
        raise DoublereadError("Another model's demo", happened, "name a new file with --study")
